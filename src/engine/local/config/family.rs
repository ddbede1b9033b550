//! The families of models: what their `config.json` calls things, what it means where it says nothing
//! (the defaults of Hugging Face transformers), and which of the decoder's parts they use.
//!
//! A table and nothing else: reading is `config`, the tensors' names are `names`.

use super::names::{GEMMA2, GPT2, LLAMA, NEOX, Names, OLMO2, PHI3, QWEN3};

/// The function inside the MLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// x / (1 + e^-x)
    Silu,
    /// x Φ(x), Φ by the error function.
    Gelu,
    /// x Φ(x), Φ by a hyperbolic tangent: `gelu_new`, `gelu_pytorch_tanh`, `gelu_fast`.
    GeluTanh,
}

/// How a row is normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NormKind {
    /// By its root mean square, times w.
    Rms,
    /// By its root mean square, times 1 + w.
    RmsPlusOne,
    /// To mean 0 and variance 1, times w, plus b.
    Layer,
    /// To mean 0 and variance 1.
    Plain,
}

/// Whether a part is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// In no model of the family.
    Never,
    /// In all of them.
    Always,
    /// A key says so; and what it means where it is absent.
    Key(&'static str, bool),
}

/// How many key and value heads there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KvHeads {
    /// As many as query heads.
    Same,
    /// `num_key_value_heads`, or as many as query heads.
    OrSame,
    /// `num_key_value_heads` must be there: Hugging Face's default is one model's number.
    Needed,
}

/// How wide a head is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadDim {
    /// Hidden size divided by heads.
    Divided,
    /// `head_dim`, or divided.
    OrDivided,
    /// `head_dim`, or this.
    Or(usize),
}

/// Which layers see a sliding window only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowRule {
    /// None.
    Never,
    /// All, if `sliding_window` is not null; where it is absent, this.
    All(Option<usize>),
    /// Every other, from the first on, where `layer_types` does not say otherwise.
    Alternating(usize),
    /// Those from `max_window_layers` on (absent: the second number), if `use_sliding_window`, where
    /// `layer_types` does not say otherwise.
    Late(usize, usize),
}

/// How a token's position comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Positions {
    /// A learned vector is added to the embedding.
    Learned,
    /// Queries and keys are turned.
    Rotary {
        /// The older key of the base.
        theta: &'static str,
        /// The older key of the share of a head that is turned, and its default; `None`: all of it.
        share: Option<(&'static str, f64)>,
        /// Where the context length before stretching stands outside `rope_scaling`: its default.
        /// Such models also call their longrope `su` or `yarn`.
        original_context: Option<usize>,
    },
}

/// What products of queries and keys are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// 1 / √head_dim
    HeadDim,
    /// 1 / √ of `query_pre_attn_scalar`, or of this.
    QueryScalar(f64),
    /// 1 / √head_dim unless `scale_attn_weights` is false; by `scale_attn_by_inverse_layer_idx` also
    /// divided by the layer's number.
    Switched,
}

/// The keys of the sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeKeys {
    /// Width of the residual stream.
    pub hidden: &'static str,
    /// Number of blocks.
    pub layers: &'static str,
    /// Number of query heads.
    pub heads: &'static str,
    /// Width inside the MLP.
    pub inner: &'static str,
    /// Where that is absent, this many times the hidden size.
    pub inner_times: Option<usize>,
    /// Most tokens.
    pub context: &'static str,
    /// Where that is absent.
    pub context_default: usize,
}

/// One family.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Family {
    /// `model_type`.
    pub name: &'static str,
    /// The keys of the sizes.
    pub sizes: SizeKeys,
    /// Key and value heads.
    pub kv_heads: KvHeads,
    /// Width of a head.
    pub head_dim: HeadDim,
    /// The norms.
    pub norm: NormKind,
    /// The key of the norms' epsilon, if there is one, and its default.
    pub norm_eps: (Option<&'static str>, f64),
    /// The key of the MLP's function, and its default.
    pub activation: (&'static str, Activation),
    /// The MLP multiplies the function of one projection by another.
    pub gated: bool,
    /// Positions.
    pub positions: Positions,
    /// Sliding windows.
    pub windows: WindowRule,
    /// Biases on query, key and value projections.
    pub qkv_bias: Switch,
    /// Bias on the attention's output projection.
    pub out_bias: Switch,
    /// Biases in the MLP.
    pub mlp_bias: Switch,
    /// Attention and MLP read the same input and are added together.
    pub parallel: Switch,
    /// What `tie_word_embeddings` means where it is absent.
    pub tied: bool,
    /// Scale of the scores.
    pub scale: Scale,
    /// Embeddings are multiplied by √hidden.
    pub scaled_embedding: bool,
    /// Soft caps of scores and logits where their keys are absent; `None`: the family has no such keys.
    pub caps: Option<(f64, f64)>,
    /// The family has `clip_qkv`.
    pub clips: bool,
    /// The tensors.
    pub names: &'static Names,
}

/// All families, by name.
pub const FAMILIES: [&Family; 10] = [
    &BASE,
    &Family {
        name: "mistral",
        sizes: SizeKeys {
            context_default: 131_072,
            ..BASE.sizes
        },
        kv_heads: KvHeads::Needed,
        windows: WindowRule::All(Some(4096)),
        qkv_bias: Switch::Never,
        out_bias: Switch::Never,
        mlp_bias: Switch::Never,
        ..BASE
    },
    &Family {
        name: "phi3",
        sizes: SizeKeys {
            context_default: 4096,
            ..BASE.sizes
        },
        norm_eps: (Some("rms_norm_eps"), 1e-5),
        positions: Positions::Rotary {
            theta: "rope_theta",
            share: Some(("partial_rotary_factor", 1.0)),
            original_context: Some(4096),
        },
        windows: WindowRule::All(None),
        qkv_bias: Switch::Never,
        out_bias: Switch::Never,
        mlp_bias: Switch::Never,
        names: &PHI3,
        ..BASE
    },
    &Family {
        name: "gemma2",
        sizes: SizeKeys {
            context_default: 8192,
            ..BASE.sizes
        },
        kv_heads: KvHeads::Needed,
        head_dim: HeadDim::Or(256),
        norm: NormKind::RmsPlusOne,
        activation: ("hidden_activation", Activation::GeluTanh),
        windows: WindowRule::Alternating(4096),
        mlp_bias: Switch::Never,
        tied: true,
        scale: Scale::QueryScalar(256.0),
        scaled_embedding: true,
        caps: Some((50.0, 30.0)),
        names: &GEMMA2,
        ..BASE
    },
    &QWEN2,
    &Family {
        name: "qwen3",
        head_dim: HeadDim::Or(128),
        qkv_bias: BASE.qkv_bias,
        out_bias: BASE.out_bias,
        names: &QWEN3,
        ..QWEN2
    },
    &Family {
        name: "olmo",
        norm: NormKind::Plain,
        norm_eps: (None, 1e-5),
        mlp_bias: Switch::Never,
        clips: true,
        ..BASE
    },
    &Family {
        name: "olmo2",
        norm_eps: (Some("rms_norm_eps"), 1e-5),
        mlp_bias: Switch::Never,
        names: &OLMO2,
        ..BASE
    },
    &Family {
        name: "gpt2",
        sizes: SizeKeys {
            hidden: "n_embd",
            layers: "n_layer",
            heads: "n_head",
            inner: "n_inner",
            inner_times: Some(4),
            context: "n_positions",
            context_default: 1024,
        },
        kv_heads: KvHeads::Same,
        head_dim: HeadDim::Divided,
        norm: NormKind::Layer,
        norm_eps: (Some("layer_norm_epsilon"), 1e-5),
        activation: ("activation_function", Activation::GeluTanh),
        gated: false,
        positions: Positions::Learned,
        qkv_bias: Switch::Always,
        out_bias: Switch::Always,
        mlp_bias: Switch::Always,
        tied: true,
        scale: Scale::Switched,
        names: &GPT2,
        ..BASE
    },
    &Family {
        name: "gpt_neox",
        kv_heads: KvHeads::Same,
        head_dim: HeadDim::Divided,
        norm: NormKind::Layer,
        norm_eps: (Some("layer_norm_eps"), 1e-5),
        activation: ("hidden_act", Activation::Gelu),
        gated: false,
        positions: Positions::Rotary {
            theta: "rotary_emb_base",
            share: Some(("rotary_pct", 0.25)),
            original_context: None,
        },
        qkv_bias: Switch::Key("attention_bias", true),
        out_bias: Switch::Key("attention_bias", true),
        mlp_bias: Switch::Always,
        parallel: Switch::Key("use_parallel_residual", true),
        names: &NEOX,
        ..BASE
    },
];

/// Llama 1 to 3, TinyLlama, SmolLM: what the others differ from.
const BASE: Family = Family {
    name: "llama",
    sizes: SizeKeys {
        hidden: "hidden_size",
        layers: "num_hidden_layers",
        heads: "num_attention_heads",
        inner: "intermediate_size",
        inner_times: None,
        context: "max_position_embeddings",
        context_default: 2048,
    },
    kv_heads: KvHeads::OrSame,
    head_dim: HeadDim::OrDivided,
    norm: NormKind::Rms,
    norm_eps: (Some("rms_norm_eps"), 1e-6),
    activation: ("hidden_act", Activation::Silu),
    gated: true,
    positions: Positions::Rotary {
        theta: "rope_theta",
        share: None,
        original_context: None,
    },
    windows: WindowRule::Never,
    qkv_bias: Switch::Key("attention_bias", false),
    out_bias: Switch::Key("attention_bias", false),
    mlp_bias: Switch::Key("mlp_bias", false),
    parallel: Switch::Never,
    tied: false,
    scale: Scale::HeadDim,
    scaled_embedding: false,
    caps: None,
    clips: false,
    names: &LLAMA,
};

const QWEN2: Family = Family {
    name: "qwen2",
    sizes: SizeKeys {
        context_default: 32_768,
        ..BASE.sizes
    },
    kv_heads: KvHeads::Needed,
    windows: WindowRule::Late(4096, 28),
    qkv_bias: Switch::Always,
    out_bias: Switch::Never,
    mlp_bias: Switch::Never,
    ..BASE
};
