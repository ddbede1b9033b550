//! A BERT or RoBERTa encoder from a Hugging Face folder, with the head of a sequence classifier or
//! without one.
//!
//! The networks are candle-transformers'; the configuration and every tensor pass this engine's own
//! readers first, so that damaged files end in an error that names them. An encoder is no decoder and
//! takes part in no batch: one text (or one pair) at a time, on the calling thread.

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

/// What there is on top of the encoder.
enum Network {
    Bert {
        model: bert::BertModel,
        pooler: Linear,
        classifier: Linear,
    },
    Roberta(xlm_roberta::XLMRobertaForSequenceClassification),
    BareBert(bert::BertModel),
    BareRoberta(xlm_roberta::XLMRobertaModel),
}

/// An encoder, opened.
pub(super) struct Encoder {
    /// The folder's name.
    pub name: String,
    /// Hash of the weights' bytes, in hexadecimal.
    pub weights_sha256: String,
    /// The configuration.
    pub config: Config,
    /// The labels' names in their order; none without a head.
    pub labels: Vec<String>,
    network: Network,
    tokens: Tokens,
    tokens_max: usize,
}

/// A configuration and its name.
pub(super) struct Config {
    pub(super) file: String,
    pub(super) all: Value,
}

impl Config {
    pub(super) fn wrong(&self, field: &str, why: impl Into<String>) -> EngineError {
        EngineError::Config {
            file: self.file.clone(),
            field: field.to_owned(),
            why: why.into(),
        }
    }

    pub(super) fn size(&self, field: &str, max: usize) -> Result<usize, EngineError> {
        let value = self.all.get(field).and_then(Value::as_u64);
        let size = value.and_then(|v| usize::try_from(v).ok());
        match size {
            Some(size) if (1..=max).contains(&size) => Ok(size),
            _ => Err(self.wrong(field, format!("expected a whole number from 1 to {max}"))),
        }
    }

    pub(super) fn size_or(
        &self,
        field: &str,
        max: usize,
        default: usize,
    ) -> Result<usize, EngineError> {
        match self.all.get(field) {
            None | Some(Value::Null) => Ok(default),
            Some(Value::Number(n)) if n.as_u64() == Some(0) => Ok(0),
            Some(_) => self.size(field, max),
        }
    }

    pub(super) fn text(&self, field: &str) -> &str {
        self.all.get(field).and_then(Value::as_str).unwrap_or("")
    }
}

impl Encoder {
    /// Opens the encoder in a folder: `config.json`, `tokenizer.json`, `*.safetensors`. One that has no
    /// classifier's weights has no labels.
    ///
    /// # Errors
    /// What is wrong with which file, field or tensor; a kind of model that is none of the two.
    pub fn open(folder: &Path) -> Result<Encoder, EngineError> {
        let files = ModelFiles::folder(folder)?;
        let config = Config {
            file: files.config.name.clone(),
            all: files::json(&files.config)?,
        };
        let roberta = match config.text("model_type") {
            "bert" => false,
            "roberta" | "xlm-roberta" | "camembert" => true,
            other => {
                return Err(EngineError::Unsupported {
                    file: config.file.clone(),
                    what: format!("model_type {other:?} as an encoder"),
                    supported: "bert, roberta, xlm-roberta, camembert".into(),
                });
            }
        };
        let sources: Result<Vec<Source>, EngineError> =
            files.weights.iter().map(files::WeightsFile::open).collect();
        let weights_sha256 = Source::sha256(&sources?)?;
        let tensors = tensors(&files)?;
        let has_head = tensors.keys().any(|name| name.starts_with("classifier."));
        let labels = match has_head {
            true => labels(&config)?,
            false => Vec::new(),
        };
        let vocab = config.size("vocab_size", 1 << 24)?;
        let positions = config.size("max_position_embeddings", 1 << 20)?;
        let pad = config.size_or("pad_token_id", 1 << 24, usize::from(roberta))?;
        let network = network(&config, tensors, roberta, labels.len(), pad)?;
        let tokens_max = match roberta {
            // Positions count on from the padding's.
            true => positions.saturating_sub(pad + 1),
            false => positions,
        };
        if tokens_max < 3 {
            let why = "leaves no room for a text between its marks";
            return Err(config.wrong("max_position_embeddings", why));
        }
        let mut tokens = Tokens::read(&files.tokenizer, vocab)?;
        tokens
            .cut_at(tokens_max)
            .map_err(|why| EngineError::Tokenizer {
                file: files.tokenizer.name.clone(),
                why,
            })?;
        Ok(Encoder {
            name: files.name,
            weights_sha256,
            config,
            labels,
            network,
            tokens,
            tokens_max,
        })
    }

    /// Shapes that only show when they are multiplied: to be found when a model is opened, not in the
    /// middle of a run.
    pub fn checked(folder: &Path, tried: Result<(), String>) -> Result<(), EngineError> {
        tried.map_err(|why| EngineError::Weights {
            file: folder.display().to_string(),
            tensor: "forward pass".into(),
            why,
        })
    }

    /// The logits of a text, or of a pair of them. What is longer than the model reads is cut off, the
    /// longer one of a pair first.
    ///
    /// # Errors
    /// The tokenizer or the model could not; there is no head.
    pub fn logits(&self, text: &str, second: Option<&str>) -> Result<Vec<f32>, String> {
        let (ids, types) = self.read(text, second)?;
        let told = |e: candle_core::Error| format!("the classifier: {e}");
        let of = || -> candle_core::Result<Option<Vec<f32>>> {
            let ids = Tensor::new(ids.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
            let logits = match &self.network {
                Network::Bert {
                    model,
                    pooler,
                    classifier,
                } => {
                    let types = Tensor::new(types.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
                    let states = model.forward(&ids, &types, None)?;
                    let first = states.get_on_dim(1, 0)?.contiguous()?;
                    classifier.forward(&pooler.forward(&first)?.tanh()?)?
                }
                // RoBERTa knows one type of text, also in pairs.
                Network::Roberta(model) => {
                    model.forward(&ids, &ids.ones_like()?, &ids.zeros_like()?)?
                }
                Network::BareBert(_) | Network::BareRoberta(_) => return Ok(None),
            };
            logits.squeeze(0)?.to_vec1().map(Some)
        };
        of().map_err(told)?
            .ok_or_else(|| "the model has no classifier".to_owned())
    }

    /// The mean over a text's tokens, its marks included, of the last layer's states.
    ///
    /// # Errors
    /// The tokenizer or the model could not; there is a head.
    pub fn mean_state(&self, text: &str) -> Result<Vec<f32>, String> {
        let (ids, _) = self.read(text, None)?;
        let of = || -> candle_core::Result<Option<Vec<f32>>> {
            let ids = Tensor::new(ids.as_slice(), &Device::Cpu)?.unsqueeze(0)?;
            let types = ids.zeros_like()?;
            let states = match &self.network {
                Network::BareBert(model) => model.forward(&ids, &types, None)?,
                Network::BareRoberta(model) => {
                    model.forward(&ids, &ids.ones_like()?, &types, None, None, None)?
                }
                Network::Bert { .. } | Network::Roberta(_) => return Ok(None),
            };
            states.mean(1)?.squeeze(0)?.to_vec1().map(Some)
        };
        of().map_err(|e| format!("the encoder: {e}"))?
            .ok_or_else(|| "the model has a classifier on top".to_owned())
    }

    fn read(&self, text: &str, second: Option<&str>) -> Result<(Vec<u32>, Vec<u32>), String> {
        let (ids, types) = self.tokens.encode_pair(text, second)?;
        match ids.len() {
            0 => Err("the tokenizer gives no token, not even a beginning".to_owned()),
            n if n > self.tokens_max => Err(format!(
                "the tokenizer gives {n} tokens, and the model reads {}",
                self.tokens_max
            )),
            _ => Ok((ids, types)),
        }
    }
}

/// The labels' names in their order.
pub(super) fn labels(config: &Config) -> Result<Vec<String>, EngineError> {
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

fn network(
    config: &Config,
    tensors: HashMap<String, Tensor>,
    roberta: bool,
    labels: usize,
    pad: usize,
) -> Result<Network, EngineError> {
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
        if labels == 0 {
            // Files of a bare model name their tensors with or without the model's name before them.
            let vars = match vars.contains_tensor("roberta.embeddings.word_embeddings.weight") {
                true => vars.pp("roberta"),
                false => vars,
            };
            let model = xlm_roberta::XLMRobertaModel::new(&sizes, vars);
            return model.map(Network::BareRoberta).map_err(wrong);
        }
        let model = xlm_roberta::XLMRobertaForSequenceClassification::new(labels, &sizes, vars);
        return model.map(Network::Roberta).map_err(wrong);
    }
    let sizes: bert::Config = serde_json::from_value(whole).map_err(read)?;
    if labels == 0 {
        let model = bert::BertModel::load(vars, &sizes);
        return model.map(Network::BareBert).map_err(wrong);
    }
    let parts = || {
        let pooler = vars.pp("bert.pooler.dense");
        Ok(Network::Bert {
            model: bert::BertModel::load(vars.clone(), &sizes)?,
            pooler: candle_nn::linear(hidden, hidden, pooler)?,
            classifier: candle_nn::linear(hidden, labels, vars.pp("classifier"))?,
        })
    };
    parts().map_err(wrong)
}
