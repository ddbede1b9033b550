//! A condition as the text of a prompt file of its own, to be changed and saved.
//!
//! Invariant: what is written reads as the same steps again. Its name and source are new: changed
//! words are nobody's paper.

use serde_yaml::{Mapping, Value};

use crate::domain::{AnswerStyle, Condition, Gives, Kind, Step, Voice};

/// The text of a file that holds this condition alone.
pub fn written(condition: &Condition) -> String {
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
    if let Some(system) = &condition.system {
        put("system", system.to_string().into());
    }
    let steps = |steps: &[Step]| steps.iter().map(step).collect::<Vec<Value>>();
    put("first", steps(&condition.first).into());
    put("review", steps(&condition.review).into());
    serde_yaml::to_string(&file).unwrap_or_default()
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
    let mut out = Mapping::new();
    let mut put = |key: &str, value: Value| {
        out.insert(key.into(), value);
    };
    let speaker = match step.voice {
        Voice::Model => step.role.name(),
        Voice::Critic => "critic",
    };
    put(speaker, step.says.to_string().into());
    if let Some(instructions) = &step.instructions {
        put("instructions", instructions.to_string().into());
    }
    if !step.prefill.is_empty() {
        put("prefill", step.prefill.to_string().into());
    }
    match &step.reply {
        Some(reply) => put("reply", reply.to_string().into()),
        None => put("max_tokens", step.max_tokens.into()),
    }
    if !step.stop.is_empty() {
        let stop: Vec<Value> = step.stop.iter().map(|s| s.as_str().into()).collect();
        put("stop", stop.into());
    }
    let gives = match step.gives {
        Gives::Setting => "setting",
        Gives::Reasoning => "reasoning",
        Gives::Feedback => "feedback",
        Gives::Answer => "answer",
    };
    put("gives", gives.into());
    out.into()
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
}
