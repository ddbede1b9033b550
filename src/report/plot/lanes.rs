//! A wide panel whose places across are names: conditions or rounds. At every place each series, and each
//! source of the paper's numbers, has a lane of its own, so that no marker hides another.

use super::axis::{Scale, holding};
use super::figure::{Anchor, Figure, Ink, Voice};
use super::panel::{HIGH, Panel, Range};
use super::theirs::letter;
use super::{between, font};

/// What has a lane: a series, and within it ours before theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    /// The series.
    pub series: usize,
    /// `None`: ours; else the number of the source.
    pub source: Option<usize>,
}

/// A number at a place.
#[derive(Clone, Debug)]
pub struct Mark {
    /// At which place across.
    pub place: usize,
    /// In which lane.
    pub lane: Lane,
    /// Colour and shape.
    pub look: usize,
    /// The number and its interval, multiplied already.
    pub value: f64,
    /// The interval.
    pub ends: Option<(f64, f64)>,
}

/// What joins the markers of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// A series from place to place.
    Along,
    /// The series of one place.
    Within,
}

/// The panel.
pub struct Lanes<'a> {
    /// Above it.
    pub title: String,
    /// How numbers are drawn.
    pub scale: Scale,
    /// Along the axis up.
    pub up: &'a str,
    /// Along the axis across.
    pub across: String,
    /// The places' names.
    pub places: Vec<String>,
    /// What is drawn.
    pub marks: Vec<Mark>,
    /// With which lines.
    pub joined: Joined,
}

/// Rows of labels below the axis, at most.
const ROWS: usize = 3;

impl Lanes<'_> {
    /// Whether nothing of ours is on it.
    pub fn is_empty(&self) -> bool {
        self.marks.iter().all(|m| m.lane.source.is_some())
    }

    /// Draws it.
    pub fn draw(&self, figure: &mut Figure, corner: (f64, f64), wide: f64) {
        let across = Range {
            low: -0.5,
            high: self.places.len() as f64 - 0.5,
        };
        let up = holding(self.scale, self.marks.iter().map(|m| (m.value, m.ends)));
        let panel = Panel::sized(corner, (wide, HIGH), across, up);
        panel.axes(figure, &self.title, &[], "", self.up);
        let slot = panel.across(1.0) - panel.across(0.0);
        self.labels(figure, &panel, slot);
        let aside = |mark: &Mark| self.aside(mark, slot);
        let at = |mark: &Mark| {
            let x = panel.across(mark.place as f64) + aside(mark);
            (x, panel.up(mark.value))
        };
        if self.places.len() > 1 {
            between(&panel, figure, self.places.len());
        }
        self.lines(figure, &at);
        let top = panel.up(up.high);
        for mark in &self.marks {
            let (x, y) = at(mark);
            if let Some(ends) = mark.ends {
                panel.interval(figure, mark.look, x, ends);
            }
            match mark.lane.source {
                None => figure.marker(mark.look, (x, y)),
                Some(source) => {
                    figure.open_marker(mark.look, (x, y));
                    // Above the marker, where that is inside the drawing.
                    let y = if y - 20.0 < top { y + 18.0 } else { y - 9.0 };
                    let letter = letter(source).to_string();
                    figure.text(Voice::Plain, Anchor::Middle, (x, y), &letter);
                }
            }
        }
        for (place, _) in self.places.iter().enumerate() {
            let ours = |m: &&Mark| m.place == place && m.lane.source.is_none();
            if !self.marks.iter().any(|m| ours(&m)) {
                let theirs = self.marks.iter().filter(|m| m.place == place);
                let taken: Vec<f64> = theirs.map(|m| at(m).1).collect();
                let free = |gap: &f64| taken.iter().all(|y| (y - gap).abs() > 24.0);
                let gaps = panel.gaps();
                let gap = gaps.iter().copied().find(free).or(gaps.first().copied());
                let y = gap.map_or(panel.bottom() - 6.0, |gap| gap + 4.0);
                let at = (panel.across(place as f64), y);
                figure.text_within(Voice::Muted, Anchor::Middle, at, slot - 4.0, "undefined");
            }
        }
    }

    /// How far from its place's middle a mark stands. What is joined along has the same lanes at every place;
    /// else a place has those it needs.
    fn aside(&self, mark: &Mark, slot: f64) -> f64 {
        let all = self.joined == Joined::Along;
        let here = self.marks.iter().filter(|m| all || m.place == mark.place);
        let mut lanes: Vec<Lane> = here.map(|m| m.lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        // Points of one round stay nearer to each other than to those of the next.
        let spread = if all { 0.5 } else { 0.7 };
        let gaps = lanes.len().saturating_sub(1).max(1);
        let apart = (spread * slot / gaps as f64).min(26.0);
        let at = lanes.iter().position(|l| *l == mark.lane).unwrap_or(0);
        (at as f64 - (lanes.len() as f64 - 1.0) / 2.0) * apart
    }

    /// The places' names, in as many rows as they need, and what they are.
    fn labels(&self, figure: &mut Figure, panel: &Panel, slot: f64) {
        let wide = |name: &String| font::width(Voice::Plain, name) + 10.0;
        let widest = self.places.iter().map(wide).fold(0.0, f64::max);
        let rows = ((widest / slot).ceil() as usize).clamp(1, ROWS);
        let bottom = panel.bottom();
        for (no, name) in self.places.iter().enumerate() {
            let x = panel.across(no as f64);
            let row = (no % rows) as f64;
            figure.line(Ink::Axis, (x, bottom), (x, bottom + 4.0));
            let at = (x, bottom + 18.0 + 15.0 * row);
            let room = slot * rows as f64 - 8.0;
            figure.text_within(Voice::Plain, Anchor::Middle, at, room, name);
        }
        let middle = panel.across((self.places.len() as f64 - 1.0) / 2.0);
        let y = bottom + 34.0 + 15.0 * (rows as f64 - 1.0);
        figure.text(Voice::Muted, Anchor::Middle, (middle, y), &self.across);
    }

    /// Ours joined.
    fn lines(&self, figure: &mut Figure, at: &dyn Fn(&Mark) -> (f64, f64)) {
        let ours: Vec<&Mark> = self
            .marks
            .iter()
            .filter(|m| m.lane.source.is_none())
            .collect();
        let last = |of: fn(&Mark) -> usize| ours.iter().map(|m| of(m)).max().unwrap_or(0);
        match self.joined {
            Joined::Along => {
                for series in 0..=last(|m| m.lane.series) {
                    let own = ours.iter().filter(|m| m.lane.series == series);
                    let points: Vec<_> = own.clone().map(|m| at(m)).collect();
                    if let (Some(first), true) = (own.clone().next(), points.len() > 1) {
                        figure.curve(first.look, &points);
                    }
                }
            }
            Joined::Within => {
                for place in 0..=last(|m| m.place) {
                    let own: Vec<_> = ours.iter().filter(|m| m.place == place).collect();
                    for pair in own.windows(2) {
                        if let [a, b] = pair {
                            figure.line(Ink::Axis, at(a), at(b));
                        }
                    }
                }
            }
        }
    }
}
