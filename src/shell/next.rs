//! `recant next`: what a model would say next after a raw text or token ids, and layer by layer.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::app::Safe;
use crate::control;
use crate::engine::EngineError;
use crate::engine::local::lens::{Candidate, Lens, Outlook};
use crate::report;

use super::cli::{Format, NextArgs};
use super::failure::Failure;
use super::logits::LogitsFile;
use super::{model, print};

/// Tokens of a layer that fit one line of the table.
const LAYER_TOP: usize = 5;

/// Reads the prompt, shows what comes next, and writes the logits if asked.
///
/// # Errors
/// A model that cannot be loaded, tokens it cannot read, a file that cannot be written.
pub fn run(args: &NextArgs) -> Result<ExitCode, Failure> {
    let (files, options) = model::bare(&args.model)?;
    let mut lens = Lens::open(&files, &options).map_err(Failure::usage)?;
    let ids = match &args.from.prompt {
        Some(text) => lens.ids(text).map_err(Failure::usage)?,
        None => args.from.ids.clone(),
    };
    lens.check(&ids).map_err(Failure::usage)?;
    let seen = match &args.logits {
        None => lens.look::<Failure>(&ids, args.layers, None)?,
        Some(path) => {
            let vocab = lens.config().vocab;
            let mut file = LogitsFile::create(path, lens.name(), &ids, vocab)?;
            let mut take = |logits: &[f32]| file.add(logits);
            let seen = lens.look(&ids, args.layers, Some(&mut take))?;
            file.finish()?;
            seen
        }
    };
    let outlook = |logits: &Vec<f32>| Outlook::new(logits, args.top as usize);
    let view = View {
        lens: &lens,
        is_control: options.is_control,
        next: outlook(&seen.next),
        layers: seen.layers.iter().map(outlook).collect(),
        ids,
    };
    match args.format {
        Format::Table => print(&view.table()),
        Format::Json => print(&report::ascii(&view.json())),
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Failure {
        Failure::work(error)
    }
}

/// What is shown.
struct View<'a> {
    lens: &'a Lens,
    is_control: bool,
    ids: Vec<u32>,
    next: Outlook,
    layers: Vec<Outlook>,
}

impl View<'_> {
    fn json(&self) -> Value {
        let mut all = Map::new();
        let mut put = |key: &str, value: Value| all.insert(key.to_owned(), value);
        put("recant", json!(env!("CARGO_PKG_VERSION")));
        put("model", json!(self.lens.name()));
        put("family", json!(self.lens.config().family.name));
        if self.is_control {
            put("model_warning", json!(control::LABEL));
        }
        put("input_ids", json!(self.ids));
        put("next", self.outlook(&self.next));
        if !self.layers.is_empty() {
            let layers = self.layers.iter().map(|l| self.outlook(l)).collect();
            put("layers", Value::Array(layers));
        }
        Value::Object(all)
    }

    fn outlook(&self, outlook: &Outlook) -> Value {
        let one = |c: &Candidate| {
            json!({
                "id": c.id,
                "text": self.lens.text(&self.ids, c.id),
                "probability": c.logprob.exp(),
                "logprob": c.logprob,
            })
        };
        let top: Vec<Value> = outlook.top.iter().map(one).collect();
        json!({"entropy": outlook.entropy, "top": top})
    }

    /// The token in quotes on one line, or its id where there is no tokenizer.
    fn token(&self, id: u32) -> String {
        match self.lens.text(&self.ids, id) {
            Some(text) => format!("\"{}\"", Safe::line(&text)),
            None => format!("#{id}"),
        }
    }

    fn table(&self) -> String {
        let config = self.lens.config();
        let mut out = format!(
            "{} ({}): after {} tokens, of {} at most\n",
            Safe::line(self.lens.name()),
            config.family.name,
            self.ids.len(),
            config.context
        );
        if self.is_control {
            out.push_str(&format!("{}\n", control::LABEL));
        }
        out.push_str("\n       p      ln p       id  token\n");
        for c in &self.next.top {
            let token = self.token(c.id);
            let (p, logprob) = (c.logprob.exp(), c.logprob);
            out.push_str(&format!("{p:>8.4}  {logprob:>8.3}  {:>7}  {token}\n", c.id));
        }
        out.push_str(&format!(
            "entropy {:.3} nats, of {:.3} at most\n",
            self.next.entropy,
            (config.vocab as f64).ln()
        ));
        if !self.layers.is_empty() {
            out.push_str(
                "\nthe logit lens: each layer's state through the last norm and the head (0: the embedding)\n\
                 layer  entropy  most probable\n",
            );
        }
        for (no, outlook) in self.layers.iter().enumerate() {
            let top = outlook.top.iter().take(LAYER_TOP);
            let top: Vec<String> = top
                .map(|c| format!("{} {:.3}", self.token(c.id), c.logprob.exp()))
                .collect();
            let top = top.join("  ");
            out.push_str(&format!("{no:>5}  {:>7.3}  {top}\n", outlook.entropy));
        }
        out
    }
}
