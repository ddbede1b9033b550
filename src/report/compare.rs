//! Two runs beside each other: the items and conditions that both have, cell by cell.
//!
//! Items are matched by name and take part with all their samples. One whose texts (by the hash in the
//! records), category, options or right answer differ between the runs is not the same item and takes no part.

mod shared;

use std::sync::Arc;

use serde_json::{Value as Json, json};

use crate::domain::ConditionNo;
use crate::stats::{Change, Graded, Resampling};

use super::findings::{Pairing, correct};
use super::formats::{CSV_HEAD, csv_line};
use super::json::compared;
use super::sheet::{Sheet, Value};
use super::sheets::{SCORED_BY, comparison_notes, comparison_rows, comparison_sheet};
use super::tally::Tally;
use shared::Shared;

/// Settings that say what was run, not under which circumstances: they may differ.
const NOT_NAMED: [&str; 1] = ["conditions"];
/// Items that are named where they are unlike.
const NAMED: usize = 5;

/// What two runs have in common, and what not.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Items that both have.
    pub shared: u64,
    /// Items that only the first, only the second has.
    pub only: (u64, u64),
    /// Items of the same name that are not the same.
    pub unlike: Vec<Arc<str>>,
    /// How often an item was asked, at most, in the first and in the second run.
    pub times: (usize, usize),
    /// Conditions that only the first, only the second has.
    pub conditions_only: (Vec<String>, Vec<String>),
    /// One sentence per setting that differs.
    pub settings: Vec<(String, String, String)>,
    /// Cell by cell; `from` and `to` are the same place.
    pub cells: Vec<Pairing>,
    /// Pairs of answers to the same item, condition and round whose verdict is the same; of how many.
    pub same: (u64, u64),
    /// Who scored the texts of the first, of the second; `None` where one of them has none.
    pub scorers: Option<(String, String)>,
    resampling: Resampling,
    conditions: Vec<String>,
}

impl Comparison {
    /// Compares the second run with the first.
    pub fn of(first: &Tally, second: &Tally, resampling: Resampling) -> Comparison {
        let shared = Shared::of(first, second);
        let mut found = Comparison {
            shared: shared.items,
            only: shared.only,
            unlike: shared.unlike.clone(),
            times: shared.times,
            conditions_only: (
                missing(&first.conditions, &second.conditions),
                missing(&second.conditions, &first.conditions),
            ),
            settings: settings(first, second),
            cells: Vec::new(),
            same: (0, 0),
            scorers: first.text_scorer().zip(second.text_scorer()),
            resampling,
            conditions: first.conditions.clone(),
        };
        for (no, name, round) in first.cells() {
            let there = second.conditions.iter().position(|c| c == name);
            let there = there.and_then(|at| Some(ConditionNo(u16::try_from(at).ok()?)));
            let Some(there) = there else { continue };
            let pairs = shared.pairs((first, (no, round)), (second, (there, round)));
            if pairs.is_empty() {
                continue;
            }
            let own = |tally: &Tally, condition| {
                let measures = &tally.measured.measures;
                measures.cell(condition, round, None).without(&shared.units)
            };
            let same = |(_, a, b): &&(_, Graded, Graded)| a.verdict == b.verdict;
            found.same.0 += pairs.iter().filter(same).count() as u64;
            found.same.1 += pairs.len() as u64;
            found.cells.push(Pairing {
                from: (no, round),
                to: (no, round),
                change: Change::of(&pairs, resampling).and_of(
                    &own(first, no),
                    &own(second, there),
                    resampling,
                ),
                holm: Vec::new(),
            });
        }
        correct(&mut found.cells);
        found
    }

    fn name(&self, no: ConditionNo) -> &str {
        self.conditions
            .get(usize::from(no.0))
            .map_or("", String::as_str)
    }

    /// Who scored the texts, or that it was not the same one in both.
    fn scored_by(&self) -> Option<String> {
        let (first, second) = self.scorers.as_ref()?;
        Some(match first == second {
            true => format!("{SCORED_BY}{first} in both"),
            false => format!(
                "The scorers differ: texts of the first are scored by {first}, those of the second by \
                 {second}. The two are not on one scale: a difference in toxicity says nothing"
            ),
        })
    }

    /// For people: what the two have in common, and what not.
    pub fn head(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "{} items in both, {} only in the first, {} only in the second",
            self.shared, self.only.0, self.only.1
        )];
        if !self.unlike.is_empty() {
            let names: Vec<&str> = self.unlike.iter().take(NAMED).map(|n| &**n).collect();
            let more = match self.unlike.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            lines.push(format!(
                "unlike, left out: {} of the same name whose text, category, options or right answer differ: \
                 {}{more}",
                self.unlike.len(),
                names.join(", "),
            ));
        }
        if self.times.0.max(self.times.1) > 1 {
            lines.push(format!(
                "each item asked up to {} times in the first, {} in the second: all count, tests and \
                 intervals count items",
                self.times.0, self.times.1
            ));
        }
        let (first, second) = &self.conditions_only;
        for (which, names) in [("first", first), ("second", second)] {
            if !names.is_empty() {
                lines.push(format!(
                    "conditions only in the {which}: {}",
                    names.join(", ")
                ));
            }
        }
        if self.scorers.as_ref().is_some_and(|(a, b)| a != b) {
            lines.extend(self.scored_by());
        }
        if self.same.1 > 0 {
            let share = 100.0 * self.same.0 as f64 / self.same.1 as f64;
            let pairs = match self.times.0 == self.times.1 {
                true => "answers",
                false => "pairs of answers",
            };
            lines.push(format!(
                "same verdict in {} of {} {pairs} ({share:.1} %)",
                self.same.0, self.same.1
            ));
        }
        lines
    }

    /// As tables.
    pub fn sheets(&self) -> Vec<Sheet> {
        let mut settings = Sheet::new(
            "settings",
            "Settings that differ",
            1,
            &[
                ("setting", "setting"),
                ("first", "first"),
                ("second", "second"),
            ],
        );
        for (name, first, second) in &self.settings {
            let text = |t: &str| Value::Text(t.to_owned());
            settings.row(vec![text(name), text(first), text(second)]);
        }
        if self.settings.is_empty() {
            settings.note("none");
        }
        let mut cells = comparison_sheet(
            "cells",
            "The second run against the first, on the same items (second - first)",
            "first",
            "second",
        );
        for pairing in &self.cells {
            let (no, round) = pairing.from;
            let round = format!("r{}", round.0);
            comparison_rows(&mut cells, self.name(no), &round, pairing);
        }
        let tests = self.cells.iter().flat_map(|p| &p.holm).flatten().count();
        if let Some(scored) = self.scored_by() {
            cells.note(scored);
        }
        comparison_notes(&mut cells, tests, self.resampling);
        vec![settings, cells]
    }

    /// For machines.
    pub fn to_json(&self, first: &Tally, second: &Tally) -> Json {
        let cell = |pairing: &Pairing| {
            let measures = pairing.change.measures.iter().zip(&pairing.holm);
            json!({
                "category": "all",
                "condition": self.name(pairing.from.0),
                "round": pairing.from.1.0,
                "measures": measures.map(|(m, p)| compared(m, *p)).collect::<Vec<_>>(),
            })
        };
        let setting = |(name, first, second): &(String, String, String)| json!({"setting": name, "first": first, "second": second});
        json!({
            "first": {"settings": first.manifest.settings},
            "second": {"settings": second.manifest.settings},
            "settings_that_differ": self.settings.iter().map(setting).collect::<Vec<_>>(),
            "items": {
                "shared": self.shared,
                "only_first": self.only.0,
                "only_second": self.only.1,
                "unlike": self.unlike.len(),
                "unlike_names": self.unlike.iter().map(|n| &**n).collect::<Vec<&str>>(),
            },
            "text_scorers": self.scorers.as_ref().map(|(a, b)| json!({"first": a, "second": b, "same": a == b})),
            "conditions_only_first": self.conditions_only.0,
            "conditions_only_second": self.conditions_only.1,
            "same_verdict": {"answers": self.same.0, "of": self.same.1},
            "cells": self.cells.iter().map(cell).collect::<Vec<_>>(),
        })
    }

    /// All numbers in long form.
    pub fn to_csv(&self) -> String {
        let mut out = String::from(CSV_HEAD);
        for pairing in &self.cells {
            let (no, round) = pairing.from;
            let round = round.0.to_string();
            for (one, holm) in pairing.change.measures.iter().zip(&pairing.holm) {
                let place = ["runs", "all", self.name(no), &round, self.name(no), &round];
                let p = [one.p, *holm];
                csv_line(&mut out, place, one.measure.name(), one.difference, p, "");
            }
        }
        out
    }
}

fn missing(these: &[String], those: &[String]) -> Vec<String> {
    these
        .iter()
        .filter(|c| !those.contains(c))
        .cloned()
        .collect()
}

fn settings(first: &Tally, second: &Tally) -> Vec<(String, String, String)> {
    let (mine, theirs) = (&first.manifest.settings, &second.manifest.settings);
    let mut names: Vec<&String> = mine.keys().collect();
    names.extend(theirs.keys().filter(|name| !mine.contains_key(*name)));
    let shown = |value: Option<&Json>| match value {
        None | Some(Json::Null) => "-".to_owned(),
        Some(Json::String(text)) => text.chars().take(28).collect(),
        Some(other) => other.to_string().chars().take(28).collect(),
    };
    names
        .into_iter()
        .filter(|name| !NOT_NAMED.contains(&name.as_str()))
        .filter(|name| mine.get(*name) != theirs.get(*name))
        .map(|name| (name.clone(), shown(mine.get(name)), shown(theirs.get(name))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Manifest;
    use crate::stats::Scoreboard;

    #[test]
    fn two_scorers_of_texts_are_warned_of() {
        let by = |name: &str| {
            let manifest = Manifest::new(Default::default());
            let mut tally =
                Tally::stored(manifest, Vec::new(), 1, Vec::new(), Scoreboard::default());
            tally
                .measured
                .scorers
                .extend((!name.is_empty()).then(|| name.to_owned()));
            tally
        };
        let head = |a: &str, b: &str| {
            let found = Comparison::of(&by(a), &by(b), Resampling::default());
            found.head().join(" ")
        };
        let differ = head("words", "roberta");
        assert!(
            differ.contains("The scorers differ")
                && differ.contains("words, those of the second by roberta"),
            "{differ}"
        );
        assert!(!head("words", "words").contains("scorer"));
        assert!(!head("words", "").contains("scorer"));
    }
}
