//! Text with slots, as prompt files write it.

use std::fmt;

use super::item::{Item, OptionRole};
use super::slot::Slot;

/// What was said before, for the slots that quote it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotes<'a> {
    /// The model's last answer.
    pub answer: Option<&'a str>,
    /// The last reasoning.
    pub reasoning: Option<&'a str>,
    /// The last feedback.
    pub feedback: Option<&'a str>,
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

/// What stands between or in braces, in order.
enum Scanned<'a> {
    Text(String),
    Name(&'a str, usize),
}

fn scan(text: &str) -> Result<Vec<Scanned<'_>>, UnknownSlot> {
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
            if !plain.is_empty() {
                pieces.push(Scanned::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Scanned::Name(&rest[1..end], at));
            at += end + 1;
        } else if c == '}' {
            return Err(lone(at));
        } else {
            plain.push(c);
            at += c.len_utf8();
        }
    }
    if !plain.is_empty() {
        pieces.push(Scanned::Text(plain));
    }
    Ok(pieces)
}

impl Template {
    /// Reads text with slots.
    ///
    /// # Errors
    /// The first name in braces that is not a [`Slot`], or a brace without partner.
    pub fn parse(text: &str) -> Result<Template, UnknownSlot> {
        let wording = Wording::parse(text, |_| None)?;
        Ok(wording.resolve(|_| Template::default()))
    }

    /// The text with every slot filled from `item`; slots that quote are left empty.
    pub fn fill(&self, item: &Item) -> String {
        self.quote(item, &Quotes::default())
    }

    fn begins_with_context(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Slot(Slot::Context)))
    }

    /// The text with every slot filled from `item` and from what was said before.
    pub fn quote(&self, item: &Item, quotes: &Quotes<'_>) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                // A question that nothing is told before does not begin with what parts the two.
                Piece::Text(text) if out.is_empty() && self.begins_with_context() => {
                    out.push_str(text.trim_start());
                }
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(Slot::Context) => out.push_str(&item.context),
                Piece::Slot(Slot::Question) => out.push_str(&item.question),
                Piece::Slot(Slot::Options) => out.push_str(&item.options_line()),
                Piece::Slot(Slot::Category) => out.push_str(&item.category.replace('_', " ")),
                Piece::Slot(Slot::People) => out.push_str(&people(item)),
                Piece::Slot(
                    fact @ (Slot::BeforeBlank
                    | Slot::Occupation
                    | Slot::Discussed
                    | Slot::Choices
                    | Slot::PercentFemale
                    | Slot::PercentMale
                    | Slot::Race
                    | Slot::Sex
                    | Slot::Lsat
                    | Slot::Gpa),
                ) => out.push_str(&item.fact(fact.name()).unwrap_or_default()),
                Piece::Slot(Slot::Answer) => out.push_str(quotes.answer.unwrap_or("")),
                Piece::Slot(Slot::Reasoning) => out.push_str(quotes.reasoning.unwrap_or("")),
                Piece::Slot(Slot::Feedback) => out.push_str(quotes.feedback.unwrap_or("")),
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

    /// Without white space at both ends.
    pub fn trimmed(mut self) -> Template {
        if let Some(Piece::Text(text)) = self.0.first_mut() {
            *text = text.trim_start().to_owned();
        }
        if let Some(Piece::Text(text)) = self.0.last_mut() {
            *text = text.trim_end().to_owned();
        }
        self.0.retain(|p| *p != Piece::Text(String::new()));
        self
    }

    fn push_text(&mut self, text: &str) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.0.push(Piece::Text(text.to_owned())),
        }
    }

    fn extend(&mut self, other: &Template) {
        for piece in &other.0 {
            match piece {
                Piece::Text(text) => self.push_text(text),
                Piece::Slot(slot) => self.0.push(Piece::Slot(*slot)),
            }
        }
    }
}

/// The options that do not decline, as they stand within a sentence.
fn people(item: &Item) -> String {
    let named = item.options.iter().zip(&item.roles);
    let named = named.filter(|(_, role)| **role != Some(OptionRole::Unknown));
    let inside = |text: &String| {
        let text = text.trim().trim_end_matches('.');
        for article in ["The ", "A ", "An "] {
            if let Some(rest) = text.strip_prefix(article) {
                return format!("{}{rest}", article.to_lowercase());
            }
        }
        text.to_owned()
    };
    let named: Vec<String> = named.map(|(text, _)| inside(text)).collect();
    named.join(" or ")
}

/// A clause's part, by the positions of both (see [`super::Family`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartNo {
    /// Position of the clause in its family.
    pub clause: usize,
    /// Position of the part in the clause.
    pub part: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Phrase {
    Fixed(Piece),
    Clause(PartNo),
}

/// Text with slots in which clauses of a family stand too: `{instruction}`, `{prefill.first}`.
/// Once every clause has its level, it is a [`Template`].
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Wording(Vec<Phrase>);

impl Wording {
    /// Reads text with slots and clauses; `clause` knows the names of the clauses' parts.
    ///
    /// # Errors
    /// The first name in braces that is neither, or a brace without partner.
    pub fn parse(
        text: &str,
        clause: impl Fn(&str) -> Option<PartNo>,
    ) -> Result<Wording, UnknownSlot> {
        let phrase = |scanned| match scanned {
            Scanned::Text(text) => Ok(Phrase::Fixed(Piece::Text(text))),
            Scanned::Name(name, at) => match (clause(name), Slot::named(name)) {
                (Some(part), _) => Ok(Phrase::Clause(part)),
                (None, Some(slot)) => Ok(Phrase::Fixed(Piece::Slot(slot))),
                (None, None) => Err(UnknownSlot {
                    name: name.to_owned(),
                    at,
                }),
            },
        };
        let phrases: Result<Vec<Phrase>, UnknownSlot> =
            scan(text)?.into_iter().map(phrase).collect();
        phrases.map(Wording)
    }

    /// The text with every clause's part replaced.
    pub fn resolve(&self, part: impl Fn(PartNo) -> Template) -> Template {
        let mut out = Template::default();
        for phrase in &self.0 {
            match phrase {
                Phrase::Fixed(Piece::Text(text)) => out.push_text(text),
                Phrase::Fixed(slot) => out.0.push(slot.clone()),
                Phrase::Clause(no) => out.extend(&part(*no)),
            }
        }
        out
    }

    /// As written in a prompt file; `name` gives the names of the clauses' parts.
    pub fn written(&self, name: impl Fn(PartNo) -> String) -> String {
        let mut out = String::new();
        for phrase in &self.0 {
            match phrase {
                Phrase::Fixed(piece) => out.push_str(&Template(vec![piece.clone()]).to_string()),
                Phrase::Clause(no) => out.push_str(&format!("{{{}}}", name(*no))),
            }
        }
        out
    }

    /// The length of its own text, clauses and slots apart.
    pub fn own_bytes(&self) -> usize {
        let length = |phrase: &Phrase| match phrase {
            Phrase::Fixed(Piece::Text(text)) => text.len(),
            Phrase::Fixed(Piece::Slot(_)) | Phrase::Clause(_) => 0,
        };
        self.0.iter().map(length).sum()
    }

    /// The clauses' parts that stand in it.
    pub fn parts(&self) -> impl Iterator<Item = PartNo> + '_ {
        self.0.iter().filter_map(|phrase| match phrase {
            Phrase::Clause(no) => Some(*no),
            Phrase::Fixed(_) => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_nothing_is_told_before_begins_with_its_first_word() {
        let mut item = Item {
            id: super::super::ItemId("t/0".into()),
            category: "t".into(),
            context: String::new(),
            question: "Why?".into(),
            options: vec!["x".into(), "y".into()],
            roles: vec![None; 2],
            gold: None,
            rule: super::super::Rule::Choice,
        };
        let asked = Template::parse("{context} {question}\n{options}.").unwrap();
        assert_eq!(asked.fill(&item), "Why?\n(a) x (b) y.");
        item.context = "It rains.".into();
        assert_eq!(asked.fill(&item), "It rains. Why?\n(a) x (b) y.");
        let spaced = Template::parse(" {question}").unwrap();
        assert_eq!(spaced.fill(&item), " Why?");
    }

    #[test]
    fn braces_slots_and_clauses_are_told_apart() {
        let part = PartNo { clause: 0, part: 1 };
        let wording = Wording::parse("{{x}} {context}{mood.b}!", |n| {
            (n == "mood.b").then_some(part)
        });
        let wording = wording.unwrap();
        assert_eq!(wording.parts().collect::<Vec<_>>(), [part]);
        let level = Template::parse(" {question}, please").unwrap();
        let whole = wording.resolve(|_| level.clone());
        assert_eq!(whole.to_string(), "{{x}} {context} {question}, please!");
        // The same words give the same template, however they came together.
        assert_eq!(Template::parse(&whole.to_string()).unwrap(), whole);
        let lone = Template::parse("a } b").unwrap_err();
        assert_eq!((lone.name.as_str(), lone.at), ("", 2));
        assert_eq!(Template::parse("{nobody}").unwrap_err().name, "nobody");
        let blank = Template::parse(" \n{context} ").unwrap().trimmed();
        assert_eq!(blank.to_string(), "{context}");
        assert!(Template::parse("  ").unwrap().trimmed().is_empty());
    }
}
