//! The questions behind a number of the scoreboard.
//!
//! Invariant: the list is as it was when it was opened, sorted or filtered: answers that come later
//! do not move it under its reader's eyes.

use crate::domain::{Answer, ConditionNo, Item, RoundNo, Verdict};
use crate::run::Entry;

use super::App;
use super::event::Effect;
use super::layout::{self, PaneNo, Screen};
use super::view::Metric;

/// What stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// What changed most since the round before.
    Rounds,
    /// What differs most from another condition's answer.
    Conditions,
    /// As in the benchmark.
    Benchmark,
}

/// Which answers are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All.
    All,
    /// Those with another verdict than what they are compared with.
    Changed,
    /// Wrong ones.
    Wrong,
    /// Those with this verdict.
    Verdict(Verdict),
    /// Those that somebody read where the parser could not.
    ByHand,
}

impl Only {
    const ALL: [Only; 8] = [
        Only::All,
        Only::Changed,
        Only::Wrong,
        Only::Verdict(Verdict::Stereotyped),
        Only::Verdict(Verdict::Counter),
        Only::Verdict(Verdict::Abstains),
        Only::Verdict(Verdict::Unparsed),
        Only::ByHand,
    ];

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Only::All => "all",
            Only::Changed => "changed",
            Only::Wrong => "wrong",
            Only::Verdict(verdict) => verdict.name(),
            Only::ByHand => "labelled by hand",
        }
    }

    fn holds(self, row: &Row, item: &Item) -> bool {
        match self {
            Only::All => true,
            Only::Changed => row.changed(item),
            Only::Wrong => row.now.answer.is_correct(item) == Some(false),
            Only::Verdict(verdict) => row.now.answer.verdict(item) == verdict,
            Only::ByHand => row.now.by_hand,
        }
    }
}

/// One question of the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Row {
    /// Its position in the set.
    pub item_no: usize,
    /// What it is compared with.
    pub before: Option<Entry>,
    /// Its answer.
    pub now: Entry,
}

impl Row {
    /// Whether the verdict is another one.
    pub fn changed(&self, item: &Item) -> bool {
        let verdict = |answer: Answer| answer.verdict(item);
        self.before
            .is_some_and(|b| verdict(b.answer) != verdict(self.now.answer))
    }

    /// How far P(stereotyped) moved.
    pub fn moved(&self) -> Option<f32> {
        let (before, now) = (self.before?.belief?, self.now.belief?);
        Some(now[0] - before[0])
    }
}

/// An open list.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemList {
    /// Of which condition.
    pub condition: ConditionNo,
    /// Of which round.
    pub round: RoundNo,
    /// What stands first.
    pub sort: Sort,
    /// Which answers.
    pub only: Only,
    /// The questions.
    pub rows: Vec<Row>,
    /// The chosen one.
    pub selected: usize,
    /// Where it was opened from.
    pub from: Screen,
    /// A question of it is on screen.
    pub entered: bool,
}

impl ItemList {
    /// The condition it is compared with when sorted by conditions.
    pub fn other(&self) -> ConditionNo {
        ConditionNo(match self.condition.0 {
            0 => 1,
            n => n - 1,
        })
    }

    /// The first row in sight so that the choice is among `rows` of them.
    pub fn first(&self, rows: usize) -> usize {
        (self.selected + 1).saturating_sub(rows.max(1))
    }
}

impl App {
    /// Lists the questions behind the scoreboard's row under the cursor.
    pub(super) fn open_items(&mut self) {
        let cursor = self.view.cursor;
        self.view.items = Some(ItemList {
            condition: cursor.condition,
            round: cursor.round,
            sort: if cursor.round.0 > 0 {
                Sort::Rounds
            } else {
                Sort::Conditions
            },
            // Behind the number that the small scoreboard shows.
            only: match self.view.metric {
                Metric::Unparsed => Only::Verdict(Verdict::Unparsed),
                _ => Only::All,
            },
            rows: Vec::new(),
            selected: 0,
            from: self.view.screen,
            entered: false,
        });
        self.list_items();
        self.view.screen = Screen::Items;
    }

    /// Fills the list anew.
    fn list_items(&mut self) {
        let Some(mut list) = self.view.items.take() else {
            return;
        };
        let items = self.run.items();
        let register = self.run.sweep().register();
        let members = self.view.category.as_ref().map(|(_, members)| members);
        let row = |item_no: usize| {
            let now = *register.entry(item_no, list.condition, list.round)?;
            let before = match (list.sort, list.round.0.checked_sub(1)) {
                (Sort::Conditions, _) => register.entry(item_no, list.other(), list.round),
                (_, Some(before)) => register.entry(item_no, list.condition, RoundNo(before)),
                (_, None) => None,
            };
            Some(Row {
                item_no,
                before: before.copied(),
                now,
            })
        };
        let listed = |no: &usize| members.is_none_or(|m| m.binary_search(no).is_ok());
        let all = (0..items.len()).filter(listed).filter_map(row);
        list.rows = all
            .filter(|r| list.only.holds(r, &items[r.item_no]))
            .collect();
        if list.sort != Sort::Benchmark {
            let moved = |r: &Row| r.moved().map_or(-1.0, f32::abs);
            list.rows.sort_by(|a, b| {
                let changed = |r: &Row| r.changed(&items[r.item_no]);
                let by_flip = changed(b).cmp(&changed(a));
                by_flip.then(moved(b).total_cmp(&moved(a)))
            });
        }
        list.selected = 0;
        self.view.items = Some(list);
    }

    pub(super) fn sort_items(&mut self) {
        if let Some(list) = &mut self.view.items {
            list.sort = match list.sort {
                Sort::Rounds => Sort::Conditions,
                Sort::Conditions => Sort::Benchmark,
                Sort::Benchmark => Sort::Rounds,
            };
        }
        self.list_items();
    }

    pub(super) fn filter_items(&mut self, by: isize) {
        if let Some(list) = &mut self.view.items {
            let at = Only::ALL.iter().position(|o| *o == list.only).unwrap_or(0);
            let n = Only::ALL.len();
            let step = by.rem_euclid(n as isize).unsigned_abs();
            list.only = Only::ALL[(at + step) % n];
        }
        self.list_items();
    }

    pub(super) fn step_items(&mut self, by: isize) {
        if let Some(list) = &mut self.view.items {
            let last = list.rows.len().saturating_sub(1);
            list.selected = list.selected.saturating_add_signed(by).min(last);
        }
    }

    /// Rows of the list at once.
    pub(super) fn items_height(&self) -> usize {
        let page = self.areas().and_then(|a| a.page);
        page.map_or(1, |p| usize::from(layout::list(p).height))
    }

    /// To the next or previous question whose verdict changed; returns whether there is one.
    pub(super) fn step_flip(&mut self, forward: bool) -> bool {
        let items = self.run.items();
        let Some(list) = &mut self.view.items else {
            return false;
        };
        let flips = |no: &usize| {
            let row = &list.rows[*no];
            items.get(row.item_no).is_some_and(|i| row.changed(i))
        };
        let from = list.selected;
        let found = match forward {
            true => (from + 1..list.rows.len()).find(flips),
            false => (0..from.min(list.rows.len())).rev().find(flips),
        };
        if let Some(to) = found {
            list.selected = to;
            return true;
        }
        let end = if forward { "last" } else { "first" };
        self.view.notice = Some(format!("this is the {end} one whose answer changed").into());
        false
    }

    /// Shows the chosen question in the panes, at the list's round.
    pub(super) fn enter_item(&mut self, out: &mut Vec<Effect>) {
        let Some(list) = &mut self.view.items else {
            return;
        };
        let Some(row) = list.rows.get(list.selected) else {
            return;
        };
        let item_no = row.item_no;
        list.entered = true;
        let (condition, round) = (list.condition, list.round);
        self.view.cursor = PaneNo::new(condition.0, round.0);
        self.settle_cursor();
        self.view.screen = Screen::Panes;
        self.show(item_no, out);
    }

    /// In the panes with a question of a list.
    pub fn is_from_list(&self) -> bool {
        let entered = self.view.items.as_ref().is_some_and(|l| l.entered);
        entered && self.view.screen.has_panes()
    }

    /// Back from a question to its list.
    pub(super) fn back_to_items(&mut self) {
        if let Some(list) = &mut self.view.items {
            list.entered = false;
            self.view.screen = Screen::Items;
        }
    }
}
