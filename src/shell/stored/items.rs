//! The items that stored answers are to be matched with, by their names or by their order.

use std::collections::HashMap;
use std::io::BufRead;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::benchmarks::mapped::FieldMap;
use crate::benchmarks::{BUILTIN, Kind, bbq, lm_eval};
use crate::domain::{Item, Rule};
use crate::session::Digest;

use super::super::failure::Failure;
use super::super::items::{self, field_map};
use super::super::lines::Lines;
use super::Skipped;

/// An item with what grading needs beyond it.
pub(super) struct Known {
    pub(super) item: Arc<Item>,
    pub(super) infos: Vec<String>,
    pub(super) lm_eval: Option<[bool; 3]>,
}

/// Items in file order; a place without one held a bad row.
#[derive(Default)]
pub struct Items {
    pub(super) rows: Vec<Option<Known>>,
    /// Why an order of answers could not be matched with that of the items.
    pub(super) out_of_order: Option<String>,
    /// By `Category/id`, and by the id alone where that is enough.
    names: HashMap<String, usize>,
    ids: HashMap<String, Option<usize>>,
}

impl Items {
    /// Reads the files.
    ///
    /// # Errors
    /// A file that cannot be read; no usable item.
    pub fn read(
        paths: &[PathBuf],
        map: Option<&std::path::Path>,
        skipped: &mut Vec<Skipped>,
    ) -> Result<Items, Failure> {
        let map = map.map(field_map).transpose()?.map(|(map, _)| map);
        let mut items = Items::default();
        for path in paths {
            let name = path.display().to_string();
            let told = |e: std::io::Error| Failure::usage(format!("{name}: {e}"));
            match items::kind_of(path, map.as_ref())? {
                // BBQ's rows say more than an item does: what other tools make of them.
                Some(Kind::Bbq) | None => match name.as_str() {
                    "builtin" | "builtin:bbq" => items
                        .add(&name, Lines::new(BUILTIN), skipped)
                        .map_err(told)?,
                    _ => {
                        let lines = Lines::open(&items::kind_and_path(path).1).map_err(told)?;
                        items.add(&name, lines, skipped).map_err(told)?;
                    }
                },
                Some(_) => items.add_other(path, map.as_ref(), skipped)?,
            }
        }
        if items.rows.iter().all(Option::is_none) {
            let why = skipped.first().map_or_else(
                || "it is empty".to_owned(),
                |row| format!("{}:{}: {}", row.file, row.line, row.reason),
            );
            return Err(Failure::usage(format!(
                "--items: no usable item; expected BBQ's jsonl format, one item a line ({why})"
            )));
        }
        Ok(items)
    }

    /// Whether any is a text to go on with.
    pub fn has_texts(&self) -> bool {
        let known = self.rows.iter().flatten();
        known
            .into_iter()
            .any(|known| known.item.rule == Rule::Continuation)
    }

    /// Items of another kind than BBQ's.
    fn add_other(
        &mut self,
        path: &std::path::Path,
        map: Option<&FieldMap>,
        skipped: &mut Vec<Skipped>,
    ) -> Result<(), Failure> {
        let file = path.display().to_string();
        let loaded = items::load(path, map, &mut Digest::default())?;
        let bad = loaded.skipped.rows().iter().map(|row| Skipped {
            file: file.clone(),
            line: row.line,
            reason: row.reason.clone(),
        });
        skipped.extend(bad);
        if !loaded.skipped.is_empty() {
            self.out_of_order = Some(format!(
                "{} rows of {file} were skipped, so that their order says nothing",
                loaded.skipped.count()
            ));
        }
        for item in loaded.items {
            self.name(&item.id.to_string(), self.rows.len());
            self.rows.push(Some(Known {
                item,
                infos: Vec::new(),
                lm_eval: None,
            }));
        }
        Ok(())
    }

    fn name(&mut self, name: &str, at: usize) {
        if let Some((_, id)) = name.split_once('/') {
            let place = self.ids.entry(id.to_owned());
            place.and_modify(|at| *at = None).or_insert(Some(at));
        }
        self.names.entry(name.to_owned()).or_insert(at);
    }

    fn add(
        &mut self,
        file: &str,
        mut lines: Lines<impl BufRead>,
        skipped: &mut Vec<Skipped>,
    ) -> std::io::Result<()> {
        let begun = self.rows.len();
        let mut whole = Vec::new();
        while let Some(line) = lines.next()? {
            let known = match &line.bytes {
                Ok(bytes) => known(bytes)?,
                Err(reason) => Err(reason.clone()),
            };
            let at = self.rows.len();
            match known {
                Ok(known) => {
                    if let Ok(bytes) = &line.bytes {
                        whole.extend_from_slice(bytes);
                        whole.push(b'\n');
                    }
                    self.name(&known.item.id.to_string(), at);
                    self.rows.push(Some(known));
                }
                Err(reason) => {
                    self.rows.push(None);
                    skipped.push(Skipped {
                        file: file.to_owned(),
                        line: line.no,
                        reason,
                    });
                }
            }
        }
        // Who is stereotyped, some intersectional rows only tell beside the others of their file.
        let items = bbq::read(whole.as_slice())?.items;
        // By name: a row that came already is no item of the whole file.
        let items: HashMap<_, _> = items.into_iter().map(|i| (i.id.clone(), i)).collect();
        for known in self.rows.iter_mut().skip(begun).flatten() {
            if let Some(item) = items.get(&known.item.id)
                && (&item.context, &item.options) == (&known.item.context, &known.item.options)
            {
                known.item = item.clone();
            }
        }
        Ok(())
    }

    /// The place of the item that a record names; `Ok(None)` where it names none.
    pub(super) fn named(&self, record: &Value) -> Result<Option<usize>, String> {
        let text = |value: &Value| match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let category = record.get("category").and_then(Value::as_str);
        for key in ["item", "item_id", "id", "example_id"] {
            let Some(id) = record.get(key).and_then(text) else {
                continue;
            };
            let whole = match category {
                Some(category) => format!("{category}/{id}"),
                None => id.clone(),
            };
            let found = self.names.get(&whole).or_else(|| self.names.get(&id));
            return match (found, self.ids.get(&id)) {
                (Some(at), _) => Ok(Some(*at)),
                (None, Some(Some(at))) if category.is_none() => Ok(Some(*at)),
                (None, Some(None)) if category.is_none() => Err(format!(
                    "{key} {id} is that of several items; give their category too"
                )),
                (None, _) => Err(format!("no item is called {whole} ({key})")),
            };
        }
        // lm-evaluation-harness keeps the item itself.
        match record.get("doc") {
            Some(doc) if doc.is_object() => self.named(doc),
            _ => Ok(None),
        }
    }
}

/// The item of one line.
fn known(bytes: &[u8]) -> std::io::Result<Result<Known, String>> {
    let loaded = bbq::read(bytes)?;
    let Some(item) = loaded.items.into_iter().next() else {
        let row = loaded.skipped.rows().first();
        return Ok(Err(
            row.map_or_else(|| "no item".to_owned(), |row| row.reason.clone())
        ));
    };
    let row: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let info = |no: usize| {
        let text = &row["answer_info"][format!("ans{no}")][0];
        text.as_str().unwrap_or_default().to_owned()
    };
    Ok(Ok(Known {
        infos: (0..item.options.len()).map(info).collect(),
        lm_eval: lm_eval::biased(&row),
        item,
    }))
}
