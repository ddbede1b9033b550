//! A GGUF's metadata: keys and values, asked for by type.
//!
//! Invariant: keys are unique. A value of the wrong type is an error that names the key, never a default.

use super::value::{Array, Number, Texts, Value};
use crate::engine::EngineError;

/// All keys and values of one file.
#[derive(Clone, Debug)]
pub struct Metadata {
    file: String,
    /// By key.
    entries: Vec<(String, Value)>,
}

impl Metadata {
    /// Of `file`; `entries` sorted by key, each key once.
    pub(super) fn new(file: &str, entries: Vec<(String, Value)>) -> Metadata {
        Metadata {
            file: file.to_owned(),
            entries,
        }
    }

    /// The file, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whatever is at `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let at = self.entries.binary_search_by(|(k, _)| k.as_str().cmp(key));
        at.ok().map(|at| &self.entries[at].1)
    }

    /// An error about `key`.
    pub fn wrong(&self, key: &str, why: impl Into<String>) -> EngineError {
        EngineError::Config {
            file: self.file.clone(),
            field: key.to_owned(),
            why: why.into(),
        }
    }

    fn not(&self, key: &str, wanted: &str, value: &Value) -> EngineError {
        self.wrong(key, format!("must be {wanted}, not {}", value.kind()))
    }

    /// The string at `key`.
    pub fn text(&self, key: &str) -> Result<Option<&str>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Text(bytes)) => match str::from_utf8(bytes) {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(self.wrong(key, "is not UTF-8")),
            },
            Some(value) => Err(self.not(key, "a string", value)),
        }
    }

    /// The truth at `key`.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Number(Number::Bool(is))) => Ok(Some(*is)),
            Some(value) => Err(self.not(key, "true or false", value)),
        }
    }

    /// The count at `key`. Where it is given layer by layer, all must be equal.
    pub fn count(&self, key: &str) -> Result<Option<u64>, EngineError> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Value::Number(number)) => *number,
            Some(value @ Value::Array(array)) => {
                let mut numbers = array
                    .numbers()
                    .ok_or_else(|| self.not(key, "a whole number", value))?;
                let Some(first) = numbers.next() else {
                    return Err(self.wrong(key, "must be a whole number, not an empty array"));
                };
                if numbers.any(|n| n != first) {
                    let why = "differs from layer to layer, which is not supported";
                    return Err(self.wrong(key, why));
                }
                first
            }
            Some(value) => return Err(self.not(key, "a whole number", value)),
        };
        let count = match number {
            Number::Whole(n) => u64::try_from(n).ok(),
            Number::Real(_) | Number::Bool(_) => None,
        };
        let count = count.ok_or_else(|| self.wrong(key, "must be a whole number, at least 0"))?;
        Ok(Some(count))
    }

    /// [`Metadata::count`], which must be there.
    pub fn need_count(&self, key: &str) -> Result<u64, EngineError> {
        self.count(key)?
            .ok_or_else(|| self.wrong(key, "is missing"))
    }

    /// The number at `key`.
    pub fn number(&self, key: &str) -> Result<Option<f64>, EngineError> {
        let number = match self.get(key) {
            None => return Ok(None),
            Some(Value::Number(Number::Real(x))) => *x,
            Some(Value::Number(Number::Whole(n))) => *n as f64,
            Some(value) => return Err(self.not(key, "a number", value)),
        };
        match number.is_finite() {
            true => Ok(Some(number)),
            false => Err(self.wrong(key, "is not finite")),
        }
    }

    /// The strings at `key`.
    pub fn texts(&self, key: &str) -> Result<Option<&Texts>, EngineError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(Array::Texts(texts))) => Ok(Some(texts)),
            // An empty array has no type of its own to insist on.
            Some(Value::Array(array)) if array.is_empty() => Ok(None),
            Some(value) => Err(self.not(key, "an array of strings", value)),
        }
    }

    /// The numbers at `key`.
    pub fn numbers(&self, key: &str) -> Result<Option<Vec<f64>>, EngineError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let numbers = match value {
            Value::Array(array) => array.numbers(),
            Value::Number(_) | Value::Text(_) => None,
        };
        let numbers = numbers.ok_or_else(|| self.not(key, "an array of numbers", value))?;
        let as_f64 = |n| match n {
            Number::Whole(n) => n as f64,
            Number::Real(x) => x,
            Number::Bool(is) => f64::from(u8::from(is)),
        };
        Ok(Some(numbers.map(as_f64).collect()))
    }
}
