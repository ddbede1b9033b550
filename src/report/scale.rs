//! Runs of several models as one report: the tables of each with the model as a column, the cells of
//! all, smallest model first where the sizes are known.
//!
//! Invariant: every number is the one that the model's own report has. Does not test models against
//! each other: `recant compare` does, on the items they share.

use serde_json::{Value as Json, json};

use crate::stats::Scorer;

use super::findings::Findings;
use super::formats::{CSV_HEAD, csv_field, csv_lines};
use super::json::to_json;
use super::sheet::{Column, Sheet, Value};
use super::sheets::SCORED_BY;
use super::tally::Tally;
use super::text::NAME;

/// One model's run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What it is called here: the model's name, and its folder where two have the same name.
    pub model: String,
    /// What tables call it: short enough for a column, and no other's name there.
    pub short: String,
    /// The folder's name.
    pub folder: String,
    /// The counts.
    pub tally: Tally,
    /// The comparisons.
    pub findings: Findings,
}

impl Ran {
    /// How many numbers the model's files hold; runs of earlier versions do not say.
    pub fn parameters(&self) -> Option<u64> {
        let parameters = self.tally.manifest.settings.get("parameters")?;
        parameters.as_u64().filter(|n| *n > 0)
    }
}

/// Runs side by side.
#[derive(Clone, Debug)]
pub struct Scale {
    runs: Vec<Ran>,
}

impl Scale {
    /// Runs by the names of their folders.
    pub fn new(runs: Vec<(String, Tally, Findings)>) -> Scale {
        let name = |tally: &Tally| tally.setting("model");
        let names: Vec<String> = runs.iter().map(|(_, tally, _)| name(tally)).collect();
        let mut runs: Vec<Ran> = runs
            .into_iter()
            .map(|(folder, tally, findings)| {
                let name = name(&tally);
                let same = names.iter().filter(|n| **n == name).count();
                let model = match same > 1 || name.is_empty() {
                    true => format!("{name} ({folder})"),
                    false => name,
                };
                Ran {
                    short: String::new(),
                    model,
                    folder,
                    tally,
                    findings,
                }
            })
            .collect();
        runs.sort_by(|a, b| {
            let size = |ran: &Ran| ran.parameters().unwrap_or(u64::MAX);
            size(a).cmp(&size(b)).then_with(|| a.model.cmp(&b.model))
        });
        let names: Vec<String> = runs.iter().map(|ran| ran.model.clone()).collect();
        for (ran, short) in runs.iter_mut().zip(shortened(&names)) {
            ran.short = short;
        }
        Scale { runs }
    }

    /// The runs, in the report's order.
    pub fn runs(&self) -> &[Ran] {
        &self.runs
    }

    /// Tables with the model as the first column, from each run's own.
    pub fn sheets(&self, own: impl Fn(&Ran) -> Vec<Sheet>) -> Vec<Sheet> {
        let mut all: Vec<(&str, Vec<Sheet>)> = self
            .runs
            .iter()
            .map(|ran| (ran.short.as_str(), own(ran)))
            .collect();
        self.scorers_told(&mut all);
        together(&all)
    }

    /// Where not all texts were scored by the same, notes say whose were by whom.
    fn scorers_told(&self, all: &mut [(&str, Vec<Sheet>)]) {
        let mut scorers = self.runs.iter().filter_map(|r| r.tally.text_scorer());
        let first = scorers.next();
        if scorers.all(|other| Some(other) == first) {
            return;
        }
        for (model, sheets) in all {
            let notes = sheets.iter_mut().flat_map(|s| &mut s.notes);
            for note in notes.filter(|note| note.starts_with(SCORED_BY)) {
                *note = format!("{model}: {note}, and others' by another: not on one scale");
            }
        }
    }

    /// The report for machines: as one run's, each cell with its `model`; what is not a cell stands
    /// under `models`.
    pub fn to_json(&self, scorer: Scorer) -> Json {
        let mut cells = Vec::new();
        let mut models = Vec::new();
        for ran in &self.runs {
            let mut report = to_json(&ran.tally, &ran.findings, scorer);
            if let Some(Json::Array(own)) = report.get_mut("cells").map(Json::take) {
                cells.extend(own.into_iter().map(|mut cell| {
                    cell["model"] = json!(ran.model);
                    cell
                }));
            }
            let mut model = json!({
                "model": ran.model,
                "parameters": ran.parameters(),
                "folder": ran.folder,
            });
            if let (Json::Object(model), Json::Object(rest)) = (&mut model, report) {
                let rest = rest.into_iter();
                model.extend(rest.filter(|(name, _)| !matches!(name.as_str(), "cells" | "scorer")));
            }
            models.push(model);
        }
        json!({
            "recant": env!("CARGO_PKG_VERSION"),
            "scorer": scorer.name(),
            "models": models,
            "cells": cells,
        })
    }

    /// As one run's, with the model as the first column.
    pub fn to_csv(&self, scorer: Scorer) -> String {
        let mut out = format!("model,{CSV_HEAD}");
        for ran in &self.runs {
            let first = format!("{},", csv_field(&ran.model));
            csv_lines(&mut out, &first, &ran.tally, &ran.findings, scorer);
        }
        out
    }
}

/// Names without their organisations; numbered where that leaves them too long for a column, or alike.
fn shortened(names: &[String]) -> Vec<String> {
    let last = |name: &String| name.rsplit('/').next().unwrap_or(name).to_owned();
    let short: Vec<String> = names.iter().map(last).collect();
    let fits = |s: &String| s.chars().count() <= NAME;
    let once = |s: &String| short.iter().filter(|other| *other == s).count() == 1;
    if short.iter().all(|s| fits(s) && once(s)) {
        return short;
    }
    let numbered = (1..).zip(&short);
    numbered
        .map(|(no, name): (u32, _)| format!("{no} {name}"))
        .collect()
}

/// Tables of the same name and title become one; columns that only some have stay.
fn together(all: &[(&str, Vec<Sheet>)]) -> Vec<Sheet> {
    let mut merged: Vec<Sheet> = Vec::new();
    for (_, sheets) in all {
        for sheet in sheets {
            let at = merged
                .iter()
                .position(|m| m.name == sheet.name && m.title == sheet.title);
            match at {
                None => merged.push(Sheet {
                    rows: Vec::new(),
                    ..sheet.clone()
                }),
                Some(at) => take_columns(&mut merged[at], sheet),
            }
        }
    }
    for target in &mut merged {
        let own = |sheets: &&Sheet| sheets.name == target.name && sheets.title == target.title;
        let mut baselines: Vec<(Vec<Value>, &str, bool)> = Vec::new();
        let mut rows = Vec::new();
        for (model, sheets) in all {
            let Some(sheet) = sheets.iter().find(own) else {
                continue;
            };
            for row in &sheet.rows {
                let row = placed(row, sheet, &target.columns);
                match row.first() {
                    // What no model at all would get is the same for all, and said once.
                    Some(Value::Text(name)) if name.starts_with('(') => {
                        match baselines.iter_mut().find(|(known, _, _)| *known == row) {
                            Some((_, _, shared)) => *shared = true,
                            None => baselines.push((row, model, false)),
                        }
                    }
                    _ => rows.push((*model, row)),
                }
            }
        }
        let last = baselines.into_iter().map(|(row, model, shared)| {
            let model = if shared { "" } else { model };
            (model, row)
        });
        rows.extend(last);
        target.rows = rows
            .into_iter()
            .map(|(model, mut row)| {
                row.insert(0, Value::Text(model.to_owned()));
                row
            })
            .collect();
        let column = Column {
            name: "model",
            heading: "model",
        };
        target.columns.insert(0, column);
        target.keys += 1;
    }
    merged
}

/// Adds the columns and notes that only `other` has, each behind the one it stands behind there.
fn take_columns(target: &mut Sheet, other: &Sheet) {
    let mut behind = 0;
    for column in &other.columns {
        match target.columns.iter().position(|c| c.name == column.name) {
            Some(at) => behind = at + 1,
            None => {
                target.columns.insert(behind, *column);
                behind += 1;
            }
        }
    }
    for note in &other.notes {
        if !target.notes.contains(note) {
            target.notes.push(note.clone());
        }
    }
}

/// A row under other columns.
fn placed(row: &[Value], sheet: &Sheet, columns: &[Column]) -> Vec<Value> {
    let of = |wanted: &Column| {
        let at = sheet.columns.iter().position(|c| c.name == wanted.name);
        at.and_then(|at| row.get(at))
            .cloned()
            .unwrap_or(Value::Blank)
    };
    columns.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_have_names_that_differ_within_a_column() {
        let short = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            shortened(&names)
        };
        assert_eq!(short(&["a/Tiny-1B", "b/Tiny-2B"]), ["Tiny-1B", "Tiny-2B"]);
        assert_eq!(short(&["a/x", "b/x"]), ["1 x", "2 x"]);
        let long = "a-name-that-goes-on-and-on";
        let names = [format!("{long}-1"), format!("{long}-2")];
        let found = short(&[&names[0], &names[1]]);
        assert!(found[0].starts_with("1 a-name") && found[1].starts_with("2 a-name"));
    }

    fn sheet(columns: &[(&'static str, &'static str)], rows: &[(&str, u64)]) -> Sheet {
        let mut sheet = Sheet::new("bias", "Bias", 1, columns);
        for (name, n) in rows {
            sheet.row(vec![Value::Text((*name).into()), Value::Count(*n)]);
        }
        sheet
    }

    #[test]
    fn tables_of_several_models_become_one_with_the_model_first() {
        let small = sheet(
            &[("condition", "c"), ("n", "n")],
            &[("q", 1), ("(random)", 9)],
        );
        let large = sheet(
            &[("condition", "c"), ("m", "m")],
            &[("q", 2), ("if", 3), ("(random)", 8)],
        );
        let same = sheet(&[("condition", "c"), ("n", "n")], &[("(random)", 9)]);
        let all = together(&[("s", vec![small]), ("l", vec![large]), ("t", vec![same])]);
        assert_eq!(all.len(), 1);
        let names: Vec<&str> = all[0].columns.iter().map(|c| c.name).collect();
        assert_eq!(names, ["model", "condition", "m", "n"]);
        assert_eq!(all[0].keys, 2);
        let text = |t: &str| Value::Text(t.into());
        let count = Value::Count;
        assert_eq!(
            all[0].rows,
            [
                vec![text("s"), text("q"), Value::Blank, count(1)],
                vec![text("l"), text("q"), count(2), Value::Blank],
                vec![text("l"), text("if"), count(3), Value::Blank],
                vec![text(""), text("(random)"), Value::Blank, count(9)],
                vec![text("l"), text("(random)"), count(8), Value::Blank],
            ]
        );
    }
}
