//! One row of a file, whatever its format, and what it holds under a name.

use serde_json::Value;

use super::From;
use crate::benchmarks::rows::{Header, field};

/// A row as its format has it.
pub(super) enum Row<'a> {
    Json(&'a Value),
    Fields(&'a Header, &'a [String]),
}

/// A value of a row: one text or several.
pub(super) enum Held {
    One(String),
    Many(Vec<String>),
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

impl Row<'_> {
    pub(super) fn held(&self, key: &str, name: &str) -> Result<Held, String> {
        match self {
            Row::Fields(header, record) => {
                let at = header.column(name).map_err(|e| format!("{key}: {e}"))?;
                let field = field(record, at, name);
                Ok(Held::One(
                    field.map_err(|e| format!("{key}: {e}"))?.to_owned(),
                ))
            }
            Row::Json(value) => {
                let mut at = *value;
                for part in name.split('.') {
                    let next = match part.parse::<usize>() {
                        Ok(no) if at.is_array() => at.get(no),
                        _ => at.get(part),
                    };
                    at = next.ok_or_else(|| format!("{key}: no field {name:?}"))?;
                }
                let wrong =
                    || format!("{key}: field {name:?} holds neither a text nor a list of texts");
                match at {
                    Value::Array(all) => {
                        let all: Option<Vec<String>> = all.iter().map(text_of).collect();
                        Ok(Held::Many(all.ok_or_else(wrong)?))
                    }
                    one => Ok(Held::One(text_of(one).ok_or_else(wrong)?)),
                }
            }
        }
    }

    pub(super) fn one(&self, key: &str, from: &From) -> Result<String, String> {
        match from {
            From::Words { text } => Ok(text.clone()),
            From::Field(name) => match self.held(key, name)? {
                Held::One(text) => Ok(text),
                Held::Many(_) => Err(format!("{key}: field {name:?} holds a list, not a text")),
            },
        }
    }

    pub(super) fn optional(&self, key: &str, from: Option<&From>) -> Result<String, String> {
        from.map_or(Ok(String::new()), |from| self.one(key, from))
    }
}
