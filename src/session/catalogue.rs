//! A run's answers by their place, and where in the file each lies: so that a run of any size can be gone
//! through course by course without holding it.
//!
//! Held in memory is what is in [`Entry`], some tens of bytes an answer, and the items' names.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;

use super::folder::{LineAt, SessionError, Stored};
use super::line::AnswerLine;

/// What of a line says where it belongs.
#[derive(Deserialize)]
struct Head {
    item: String,
    item_no: usize,
    condition: String,
    #[serde(default)]
    sample: u16,
    #[serde(default)]
    rotation: u16,
    round: u16,
    correct: Option<bool>,
    #[serde(default)]
    gold: Option<usize>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Position of its condition in [`Catalogue::conditions`].
    pub condition: usize,
    /// The item's number.
    pub item_no: usize,
    /// The item's name.
    pub item: Arc<str>,
    /// By how many places the options were turned.
    pub rotation: u16,
    /// Which of several independent samples.
    pub sample: u16,
    /// The round.
    pub round: u16,
    /// Right or wrong, where one is right and the answer could be read.
    pub correct: Option<bool>,
    /// Whether an option is the right one: then an answer that could not be read is not right.
    pub has_truth: bool,
    at: LineAt,
}

impl Entry {
    /// The same in all rounds of one course.
    fn course(&self) -> (usize, usize, u16, u16) {
        (self.condition, self.item_no, self.rotation, self.sample)
    }
}

/// A run's answers, in order of condition, item, turn, sample and round.
#[derive(Debug)]
pub struct Catalogue {
    /// The conditions' names: those of the settings in their order, then what else occurs.
    pub conditions: Vec<String>,
    entries: Vec<Entry>,
    stored: Stored,
}

impl Catalogue {
    /// Goes through a run once. The first of two answers counts.
    ///
    /// # Errors
    /// An unreadable file or line.
    pub fn of(stored: Stored) -> Result<Catalogue, SessionError> {
        let named = stored.manifest.settings.get("conditions");
        let named = named
            .and_then(serde_json::Value::as_array)
            .into_iter()
            .flatten();
        let named = named.filter_map(serde_json::Value::as_str);
        let mut conditions: Vec<String> = named.map(str::to_owned).collect();
        let mut names: HashMap<String, Arc<str>> = HashMap::new();
        let mut entries = Vec::new();
        stored.each_at(|at, head: Head| {
            let known = conditions.iter().position(|name| *name == head.condition);
            let condition = known.unwrap_or_else(|| {
                conditions.push(head.condition);
                conditions.len() - 1
            });
            let name = names.entry(head.item);
            let item = name.or_insert_with_key(|key| key.as_str().into()).clone();
            entries.push(Entry {
                condition,
                item_no: head.item_no,
                item,
                rotation: head.rotation,
                sample: head.sample,
                round: head.round,
                correct: head.correct,
                has_truth: head.gold.is_some() || head.correct.is_some(),
                at,
            });
        })?;
        entries.sort_by_key(|e| (e.course(), e.round, e.at.begin));
        entries.dedup_by_key(|e| (e.course(), e.round));
        Ok(Catalogue {
            conditions,
            entries,
            stored,
        })
    }

    /// Keeps the answers under some of the conditions.
    pub fn keep(&mut self, wanted: impl Fn(&str) -> bool) {
        let conditions = &self.conditions;
        self.entries.retain(|e| wanted(&conditions[e.condition]));
    }

    /// Every answer, in order.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Where every course begins and ends among the entries.
    pub fn courses(&self) -> Vec<std::ops::Range<usize>> {
        let mut all = Vec::new();
        let mut begin = 0;
        for chunk in self.entries.chunk_by(|a, b| a.course() == b.course()) {
            all.push(begin..begin + chunk.len());
            begin += chunk.len();
        }
        all
    }

    /// The whole lines of one course.
    ///
    /// # Errors
    /// An unreadable file or line.
    pub fn read(&self, course: &std::ops::Range<usize>) -> Result<Vec<AnswerLine>, SessionError> {
        let entries = self.entries.get(course.clone()).unwrap_or_default();
        let places: Vec<LineAt> = entries.iter().map(|entry| entry.at).collect();
        self.stored.at_lines(&places)
    }
}
