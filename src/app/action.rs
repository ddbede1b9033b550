//! Everything a key can do. The help screen, the footer, the palette and the key file are made
//! from this table.

mod table;

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)] // the table below says what each one does
pub enum Action {
    Left,
    Right,
    Up,
    Down,
    NextPane,
    PreviousPane,
    Open,
    Zoom,
    NextLayout,
    Axis,
    OpenModel,
    UnloadModel,
    Board,
    NextMetric,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Turns,
    NextWord,
    PreviousWord,
    Heat,
    Words,
    Undo,
    Redo,
    Branches,
    Compare,
    Prompt,
    Samples,
    Pairs,
    Search,
    Copy,
    CopyAll,
    NextItem,
    PreviousItem,
    RandomItem,
    JumpToItem,
    ShowItem,
    Category,
    Rerun,
    NewSeed,
    LockSeeds,
    Hotter,
    Cooler,
    PauseSweep,
    RestartSweep,
    Palette,
    Help,
    Tour,
    NextTheme,
    Mouse,
    Repaint,
    Close,
    Suspend,
    Quit,
    Column,
    Clause1,
    Clause2,
    Clause3,
    Clause4,
    Clause5,
    Clause6,
    Clause7,
    Clause8,
    Clause9,
    LevelBefore,
    Instruct,
    Negate,
    FewerRounds,
    MoreRounds,
    Edit,
    EditOutside,
    OwnQuestion,
    Label,
    Note,
}

/// The actions that step a clause, by the clauses' digits.
pub const CLAUSES: [Action; 9] = [
    Action::Clause1,
    Action::Clause2,
    Action::Clause3,
    Action::Clause4,
    Action::Clause5,
    Action::Clause6,
    Action::Clause7,
    Action::Clause8,
    Action::Clause9,
];

/// Where an action stands in the help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Between and within panes.
    Panes,
    /// Token by token.
    Inside,
    /// Which question.
    Items,
    /// What is asked of the model.
    Model,
    /// What one column asks.
    Column,
    /// The background benchmark.
    Scoreboard,
    /// The program itself.
    Program,
}

impl Group {
    /// All groups, in help order.
    pub const ALL: [Group; 7] = [
        Group::Panes,
        Group::Inside,
        Group::Items,
        Group::Model,
        Group::Column,
        Group::Scoreboard,
        Group::Program,
    ];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Group::Panes => "Panes",
            Group::Inside => "Inside an answer",
            Group::Items => "Questions",
            Group::Model => "Model",
            Group::Column => "This column's prompt",
            Group::Scoreboard => "Scoreboard",
            Group::Program => "Program",
        }
    }
}

impl Action {
    /// All actions, in help order.
    pub const ALL: [Action; 75] = {
        use Action::*;
        [
            Left,
            Right,
            Up,
            Down,
            NextPane,
            PreviousPane,
            Open,
            Zoom,
            NextLayout,
            Axis,
            PageUp,
            PageDown,
            Top,
            Bottom,
            Turns,
            NextWord,
            PreviousWord,
            Heat,
            Words,
            Undo,
            Redo,
            Branches,
            Compare,
            Prompt,
            Samples,
            Pairs,
            Search,
            Copy,
            CopyAll,
            NextItem,
            PreviousItem,
            RandomItem,
            JumpToItem,
            ShowItem,
            OwnQuestion,
            Label,
            Note,
            Category,
            Rerun,
            NewSeed,
            LockSeeds,
            Hotter,
            Cooler,
            OpenModel,
            UnloadModel,
            Column,
            Clause1,
            Clause2,
            Clause3,
            Clause4,
            Clause5,
            Clause6,
            Clause7,
            Clause8,
            Clause9,
            LevelBefore,
            Instruct,
            Negate,
            FewerRounds,
            MoreRounds,
            Edit,
            EditOutside,
            Board,
            NextMetric,
            PauseSweep,
            RestartSweep,
            Palette,
            Help,
            Tour,
            NextTheme,
            Mouse,
            Repaint,
            Close,
            Suspend,
            Quit,
        ]
    };

    /// Its name in the key file and the palette.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Where it stands in the help.
    pub fn group(self) -> Group {
        self.row().1
    }

    /// One or two words for the footer.
    pub fn label(self) -> &'static str {
        self.row().2
    }

    /// What it does.
    pub fn about(self) -> &'static str {
        self.row().3
    }

    /// The digit of the clause that it steps, 1 to 9.
    pub fn digit(self) -> Option<u8> {
        (1..).zip(CLAUSES).find(|(_, a)| *a == self).map(|(d, _)| d)
    }

    /// Whether it switches or steps a clause.
    pub fn is_clause(self) -> bool {
        self.digit().is_some() || matches!(self, Action::Instruct | Action::Negate)
    }

    /// The action with this name.
    pub fn named(name: &str) -> Option<Action> {
        Action::ALL.into_iter().find(|a| a.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_all_are_listed() {
        let mut names: Vec<_> = Action::ALL.iter().map(|a| a.name()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), Action::ALL.len());
        for group in Group::ALL {
            assert!(Action::ALL.iter().any(|a| a.group() == group));
        }
    }
}
