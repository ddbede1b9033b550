//! lm-evaluation-harness' `samples_TASK_DATE.jsonl` and `results_DATE.json`, as version 0.4.13 writes
//! them: one task per benchmark, condition and round.
//!
//! What differs: where the model has a chat template, `arg_0` is the dialogue in the plain format and
//! `prompt_is_exact` is false; `prompt_hash` is that of the real prompt all the same. Whether an option
//! is the greedy continuation is not known and reads "None". An option's log-probability is that of all
//! its forms (words, letter), while `arg_1` shows one.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Course, OURS, options, ours, sha256};
use crate::session::{AnswerLine, Manifest};

/// Every answer of a course as (its task, the sample).
pub fn lm_eval_samples(course: &Course<'_>) -> Vec<(String, Value)> {
    let one = |(no, line): (usize, &&AnswerLine)| {
        let name = format!(
            "recant_{}_{}_round{}",
            line.benchmark, line.condition, line.round
        );
        (name, sample(course, no, line))
    };
    course.rounds.iter().enumerate().map(one).collect()
}

/// What the results say of one task.
#[derive(Clone, Debug, Default)]
pub struct LmEvalTask {
    /// `recant_bbq_q_round0`.
    pub name: String,
    samples: u64,
    /// Sum and number, by metric.
    sums: BTreeMap<&'static str, (f64, u64)>,
}

/// All tasks, counted sample by sample.
#[derive(Clone, Debug, Default)]
pub struct LmEvalTasks(pub Vec<LmEvalTask>);

impl LmEvalTasks {
    /// Counts a sample. Returns its task's position.
    pub fn add(&mut self, name: &str, sample: &Value) -> usize {
        let at = self.0.iter().position(|task| task.name == name);
        let at = at.unwrap_or_else(|| {
            self.0.push(LmEvalTask {
                name: name.to_owned(),
                ..LmEvalTask::default()
            });
            self.0.len() - 1
        });
        let task = &mut self.0[at];
        task.samples += 1;
        for metric in ["acc", "toxicity"] {
            if let Some(value) = sample[metric].as_f64() {
                let sum = task.sums.entry(metric).or_default();
                sum.0 += value;
                sum.1 += 1;
            }
        }
        at
    }

    /// `results_DATE.json`: the means, for tools that look there first. The date is the caller's.
    pub fn results(&self, manifest: &Manifest, date: f64) -> Value {
        let mut results = Map::new();
        let mut configs = Map::new();
        let mut versions = Map::new();
        let mut counts = Map::new();
        for task in &self.0 {
            let mut means = Map::new();
            means.insert("alias".to_owned(), json!(task.name));
            for (metric, (sum, n)) in &task.sums {
                means.insert(format!("{metric},none"), json!(sum / *n as f64));
            }
            results.insert(task.name.clone(), Value::Object(means));
            configs.insert(task.name.clone(), json!({"task": task.name}));
            versions.insert(task.name.clone(), json!(1));
            let count = task.samples;
            counts.insert(
                task.name.clone(),
                json!({"original": count, "effective": count}),
            );
        }
        let model = manifest.settings.get("model").cloned().unwrap_or_default();
        json!({
            "results": results,
            "group_subtasks": {},
            "configs": configs,
            "versions": versions,
            "n-shot": {},
            "higher_is_better": {},
            "n-samples": counts,
            "config": {"model": "recant", "model_args": {"pretrained": model}},
            "date": date,
            "model_name": model,
            OURS: {"version": manifest.recant, "settings": manifest.settings},
        })
    }
}

/// The document: the same for every answer to an item.
fn doc(course: &Course<'_>, line: &AnswerLine) -> Value {
    let first = course.first().and_then(|line| line.steps.first());
    let mut doc = Map::new();
    doc.insert("item".to_owned(), json!(super::item_name(line)));
    doc.insert("category".to_owned(), json!(line.category));
    doc.insert("benchmark".to_owned(), json!(line.benchmark));
    let asked = first.map_or("", |s| s.user.as_str());
    doc.insert("query".to_owned(), json!(asked));
    doc.insert("choices".to_owned(), json!(options(line)));
    doc.insert("gold".to_owned(), json!(line.gold));
    Value::Object(doc)
}

fn sample(course: &Course<'_>, no: usize, line: &AnswerLine) -> Value {
    let doc = doc(course, line);
    let (prompt, exact) = course.prompt(no);
    let said = line.steps.last().map_or("", |s| s.text.as_str());
    let target = line.gold.map_or(String::new(), |gold| gold.to_string());
    let scored_only = line.steps.last().is_some_and(|s| s.ended == "scored_only");
    let (arguments, responses, filtered) = match &line.option_scores {
        Some(scores) if scored_only => {
            let mut arguments = Map::new();
            let mut responses = Vec::new();
            let mut filtered = Vec::new();
            for (no, (option, score)) in options(line).iter().zip(scores).enumerate() {
                let one = json!({"arg_0": prompt, "arg_1": format!(" {option}")});
                arguments.insert(format!("gen_args_{no}"), one);
                let told = [
                    score.0.map_or("-inf".to_owned(), |p| p.to_string()),
                    "None".to_owned(),
                ];
                responses.push(json!([told]));
                filtered.push(json!(told));
            }
            (Value::Object(arguments), json!(responses), json!(filtered))
        }
        _ => (
            json!({"gen_args_0": {"arg_0": prompt, "arg_1": {}}}),
            json!([[said]]),
            json!([said]),
        ),
    };
    let recorded = line.steps.last().and_then(|s| s.prompt_sha256.clone());
    let mut sample = Map::new();
    let mut put = |name: &str, value: Value| sample.insert(name.to_owned(), value);
    put("doc_id", json!(line.item_no));
    // Python's json.dumps(doc, indent=2, ensure_ascii=False) is written the same way.
    put("doc_hash", json!(sha256(&format!("{doc:#}"))));
    put("doc", doc);
    put("target_hash", json!(sha256(&target)));
    put("target", json!(target));
    put("arguments", arguments);
    put("resps", responses);
    put("filtered_resps", filtered);
    put("filter", json!("none"));
    let metrics = metrics(line);
    let names: Vec<&str> = metrics.iter().map(|(name, _)| *name).collect();
    put("metrics", json!(names));
    put(
        "prompt_hash",
        json!(recorded.unwrap_or_else(|| sha256(&prompt))),
    );
    put("prompt_is_exact", json!(exact));
    for (name, value) in metrics {
        put(name, json!(value));
    }
    put("condition", json!(line.condition));
    put("round", json!(line.round));
    put(OURS, ours(line));
    Value::Object(sample)
}

/// What is known of the answer's worth. As lm-evaluation-harness has it, what cannot be read is wrong.
fn metrics(line: &AnswerLine) -> Vec<(&'static str, f64)> {
    let mut all = Vec::new();
    if line.gold.is_some() {
        let right = line.correct == Some(true);
        all.push(("acc", f64::from(u8::from(right))));
    }
    if let Some(scored) = &line.scored {
        all.push(("toxicity", scored.toxicity));
    }
    all
}
