//! The item on screen, under every condition at once, and the branches that leave those answers.
//!
//! Invariant: a branch never changes its parent, nor a later play an earlier one's number. Plays are
//! only added while an item is on screen. What a column asks with (see [`Column`]) is what the play in
//! it asks with; so undoing a change of it brings its answers back, too.

mod change;
mod kept;
mod recall;

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo, Item, JobEvent, JobId, RoundNo, Spoken, Token};

pub use kept::{Kept, KeptPlay};
pub use recall::Recalled;
pub(super) use recall::Under;

use super::column::Column;
use super::order::Stamp;
use super::play::{Play, Wanted};
use super::settings::Settings;
use super::variant::variants;

/// Most plays of one item, branches included.
pub const PLAYS_MAX: usize = 200;

/// Which play of the item on screen: first one per condition, in column order, then the branches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayNo(pub usize);

/// Where a branch leaves a play, and what it says there instead.
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The play it leaves.
    pub parent: PlayNo,
    /// In which round.
    pub round: RoundNo,
    /// In which step of it.
    pub step: usize,
    /// How many tokens of the step's text it keeps.
    pub kept_tokens: usize,
    /// What is said after them; may be empty.
    pub words: String,
    /// The token that `words` are, where the model gave it a probability; its `end` is not used.
    pub token: Option<Token>,
    /// It is one of several draws of the same round: not shown in its column and over with its round,
    /// until somebody chooses it.
    pub is_sample: bool,
}

/// Where a play comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Origin {
    /// It is its condition's own.
    Own,
    /// It leaves another one.
    Fork(Fork),
    /// It asks another one's question with something changed.
    Variant(PlayNo, &'static str),
    /// It asks the same question in another way than the play that stood in the column.
    Change(PlayNo),
}

/// One play per condition, in column order, then branches; empty before an item is shown.
#[derive(Debug)]
pub struct Focus {
    settings: Settings,
    /// Beside every condition of the settings, all that its column asks with.
    columns: Vec<Column>,
    item_no: Option<usize>,
    plays: Vec<Play>,
    /// Beside every play, where it comes from.
    origins: Vec<Origin>,
    /// Beside every play, the branch that was last left by undoing.
    undone: Vec<Option<PlayNo>>,
    /// For every condition, the play in its column.
    shown: Vec<PlayNo>,
}

impl Focus {
    /// Which columns nothing can be asked in, and why.
    pub(super) fn freeze(&mut self, frozen: Vec<Option<Arc<str>>>) {
        for (column, why) in self.columns.iter_mut().zip(frozen) {
            column.frozen = why;
        }
    }

    /// Lets the columns ask so from the next item on.
    pub(super) fn set_columns(&mut self, columns: Vec<Column>) {
        self.columns = columns;
    }

    /// All that each column asks with.
    pub(super) fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub(super) fn new(settings: Settings) -> Focus {
        Focus {
            columns: settings
                .conditions
                .iter()
                .cloned()
                .map(|c| Column::new(c, &settings))
                .collect(),
            settings,
            item_no: None,
            plays: Vec::new(),
            origins: Vec::new(),
            undone: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Position in the set of the item on screen.
    pub fn item_no(&self) -> Option<usize> {
        self.item_no
    }

    /// The item on screen.
    pub fn item(&self) -> Option<&Arc<Item>> {
        self.plays.first().map(Play::item)
    }

    /// All plays: one per condition in column order, then the branches in the order they were made.
    pub fn plays(&self) -> &[Play] {
        &self.plays
    }

    /// One of them.
    pub fn play(&self, no: PlayNo) -> Option<&Play> {
        self.plays.get(no.0)
    }

    /// Which play stands in a condition's column.
    pub fn shown_no(&self, condition: ConditionNo) -> Option<PlayNo> {
        self.shown.get(usize::from(condition.0)).copied()
    }

    /// The play in a condition's column.
    pub fn shown(&self, condition: ConditionNo) -> Option<&Play> {
        self.play(self.shown_no(condition)?)
    }

    /// Where a branch left its parent; `None` for a condition's own play.
    pub fn fork(&self, no: PlayNo) -> Option<&Fork> {
        match self.origins.get(no.0)? {
            Origin::Fork(fork) => Some(fork),
            Origin::Own | Origin::Variant(..) | Origin::Change(_) => None,
        }
    }

    /// What a variant changed in its question; `None` for all other plays.
    pub fn variant(&self, no: PlayNo) -> Option<&'static str> {
        match self.origins.get(no.0)? {
            Origin::Variant(_, name) => Some(name),
            Origin::Own | Origin::Fork(_) | Origin::Change(_) => None,
        }
    }

    /// The variants that were made of a play's question.
    pub fn variants(&self, base: PlayNo) -> Vec<PlayNo> {
        let all = (0..self.plays.len()).map(PlayNo);
        let mine = |n: &PlayNo| self.variant(*n).is_some() && self.parent(*n) == Some(base);
        all.filter(mine).collect()
    }

    /// Whether a play asks the question in another way than the one that stood in the column before.
    pub fn is_change(&self, no: PlayNo) -> bool {
        matches!(self.origins.get(no.0), Some(Origin::Change(_)))
    }

    /// The play that a branch left, a variant was made of, or a change of the column was made from.
    pub fn parent(&self, no: PlayNo) -> Option<PlayNo> {
        match self.origins.get(no.0)? {
            Origin::Fork(fork) => Some(fork.parent),
            Origin::Variant(parent, _) | Origin::Change(parent) => Some(*parent),
            Origin::Own => None,
        }
    }

    /// A condition's play and its branches as a tree, parents first, with their depth.
    pub fn tree(&self, condition: ConditionNo) -> Vec<(usize, PlayNo)> {
        let mut rows = Vec::new();
        let root = PlayNo(usize::from(condition.0));
        if root.0 < self.shown.len() {
            self.add_to_tree(root, 0, &mut rows);
        }
        rows
    }

    fn add_to_tree(&self, no: PlayNo, depth: usize, rows: &mut Vec<(usize, PlayNo)>) {
        rows.push((depth, no));
        for child in no.0 + 1..self.plays.len() {
            let child = PlayNo(child);
            let hidden = self.fork(child).is_some_and(|f| f.is_sample);
            if self.parent(child) == Some(no) && !hidden {
                self.add_to_tree(child, depth + 1, rows);
            }
        }
    }

    /// All draws of a round from its beginning: the play that began it, then those that left it
    /// there. A branch that left inside the round is none: its words were put there.
    pub fn draws(&self, no: PlayNo, round: RoundNo) -> Vec<PlayNo> {
        let again =
            |f: &Fork| (f.round, f.step, f.kept_tokens) == (round, 0, 0) && f.words.is_empty();
        let mut base = no;
        while let Some(fork) = self.fork(base).filter(|f| f.round >= round) {
            base = fork.parent;
        }
        let others = (base.0 + 1..self.plays.len()).map(PlayNo);
        let mine = |n: &PlayNo| self.fork(*n).is_some_and(|f| f.parent == base && again(f));
        std::iter::once(base).chain(others.filter(mine)).collect()
    }

    /// The branch that redoing would show.
    pub fn redo_no(&self, condition: ConditionNo) -> Option<PlayNo> {
        *self.undone.get(self.shown_no(condition)?.0)?
    }

    /// Whether every round of every play is finished or cannot be.
    pub fn is_over(&self) -> bool {
        let over = |p: &Play| p.is_paused() || p.is_over(&self.settings);
        self.plays.iter().all(over)
    }

    pub(super) fn set_settings(&mut self, settings: Settings) {
        let columns = settings.conditions.iter().enumerate();
        let kept = |(no, condition): (usize, &Arc<Condition>)| match self.columns.get(no) {
            Some(column) => Column {
                condition: condition.clone(),
                ..column.clone()
            },
            None => Column::new(condition.clone(), &settings),
        };
        self.columns = columns.map(kept).collect();
        self.settings = settings;
    }

    /// What a column asks with.
    pub fn column(&self, condition: ConditionNo) -> Option<&Column> {
        self.columns.get(usize::from(condition.0))
    }

    pub(super) fn show(&mut self, item_no: usize, item: Arc<Item>) {
        self.item_no = Some(item_no);
        self.plays = (0..self.settings.conditions.len())
            .filter_map(|no| u16::try_from(no).ok())
            .map(|no| {
                let play = Play::new(item.clone(), ConditionNo(no));
                match self.columns.get(usize::from(no)) {
                    Some(column) => play.under(column.clone()),
                    None => play,
                }
            })
            .collect();
        self.origins = vec![Origin::Own; self.plays.len()];
        self.undone = vec![None; self.plays.len()];
        self.shown = (0..self.plays.len()).map(PlayNo).collect();
    }

    /// Adds a branch and shows it in its column. `None` where there is no such place, or too many
    /// branches.
    pub(super) fn branch(&mut self, fork: Fork) -> Option<PlayNo> {
        if self.plays.len() >= PLAYS_MAX {
            return None;
        }
        let no = PlayNo(self.plays.len());
        let play = self.play(fork.parent)?.branch(&fork, no.0 as u64)?;
        let condition = usize::from(play.condition().0);
        let is_sample = fork.is_sample;
        self.plays.push(play);
        self.origins.push(Origin::Fork(fork));
        self.undone.push(None);
        if !is_sample {
            *self.shown.get_mut(condition)? = no;
        }
        Some(no)
    }

    /// Adds the variants of a play's question; returns them, those that were there already included.
    pub(super) fn vary(&mut self, no: PlayNo, set: &[Arc<Item>]) -> Vec<PlayNo> {
        let base = match self.origins.get(no.0) {
            Some(Origin::Variant(parent, _)) => *parent,
            Some(Origin::Own | Origin::Fork(_) | Origin::Change(_)) | None => no,
        };
        let Some(asked) = self.play(base) else {
            return Vec::new();
        };
        let (item, condition) = (asked.item().clone(), asked.condition());
        let own = asked.own().cloned();
        let there = self.variants(base).into_iter();
        let there: Vec<&str> = there.filter_map(|n| self.variant(n)).collect();
        for variant in variants(&item, set) {
            if self.plays.len() < PLAYS_MAX && !there.contains(&variant.name) {
                let mut play = Play::new(Arc::new(variant.item), condition);
                if let Some(own) = &own {
                    play = play.under(own.clone());
                }
                self.plays.push(play);
                self.origins.push(Origin::Variant(base, variant.name));
                self.undone.push(None);
            }
        }
        self.variants(base)
    }

    /// Shows a play in its condition's column; returns whether another one stood there.
    pub(super) fn set_shown(&mut self, no: PlayNo) -> bool {
        let Some(condition) = self.play(no).map(|p| usize::from(p.condition().0)) else {
            return false;
        };
        if let Some(Origin::Fork(fork)) = self.origins.get_mut(no.0) {
            fork.is_sample = false;
        }
        self.plays[no.0].go_on();
        let asked = (
            self.plays[no.0].condition(),
            self.plays[no.0].own().cloned(),
        );
        if let (condition, Some(own)) = asked {
            self.set_column(condition, own);
        }
        match self.shown.get_mut(condition) {
            Some(shown) if *shown != no => {
                *shown = no;
                true
            }
            _ => false,
        }
    }

    /// Back to what a branch left.
    pub(super) fn undo(&mut self, condition: ConditionNo) -> bool {
        let Some(no) = self.shown_no(condition) else {
            return false;
        };
        let Some(parent) = self.parent(no) else {
            return false;
        };
        if let Some(undone) = self.undone.get_mut(parent.0) {
            *undone = Some(no);
        }
        self.set_shown(parent)
    }

    /// To the branch that was last left by undoing.
    pub(super) fn redo(&mut self, condition: ConditionNo) -> bool {
        self.redo_no(condition).is_some_and(|no| self.set_shown(no))
    }

    pub(super) fn next(&mut self, no: PlayNo) -> Option<Wanted> {
        self.plays.get_mut(no.0)?.next(&self.settings)
    }

    pub(super) fn started(&mut self, no: PlayNo, job: JobId) {
        if let Some(play) = self.plays.get_mut(no.0) {
            play.started(job);
        }
    }

    /// Adds to a step what a record does not hold of it (see [`Play::complete`]).
    pub(super) fn complete(
        &mut self,
        no: PlayNo,
        step: (RoundNo, usize),
        with: impl FnOnce(&mut Spoken),
    ) {
        if let Some(play) = self.plays.get_mut(no.0) {
            play.complete(step, with);
        }
    }

    pub(super) fn on_event(&mut self, no: PlayNo, event: &JobEvent, now: Stamp) {
        if let Some(play) = self.plays.get_mut(no.0) {
            play.on_event(event, now, &self.settings);
        }
    }
}
