//! One panel: axes, and series of points with intervals on them.

use super::figure::{Anchor, Figure, Ink, Voice};

/// Room of the axes' labels left of, above and below the drawing.
const LEFT: f64 = 56.0;
const TOP: f64 = 26.0;
const BELOW: f64 = 42.0;
/// Width of the whole panel.
pub const WIDE: f64 = 440.0;
/// Height of the whole panel.
pub const HIGH: f64 = 280.0;

/// A range of values.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A point of a series: x, y, and where its interval ends.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// Across.
    pub x: f64,
    /// Up.
    pub y: f64,
    /// The interval, if it has one.
    pub ends: Option<(f64, f64)>,
}

/// A panel with its scales.
pub struct Panel {
    corner: (f64, f64),
    size: (f64, f64),
    x: Range,
    y: Range,
}

impl Panel {
    /// A panel at a corner.
    pub fn new(corner: (f64, f64), x: Range, y: Range) -> Panel {
        Panel::sized(corner, (WIDE, HIGH), x, y)
    }

    /// A panel of another size, its labels included.
    pub fn sized(corner: (f64, f64), size: (f64, f64), x: Range, y: Range) -> Panel {
        Panel { corner, size, x, y }
    }

    /// Where the drawing ends below; labels stand under it.
    pub fn bottom(&self) -> f64 {
        self.corner.1 + self.size.1 - BELOW
    }

    /// Where a value across is drawn.
    pub fn across(&self, x: f64) -> f64 {
        let share = (x - self.x.low) / (self.x.high - self.x.low);
        self.corner.0 + LEFT + share * (self.size.0 - LEFT - 10.0)
    }

    /// Where a value up is drawn.
    pub fn up(&self, y: f64) -> f64 {
        let share = (y - self.y.low) / (self.y.high - self.y.low);
        self.bottom() - share * (self.size.1 - TOP - BELOW)
    }

    /// Title, grid, axes and their labels. `ticks` across are (place, label).
    pub fn axes(
        &self,
        figure: &mut Figure,
        title: &str,
        ticks: &[(f64, String)],
        x: &str,
        y: &str,
    ) {
        let (left, right) = (self.across(self.x.low), self.across(self.x.high));
        let (bottom, top) = (self.up(self.y.low), self.up(self.y.high));
        let room = right - left;
        let at = (left, self.corner.1 + 14.0);
        figure.text_within(Voice::Title, Anchor::Start, at, room, title);
        let step = step(self.y.high - self.y.low);
        let mut value = (self.y.low / step).ceil() * step;
        while value <= self.y.high + step * 1e-6 {
            let at = self.up(value);
            let ink = if value.abs() < step * 1e-6 {
                Ink::Axis
            } else {
                Ink::Grid
            };
            figure.line(ink, (left, at), (right, at));
            let digits =
                usize::from(step.fract() > 0.0) + usize::from((10.0 * step).fract() > 1e-9);
            let label = format!("{value:.digits$}");

            let label = label
                .strip_prefix('-')
                .filter(|_| value.abs() < step * 1e-6)
                .unwrap_or(&label);
            figure.text(Voice::Plain, Anchor::End, (left - 6.0, at + 4.0), label);
            value += step;
        }
        figure.line(Ink::Axis, (left, top), (left, bottom));
        figure.line(Ink::Axis, (left, bottom), (right, bottom));
        for (place, label) in ticks {
            let at = self.across(*place);
            figure.line(Ink::Axis, (at, bottom), (at, bottom + 4.0));
            figure.text(Voice::Plain, Anchor::Middle, (at, bottom + 18.0), label);
        }
        let middle = (left + right) / 2.0;
        figure.text(Voice::Muted, Anchor::Middle, (middle, bottom + 34.0), x);
        figure.upright(
            Voice::Muted,
            (self.corner.0 + 14.0, (top + bottom) / 2.0),
            y,
        );
    }

    /// The middles between the grid lines, lowest first: where words are crossed by none.
    pub fn gaps(&self) -> Vec<f64> {
        let step = step(self.y.high - self.y.low);
        let lowest = (self.y.low / step).ceil() * step;
        let middles = (0u32..12).map(|no| lowest + step * (f64::from(no) + 0.5));
        let inside = middles.take_while(|m| *m < self.y.high);
        inside.map(|m| self.up(m)).collect()
    }

    /// An interval at a place across, in pixels. One shorter than a marker would be hidden by it: its ends are
    /// wider.
    pub fn interval(&self, figure: &mut Figure, look: usize, x: f64, (low, high): (f64, f64)) {
        let ink = Ink::Series(look);
        let (low, high) = (self.up(low), self.up(high));
        let half = if low - high < 14.0 { 9.0 } else { 3.0 };
        figure.line(ink, (x, low), (x, high));
        figure.line(ink, (x - half, low), (x + half, low));
        figure.line(ink, (x - half, high), (x + half, high));
    }

    /// A faint line up between two places across.
    pub fn between(&self, figure: &mut Figure, x: f64) {
        let x = self.across(x);
        let ends = ((x, self.up(self.y.low)), (x, self.up(self.y.high)));
        figure.line(Ink::Grid, ends.0, ends.1);
    }

    /// A series, drawn `aside` pixels to the right of its places so that intervals do not hide each
    /// other.
    pub fn series(&self, figure: &mut Figure, look: usize, aside: f64, points: &[Point]) {
        let place = |p: &Point| (self.across(p.x) + aside, self.up(p.y));
        let places: Vec<(f64, f64)> = points.iter().map(place).collect();
        figure.curve(look, &places);
        self.points(figure, look, aside, points);
    }

    /// The same without the line: what stands across has no order.
    pub fn points(&self, figure: &mut Figure, look: usize, aside: f64, points: &[Point]) {
        let place = |p: &Point| (self.across(p.x) + aside, self.up(p.y));
        for point in points {
            if let Some(ends) = point.ends {
                self.interval(figure, look, self.across(point.x) + aside, ends);
            }
        }
        let places: Vec<(f64, f64)> = points.iter().map(place).collect();
        places.into_iter().for_each(|at| figure.marker(look, at));
    }
}

/// A round distance between grid lines: 1, 2, 2.5 or 5 times a power of ten, at most six of them.
fn step(range: f64) -> f64 {
    let rough = (range / 6.0).max(1e-9);
    let power = 10f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 2.5, 5.0, 10.0];
    let fits = times.into_iter().find(|t| t * power >= rough);
    fits.unwrap_or(10.0) * power
}

/// The range that holds all values and 0, with a margin, inside `bounds`.
pub fn range(values: impl Iterator<Item = f64>, bounds: Range) -> Range {
    let (mut low, mut high) = (0.0f64, 0.0f64);
    for value in values {
        low = low.min(value);
        high = high.max(value);
    }
    let margin = ((high - low) * 0.08).max(bounds.high * 0.02);
    let held = |edge: f64, by: f64| (edge + by).clamp(bounds.low, bounds.high);
    Range {
        low: if low < 0.0 { held(low, -margin) } else { 0.0 },
        high: if high > 0.0 || low == 0.0 {
            held(high, margin)
        } else {
            0.0
        },
    }
}
