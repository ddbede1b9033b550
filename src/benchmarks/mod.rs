//! Published benchmark files → items. Reads from any reader; opens nothing itself.
//!
//! A row that cannot be used, or that came already, is skipped, counted and named with its line; a row whose relation to
//! the stereotype cannot be told is kept without a bias grade, and counted too.

pub mod bbq;
pub mod builtin;
pub mod continuation;
pub mod distinguish;
pub mod law;
pub mod lm_eval;
pub mod mapped;
mod rows;
mod seen;
pub mod stored;
pub mod winogender;
pub mod wordlist;

pub use builtin::BBQ as BUILTIN;
pub use seen::Joined;

use std::sync::Arc;

pub use crate::domain::Kind;

use crate::domain::Item;

/// At most this many rows are remembered one by one; all are counted.
const REMEMBERED: usize = 10_000;

/// A row that was not used, or only in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Line in its file, 1-based.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Rows with something wrong, counted, and the first ten thousand of them by line.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    rows: Vec<Skipped>,
    count: usize,
}

impl Listed {
    /// Takes note of one.
    pub fn push(&mut self, line: usize, reason: impl Into<String>) {
        self.count += 1;
        if self.rows.len() < REMEMBERED {
            self.rows.push(Skipped {
                line,
                reason: reason.into(),
            });
        }
    }

    /// The remembered ones, in file order.
    pub fn rows(&self) -> &[Skipped] {
        &self.rows
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The usable items, in file order.
    pub items: Vec<Arc<Item>>,
    /// The line of each of them; empty where they come from no file.
    pub lines: Vec<usize>,
    /// Whether their ids are only the numbers of their lines.
    pub numbered: bool,
    /// Rows that were not used.
    pub skipped: Listed,
    /// Items without a bias grade: which option is stereotyped could not be told from the row.
    pub ungraded: Listed,
}

impl Loaded {
    fn push(&mut self, line: usize, item: Item) {
        self.items.push(Arc::new(item));
        self.lines.push(line);
    }
}

/// What a file seems to hold, by its beginning: the columns or keys of its first line. `None`
/// where that does not tell.
pub fn guess_kind(head: &[u8]) -> Option<Kind> {
    let text = String::from_utf8_lossy(head);
    let first = text.lines().find(|l| !l.trim().is_empty())?;
    let first = first.trim_start_matches('\u{feff}').trim();
    if first.starts_with('{') {
        return match () {
            () if first.contains("\"answer_info\"") => Some(Kind::Bbq),
            () if first.contains("\"prompt\"") => Some(Kind::Continuation),
            () => None,
        };
    }
    let columns: Vec<String> = first
        .split(['\t', ','])
        .map(|c| c.trim().to_ascii_lowercase())
        .collect();
    let has = |name: &str| {
        columns
            .iter()
            .any(|c| c == name || c.starts_with(&format!("{name}(")))
    };
    match () {
        () if has("sentid") && has("sentence") => Some(Kind::Winogender),
        () if has("occupation") && has("sentence") => Some(Kind::Winogender),
        () if has("lsat") && has("ugpa") => Some(Kind::Law),
        () => None,
    }
}
