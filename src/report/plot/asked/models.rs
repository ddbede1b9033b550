//! A recipe's figure of several models: the metric over them, and right of them the paper's numbers, which are of
//! other models.

use serde_json::Value;

use crate::domain::{Drawing, Recipe, Reference};

use super::super::super::scale::Scale as Models;
use super::super::axis::{holding, shown};
use super::super::figure::{Anchor, Figure, Voice};
use super::super::panel::{HIGH, Panel, Point};
use super::super::scale::{Across, conditions as of_all};
use super::super::theirs::{Sources, letter};
use super::super::{aside, scored_by, what};
use super::page::Page;
use super::read::read;
use super::{ends, foot};

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
    let mut sets: Vec<String> = runs.iter().map(|r| what(&r.tally).1).collect();
    sets.dedup();
    let mut warnings = runs.iter().map(|r| r.tally.setting("model_warning"));
    let warning = warnings.find(|w| !w.is_empty()).unwrap_or_default();
    let mut scorers: Vec<String> = runs.iter().filter_map(|r| scored_by(&r.tally)).collect();
    scorers.dedup();
    sets.extend(scorers);
    let on = (format!("{} models", runs.len()), sets.join("; "));
    let mut page = Page::new(recipe, &on, &warning);
    if let Some(ran) = runs.first() {
        page.apart(recipe, &ran.tally);
    }
    let names = of_all(runs);
    let mut across = Across::of(runs);
    page.legend(across.ordered, names.iter().cloned());
    let drawn = |r: &&Reference| r.category.is_none() && recipe.plot.metrics.contains(&r.metric);
    let mut sources = Sources::default();
    if recipe.references.iter().any(|r| drawn(&r)) {
        across = across.with_others();
    }
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
            let asked = recipe.references.iter().filter(drawn);
            let asked = asked.filter(|r| r.metric == *metric && r.cell.round == round);
            let mut theirs: Vec<(usize, f64, usize)> = Vec::new();
            for reference in asked {
                let look = names.iter().position(|n| *n == reference.cell.condition);
                if let Some(look) = look
                    && let Some((value, source)) = sources.stands(recipe, reference, times)
                {
                    theirs.push((look, times * value, source));
                }
            }
            let values = lines.iter().flat_map(|(_, points)| points);
            let values = values.map(|p| (p.y, p.ends));
            let all: Vec<_> = values.chain(theirs.iter().map(|t| (t.1, None))).collect();
            let range = holding(scale, all.iter().copied());
            let corner = (10.0, page.below());
            let size = (Page::WIDE, HIGH);
            let panel = Panel::sized(corner, size, across.range, range);
            let title = match rounds {
                1 => title.to_owned(),
                _ => format!("{title}, round {round}"),
            };
            panel.axes(&mut page.figure, &title, &across.ticks, across.label, up);
            let slot = across.slot(&panel);
            across.draw(&mut page.figure, &panel, lines);
            for (look, y, source) in theirs {
                let x = panel.across(across.others) + aside(look, names.len(), slot.min(160.0));
                let y = panel.up(y);
                page.figure.open_marker(look, (x, y));
                let (voice, letter) = (Voice::Plain, letter(source).to_string());
                let at = (x + 13.0, y + 4.0);
                page.figure.text(voice, Anchor::Middle, at, &letter);
            }
            page.drawn(1);
        }
    }
    let notes = sources.notes();
    let mut foot = foot(&page.figure, !notes.is_empty());
    if !across.ordered {
        foot += " Models have no order here: no lines join them.";
    }
    if recipe.plot.drawing == Drawing::Scatter {
        foot += " Every model's occupations: figure.svg (and .png) in its own folder.";
    }
    page.finish(&foot, notes)
}
