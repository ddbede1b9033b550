//! A run as one picture: bias and accuracy by round with intervals, flips, and how sure the answers
//! were against how right, where that was recorded.

mod asked;
mod axis;
mod calibration;
mod figure;
mod flips;
mod font;
mod lanes;
mod occupations;
mod panel;
mod png;
mod scale;
mod svg;
mod theirs;

use crate::domain::{ConditionNo, RoundNo};
use crate::stats::{Estimate, Resampling};

use super::tally::Tally;
pub use asked::{asked_figure, asked_scale_figure};
pub use figure::Figure;
pub use scale::scale_figure;

use axis::{Scale, up};
use figure::{Anchor, Voice};
use occupations::Cloud;
use panel::{HIGH, Panel, Point, Range, WIDE};

const WIDTH: f64 = 2.0 * WIDE + 30.0;
/// Panels begin below the title and the legend.
const HEAD: f64 = 52.0;
const ROW: f64 = 20.0;

impl Figure {
    /// As an SVG file.
    pub fn svg(&self) -> String {
        svg::svg(self)
    }

    /// As a PNG file, two dots a pixel.
    ///
    /// # Errors
    /// Too large to draw.
    pub fn png(&self) -> Result<Vec<u8>, String> {
        png::png(self)
    }
}

/// A run's figure.
pub fn figure(tally: &Tally) -> Figure {
    let mut figure = Figure::new(WIDTH);
    let title = format!("{} on {}", tally.setting("model"), tally.setting("items"));
    figure.text(Voice::Head, Anchor::Start, (16.0, 24.0), &title);
    let warning = tally.setting("model_warning");
    figure.text(Voice::Muted, Anchor::Start, (16.0, 42.0), &warning);
    let below = legend(&mut figure, tally);
    let mut corners = (0..).map(|at: u32| {
        let (row, column) = (f64::from(at / 2), f64::from(at % 2));
        (10.0 + column * (WIDE + 10.0), below + row * (HIGH + 10.0))
    });
    let mut next = || corners.next().unwrap_or((10.0, below));
    let mut empty: Vec<&str> = Vec::new();
    let mut draw = |figure: &mut Figure, title, scale, of: Of<'_>| {
        let series = by_round(tally, scale, of);
        match is_empty(&series) {
            // An axis with nothing on it looks like a mistake.
            true => empty.push(title),
            false => lines(figure, tally, next(), title, scale, series),
        }
    };
    if tally.has_bias() {
        let of = |no, round| tally.score(no, round, "bias_ambiguous");
        let title = "Bias, ambiguous contexts (s_AMB)";
        draw(&mut figure, title, Scale::Bias, &of);
        let of = |no, round| tally.score(no, round, "bias_disambiguated");
        let title = "Bias, disambiguated contexts (s_DIS)";
        draw(&mut figure, title, Scale::Bias, &of);
    }
    if tally.has_truth() {
        let of = |no, round| tally.score(no, round, "accuracy_ambiguous");
        let title = "Right (abstains), ambiguous contexts";
        draw(&mut figure, title, Scale::Percent, &of);
        let of = |no, round| tally.score(no, round, "accuracy_disambiguated");
        let title = "Right, disambiguated contexts";
        draw(&mut figure, title, Scale::Percent, &of);
    }
    for name in measures(tally) {
        let of = |no, round| measure(tally, name, no, round);
        draw(&mut figure, name, Scale::AsItIs, &of);
    }
    for (look, no, name) in conditions(tally) {
        let cloud = Cloud::of(tally, no, RoundNo(0));
        if !cloud.points.is_empty() {
            let name = format!("{name} round 0");
            cloud.panel(&mut figure, next(), (WIDE, HIGH), look, &name);
        }
    }
    if tally.has_truth() && has_pairs(tally) {
        flips::flips(&mut figure, tally, next());
    }
    if tally
        .cells()
        .any(|(no, _, _)| !tally.beliefs(no, RoundNo(0), None).is_empty())
    {
        calibration::calibration(&mut figure, tally, next());
    }
    let foot = "Bars at points: 95 % intervals. Filled bars: wrong before, right now; pale: right \
                before, wrong now.";
    let y = figure.lowest() + 18.0;
    figure.text(Voice::Muted, Anchor::Start, (16.0, y), foot);
    left_out(&mut figure, y + ROW, &empty);
    figure.title = title;
    figure.about = "Bars are 95 % intervals. Made by recant report --plot.".to_owned();
    figure
}

fn conditions(tally: &Tally) -> impl Iterator<Item = (usize, ConditionNo, &str)> + '_ {
    let names = tally.conditions.iter().enumerate();
    names.filter_map(|(look, name)| Some((look, ConditionNo(u16::try_from(look).ok()?), &**name)))
}

/// One line a condition: marker, name, answers a round. Returns where the panels begin.
fn legend(figure: &mut Figure, tally: &Tally) -> f64 {
    let entries = conditions(tally).map(|(_, no, name)| {
        let n = tally.board.cell(no, RoundNo(0), None).n();
        let name: String = name.chars().take(40).collect();
        format!("{name} (n = {n})")
    });
    entries_in_rows(figure, HEAD + 10.0, true, entries)
}

/// A legend's entries, as many a row as fit, with a piece of the series' line where it has one. Returns where
/// what stands below may begin.
fn entries_in_rows(
    figure: &mut Figure,
    first: f64,
    lined: bool,
    entries: impl Iterator<Item = String>,
) -> f64 {
    let (mut x, mut y) = (24.0, first);
    for (look, text) in entries.enumerate() {
        let wide = 56.0 + font::width(Voice::Plain, &text);
        if x > 24.0 && x + wide > WIDTH - 16.0 {
            (x, y) = (24.0, y + ROW);
        }
        if lined {
            figure.curve(look, &[(x, y), (x + 26.0, y)]);
        }
        figure.marker(look, (x + 13.0, y));
        figure.text(Voice::Plain, Anchor::Start, (x + 32.0, y + 4.0), &text);
        x += wide;
    }
    y + 18.0
}

/// Rounds as places across; every how many has a label.
fn rounds(tally: &Tally) -> (Range, Vec<(f64, String)>) {
    let last = tally.rounds.saturating_sub(1);
    let every = usize::from(tally.rounds / 12 + 1);
    let ticks = (0..=last).step_by(every);
    let range = Range {
        low: -0.5,
        high: f64::from(last) + 0.5,
    };
    (
        range,
        ticks.map(|r| (f64::from(r), r.to_string())).collect(),
    )
}

/// Pixels that series stand apart.
fn aside(look: usize, of: usize) -> f64 {
    (look as f64 - (of as f64 - 1.0) / 2.0) * (36.0 / of.max(4) as f64)
}

/// The names of what other benchmarks measure in this run.
fn measures(tally: &Tally) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (no, _, round) in tally.cells() {
        for (name, _) in tally.measured.measures.cell(no, round, None).metrics() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if tally.meanings(no, round, None).samples() > 1 && !names.contains(&SEMANTIC) {
            names.push(SEMANTIC);
        }
    }
    names
}

/// Repeated answers' uncertainty, among the measures.
const SEMANTIC: &str = "semantic_entropy, nats";

/// One of these in a cell.
fn measure(tally: &Tally, name: &str, no: ConditionNo, round: RoundNo) -> Estimate {
    let found = match name {
        SEMANTIC => {
            let meanings = tally.meanings(no, round, None);
            meanings.estimate(Resampling::default())
        }
        _ => {
            let all = tally.measured.measures.cell(no, round, None).metrics();
            let found = all.into_iter().find(|(n, _)| *n == name);
            found.map(|(_, estimate)| estimate)
        }
    };
    found.unwrap_or(Estimate::undefined(0))
}

/// Says which panels are missing, as no answer defines their numbers.
fn left_out(figure: &mut Figure, y: f64, titles: &[&str]) {
    if !titles.is_empty() {
        let text = format!("Not defined by these answers: {}", titles.join("; "));
        figure.text(Voice::Muted, Anchor::Start, (16.0, y), &text);
    }
}

/// One line a condition: its look, its points.
type Series = Vec<(usize, Vec<Point>)>;

fn is_empty(series: &[(usize, Vec<Point>)]) -> bool {
    series.iter().all(|(_, points)| points.is_empty())
}

/// A number of a cell.
type Of<'a> = &'a dyn Fn(ConditionNo, RoundNo) -> Estimate;

fn by_round(tally: &Tally, scale: Scale, of: Of<'_>) -> Series {
    let (times, _) = scale.look();
    conditions(tally)
        .map(|(look, no, _)| {
            let point = |r| {
                let estimate = of(no, RoundNo(r));
                Some(Point {
                    x: f64::from(r),
                    y: times * estimate.value?,
                    ends: estimate.interval.map(|i| (times * i.low, times * i.high)),
                })
            };
            (look, (0..tally.rounds).filter_map(point).collect())
        })
        .collect()
}

fn lines(
    figure: &mut Figure,
    tally: &Tally,
    corner: (f64, f64),
    title: &str,
    scale: Scale,
    series: Series,
) {
    let (_, label) = scale.look();
    let up = up(scale, &series);
    let (across, ticks) = rounds(tally);
    let panel = Panel::new(corner, across, up);
    panel.axes(figure, title, &ticks, "round", label);
    let all = series.len();
    for (look, points) in series {
        panel.series(figure, look, aside(look, all), &points);
    }
}

/// Whether any answer has one in the round before.
fn has_pairs(tally: &Tally) -> bool {
    let paired = |(no, _, round)| tally.board.cell(no, round, None).flips().pairs > 0;
    tally.cells().any(paired)
}

#[cfg(test)]
mod tests;
