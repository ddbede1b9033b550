//! What the layout depends on: the panes there are, how they stand, what fills the screen.

use crate::domain::{ConditionNo, ModelNo, RoundNo};
use crate::run::PlayNo;

/// Which pane. Within this module only its place counts: `condition` is then the column, whatever
/// columns are (see [`crate::app::axis`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PaneNo {
    /// Whose answers.
    pub model: ModelNo,
    /// Its condition.
    pub condition: ConditionNo,
    /// Which play, where it need not be the one that stands in the condition's column.
    pub play: Option<PlayNo>,
    /// Its round.
    pub round: RoundNo,
}

impl PaneNo {
    /// The pane of a condition and round of the first model.
    pub fn new(condition: u16, round: u16) -> PaneNo {
        PaneNo {
            model: ModelNo::default(),
            condition: ConditionNo(condition),
            play: None,
            round: RoundNo(round),
        }
    }
}

/// How panes stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// Columns are conditions (or models, or branches), rows are rounds.
    Grid,
    /// One column's rounds side by side.
    Rounds,
    /// One round's columns side by side.
    Conditions,
}

impl Arrangement {
    /// The next one.
    pub fn next(self) -> Arrangement {
        match self {
            Arrangement::Grid => Arrangement::Rounds,
            Arrangement::Rounds => Arrangement::Conditions,
            Arrangement::Conditions => Arrangement::Grid,
        }
    }

    /// What it shows, in words.
    pub fn name(self) -> &'static str {
        match self {
            Arrangement::Grid => "conditions across, rounds down",
            Arrangement::Rounds => "one condition's rounds side by side",
            Arrangement::Conditions => "one round's conditions side by side",
        }
    }

    /// (column, row) of a pane.
    pub fn place(self, pane: PaneNo) -> (u16, u16) {
        match self {
            Arrangement::Grid | Arrangement::Conditions => (pane.condition.0, pane.round.0),
            Arrangement::Rounds => (pane.round.0, pane.condition.0),
        }
    }

    /// The pane at (column, row).
    pub fn pane(self, (x, y): (u16, u16)) -> PaneNo {
        match self {
            Arrangement::Grid | Arrangement::Conditions => PaneNo::new(x, y),
            Arrangement::Rounds => PaneNo::new(y, x),
        }
    }

    pub(super) fn rows_at_once(self) -> u16 {
        match self {
            Arrangement::Grid => u16::MAX,
            Arrangement::Rounds | Arrangement::Conditions => 1,
        }
    }
}

/// What fills the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// Panes, question, small scoreboard.
    Panes,
    /// One pane and the question.
    Zoom,
    /// The whole scoreboard.
    Board,
    /// Two answers or prompts beside each other.
    Compare,
    /// The questions behind a number.
    Items,
}

impl Screen {
    /// Whether panes are on it.
    pub fn has_panes(self) -> bool {
        match self {
            Screen::Panes | Screen::Zoom => true,
            Screen::Board | Screen::Compare | Screen::Items => false,
        }
    }
}

/// How much of the scoreboard there is room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoardForm {
    /// One metric: a row per condition, a column per round.
    Matrix,
    /// A row per condition and round, a column per metric.
    Table,
}

/// What the layout depends on, besides the size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How many columns, or rows where rounds are the columns.
    pub columns: u16,
    /// How many names stand on the scoreboard.
    pub names: u16,
    /// How many rounds.
    pub rounds: u16,
    /// The place of the pane that keys act on.
    pub cursor: PaneNo,
    /// First column and row shown, if the cursor allows.
    pub first: (u16, u16),
    /// How panes stand.
    pub arrangement: Arrangement,
    /// What fills the screen.
    pub screen: Screen,
    /// Whether the model has a label that needs a line.
    pub warned: bool,
    /// Whether an answer is looked into: then what is found there takes the scoreboard's place.
    pub inspecting: bool,
    /// Whether the columns' clauses are shown even where that costs a row of the answers.
    pub strips: bool,
}
