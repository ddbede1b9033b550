//! A question: its text, its options, and which of them is the biased, the correct, the unknown one.

use std::fmt;
use std::sync::Arc;

use super::condition::Kind;

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

/// The grammatical case of a blank, and with it the forms of the pronouns that can fill it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PronounCase {
    /// he, she, they.
    Nominative,
    /// him, her, them.
    Accusative,
    /// his, her, their.
    Possessive,
}

impl PronounCase {
    /// The male, female and neutral form, in this order.
    pub fn forms(self) -> [&'static str; 3] {
        match self {
            PronounCase::Nominative => ["he", "she", "they"],
            PronounCase::Accusative => ["him", "her", "them"],
            PronounCase::Possessive => ["his", "her", "their"],
        }
    }
}

/// Whom a pronoun stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Referent {
    /// The person named by their occupation.
    Occupation,
    /// The other person in the sentence.
    Participant,
}

/// The blank of a Winogender sentence. Options 0, 1 and 2 are the male, female and neutral form.
#[derive(Clone, Debug, PartialEq)]
pub struct Blank {
    /// Which forms fit.
    pub case: PronounCase,
    /// The occupation that the sentence names.
    pub occupation: Arc<str>,
    /// Whom the pronoun stands for.
    pub refers_to: Referent,
    /// Women among people of this occupation in the United States, in percent (Bureau of Labor
    /// Statistics 2015/16); `None` where the data does not say.
    pub bls_percent_female: Option<f64>,
    /// The same as text corpora have it (Bergsma & Lin 2006).
    pub bergsma_percent_female: Option<f64>,
}

impl Blank {
    /// Position of the female form among the options.
    pub const FEMALE: OptionNo = 1;
    /// Position of the neutral form.
    pub const NEUTRAL: OptionNo = 2;
}

/// A student who applies, as an admission question poses them. Option 0 is yes, option 1 no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Student {
    /// Names the student: the same in the two items that pose them as Black and as white.
    pub no: Arc<str>,
    /// Posed as.
    pub race: Race,
    /// `male` or `female`.
    pub sex: Arc<str>,
    /// The raw score of the Law School Admission Test, as written.
    pub lsat: Arc<str>,
    /// The undergraduate grade point average, as written.
    pub gpa: Arc<str>,
}

impl Student {
    /// Position of `yes` among the options.
    pub const YES: OptionNo = 0;
}

/// What a student is posed as (Ganguli et al. 2023: only these two).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Race {
    /// "a Black …"
    Black,
    /// "a white …"
    White,
}

impl Race {
    /// As the prompt says it.
    pub fn name(self) -> &'static str {
        match self {
            Race::Black => "Black",
            Race::White => "white",
        }
    }
}

/// The question that a self-distinguish item's context comes with, for prompts that talk about it before they
/// ask which group is stereotyped.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discussed {
    /// The question.
    pub question: String,
    /// Its options, in the order shown.
    pub options: Vec<String>,
}

/// How answers to an item are graded, and what that needs to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// BBQ: options that agree with a stereotype, go against it, or decline.
    Bias {
        /// Whether the context answers.
        kind: ContextKind,
        /// Good or bad is asked for.
        polarity: Polarity,
    },
    /// Winogender: which pronoun fills the blank.
    Pronoun(Blank),
    /// Law-school admission: yes or no, compared between the two items of one student.
    Admission(Student),
    /// Free text that is scored (for toxicity); there are no options.
    Continuation,
    /// Which of two groups is the one that is stereotyped: knowing is right.
    Distinguish(Discussed),
    /// Right or wrong, nothing more.
    Choice,
}

impl Rule {
    /// The benchmark.
    pub fn kind(&self) -> Kind {
        match self {
            Rule::Bias { .. } => Kind::Bbq,
            Rule::Pronoun(_) => Kind::Winogender,
            Rule::Admission(_) => Kind::Law,
            Rule::Continuation => Kind::Continuation,
            Rule::Distinguish(_) => Kind::Distinguish,
            Rule::Choice => Kind::Choice,
        }
    }

    /// The benchmark's name in records.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }

    /// Whether prompts name the options by letter. Where they do not, a letter is no answer.
    pub fn has_letters(&self) -> bool {
        match self {
            Rule::Bias { .. } | Rule::Distinguish(_) | Rule::Choice => true,
            Rule::Pronoun(_) | Rule::Admission(_) | Rule::Continuation => false,
        }
    }
}

/// Options as prompts show them.
fn lettered(options: &[String]) -> String {
    let one = |(no, text): (usize, &String)| format!("({}) {text}", letter(no));
    let all: Vec<String> = options.iter().enumerate().map(one).collect();
    all.join(" ")
}

/// One question of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its name.
    pub id: ItemId,
    /// The benchmark's category ("Age").
    pub category: Arc<str>,
    /// What is told before the question; Winogender: the sentence, its blank written `_`;
    /// continuation: the text to go on from.
    pub context: String,
    /// The question; may be empty.
    pub question: String,
    /// The texts of the options, in the order shown; none for free text.
    pub options: Vec<String>,
    /// What each option means; `None` where the data does not say (then the item has no bias grade).
    pub roles: Vec<Option<OptionRole>>,
    /// The right option, where one is right.
    pub gold: Option<OptionNo>,
    /// How answers are graded.
    pub rule: Rule,
}

impl Item {
    /// Whether the text settles the answer. Outside BBQ: a pronoun, an admission and a continuation
    /// are not settled by their text; a choice with a right answer is.
    pub fn kind(&self) -> ContextKind {
        match self.rule {
            Rule::Bias { kind, .. } => kind,
            Rule::Pronoun(_) | Rule::Admission(_) | Rule::Continuation => ContextKind::Ambiguous,
            Rule::Distinguish(_) | Rule::Choice => ContextKind::Disambiguated,
        }
    }

    /// Whether good or bad is asked for, where it is one of them.
    pub fn polarity(&self) -> Option<Polarity> {
        match self.rule {
            Rule::Bias { polarity, .. } => Some(polarity),
            Rule::Pronoun(_)
            | Rule::Admission(_)
            | Rule::Continuation
            | Rule::Distinguish(_)
            | Rule::Choice => None,
        }
    }

    /// What the item's benchmark measures one number from: sampling takes or leaves it whole. The
    /// student for admissions, the item itself otherwise.
    pub fn unit(&self) -> &str {
        match &self.rule {
            Rule::Admission(student) => &student.no,
            Rule::Bias { .. }
            | Rule::Pronoun(_)
            | Rule::Continuation
            | Rule::Distinguish(_)
            | Rule::Choice => &self.id.0,
        }
    }

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
        match (self.kind(), self.roles.get(self.gold?).copied().flatten()) {
            (ContextKind::Disambiguated, Some(OptionRole::Stereotyped)) => Some(true),
            (ContextKind::Disambiguated, Some(OptionRole::Counter)) => Some(false),
            _ => None,
        }
    }

    /// The options as prompts show them: `(a) The cook (b) The pilot (c) Not known`.
    pub fn options_line(&self) -> String {
        lettered(&self.options)
    }

    /// In how many orders the options can be shown by turning them; 1 where their order means
    /// something or nobody sees it.
    pub fn rotations(&self) -> u16 {
        match self.rule.has_letters() {
            true => u16::try_from(self.options.len()).unwrap_or(u16::MAX).max(1),
            false => 1,
        }
    }

    /// The same item, its options turned: what stood at place `turns` comes first.
    pub fn rotated(&self, turns: u16) -> Item {
        let mut item = self.clone();
        let count = self.options.len();
        if count == 0 {
            return item;
        }
        let turns = usize::from(turns) % count;
        item.options.rotate_left(turns);
        if item.roles.len() == count {
            item.roles.rotate_left(turns);
        }
        item.gold = self.gold.map(|gold| (gold + count - turns) % count);
        item
    }

    /// What prompts can say about the item beside its text: `occupation`, `percent_female`, … ;
    /// `None` where this item has no such thing.
    pub fn fact(&self, name: &str) -> Option<String> {
        let percent = |p: Option<f64>| p.map(|p| format!("{p:.0}"));
        match (&self.rule, name) {
            (Rule::Pronoun(_), "before_blank") => {
                let (before, _) = self.context.split_once('_')?;
                Some(before.trim_end().to_owned())
            }
            (Rule::Pronoun(blank), "occupation") => Some(blank.occupation.to_string()),
            (Rule::Pronoun(blank), "percent_female") => percent(blank.bls_percent_female),
            (Rule::Pronoun(blank), "percent_male") => {
                // From the rounded one, so that the two make a hundred.
                percent(blank.bls_percent_female.map(|p| 100.0 - p.round()))
            }
            (Rule::Distinguish(asked), "discussed") => Some(asked.question.clone()),
            (Rule::Distinguish(asked), "choices") => Some(lettered(&asked.options)),
            (Rule::Admission(student), "race") => Some(student.race.name().to_owned()),
            (Rule::Admission(student), "sex") => Some(student.sex.to_string()),
            (Rule::Admission(student), "lsat") => Some(student.lsat.to_string()),
            (Rule::Admission(student), "gpa") => Some(student.gpa.to_string()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_turn_with_their_roles_and_their_truth() {
        let item = Item {
            id: ItemId("t/0".into()),
            category: "t".into(),
            context: String::new(),
            question: String::new(),
            options: vec!["x".into(), "y".into(), "z".into()],
            roles: vec![
                Some(OptionRole::Stereotyped),
                Some(OptionRole::Counter),
                Some(OptionRole::Unknown),
            ],
            gold: Some(0),
            rule: Rule::Bias {
                kind: ContextKind::Disambiguated,
                polarity: Polarity::Negative,
            },
        };
        assert_eq!(item.rotations(), 3);
        for turns in 0..4 {
            let turned = item.rotated(turns);
            assert_eq!(turned.options[turned.gold.unwrap()], "x", "{turns}");
            assert_eq!(turned.gold_is_stereotyped(), Some(true), "{turns}");
            assert_eq!(
                turned.option_with(OptionRole::Unknown),
                turned.options.iter().position(|o| o == "z"),
                "{turns}"
            );
        }
        assert_eq!(item.rotated(1).options, ["y", "z", "x"]);
        assert_eq!(item.rotated(3), item);
    }
}
