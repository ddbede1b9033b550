//! A table before it has a format: named columns, typed values, and notes that say what the numbers
//! are and why some are missing.

use crate::stats::Estimate;

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A count.
    Count(u64),
    /// A share or a bias, shown in points (× 100) with its interval.
    Points(Estimate),
    /// The same without an interval.
    Point(f64),
    /// A p value; `true` where it stays below 0.05 after Holm's correction.
    P(f64, bool),
    /// A number as it is, with so many digits.
    Number(f64, usize),
    /// A number as it is, with its interval.
    Estimate(Estimate, usize),
    /// A number that the data do not define, and why.
    Undefined(&'static str),
    /// Nothing belongs here.
    Blank,
}

impl Value {
    /// Points where they are defined, else why not.
    pub fn points(estimate: Estimate, why: &'static str) -> Value {
        match estimate.value {
            Some(_) => Value::Points(estimate),
            None => Value::Undefined(why),
        }
    }

    /// A share in points, else why not.
    pub fn point(value: Option<f64>, why: &'static str) -> Value {
        value.map_or(Value::Undefined(why), Value::Point)
    }
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name in CSV.
    pub name: &'static str,
    /// Its heading for people.
    pub heading: &'static str,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name in CSV.
    pub name: &'static str,
    /// What it shows.
    pub title: String,
    /// The columns; the first `keys` name the row.
    pub columns: Vec<Column>,
    /// How many columns name the row.
    pub keys: usize,
    /// The rows, each as long as `columns`.
    pub rows: Vec<Vec<Value>>,
    /// What has to be known to read it.
    pub notes: Vec<String>,
}

impl Sheet {
    /// An empty table.
    pub fn new(
        name: &'static str,
        title: impl Into<String>,
        keys: usize,
        columns: &[(&'static str, &'static str)],
    ) -> Sheet {
        let column = |(name, heading): &(&'static str, &'static str)| Column { name, heading };
        Sheet {
            name,
            title: title.into(),
            columns: columns.iter().map(column).collect(),
            keys,
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a row. A short one is filled up with blanks; one that is too long is a mistake.
    pub fn row(&mut self, mut values: Vec<Value>) {
        debug_assert!(values.len() <= self.columns.len(), "{}", self.name);
        values.resize(self.columns.len(), Value::Blank);
        self.rows.push(values);
    }

    /// Adds a note.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// Why numbers are missing, one sentence a reason: `undef (s_DIS): no answer names anybody`.
    pub fn reasons(&self) -> Vec<String> {
        let mut found: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
        for row in &self.rows {
            for (column, value) in self.columns.iter().zip(row) {
                let Value::Undefined(why) = value else {
                    continue;
                };
                let at = found.iter().position(|(reason, _)| reason == why);
                let at = at.unwrap_or_else(|| {
                    found.push((why, Vec::new()));
                    found.len() - 1
                });
                if !found[at].1.contains(&column.heading) {
                    found[at].1.push(column.heading);
                }
            }
        }
        found
            .into_iter()
            .map(|(why, columns)| format!("undef in {}: {why}", columns.join(", ")))
            .collect()
    }
}

/// × 100, one digit, and no minus before a zero.
pub fn points(value: f64) -> String {
    fixed(100.0 * value, 1)
}

/// So many digits, and no minus before a zero.
pub fn fixed(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.chars().all(|c| matches!(c, '0' | '.')) => rest.to_owned(),
        _ => text,
    }
}

/// A p value: `0.032`, `<0.001`.
pub fn p_value(p: f64) -> String {
    match p {
        p if p < 0.001 => "<0.001".to_owned(),
        p => format!("{p:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_without_a_negative_zero() {
        assert_eq!(points(-0.0004), "0.0");
        assert_eq!(points(-0.0006), "-0.1");
        assert_eq!(points(0.385), "38.5");
        assert_eq!(p_value(0.0004), "<0.001");
        assert_eq!(p_value(0.05), "0.050");
    }
}
