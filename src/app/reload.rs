//! Prompt files that were changed while they are asked.
//!
//! Invariant: a column keeps its levels where the changed file still has them, and is asked again only
//! where its words changed; what the files' mistakes are is said, and then every column keeps its words.

use std::sync::Arc;

use crate::domain::{Condition, ConditionNo};
use crate::run::Column;

use super::App;
use super::event::Effect;
use super::transcript::Safe;

impl App {
    /// Takes over conditions as their files have them now.
    pub(super) fn on_prompts(&mut self, all: &[Arc<Condition>], out: &mut Vec<Effect>) {
        let new = self.restock(all);
        let mut names: Vec<Safe> = Vec::new();
        let mut lost: Vec<Safe> = Vec::new();
        let models: Vec<_> = self.all_models().map(|(no, _)| no).collect();
        for model in models {
            let count = self.settings().conditions.len();
            for at in (0..count).filter_map(|no| u16::try_from(no).ok()) {
                let at = ConditionNo(at);
                // What a record holds was asked with the words of its own time.
                let run = self.run_of(model).filter(|r| !r.is_of_record());
                let focus = run.map(crate::run::Run::focus);
                let Some(column) = focus.and_then(|f| f.column(at)).cloned() else {
                    continue;
                };
                let Some(base) = of_file(&column.condition, all) else {
                    continue;
                };
                let (next, gone) = carried(&column.condition, base);
                let unsuited = self.item().and_then(|i| next.unsuited(i));
                if next == *column.condition || unsuited.is_some() {
                    continue;
                }
                if says_the_same(&column.condition, &next) {
                    let condition = Arc::new(next);
                    let column = Column {
                        condition,
                        ..column
                    };
                    self.ask_of(model, out, |run, _| run.refit(at, column));
                    continue;
                }
                let name = Safe::line(&next.name);
                if !names.contains(&name) {
                    names.push(name);
                }
                lost.extend(gone.into_iter().map(|level| Safe::line(&level)));
                let column = Column {
                    condition: Arc::new(next),
                    ..column
                };
                self.leave_comparison();
                self.ask_of(model, out, |run, orders| {
                    run.change(at, column, orders);
                });
            }
        }
        let list = |all: &[Safe]| {
            let all: Vec<&str> = all.iter().map(Safe::as_str).collect();
            all.join(", ")
        };
        lost.dedup();
        let said = match (names.is_empty(), lost.is_empty()) {
            (true, _) if !new.is_empty() => {
                let new: Vec<Safe> = new.iter().map(|n| Safe::line(n)).collect();
                let key = |action| self.keymap.key_name(action).unwrap_or_default();
                format!(
                    "new prompts: {} ({} and {} offer them)",
                    list(&new),
                    key(super::Action::Palette),
                    key(super::Action::Column)
                )
            }
            (true, _) => "prompt files read again: no column's words changed".to_owned(),
            (false, true) => format!("prompt files changed: {} asks again", list(&names)),
            (false, false) => format!(
                "prompt files changed: {} asks again, without {}",
                list(&names),
                list(&lost)
            ),
        };
        self.view.notice = Some(said.into());
    }
}

/// The condition of the files that a column's came from.
fn of_file<'a>(condition: &Condition, all: &'a [Arc<Condition>]) -> Option<&'a Arc<Condition>> {
    let fits = |c: &&Arc<Condition>| c.fits.iter().any(|k| condition.fits.contains(k));
    let base = condition.base_name();
    all.iter().filter(fits).find(|c| *c.name == *base)
}

/// A condition as its file has it, with the levels that were chosen before; and those it has no more.
fn carried(before: &Condition, base: &Arc<Condition>) -> (Condition, Vec<String>) {
    let mut next = Condition::clone(base);
    let mut gone = Vec::new();
    for chosen in before.chosen() {
        let (clause, level) = (&chosen.clause.name, chosen.level_name());
        match next.with(clause, level) {
            Some(with) => next = with,
            None => gone.push(format!("{clause}={level}")),
        }
    }
    (next, gone)
}

/// Whether nothing that a model reads is another.
fn says_the_same(one: &Condition, other: &Condition) -> bool {
    one.name == other.name
        && one.system == other.system
        && one.style == other.style
        && one.first == other.first
        && one.review == other.review
}
