//! Which items came already, and whether an item's options can be told apart: an item asked twice
//! would count twice, an option that is empty or stands twice has no answer of its own.
//!
//! Within a file an item is its id in its category. Over several files, ids that are only line numbers
//! say nothing: there it is the item itself. A text to go on from has only its words: it is these, everywhere.

use std::collections::{HashMap, HashSet};
use std::mem::Discriminant;
use std::sync::Arc;

use crate::domain::{Item, ItemId, Rule};

use super::{Listed, Loaded};

type Key = (ItemId, Arc<str>, Discriminant<Rule>);

fn key(item: &Item) -> Key {
    let rule = std::mem::discriminant(&item.rule);
    if item.rule == Rule::Continuation {
        return (ItemId(item.context.trim().into()), Arc::from(""), rule);
    }
    (item.id.clone(), item.category.clone(), rule)
}

/// The items of one file so far, by line.
#[derive(Default)]
pub(super) struct Seen(HashMap<Key, usize>);

impl Seen {
    /// Takes note of an item.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(super) fn admit(&mut self, line: usize, item: &Item) -> Result<(), String> {
        distinct(&item.options)?;
        match self.0.insert(key(item), line) {
            None => Ok(()),
            Some(first) => {
                self.0.insert(key(item), first);
                Err(match item.rule == Rule::Continuation {
                    true => format!("this text came already in line {first}"),
                    false => format!("item {} came already in line {first}", item.id),
                })
            }
        }
    }
}

fn distinct(options: &[String]) -> Result<(), String> {
    for (no, option) in options.iter().enumerate() {
        let option = option.trim();
        if option.is_empty() {
            return Err(format!("option {} of {} is empty", no + 1, options.len()));
        }
        if let Some(same) = options.iter().take(no).position(|o| o.trim() == option) {
            let (a, b) = (same + 1, no + 1);
            return Err(format!("options {a} and {b} are the same: {option:?}"));
        }
    }
    Ok(())
}

/// The items of several files so far.
#[derive(Default)]
pub struct Joined(HashMap<Key, (Arc<Item>, Arc<str>, usize)>);

impl Joined {
    /// Takes what an earlier file held already out of this one, and lists it with the rows skipped.
    pub fn join(&mut self, file: &str, loaded: &mut Loaded) {
        let file: Arc<str> = file.into();
        let mut again: Vec<(usize, String)> = Vec::new();
        let (mut items, mut lines) = (Vec::new(), Vec::new());
        for (no, item) in loaded.items.drain(..).enumerate() {
            let line = loaded.lines.get(no).copied().unwrap_or(no + 1);
            match self.0.get(&key(&item)) {
                Some((same, name, at))
                    if !loaded.numbered || *same == item || item.rule == Rule::Continuation =>
                {
                    // A line that makes two items is one row.
                    if again.last().is_none_or(|(last, _)| *last != line) {
                        let what = match item.rule == Rule::Continuation {
                            true => "this text".to_owned(),
                            false => format!("item {}", item.id),
                        };
                        again.push((line, format!("{what} came already ({name}:{at})")));
                    }
                    continue;
                }
                Some(_) => {}
                None => {
                    let here = (item.clone(), file.clone(), line);
                    self.0.insert(key(&item), here);
                }
            }
            items.push(item);
            lines.push(line);
        }
        loaded.items = items;
        loaded.lines = lines;
        let gone: HashSet<usize> = again.iter().map(|(line, _)| *line).collect();
        loaded.ungraded.forget(&gone);
        for (line, why) in again {
            loaded.skipped.push(line, why);
        }
        loaded.skipped.sort();
    }
}

impl Listed {
    fn forget(&mut self, lines: &HashSet<usize>) {
        let before = self.rows.len();
        self.rows.retain(|row| !lines.contains(&row.line));
        self.count -= before - self.rows.len();
    }

    fn sort(&mut self) {
        self.rows.sort_by_key(|row| row.line);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{BUILTIN, Kind, bbq, builtin, continuation};
    use super::*;

    fn reasons(loaded: &Loaded) -> Vec<(usize, &str)> {
        let rows = loaded.skipped.rows().iter();
        rows.map(|r| (r.line, r.reason.as_str())).collect()
    }

    #[test]
    fn rows_that_cannot_be_told_apart_are_skipped_by_line() {
        let text = String::from_utf8(BUILTIN.to_vec()).unwrap();
        let rows: Vec<serde_json::Value> = text
            .lines()
            .take(3)
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        let [mut empty, mut equal] = [rows[1].clone(), rows[2].clone()];
        empty["ans2"] = " ".into();
        equal["ans1"] = format!("{} ", equal["ans0"].as_str().unwrap()).into();
        let all = [&rows[0], &empty, &equal, &rows[0], &rows[1]];
        let text: Vec<String> = all.iter().map(|r| r.to_string()).collect();
        let loaded = bbq::read(text.join("\n").as_bytes()).unwrap();
        assert_eq!(loaded.lines, [1, 5]);
        let listed = reasons(&loaded);
        let lines: Vec<usize> = listed.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 3, 4]);
        assert_eq!(listed[0].1, "option 3 of 3 is empty");
        assert!(listed[1].1.starts_with("options 1 and 2 are the same"));
        assert!(listed[2].1.ends_with("came already in line 1"));
    }

    #[test]
    fn built_in_sets_are_whole_and_a_second_time_nothing() {
        for kind in Kind::ALL {
            let whole = builtin::read(kind).unwrap();
            assert!(whole.skipped.is_empty(), "{kind:?} {:?}", whole.skipped);
            assert_eq!(whole.items.len(), whole.lines.len(), "{kind:?}");
            let (mut joined, mut first, mut second) =
                (Joined::default(), whole.clone(), whole.clone());
            joined.join("a", &mut first);
            assert_eq!(first.items, whole.items, "{kind:?}");
            joined.join("b", &mut second);
            assert!(second.items.is_empty() && second.ungraded.is_empty());
            let rows: HashSet<usize> = whole.lines.iter().copied().collect();
            assert_eq!(second.skipped.count(), rows.len(), "{kind:?}");
        }
    }

    #[test]
    fn line_numbers_of_other_files_are_no_ids() {
        let read = |text: &str| continuation::read(text.as_bytes()).unwrap();
        let (mut a, mut b) = (read("one\ntwo\n"), read("other\n\nthree\ntwo\n"));
        let mut joined = Joined::default();
        joined.join("a.txt", &mut a);
        joined.join("b.txt", &mut b);
        assert_eq!(b.items[0].context, "other");
        assert_eq!(
            reasons(&b),
            [(4, "this text came already (a.txt:2)")],
            "the same text is, wherever it stands"
        );
    }
}
