//! What a piece of the picture means. Themes give looks to roles; nothing else knows a colour.

use super::transcript::Safe;

/// Text by meaning, left to right.
pub type Line = Vec<(Role, Safe)>;

/// What something on screen means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Ordinary text and the ground it stands on.
    Text,
    /// Labels and what is less important.
    Muted,
    /// Headings.
    Heading,
    /// Lines between parts.
    Border,
    /// The line beside the pane that keys act on.
    BorderFocused,
    /// A pane's name.
    Title,
    /// The name of the pane that keys act on.
    TitleFocused,
    /// The top line.
    Header,
    /// A label that must be read beside every number.
    Warning,
    /// The bottom line.
    Footer,
    /// A key's name.
    Key,
    /// What the user said to the model.
    User,
    /// Words put in the model's mouth.
    Prefill,
    /// What the model said.
    Generated,
    /// Something went wrong.
    Failure,
    /// Its turn has not come.
    Waiting,
    /// The model reads.
    Reading,
    /// The model speaks.
    Streaming,
    /// Agrees with the stereotype.
    Stereotyped,
    /// Goes against it.
    Counter,
    /// Declines to choose.
    Abstains,
    /// No bias grade.
    Ungraded,
    /// Could not be read.
    Unparsed,
    /// The right answer.
    Right,
    /// A wrong answer.
    Wrong,
    /// A number.
    Number,
    /// A number's interval.
    Interval,
    /// A number that the data do not define.
    Undefined,
    /// The chosen row of a list.
    Selected,
    /// Where a prompt line types.
    Cursor,
    /// Something the user should notice.
    Notice,
    /// A token that is a little out of the ordinary (the heat's first mark).
    HeatLow,
    /// Clearly so.
    HeatMedium,
    /// Very much so.
    HeatHigh,
    /// The token that keys act on.
    TokenCursor,
    /// Words of the left text that the right one does not have.
    OnlyLeft,
    /// Words of the right text that the left one does not have.
    OnlyRight,
    /// What was looked for.
    Match,
    /// The same, where the search is now.
    MatchHere,
    /// The token after which the model would have answered otherwise than before it.
    Turn,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 40] = {
        use Role::*;
        [
            Text,
            Muted,
            Heading,
            Border,
            BorderFocused,
            Title,
            TitleFocused,
            Header,
            Warning,
            Footer,
            Key,
            User,
            Prefill,
            Generated,
            Failure,
            Waiting,
            Reading,
            Streaming,
            Stereotyped,
            Counter,
            Abstains,
            Ungraded,
            Unparsed,
            Right,
            Wrong,
            Number,
            Interval,
            Undefined,
            Selected,
            Cursor,
            Notice,
            HeatLow,
            HeatMedium,
            HeatHigh,
            TokenCursor,
            OnlyLeft,
            OnlyRight,
            Match,
            MatchHere,
            Turn,
        ]
    };

    /// Its name in a theme file.
    pub fn name(self) -> &'static str {
        match self {
            Role::Text => "text",
            Role::Muted => "muted",
            Role::Heading => "heading",
            Role::Border => "border",
            Role::BorderFocused => "border-focused",
            Role::Title => "title",
            Role::TitleFocused => "title-focused",
            Role::Header => "header",
            Role::Warning => "warning",
            Role::Footer => "footer",
            Role::Key => "key",
            Role::User => "user",
            Role::Prefill => "prefill",
            Role::Generated => "generated",
            Role::Failure => "failure",
            Role::Waiting => "waiting",
            Role::Reading => "reading",
            Role::Streaming => "streaming",
            Role::Stereotyped => "stereotyped",
            Role::Counter => "counter",
            Role::Abstains => "abstains",
            Role::Ungraded => "ungraded",
            Role::Unparsed => "unparsed",
            Role::Right => "right",
            Role::Wrong => "wrong",
            Role::Number => "number",
            Role::Interval => "interval",
            Role::Undefined => "undefined",
            Role::Selected => "selected",
            Role::Cursor => "cursor",
            Role::Notice => "notice",
            Role::HeatLow => "heat-low",
            Role::HeatMedium => "heat-medium",
            Role::HeatHigh => "heat-high",
            Role::TokenCursor => "token-cursor",
            Role::OnlyLeft => "only-left",
            Role::OnlyRight => "only-right",
            Role::Match => "match",
            Role::MatchHere => "match-here",
            Role::Turn => "turn",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|r| r.name() == name)
    }
}
