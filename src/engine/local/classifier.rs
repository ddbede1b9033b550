//! A BERT or RoBERTa sequence classifier from a Hugging Face folder, as a scorer of texts: one of its
//! labels is the score.

use std::path::Path;

use super::encoder::{Config, Encoder};
use crate::engine::EngineError;

/// Words that begin or make up the name of the label that is wanted, in order of preference.
const TOXIC: [&str; 6] = [
    "toxic",
    "toxicity",
    "hate",
    "hateful",
    "offensive",
    "abusive",
];

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
    encoder: Encoder,
    label: usize,
    activation: Activation,
}

impl Classifier {
    /// Opens the classifier in a folder: `config.json`, `tokenizer.json`, `*.safetensors`.
    ///
    /// # Errors
    /// What is wrong with which file, field or tensor; a kind of model that is none of the two; labels
    /// of which none means toxic.
    pub fn open(folder: &Path) -> Result<Classifier, EngineError> {
        let encoder = Encoder::open(folder)?;
        if encoder.labels.is_empty() {
            return Err(EngineError::Unsupported {
                file: encoder.config.file.clone(),
                what: "an encoder without a classifier as a scorer".into(),
                supported: "models with a sequence classification head".into(),
            });
        }
        let (label, label_name) = toxic(&encoder.config, &encoder.labels)?;
        let activation = match encoder.config.text("problem_type") {
            "multi_label_classification" => Activation::Sigmoid,
            _ if encoder.labels.len() == 1 => Activation::Sigmoid,
            _ => Activation::Softmax,
        };
        let classifier = Classifier {
            name: format!("{} (label {label_name})", encoder.name),
            encoder,
            label,
            activation,
        };
        Encoder::checked(folder, classifier.score("A first text.").map(|_| ()))?;
        Ok(classifier)
    }

    /// The folder's name and the label that is taken for toxicity.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hash of the weights' bytes, in hexadecimal.
    pub fn weights_sha256(&self) -> &str {
        &self.encoder.weights_sha256
    }

    /// Probability of the label, in [0, 1]. What is longer than the model reads is cut off.
    ///
    /// # Errors
    /// The tokenizer or the model could not.
    pub fn score(&self, text: &str) -> Result<f64, String> {
        let logits = self.encoder.logits(text, None)?;
        let p = probability(&logits, self.label, self.activation);
        match p {
            Some(p) if p.is_finite() => Ok(p),
            _ => Err("the classifier gives no number".to_owned()),
        }
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

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::encoder::labels;
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
