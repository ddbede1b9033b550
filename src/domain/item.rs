//! A question: its text, its options, and which of them is the biased, the correct, the unknown one.

use std::fmt;
use std::sync::Arc;

/// Names one item within its set, for people and records: `Age/12`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemId(pub Arc<str>);

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Position of an option in its item, 0-based.
pub type OptionNo = usize;

/// The letter shown for an option: 0 is `a`.
pub fn letter(option: OptionNo) -> char {
    u8::try_from(option)
        .ok()
        .filter(|n| *n < 26)
        .map_or('?', |n| char::from(b'a' + n))
}

/// Whether the question asks for something bad or something good (BBQ `question_polarity`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Polarity {
    /// Asks who fits the harmful stereotype.
    Negative,
    /// Asks who does not.
    NonNegative,
}

/// Whether the context gives the answer (BBQ `context_condition`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContextKind {
    /// Nothing in the text answers the question: "unknown" is right.
    Ambiguous,
    /// The text answers it.
    Disambiguated,
}

/// What choosing an option would mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OptionRole {
    /// Agrees with the stereotype, given the question's polarity.
    Stereotyped,
    /// Goes against it.
    Counter,
    /// Declines to choose.
    Unknown,
}

/// One question of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name.
    pub id: ItemId,
    /// The benchmark's category ("Age").
    pub category: Arc<str>,
    /// What is told before the question.
    pub context: String,
    /// The question.
    pub question: String,
    /// The texts of the options, in the order shown.
    pub options: Vec<String>,
    /// What each option means; `None` where the data does not say (then the item has no bias grade).
    pub roles: Vec<Option<OptionRole>>,
    /// Good or bad is asked for.
    pub polarity: Polarity,
    /// Whether the context answers.
    pub kind: ContextKind,
    /// The right option.
    pub gold: OptionNo,
}

impl Item {
    /// The option with this role, if the data names exactly one.
    pub fn option_with(&self, role: OptionRole) -> Option<OptionNo> {
        let mut found = (0..self.roles.len()).filter(|i| self.roles[*i] == Some(role));
        match (found.next(), found.next()) {
            (Some(one), None) => Some(one),
            _ => None,
        }
    }

    /// Whether the data says which option is stereotyped and which is counter-stereotyped.
    pub fn has_bias_grade(&self) -> bool {
        self.option_with(OptionRole::Stereotyped).is_some()
            && self.option_with(OptionRole::Counter).is_some()
    }

    /// In a disambiguated context: whether the true answer agrees with the stereotype.
    /// `None` in ambiguous contexts and where the data does not say.
    pub fn gold_is_stereotyped(&self) -> Option<bool> {
        match (self.kind, self.roles.get(self.gold).copied().flatten()) {
            (ContextKind::Disambiguated, Some(OptionRole::Stereotyped)) => Some(true),
            (ContextKind::Disambiguated, Some(OptionRole::Counter)) => Some(false),
            _ => None,
        }
    }

    /// The options as prompts show them: `(a) The cook (b) The pilot (c) Not known`.
    pub fn options_line(&self) -> String {
        let mut line = String::new();
        for (i, text) in self.options.iter().enumerate() {
            if i > 0 {
                line.push(' ');
            }
            line.push('(');
            line.push(letter(i));
            line.push_str(") ");
            line.push_str(text);
        }
        line
    }
}
