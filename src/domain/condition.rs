//! A prompt recipe: what is asked first, what is asked in every review round, and how.

use std::sync::Arc;

use super::family::MadeOf;
use super::item::{Item, letter};
use super::job::Role;
use super::slot::Slot;
use super::template::Template;

/// Who answers in a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Voice {
    /// The model that the experiment is about, in its dialogue.
    #[default]
    Model,
    /// Whoever criticises its answers, in a dialogue of its own that the model does not see.
    Critic,
}

impl Voice {
    /// Both of them.
    pub const ALL: [Voice; 2] = [Voice::Model, Voice::Critic];

    /// The word used on screens and in records.
    pub fn name(self) -> &'static str {
        match self {
            Voice::Model => "model",
            Voice::Critic => "critic",
        }
    }
}

/// What a step's answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Part of the setting ("I am …"); read, shown, not graded.
    Setting,
    /// Thinking aloud; read, shown, not graded.
    Reasoning,
    /// What is to be said about the last answer; read, shown, not graded.
    Feedback,
    /// The answer of the round; parsed and graded.
    Answer,
}

/// What an answer looks like: which continuations of the prompt stand for an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerStyle {
    /// The letter: ` (a)`.
    Letter,
    /// The option's words: ` The cook`.
    Text,
    /// Either one; their probabilities add up.
    Both,
}

impl AnswerStyle {
    /// For each option of `item`, the continuations after the prefill that mean it.
    pub fn forms(self, item: &Item) -> Vec<Vec<String>> {
        let one = |(i, text): (usize, &String)| {
            let by_letter = format!(" ({})", letter(i));
            let by_text = format!(" {}", text.trim().trim_end_matches('.'));
            match self {
                AnswerStyle::Letter => vec![by_letter],
                AnswerStyle::Text => vec![by_text],
                AnswerStyle::Both => vec![by_text, by_letter],
            }
        };
        item.options.iter().enumerate().map(one).collect()
    }
}

/// Where a condition's words come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Whether the words are the paper's own.
    pub quoted: Quoted,
    /// Paper, table, file; or why we wrote it.
    pub place: String,
}

/// How faithful a prompt is to its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoted {
    /// Word for word from `Source::place`.
    Verbatim,
    /// Rebuilt from descriptions; the paper's wording was not available.
    Reconstruction,
    /// Our own.
    Ours,
}

/// The kinds of benchmarks: what items are, and what conditions can be made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Questions with a stereotyped, a counter-stereotyped and a declining option.
    Bbq,
    /// A pronoun for a blank.
    Winogender,
    /// Law-school admissions.
    Law,
    /// Text to go on from.
    Continuation,
    /// Which of two groups is stereotyped.
    Distinguish,
    /// Any other question with options.
    Choice,
}

impl Kind {
    /// The kind with this name.
    pub fn of(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|k| k.name() == name)
    }

    /// All of them.
    pub const ALL: [Kind; 6] = [
        Kind::Bbq,
        Kind::Winogender,
        Kind::Law,
        Kind::Continuation,
        Kind::Distinguish,
        Kind::Choice,
    ];

    /// Its name in prompt files and records.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Bbq => "bbq",
            Kind::Winogender => "winogender",
            Kind::Law => "law",
            Kind::Continuation => "continuation",
            Kind::Distinguish => "distinguish",
            Kind::Choice => "choice",
        }
    }

    /// The names of the measures that only items of this kind have, in the order in which tables show them.
    pub fn measures(self) -> &'static [&'static str] {
        match self {
            Kind::Winogender => &[
                "pearson_female",
                "pearson_female_texts",
                "match_error",
                "p_female",
                "p_neutral",
            ],
            Kind::Law => &["admission_gap", "admitted_black", "admitted_white"],
            Kind::Continuation => &["toxicity", "toxicity_expected_max", "toxicity_probability"],
            Kind::Bbq | Kind::Distinguish | Kind::Choice => &[],
        }
    }
}

/// One exchange: something is said, and somebody goes on from the prefill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Who answers.
    pub voice: Voice,
    /// Standing instructions of a critic's own dialogue.
    pub instructions: Option<Template>,
    /// Who speaks to them, as chat templates know it; usually the user.
    pub role: Role,
    /// What is said to them.
    pub says: Template,
    /// The words the answer begins with; may be empty.
    pub prefill: Template,
    /// The whole answer, where the prompt file gives it and nothing is generated.
    pub reply: Option<Template>,
    /// At most this many tokens are generated.
    pub max_tokens: u32,
    /// The text ends before any of these; for models that do not end their turns themselves.
    pub stop: Vec<String>,
    /// What the answer is.
    pub gives: Gives,
}

impl Step {
    /// Its texts.
    pub fn texts(&self) -> impl Iterator<Item = &Template> {
        let always = [&self.says, &self.prefill];
        let sometimes = self.instructions.iter().chain(&self.reply);
        always.into_iter().chain(sometimes)
    }
}

/// A prompt condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Short name, as in `--conditions` and column titles (`if-cot`).
    pub name: Arc<str>,
    /// One line for people.
    pub title: String,
    /// Where the words come from.
    pub source: Source,
    /// The benchmarks that its turns are made for.
    pub fits: Vec<Kind>,
    /// Names under which several conditions can be asked for at once.
    pub groups: Vec<String>,
    /// Standing instructions; `None` sends none.
    pub system: Option<Template>,
    /// How answers look.
    pub style: AnswerStyle,
    /// The steps of round 0. The last one gives the answer.
    pub first: Vec<Step>,
    /// The steps of every later round. The last one gives the answer.
    pub review: Vec<Step>,
    /// How it came out of its family; `None` where it stands alone.
    pub made_of: Option<MadeOf>,
}

impl Condition {
    /// The steps of a round.
    pub fn steps(&self, round: super::RoundNo) -> &[Step] {
        if round.0 == 0 {
            &self.first
        } else {
            &self.review
        }
    }

    /// Whether it asks what another one asks, word for word.
    pub fn says_as(&self, other: &Condition) -> bool {
        (&self.system, &self.first, &self.review) == (&other.system, &other.first, &other.review)
    }

    /// Why its turns are not made for this item, if they are not.
    pub fn unsuited(&self, item: &Item) -> Option<String> {
        let kind = item.rule.kind();
        if !self.fits.contains(&kind) {
            return Some(format!("is not made for {} items", kind.name()));
        }
        let steps = self.first.iter().chain(&self.review);
        let texts = steps.flat_map(Step::texts).chain(&self.system);
        let lacks = |slot: &Slot| slot.is_fact() && item.fact(slot.name()).is_none();
        let lacking = texts.flat_map(Template::slots).find(lacks)?;
        Some(format!("says {{{}}}, which the item lacks", lacking.name()))
    }

    /// Whether a critic has to be asked.
    pub fn asks_critic(&self) -> bool {
        let asked = |s: &Step| s.voice == Voice::Critic && s.reply.is_none();
        self.first.iter().chain(&self.review).any(asked)
    }

    /// Why this is no whole recipe, if it is not one.
    pub fn fault(&self) -> Option<String> {
        let asks = |s: &Step| s.voice == Voice::Model && s.texts().any(asks_something);
        if !self.first.iter().any(asks) {
            let slots = "{question}, {context} or {options}";
            return Some(format!(
                "first: round 0 never asks: no turn of it holds {slots}"
            ));
        }
        let mut said: Vec<Gives> = Vec::new();
        for (key, steps) in [("first", &self.first), ("review", &self.review)] {
            let answers = steps.iter().filter(|s| s.gives == Gives::Answer).count();
            let last = steps.last().is_some_and(|s| {
                s.gives == Gives::Answer && s.voice == Voice::Model && s.reply.is_none()
            });
            if answers != 1 || !last {
                return Some(format!(
                    "{key}: needs steps of which the last, and only the last, gives: answer, by the model itself"
                ));
            }
            for step in steps {
                let quoted = step.texts().flat_map(Template::slots);
                let lacks = quoted.map(|slot| (slot, source_of(slot)));
                for (slot, needed) in lacks {
                    if needed.is_some_and(|needed| !said.contains(&needed)) {
                        let name = slot.name();
                        return Some(format!(
                            "{key}: {{{name}}} stands where no {name} was given before"
                        ));
                    }
                }
                said.push(step.gives);
            }
        }
        None
    }
}

fn asks_something(text: &Template) -> bool {
    let asks = |slot| {
        matches!(
            slot,
            Slot::Context | Slot::Question | Slot::Options | Slot::Lsat | Slot::Gpa
        )
    };
    text.slots().any(asks)
}

/// What has to be given before a slot can quote it.
fn source_of(slot: Slot) -> Option<Gives> {
    match slot {
        Slot::Answer => Some(Gives::Answer),
        Slot::Reasoning => Some(Gives::Reasoning),
        Slot::Feedback => Some(Gives::Feedback),
        Slot::Context
        | Slot::Question
        | Slot::Options
        | Slot::Category
        | Slot::People
        | Slot::BeforeBlank
        | Slot::Occupation
        | Slot::Discussed
        | Slot::Choices
        | Slot::PercentFemale
        | Slot::PercentMale
        | Slot::Race
        | Slot::Sex
        | Slot::Lsat
        | Slot::Gpa => None,
    }
}
