//! Minimal pairs beside each other: the same question with one thing changed, what the change did to
//! the words of the question and of the answer, and to the belief.
//!
//! Invariant: what stands in a variant's pane is held against the same round of the answer it was made
//! of; before both are whole, it stands there as it is said.

use std::sync::Arc;

use crate::domain::Item;
use crate::run::{PlayNo, describe, unchanged, variants};

use super::App;
use super::axis::Axis;
use super::compare::answer;
use super::diff::{Segment, segments};
use super::event::Effect;
use super::inspect::Heat;
use super::layout::{PaneNo, Screen};
use super::role::Role;
use super::transcript::Safe;
use super::view::Model;

/// A part of a text, and whether it begins a row.
pub type Part = (Role, String, bool);

/// Words of the question that stand around a change.
const AROUND: usize = 2;

/// How the belief in an option differs from that of the answer it is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moved {
    /// The option, as its own question has it.
    pub option: usize,
    /// Its probability.
    pub now: f64,
    /// How far that is from the probability of the same person (or abstaining) before the change.
    pub by: f64,
}

impl App {
    /// Minimal pairs instead of what columns are, and back.
    pub(super) fn toggle_pairs(&mut self, out: &mut Vec<Effect>) {
        match self.view.axis {
            Axis::Pairs => self.set_axis(Axis::Conditions, out),
            Axis::Conditions | Axis::Models | Axis::Branches => {
                let (has_any, said) = self.unvaried();
                if has_any {
                    self.set_axis(Axis::Pairs, out);
                }
                self.view.notice = said;
            }
        }
    }

    /// Whether the question has minimal pairs, and what cannot be changed in it, with the reasons.
    pub(super) fn unvaried(&self) -> (bool, Option<Safe>) {
        let asked = self.pairs_base().and_then(|no| self.run.focus().play(no));
        let Some(item) = asked.map(|play| play.item()) else {
            return (true, None);
        };
        let set = self.run.items();
        let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
        for (what, why) in unchanged(item, set) {
            match by_reason.iter_mut().find(|(known, _)| *known == why) {
                Some((_, all)) => all.push(what),
                None => by_reason.push((why, vec![what])),
            }
        }
        let each = by_reason.iter();
        let each: Vec<String> = each
            .map(|(why, what)| format!("{} ({why})", what.join(", ")))
            .collect();
        let has_any = !variants(item, set).is_empty();
        let before = match has_any {
            true => "not changed",
            false => "no minimal pairs of this question",
        };
        let said = format!("{before}: {}", each.join("; "));
        (has_any, (!each.is_empty()).then(|| said.into()))
    }

    /// Asks the variants of the question, once for each answer that is looked at.
    pub(super) fn make_pairs(&mut self, out: &mut Vec<Effect>) {
        let is_ready = matches!(self.view.model, Model::Ready { .. });
        let Some(base) = self.pairs_base().filter(|_| is_ready) else {
            return;
        };
        let asked = Some((self.view.showing, self.at, base));
        if std::mem::replace(&mut self.view.paired, asked) == asked {
            return;
        }
        let mut made = Vec::new();
        self.ask(out, |run, orders| made = run.vary(base, orders));
        if made.is_empty() {
            self.view.notice = self.unvaried().1;
        }
    }

    /// The answer that variants were made of stands in its column again.
    pub(super) fn leave_pairs(&mut self, out: &mut Vec<Effect>) {
        if let Some(base) = self.pairs_base() {
            self.ask(out, |run, orders| {
                run.show_play(base, orders);
            });
        }
        self.view.paired = None;
    }

    /// The question as the pane under the cursor asks it.
    pub fn item_shown(&self) -> Option<&Arc<Item>> {
        let shown = self
            .play_in(self.view.cursor)
            .filter(|_| self.axis() == Axis::Pairs);
        let asked = shown.and_then(|(run, no)| run.focus().play(no));
        asked.map(crate::run::Play::item).or_else(|| self.item())
    }

    /// What a column of pairs asks, in words.
    pub fn pair_about(&self, pane: PaneNo) -> Option<Safe> {
        if self.axis() != Axis::Pairs {
            return None;
        }
        let (run, no) = self.play_in(pane)?;
        Some(match run.focus().variant(no) {
            Some(name) => describe(name).into(),
            None => "the question as it is".into(),
        })
    }

    /// The answer that a pane's is held against.
    fn pair_of(&self, pane: PaneNo) -> Option<(PlayNo, PlayNo)> {
        if self.axis() != Axis::Pairs || pane.model != self.at {
            return None;
        }
        let no = pane.play?;
        let focus = self.run.focus();
        focus.variant(no)?;
        Some((focus.parent(no)?, no))
    }

    /// What a variant's pane says: where its question differs, and its answer word by word. `None`
    /// where the text stands as it is: while it is looked into, and before there is a difference.
    pub(super) fn held_against(&self, pane: PaneNo) -> Option<Vec<Part>> {
        let (base, no) = self.pair_of(pane)?;
        let looked_into = self.is_inside() && pane == self.view.cursor;
        if looked_into || self.view.heat != Heat::Off || self.view.screen != Screen::Panes {
            return None;
        }
        let focus = self.run.focus();
        let (base, play) = (focus.play(base)?, focus.play(no)?);
        let [before, now] = [base, play].map(|p| p.round(pane.round));
        let (before, now) = (before.filter(|r| r.is_done())?, now?);
        if !now.is_done() {
            return None;
        }
        let mut parts = Vec::new();
        if pane.round.0 == 0 {
            parts.push((Role::User, "> ".to_owned(), true));
            let (one, other) = (asked(base.item()), asked(play.item()));
            for part in segments(&one, &other) {
                push(&mut parts, part, Role::User, true);
            }
        }
        let (one, other) = (answer(before), answer(now));
        let mut begins = true;
        for part in segments(&one, &other) {
            let from = parts.len();
            push(&mut parts, part, Role::Generated, false);
            if let Some(first) = parts.get_mut(from).filter(|_| begins) {
                first.2 = true;
                begins = false;
            }
        }
        Some(parts)
    }

    /// How a variant's belief differs from that of the question as it is, option by option.
    pub fn moved(&self, pane: PaneNo) -> Option<Vec<Moved>> {
        let (base, no) = self.pair_of(pane)?;
        let focus = self.run.focus();
        let before = self.telling_belief_of(self.at, base, pane.round)?;
        let now = self.telling_belief_of(self.at, no, pane.round)?;
        let (base, play) = (focus.play(base)?, focus.play(no)?);
        let moved = |option: usize| {
            let was = before.get(same_option(play.item(), option, base.item())?)?;
            let now = *now.get(option)?;
            Some(Moved {
                option,
                now,
                by: now - was,
            })
        };
        (0..now.len()).map(moved).collect()
    }
}

/// All of a question that a change can be in.
fn asked(item: &Item) -> String {
    format!("{} {} {}", item.context, item.question, item.options_line())
}

/// The option that means the same in another form of the question: by what it stands for, else by its
/// words, else by its place.
fn same_option(item: &Item, option: usize, other: &Item) -> Option<usize> {
    let role = item.roles.get(option).copied().flatten();
    let by_role = role.and_then(|r| other.option_with(r));
    let text = item.options.get(option)?;
    let by_words = || other.options.iter().position(|o| o == text);
    by_role.or_else(by_words).or(Some(option))
}

/// A part of two texts with the signs of a comparison; of what both say in a question only the words
/// around a change.
fn push(parts: &mut Vec<Part>, part: Segment<'_>, role: Role, brief: bool) {
    match part {
        Segment::Same(text) if brief => parts.push((role, around(text), false)),
        Segment::Same(text) => parts.push((role, text.to_owned(), false)),
        Segment::Differs(one, other) => {
            if !one.is_empty() {
                parts.push((Role::OnlyLeft, format!("[-{one}-]"), false));
            }
            if !other.is_empty() {
                parts.push((Role::OnlyRight, format!("{{+{other}+}}"), false));
            }
        }
    }
}

/// The first and last words of a text.
fn around(text: &str) -> String {
    let words: Vec<&str> = text.split_inclusive(' ').collect();
    if words.len() <= 2 * AROUND + 1 {
        return text.to_owned();
    }
    let (first, last) = (
        words[..AROUND].concat(),
        words[words.len() - AROUND..].concat(),
    );
    format!("{first}… {last}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_words_around_a_change_are_kept() {
        assert_eq!(around("a b c d e"), "a b c d e");
        assert_eq!(around("a b c d e f "), "a b … e f ");
        let mut parts = Vec::new();
        push(&mut parts, Segment::Differs("he", "she"), Role::User, true);
        let texts: Vec<&str> = parts.iter().map(|p| p.1.as_str()).collect();
        assert_eq!(texts, ["[-he-]", "{+she+}"]);
    }
}
