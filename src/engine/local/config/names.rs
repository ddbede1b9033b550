//! What the families call their tensors, as Hugging Face transformers writes them.

/// How the query, key and value projections lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Qkv {
    /// Three tensors.
    Three([&'static str; 3]),
    /// One: all queries, then all keys, then all values.
    One(&'static str),
    /// One: for each head its query, key and value.
    ByHead(&'static str),
}

/// The tensors of one family. Names of weights and biases come without `.weight` and `.bias`; those
/// of a layer follow [`Names::layer`] and the layer's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Names {
    /// Token embeddings.
    pub embedding: &'static str,
    /// Learned positions.
    pub positions: &'static str,
    /// What comes before a layer's number.
    pub layer: &'static str,
    /// Query, key and value projections.
    pub qkv: Qkv,
    /// Norms of queries and keys: over a head, or over the whole projection.
    pub qk_norms: Option<QkNorms>,
    /// The attention's output projection.
    pub out: &'static str,
    /// The MLP's first projections: gate and up, both in one, or the only one.
    pub up: &'static [&'static str],
    /// The MLP's last projection.
    pub down: &'static str,
    /// Norms before the attention, after it, before the MLP, after it.
    pub norms: [Option<&'static str>; 4],
    /// The last norm.
    pub norm: &'static str,
    /// The head, by any of these names.
    pub head: &'static [&'static str],
    /// Weights of the layers' projections lie `[inputs, outputs]`.
    pub transposed: bool,
}

/// Norms of queries and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QkNorms {
    /// Their names.
    pub names: [&'static str; 2],
    /// One head at a time, not all together.
    pub by_head: bool,
}

/// The usual names.
pub const LLAMA: Names = Names {
    embedding: "model.embed_tokens",
    positions: "",
    layer: "model.layers.",
    qkv: Qkv::Three(["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
    qk_norms: None,
    out: "self_attn.o_proj",
    up: &["mlp.gate_proj", "mlp.up_proj"],
    down: "mlp.down_proj",
    norms: [
        Some("input_layernorm"),
        None,
        Some("post_attention_layernorm"),
        None,
    ],
    norm: "model.norm",
    head: &["lm_head"],
    transposed: false,
};

/// Phi-3: fused.
pub const PHI3: Names = Names {
    qkv: Qkv::One("self_attn.qkv_proj"),
    up: &["mlp.gate_up_proj"],
    ..LLAMA
};

/// Gemma 2: norms on both sides.
pub const GEMMA2: Names = Names {
    norms: [
        Some("input_layernorm"),
        Some("post_attention_layernorm"),
        Some("pre_feedforward_layernorm"),
        Some("post_feedforward_layernorm"),
    ],
    ..LLAMA
};

/// Qwen 3: norms of each head's queries and keys.
pub const QWEN3: Names = Names {
    qk_norms: Some(QkNorms {
        names: ["self_attn.q_norm", "self_attn.k_norm"],
        by_head: true,
    }),
    ..LLAMA
};

/// OLMo 2: norms after, and of all queries and all keys.
pub const OLMO2: Names = Names {
    qk_norms: Some(QkNorms {
        names: ["self_attn.q_norm", "self_attn.k_norm"],
        by_head: false,
    }),
    norms: [
        None,
        Some("post_attention_layernorm"),
        None,
        Some("post_feedforward_layernorm"),
    ],
    ..LLAMA
};

/// GPT-2: its own, and weights `[inputs, outputs]` (Conv1D).
pub const GPT2: Names = Names {
    embedding: "transformer.wte",
    positions: "transformer.wpe",
    layer: "transformer.h.",
    qkv: Qkv::One("attn.c_attn"),
    qk_norms: None,
    out: "attn.c_proj",
    up: &["mlp.c_fc"],
    down: "mlp.c_proj",
    norms: [Some("ln_1"), None, Some("ln_2"), None],
    norm: "transformer.ln_f",
    head: &["lm_head"],
    transposed: true,
};

/// GPT-NeoX and Pythia.
pub const NEOX: Names = Names {
    embedding: "gpt_neox.embed_in",
    positions: "",
    layer: "gpt_neox.layers.",
    qkv: Qkv::ByHead("attention.query_key_value"),
    qk_norms: None,
    out: "attention.dense",
    up: &["mlp.dense_h_to_4h"],
    down: "mlp.dense_4h_to_h",
    norms: [
        Some("input_layernorm"),
        None,
        Some("post_attention_layernorm"),
        None,
    ],
    norm: "gpt_neox.final_layer_norm",
    head: &["embed_out", "lm_head"],
    transposed: false,
};
