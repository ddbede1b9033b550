//! The tour: five steps, each one thing to press, taken by pressing it.
//!
//! Invariant: every key does what it always does; the tour only watches. It is shown where no answer
//! streams (see [`super::layout::tour_box`]), and not while something else is open.

use super::App;
use super::action::{Action, CLAUSES};
use super::layout::Screen;
use super::overlay::Overlay;
use super::role::{Line, Role};
use super::transcript::Safe;

/// What is to be done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To another pane.
    Move,
    /// Into an answer.
    Enter,
    /// Out of it again.
    Leave,
    /// A clause of a column's prompt.
    Clause,
    /// The scoreboard.
    Board,
}

impl Step {
    const ALL: [Step; 5] = [
        Step::Move,
        Step::Enter,
        Step::Leave,
        Step::Clause,
        Step::Board,
    ];

    fn after(self) -> Option<Step> {
        let at = Step::ALL.iter().position(|s| *s == self)?;
        Step::ALL.get(at + 1).copied()
    }
}

impl App {
    /// The same, with the tour at its beginning.
    pub fn with_tour(mut self) -> App {
        self.view.tour = Some(Step::Move);
        self
    }

    /// Begins the tour, or ends it.
    pub(super) fn toggle_tour(&mut self) {
        if self.view.tour.is_some() {
            return self.end_tour();
        }
        self.close_inside();
        self.view.overlay = Overlay::None;
        self.view.screen = Screen::Panes;
        self.view.tour = Some(Step::Move);
    }

    pub(super) fn end_tour(&mut self) {
        self.view.tour = None;
        let key = |action| self.keymap.key_name(action).unwrap_or_default();
        let said = format!(
            "{} lists the keys that work here; {} opens the tour again",
            key(Action::Help),
            key(Action::Tour)
        );
        self.view.notice = Some(said.into());
    }

    /// Whether a key for closing ends the tour: nothing else is open.
    pub(super) fn is_touring(&self) -> bool {
        self.view.tour.is_some() && !self.is_within()
    }

    /// After an action: the next step, if this one was done.
    pub(super) fn follow_tour(&mut self, action: Action) {
        let Some(step) = self.view.tour else { return };
        let moves = [
            Action::Left,
            Action::Right,
            Action::Up,
            Action::Down,
            Action::NextPane,
            Action::PreviousPane,
        ];
        let done = match step {
            Step::Move => self.view.screen.has_panes() && moves.contains(&action),
            Step::Enter => self.is_inside(),
            Step::Leave => !self.is_inside(),
            Step::Clause => action.is_clause() || action == Action::LevelBefore,
            Step::Board => self.view.screen == Screen::Board,
        };
        if done {
            match step.after() {
                Some(next) => self.view.tour = Some(next),
                None => self.end_tour(),
            }
        }
    }

    /// Title and lines of the step, the second one what to press; `None` where it is not shown.
    pub fn tour(&self) -> Option<(Safe, [Line; 2])> {
        let step = self.view.tour?;
        if !matches!(self.view.overlay, Overlay::None) {
            return None;
        }
        let key = |action| self.keymap.key_name(action).unwrap_or_default();
        // The one with most levels, which is the instruction: its effect is seen.
        let levels = |action: &Action| {
            let clause = self.clause_of(*action).and_then(|no| self.clause(no));
            clause.map_or(0, |c| c.clause.levels.len())
        };
        let clauses = CLAUSES.into_iter().filter(|a| self.applies(*a));
        let clause = clauses.max_by_key(levels);
        let (says, press, does) = match step {
            Step::Move => (
                "columns are prompts, rows are rounds: first answer, then reviews",
                format!("{} or {}", key(Action::Right), key(Action::NextPane)),
                "another pane",
            ),
            Step::Enter => (
                "S stereotyped, C counter, A abstains; below: belief before it spoke",
                key(Action::Open),
                "look inside this answer",
            ),
            Step::Leave => (
                "every token, what else could have come, and how the belief moved",
                format!("{} or {}", key(Action::Close), key(Action::Quit)),
                "back to the panes",
            ),
            Step::Clause => (
                "number keys switch parts of this column's prompt; it answers again",
                clause.map_or_else(|| key(Action::Right), key),
                match clause {
                    Some(_) => "switch one",
                    None => "to a column that has some",
                },
            ),
            Step::Board => (
                "a benchmark runs meanwhile and counts the bias of every prompt",
                key(Action::Board),
                "the whole scoreboard",
            ),
        };
        let no = Step::ALL.iter().position(|s| *s == step).unwrap_or(0) + 1;
        let mut second: Line = vec![
            (Role::Text, "press ".into()),
            (Role::Key, press.into()),
            (Role::Text, Safe::from(format!(": {does}"))),
        ];
        if self.is_touring() {
            second.push((Role::Muted, "  (esc ends the tour)".into()));
        }
        Some((
            Safe::from(format!("tour {no}/{}", Step::ALL.len())),
            [vec![(Role::Text, says.into())], second],
        ))
    }
}
