//! Tables as Markdown and LaTeX, and all numbers as one CSV table.

use crate::stats::{Estimate, Scorer};

use super::findings::{Findings, Pairing};
use super::sheet::{Sheet, Value};
use super::tally::Tally;
use super::text::shown;

/// Pipe tables (GitHub's Markdown).
pub fn to_markdown(sheets: &[Sheet]) -> String {
    let escape = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('|', "\\|");
        text.replace('<', "&lt;").replace(['\n', '\r'], " ")
    };
    let mut out = String::new();
    for sheet in sheets {
        out.push_str(&format!("\n### {}\n\n", escape(&sheet.title)));
        let heads: Vec<String> = sheet
            .columns
            .iter()
            .map(|c| escape(c.heading.trim()))
            .collect();
        out.push_str(&format!("| {} |\n", heads.join(" | ")));
        for no in 0..sheet.columns.len() {
            out.push_str(if no < sheet.keys { "| :-- " } else { "| --: " });
        }
        out.push_str("|\n");
        for row in &sheet.rows {
            let cells: Vec<String> = row.iter().map(|v| escape(shown(v).trim())).collect();
            out.push_str(&format!("| {} |\n", cells.join(" | ")));
        }
        out.push('\n');
        for note in sheet.reasons().iter().chain(&sheet.notes) {
            out.push_str(&format!("- {}\n", escape(note)));
        }
    }
    out
}

/// One `table` environment per table, for the `booktabs` package; intervals in brackets.
pub fn to_latex(sheets: &[Sheet]) -> String {
    let mut out = String::from("% needs \\usepackage{booktabs}\n");
    for sheet in sheets {
        let columns: String = (0..sheet.columns.len())
            .map(|no| if no < sheet.keys { 'l' } else { 'r' })
            .collect();
        out.push_str("\n\\begin{table}\n\\centering\n\\small\n");
        out.push_str(&format!("\\caption{{{}}}\n", tex(&sheet.title)));
        out.push_str(&format!(
            "\\label{{tab:{}}}\n",
            sheet.name.replace('_', "-")
        ));
        out.push_str(&format!("\\begin{{tabular}}{{{columns}}}\n\\toprule\n"));
        let heads: Vec<String> = sheet
            .columns
            .iter()
            .map(|c| tex(c.heading.trim()))
            .collect();
        out.push_str(&format!("{} \\\\\n\\midrule\n", heads.join(" & ")));
        for row in &sheet.rows {
            let cell = |v: &Value| match v {
                Value::Text(text) => tex(text),
                other => tex(shown(other).trim()),
            };
            let cells: Vec<String> = row.iter().map(cell).collect();
            out.push_str(&format!("{} \\\\\n", cells.join(" & ")));
        }
        out.push_str("\\bottomrule\n\\end{tabular}\n");
        let notes: Vec<String> = sheet
            .reasons()
            .iter()
            .chain(&sheet.notes)
            .map(|n| tex(n))
            .collect();
        // A paragraph each: after a line break `[ ]` and `*`, which notes begin with, would be options.
        if !notes.is_empty() {
            let notes = notes.join("\n\\par ");
            out.push_str(&format!("\\footnotesize\n\\par {notes}\n\\par\n"));
        }
        out.push_str("\\end{table}\n");
    }
    out
}

/// Text that LaTeX takes as it is.
fn tex(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                out.push('\\');
                out.push(c);
            }
            '\\' => out.push_str("\\textbackslash{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '^' => out.push_str("\\textasciicircum{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            // A number's minus, not a hyphen.
            '-' if out.is_empty() || out.ends_with(['[', ' ']) => out.push_str("$-$"),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

pub(super) const CSV_HEAD: &str = "table,category,condition,round,to_condition,to_round,metric,value,low,high,n,\
                        p,p_holm,undefined\n";

/// All numbers as one table in long form: a line per cell and metric (`table` = `cell`), and per
/// comparison and measure (`change`: `value` is after − before). Fractions, not points.
pub fn to_csv(tally: &Tally, findings: &Findings, scorer: Scorer) -> String {
    let mut out = String::from(CSV_HEAD);
    csv_lines(&mut out, "", tally, findings, scorer);
    out
}

/// The same without its head; every line begins with `first`.
pub(super) fn csv_lines(
    out: &mut String,
    first: &str,
    tally: &Tally,
    findings: &Findings,
    scorer: Scorer,
) {
    let mut categories: Vec<Option<String>> = vec![None];
    categories.extend(tally.board.categories().iter().map(|c| Some(c.to_string())));
    for (no, name, round) in tally.cells() {
        for category in &categories {
            let of = category.as_deref();
            if tally.board.cell(no, round, of).n() == 0 {
                continue;
            }
            let mut scores = tally.scores(no, round, of, scorer);
            scores.extend(tally.measures(no, round, of));
            let category = of.unwrap_or("all");
            for score in scores {
                let place = ["cell", category, name, &round.0.to_string(), "", ""];
                let why = score.undefined.unwrap_or("");
                out.push_str(first);
                csv_line(out, place, score.name, score.estimate, [None; 2], why);
            }
        }
    }
    for pairing in findings.rounds.iter().chain(&findings.conditions) {
        csv_pairing(out, first, tally, pairing);
    }
}

fn csv_pairing(out: &mut String, first: &str, tally: &Tally, pairing: &Pairing) {
    let (from, to) = (pairing.from, pairing.to);
    let (before, after) = (from.1.0.to_string(), to.1.0.to_string());
    for (one, holm) in pairing.change.measures.iter().zip(&pairing.holm) {
        let place = [
            "change",
            "all",
            tally.condition(from.0),
            &before,
            tally.condition(to.0),
            &after,
        ];
        out.push_str(first);
        csv_line(
            out,
            place,
            one.measure.name(),
            one.difference,
            [one.p, *holm],
            "",
        );
    }
}

pub(super) fn csv_line(
    out: &mut String,
    place: [&str; 6],
    metric: &str,
    estimate: Estimate,
    p: [Option<f64>; 2],
    why: &str,
) {
    let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
    let mut fields: Vec<String> = place.iter().map(|t| csv_field(t)).collect();
    fields.push(metric.to_owned());
    fields.push(number(estimate.value));
    fields.push(number(estimate.interval.map(|i| i.low)));
    fields.push(number(estimate.interval.map(|i| i.high)));
    fields.push(estimate.n.to_string());
    fields.extend(p.map(number));
    fields.push(csv_field(why));
    out.push_str(&fields.join(","));
    out.push('\n');
}

/// RFC 4180; a leading sign that a spreadsheet would run as a formula is made text.
pub(super) fn csv_field(text: &str) -> String {
    let text = match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let mut sheet = Sheet::new("t_t", "50 % of a_b", 1, &[("name", "name"), ("x", "x")]);
        sheet.row(vec![
            Value::Text("a|b_{c}\\".into()),
            Value::Points(Estimate {
                value: Some(-0.125),
                interval: Some(crate::stats::Interval {
                    low: -0.2,
                    high: 0.05,
                }),
                n: 9,
            }),
        ]);
        sheet
    }

    #[test]
    fn what_means_something_to_a_format_is_escaped() {
        let text = to_latex(&[sheet()]);
        assert!(text.contains("50 \\% of a\\_b"), "{text}");
        assert!(
            text.contains("a\\textbar{}b\\_\\{c\\}\\textbackslash{}"),
            "{text}"
        );
        assert!(text.contains("$-$12.5 [$-$20.0, 5.0]"), "{text}");
        let text = to_markdown(&[sheet()]);
        assert!(
            text.contains("| a\\|b_{c}\\\\ | -12.5 [-20.0, 5.0] |"),
            "{text}"
        );
        let mut noted = sheet();
        noted.note("[ ]: an interval");
        noted.note("* below 5 %");
        let text = to_latex(&[noted]);
        let notes = "\\par [ ]: an interval\n\\par * below 5 \\%\n\\par\n\\end{table}";
        assert!(text.contains(notes), "{text}");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_field("=1+1"), "'=1+1");
    }
}
