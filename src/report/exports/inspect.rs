//! Logs of inspect_ai, version 2 of its format: one sample per item and condition, whose messages are
//! the dialogue through all rounds and whose scores are `round_0`, `round_1`, …
//!
//! A score is `C` (right), `I` (wrong) or `N` (not read, or nothing is right); its explanation is the
//! verdict. The log's own accuracy is right among all, what could not be read being wrong: one a round and
//! condition (`accuracy/NAME` where there are several), none where no option is right (admissions, texts).
//! Only what inspect_ai 0.3.285 asks for is written.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Course, OURS, options, ours};
use crate::domain::letter;
use crate::session::{AnswerLine, Catalogue, Manifest};

/// A log apart from its samples, which can be too many to hold.
#[derive(Debug)]
pub struct InspectLog {
    model: String,
    several: bool,
    header: Value,
}

/// One course in the log.
#[derive(Debug)]
pub struct InspectSample {
    /// Its name, unique together with the epoch.
    pub id: String,
    /// From 1: which of several independent answers.
    pub epoch: u32,
    /// As in `samples`.
    pub whole: Value,
    /// As in `summaries.json`.
    pub summary: Value,
}

impl InspectLog {
    /// The log of a run. `created`: RFC 3339, when the run was last written to; `run_id`: the same for
    /// the same run.
    pub fn new(
        manifest: &Manifest,
        answers: &Catalogue,
        created: &str,
        run_id: &str,
    ) -> InspectLog {
        let model = match manifest.settings.get("model").and_then(Value::as_str) {
            Some(name) => format!("recant/{name}"),
            None => "recant/unknown".to_owned(),
        };
        let entries = answers.entries();
        let one = entries.first().map(|entry| entry.condition);
        let several = entries.iter().any(|entry| Some(entry.condition) != one);
        let mut log = InspectLog {
            model,
            several,
            header: Value::Null,
        };
        let mut ids: Vec<String> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        let mut epochs = 1;
        // Round → condition → right, and how many that have a right answer.
        let mut scores: BTreeMap<u16, BTreeMap<usize, (usize, usize)>> = BTreeMap::new();
        let courses = answers.courses().len();
        for entry in entries {
            epochs = epochs.max(u32::from(entry.sample) + 1);
            let name = super::named(&entry.item, entry.rotation);
            let id = log.id(&answers.conditions[entry.condition], name);
            if seen.insert(id.clone()) {
                ids.push(id);
            }
            let round = scores.entry(entry.round).or_default();
            if entry.has_truth {
                let (right, all) = round.entry(entry.condition).or_default();
                *right += usize::from(entry.correct == Some(true));
                *all += 1;
            }
        }
        let metric = |(condition, (right, all)): (&usize, &(usize, usize))| {
            let name = match several {
                true => format!("accuracy/{}", answers.conditions[*condition]),
                false => "accuracy".to_owned(),
            };
            let value = *right as f64 / *all as f64;
            let whole = json!({"name": name, "value": value, "params": {}});
            (name, whole)
        };
        let score = |(round, all): (&u16, &BTreeMap<usize, (usize, usize)>)| {
            let metrics: Map<String, Value> = all.iter().map(metric).collect();
            json!({
                "name": format!("round_{round}"), "scorer": "recant", "params": {},
                "metrics": metrics,
            })
        };
        let items = manifest.settings.get("items").cloned().unwrap_or_default();
        log.header = json!({
            "version": 2,
            "status": "success",
            "eval": {
                "eval_id": run_id, "run_id": run_id, "created": created,
                "task": "recant", "task_id": run_id, "task_version": 0,
                "task_attribs": {}, "task_args": {},
                "dataset": {"name": items, "samples": ids.len(), "sample_ids": ids, "shuffled": false},
                "model": log.model, "model_args": {},
                "config": {"epochs": epochs},
                "packages": {"recant": manifest.recant},
                "metadata": {OURS: manifest.settings},
            },
            "plan": {"name": "plan", "steps": [{"solver": "recant", "params": {}}], "config": {}},
            "results": {
                "total_samples": courses, "completed_samples": courses,
                "scores": scores.iter().map(score).collect::<Vec<_>>(),
            },
            "stats": {"started_at": created, "completed_at": created, "model_usage": {}},
        });
        log
    }

    /// The log without samples: `header.json`.
    pub fn header(&self) -> &Value {
        &self.header
    }

    /// What was known at the start: `_journal/start.json`.
    pub fn start(&self) -> Value {
        json!({"version": 2, "eval": self.header["eval"], "plan": self.header["plan"]})
    }

    fn id(&self, condition: &str, name: String) -> String {
        match self.several {
            true => format!("{condition}/{name}"),
            false => name,
        }
    }

    /// A course as a sample; `None` where it has no answer.
    pub fn sample(&self, course: &Course<'_>) -> Option<InspectSample> {
        let line = course.first()?;
        let turns = course.turns(course.rounds.len());
        let begins = turns.iter().position(|turn| turn.role == "assistant");
        let message = |turn: &super::Turn<'_>| {
            let mut all = Map::new();
            all.insert("role".to_owned(), json!(turn.role));
            all.insert("content".to_owned(), json!(turn.text));
            match turn.role {
                "user" => all.insert("source".to_owned(), json!("input")),
                "assistant" => all.insert("source".to_owned(), json!("generate")),
                _ => None,
            };
            if let Some(line) = turn.said {
                all.insert("metadata".to_owned(), json!({"round": line.round}));
            }
            Value::Object(all)
        };
        let messages: Vec<Value> = turns.iter().map(message).collect();
        let input: Vec<Value> = messages[..begins.unwrap_or(messages.len())].to_vec();
        let scores: Map<String, Value> = course
            .rounds
            .iter()
            .map(|line| (format!("round_{}", line.round), score(line)))
            .collect();
        let target = line.gold.map_or(String::new(), upper);
        let id = self.id(&line.condition, super::item_name(line));
        let epoch = u32::from(line.sample) + 1;
        let metadata = json!({
            "item": super::item_name(line), "category": line.category,
            "benchmark": line.benchmark, "condition": line.condition,
        });
        let mut with_ours = metadata.clone();
        with_ours[OURS] = course.rounds.iter().map(|line| ours(line)).collect();
        let whole = json!({
            "id": id, "epoch": epoch,
            "input": input,
            "choices": options(line),
            "target": target,
            "messages": messages,
            "output": self.output(course),
            "scores": scores,
            "metadata": with_ours,
            "store": {}, "events": [], "model_usage": {}, "attachments": {},
        });
        let summary = json!({
            "id": id, "epoch": epoch, "input": input, "choices": options(line), "target": target,
            "metadata": metadata, "scores": scores, "model_usage": {}, "completed": true,
        });
        Some(InspectSample {
            id,
            epoch,
            whole,
            summary,
        })
    }

    /// The last answer, with its tokens' log-probabilities where they were recorded.
    fn output(&self, course: &Course<'_>) -> Value {
        let step = course.rounds.last().and_then(|line| line.steps.last());
        let Some(step) = step else {
            return json!({"model": self.model, "choices": []});
        };
        let text = format!("{}{}", step.prefill, step.text);
        let reason = match step.ended.as_str() {
            "max_tokens" => "max_tokens",
            "context_full" => "model_length",
            _ => "stop",
        };
        let mut choice = json!({
            "message": {"role": "assistant", "content": text, "source": "generate", "model": self.model},
            "stop_reason": reason,
        });
        let mut begun = 0;
        let mut tokens = Vec::new();
        for token in &step.tokens {
            let said = step.text.get(begun..token.0).unwrap_or("");
            begun = token.0.max(begun);
            tokens.push(json!({"token": said, "logprob": token.1, "bytes": said.as_bytes()}));
        }
        if !tokens.is_empty() {
            choice["logprobs"] = json!({"content": tokens});
        }
        json!({"model": self.model, "choices": [choice], "completion": text})
    }
}

fn upper(option: usize) -> String {
    letter(option).to_ascii_uppercase().to_string()
}

fn score(line: &AnswerLine) -> Value {
    let value = match line.correct {
        Some(true) => "C",
        Some(false) => "I",
        None => "N",
    };
    json!({
        "value": value,
        "answer": line.option.map(upper),
        "explanation": line.verdict,
        "metadata": {
            "verdict": line.verdict, "belief": line.belief, "belief_mass": line.belief_mass,
            "toxicity": line.scored.as_ref().map(|s| s.toxicity),
        },
    })
}
