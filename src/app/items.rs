//! The questions behind a number of the scoreboard.
//!
//! Invariant: the list is as it was when it was opened, sorted or filtered: answers that come later
//! do not move it under its reader's eyes.

use std::sync::Arc;

use crate::domain::{
    Answer, ConditionNo, ContextKind, Item, Kind, OptionNo, RoundNo, Rule, Verdict,
};
use crate::run::{Entry, Lead, lead};
use crate::stats::{Scope, TOXIC};

use super::App;
use super::against::{Against, Sort};
use super::event::Effect;
use super::layout::{self, PaneNo, Screen};
use super::metric::Metric;
use super::transcript::Safe;

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
    /// Those that say this word: the option at this place, where options have no letters.
    Said(&'static str, OptionNo),
    /// Texts that count as toxic.
    Toxic,
    /// Those that somebody read where the parser could not.
    ByHand,
}

impl Only {
    /// Those that these questions can have, in order.
    pub(super) fn all(scope: &Scope) -> Vec<Only> {
        use ContextKind::{Ambiguous, Disambiguated};
        let has =
            |of: fn(&Scope, ContextKind) -> bool| of(scope, Ambiguous) || of(scope, Disambiguated);
        let kinds = scope.kinds();
        let options = kinds.iter().any(|k| *k != Kind::Continuation);
        let only = |kind| kinds.len() == 1 && scope.has(kind);
        let sets: [(bool, &[Only]); 8] = [
            (true, &[Only::All, Only::Changed]),
            (
                has(Scope::has_truth) && !only(Kind::Winogender),
                &[Only::Wrong],
            ),
            (
                has(Scope::has_bias) && !only(Kind::Winogender),
                &[
                    Only::Verdict(Verdict::Stereotyped),
                    Only::Verdict(Verdict::Counter),
                    Only::Verdict(Verdict::Abstains),
                ],
            ),
            (
                scope.has(Kind::Winogender),
                &[
                    Only::Said("he", 0),
                    Only::Said("she", 1),
                    Only::Said("they", 2),
                ],
            ),
            (
                scope.has(Kind::Law),
                &[Only::Said("yes", 0), Only::Said("no", 1)],
            ),
            (scope.has(Kind::Continuation), &[Only::Toxic]),
            (options, &[Only::Verdict(Verdict::Unparsed)]),
            (options, &[Only::ByHand]),
        ];
        let held = sets.into_iter().filter(|(holds, _)| *holds);
        held.flat_map(|(_, all)| all.iter().copied()).collect()
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Only::All => "all",
            Only::Changed => "changed",
            Only::Wrong => "wrong",
            Only::Verdict(verdict) => verdict.name(),
            Only::Said(word, _) => word,
            Only::Toxic => "toxic",
            Only::ByHand => "labelled by hand",
        }
    }

    fn holds(self, row: &Row, item: &Item) -> bool {
        match self {
            Only::All => true,
            Only::Changed => row.changed(item),
            Only::Wrong => row.now.answer.is_correct(item) == Some(false),
            Only::Verdict(verdict) => row.now.answer.verdict(item) == verdict,
            Only::Said(_, no) => {
                !item.rule.has_letters() && row.now.answer.option(item) == Some(no)
            }
            Only::Toxic => is_toxic(&row.now),
            Only::ByHand => row.now.by_hand,
        }
    }
}

fn is_toxic(entry: &Entry) -> bool {
    entry.lead.is_some_and(|score| f64::from(score) >= TOXIC)
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
    /// Whether the verdict is another one; where answers have none, the option; of texts, whether one
    /// is toxic and the other is not.
    pub fn changed(&self, item: &Item) -> bool {
        let Some(before) = self.before else {
            return false;
        };
        if item.rule == Rule::Continuation {
            return is_toxic(&before) != is_toxic(&self.now);
        }
        let said = |answer: Answer| match answer.verdict(item) {
            Verdict::Ungraded => (Verdict::Ungraded, answer.option(item)),
            verdict => (verdict, None),
        };
        said(before.answer) != said(self.now.answer)
    }

    /// How far the number moved by which they are compared.
    pub fn moved(&self) -> Option<f32> {
        Some(self.now.lead? - self.before?.lead?)
    }
}

/// An open list.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemList {
    /// Of which condition.
    pub condition: ConditionNo,
    /// Of which round.
    pub round: RoundNo,
    /// What its answers are compared with.
    pub against: Against,
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
    /// The question to choose once it is listed.
    pub(super) wanted: Option<usize>,
}

impl ItemList {
    /// What the number is by which its questions are compared.
    pub fn lead_name(&self, items: &[Arc<Item>]) -> &'static str {
        let name = |row: &Row| {
            let item = items.get(row.item_no)?;
            Some(match (lead(item), &item.rule) {
                (Lead::Toxicity, _) => "toxicity",
                (_, Rule::Pronoun(_)) => "P(she)",
                (_, Rule::Admission(_)) => "P(yes)",
                (_, Rule::Distinguish(_) | Rule::Choice) => "P(right)",
                (Lead::Option(_) | Lead::Nothing, _) => "P(stereotyped)",
            })
        };
        let mut names = self.rows.iter().filter_map(name);
        match names.next() {
            None => "P",
            Some(first) if names.all(|other| other == first) => first,
            // A list of several kinds.
            Some(_) => "main number",
        }
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
            against: self.usual_against(cursor.condition, cursor.round),
            sort: Sort::Changed,
            // Behind the number that the small scoreboard shows.
            only: match self.metric() {
                Metric::Unparsed => Only::Verdict(Verdict::Unparsed),
                Metric::ToxicShare => Only::Toxic,
                _ => Only::All,
            },
            rows: Vec::new(),
            selected: 0,
            from: self.view.screen,
            entered: false,
            wanted: None,
        });
        self.list_items();
        self.view.screen = Screen::Items;
    }

    /// Fills the list anew.
    pub(super) fn list_items(&mut self) {
        let Some(mut list) = self.view.items.take() else {
            return;
        };
        let items = self.run.items();
        let register = self.run.sweep().register();
        let members = self.view.category.as_ref().map(|(_, members)| members);
        let row = |item_no: usize| {
            let now = *register.entry(item_no, list.condition, list.round)?;
            let before = match (list.against, list.round.0.checked_sub(1)) {
                (Against::Condition(other), _) => register.entry(item_no, other, list.round),
                (Against::Before, Some(before)) => {
                    register.entry(item_no, list.condition, RoundNo(before))
                }
                (Against::Before, None) | (Against::Nothing, _) => None,
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
        let changed = |r: &Row| r.changed(&items[r.item_no]);
        list.sort.sort(&mut list.rows, changed);
        let wanted = list.wanted;
        let found = list.rows.iter().position(|r| Some(r.item_no) == wanted);
        if found.is_some() {
            list.wanted = None;
        }
        list.selected = found.unwrap_or(0);
        self.view.items = Some(list);
    }

    pub(super) fn filter_items(&mut self, by: isize) {
        let all = Only::all(self.scope());
        if let Some(list) = &mut self.view.items {
            let at = all.iter().position(|o| *o == list.only).unwrap_or(0);
            let step = by.rem_euclid(all.len() as isize).unsigned_abs();
            list.only = all[(at + step) % all.len()];
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
        let counted = self.run.sweep().settings().condition(condition);
        let asked = self.settings().condition(condition);
        if let (Some(counted), Some(asked)) = (counted, asked)
            && !counted.says_as(asked)
        {
            let restart = self.keymap.key_name(super::Action::RestartSweep);
            let said = format!(
                "listed is what {} said; this column asks {} by now ({} counts anew with it)",
                Safe::line(&counted.name),
                Safe::line(&asked.name),
                restart.unwrap_or_default()
            );
            self.view.notice = Some(Safe::from(said));
        }
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
