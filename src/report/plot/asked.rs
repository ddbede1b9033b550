//! The figure that a recipe asks for, as its paper has it: a metric by condition or by round, ours filled with
//! intervals and the paper's numbers open beside them; or occupations against the statistics
//! ([`super::occupations`]). Of several models: the metric over them.
//!
//! Reads the machine report's cells, as the table of the paper's numbers does, so that both say the same.

mod page;
mod read;

use serde_json::Value;

use crate::domain::{Drawing, Kind, Quantity, Recipe, Reference, RoundNo};

use super::super::scale::Scale as Models;
use super::super::tally::Tally;
use super::axis::{holding, shown};
use super::figure::{Figure, LOOKS};
use super::lanes::{Joined, Lane, Lanes, Mark};
use super::occupations::{Cloud, NOTE};
use super::panel::{HIGH, Panel, Point, WIDE};
use super::scale::{Across, conditions as of_all};
use super::theirs::Sources;
use super::{aside, conditions};
use page::Page;
use read::{Read, read};

/// A run's figure.
///
/// # Errors
/// Nothing of it is defined by the answers; says why.
pub fn asked_figure(recipe: &Recipe, report: &Value, tally: &Tally) -> Result<Figure, String> {
    let what = (tally.setting("model"), tally.setting("items"));
    let mut page = Page::new(recipe, &what, &tally.setting("model_warning"));
    match recipe.plot.drawing {
        Drawing::Scatter => {
            page.unread(read(report, None).unread());
            scatter(page, recipe, tally)
        }
        Drawing::Conditions | Drawing::Rounds => by_place(page, recipe, report),
    }
}

/// The first round and the last.
fn ends(rounds: u16) -> Vec<u16> {
    match rounds.saturating_sub(1) {
        0 => vec![0],
        last => vec![0, last],
    }
}

fn scatter(mut page: Page, recipe: &Recipe, tally: &Tally) -> Result<Figure, String> {
    let metric = recipe.plot.metrics.first().map_or("", String::as_str);
    let notes = |condition: &str, round: u16| -> Vec<String> {
        let here = recipe.references.iter().filter(|r| {
            let whole = r.category.is_none() && r.quantity == Quantity::Value;
            let place = r.cell.condition == condition && r.cell.round == round;
            r.metric == metric && whole && place
        });
        let line = |r: &Reference| {
            format!(
                "theirs ({}) {:.2}: {}",
                r.evidence.name(),
                r.value,
                r.source()
            )
        };
        here.map(line).collect()
    };
    let rounds = ends(tally.rounds);
    let mut clouds = Vec::new();
    for (look, no, name) in conditions(tally) {
        for round in &rounds {
            let cloud = Cloud::of(tally, no, RoundNo(*round));
            let name = match rounds.len() {
                1 => name.to_owned(),
                _ => format!("{name} round {round}"),
            };
            match cloud.points.is_empty() {
                true => page.undefined(
                    &name,
                    "no pronoun of an occupation with a known share of women was read",
                ),
                false => clouds.push((look, notes(tally.condition(no), *round), name, cloud)),
            }
        }
    }
    let first = page.below();
    let deep = clouds.iter().map(|c| c.1.len()).max().unwrap_or(0);
    // The drawing itself is a square.
    let high = WIDE + 2.0 + NOTE * deep as f64;
    page.drawn(clouds.len());
    for (no, (look, mut notes, name, cloud)) in clouds.into_iter().enumerate() {
        // All drawings begin at the same height.
        notes.resize(deep, String::new());
        let (row, column) = ((no / 2) as f64, (no % 2) as f64);
        let corner = (10.0 + column * (WIDE + 10.0), first + row * (high + 10.0));
        cloud.panel_with(&mut page.figure, corner, (WIDE, high), look, &name, &notes);
    }
    page.finish(
        "A marker an occupation; the thin line: exactly the statistics; the coloured one: least squares. ρ with its 95 % interval (Fisher).",
        Vec::new(),
    )
}

/// Conditions or rounds across.
fn by_place(mut page: Page, recipe: &Recipe, report: &Value) -> Result<Figure, String> {
    let cells = read(report, None);
    page.unread(cells.unread());
    let rounds = cells.rounds();
    let by_round = recipe.plot.drawing == Drawing::Rounds && rounds.len() > 1;
    // More series than there are looks cannot be told apart.
    let rounds = match (by_round, rounds.len() <= LOOKS) {
        (false, false) => ends(rounds.len() as u16),
        _ => rounds,
    };
    match (by_round, rounds.len()) {
        (true, _) => page.legend(true, cells.conditions.iter().map(|c| (*c).to_owned())),
        (false, 1) => {}
        (false, _) => page.legend(false, rounds.iter().map(|r| format!("round {r}"))),
    }
    let mut sources = Sources::default();
    for metric in &recipe.plot.metrics {
        let mut categories: Vec<Option<&str>> = vec![None];
        for reference in recipe.references.iter().filter(|r| r.metric == *metric) {
            let category = reference.category.as_deref();
            if !categories.contains(&category) {
                categories.push(category);
            }
        }
        for category in categories {
            match cells.has(category) {
                true => {
                    let (mut panel, undefined) =
                        panel(&cells, (recipe.kind, metric, category), &rounds, by_round);
                    theirs(
                        &mut panel,
                        recipe,
                        &mut sources,
                        (metric, category),
                        (&cells, &rounds, by_round),
                    );
                    undefined
                        .iter()
                        .for_each(|(name, why)| page.undefined(name, why));
                    page.panel(&panel);
                }
                false => page.missing(&format!(
                    "the paper's numbers of {}: no such items in this run",
                    category.unwrap_or("all")
                )),
            }
        }
    }
    let foot = "Filled: this run, bars at points: 95 % intervals.";
    let notes = sources.notes();
    match notes.is_empty() {
        true => page.finish(foot, notes),
        false => page.finish(
            &format!("{foot} Open, with a letter: the paper's numbers."),
            notes,
        ),
    }
}

/// A place and a series of a condition's round, and its look.
fn seat(condition: usize, round: usize, several: bool, by_round: bool) -> (usize, usize, usize) {
    match (by_round, several) {
        (true, _) => (round, condition, condition),
        (false, true) => (condition, round, round),
        (false, false) => (condition, 0, condition),
    }
}

/// What is undefined: its name, and why.
type Undefined = Vec<(String, String)>;

/// Ours.
fn panel<'a>(
    cells: &Read<'_>,
    (kind, metric, category): (Kind, &'a str, Option<&str>),
    rounds: &[u16],
    by_round: bool,
) -> (Lanes<'a>, Undefined) {
    let (title, scale, up) = shown(kind, metric);
    let (times, _) = scale.look();
    let mut marks = Vec::new();
    let mut undefined = Vec::new();
    let (mut fewest, mut most) = (u64::MAX, 0);
    for (condition_no, condition) in cells.conditions.iter().enumerate() {
        for (round_no, round) in rounds.iter().enumerate() {
            let found = cells.number(condition, *round, category, metric);
            let several = rounds.len() > 1;
            let (place, series, look) = seat(condition_no, round_no, several, by_round);
            match found {
                Ok(ours) => {
                    (fewest, most) = (fewest.min(ours.n), most.max(ours.n));
                    marks.push(Mark {
                        place,
                        lane: Lane {
                            series,
                            source: None,
                        },
                        look,
                        value: times * ours.value,
                        ends: ours.ends.map(|(low, high)| (times * low, times * high)),
                    });
                }
                Err(why) => {
                    let name = match several {
                        true => format!("{metric} of {condition} round {round}"),
                        false => format!("{metric} of {condition}"),
                    };
                    undefined.push((name, why));
                }
            }
        }
    }
    let n = match (fewest, most) {
        (u64::MAX, _) => String::new(),
        (few, most) if few == most => format!(", n = {few} each"),
        (few, most) => format!(", n from {few} to {most}"),
    };
    let title = match category {
        None => title.to_owned(),
        Some(category) => format!("{title}: {category} only"),
    };
    let (across, places, joined) = match by_round {
        true => {
            let rounds = rounds.iter().map(u16::to_string).collect();
            ("round", rounds, Joined::Along)
        }
        false => {
            let names = cells.conditions.iter().map(|c| (*c).to_owned()).collect();
            ("condition", names, Joined::Within)
        }
    };
    let panel = Lanes {
        title,
        scale,
        up,
        across: format!("{across}{n}"),
        places,
        marks,
        joined,
    };
    (panel, undefined)
}

/// The paper's numbers beside ours.
fn theirs<'a>(
    panel: &mut Lanes<'_>,
    recipe: &'a Recipe,
    sources: &mut Sources<'a>,
    (metric, category): (&str, Option<&str>),
    (cells, rounds, by_round): (&Read<'_>, &[u16], bool),
) {
    let (times, _) = panel.scale.look();
    for reference in &recipe.references {
        if reference.metric != metric || reference.category.as_deref() != category {
            continue;
        }
        let asked = |c: &&str| **c == *reference.cell.condition;
        let condition = cells.conditions.iter().position(asked);
        let round = rounds.iter().position(|r| *r == reference.cell.round);
        let (Some(condition), Some(round)) = (condition, round) else {
            continue;
        };
        let Some((value, source)) = sources.stands(recipe, reference, times) else {
            continue;
        };
        let (place, series, look) = seat(condition, round, rounds.len() > 1, by_round);
        panel.marks.push(Mark {
            place,
            lane: Lane {
                series,
                source: Some(source),
            },
            look,
            value: times * value,
            ends: None,
        });
    }
}

/// The figure of several models: a line a condition over them, after the first answer and after the last round.
///
/// # Errors
/// Nothing of it is defined by the answers; says why.
pub fn asked_scale_figure(
    recipe: &Recipe,
    report: &Value,
    models: &Models,
) -> Result<Figure, String> {
    let runs = models.runs();
    let mut sets: Vec<String> = runs.iter().map(|r| r.tally.setting("items")).collect();
    sets.dedup();
    let mut warnings = runs.iter().map(|r| r.tally.setting("model_warning"));
    let warning = warnings.find(|w| !w.is_empty()).unwrap_or_default();
    let what = (format!("{} models", runs.len()), sets.join("; "));
    let mut page = Page::new(recipe, &what, &warning);
    let names = of_all(runs);
    page.legend(true, names.iter().cloned());
    let across = Across::of(runs);
    let rounds = runs.iter().map(|r| r.tally.rounds).max().unwrap_or(1);
    let unread = runs.iter().filter_map(|ran| {
        let (share, place) = read(report, Some(&ran.model)).unread()?;
        Some((share, format!("{}, {place}", ran.short)))
    });
    page.unread(unread.max_by(|a, b| a.0.total_cmp(&b.0)));
    for metric in &recipe.plot.metrics {
        let (title, scale, up) = shown(recipe.kind, metric);
        let (times, _) = scale.look();
        for round in ends(rounds) {
            let mut lines: Vec<(usize, Vec<Point>)> = Vec::new();
            for (look, name) in names.iter().enumerate() {
                let mut points = Vec::new();
                for (ran, x) in runs.iter().zip(&across.places) {
                    let found = read(report, Some(&ran.model)).number(name, round, None, metric);
                    match found {
                        Ok(ours) => points.push(Point {
                            x: *x,
                            y: times * ours.value,
                            ends: ours.ends.map(|(low, high)| (times * low, times * high)),
                        }),
                        Err(why) => {
                            let name = format!("{metric} of {name} round {round}, {}", ran.short);
                            page.undefined(&name, &why);
                        }
                    }
                }
                lines.push((look, points));
            }
            if lines.iter().all(|(_, points)| points.is_empty()) {
                continue;
            }
            let values = lines.iter().flat_map(|(_, points)| points);
            let range = holding(scale, values.map(|p| (p.y, p.ends)));
            let corner = (10.0, page.below());
            let size = (Page::WIDE, HIGH);
            let panel = Panel::sized(corner, size, across.range, range);
            let title = match rounds {
                1 => title.to_owned(),
                _ => format!("{title}, round {round}"),
            };
            panel.axes(&mut page.figure, &title, &across.ticks, across.label, up);
            for (look, points) in lines {
                let aside = aside(look, names.len());
                panel.series(&mut page.figure, look, aside, &points);
            }
            page.drawn(1);
        }
    }
    let foot = "Bars at points: 95 % intervals. The paper's numbers stand in the table.";
    page.finish(foot, Vec::new())
}

#[cfg(test)]
mod tests;
