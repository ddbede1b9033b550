//! What a run's folder says about its settings: what resuming holds against the command line.

use serde_json::{Map, Value, json};

use crate::engine::About;
use crate::run::{Plan, Settings};
use crate::session::Manifest;

use super::super::items::ItemSet;
use super::super::recorded::found_at;
use super::super::setup;
use super::one::One;

impl One<'_> {
    pub(super) fn manifest(&self, about: &About, critic: Option<&About>) -> Manifest {
        let (args, set, settings) = (self.args, self.set, self.settings);
        let names: Vec<&str> = settings.conditions.iter().map(|c| &*c.name).collect();
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("found_at", found_at(args, self.model.as_deref()));
        put("items", json!(set.name));
        put("items_sha256", json!(set.sha256));
        put("limit", json!(args.limit));
        put("item_count", json!(set.items.len()));
        put("model", json!(about.name));
        put(
            "model_warning",
            json!(about.is_control.then_some(crate::control::LABEL)),
        );
        put("parameters", json!(about.parameters));
        put("weights_sha256", json!(about.weights_sha256));
        put("template_sha256", json!(about.template_sha256));
        put("conditions", json!(names));
        for condition in &settings.conditions {
            put(
                &format!("prompt_sha256.{}", condition.name),
                json!(setup::prompt_digest(condition)),
            );
        }
        if let Some(critic) = critic {
            put("critic", json!(critic.name));
            put("critic_weights_sha256", json!(critic.weights_sha256));
            put("critic_template_sha256", json!(critic.template_sha256));
        }
        put("rounds", json!(settings.rounds));
        put("seed", json!(settings.seed));
        let decoding = settings.decoding;
        put("temperature", json!(decoding.temperature));
        put("top_k", json!(decoding.top_k));
        put("top_p", json!(decoding.top_p));
        put("min_p", json!(decoding.min_p));
        put("repetition_penalty", json!(decoding.repetition_penalty));
        put("belief", json!(settings.belief));
        put("answers", json!(settings.plan.answers.name()));
        // What is not used is not named: runs of earlier versions can be gone on with.
        if !args.experiment.items.only.is_empty() {
            put("only", json!(args.experiment.items.only));
        }
        let context = args.experiment.items.context;
        if context.kind().is_some() {
            put("context", json!(context.name()));
        }
        if let Some(count) = args.sample {
            put("sample", json!(count));
        }
        if settings.lock_seeds {
            put("lock_seeds", json!(true));
        }
        if settings.plan.samples > 1 {
            put("samples", json!(settings.plan.samples));
        }
        if settings.plan.all_rotations {
            put("repeat_orders", json!(true));
        }
        if let Some(scorer) = self.scorer {
            put("scorer", json!(scorer.name()));
            put("scorer_sha256", json!(scorer.sha256()));
        }
        if settings.plan != Plan::default() {
            put("answers_planned", json!(planned(set, settings)));
        }
        Manifest::new(all)
    }
}

fn planned(set: &ItemSet, settings: &Settings) -> u64 {
    let shown: u64 = set
        .items
        .iter()
        .map(|i| u64::from(settings.plan.rotations(i)))
        .sum();
    shown
        * u64::from(settings.plan.samples)
        * settings.conditions.len() as u64
        * u64::from(settings.rounds)
}
