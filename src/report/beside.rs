//! A run beside a paper's numbers: the table a recipe asks for, and what ours differ by. Reads the
//! machine report's cells, so that both say the same. A report of several models ([`super::Scale`])
//! gives a row for each.

use serde_json::{Value, json};

use super::text::{WIDTH, wrap};
use crate::domain::{CellName, Quantity, Recipe, Reference};

/// A number of ours with its interval; `value` is `None` where the data do not define it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ours {
    /// The number.
    pub value: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// From so many answers.
    pub n: u64,
}

/// A paper's number and ours.
#[derive(Clone, Debug, PartialEq)]
pub struct Beside<'a> {
    /// The paper's.
    pub reference: &'a Reference,
    /// Whose ours is, where the report is of several models.
    pub model: Option<String>,
    /// Ours; the sentence says why there is none.
    pub ours: Result<Ours, String>,
}

impl Beside<'_> {
    /// Ours less theirs.
    pub fn difference(&self) -> Option<f64> {
        let ours = self.ours.as_ref().ok()?.value?;
        Some(ours - self.reference.value)
    }
}

/// The paper's numbers, each with ours from `report` (see [`super::to_json`]).
pub fn beside<'a>(recipe: &'a Recipe, report: &Value) -> Vec<Beside<'a>> {
    let mut all = Vec::new();
    for reference in &recipe.references {
        for model in models(report) {
            all.push(Beside {
                reference,
                ours: ours(reference, report, model),
                model: model.map(str::to_owned),
            });
        }
    }
    all
}

/// The models of a report of several; `None`, once, for a report of one.
fn models(report: &Value) -> Vec<Option<&str>> {
    match report["models"].as_array() {
        None => vec![None],
        Some(all) => all.iter().map(|m| m["model"].as_str()).collect(),
    }
}

fn ours(reference: &Reference, report: &Value, model: Option<&str>) -> Result<Ours, String> {
    let category = reference.category.as_deref().unwrap_or("all");
    let of = |cell: &CellName| metric(report, (model, cell), category, &reference.metric);
    let here = of(&reference.cell)?;
    let (other, relative) = match &reference.quantity {
        Quantity::Value => return Ok(here),
        Quantity::Difference(other) => (of(other)?, false),
        Quantity::Relative(other) => (of(other)?, true),
    };
    let value = match (here.value, other.value) {
        (Some(a), Some(b)) if relative && b.abs() < 1e-12 => {
            let _ = (a, b);
            return Err("relative to a number that is 0".to_owned());
        }
        (Some(a), Some(b)) if relative => Some(a / b - 1.0),
        (Some(a), Some(b)) => Some(a - b),
        _ => None,
    };
    Ok(Ours {
        value,
        interval: None,
        n: here.n.min(other.n),
    })
}

fn metric(
    report: &Value,
    (model, cell): (Option<&str>, &CellName),
    category: &str,
    name: &str,
) -> Result<Ours, String> {
    let cells = report["cells"].as_array().map_or(&[][..], Vec::as_slice);
    let of_category =
        |c: &&Value| c["category"] == *category && model.is_none_or(|m| c["model"] == *m);
    if !cells.iter().any(|c| of_category(&c)) {
        return Err(format!("no {category} items in this run"));
    }
    let found = cells.iter().filter(of_category).find(|c| {
        c["condition"] == *cell.condition && c["round"].as_u64() == Some(u64::from(cell.round))
    });
    let Some(found) = found else {
        return Err(format!(
            "no answer of {} in round {}",
            cell.condition, cell.round
        ));
    };
    let metric = &found["metrics"][name];
    if metric.is_null() {
        return Err(format!("{name} is not measured on these items"));
    }
    let interval = metric["low"].as_f64().zip(metric["high"].as_f64());
    Ok(Ours {
        value: metric["value"].as_f64(),
        interval,
        n: metric["n"].as_u64().unwrap_or(0),
    })
}

/// Whether a metric is a fraction that tables show in points.
fn in_points(metric: &str) -> bool {
    [
        "accuracy",
        "bias",
        "committed_bias",
        "abstention",
        "unparsed",
        "admission_gap",
    ]
    .iter()
    .any(|name| metric.starts_with(name))
}

fn number(metric: &str, quantity: &Quantity, value: f64) -> String {
    let text = match (quantity, in_points(metric)) {
        (Quantity::Relative(_), _) => format!("{:+.0} %", 100.0 * value),
        (_, true) => format!("{:.1}", 100.0 * value),
        (_, false) => format!("{value:.3}"),
    };
    // Nearly nothing has no sign.
    match text.strip_prefix('-') {
        Some(rest) if !rest.contains(|c: char| ('1'..='9').contains(&c)) => rest.to_owned(),
        _ => text,
    }
}

fn shown(metric: &str, quantity: &Quantity, ours: &Ours) -> String {
    let Some(value) = ours.value else {
        return "undef".to_owned();
    };
    let value = number(metric, quantity, value);
    match ours.interval {
        Some((low, high)) => {
            let (low, high) = (
                number(metric, quantity, low),
                number(metric, quantity, high),
            );
            format!("{value} [{low}, {high}]")
        }
        None => value,
    }
}

/// Columns as wide as their widest cell; the first `keys` name the row and stand left, numbers right.
/// What does not fit into the page goes below it, under the same names.
fn grid(header: &[&str], rows: &[Vec<String>], keys: usize) -> String {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column));
        let cells = cells.map(|c| c.chars().count());
        cells
            .chain([header[column].chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |cells: Vec<(usize, &str)>| {
        let mut out = String::new();
        for (at, (no, cell)) in cells.into_iter().enumerate() {
            let gap = if at == 0 { "" } else { "  " };
            let width = widths[no];
            match no < keys {
                true => out.push_str(&format!("{gap}{cell:<width$}")),
                false => out.push_str(&format!("{gap}{cell:>width$}")),
            }
        }
        out.truncate(out.trim_end().len());
        out + "\n"
    };
    let names: usize = widths[..keys].iter().map(|w| w + 2).sum();
    let mut out = String::new();
    let mut from = keys;
    while from < header.len() {
        let (mut to, mut wide) = (from, names);
        while to < header.len() && (to == from || wide + widths[to] <= WIDTH) {
            wide += widths[to] + 2;
            to += 1;
        }
        if from > keys {
            out.push('\n');
        }
        let columns = || (0..keys).chain(from..to);
        out.push_str(&line(columns().map(|c| (c, header[c])).collect()));
        for row in rows {
            let cell = |c: usize| (c, row.get(c).map_or("", String::as_str));
            out.push_str(&line(columns().map(cell).collect()));
        }
        from = to;
    }
    out
}

/// A sentence in the page's width.
fn said(text: &str) -> String {
    wrap(text, WIDTH).join("\n") + "\n"
}

/// The recipe's table, then the paper's numbers beside ours, then what is not comparable.
pub fn beside_text(recipe: &Recipe, report: &Value) -> String {
    let mut out = format!(
        "{}{}{}\n",
        said(&recipe.title),
        said(&recipe.paper),
        said(&recipe.question)
    );
    out.push_str(&own_table(recipe, report));
    let all = beside(recipe, report);
    match all.is_empty() {
        true => out.push_str("\nNo numbers of the paper are known to hold these against.\n"),
        false => {
            out.push_str("\nThe paper's numbers and these\n");
            out.push_str(&numbers(&all));
        }
    }
    let apart = all.iter().filter_map(|b| b.reference.apart.as_ref());
    let mut apart: Vec<&String> = recipe.apart.iter().chain(apart).collect();
    apart.dedup();
    for (title, lines) in [
        ("Not comparable", apart),
        ("Not done by this version", recipe.missing.iter().collect()),
    ] {
        let mut each: Vec<&String> = Vec::new();
        for line in lines {
            if !each.contains(&line) {
                each.push(line);
            }
        }
        if !each.is_empty() {
            out.push_str(&format!("\n{title}\n"));
        }
        for line in each {
            out.push_str(&said(&format!("- {line}")));
        }
    }
    out.push('\n');
    out.push_str(&said(&format!("The paper's items: {}", recipe.paper_items)));
    out.push_str("In points (x100) where fractions, 95 % intervals; off by: ours less theirs\n");
    out
}

/// The numbers, and below each what theirs is of and how it is known.
fn numbers(all: &[Beside<'_>]) -> String {
    let mut rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let mut header = vec!["what", "theirs", "ours", "off by"];
    let several = all.iter().any(|b| b.model.is_some());
    if several {
        header.insert(0, "model");
        for (row, beside) in rows.iter_mut().zip(all) {
            row.insert(0, beside.model.clone().unwrap_or_default());
        }
    }
    let table = grid(&header, &rows, 1 + usize::from(several));
    let mut out = String::new();
    for (no, line) in table.lines().enumerate() {
        out.push_str(&format!("{line}\n"));
        // A table too wide for one page is followed by the same rows: the notes stand once.
        if let Some(beside) = no.checked_sub(1).and_then(|no| all.get(no)) {
            let r = beside.reference;
            let mut of = format!("{} ({})", r.of, r.evidence.name());
            if let Err(why) = &beside.ours {
                of += &format!("; ours: {why}");
            }
            for line in wrap(&of, WIDTH - 4) {
                out.push_str(&format!("    {line}\n"));
            }
        }
    }
    out
}

fn row(beside: &Beside<'_>) -> Vec<String> {
    let r = beside.reference;
    let cell = |cell: &CellName| format!("{} r{}", cell.condition, cell.round);
    let what = match &r.quantity {
        Quantity::Value => format!("{} {}", cell(&r.cell), r.metric),
        Quantity::Difference(other) => {
            format!("{} {} less {}", cell(&r.cell), r.metric, cell(other))
        }
        Quantity::Relative(other) => {
            format!("{} {} against {}", cell(&r.cell), r.metric, cell(other))
        }
    };
    let what = match &r.category {
        Some(category) => format!("{what}, {category}"),
        None => what,
    };
    let (ours, off) = match &beside.ours {
        Ok(ours) => (
            shown(&r.metric, &r.quantity, ours),
            beside.difference().map_or("-".to_owned(), |d| {
                let off = number(&r.metric, &r.quantity, d);
                match off.starts_with(['+', '-']) {
                    true => off,
                    false => format!("+{off}"),
                }
            }),
        ),
        // Why stands below, in `numbers`.
        Err(_) => ("-".to_owned(), "-".to_owned()),
    };
    vec![what, number(&r.metric, &r.quantity, r.value), ours, off]
}

/// One row a condition and round, one column a metric of the recipe.
fn own_table(recipe: &Recipe, report: &Value) -> String {
    let cells = report["cells"].as_array().map_or(&[][..], Vec::as_slice);
    let several = report["models"].is_array();
    let mut rows = Vec::new();
    for cell in cells.iter().filter(|c| c["category"] == "all") {
        let model = cell["model"].as_str().filter(|_| several);
        let name = CellName {
            condition: cell["condition"].as_str().unwrap_or("").to_owned(),
            round: u16::try_from(cell["round"].as_u64().unwrap_or(0)).unwrap_or(u16::MAX),
        };
        let mut row: Vec<String> = model.map(str::to_owned).into_iter().collect();
        row.extend([name.condition.clone(), name.round.to_string()]);
        row.push(cell["n"].to_string());
        for metric_name in &recipe.metrics {
            row.push(match metric(report, (model, &name), "all", metric_name) {
                Ok(ours) => shown(metric_name, &Quantity::Value, &ours),
                Err(_) => "not measured".to_owned(),
            });
        }
        rows.push(row);
    }
    let mut header = vec!["condition", "round", "n"];
    if several {
        header.insert(0, "model");
    }
    header.extend(recipe.metrics.iter().map(String::as_str));
    grid(&header, &rows, 2 + usize::from(several))
}

/// The same for machines: `{"experiment", "paper", "question", "references": […], "apart", "missing",
/// "report"}`; `ours` is null where there is none, and `why` says why.
pub fn beside_json(recipe: &Recipe, report: &Value) -> Value {
    let cell = |cell: &CellName| json!({"condition": cell.condition, "round": cell.round});
    let one = |b: &Beside<'_>| {
        let r = b.reference;
        let (quantity, other) = match &r.quantity {
            Quantity::Value => ("value", None),
            Quantity::Difference(other) => ("difference", Some(cell(other))),
            Quantity::Relative(other) => ("relative", Some(cell(other))),
        };
        let ours = b.ours.as_ref().ok().map(|o| {
            json!({
                "value": o.value,
                "low": o.interval.map(|i| i.0),
                "high": o.interval.map(|i| i.1),
                "n": o.n,
            })
        });
        let mut value = json!({
            "condition": r.cell.condition,
            "round": r.cell.round,
            "category": r.category.as_deref().unwrap_or("all"),
            "metric": r.metric,
            "quantity": quantity,
            "against": other,
            "theirs": r.value,
            "of": r.of,
            "evidence": r.evidence.name(),
            "ours": ours,
            "why": b.ours.as_ref().err(),
            "difference": b.difference(),
            "apart": r.apart,
        });
        if let Some(model) = &b.model {
            value["model"] = json!(model);
        }
        value
    };
    json!({
        "experiment": recipe.name,
        "paper": recipe.paper,
        "question": recipe.question,
        "metrics": recipe.metrics,
        "plot": {"y": recipe.plot, "x": "round", "lines": "condition"},
        "references": beside(recipe, report).iter().map(one).collect::<Vec<_>>(),
        "apart": recipe.apart,
        "missing": recipe.missing,
        "report": report,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Evidence;

    fn reference(quantity: Quantity, category: Option<&str>, value: f64) -> Reference {
        Reference {
            cell: CellName {
                condition: "if".into(),
                round: 0,
            },
            metric: "bias_ambiguous".into(),
            quantity,
            category: category.map(str::to_owned),
            value,
            of: "a model".into(),
            evidence: Evidence::Paper,
            apart: None,
        }
    }

    fn report(q: Value, with_if: f64) -> Value {
        let cell = |condition: &str, value: Value| {
            json!({"category": "all", "condition": condition, "round": 0, "n": 10,
                "metrics": {"bias_ambiguous": {"value": value, "low": 0.0, "high": 0.5, "n": 8}}})
        };
        json!({"cells": [cell("q", q), cell("if", json!(with_if))]})
    }

    #[test]
    fn ours_are_held_against_theirs_by_what_they_are() {
        let q = || CellName {
            condition: "q".into(),
            round: 0,
        };
        let run = report(json!(0.4), 0.1);
        let off = |r: &Reference, run: &Value| {
            let b = Beside {
                reference: r,
                model: None,
                ours: ours(r, run, None),
            };
            b.difference().map(|d| (d * 1e9).round() / 1e9)
        };
        assert_eq!(
            off(&reference(Quantity::Value, None, 0.2), &run),
            Some(-0.1)
        );
        assert_eq!(
            off(&reference(Quantity::Difference(q()), None, -0.1), &run),
            Some(-0.2)
        );
        // -75 % against -43 %.
        assert_eq!(
            off(&reference(Quantity::Relative(q()), None, -0.43), &run),
            Some(-0.32)
        );
        let zero = ours(
            &reference(Quantity::Relative(q()), None, -0.43),
            &report(json!(0.0), 0.1),
            None,
        );
        assert_eq!(zero, Err("relative to a number that is 0".to_owned()));
        let undefined = ours(
            &reference(Quantity::Relative(q()), None, 0.1),
            &report(Value::Null, 0.1),
            None,
        );
        assert_eq!(undefined.unwrap().value, None);
        let religion = ours(
            &reference(Quantity::Value, Some("Religion"), 0.1),
            &run,
            None,
        );
        assert_eq!(religion, Err("no Religion items in this run".to_owned()));
        let mut late = reference(Quantity::Value, None, 0.1);
        late.cell.round = 3;
        assert_eq!(
            ours(&late, &run, None),
            Err("no answer of if in round 3".to_owned())
        );
        late.cell.round = 0;
        late.metric = "ece".into();
        assert_eq!(
            ours(&late, &run, None),
            Err("ece is not measured on these items".to_owned())
        );
    }
}
