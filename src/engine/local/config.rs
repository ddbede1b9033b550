//! What the decoder is: the numbers of a Hugging Face `config.json`, checked.
//!
//! Invariant: a [`DecoderConfig`] is safe to allocate by; every size is bounded and consistent with the
//! others. Reads both spellings of published models (`rope_theta`/`rope_scaling` and `rope_parameters`).
//! What this engine would compute wrongly is refused, not ignored.

use serde_json::Value;

use super::files::{Part, json};
use crate::engine::EngineError;

/// How positions turn the queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    /// Base of the geometric series of wavelengths.
    pub theta: f64,
    /// How the wavelengths are stretched for longer contexts.
    pub scaling: RopeScaling,
}

/// Stretching of rotary wavelengths.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All by the same factor.
    Linear {
        /// At least 1.
        factor: f64,
    },
    /// Llama 3: long wavelengths by `factor`, short ones not at all, those between smoothly.
    Llama3 {
        /// Stretch of the longest.
        factor: f64,
        /// Wavelengths above `original_context / low` are stretched in full.
        low: f64,
        /// Wavelengths below `original_context / high` are not stretched.
        high: f64,
        /// Context length before stretching.
        original_context: f64,
    },
    /// Each by its own factor: as GGUF files have what Llama 3 computes.
    Each {
        /// One for each pair of a head's elements.
        factors: Vec<f64>,
    },
}

/// Everything that shapes the forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// `model_type`.
    pub family: String,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head; even.
    pub head_dim: usize,
    /// Width inside the gated MLP.
    pub intermediate: usize,
    /// Number of tokens.
    pub vocab: usize,
    /// Most tokens a sequence may have.
    pub context: usize,
    /// Epsilon of RMSNorm.
    pub norm_eps: f32,
    /// Positions.
    pub rope: Rope,
    /// The output layer is the embedding.
    pub tied: bool,
    /// Biases on query, key and value projections.
    pub qkv_bias: bool,
    /// Bias on the attention's output projection.
    pub out_bias: bool,
    /// Biases in the MLP.
    pub mlp_bias: bool,
    /// Each position sees only this many, itself included.
    pub window: Option<usize>,
    /// Tokens that end a turn, as the config says.
    pub eos: Vec<u32>,
}

const SUPPORTED: &str = "llama, mistral (model_type in config.json)";

impl DecoderConfig {
    /// Reads and checks a `config.json`.
    pub fn read(part: &Part) -> Result<DecoderConfig, EngineError> {
        let value = json(part)?;
        let fields = Fields {
            file: &part.name,
            value: &value,
            prefix: "",
        };
        let family = fields.text("model_type")?.unwrap_or("(none)").to_owned();
        if !matches!(family.as_str(), "llama" | "mistral") {
            return Err(fields.unsupported(format!("model_type {family:?}"), SUPPORTED));
        }
        for name in ["hidden_act", "hidden_activation"] {
            match fields.text(name)? {
                None | Some("silu" | "swish") => {}
                Some(other) => {
                    return Err(fields.unsupported(format!("{name} {other:?}"), "silu"));
                }
            }
        }
        if value
            .get("quantization_config")
            .is_some_and(|v| !v.is_null())
        {
            let what = "quantization_config".to_owned();
            return Err(fields.unsupported(what, "weights in f32, f16 or bf16"));
        }
        let hidden = fields.count("hidden_size", 1 << 16)?;
        let layers = fields.count("num_hidden_layers", 1 << 10)?;
        let heads = fields.count("num_attention_heads", 1 << 12)?;
        let kv_heads = fields.count_or("num_key_value_heads", heads, 1 << 12)?;
        if heads % kv_heads != 0 {
            let why = format!("{kv_heads} does not divide num_attention_heads, which is {heads}");
            return Err(fields.wrong("num_key_value_heads", why));
        }
        if fields.is_absent("head_dim") && hidden % heads != 0 {
            let why = format!("{heads} does not divide hidden_size, which is {hidden}");
            return Err(fields.wrong("num_attention_heads", why));
        }
        let head_dim = fields.count_or("head_dim", hidden / heads, 1 << 10)?;
        if head_dim % 2 != 0 || head_dim == 0 {
            let why = format!("a head must have an even width, not {head_dim}");
            return Err(fields.wrong("head_dim", why));
        }
        let rope = rope(&fields)?;
        if let RopeScaling::Each { factors } = &rope.scaling
            && factors.len() != head_dim / 2
        {
            let why = format!("{} factors for heads of width {head_dim}", factors.len());
            return Err(fields.wrong("rope_scaling.factors", why));
        }
        let bias = fields.flag("attention_bias")?;
        let window = match fields.is_absent("sliding_window") || family == "llama" {
            true => None,
            false => Some(fields.count("sliding_window", 1 << 24)?),
        };
        Ok(DecoderConfig {
            hidden,
            layers,
            heads,
            kv_heads,
            head_dim,
            intermediate: fields.count("intermediate_size", 1 << 18)?,
            vocab: fields.count("vocab_size", 1 << 21)?,
            context: fields.count_or("max_position_embeddings", 2048, 1 << 24)?,
            norm_eps: fields.number("rms_norm_eps", 0.0, 1.0)?.unwrap_or(1e-6) as f32,
            rope,
            tied: fields.flag("tie_word_embeddings")?,
            qkv_bias: bias,
            out_bias: bias,
            mlp_bias: fields.flag("mlp_bias")?,
            window,
            eos: eos(&fields)?,
            family,
        })
    }
}

/// The `eos_token_id`s of a `generation_config.json`: chat models often list more there.
pub fn generation_eos(part: &Part) -> Result<Vec<u32>, EngineError> {
    let value = json(part)?;
    eos(&Fields {
        file: &part.name,
        value: &value,
        prefix: "",
    })
}

fn rope(fields: &Fields<'_>) -> Result<Rope, EngineError> {
    let new = fields.inside("rope_parameters")?;
    let old = fields.inside("rope_scaling")?;
    let theta = match &new {
        Some(new) => new.number("rope_theta", 1e-3, 1e12)?,
        None => None,
    };
    let theta = match theta {
        Some(theta) => theta,
        None => fields.number("rope_theta", 1e-3, 1e12)?.unwrap_or(10_000.0),
    };
    let scaling = match new.or(old) {
        Some(fields) => scaling(&fields)?,
        None => RopeScaling::None,
    };
    Ok(Rope { theta, scaling })
}

fn scaling(fields: &Fields<'_>) -> Result<RopeScaling, EngineError> {
    // Older files say `type`.
    let kind = match fields.text("rope_type")? {
        Some(kind) => Some(kind),
        None => fields.text("type")?,
    };
    let need = |name: &str| {
        let number = fields.number(name, 1e-6, 1e9)?;
        number.ok_or_else(|| fields.wrong(name, "is missing".into()))
    };
    match kind {
        None | Some("default") => Ok(RopeScaling::None),
        Some("linear") => Ok(RopeScaling::Linear {
            factor: need("factor")?,
        }),
        // Not Hugging Face's: what is read from a GGUF file says it so.
        Some("frequencies") => Ok(RopeScaling::Each {
            factors: fields.numbers("factors", 1e-6, 1e9)?,
        }),
        Some("llama3") => {
            let (low, high) = (need("low_freq_factor")?, need("high_freq_factor")?);
            if high <= low {
                let why = format!("must be above low_freq_factor, which is {low}, not {high}");
                return Err(fields.wrong("high_freq_factor", why));
            }
            Ok(RopeScaling::Llama3 {
                factor: need("factor")?,
                low,
                high,
                original_context: need("original_max_position_embeddings")?,
            })
        }
        Some(other) => {
            Err(fields.unsupported(format!("rope scaling {other:?}"), "default, linear, llama3"))
        }
    }
}

fn eos(fields: &Fields<'_>) -> Result<Vec<u32>, EngineError> {
    let wrong = || {
        let why = "must be a token id or a list of token ids";
        fields.wrong("eos_token_id", why.into())
    };
    let id = |v: &Value| {
        let id = v.as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(wrong)
    };
    match fields.value.get("eos_token_id") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(id).collect(),
        Some(one) => Ok(vec![id(one)?]),
    }
}

/// Typed access to a JSON object, with errors that name the file and the key.
struct Fields<'a> {
    file: &'a str,
    value: &'a Value,
    prefix: &'a str,
}

impl Fields<'_> {
    fn wrong(&self, field: &str, why: String) -> EngineError {
        EngineError::Config {
            file: self.file.to_owned(),
            field: format!("{}{field}", self.prefix),
            why,
        }
    }

    fn unsupported(&self, what: String, supported: &str) -> EngineError {
        EngineError::Unsupported {
            file: self.file.to_owned(),
            what,
            supported: supported.to_owned(),
        }
    }

    fn get(&self, field: &str) -> Option<&Value> {
        self.value.get(field).filter(|v| !v.is_null())
    }

    fn is_absent(&self, field: &str) -> bool {
        self.get(field).is_none()
    }

    fn inside<'b>(&'b self, field: &'static str) -> Result<Option<Fields<'b>>, EngineError> {
        let prefix = match field {
            "rope_parameters" => "rope_parameters.",
            _ => "rope_scaling.",
        };
        match self.get(field) {
            None => Ok(None),
            Some(value) if value.is_object() => Ok(Some(Fields {
                file: self.file,
                value,
                prefix,
            })),
            Some(_) => Err(self.wrong(field, "must be an object".into())),
        }
    }

    fn text(&self, field: &str) -> Result<Option<&str>, EngineError> {
        match self.get(field) {
            None => Ok(None),
            Some(value) => {
                let text = value.as_str();
                let text = text.ok_or_else(|| self.wrong(field, "must be a string".into()))?;
                Ok(Some(text))
            }
        }
    }

    fn flag(&self, field: &str) -> Result<bool, EngineError> {
        match self.get(field) {
            None => Ok(false),
            Some(value) => value
                .as_bool()
                .ok_or_else(|| self.wrong(field, "must be true or false".into())),
        }
    }

    fn number(&self, field: &str, low: f64, high: f64) -> Result<Option<f64>, EngineError> {
        let Some(value) = self.get(field) else {
            return Ok(None);
        };
        match value.as_f64().filter(|x| (low..=high).contains(x)) {
            Some(x) => Ok(Some(x)),
            None => {
                let why = format!("must be a number from {low} to {high}, not {value}");
                Err(self.wrong(field, why))
            }
        }
    }

    fn numbers(&self, field: &str, low: f64, high: f64) -> Result<Vec<f64>, EngineError> {
        let list = self.get(field).and_then(Value::as_array);
        let within = |v: &Value| v.as_f64().filter(|x| (low..=high).contains(x));
        let numbers: Option<Vec<f64>> = list.and_then(|list| list.iter().map(within).collect());
        numbers.ok_or_else(|| {
            let why = format!("must be a list of numbers from {low} to {high}");
            self.wrong(field, why)
        })
    }

    fn count(&self, field: &str, max: usize) -> Result<usize, EngineError> {
        let Some(value) = self.get(field) else {
            return Err(self.wrong(field, "is missing".into()));
        };
        let count = value.as_u64().and_then(|n| usize::try_from(n).ok());
        match count.filter(|n| (1..=max).contains(n)) {
            Some(n) => Ok(n),
            None => {
                let why = format!("must be a whole number from 1 to {max}, not {value}");
                Err(self.wrong(field, why))
            }
        }
    }

    fn count_or(&self, field: &str, default: usize, max: usize) -> Result<usize, EngineError> {
        match self.is_absent(field) {
            true => Ok(default),
            false => self.count(field, max),
        }
    }
}
