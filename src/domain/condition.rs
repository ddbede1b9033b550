//! A prompt recipe: what is asked first, what is asked in every review round, and how.

use std::fmt;
use std::sync::Arc;

use super::item::{Item, letter};

/// What a step's generated text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Thinking aloud; read, shown, not graded.
    Reasoning,
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

/// What can stand in braces in a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// What is told before the question.
    Context,
    /// The question.
    Question,
    /// All options: `(a) … (b) … (c) …`.
    Options,
    /// The benchmark's category.
    Category,
}

impl Slot {
    /// All slots.
    pub const ALL: [Slot; 4] = [Slot::Context, Slot::Question, Slot::Options, Slot::Category];

    /// Its name as written in a prompt file.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Context => "context",
            Slot::Question => "question",
            Slot::Options => "options",
            Slot::Category => "category",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Slot(Slot),
}

/// Text with slots. `{{` and `}}` stand for braces.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Template(Vec<Piece>);

/// A name in braces that is no slot, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSlot {
    /// What was written between the braces; empty where a brace has no partner.
    pub name: String,
    /// Byte offset of the opening (or lone) brace in the text.
    pub at: usize,
}

impl fmt::Display for UnknownSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.name.is_empty() {
            return write!(
                f,
                "a brace without its partner (write {{{{ for a plain brace)"
            );
        }
        write!(f, "unknown slot {{{}}}", self.name)
    }
}

impl std::error::Error for UnknownSlot {}

impl fmt::Display for Template {
    /// As written in a prompt file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => {
                    f.write_str(&text.replace('{', "{{").replace('}', "}}"))?;
                }
                Piece::Slot(slot) => write!(f, "{{{}}}", slot.name())?,
            }
        }
        Ok(())
    }
}

impl Template {
    /// Reads text with slots.
    ///
    /// # Errors
    /// The first name in braces that is not a [`Slot`], or a brace without partner.
    pub fn parse(text: &str) -> Result<Template, UnknownSlot> {
        let lone = |at| UnknownSlot {
            name: String::new(),
            at,
        };
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                plain.push(c);
                at += 2;
            } else if c == '{' {
                let end = rest.find('}').ok_or_else(|| lone(at))?;
                let name = &rest[1..end];
                let slot = Slot::ALL.into_iter().find(|s| s.name() == name);
                let slot = slot.ok_or_else(|| UnknownSlot {
                    name: name.to_owned(),
                    at,
                })?;
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Slot(slot));
                at += end + 1;
            } else if c == '}' {
                return Err(lone(at));
            } else {
                plain.push(c);
                at += c.len_utf8();
            }
        }
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Template(pieces))
    }

    /// The text with every slot filled from `item`.
    pub fn fill(&self, item: &Item) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(Slot::Context) => out.push_str(&item.context),
                Piece::Slot(Slot::Question) => out.push_str(&item.question),
                Piece::Slot(Slot::Options) => out.push_str(&item.options_line()),
                Piece::Slot(Slot::Category) => out.push_str(&item.category),
            }
        }
        out
    }

    /// The slots in order of appearance.
    pub fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(*slot),
            Piece::Text(_) => None,
        })
    }

    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One exchange: the user says something, the model goes on from the prefill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What the user says.
    pub user: Template,
    /// The words the model's turn begins with; may be empty.
    pub prefill: Template,
    /// At most this many tokens are generated.
    pub max_tokens: u32,
    /// The text ends before any of these; for models that do not end their turns themselves.
    pub stop: Vec<String>,
    /// What the generated text is.
    pub gives: Gives,
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
    /// Standing instructions; `None` sends none.
    pub system: Option<Template>,
    /// How answers look.
    pub style: AnswerStyle,
    /// The steps of round 0. The last one gives the answer.
    pub first: Vec<Step>,
    /// The steps of every later round. The last one gives the answer.
    pub review: Vec<Step>,
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
}
