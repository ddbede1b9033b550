//! Models beside each other: every metric against the model, a line a condition, after the first
//! answer and after the last round.

use crate::domain::{ConditionNo, Kind, RoundNo};
use crate::stats::Estimate;

use super::super::scale::{Ran, Scale as Models};
use super::super::tally::Tally;
use super::axis::{Scale, shown, up};
use super::figure::{Anchor, Figure, Voice};
use super::panel::{HIGH, Panel, Point, Range, WIDE};
use super::{
    HEAD, INTERVALS, Series, WIDTH, aside, between, entries_in_rows, foot_lines, is_empty,
    left_out, measure, measures, scored_by, what,
};

/// One number of a cell.
struct Metric {
    title: String,
    scale: Scale,
    label: &'static str,
    of: Of,
}

type Of = Box<dyn Fn(&Tally, ConditionNo, RoundNo) -> Estimate>;

/// The figure of several models. Parameters stand across on a logarithmic scale where
/// all are known and differ; otherwise models stand side by side in the report's order.
pub fn scale_figure(models: &Models) -> Figure {
    let runs = models.runs();
    let mut figure = Figure::new(WIDTH);
    let mut sets: Vec<String> = runs.iter().map(|r| what(&r.tally).1).collect();
    sets.dedup();
    let title = format!("{} models on {}", runs.len(), sets.join("; "));
    figure.text(Voice::Head, Anchor::Start, (16.0, 24.0), &title);
    let mut warnings: Vec<String> = runs
        .iter()
        .map(|r| r.tally.setting("model_warning"))
        .filter(|w| !w.is_empty())
        .collect();
    warnings.dedup();
    figure.text(
        Voice::Muted,
        Anchor::Start,
        (16.0, 42.0),
        &warnings.join("; "),
    );
    let names = conditions(runs);
    let across = Across::of(runs);
    let entries = names.iter().map(|name| name.chars().take(40).collect());
    let below = entries_in_rows(&mut figure, HEAD + 10.0, across.ordered, entries);
    let rounds = runs.iter().map(|r| r.tally.rounds).max().unwrap_or(1);
    let ends: Vec<u16> = match rounds.saturating_sub(1) {
        0 => vec![0],
        last => vec![0, last],
    };
    let mut corners = (0..).map(|at: u32| {
        let (row, column) = (f64::from(at / 2), f64::from(at % 2));
        (10.0 + column * (WIDE + 10.0), below + row * (HIGH + 10.0))
    });
    let metrics = metrics(runs);
    let mut empty: Vec<&str> = Vec::new();
    for metric in &metrics {
        let both: Vec<Series> = ends
            .iter()
            .map(|round| series(metric, *round, runs, &names, &across))
            .collect();
        if both.iter().all(|series| is_empty(series)) {
            empty.push(&metric.title);
            continue;
        }
        // The same scale on both sides: what the rounds changed is seen across.
        let range = up(metric.scale, &both.concat());
        for (round, series) in ends.iter().zip(both) {
            let corner = corners.next().unwrap_or((10.0, below));
            let panel = Panel::new(corner, across.range, range);
            let title = format!("{}, round {round}", metric.title);
            panel.axes(
                &mut figure,
                &title,
                &across.ticks,
                across.label,
                metric.label,
            );
            across.draw(&mut figure, &panel, series);
        }
    }
    let mut foot = String::new();
    if figure.has_intervals() {
        foot += INTERVALS;
    }
    foot += " Round 0 is the first answer.";
    if !across.ordered {
        foot += " Models have no order here: no lines join them.";
    }
    let mut notes = vec![foot.trim().to_owned()];
    notes.extend(left_out(&empty));
    for ran in runs {
        let size = ran
            .parameters()
            .map_or("size not recorded".to_owned(), |n| {
                format!("{} parameters", short(n as f64))
            });
        let name: String = ran.model.chars().take(90).collect();
        let scored = scored_by(&ran.tally).map_or(String::new(), |by| format!("; {by}"));
        notes.push(format!("{name}: {size}{scored}"));
    }
    foot_lines(&mut figure, &notes);
    figure.title = title;
    figure.about = "Bars are 95 % intervals. Made by recant report --plot.".to_owned();
    figure
}

/// The conditions of all runs, in the order in which they first occur.
pub fn conditions(runs: &[Ran]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in runs.iter().flat_map(|r| &r.tally.conditions) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// Where models stand.
pub struct Across {
    /// One place a model.
    pub places: Vec<f64>,
    /// From where to where the axis goes.
    pub range: Range,
    /// Its labels.
    pub ticks: Vec<(f64, String)>,
    /// What stands along it.
    pub label: &'static str,
    /// Whether models stand by their size: only then is a line between them a course.
    pub ordered: bool,
    /// Where other people's numbers stand, right of the models.
    pub others: f64,
}

impl Across {
    /// The axis of these runs.
    pub fn of(runs: &[Ran]) -> Across {
        let known: Option<Vec<u64>> = runs.iter().map(Ran::parameters).collect();
        match known {
            Some(sizes) if sizes.first() < sizes.last() => Across::by_size(&sizes),
            _ => Across::side_by_side(runs),
        }
    }

    /// Pixels between neighbours, the nearest ones.
    pub fn slot(&self, panel: &Panel) -> f64 {
        let mut places: Vec<f64> = self.places.iter().map(|x| panel.across(*x)).collect();
        places.sort_by(f64::total_cmp);
        let apart = places.windows(2).map(|w| w[1] - w[0]);
        let nearest = apart.filter(|d| *d > 1.0).fold(f64::INFINITY, f64::min);
        let all = panel.across(self.range.high) - panel.across(self.range.low);
        nearest.min(all)
    }

    /// Series over the models: lines where these have an order, else only points.
    pub fn draw(&self, figure: &mut Figure, panel: &Panel, series: Series) {
        let (all, slot) = (series.len(), self.slot(panel));
        if !self.ordered {
            between(panel, figure, self.places.len());
        }
        for (look, points) in series {
            let aside = aside(look, all, slot);
            match self.ordered {
                true => panel.series(figure, look, aside, &points),
                false => panel.points(figure, look, aside, &points),
            }
        }
    }

    /// The same with room for other people's numbers, which are of other models.
    pub fn with_others(mut self) -> Across {
        let wide = self.range.high - self.range.low;
        let more = wide / (self.places.len().max(1) as f64 + 0.5).max(2.5);
        self.others = self.range.high + 0.5 * more;
        self.range.high += more;
        self.ticks.push((self.others, "the paper's".to_owned()));
        self
    }

    fn by_size(sizes: &[u64]) -> Across {
        let places: Vec<f64> = sizes.iter().map(|n| (*n as f64).log10()).collect();
        let low = places.iter().copied().fold(f64::INFINITY, f64::min);
        let high = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let margin = 0.08 * (high - low).max(0.5);
        let range = Range {
            low: low - margin,
            high: high + margin,
        };
        // 1, 2, 5 where that leaves room, else powers of ten.
        let steps: &[f64] = match high - low < 2.5 {
            true => &[1.0, 2.0, 5.0],
            false => &[1.0],
        };
        let mut ticks = Vec::new();
        for power in 0..=16 {
            for step in steps {
                let value = step * 10f64.powi(power);
                if (range.low..=range.high).contains(&value.log10()) {
                    ticks.push((value.log10(), short(value)));
                }
            }
        }
        if ticks.len() < 2 {
            ticks = sizes
                .iter()
                .map(|n| ((*n as f64).log10(), short(*n as f64)))
                .collect();
        }
        Across {
            places,
            range,
            ticks,
            label: "parameters, logarithmic",
            ordered: true,
            others: 0.0,
        }
    }

    fn side_by_side(runs: &[Ran]) -> Across {
        let places: Vec<f64> = (0u32..).take(runs.len()).map(f64::from).collect();
        let room = 56 / runs.len().max(1);
        let label = |ran: &Ran| {
            let last = ran.model.rsplit('/').next().unwrap_or(&ran.model);
            match last.char_indices().nth(room.max(4)) {
                None => last.to_owned(),
                Some((end, _)) => format!("{}…", &last[..end]),
            }
        };
        Across {
            range: Range {
                low: -0.5,
                high: places.len() as f64 - 0.5,
            },
            ticks: places.iter().copied().zip(runs.iter().map(label)).collect(),
            places,
            label: "model",
            ordered: false,
            others: 0.0,
        }
    }
}

/// `135M`, `1.5B`.
fn short(n: f64) -> String {
    for (size, unit) in [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")] {
        if n >= 0.9995 * size {
            let value = n / size;
            let digits = usize::from(value < 9.95 && (value - value.round()).abs() > 0.049);
            return format!("{value:.digits$}{unit}");
        }
    }
    format!("{n:.0}")
}

fn metrics(runs: &[Ran]) -> Vec<Metric> {
    let mut all: Vec<Metric> = Vec::new();
    let mut put = |title: &str, (scale, label): (Scale, &'static str), of: Of| {
        all.push(Metric {
            title: title.to_owned(),
            scale,
            label,
            of,
        });
    };
    if runs.iter().any(|r| r.tally.has_bias()) {
        put(
            "Bias, ambiguous contexts (s_AMB)",
            Scale::Bias.labelled(),
            Box::new(|t, no, r| t.score(no, r, "bias_ambiguous")),
        );
        put(
            "Bias, disambiguated contexts (s_DIS)",
            Scale::Bias.labelled(),
            Box::new(|t, no, r| t.score(no, r, "bias_disambiguated")),
        );
    }
    if runs.iter().any(|r| r.tally.has_truth()) {
        put(
            "Right (abstains), ambiguous contexts",
            Scale::Percent.labelled(),
            Box::new(|t, no, r| t.score(no, r, "accuracy_ambiguous")),
        );
        put(
            "Right, disambiguated contexts",
            Scale::Percent.labelled(),
            Box::new(|t, no, r| t.score(no, r, "accuracy_disambiguated")),
        );
    }
    let mut names: Vec<&'static str> = runs.iter().flat_map(|r| measures(&r.tally)).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let of = move |t: &Tally, no, r| measure(t, name, no, r);
        let (title, scale, label) = shown(Kind::Bbq, name);
        put(title, (scale, label), Box::new(of));
    }
    all
}

fn series(metric: &Metric, round: u16, runs: &[Ran], names: &[String], across: &Across) -> Series {
    let (times, _) = metric.scale.look();
    let line = |(look, name): (usize, &String)| {
        let point = |(ran, x): (&Ran, &f64)| {
            let no = ran.tally.conditions.iter().position(|c| c == name)?;
            let no = ConditionNo(u16::try_from(no).ok()?);
            let estimate = (metric.of)(&ran.tally, no, RoundNo(round));
            Some(Point {
                x: *x,
                y: times * estimate.value?,
                ends: estimate.interval.map(|i| (times * i.low, times * i.high)),
            })
        };
        let points = runs.iter().zip(&across.places).filter_map(point);
        (look, points.collect())
    };
    names.iter().enumerate().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_short_and_stand_on_a_logarithmic_scale() {
        let shown = [1e3, 135e6, 1.5e9, 999.9e6, 2e9, 70e9, 12.0].map(short);
        assert_eq!(shown, ["1k", "135M", "1.5B", "1B", "2B", "70B", "12"]);
        let across = Across::by_size(&[1_000_000, 10_000_000, 100_000_000]);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        assert!(
            across
                .places
                .iter()
                .zip([6.0, 7.0, 8.0])
                .all(|(a, b)| close(*a, b))
        );
        let labels: Vec<&str> = across.ticks.iter().map(|t| &*t.1).collect();
        assert_eq!(labels, ["1M", "2M", "5M", "10M", "20M", "50M", "100M"]);
    }
}
