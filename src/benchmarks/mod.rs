//! Published benchmark files → items. Reads from any reader; opens nothing itself.
//!
//! A row that cannot be used is skipped, counted and named with its line; a row whose relation to
//! the stereotype cannot be told is kept without a bias grade, and counted too.

pub mod bbq;
pub mod lm_eval;
pub mod stored;

use std::sync::Arc;

use crate::domain::Item;

/// The questions compiled into the program, in BBQ's format: our own, from the control model's
/// grammar.
pub const BUILTIN: &[u8] = include_bytes!("../../fixtures/items/builtin.jsonl");

/// A row that was not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Line in its file, 1-based.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// What a file held.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The usable items, in file order.
    pub items: Vec<Arc<Item>>,
    /// Rows that were not used.
    pub skipped: Vec<Skipped>,
    /// Items without a bias grade: which option is stereotyped could not be told from the row.
    pub ungraded: usize,
}
