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

use crate::domain::{ConditionNo, Kind, RoundNo};
use crate::stats::{Estimate, Resampling};

use super::tally::Tally;
use super::text::wrap;
pub use asked::{asked_figure, asked_scale_figure};
pub use figure::Figure;
pub use scale::scale_figure;

use axis::{Scale, shown, up};
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
    let (model, items) = what(tally);
    let title = format!("{model} on {items}");
    figure.text(Voice::Head, Anchor::Start, (16.0, 24.0), &title);
    let below = [scored_by(tally), Some(tally.setting("model_warning"))];
    let below = below.into_iter().flatten().filter(|l| !l.is_empty());
    let below: Vec<String> = below.collect();
    figure.text(Voice::Muted, Anchor::Start, (16.0, 42.0), &below.join("; "));
    let below = legend(&mut figure, tally);
    let mut corners = (0..).map(|at: u32| {
        let (row, column) = (f64::from(at / 2), f64::from(at % 2));
        (10.0 + column * (WIDE + 10.0), below + row * (HIGH + 10.0))
    });
    let mut next = || corners.next().unwrap_or((10.0, below));
    let mut empty: Vec<&str> = Vec::new();
    let mut draw = |figure: &mut Figure, title, (scale, label): (Scale, &str), of: Of<'_>| {
        let series = by_round(tally, scale, of);
        match is_empty(&series) {
            // An axis with nothing on it looks like a mistake.
            true => empty.push(title),
            false => lines(figure, tally, next(), title, (scale, label), series),
        }
    };
    if tally.has_bias() {
        let of = |no, round| tally.score(no, round, "bias_ambiguous");
        let title = "Bias, ambiguous contexts (s_AMB)";
        draw(&mut figure, title, Scale::Bias.labelled(), &of);
        let of = |no, round| tally.score(no, round, "bias_disambiguated");
        let title = "Bias, disambiguated contexts (s_DIS)";
        draw(&mut figure, title, Scale::Bias.labelled(), &of);
    }
    if tally.has_truth() {
        let of = |no, round| tally.score(no, round, "accuracy_ambiguous");
        let title = "Right (abstains), ambiguous contexts";
        draw(&mut figure, title, Scale::Percent.labelled(), &of);
        let of = |no, round| tally.score(no, round, "accuracy_disambiguated");
        let title = "Right, disambiguated contexts";
        draw(&mut figure, title, Scale::Percent.labelled(), &of);
    }
    for name in measures(tally) {
        let of = |no, round| measure(tally, name, no, round);
        let (title, scale, label) = shown(Kind::Bbq, name);
        draw(&mut figure, title, (scale, label), &of);
    }
    for (look, no, name) in conditions(tally) {
        let cloud = Cloud::of(tally, no, RoundNo(0));
        if !cloud.points.is_empty() {
            let name = format!("{name} round 0");
            cloud.panel(&mut figure, next(), (WIDE, HIGH), look, &name);
        }
    }
    let mut notes: Vec<String> = Vec::new();
    let flipped = tally.has_truth() && has_pairs(tally);
    if flipped {
        flips::flips(&mut figure, tally, next());
    }
    if tally
        .cells()
        .any(|(no, _, _)| !tally.beliefs(no, RoundNo(0), None).is_empty())
    {
        notes.push(calibration::calibration(&mut figure, tally, next()));
    }
    let mut foot = Vec::new();
    if figure.has_intervals() {
        foot.push(INTERVALS);
    }
    if flipped {
        foot.push("Filled bars: wrong before, right now; pale: right before, wrong now.");
    }
    notes.insert(0, foot.join(" "));
    notes.extend(left_out(&empty));
    foot_lines(&mut figure, &notes);
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

/// How far right of its place a series stands: at most a quarter of the way to the next place.
fn aside(look: usize, of: usize, slot: f64) -> f64 {
    let spread = (0.5 * slot).min(26.0 * of.saturating_sub(1) as f64);
    match of {
        0 | 1 => 0.0,
        _ => (look as f64 / (of as f64 - 1.0) - 0.5) * spread,
    }
}

/// Faint lines between so many places.
fn between(panel: &Panel, figure: &mut Figure, places: usize) {
    for place in 1..places {
        panel.between(figure, place as f64 - 0.5);
    }
}

/// Model and items as titles name them: of files their names, not the folders they lie in.
fn what(tally: &Tally) -> (String, String) {
    let name = |text: &str| {
        let last = text.rsplit(['/', '\\']).find(|part| !part.is_empty());
        last.unwrap_or(text).to_owned()
    };
    let model = tally.setting("model");
    // `organisation/name` is a name; a path says where it begins.
    let model = match model.starts_with(['/', '.', '~']) {
        true => name(&model),
        false => model,
    };
    let items: Vec<String> = tally.setting("items").split(", ").map(name).collect();
    (model, items.join(", "))
}

/// Who scored the texts of a run.
fn scored_by(tally: &Tally) -> Option<String> {
    Some(format!("toxicity by {}", tally.text_scorer()?))
}

/// The names of what other benchmarks measure in this run.
fn measures(tally: &Tally) -> Vec<&'static str> {
    let mut names = Vec::new();
    for (no, _, round) in tally.cells() {
        for (name, _) in tally.measured.measures.cell(no, round, None).metrics() {
            // Of one text the largest is the mean.
            let again = name == "toxicity_expected_max" && !tally.repeats();
            if !names.contains(&name) && !again {
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
const SEMANTIC: &str = "semantic_entropy";

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

/// What points' bars are.
const INTERVALS: &str = "Bars at points: 95 % intervals.";

/// Says which panels are missing, as no answer defines their numbers.
fn left_out(titles: &[&str]) -> Option<String> {
    let titles = (!titles.is_empty()).then(|| titles.join("; "))?;
    Some(format!("Not defined by these answers: {titles}"))
}

/// Remarks below everything, as many lines as they need.
fn foot_lines(figure: &mut Figure, notes: &[String]) {
    let mut y = figure.lowest() + 20.0;
    let notes = notes.iter().filter(|note| !note.is_empty());
    for line in notes.flat_map(|note| wrap(note, LINE)) {
        figure.text(Voice::Muted, Anchor::Start, (16.0, y), &line);
        y += ROW - 3.0;
    }
}

/// Letters of a remark's line.
const LINE: usize = 132;

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
    (scale, label): (Scale, &str),
    series: Series,
) {
    let up = up(scale, &series);
    let (across, ticks) = rounds(tally);
    let panel = Panel::new(corner, across, up);
    panel.axes(figure, title, &ticks, "round", label);
    let all = series.len();
    let slot = panel.across(1.0) - panel.across(0.0);
    between(&panel, figure, usize::from(tally.rounds));
    for (look, points) in series {
        panel.series(figure, look, aside(look, all, slot), &points);
    }
}

/// Whether any answer has one in the round before.
fn has_pairs(tally: &Tally) -> bool {
    let paired = |(no, _, round)| tally.board.cell(no, round, None).flips().pairs > 0;
    tally.cells().any(paired)
}

#[cfg(test)]
mod tests;
