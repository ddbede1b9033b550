//! The tables of a paper's numbers beside ours, at most a page wide.

use serde_json::Value;

use super::super::text::{WIDTH, wrap};
use super::{Beside, Ours, beside, metric};
use crate::domain::{CellName, Quantity, Recipe};

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
    let head = [&recipe.title, &recipe.paper, &recipe.question];
    let head = head.iter().filter(|line| !line.is_empty());
    let mut out: String = head.map(|line| said(line)).collect();
    out.push('\n');
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
    if !recipe.paper_items.is_empty() {
        out.push_str(&said(&format!("The paper's items: {}", recipe.paper_items)));
    }
    out.push_str(&said(
        "In points (x100) where fractions, 95 % intervals. Answers: all of the cell; n beside a number: what it \
         rests on, where that is another number (of a kind of context, or items, texts, students, occupations). \
         Off by: ours less theirs; of changes in % in percentage points (pp).",
    ));
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
            let mut of = format!("{} ({})", r.source(), r.evidence.name());
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
            format!(
                "{} {}, change in % of {}",
                cell(&r.cell),
                r.metric,
                cell(other)
            )
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
                let off = match r.quantity {
                    Quantity::Relative(_) => format!("{:+.0} pp", 100.0 * d),
                    Quantity::Value | Quantity::Difference(_) => number(&r.metric, &r.quantity, d),
                };
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
                Ok(ours) => {
                    let text = shown(metric_name, &Quantity::Value, &ours);
                    match Some(ours.n) == cell["n"].as_u64() || ours.n == 0 {
                        true => text,
                        false => format!("{text} n {}", ours.n),
                    }
                }
                Err(_) => "not measured".to_owned(),
            });
        }
        rows.push(row);
    }
    let mut header = vec!["condition", "round", "answers"];
    if several {
        header.insert(0, "model");
    }
    header.extend(recipe.metrics.iter().map(String::as_str));
    grid(&header, &rows, 2 + usize::from(several))
}
