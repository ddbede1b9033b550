//! A prompt file into its written form. Where the file as a whole has none, it is looked at piece by piece, so
//! that one wrong key does not hide what else is wrong.
//!
//! Keys that nobody knows are named, and read as what they seem to mean or left out; pieces that mean nothing are
//! named and left out; what is left goes on to be checked. What is no YAML at all has one mistake: nothing after it can be told.

use serde::de::DeserializeOwned;
use serde_yaml::{Mapping, Value};

use crate::config::told::told;
use crate::config::yaml::{Mistake, Source, at_key, last_key};

use super::file::{File, FileClause, FileSource, FileStep, FileVariant};

/// The file as written, as far as it can be read, and every mistake of its form, in the file's order.
pub fn file(source: Source<'_>) -> (Option<File>, Vec<Mistake>) {
    let first = match source.value::<File>() {
        Ok(file) => return (Some(file), Vec::new()),
        Err(mistake) => mistake,
    };
    let Ok(Value::Mapping(mut map)) = serde_yaml::from_str::<Value>(source.text) else {
        return (None, vec![first]);
    };
    let mut pieces = Pieces {
        source,
        wrong: Vec::new(),
    };
    pieces.list::<FileClause>(&mut map, "clauses");
    pieces.list::<FileStep>(&mut map, "first");
    pieces.list::<FileStep>(&mut map, "review");
    pieces.list::<FileVariant>(&mut map, "conditions");
    if let Some(value) = map.get_mut("source") {
        let line = source.line_of("source", 0);
        pieces.fit::<FileSource>(value, line);
    }
    let whole = pieces.fit::<File>(&mut Value::Mapping(map), 1);
    let mut wrong = pieces.wrong;
    if wrong.is_empty() {
        wrong.push(first);
    }
    wrong.sort_by_key(|m| m.line);
    wrong.dedup();
    (whole, wrong)
}

struct Pieces<'a> {
    source: Source<'a>,
    wrong: Vec<Mistake>,
}

impl Pieces<'_> {
    /// Keeps the entries of a list that mean something.
    fn list<T: DeserializeOwned>(&mut self, map: &mut Mapping, key: &str) {
        let Some(Value::Sequence(all)) = map.get_mut(key) else {
            return;
        };
        let mut no = 0;
        all.retain_mut(|entry| {
            let line = self.entry_line(key, no);
            no += 1;
            self.fit::<T>(entry, line).is_some()
        });
    }

    /// Reads a value, leaving out keys that are unknown; every mistake is put down. The value begins in `line`.
    fn fit<T: DeserializeOwned>(&mut self, value: &mut Value, line: usize) -> Option<T> {
        loop {
            let error = match serde_path_to_error::deserialize::<_, T>(value.clone()) {
                Ok(read) => return Some(read),
                Err(error) => error,
            };
            let path = last_key(error.path());
            let said = error.into_inner().to_string();
            let unknown = said.split("unknown field `").nth(1);
            let unknown = unknown.and_then(|rest| rest.split('`').next());
            let key = unknown.or(path.as_deref()).unwrap_or_default();
            let at = match key.is_empty() {
                true => line,
                false => self.source.line_with(&format!("{key}:"), line),
            };
            let what = at_key(path.as_deref(), &told(&said));
            let hint = what.rfind("; did you mean ").map_or("", |at| &what[at..]);
            let hint = hint.to_owned();
            self.wrong.push(self.source.mistake(at, what));
            let meant = hint.strip_prefix("; did you mean ");
            let meant = meant.and_then(|rest| rest.strip_suffix('?'));
            if !unknown.is_some_and(|key| is_put_right(value, key, meant)) {
                return None;
            }
        }
    }

    /// The line where an entry of a list at the top begins; the list's own where that cannot be told.
    fn entry_line(&self, key: &str, no: usize) -> usize {
        let begin = self.source.line_of(key, 0);
        let below = self.source.text.lines().enumerate().skip(begin);
        let mut indent = None;
        let entries = below
            .take_while(|(_, line)| line.is_empty() || line.starts_with([' ', '#', '-']))
            .filter(|(_, line)| {
                let bare = line.trim_start();
                let here = line.len() - bare.len();
                bare.starts_with("- ") && here == *indent.get_or_insert(here)
            });
        let mut lines = entries.map(|(at, _)| at + 1);
        lines.nth(no).unwrap_or(begin)
    }
}

/// Takes a key out of a mapping, or of one within it; what it seems to have meant takes its place.
fn is_put_right(value: &mut Value, key: &str, meant: Option<&str>) -> bool {
    let Value::Mapping(map) = value else {
        return false;
    };
    if let Some(said) = map.shift_remove(key) {
        if let Some(meant) = meant.filter(|meant| !map.contains_key(meant)) {
            map.insert(meant.into(), said);
        }
        return true;
    }
    map.values_mut()
        .any(|inner| is_put_right(inner, key, meant))
}
