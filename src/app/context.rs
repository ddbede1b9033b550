//! What a key does here: the same keys mean the nearest thing in panes, inside answers, in lists and
//! while comparing. The footer and the help say which.

use super::App;
use super::action::Action;
use super::layout::Screen;
use super::overlay::Overlay;

/// Where keys act.
enum Place {
    Panes,
    Inside,
    Board,
    Items,
    Compare,
    Branches,
    Samples,
    Column,
}

impl App {
    fn place(&self) -> Place {
        let open = match &self.view.overlay {
            Overlay::Help(_) => &self.view.covered,
            open => open,
        };
        match (open, self.view.screen) {
            (Overlay::Branches(_), _) => Place::Branches,
            (Overlay::Samples(_), _) => Place::Samples,
            (Overlay::Column(_), _) => Place::Column,
            (_, Screen::Board) => Place::Board,
            (_, Screen::Items) => Place::Items,
            (_, Screen::Compare) => Place::Compare,
            (_, Screen::Panes | Screen::Zoom) if self.is_inside() => Place::Inside,
            (_, Screen::Panes | Screen::Zoom) => Place::Panes,
        }
    }

    /// What an action does here, in one or two words and in a sentence; `None` where it is what the
    /// table says.
    fn here(&self, action: Action) -> Option<(&'static str, &'static str)> {
        use Action::{
            Bottom, Close, Compare, Copy, CopyAll, Down, Left, NextItem, NextMetric, NextPane,
            Open, PageDown, PageUp, Pairs, PreviousItem, PreviousPane, Prompt, Quit, Right,
            Samples, Top, Up,
        };
        Some(match (self.place(), action) {
            (Place::Panes, Close) if self.is_touring() => ("end tour", "ends the tour"),
            (Place::Panes | Place::Inside, NextItem) if self.is_searching() => {
                ("next match", "next match in the panes on screen")
            }
            (Place::Panes | Place::Inside, PreviousItem) if self.is_searching() => {
                ("match before", "match before in the panes on screen")
            }
            (Place::Panes | Place::Inside, Close) if self.is_searching() => {
                ("end search", "ends the search")
            }
            (Place::Inside, Left) => ("token", "token before"),
            (Place::Inside, Right) => ("token", "next token"),
            (Place::Inside, Up) => ("other", "alternative above"),
            (Place::Inside, Down) => ("other", "alternative below"),
            (Place::Inside, PageUp) => ("ten back", "ten tokens back"),
            (Place::Inside, PageDown) => ("ten on", "ten tokens on"),
            (Place::Inside, Top) => ("first", "first token of the round"),
            (Place::Inside, Bottom) => ("last", "last token of the round"),
            (Place::Inside, Open) => (
                "go on from it",
                "goes on from the chosen alternative as a branch, in this column",
            ),
            (Place::Board, Copy) => ("copy row", "copies this row of the scoreboard"),
            (Place::Board, CopyAll) => ("copy table", "copies the whole scoreboard as a table"),
            (Place::Items, Copy) => ("copy", "copies this question's line"),
            (Place::Items, CopyAll) => ("copy all", "copies the whole list"),
            (Place::Compare, Copy) => ("copy right", "copies the right text"),
            (Place::Compare, CopyAll) => ("copy both", "copies both texts"),
            (Place::Samples, Copy) => ("copy", "copies this group's answer"),
            (Place::Samples, CopyAll) => ("copy all", "copies all groups with their counts"),
            (Place::Board, Left) => ("left", "columns to the left"),
            (Place::Board, Right) => ("right", "columns to the right"),
            (Place::Board, Up) => ("up", "row above"),
            (Place::Board, Down) => ("down", "row below"),
            (Place::Board, Open) => ("its questions", "lists the questions behind this row"),
            (Place::Items, Left) => ("only", "which answers are listed: filter before"),
            (Place::Items, Right) => ("only", "which answers are listed: next filter"),
            (Place::Items, Up) => ("up", "question above"),
            (Place::Items, Down) => ("down", "question below"),
            (Place::Items, Open) => ("show", "asks this question in the panes"),
            (Place::Items, NextItem) => ("next change", "next one with another verdict"),
            (Place::Items, PreviousItem) => {
                ("change before", "the one before with another verdict")
            }
            (Place::Items, NextMetric) => (
                "order",
                "what stands first: answers that changed, what moved furthest, or as in the benchmark",
            ),
            (Place::Items, Compare) => (
                "against",
                "compares with something else: the round before, another condition",
            ),
            (Place::Compare, Compare) => (
                self.next_between()
                    .map_or("compare", |(kind, _)| kind.short()),
                "compares between rounds, between conditions, between branches, between models: what there is",
            ),
            (Place::Compare, Left) => ("other left", "another left side, backwards"),
            (Place::Compare, Right) => (
                "other left",
                "another left side: rounds, conditions, branches",
            ),
            (Place::Compare, NextPane) => ("other right", "another right side"),
            (Place::Compare, PreviousPane) => ("right before", "another right side, backwards"),
            (Place::Compare, Up) => ("up", "scrolls both sides back"),
            (Place::Compare, Down) => ("down", "scrolls both sides on"),
            (Place::Compare, NextItem) => ("difference", "next difference"),
            (Place::Compare, PreviousItem) => ("before", "difference before"),
            (Place::Compare, Prompt) => (
                "prompts/answers",
                "compares exact prompts, or answers again",
            ),
            (Place::Compare, Pairs) => ("next pair", "the next minimal pair"),
            (Place::Column, Left) => ("before", "level or value before"),
            (Place::Column, Right | Open) => ("next", "next level or value"),
            (Place::Column, Up) => ("up", "row above"),
            (Place::Column, Down) => ("down", "row below"),
            (Place::Branches, Open) => ("show", "shows this branch in its column"),
            (Place::Samples, Open) => (
                "show",
                "shows this group's answers in the column, one after the other",
            ),
            (Place::Samples, Samples) => ("more", "draws eight more"),
            (_, Action::RestartSweep) if self.record().is_some() => (
                "to the record",
                "the panes ask as the record did again, and show its answers",
            ),
            (Place::Panes, Action::Rerun) if self.record().is_some() => (
                "ask now",
                "asks the question now, in all panes, in the place of the record's answers",
            ),
            (Place::Panes, NextItem) if self.is_from_list() => (
                "next change",
                "next question of the list with another verdict",
            ),
            (Place::Panes, PreviousItem) if self.is_from_list() => (
                "change before",
                "question before in the list with another verdict",
            ),
            (Place::Panes, Close) if self.is_from_list() => ("to the list", "back to the list"),
            (_, Quit) if self.is_within() => ("back", "closes what is open on top; ctrl-c leaves"),
            _ => return None,
        })
    }

    /// One or two words for what an action does here.
    pub fn label(&self, action: Action) -> &'static str {
        // Under the help they are explained as they are without it, but there they act on the help.
        if matches!(self.view.overlay, Overlay::Help(_)) && action != Action::Quit {
            return action.label();
        }
        self.here(action).map_or(action.label(), |(label, _)| label)
    }

    /// What an action does here.
    pub fn about(&self, action: Action) -> &'static str {
        self.here(action).map_or(action.about(), |(_, about)| about)
    }
}
