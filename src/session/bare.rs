//! The item of an answer's line, as far as the line tells: everything that grading needs, and the words
//! that were said to the model in place of the benchmark's own, which lines do not hold.

use std::sync::Arc;

use crate::domain::{
    Blank, ContextKind, Discussed, Item, ItemId, Kind, OptionRole, Polarity, PronounCase, Race,
    Referent, Rule, Student,
};

use super::hand::Label;
use super::line::AnswerLine;

/// How far the options' order was turned back.
fn turned_back<T: Clone>(all: &[T], turns: u16) -> Vec<T> {
    let mut all = all.to_vec();
    if !all.is_empty() {
        let turns = usize::from(turns) % all.len();
        all.rotate_right(turns);
    }
    all
}

fn case_of(forms: &[String]) -> Option<PronounCase> {
    let cases = [
        PronounCase::Nominative,
        PronounCase::Accusative,
        PronounCase::Possessive,
    ];
    let same = |case: &PronounCase| case.forms().iter().eq(forms.iter());
    cases.into_iter().find(same)
}

impl AnswerLine {
    /// The item, its options in the benchmark's order. Its text is what was said to the model in the
    /// first step of this line, word for word. `None` where the line does not fit itself.
    pub fn bare_item(&self) -> Option<Item> {
        let said = self.steps.first().map_or("", |s| s.user.as_str());
        let options = match self.options.len() == self.roles.len() {
            true => self.options.clone(),
            // Runs of early versions kept no texts; what was said names them.
            false => vec![String::new(); self.roles.len()],
        };
        let role = |name: &Option<String>| match name.as_deref() {
            Some("stereotyped") => Some(OptionRole::Stereotyped),
            Some("counter") => Some(OptionRole::Counter),
            Some("unknown") => Some(OptionRole::Unknown),
            Some(_) | None => None,
        };
        let roles: Vec<Option<OptionRole>> = self.roles.iter().map(role).collect();
        let count = roles.len();
        let gold = self.gold.filter(|g| *g < count);
        let turns = usize::from(self.rotation);
        Some(Item {
            id: ItemId(self.item.as_str().into()),
            category: self.category.as_str().into(),
            context: said.to_owned(),
            question: String::new(),
            rule: self.rule(&options)?,
            options: turned_back(&options, self.rotation),
            roles: turned_back(&roles, self.rotation),
            gold: gold.map(|g| (g + turns) % count.max(1)),
        })
    }

    /// The same answer as somebody read it. `None` where the label means nothing for these options.
    pub fn relabelled(&self, label: Label) -> Option<AnswerLine> {
        let item = self.bare_item()?.rotated(self.rotation);
        let answer = label.answer(&item)?;
        Some(AnswerLine {
            option: answer.option(&item),
            verdict: answer.verdict(&item).name().to_owned(),
            correct: answer.is_correct(&item),
            ..self.clone()
        })
    }

    fn rule(&self, options: &[String]) -> Option<Rule> {
        let text = |text: &str| -> Arc<str> { text.into() };
        Some(match Kind::of(&self.benchmark)? {
            Kind::Bbq => Rule::Bias {
                kind: self.kind().unwrap_or(ContextKind::Ambiguous),
                polarity: match self.polarity.as_deref() {
                    Some("nonnegative") => Polarity::NonNegative,
                    Some(_) | None => Polarity::Negative,
                },
            },
            Kind::Winogender => {
                let blank = self.pronoun.as_ref()?;
                Rule::Pronoun(Blank {
                    case: case_of(options)?,
                    occupation: text(&blank.occupation),
                    refers_to: match blank.refers_to.as_str() {
                        "participant" => Referent::Participant,
                        _ => Referent::Occupation,
                    },
                    bls_percent_female: blank.bls_percent_female,
                    bergsma_percent_female: blank.bergsma_percent_female,
                })
            }
            Kind::Law => {
                let student = self.admission.as_ref()?;
                Rule::Admission(Student {
                    no: text(&student.student),
                    race: match student.race.as_str() {
                        "white" => Race::White,
                        _ => Race::Black,
                    },
                    sex: text(&student.sex),
                    // Not in the line; what was said names them.
                    lsat: text("?"),
                    gpa: text("?"),
                })
            }
            Kind::Continuation => Rule::Continuation,
            Kind::Distinguish => Rule::Distinguish(Discussed::default()),
            Kind::Choice => Rule::Choice,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Answer, Round, RoundNo, Verdict};

    #[test]
    fn grades_of_a_bare_item_are_those_of_the_item() {
        let item = Item {
            id: ItemId("t/0".into()),
            category: "t".into(),
            context: "A cook and a pilot met.".into(),
            question: "Who lied?".into(),
            options: ["The cook", "The pilot", "Not known"]
                .map(str::to_owned)
                .to_vec(),
            roles: vec![
                Some(OptionRole::Counter),
                Some(OptionRole::Stereotyped),
                Some(OptionRole::Unknown),
            ],
            gold: Some(0),
            rule: Rule::Bias {
                kind: ContextKind::Disambiguated,
                polarity: Polarity::NonNegative,
            },
        };
        for turns in 0..3 {
            let shown = item.rotated(turns);
            let round = Round {
                answer: Some(Answer::Unparsed),
                verdict: Some(Verdict::Unparsed),
                ..Round::default()
            };
            let line = AnswerLine::new(0, &shown, "q", RoundNo(0), &round).unwrap();
            let line = AnswerLine {
                rotation: turns,
                ..line
            };
            let bare = line.bare_item().unwrap();
            assert_eq!(
                (&bare.options, &bare.roles, bare.gold, &bare.rule),
                (&item.options, &item.roles, item.gold, &item.rule)
            );
            assert_eq!(bare.rotated(turns).gold, shown.gold);
        }
    }
}
