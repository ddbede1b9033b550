//! What a prompt can take from an item and from what was said: the names in braces.

/// What can stand in braces in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// What is told before the question.
    Context,
    /// The question.
    Question,
    /// All options: `(a) … (b) … (c) …`.
    Options,
    /// The benchmark's category, underscores as spaces.
    Category,
    /// The options that name somebody: `the cook or the pilot`.
    People,
    /// What stands before a sentence's blank.
    BeforeBlank,
    /// The occupation that a sentence names.
    Occupation,
    /// The question that a context comes with, where another one is asked about it.
    Discussed,
    /// The options of that question.
    Choices,
    /// Women in an occupation, in percent.
    PercentFemale,
    /// Men in an occupation, in percent.
    PercentMale,
    /// What a student is posed as.
    Race,
    /// A student's sex.
    Sex,
    /// A student's LSAT score.
    Lsat,
    /// A student's grade point average.
    Gpa,
    /// The model's last answer, without the words put in its mouth.
    Answer,
    /// The last reasoning.
    Reasoning,
    /// The last feedback.
    Feedback,
}

impl Slot {
    /// All slots.
    pub const ALL: [Slot; 18] = [
        Slot::Context,
        Slot::Question,
        Slot::Options,
        Slot::Category,
        Slot::People,
        Slot::BeforeBlank,
        Slot::Occupation,
        Slot::Discussed,
        Slot::Choices,
        Slot::PercentFemale,
        Slot::PercentMale,
        Slot::Race,
        Slot::Sex,
        Slot::Lsat,
        Slot::Gpa,
        Slot::Answer,
        Slot::Reasoning,
        Slot::Feedback,
    ];

    /// Its name as written in a prompt file.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Context => "context",
            Slot::Question => "question",
            Slot::Options => "options",
            Slot::Category => "category",
            Slot::People => "people",
            Slot::BeforeBlank => "before_blank",
            Slot::Occupation => "occupation",
            Slot::Discussed => "discussed",
            Slot::Choices => "choices",
            Slot::PercentFemale => "percent_female",
            Slot::PercentMale => "percent_male",
            Slot::Race => "race",
            Slot::Sex => "sex",
            Slot::Lsat => "lsat",
            Slot::Gpa => "gpa",
            Slot::Answer => "answer",
            Slot::Reasoning => "reasoning",
            Slot::Feedback => "feedback",
        }
    }

    /// Whether it is something that not every item has (see [`super::Item::fact`]).
    pub fn is_fact(self) -> bool {
        match self {
            Slot::BeforeBlank
            | Slot::Occupation
            | Slot::Discussed
            | Slot::Choices
            | Slot::PercentFemale
            | Slot::PercentMale
            | Slot::Race
            | Slot::Sex
            | Slot::Lsat
            | Slot::Gpa => true,
            Slot::Context
            | Slot::Question
            | Slot::Options
            | Slot::Category
            | Slot::People
            | Slot::Answer
            | Slot::Reasoning
            | Slot::Feedback => false,
        }
    }

    pub(super) fn named(name: &str) -> Option<Slot> {
        Slot::ALL.into_iter().find(|s| s.name() == name)
    }
}
