//! A run beside a paper's numbers: the table a recipe asks for, and what ours differ by. Reads the
//! machine report's cells, so that both say the same. A report of several models ([`super::Scale`])
//! gives a row for each.

mod table;

use serde_json::{Value, json};

pub use table::beside_text;

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
            "of": r.source(),
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
        "plot": {"metrics": recipe.plot.metrics, "figure": recipe.plot.drawing.name()},
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
            place: None,
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
