//! The architectures this engine loads from GGUF, and what llama.cpp calls their tensors.
//!
//! The loading path asks by Hugging Face's names and layouts. llama.cpp renames every tensor, and
//! changes some: what it changed is said here, and undone where tensors are read. The source is its
//! converter (`convert_hf_to_gguf.py`, `gguf-py/gguf/tensor_mapping.py`).

/// An architecture, by `general.architecture`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `llama`: Llama 1 to 3, Mistral, TinyLlama, SmolLM.
    Llama,
    /// `qwen2`: Qwen 2 and 2.5.
    Qwen2,
    /// `qwen3`
    Qwen3,
    /// `phi3`: Phi-3 and Phi-4.
    Phi3,
    /// `gemma2`
    Gemma2,
    /// `gpt2`
    Gpt2,
    /// `olmo`
    Olmo,
    /// `olmo2`
    Olmo2,
    /// `gptneox`: GPT-NeoX, Pythia.
    GptNeox,
}

/// All of them, as the file and as Hugging Face name them.
const FAMILIES: [(Family, &str, &str); 9] = [
    (Family::Llama, "llama", "llama"),
    (Family::Qwen2, "qwen2", "qwen2"),
    (Family::Qwen3, "qwen3", "qwen3"),
    (Family::Phi3, "phi3", "phi3"),
    (Family::Gemma2, "gemma2", "gemma2"),
    (Family::Gpt2, "gpt2", "gpt2"),
    (Family::Olmo, "olmo", "olmo"),
    (Family::Olmo2, "olmo2", "olmo2"),
    (Family::GptNeox, "gptneox", "gpt_neox"),
];

/// How the file's tensor differs from Hugging Face's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Not at all.
    None,
    /// In each of so many heads, the rows of the two halves (which rotate together) alternate.
    Alternated(usize),
    /// Queries, keys and values of so many heads lie apart, not head by head.
    Parted(usize),
    /// Rows and columns are exchanged: `[outputs, inputs]`, where Hugging Face has a `Conv1D`.
    Transposed,
    /// One was added to every number.
    PlusOne,
}

impl Family {
    /// The family of an architecture; `None` for those this engine does not run.
    pub fn of(architecture: &str) -> Option<Family> {
        let found = FAMILIES.iter().find(|(_, name, _)| *name == architecture);
        found.map(|(family, _, _)| *family)
    }

    /// All architectures, for messages.
    pub fn supported() -> String {
        FAMILIES.map(|(_, name, _)| name).join(", ")
    }

    fn names(self) -> (&'static str, &'static str) {
        let found = FAMILIES.iter().find(|(family, _, _)| *family == self);
        found.map_or(("", ""), |(_, file, hugging_face)| (file, hugging_face))
    }

    /// What begins the metadata's keys.
    pub fn prefix(self) -> &'static str {
        self.names().0
    }

    /// `model_type` of a `config.json`.
    pub fn model_type(self) -> &'static str {
        self.names().1
    }

    /// The file's name of the tensor that Hugging Face calls `name`, and how it was changed. `heads` and
    /// `kv_heads` are the model's.
    pub fn tensor(self, name: &str, heads: usize, kv_heads: usize) -> Option<(String, Change)> {
        let prefix = match self {
            Family::Gpt2 => "transformer.",
            Family::GptNeox => "gpt_neox.",
            _ => "model.",
        };
        let bare = name.strip_prefix(prefix).unwrap_or(name);
        let (stem, suffix) = bare.rsplit_once('.')?;
        let layers = match self {
            Family::Gpt2 => "h.",
            _ => "layers.",
        };
        let Some(rest) = stem.strip_prefix(layers) else {
            let stem = self.outer(stem)?;
            return Some((
                format!("{stem}.{suffix}"),
                self.change(stem, heads, kv_heads),
            ));
        };
        let (layer, part) = rest.split_once('.')?;
        let part = self.inner(part)?;
        let mut change = self.change(part, heads, kv_heads);
        if change == Change::Transposed && suffix != "weight" {
            change = Change::None;
        }
        Some((format!("blk.{layer}.{part}.{suffix}"), change))
    }

    /// Outside the blocks.
    fn outer(self, stem: &str) -> Option<&'static str> {
        Some(match stem {
            "embed_tokens" | "wte" | "embed_in" => "token_embd",
            "wpe" => "position_embd",
            "norm" | "ln_f" | "final_layer_norm" => "output_norm",
            "lm_head" | "embed_out" => "output",
            _ => return None,
        })
    }

    /// Inside a block.
    fn inner(self, part: &str) -> Option<&'static str> {
        let post_norms = matches!(self, Family::Gemma2 | Family::Olmo2);
        Some(match part {
            "input_layernorm" | "ln_1" => "attn_norm",
            "post_attention_layernorm" if post_norms => "post_attention_norm",
            "post_attention_layernorm" | "pre_feedforward_layernorm" | "ln_2" => "ffn_norm",
            "post_feedforward_layernorm" => "post_ffw_norm",
            "self_attn.q_proj" => "attn_q",
            "self_attn.k_proj" => "attn_k",
            "self_attn.v_proj" => "attn_v",
            "self_attn.q_norm" => "attn_q_norm",
            "self_attn.k_norm" => "attn_k_norm",
            "self_attn.qkv_proj" | "attn.c_attn" | "attention.query_key_value" => "attn_qkv",
            "self_attn.o_proj" | "attn.c_proj" | "attention.dense" => "attn_output",
            "mlp.gate_proj" => "ffn_gate",
            // Phi-3's holds gate and up, one after the other, in both.
            "mlp.up_proj" | "mlp.gate_up_proj" | "mlp.c_fc" | "mlp.dense_h_to_4h" => "ffn_up",
            "mlp.down_proj" | "mlp.c_proj" | "mlp.dense_4h_to_h" => "ffn_down",
            _ => return None,
        })
    }

    fn change(self, stem: &str, heads: usize, kv_heads: usize) -> Change {
        match (self, stem) {
            (Family::Llama | Family::Olmo, "attn_q") => Change::Alternated(heads),
            (Family::Llama | Family::Olmo, "attn_k") => Change::Alternated(kv_heads),
            (Family::Gemma2, stem) if stem.ends_with("norm") => Change::PlusOne,
            (Family::Gpt2, "attn_qkv" | "attn_output" | "ffn_up" | "ffn_down") => {
                Change::Transposed
            }
            (Family::GptNeox, "attn_qkv") => Change::Parted(heads),
            _ => Change::None,
        }
    }
}
