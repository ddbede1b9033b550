//! Typed access to a JSON object, with errors that name the file and the key.
//!
//! Invariant: a number that leaves here lies within the bounds it was asked for with. `null` counts as
//! absent, except where a caller asks [`Fields::has`].

use serde_json::Value;

use crate::engine::EngineError;

/// A JSON object of a file.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    /// The file, for messages.
    pub file: &'a str,
    /// The object.
    pub value: &'a Value,
    /// What comes before its keys in messages ("rope_scaling.").
    pub prefix: &'a str,
}

impl<'a> Fields<'a> {
    /// An error about `field`.
    pub fn wrong(&self, field: &str, why: impl Into<String>) -> EngineError {
        EngineError::Config {
            file: self.file.to_owned(),
            field: format!("{}{field}", self.prefix),
            why: why.into(),
        }
    }

    /// An error about something this engine would compute wrongly.
    pub fn unsupported(&self, what: String, supported: &str) -> EngineError {
        EngineError::Unsupported {
            file: self.file.to_owned(),
            what: format!("{}{what}", self.prefix),
            supported: supported.to_owned(),
        }
    }

    /// The value of a key that is there and not null.
    pub fn get(&self, field: &str) -> Option<&'a Value> {
        self.value.get(field).filter(|v| !v.is_null())
    }

    /// Whether the key is there, even as null.
    pub fn has(&self, field: &str) -> bool {
        self.value.get(field).is_some()
    }

    /// Whether the key is not there, or null.
    pub fn is_absent(&self, field: &str) -> bool {
        self.get(field).is_none()
    }

    /// An object inside; an empty one counts as absent.
    pub fn inside(
        &self,
        field: &str,
        prefix: &'static str,
    ) -> Result<Option<Fields<'a>>, EngineError> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::Object(map)) if map.is_empty() => Ok(None),
            Some(value) if value.is_object() => Ok(Some(Fields {
                file: self.file,
                value,
                prefix,
            })),
            Some(_) => Err(self.wrong(field, "must be an object")),
        }
    }

    /// A string.
    pub fn text(&self, field: &str) -> Result<Option<&'a str>, EngineError> {
        match self.get(field) {
            None => Ok(None),
            Some(value) => {
                let text = value.as_str();
                let text = text.ok_or_else(|| self.wrong(field, "must be a string"))?;
                Ok(Some(text))
            }
        }
    }

    /// True or false.
    pub fn flag(&self, field: &str, default: bool) -> Result<bool, EngineError> {
        match self.get(field) {
            None => Ok(default),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.wrong(field, "must be true or false")),
        }
    }

    /// A number from `low` to `high`.
    pub fn number(&self, field: &str, low: f64, high: f64) -> Result<Option<f64>, EngineError> {
        match self.get(field) {
            None => Ok(None),
            Some(value) => self.check(field, value, low, high).map(Some),
        }
    }

    /// [`Fields::number`], which must be there.
    pub fn number_of(&self, field: &str, low: f64, high: f64) -> Result<f64, EngineError> {
        let number = self.number(field, low, high)?;
        number.ok_or_else(|| self.wrong(field, "is missing"))
    }

    /// A list of exactly `count` numbers from `low` to `high`, which must be there.
    pub fn numbers(
        &self,
        field: &str,
        count: usize,
        low: f64,
        high: f64,
    ) -> Result<Vec<f32>, EngineError> {
        let list = self.get(field).and_then(Value::as_array);
        let Some(list) = list.filter(|l| l.len() == count) else {
            return Err(self.wrong(field, format!("must be a list of {count} numbers")));
        };
        let one = |v: &Value| self.check(field, v, low, high).map(|x| x as f32);
        list.iter().map(one).collect()
    }

    fn check(&self, field: &str, value: &Value, low: f64, high: f64) -> Result<f64, EngineError> {
        let number = value.as_f64().filter(|x| (low..=high).contains(x));
        number.ok_or_else(|| {
            let why = format!(
                "must be a number from {low} to {high}, not {}",
                shown(value)
            );
            self.wrong(field, why)
        })
    }

    /// A whole number from 1 to `max`, which must be there.
    pub fn count(&self, field: &str, max: usize) -> Result<usize, EngineError> {
        match self.is_absent(field) {
            true => Err(self.wrong(field, "is missing")),
            false => self.whole(field, 1, 1, max),
        }
    }

    /// A whole number from 1 to `max`, or the default.
    pub fn count_or(&self, field: &str, default: usize, max: usize) -> Result<usize, EngineError> {
        self.whole(field, default, 1, max)
    }

    /// A whole number from `min` to `max`, or the default.
    pub fn whole(
        &self,
        field: &str,
        default: usize,
        min: usize,
        max: usize,
    ) -> Result<usize, EngineError> {
        let Some(value) = self.get(field) else {
            return Ok(default);
        };
        let count = value.as_u64().and_then(|n| usize::try_from(n).ok());
        count.filter(|n| (min..=max).contains(n)).ok_or_else(|| {
            let why = format!(
                "must be a whole number from {min} to {max}, not {}",
                shown(value)
            );
            self.wrong(field, why)
        })
    }
}

/// A value in a message.
fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

/// The beginning of a text, for a message: a hostile file may hold megabytes of it.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(40) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
