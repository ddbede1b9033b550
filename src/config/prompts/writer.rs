//! A condition as the text of a prompt file of its own, to be changed and saved.
//!
//! Invariant: what is written reads as the same steps again. Its name and source are new: changed
//! words are nobody's paper.

use serde_yaml::{Mapping, Value};

use crate::domain::{AnswerStyle, Condition, Gives, Kind, PartNo, Role, Step, Voice, Wording};

/// The text of a file that holds this condition alone, as it is said: its clauses have become words.
pub fn written(condition: &Condition) -> String {
    let mut file = head(condition);
    let mut put = |key: &str, value: Value| {
        file.insert(key.into(), value);
    };
    if let Some(system) = &condition.system {
        put("system", system.to_string().into());
    }
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<Value>>();
    put("first", steps(&condition.first).into());
    put("review", steps(&condition.review).into());
    serde_yaml::to_string(&file).unwrap_or_default()
}

/// The same with its clauses and all their levels, so that keys go on switching them; what it asks now
/// comes first of each. `None` where it has no clauses.
pub fn written_whole(condition: &Condition) -> Option<String> {
    let family = &condition.made_of.as_ref()?.family;
    if family.clauses.is_empty() {
        return None;
    }
    let name = |no: PartNo| {
        let clause = family.clauses.get(no.clause);
        let part = clause.and_then(|c| Some((&c.name, c.parts.get(no.part)?)));
        part.map_or_else(String::new, |(clause, part)| match part.is_empty() {
            true => clause.clone(),
            false => format!("{clause}.{part}"),
        })
    };
    let text = |wording: &Wording| Value::from(wording.written(name));
    let mut file = head(condition);
    let clauses = condition.clauses().map(|at| {
        let mut levels = Mapping::new();
        let chosen = at.clause.levels.get(at.level).into_iter();
        let others = at.clause.levels.iter().enumerate();
        let others = others.filter(|(no, _)| *no != at.level).map(|(_, l)| l);
        for level in chosen.chain(others) {
            let parts = at.clause.parts.iter().zip(&level.parts);
            let value = match at.clause.parts.as_slice() {
                [only] if only.is_empty() => level.parts.first().map(text).unwrap_or_default(),
                _ => {
                    let named = parts.map(|(part, wording)| (part.as_str().into(), text(wording)));
                    Value::Mapping(named.collect())
                }
            };
            levels.insert(level.name.as_str().into(), value);
        }
        let mut clause = Mapping::new();
        clause.insert("name".into(), at.clause.name.as_str().into());
        clause.insert("title".into(), at.clause.title.as_str().into());
        if let Some(digit) = at.clause.digit {
            clause.insert("digit".into(), u64::from(digit).into());
        }
        let negation = at.clause.negation.and_then(|no| at.clause.levels.get(no));
        if let Some(level) = negation {
            clause.insert("negation".into(), level.name.as_str().into());
        }
        clause.insert("levels".into(), levels.into());
        Value::from(clause)
    });
    file.insert("clauses".into(), clauses.collect::<Vec<_>>().into());
    file.insert("system".into(), text(&family.system));
    for (key, drafts) in [("first", &family.first), ("review", &family.review)] {
        let steps = drafts.iter().map(|draft| {
            let mut when = Mapping::new();
            for (clause, levels) in &draft.when {
                let Some(clause) = family.clauses.get(*clause) else {
                    continue;
                };
                let names = levels.iter().filter_map(|no| clause.levels.get(*no));
                let names: Vec<Value> = names.map(|l| l.name.as_str().into()).collect();
                when.insert(clause.name.as_str().into(), names.into());
            }
            let said = Said {
                voice: draft.voice,
                role: draft.role,
                says: draft.says.written(name),
                instructions: draft.instructions.as_ref().map(|t| t.written(name)),
                prefill: draft.prefill.written(name),
                reply: draft.reply.as_ref().map(|t| t.written(name)),
                max_tokens: draft.max_tokens,
                stop: &draft.stop,
                gives: draft.gives,
            };
            said.value(when)
        });
        file.insert(key.into(), steps.collect::<Vec<_>>().into());
    }
    serde_yaml::to_string(&file).ok()
}

/// All that stands before the turns.
fn head(condition: &Condition) -> Mapping {
    let mut file = Mapping::new();
    let mut put = |key: &str, value: Value| {
        file.insert(key.into(), value);
    };
    put("name", own_name(&condition.name).into());
    put("title", condition.title.clone().into());
    let mut source = Mapping::new();
    source.insert("quoted".into(), "ours".into());
    let from = condition.name.replace('=', " ");
    source.insert(
        "place".into(),
        format!("edited by hand, from {from}").into(),
    );
    put("source", source.into());
    if condition.fits.len() < Kind::ALL.len() {
        let fits: Vec<Value> = condition.fits.iter().map(|k| k.name().into()).collect();
        put("fits", fits.into());
    }
    let style = match condition.style {
        AnswerStyle::Letter => "letter",
        AnswerStyle::Text => "text",
        AnswerStyle::Both => "both",
    };
    put("answer", style.into());
    file
}

/// One word that says where it came from.
fn own_name(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if "+=,{}".contains(c) { '-' } else { c })
        .collect();
    match name.ends_with("-edited") {
        true => name,
        false => format!("{name}-edited"),
    }
}

fn step(step: &Step) -> Value {
    let said = Said {
        voice: step.voice,
        role: step.role,
        says: step.says.to_string(),
        instructions: step.instructions.as_ref().map(ToString::to_string),
        prefill: step.prefill.to_string(),
        reply: step.reply.as_ref().map(ToString::to_string),
        max_tokens: step.max_tokens,
        stop: &step.stop,
        gives: step.gives,
    };
    said.value(Mapping::new())
}

/// A step, its texts as written.
struct Said<'a> {
    voice: Voice,
    role: Role,
    says: String,
    instructions: Option<String>,
    prefill: String,
    reply: Option<String>,
    max_tokens: u32,
    stop: &'a [String],
    gives: Gives,
}

impl Said<'_> {
    fn value(self, when: Mapping) -> Value {
        let mut out = Mapping::new();
        let mut put = |key: &str, value: Value| {
            out.insert(key.into(), value);
        };
        if !when.is_empty() {
            put("when", when.into());
        }
        let speaker = match self.voice {
            Voice::Model => self.role.name(),
            Voice::Critic => "critic",
        };
        put(speaker, self.says.into());
        if let Some(instructions) = self.instructions {
            put("instructions", instructions.into());
        }
        if !self.prefill.is_empty() {
            put("prefill", self.prefill.into());
        }
        match self.reply {
            Some(reply) => put("reply", reply.into()),
            None => put("max_tokens", self.max_tokens.into()),
        }
        if !self.stop.is_empty() {
            let stop: Vec<Value> = self.stop.iter().map(|s| s.as_str().into()).collect();
            put("stop", stop.into());
        }
        let gives = match self.gives {
            Gives::Setting => "setting",
            Gives::Reasoning => "reasoning",
            Gives::Feedback => "feedback",
            Gives::Answer => "answer",
        };
        put("gives", gives.into());
        out.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prompts::{embedded, parse};

    #[test]
    fn every_condition_reads_as_it_was_written() {
        for condition in embedded().unwrap() {
            let text = written(&condition);
            let read = parse("edited", &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
            assert_eq!(read.len(), 1);
            let read = &read[0];
            assert_eq!(read.system, condition.system, "{text}");
            assert_eq!(read.first, condition.first, "{text}");
            assert_eq!(read.review, condition.review, "{text}");
            assert_eq!((&read.fits, read.style), (&condition.fits, condition.style));
            // Once more, and the name stays.
            assert_eq!(parse("x", &written(read)).unwrap()[0].name, read.name);
        }
    }

    #[test]
    fn with_its_clauses_a_condition_can_still_be_switched() {
        let all = embedded().unwrap();
        let of = |name: &str| all.iter().find(|c| &*c.name == name).unwrap();
        let if_cot = of("if-cot").with("place", "system").unwrap();
        let alone = parse("x", &written(&if_cot)).unwrap().remove(0);
        assert_eq!(alone.clauses().count(), 0);
        assert_eq!(written_whole(&alone), None);
        for condition in all.iter().map(|c| &**c).chain([&if_cot]) {
            let Some(text) = written_whole(condition) else {
                continue;
            };
            let read = parse("x", &text)
                .unwrap_or_else(|e| panic!("{e}\n{text}"))
                .remove(0);
            assert_eq!(read.system, condition.system, "{text}");
            assert_eq!(read.first, condition.first, "{text}");
            assert_eq!(read.review, condition.review, "{text}");
            for at in condition.clauses() {
                for level in &at.clause.levels {
                    let steps = |c: &Condition| {
                        let next = c.with(&at.clause.name, &level.name);
                        next.map(|c| (c.system, c.first, c.review))
                    };
                    assert_eq!(
                        steps(&read),
                        steps(condition),
                        "{} {}",
                        at.clause.name,
                        level.name
                    );
                }
            }
        }
    }
}
