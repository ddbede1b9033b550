//! A BERT or RoBERTa sequence classifier from a Hugging Face folder, as a scorer of texts.
//!
//! The encoder is candle-transformers'; the configuration and every tensor pass this engine's own
//! readers first, so that damaged files end in an error that names them. It is no decoder and takes
//! part in no batch: one text at a time, on the calling thread.

use std::collections::HashMap;
use std::path::Path;

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module, VarBuilder};
use candle_transformers::models::{bert, xlm_roberta};
use serde_json::Value;

use super::files::{self, ModelFiles};
use super::safetensors::Safetensors;
use super::source::Source;
use super::tokens::Tokens;
use super::weights::Weights;
use crate::engine::EngineError;

/// Sizes beyond these are no classifier's; absurd ones would only cost memory.
const LAYERS_MAX: usize = 200;
const WIDTH_MAX: usize = 1 << 16;
const LABELS_MAX: usize = 4096;

/// Words that begin or make up the name of the label that is wanted, in order of preference.
const TOXIC: [&str; 6] = [
    "toxic",
    "toxicity",
    "hate",
    "hateful",
    "offensive",
    "abusive",
];

enum Encoder {
    Bert {
        model: bert::BertModel,
        pooler: Linear,
        classifier: Linear,
    },
    Roberta(xlm_roberta::XLMRobertaForSequenceClassification),
}

/// How logits become probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Activation {
    /// One label of several.
    Softmax,
    /// Each label by itself.
    Sigmoid,
}

/// A classifier and which of its labels is the score.
pub struct Classifier {
    name: String,
    weights_sha256: String,
    encoder: Encoder,
    tokens: Tokens,
    tokens_max: usize,
    label: usize,
    activation: Activation,
}

/// A configuration and its name.
struct Config {
    file: String,
    all: Value,
}

impl Config {
    fn wrong(&self, field: &str, why: impl Into<String>) -> EngineError {
        EngineError::Config {
            file: self.file.clone(),
            field: field.to_owned(),
            why: why.into(),
        }
    }

    fn size(&self, field: &str, max: usize) -> Result<usize, EngineError> {
        let value = self.all.get(field).and_then(Value::as_u64);
        let size = value.and_then(|v| usize::try_from(v).ok());
        match size {
            Some(size) if (1..=max).contains(&size) => Ok(size),
            _ => Err(self.wrong(field, format!("expected a whole number from 1 to {max}"))),
        }
    }

    fn size_or(&self, field: &str, max: usize, default: usize) -> Result<usize, EngineError> {
        match self.all.get(field) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Number(n)) if n.as_u64() == Some(0) => Ok(0),
            Some(_) => self.size(field, max),
        }
    }

    fn text(&self, field: &str) -> &str {
        self.all.get(field).and_then(Value::as_str).unwrap_or("")
    }
}

impl Classifier {
    /// Opens the classifier in a folder: `config.json`, `tokenizer.json`, `*.safetensors`.
    ///
    /// # Errors
    /// What is wrong with which file, field or tensor; a kind of model that is none of the two; labels
    /// of which none means toxic.
    pub fn open(folder: &Path) -> Result<Classifier, EngineError> {
        let files = ModelFiles::folder(folder)?;
        let config = Config {
            file: files.config.name.clone(),
            all: files::json(&files.config)?,
        };
        let labels = labels(&config)?;
        let (label, label_name) = toxic(&config, &labels)?;
        let activation = match config.text("problem_type") {
            "multi_label_classification" => Activation::Sigmoid,
            _ if labels.len() == 1 => Activation::Sigmoid,
            _ => Activation::Softmax,
        };
        let sources: Result<Vec<Source>, EngineError> =
            files.weights.iter().map(files::WeightsFile::open).collect();
        let weights_sha256 = Source::sha256(&sources?)?;
        let tensors = tensors(&files)?;
        let roberta = match config.text("model_type") {
            "bert" => false,
            "roberta" | "xlm-roberta" | "camembert" => true,
            other => {
                return Err(EngineError::Unsupported {
                    file: config.file.clone(),
                    what: format!("model_type {other:?} as a scorer"),
                    supported: "bert, roberta, xlm-roberta, camembert (with a sequence classification head)".into(),
                });
            }
        };
        let vocab = config.size("vocab_size", 1 << 24)?;
        let positions = config.size("max_position_embeddings", 1 << 20)?;
        let pad = config.size_or("pad_token_id", 1 << 24, usize::from(roberta))?;
        let encoder = encoder(&config, tensors, roberta, labels.len(), pad)?;
        let tokens_max = match roberta {
            // Positions count on from the padding's.
            true => positions.saturating_sub(pad + 1),
            false => positions,
        };
        if tokens_max < 3 {
            let why = "leaves no room for a text between its marks";
            return Err(config.wrong("max_position_embeddings", why));
        }
        let tokens = Tokens::read(&files.tokenizer, vocab)?;
        let classifier = Classifier {
            name: format!("{} (label {label_name})", files.name),
            weights_sha256,
            encoder,
            tokens,
            tokens_max,
            label,
            activation,
        };
        // Shapes that only show when they are multiplied are found here, not in the middle of a run.
        if let Err(why) = classifier.score("A first text.") {
            return Err(EngineError::Weights {
                file: folder.display().to_string(),
                tensor: "forward pass".into(),
                why,
            });
        }
        Ok(classifier)
    }

    /// The folder's name and the label that is taken for toxicity.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hash of the weights' bytes, in hexadecimal.
    pub fn weights_sha256(&self) -> &str {
        &self.weights_sha256
    }

    /// Probability of the label, in [0, 1]. What is longer than the model reads is cut off.
    ///
    /// # Errors
    /// The tokenizer or the model could not.
    pub fn score(&self, text: &str) -> Result<f64, String> {
        let mut ids = self.tokens.encode(text, true)?;
        if let (true, Some(last)) = (ids.len() > self.tokens_max, ids.last().copied()) {
            ids.truncate(self.tokens_max - 1);
            ids.push(last);
        }
        if ids.is_empty() {
            return Err("the tokenizer gives no token, not even a beginning".to_owned());
        }
        let logits = self
            .logits(&ids)
            .map_err(|e| format!("the classifier: {e}"))?;
        let p = probability(&logits, self.label, self.activation);
        match p {
            Some(p) if p.is_finite() => Ok(p),
            _ => Err("the classifier gives no number".to_owned()),
        }
    }

    fn logits(&self, ids: &[u32]) -> candle_core::Result<Vec<f32>> {
        let ids = Tensor::new(ids, &Device::Cpu)?.unsqueeze(0)?;
        let types = ids.zeros_like()?;
        let logits = match &self.encoder {
            Encoder::Bert {
                model,
                pooler,
                classifier,
            } => {
                let states = model.forward(&ids, &types, None)?;
                let first = states.get_on_dim(1, 0)?.contiguous()?;
                classifier.forward(&pooler.forward(&first)?.tanh()?)?
            }
            Encoder::Roberta(model) => model.forward(&ids, &ids.ones_like()?, &types)?,
        };
        logits.squeeze(0)?.to_vec1()
    }
}

fn probability(logits: &[f32], label: usize, activation: Activation) -> Option<f64> {
    let own = f64::from(*logits.get(label)?);
    Some(match activation {
        Activation::Sigmoid => 1.0 / (1.0 + (-own).exp()),
        Activation::Softmax => {
            let sum: f64 = logits.iter().map(|l| (f64::from(*l) - own).exp()).sum();
            1.0 / sum
        }
    })
}

/// The labels' names in their order.
fn labels(config: &Config) -> Result<Vec<String>, EngineError> {
    let Some(names) = config.all.get("id2label").and_then(Value::as_object) else {
        let count = config.size_or("num_labels", LABELS_MAX, 2)?;
        return Ok((0..count).map(|no| format!("LABEL_{no}")).collect());
    };
    let wrong = || {
        config.wrong(
            "id2label",
            "expected the labels' names by their numbers from 0",
        )
    };
    if names.is_empty() || names.len() > LABELS_MAX {
        return Err(wrong());
    }
    let name = |no: usize| names.get(&no.to_string()).and_then(Value::as_str);
    (0..names.len())
        .map(|no| name(no).map(str::to_owned).ok_or_else(wrong))
        .collect()
}

/// Which label is the score.
fn toxic(config: &Config, labels: &[String]) -> Result<(usize, String), EngineError> {
    let plain: Vec<String> = labels.iter().map(|l| l.trim().to_lowercase()).collect();
    let found = TOXIC
        .iter()
        .find_map(|word| plain.iter().position(|l| l == word))
        .or(match plain.as_slice() {
            [_] => Some(0),
            // Nameless labels of a two-class model: the second one is what is looked for.
            [first, second] if first == "label_0" && second == "label_1" => Some(1),
            _ => None,
        });
    match found {
        Some(label) => Ok((label, labels[label].clone())),
        None => Err(config.wrong(
            "id2label",
            format!(
                "none of the labels {} is one of {}",
                labels.join(", "),
                TOXIC.join(", ")
            ),
        )),
    }
}

/// Every tensor of floating-point numbers in the folder's files.
fn tensors(files: &ModelFiles) -> Result<HashMap<String, Tensor>, EngineError> {
    let mut all = HashMap::new();
    let mut weights = Weights::read(&files.weights)?;
    for file in &files.weights {
        let opened = Safetensors::read(file.open()?)?;
        for (name, place) in &opened.tensors {
            // Old checkpoints carry position numbers beside the weights; nobody reads them.
            if name.ends_with("position_ids") {
                continue;
            }
            let numbers = weights.take(name, &place.shape)?;
            let wrong = |e: candle_core::Error| EngineError::Weights {
                file: file.name(),
                tensor: name.clone(),
                why: e.to_string(),
            };
            let tensor = Tensor::from_vec(numbers, place.shape.as_slice(), &Device::Cpu);
            all.insert(current(name), tensor.map_err(wrong)?);
        }
    }
    Ok(all)
}

/// The name as it is written today: the first BERT checkpoints said gamma and beta.
fn current(name: &str) -> String {
    name.replace("LayerNorm.gamma", "LayerNorm.weight")
        .replace("LayerNorm.beta", "LayerNorm.bias")
}

fn encoder(
    config: &Config,
    tensors: HashMap<String, Tensor>,
    roberta: bool,
    labels: usize,
    pad: usize,
) -> Result<Encoder, EngineError> {
    let hidden = config.size("hidden_size", WIDTH_MAX)?;
    let heads = config.size("num_attention_heads", WIDTH_MAX)?;
    if !hidden.is_multiple_of(heads) {
        let why = format!("{heads} does not divide hidden_size {hidden}");
        return Err(config.wrong("num_attention_heads", why));
    }
    config.size("intermediate_size", WIDTH_MAX)?;
    config.size("num_hidden_layers", LAYERS_MAX)?;
    config.size("type_vocab_size", WIDTH_MAX)?;
    let kind = config.text("position_embedding_type");
    if !matches!(kind, "" | "absolute") {
        let why = format!("{kind:?} is not supported; only absolute");
        return Err(config.wrong("position_embedding_type", why));
    }
    // What does not matter without training may be missing.
    let mut whole = config.all.clone();
    if let Some(fields) = whole.as_object_mut() {
        for (field, value) in [
            ("hidden_dropout_prob", Value::from(0.0)),
            ("attention_probs_dropout_prob", Value::from(0.0)),
            ("initializer_range", Value::from(0.02)),
            ("pad_token_id", Value::from(pad)),
            ("position_embedding_type", Value::from("absolute")),
        ] {
            if fields.get(field).is_none_or(Value::is_null) {
                fields.insert(field.to_owned(), value);
            }
        }
    }
    let read = |e: serde_json::Error| config.wrong("JSON", e.to_string());
    let wrong = |e: candle_core::Error| EngineError::Weights {
        file: config.file.clone(),
        tensor: "weights".into(),
        why: format!("do not fit the configuration: {e}"),
    };
    let vars = VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu);
    if roberta {
        let sizes: xlm_roberta::Config = serde_json::from_value(whole).map_err(read)?;
        let model = xlm_roberta::XLMRobertaForSequenceClassification::new(labels, &sizes, vars);
        return model.map(Encoder::Roberta).map_err(wrong);
    }
    let sizes: bert::Config = serde_json::from_value(whole).map_err(read)?;
    let parts = || {
        let pooler = vars.pp("bert.pooler.dense");
        Ok(Encoder::Bert {
            model: bert::BertModel::load(vars.clone(), &sizes)?,
            pooler: candle_nn::linear(hidden, hidden, pooler)?,
            classifier: candle_nn::linear(hidden, labels, vars.pp("classifier"))?,
        })
    };
    parts().map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(json: Value) -> Config {
        Config {
            file: "config.json".into(),
            all: json,
        }
    }

    #[test]
    fn the_toxic_label_is_found_by_its_name() {
        let find = |json: Value| {
            let config = config(json);
            labels(&config).and_then(|l| toxic(&config, &l))
        };
        let id2label = |names: &[&str]| {
            let map: serde_json::Map<String, Value> = names
                .iter()
                .enumerate()
                .map(|(no, name)| (no.to_string(), Value::from(*name)))
                .collect();
            serde_json::json!({"id2label": map})
        };
        let at = |names: &[&str]| find(id2label(names)).unwrap().0;
        assert_eq!(at(&["neutral", "toxic"]), 1);
        assert_eq!(at(&["toxic", "severe_toxic", "obscene"]), 0);
        assert_eq!(at(&["nothate", "hate"]), 1);
        assert_eq!(at(&["LABEL_0", "LABEL_1"]), 1);
        assert_eq!(at(&["score"]), 0);
        let error = find(id2label(&["joy", "anger", "fear"])).unwrap_err();
        assert!(error.to_string().contains("joy, anger, fear"), "{error}");
        assert!(find(serde_json::json!({"id2label": {"1": "x"}})).is_err());
        assert_eq!(find(serde_json::json!({})).unwrap().0, 1);
    }

    #[test]
    fn logits_become_probabilities() {
        let close = |p: Option<f64>, q: f64| assert!((p.unwrap() - q).abs() < 1e-9, "{p:?} {q}");
        close(probability(&[0.0, 0.0], 1, Activation::Softmax), 0.5);
        close(probability(&[1000.0, 0.0], 0, Activation::Softmax), 1.0);
        close(
            probability(&[0.0, 1.0], 1, Activation::Softmax),
            1.0 / (1.0 + (-1.0_f64).exp()),
        );
        close(probability(&[0.0, 5.0], 0, Activation::Sigmoid), 0.5);
        assert_eq!(probability(&[], 0, Activation::Sigmoid), None);
    }
}
