//! What the decoder is: the numbers of a Hugging Face `config.json`, checked.
//!
//! Invariant: a [`DecoderConfig`] is safe to allocate by; every size is bounded and consistent with the
//! others. Reads both spellings of published models (`rope_theta`/`rope_scaling` and `rope_parameters`),
//! and takes the defaults of transformers where a key is absent, except for the sizes that decide the
//! tensors' shapes. What this engine would compute wrongly is refused, not ignored.
//!
//! `fields` reads values, `family` and `names` are the tables of the families, `rope` and `windows`
//! the two parts with rules of their own.

pub mod family;
mod fields;
pub mod names;
pub mod rope;
mod windows;

use serde_json::Value;

pub use self::family::{Activation, Family, NormKind};
use self::family::{FAMILIES, HeadDim, KvHeads, Scale, Switch};
use self::fields::{Fields, cut};
use self::rope::CONTEXT_MAX;
pub use self::rope::{Rope, RopeScaling};
use super::files::{Part, json};
use crate::engine::EngineError;

/// Everything that shapes the forward pass.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderConfig {
    /// What its tensors are called, and which parts it has.
    pub family: &'static Family,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width inside the MLP.
    pub intermediate: usize,
    /// Number of tokens.
    pub vocab: usize,
    /// Most tokens a sequence may have.
    pub context: usize,
    /// Epsilon of the norms.
    pub norm_eps: f32,
    /// The function in the MLP.
    pub activation: Activation,
    /// How positions turn queries and keys; `None`: a learned vector for each of `context` positions
    /// is added to the embedding.
    pub rope: Option<Rope>,
    /// The output layer is the embedding.
    pub tied: bool,
    /// Biases on query, key and value projections.
    pub qkv_bias: bool,
    /// Bias on the attention's output projection.
    pub out_bias: bool,
    /// Biases in the MLP.
    pub mlp_bias: bool,
    /// Attention and MLP read the same input.
    pub parallel: bool,
    /// For each layer: each position sees only this many, itself included.
    pub windows: Vec<Option<usize>>,
    /// For each layer: what products of queries and keys are multiplied by.
    pub scales: Vec<f32>,
    /// Embeddings are multiplied by it.
    pub embedding_scale: Option<f32>,
    /// Queries, keys and values are cut to ± this.
    pub clip: Option<f32>,
    /// Scores become cap · tanh(score / cap).
    pub score_cap: Option<f32>,
    /// Logits become cap · tanh(logit / cap).
    pub logit_cap: Option<f32>,
    /// Tokens that end a turn, as the config says.
    pub eos: Vec<u32>,
}

/// Keys that no supported model sets, and what would be right.
const REFUSED: [(&str, &str); 5] = [
    ("quantization_config", "weights in f32, f16 or bf16"),
    ("per_layer_config", "layers that are alike"),
    ("add_cross_attention", "decoders alone"),
    ("is_encoder_decoder", "decoders alone"),
    ("use_bidirectional_attention", "causal attention"),
];

impl DecoderConfig {
    /// Reads and checks a `config.json`.
    pub fn read(part: &Part) -> Result<DecoderConfig, EngineError> {
        let value = json(part)?;
        let fields = Fields {
            file: &part.name,
            value: &value,
            prefix: "",
        };
        let name = fields.text("model_type")?.unwrap_or("(none)");
        let Some(family) = FAMILIES.into_iter().find(|f| f.name == name) else {
            let names: Vec<&str> = FAMILIES.iter().map(|f| f.name).collect();
            return Err(
                fields.unsupported(format!("model_type {:?}", cut(name)), &names.join(", "))
            );
        };
        for (key, supported) in REFUSED {
            if fields.get(key).is_some_and(|v| *v != Value::Bool(false)) {
                return Err(fields.unsupported(key.to_owned(), supported));
            }
        }
        let sizes = family.sizes;
        let hidden = fields.count(sizes.hidden, 1 << 16)?;
        let layers = fields.count(sizes.layers, 1 << 10)?;
        let (heads, kv_heads, head_dim) = heads(&fields, family, hidden)?;
        let intermediate = match sizes.inner_times {
            Some(times) => fields.count_or(sizes.inner, times * hidden, 1 << 18)?,
            None => fields.count(sizes.inner, 1 << 18)?,
        };
        let context = fields.count_or(sizes.context, sizes.context_default, CONTEXT_MAX)?;
        let switch = |switch: Switch| match switch {
            Switch::Never => Ok(false),
            Switch::Always => Ok(true),
            Switch::Key(key, default) => fields.flag(key, default),
        };
        let (score_cap, logit_cap) = match family.caps {
            None => (None, None),
            Some((score, logit)) => (
                nullable(&fields, "attn_logit_softcapping", Some(score))?,
                nullable(&fields, "final_logit_softcapping", Some(logit))?,
            ),
        };
        let norm_eps = match family.norm_eps {
            (None, eps) => eps,
            (Some(key), eps) => fields.number(key, 0.0, 1.0)?.unwrap_or(eps),
        };
        Ok(DecoderConfig {
            family,
            hidden,
            layers,
            heads,
            kv_heads,
            head_dim,
            intermediate,
            vocab: fields.count("vocab_size", 1 << 21)?,
            context,
            norm_eps: norm_eps as f32,
            activation: activation(&fields, family)?,
            rope: rope::rope(&fields, family.positions, head_dim, context)?,
            tied: fields.flag("tie_word_embeddings", family.tied)?,
            qkv_bias: switch(family.qkv_bias)?,
            out_bias: switch(family.out_bias)?,
            mlp_bias: switch(family.mlp_bias)?,
            parallel: switch(family.parallel)?,
            windows: windows::windows(&fields, family.windows, layers)?,
            scales: scales(&fields, family.scale, head_dim, layers)?,
            embedding_scale: family
                .scaled_embedding
                .then(|| (hidden as f64).sqrt() as f32),
            clip: match family.clips {
                true => nullable(&fields, "clip_qkv", None)?,
                false => None,
            },
            score_cap,
            logit_cap,
            eos: eos(&fields)?,
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

/// Query heads, key and value heads, width of a head.
fn heads(
    fields: &Fields<'_>,
    family: &Family,
    hidden: usize,
) -> Result<(usize, usize, usize), EngineError> {
    const KV: &str = "num_key_value_heads";
    const DIM: &str = "head_dim";
    let heads = fields.count(family.sizes.heads, 1 << 12)?;
    let kv_heads = match family.kv_heads {
        KvHeads::Same => heads,
        KvHeads::Needed if !fields.has(KV) => return Err(fields.wrong(KV, "is missing")),
        KvHeads::OrSame | KvHeads::Needed => fields.count_or(KV, heads, 1 << 12)?,
    };
    if !heads.is_multiple_of(kv_heads) {
        let why = format!(
            "{kv_heads} does not divide {}, which is {heads}",
            family.sizes.heads
        );
        return Err(fields.wrong(KV, why));
    }
    let divided = || match hidden.is_multiple_of(heads) {
        true => Ok(hidden / heads),
        false => {
            let why = format!(
                "{heads} does not divide {}, which is {hidden}",
                family.sizes.hidden
            );
            Err(fields.wrong(family.sizes.heads, why))
        }
    };
    let head_dim = match family.head_dim {
        HeadDim::Or(default) => fields.count_or(DIM, default, 1 << 10)?,
        HeadDim::OrDivided if !fields.is_absent(DIM) => fields.count(DIM, 1 << 10)?,
        HeadDim::OrDivided => divided()?,
        HeadDim::Divided => {
            let head_dim = divided()?;
            if fields.count_or(DIM, head_dim, usize::MAX)? != head_dim {
                let why = format!("must be {head_dim}, the hidden size divided by the heads");
                return Err(fields.wrong(DIM, why));
            }
            head_dim
        }
    };
    match head_dim <= 1 << 10 {
        true => Ok((heads, kv_heads, head_dim)),
        false => Err(fields.wrong(DIM, format!("must be at most 1024, not {head_dim}"))),
    }
}

fn activation(fields: &Fields<'_>, family: &Family) -> Result<Activation, EngineError> {
    let (key, default) = family.activation;
    match fields.text(key)? {
        None => Ok(default),
        Some("silu" | "swish") => Ok(Activation::Silu),
        Some("gelu" | "gelu_python") => Ok(Activation::Gelu),
        Some("gelu_new" | "gelu_fast" | "gelu_pytorch_tanh" | "gelu_python_tanh") => {
            Ok(Activation::GeluTanh)
        }
        Some(other) => {
            let known = "silu, gelu, gelu_new, gelu_fast, gelu_pytorch_tanh";
            Err(fields.unsupported(format!("{key} {:?}", cut(other)), known))
        }
    }
}

/// What products of queries and keys are multiplied by, layer by layer.
fn scales(
    fields: &Fields<'_>,
    scale: Scale,
    head_dim: usize,
    layers: usize,
) -> Result<Vec<f32>, EngineError> {
    let by_root = |x: f64| (1.0 / x.sqrt()) as f32;
    let usual = 1.0 / (head_dim as f32).sqrt();
    let one = match scale {
        Scale::HeadDim => usual,
        Scale::QueryScalar(default) => {
            let scalar = fields.number("query_pre_attn_scalar", 1e-6, 1e9)?;
            by_root(scalar.unwrap_or(default))
        }
        Scale::Switched => {
            let is_scaled = fields.flag("scale_attn_weights", true)?;
            let by_layer = fields.flag("scale_attn_by_inverse_layer_idx", false)?;
            let one = if is_scaled { usual } else { 1.0 };
            if by_layer {
                return Ok((1..=layers).map(|no| one / no as f32).collect());
            }
            one
        }
    };
    Ok(vec![one; layers])
}

/// A positive number that may be switched off by null.
fn nullable(
    fields: &Fields<'_>,
    key: &str,
    absent: Option<f64>,
) -> Result<Option<f32>, EngineError> {
    let number = fields.number(key, 1e-6, 1e9)?;
    let number = if fields.has(key) { number } else { absent };
    Ok(number.map(|x| x as f32))
}

fn eos(fields: &Fields<'_>) -> Result<Vec<u32>, EngineError> {
    let wrong = || fields.wrong("eos_token_id", "must be a token id or a list of token ids");
    let id = |v: &Value| {
        let id = v.as_u64().and_then(|id| u32::try_from(id).ok());
        id.ok_or_else(wrong)
    };
    match fields.get("eos_token_id") {
        None => Ok(Vec::new()),
        Some(Value::Array(ids)) => ids.iter().map(id).collect(),
        Some(one) => Ok(vec![id(one)?]),
    }
}
