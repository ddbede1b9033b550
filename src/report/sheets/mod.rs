//! A run's tables. What belongs together stands together: a bias never without abstention, accuracy
//! where the context answers, the share that could not be read, and what no model at all would get.

mod changes;
mod labels;
mod measures;
mod rounds;
mod scores;

use crate::domain::{ConditionNo, RoundNo};
use crate::stats::{Baseline, Counts, Scorer, measures_of};

use super::findings::Findings;
use super::sheet::{Sheet, Value};
use super::tally::Tally;

pub(super) use changes::{comparison_notes, comparison_rows, comparison_sheet};
pub(super) use measures::SCORED_BY;

/// All tables of a run: the scores of every category too, if asked for.
pub fn sheets(tally: &Tally, findings: &Findings, scorer: Scorer, by_category: bool) -> Vec<Sheet> {
    let mut all = of_cells(tally, None, scorer);
    if by_category {
        for category in tally.board.categories() {
            all.extend(of_cells(tally, Some(&category), scorer));
        }
    }
    all.push(changes::changes(
        tally,
        &findings.rounds,
        "between_rounds",
        "Changes between rounds, on the same items (after - before)",
        ("before", "after"),
        findings.resampling,
    ));
    all.push(changes::changes(
        tally,
        &findings.conditions,
        "between_conditions",
        "Differences between conditions, on the same items (second - first)",
        ("first", "second"),
        findings.resampling,
    ));
    all.push(rounds::chains(tally, &findings.courses));
    all.push(rounds::convergence(tally, &findings.courses));
    all.push(rounds::sureness(tally, findings.resampling));
    all.push(rounds::meanings(tally, findings.resampling));
    let benchmark = tally.benchmark(None);
    // Pronouns, yes or no, and free text have no letters.
    if !matches!(benchmark.as_str(), "winogender" | "law" | "continuation") {
        all.push(scores::letters(tally));
    }
    // The other scorers are rules for BBQ.
    if matches!(benchmark.as_str(), "bbq" | "mixed") {
        all.push(scores::scorers(tally));
    }
    all.push(labels::labels(tally));
    all.retain(|sheet| !sheet.rows.is_empty());
    all
}

/// The scores of single cells. A benchmark that measures something of its own begins with that.
fn of_cells(tally: &Tally, category: Option<&str>, scorer: Scorer) -> Vec<Sheet> {
    let mut all = vec![
        measures::measures(tally, category),
        scores::bias(tally, category, scorer),
        scores::accuracy(tally, category, scorer),
        changes::flips(tally, category),
    ];
    if measures_of(&tally.benchmark(category)).is_empty() {
        all.rotate_left(1);
    }
    all
}

const ABSTAINER: &str = "(abstain)";
const DRAWER: &str = "(random)";
const BASELINES: &str =
    "(abstain), (random): what abstaining always, or drawing an option, would get.";

fn title(what: &str, category: Option<&str>) -> String {
    match category {
        None => what.to_owned(),
        Some(category) => format!("{category}: {}", what.to_lowercase()),
    }
}

fn place(name: &str, round: RoundNo) -> Vec<Value> {
    vec![
        Value::Text(name.to_owned()),
        Value::Text(format!("r{}", round.0)),
    ]
}

/// (the row's beginning, place, counts) of every cell that has answers.
fn cells<'a>(
    tally: &'a Tally,
    category: Option<&'a str>,
) -> impl Iterator<Item = (Vec<Value>, (ConditionNo, RoundNo), Counts)> + 'a {
    tally.cells().filter_map(move |(no, name, round)| {
        let counts = tally.board.cell(no, round, category);
        (counts.n() > 0).then(|| (place(name, round), (no, round), counts))
    })
}

fn baseline(tally: &Tally, category: Option<&str>) -> Baseline {
    let ledger = tally.board.ledger();
    let items = (0..ledger.len()).filter_map(|no| ledger.facts(no));
    Baseline::of(items.filter(|f| category.is_none_or(|c| &*f.category == c)))
}

/// Columns in which no row has a value.
fn drop_blank_columns(sheet: &mut Sheet) {
    let used = |c: usize| sheet.rows.iter().any(|row| row[c] != Value::Blank);
    let keep: Vec<bool> = (0..sheet.columns.len())
        .map(|c| c < sheet.keys || used(c))
        .collect();
    let kept = |c: &usize| keep[*c];
    let all: Vec<usize> = (0..sheet.columns.len()).filter(kept).collect();
    sheet.columns = all.iter().map(|c| sheet.columns[*c]).collect();
    for row in &mut sheet.rows {
        *row = all.iter().map(|c| row[*c].clone()).collect();
    }
}
