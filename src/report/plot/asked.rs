//! The figure that a recipe asks for, as its paper has it: a metric by condition or by round, ours filled with
//! intervals and the paper's numbers open beside them; or occupations against the statistics
//! ([`super::occupations`]). Of several models: the metric over them.
//!
//! Reads the machine report's cells, as the table of the paper's numbers does, so that both say the same.

mod models;
mod page;
mod read;

pub use models::asked_scale_figure;

use serde_json::Value;

use crate::domain::{Drawing, Kind, Quantity, Recipe, Reference, RoundNo};

use super::super::tally::Tally;
use super::axis::shown;
use super::figure::{Figure, LOOKS};
use super::lanes::{Joined, Lane, Lanes, Mark};
use super::occupations::{Cloud, NOTE};
use super::panel::WIDE;
use super::theirs::Sources;
use super::{INTERVALS, conditions, scored_by, what};
use page::Page;
use read::{Read, read};

/// A run's figure.
///
/// # Errors
/// Nothing of it is defined by the answers; says why.
pub fn asked_figure(recipe: &Recipe, report: &Value, tally: &Tally) -> Result<Figure, String> {
    let (model, mut items) = what(tally);
    if let Some(scored) = scored_by(tally) {
        items += &format!("; {scored}");
    }
    let mut page = Page::new(recipe, &(model, items), &tally.setting("model_warning"));
    page.apart(recipe, tally);
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
    let notes = sources.notes();
    let foot = foot(&page.figure, !notes.is_empty());
    page.finish(&foot, notes)
}

/// What stands on the page.
fn foot(figure: &Figure, theirs: bool) -> String {
    let mut foot = "Filled: this run.".to_owned();
    if figure.has_intervals() {
        foot += &format!(" {INTERVALS}");
    }
    if theirs {
        foot += " Open, with a letter: the paper's numbers.";
    }
    foot
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
        (few, most) if few == most && !undefined.is_empty() => {
            format!(", n = {few} each where defined")
        }
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
    if metric.starts_with("toxicity") && panel.marks.iter().any(|m| m.lane.source.is_some()) {
        panel.title += "; open: the Perspective API's, not on one scale with this run's";
    }
}

#[cfg(test)]
mod tests;
