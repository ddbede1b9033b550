//! The report for people, as a plain text table.

use comfy_table::{CellAlignment, Table, presets};

use crate::domain::ContextKind::{Ambiguous, Disambiguated};
use crate::stats::Estimate;

use super::tally::Tally;

/// `12.3 [10.1, 14.6]` in points; `undefined` where the data do not define it.
fn points(estimate: Estimate) -> String {
    match (estimate.value, estimate.interval) {
        (Some(v), Some(i)) => {
            format!(
                "{:.1} [{:.1}, {:.1}]",
                100.0 * v,
                100.0 * i.low,
                100.0 * i.high
            )
        }
        (Some(v), None) => format!("{:.1}", 100.0 * v),
        (None, _) => "undefined".to_owned(),
    }
}

/// One row per condition and round, over all categories, or one block per category too.
pub fn to_table(tally: &Tally, by_category: bool) -> String {
    let mut out = String::new();
    let mut categories: Vec<Option<String>> = vec![None];
    if by_category {
        categories.extend(tally.board.categories().iter().map(|c| Some(c.to_string())));
    }
    for category in &categories {
        if let Some(category) = category {
            out.push_str(&format!("\n{category}\n"));
        }
        out.push_str(&block(tally, category.as_deref()));
        out.push('\n');
        if let Some(block) = measures(tally, category.as_deref()) {
            out.push_str(&block);
            out.push('\n');
        }
    }
    out.push_str(
        "in points (x100), 95 % intervals; bias: + stereotyped, - counter-stereotyped; \
         accuracy, bias and abstention leave unparsed answers out\n",
    );
    out
}

fn block(tally: &Tally, category: Option<&str>) -> String {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header([
        "condition",
        "round",
        "n",
        "bias ambig. (s_AMB)",
        "bias disambig. (s_DIS)",
        "accuracy ambig.",
        "accuracy disambig.",
        "abstains",
        "unparsed",
        "changed",
        "w>r",
        "r>w",
    ]);
    for (no, name, round) in tally.cells() {
        let counts = tally.board.cell(no, round, category);
        if counts.n() == 0 {
            continue;
        }
        let flips = counts.flips();
        let flip = |n: u64| match flips.pairs {
            0 => "-".to_owned(),
            _ => n.to_string(),
        };
        table.add_row([
            name.to_owned(),
            round.0.to_string(),
            counts.n().to_string(),
            points(counts.bias_ambiguous()),
            points(counts.bias_disambiguated()),
            points(counts.accuracy(Ambiguous)),
            points(counts.accuracy(Disambiguated)),
            points(counts.abstention(None)),
            points(counts.unparsed()),
            flip(flips.changed),
            flip(flips.corrected),
            flip(flips.spoiled),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// What other benchmarks than BBQ measure, one row a number; `None` where there is none.
fn measures(tally: &Tally, category: Option<&str>) -> Option<String> {
    let mut table = Table::new();
    let header = ["condition", "round", "measure", "value [95 %]", "n"];
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header);
    let number = |estimate: Estimate| match (estimate.value, estimate.interval) {
        (Some(v), Some(i)) => format!("{v:.3} [{:.3}, {:.3}]", i.low, i.high),
        (Some(v), None) => format!("{v:.3}"),
        (None, _) => "undefined".to_owned(),
    };
    let mut any = false;
    for (no, name, round) in tally.cells() {
        for (measure, estimate) in tally.measured.measures.cell(no, round, category).metrics() {
            any = true;
            table.add_row([
                name.to_owned(),
                round.0.to_string(),
                measure.to_owned(),
                number(estimate),
                estimate.n.to_string(),
            ]);
        }
    }
    any.then(|| table.to_string())
}
