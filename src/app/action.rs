//! Everything a key can do. The help screen, the footer, the palette and the key file are made
//! from this table.

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
    NextItem,
    PreviousItem,
    RandomItem,
    JumpToItem,
    ShowItem,
    Category,
    Rerun,
    NewSeed,
    Hotter,
    Cooler,
    PauseSweep,
    RestartSweep,
    Palette,
    Help,
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
    FewerRounds,
    MoreRounds,
    Edit,
    EditOutside,
    OwnQuestion,
    Label,
    Note,
}

/// The actions that step a clause, in the clauses' order.
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
    pub const ALL: [Action; 65] = {
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
            Hotter,
            Cooler,
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
            NextTheme,
            Mouse,
            Repaint,
            Close,
            Suspend,
            Quit,
        ]
    };

    fn row(self) -> (&'static str, Group, &'static str, &'static str) {
        use Group::{Column, Inside, Items, Model, Panes, Program, Scoreboard};
        match self {
            Action::Left => ("left", Panes, "left", "pane to the left"),
            Action::Right => ("right", Panes, "right", "pane to the right"),
            Action::Up => (
                "up",
                Panes,
                "up",
                "pane above; scrolls back when zoomed and in lists",
            ),
            Action::Down => (
                "down",
                Panes,
                "down",
                "pane below; scrolls on when zoomed and in lists",
            ),
            Action::NextPane => (
                "next-pane",
                Panes,
                "next pane",
                "next pane, in reading order",
            ),
            Action::PreviousPane => (
                "previous-pane",
                Panes,
                "previous pane",
                "pane before, in reading order",
            ),
            Action::Open => (
                "open",
                Panes,
                "look inside",
                "looks inside this pane's answer, token by token; in the scoreboard, lists the questions behind a row",
            ),
            Action::Zoom => ("zoom", Panes, "zoom", "this pane alone, and back"),
            Action::NextLayout => (
                "layout",
                Panes,
                "layout",
                "whole grid, one condition's rounds, one round's conditions",
            ),
            Action::PageUp => ("page-up", Panes, "back", "scrolls the text back by a page"),
            Action::PageDown => ("page-down", Panes, "on", "scrolls the text on by a page"),
            Action::Top => ("top", Panes, "top", "beginning of the text"),
            Action::Bottom => (
                "bottom",
                Panes,
                "end",
                "end of the text, and follows what is being said",
            ),
            Action::Turns => (
                "turns",
                Panes,
                "user turns",
                "user's turns in full or as one line",
            ),
            Action::NextWord => (
                "next-word",
                Inside,
                "next word",
                "first token of the next word",
            ),
            Action::PreviousWord => (
                "previous-word",
                Inside,
                "word before",
                "first token of this word, or of the one before",
            ),
            Action::Heat => (
                "heat",
                Inside,
                "heat",
                "marks tokens in all panes: by probability, by entropy, against the pane to the left, not at all",
            ),
            Action::Words => (
                "words",
                Inside,
                "own words",
                "goes on from the cursor with your own words, as a branch",
            ),
            Action::Undo => (
                "undo",
                Inside,
                "undo",
                "back to the answer that this branch left",
            ),
            Action::Redo => ("redo", Inside, "redo", "to the branch that was last undone"),
            Action::Branches => (
                "branches",
                Inside,
                "branches",
                "all branches of this condition, to show or to compare",
            ),
            Action::Compare => (
                "compare",
                Inside,
                "compare",
                "this pane beside another round, condition or branch, word by word",
            ),
            Action::Prompt => (
                "prompt",
                Inside,
                "prompt",
                "exactly what the model read, mark for mark and token for token",
            ),
            Action::Samples => (
                "samples",
                Inside,
                "draw again",
                "draws this pane's answer eight times more and counts identical ones",
            ),
            Action::Pairs => (
                "pairs",
                Inside,
                "pairs",
                "beside the same question with options in another order, the two people or he and she swapped",
            ),
            Action::NextItem => (
                "next-item",
                Items,
                "next",
                "next question (of the category, if one is chosen)",
            ),
            Action::PreviousItem => ("previous-item", Items, "previous", "question before"),
            Action::RandomItem => ("random-item", Items, "random", "some other question"),
            Action::JumpToItem => ("jump", Items, "jump", "question by number or name"),
            Action::ShowItem => (
                "example",
                Items,
                "example",
                "the whole question with what each option means",
            ),
            Action::Category => (
                "category",
                Items,
                "category",
                "one category only: questions and scoreboard",
            ),
            Action::Rerun => (
                "rerun",
                Model,
                "rerun",
                "asks the question again in all panes",
            ),
            Action::NewSeed => ("new-seed", Model, "seed", "next seed, and asks again"),
            Action::Hotter => (
                "hotter",
                Model,
                "hotter",
                "temperature up by 0.1 (at most 2.0), and asks again",
            ),
            Action::Cooler => (
                "cooler",
                Model,
                "cooler",
                "temperature down by 0.1 (at least 0.0), and asks again",
            ),
            Action::Column => (
                "column",
                Column,
                "clauses",
                "this column's clauses and how it draws: choose and step them",
            ),
            Action::Clause1 => (
                "clause-1",
                Column,
                "clause 1",
                "next level of the first clause; asks again from the first difference on",
            ),
            Action::Clause2 => (
                "clause-2",
                Column,
                "clause 2",
                "next level of the second clause; asks again from the first difference on",
            ),
            Action::Clause3 => (
                "clause-3",
                Column,
                "clause 3",
                "next level of the third clause; asks again from the first difference on",
            ),
            Action::Clause4 => (
                "clause-4",
                Column,
                "clause 4",
                "next level of the fourth clause; asks again from the first difference on",
            ),
            Action::Clause5 => (
                "clause-5",
                Column,
                "clause 5",
                "next level of the fifth clause; asks again from the first difference on",
            ),
            Action::Clause6 => (
                "clause-6",
                Column,
                "clause 6",
                "next level of the sixth clause; asks again from the first difference on",
            ),
            Action::Clause7 => (
                "clause-7",
                Column,
                "clause 7",
                "next level of the seventh clause; asks again from the first difference on",
            ),
            Action::Clause8 => (
                "clause-8",
                Column,
                "clause 8",
                "next level of the eighth clause; asks again from the first difference on",
            ),
            Action::Clause9 => (
                "clause-9",
                Column,
                "clause 9",
                "next level of the ninth clause; asks again from the first difference on",
            ),
            Action::LevelBefore => (
                "level-before",
                Column,
                "level before",
                "one level back in the clause that was stepped last",
            ),
            Action::FewerRounds => (
                "fewer-rounds",
                Column,
                "fewer rounds",
                "one round less in all columns; nothing is asked again",
            ),
            Action::MoreRounds => (
                "more-rounds",
                Column,
                "more rounds",
                "one round more in all columns; only that one is asked",
            ),
            Action::Edit => (
                "edit",
                Column,
                "edit prompt",
                "opens this column's prompt as text; ctrl-s asks again, ctrl-o saves it as a file",
            ),
            Action::EditOutside => (
                "edit-outside",
                Column,
                "$EDITOR",
                "this column's prompt in the editor that $VISUAL or $EDITOR names",
            ),
            Action::OwnQuestion => (
                "own-question",
                Items,
                "own question",
                "asks a question of your own, typed or pasted, in all columns",
            ),
            Action::Label => (
                "label",
                Items,
                "label",
                "says by hand what an answer chose that could not be read; once more undoes it",
            ),
            Action::Note => (
                "note",
                Items,
                "note",
                "a note on the question, kept with the run",
            ),
            Action::Board => ("board", Scoreboard, "board", "whole scoreboard, and back"),
            Action::NextMetric => (
                "metric",
                Scoreboard,
                "metric",
                "which number the small scoreboard shows",
            ),
            Action::PauseSweep => (
                "pause",
                Scoreboard,
                "pause",
                "pauses or resumes the background benchmark",
            ),
            Action::RestartSweep => (
                "restart-board",
                Scoreboard,
                "restart board",
                "empties the scoreboard and begins again with the panes' settings",
            ),
            Action::Palette => (
                "palette",
                Program,
                "palette",
                "finds any action, question, category or theme",
            ),
            Action::Help => ("help", Program, "help", "this help"),
            Action::NextTheme => ("theme", Program, "theme", "next theme"),
            Action::Mouse => (
                "mouse",
                Program,
                "mouse",
                "mouse on or off (off, the terminal can select text)",
            ),
            Action::Repaint => ("repaint", Program, "repaint", "draws the screen anew"),
            Action::Close => ("close", Program, "close", "closes what is open on top"),
            Action::Suspend => (
                "suspend",
                Program,
                "suspend",
                "back to the shell; fg returns",
            ),
            Action::Quit => ("quit", Program, "quit", "leaves"),
        }
    }

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

    /// Which clause it steps, counted from 0.
    pub fn clause(self) -> Option<usize> {
        CLAUSES.iter().position(|a| *a == self)
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
