//! Tables for a terminal of 80 columns: what does not fit beside the rest goes below it, under the
//! same row names.

use unicode_width::UnicodeWidthStr;

use super::sheet::{Sheet, Value, fixed, p_value, points};

/// Columns of the page.
pub const WIDTH: usize = 80;
/// Columns of a row's name at most.
pub const NAME: usize = 22;
const GAP: &str = "  ";

/// All sheets, one below the other.
pub fn to_text(sheets: &[Sheet]) -> String {
    let mut out = String::new();
    for sheet in sheets {
        out.push('\n');
        out.push_str(&sheet_text(sheet));
    }
    out
}

fn sheet_text(sheet: &Sheet) -> String {
    let mut out = String::new();
    for line in wrap(&sheet.title, WIDTH) {
        out.push_str(&format!("{line}\n"));
    }
    let table: Vec<Vec<String>> = sheet
        .rows
        .iter()
        .map(|row| row.iter().map(shown).collect())
        .collect();
    let widths: Vec<usize> = (0..sheet.columns.len())
        .map(|c| {
            let cells = table.iter().map(|row| row[c].width());
            let wide = cells
                .max()
                .unwrap_or(0)
                .max(sheet.columns[c].heading.width());
            if c < sheet.keys { wide.min(NAME) } else { wide }
        })
        .collect();
    let names: usize = widths[..sheet.keys].iter().map(|w| w + GAP.len()).sum();
    let mut from = sheet.keys;
    while from < sheet.columns.len() {
        let mut to = from;
        let mut wide = names;
        while to < sheet.columns.len() && (to == from || wide + widths[to] <= WIDTH) {
            wide += widths[to] + GAP.len();
            to += 1;
        }
        if from > sheet.keys {
            out.push('\n');
        }
        let columns: Vec<usize> = (0..sheet.keys).chain(from..to).collect();
        let heading = |c: usize| sheet.columns[c].heading.to_owned();
        line(&mut out, &columns, &widths, sheet.keys, heading);
        let rule: usize = columns.iter().map(|c| widths[*c] + GAP.len()).sum();
        out.push_str(&"─".repeat(rule.saturating_sub(GAP.len()).min(WIDTH)));
        out.push('\n');
        let mut before: Option<&Vec<String>> = None;
        let values = sheet.rows.iter().zip(&table);
        let used =
            |row: &&(&Vec<Value>, &Vec<String>)| row.0[from..to].iter().any(|v| *v != Value::Blank);
        for (_, row) in values.filter(|row| used(&row)) {
            // A name stands once; the rows below belong to it.
            let same = |c: usize| before.is_some_and(|b| b[..=c] == row[..=c]);
            let cell = |c: usize| match c + 1 < sheet.keys && same(c) {
                true => String::new(),
                false => row[c].clone(),
            };
            line(&mut out, &columns, &widths, sheet.keys, cell);
            before = Some(row);
        }
        from = to;
    }
    for note in sheet.reasons().iter().chain(&sheet.notes) {
        for line in wrap(note, WIDTH - 2) {
            out.push_str(&format!("  {line}\n"));
        }
    }
    out
}

fn line(
    out: &mut String,
    columns: &[usize],
    widths: &[usize],
    keys: usize,
    cell: impl Fn(usize) -> String,
) {
    let mut text = String::new();
    for (at, c) in columns.iter().enumerate() {
        if at > 0 {
            text.push_str(GAP);
        }
        let value = fit(&cell(*c), widths[*c]);
        let pad = " ".repeat(widths[*c].saturating_sub(value.width()));
        match *c < keys {
            true => text.push_str(&format!("{value}{pad}")),
            false => text.push_str(&format!("{pad}{value}")),
        }
    }
    out.push_str(text.trim_end());
    out.push('\n');
}

/// At most so wide; the end is what differs between names least.
fn fit(text: &str, wide: usize) -> String {
    if text.width() <= wide {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if out.width() + 2 > wide {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

/// A value as people read it.
pub fn shown(value: &Value) -> String {
    let with =
        |value: Option<f64>, low_high: Option<(f64, f64)>, show: &dyn Fn(f64) -> String| match (
            value, low_high,
        ) {
            (None, _) => "undef".to_owned(),
            (Some(v), None) => show(v),
            (Some(v), Some((low, high))) => format!("{} [{}, {}]", show(v), show(low), show(high)),
        };
    match value {
        Value::Text(text) => text.replace(['\n', '\r'], " "),
        Value::Count(n) => n.to_string(),
        Value::Points(e) => with(e.value, e.interval.map(|i| (i.low, i.high)), &points),
        Value::Point(v) => points(*v),
        Value::P(p, holm) => format!("{}{}", p_value(*p), if *holm { "*" } else { " " }),
        Value::Number(v, digits) => fixed(*v, *digits),
        Value::Estimate(e, digits) => with(e.value, e.interval.map(|i| (i.low, i.high)), &|v| {
            fixed(v, *digits)
        }),
        Value::Undefined(_) => "undef".to_owned(),
        Value::Blank => String::new(),
    }
}

/// Lines of at most `wide` columns, broken between words where there are any.
pub fn wrap(text: &str, wide: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        if line.is_empty() {
            line.push_str(word);
        } else if line.width() + 1 + word.width() <= wide {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Estimate;

    #[test]
    fn wide_tables_continue_below_and_every_line_fits() {
        let columns = [
            ("condition", "condition"),
            ("round", "rd"),
            ("a", "one bias (s_AMB)"),
            ("b", "another (s_DIS)"),
            ("c", "a third"),
            ("d", "a fourth"),
        ];
        let mut sheet = Sheet::new("t", "A title", 2, &columns);
        let estimate = Estimate::proportion(3, 40);
        for (name, round) in [("q", 0), ("q", 1), ("a-name-that-goes-on-and-on-and-on", 0)] {
            sheet.row(vec![
                Value::Text(name.into()),
                Value::Count(round),
                Value::Points(estimate),
                Value::Undefined("no answer names anybody"),
                Value::Points(estimate),
                Value::Points(estimate),
            ]);
        }
        sheet.note("word ".repeat(40));
        let text = to_text(&[sheet]);
        assert!(text.lines().all(|l| l.width() <= WIDTH), "{text}");
        assert_eq!(text.matches("condition").count(), 2, "{text}");
        assert_eq!(text.matches("7.5 [2.6, 19.9]").count(), 9, "{text}");
        assert!(text.contains("undef in another (s_DIS): no answer names anybody"));
        assert!(text.contains("a-name-that-goes-on-a…"), "{text}");
    }
}
