//! From a GGUF's metadata to the `config.json` of the same model.
//!
//! The keys are Hugging Face's, so that [`DecoderConfig`](super::super::config::DecoderConfig) is the one
//! place that knows models. One value has no name there: Llama 3's stretched wavelengths lie in the file
//! as divisors, one per pair of a head's elements, and are passed on as
//! `rope_scaling: {"rope_type": "frequencies", "factors": [..]}`.
//!
//! What llama.cpp derives from names or sizes instead of metadata is said where it is done.

use serde_json::{Map, Value, json};

use super::Gguf;
use super::family::Family;
use super::metadata::Metadata;
use super::vocabulary;
use crate::engine::EngineError;

/// Tables of the wavelengths.
const FREQUENCIES: &str = "rope_freqs.weight";
const FACTORS_LONG: &str = "rope_factors_long.weight";
const FACTORS_SHORT: &str = "rope_factors_short.weight";

/// Blocks of Gemma 2 27B, whose queries alone are scaled by the model's width.
const GEMMA2_27B_BLOCKS: u64 = 46;

/// Gemma 2's window, where an old file does not say it.
const GEMMA2_WINDOW: u64 = 4096;

/// The value of the `config.json`.
pub fn config(gguf: &Gguf) -> Result<Value, EngineError> {
    let mut writer = Writer {
        gguf,
        metadata: &gguf.header.metadata,
        family: gguf.family,
        out: Map::new(),
    };
    writer.common()?;
    match gguf.family {
        Family::Gpt2 => writer.gpt2()?,
        Family::GptNeox => writer.gpt_neox()?,
        Family::Gemma2 => {
            writer.decoder()?;
            writer.gemma2()?;
        }
        Family::Phi3 => {
            writer.decoder()?;
            writer.phi3()?;
        }
        Family::Olmo => {
            writer.decoder()?;
            writer.put_number("clip_qkv", "attention.clamp_kqv")?;
        }
        Family::Olmo2 => {
            writer.decoder()?;
            // Olmo 3 goes by the same name, and differs in this.
            writer.refuse(
                "attention.sliding_window",
                "an OLMo 3 model's sliding window",
            )?;
        }
        Family::Llama | Family::Qwen2 | Family::Qwen3 => writer.decoder()?,
    }
    Ok(Value::Object(writer.out))
}

struct Writer<'a> {
    gguf: &'a Gguf,
    metadata: &'a Metadata,
    family: Family,
    out: Map<String, Value>,
}

impl Writer<'_> {
    /// The file's key: the family's name, and `rest`.
    fn key(&self, rest: &str) -> String {
        format!("{}.{rest}", self.family.prefix())
    }

    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.out.insert(name.to_owned(), value.into());
    }

    fn count(&self, rest: &str) -> Result<Option<u64>, EngineError> {
        self.metadata.count(&self.key(rest))
    }

    fn need(&self, rest: &str) -> Result<u64, EngineError> {
        self.metadata.need_count(&self.key(rest))
    }

    fn need_as(&mut self, name: &str, rest: &str) -> Result<(), EngineError> {
        let count = self.need(rest)?;
        self.put(name, count);
        Ok(())
    }

    fn put_number(&mut self, name: &str, rest: &str) -> Result<(), EngineError> {
        if let Some(number) = self.metadata.number(&self.key(rest))? {
            self.put(name, number);
        }
        Ok(())
    }

    fn unsupported(&self, what: String, supported: &str) -> EngineError {
        EngineError::Unsupported {
            file: self.metadata.file().to_owned(),
            what,
            supported: supported.to_owned(),
        }
    }

    fn refuse(&self, rest: &str, what: &str) -> Result<(), EngineError> {
        let key = self.key(rest);
        match self.metadata.get(&key) {
            None => Ok(()),
            Some(_) => Err(self.unsupported(format!("{what} ({key})"), "models without it")),
        }
    }

    fn has(&self, tensor: &str) -> bool {
        self.gguf.header.tensor(tensor).is_some()
    }

    /// What every family has.
    fn common(&mut self) -> Result<(), EngineError> {
        self.put("model_type", self.family.model_type());
        let embedding = self.gguf.header.tensor("token_embd.weight");
        let Some(tokens) = embedding.and_then(|t| t.shape.first()) else {
            return Err(EngineError::Weights {
                file: self.metadata.file().to_owned(),
                tensor: "token_embd.weight".into(),
                why: "is missing; the file holds no whole model".into(),
            });
        };
        // The metadata's own count is missing in some files, and wrong in others.
        self.put("vocab_size", *tokens as u64);
        self.put("tie_word_embeddings", !self.has("output.weight"));
        self.put("eos_token_id", vocabulary::ends_of_turn(self.metadata)?);
        if self.count("expert_count")?.unwrap_or(0) > 0 {
            let what = format!("a mixture of experts ({})", self.key("expert_count"));
            return Err(self.unsupported(what, "models without experts"));
        }
        Ok(())
    }

    /// What Llama and its relatives call by the same names.
    fn decoder(&mut self) -> Result<(), EngineError> {
        self.need_as("hidden_size", "embedding_length")?;
        self.need_as("num_hidden_layers", "block_count")?;
        self.need_as("intermediate_size", "feed_forward_length")?;
        self.put("num_attention_heads", self.gguf.heads as u64);
        self.put("num_key_value_heads", self.gguf.kv_heads as u64);
        if let Some(context) = self.count("context_length")? {
            self.put("max_position_embeddings", context);
        }
        self.put_number("rms_norm_eps", "attention.layer_norm_rms_epsilon")?;
        let head_dim = self.head_dim()?;
        if self.count("attention.value_length")?.unwrap_or(head_dim) != head_dim {
            let what = format!("{} other than keys'", self.key("attention.value_length"));
            return Err(self.unsupported(what, "keys and values of the same width"));
        }
        if self.count("attention.key_length")?.is_some() {
            self.put("head_dim", head_dim);
        }
        let turned = self.count("rope.dimension_count")?.unwrap_or(head_dim);
        if turned != head_dim && self.family != Family::Phi3 {
            let what = format!(
                "{} of {turned} where a head has {head_dim}",
                self.key("rope.dimension_count")
            );
            return Err(self.unsupported(what, "rotation of whole heads in this architecture"));
        }
        match self.family {
            // Theirs goes without saying.
            Family::Qwen2 | Family::Phi3 => {}
            _ => self.put("attention_bias", self.has("blk.0.attn_q.bias")),
        }
        if self.family == Family::Llama {
            self.put("mlp_bias", self.has("blk.0.ffn_up.bias"));
        }
        self.put_number("rope_theta", "rope.freq_base")?;
        self.rope_scaling()
    }

    fn head_dim(&self) -> Result<u64, EngineError> {
        match self.count("attention.key_length")? {
            Some(dim) => Ok(dim),
            None => Ok(self.need("embedding_length")? / self.gguf.heads as u64),
        }
    }

    fn rope_scaling(&mut self) -> Result<(), EngineError> {
        let key = self.key("rope.scaling.type");
        let mut kind = self.metadata.text(&key)?.unwrap_or("none").to_owned();
        let factor = self.metadata.number(&self.key("rope.scaling.factor"))?;
        // Files of 2023 have only a factor.
        let old = self.metadata.number(&self.key("rope.scale_linear"))?;
        let factor = factor.or(old);
        if kind == "none" && old.is_some_and(|f| f != 1.0) {
            kind = "linear".into();
        }
        let scaling = match (kind.as_str(), self.gguf.plain(FREQUENCIES)?) {
            ("none", None) => return Ok(()),
            ("none", Some(factors)) => json!({"rope_type": "frequencies", "factors": factors}),
            (kind, None) => json!({"rope_type": kind, "factor": factor}),
            (kind, Some(_)) => {
                let what = format!("{FREQUENCIES} together with {key} {kind:?}");
                return Err(self.unsupported(what, "one of them"));
            }
        };
        self.put("rope_scaling", scaling);
        Ok(())
    }

    fn gemma2(&mut self) -> Result<(), EngineError> {
        self.put("hidden_activation", "gelu_pytorch_tanh");
        for (name, key, default) in [
            ("attn_logit_softcapping", "attn_logit_softcapping", 50.0),
            ("final_logit_softcapping", "final_logit_softcapping", 30.0),
        ] {
            self.put(name, default);
            self.put_number(name, key)?;
        }
        let window = self.count("attention.sliding_window")?;
        self.put("sliding_window", window.unwrap_or(GEMMA2_WINDOW));
        // As llama.cpp: no metadata says it.
        let scalar = match self.need("block_count")? {
            GEMMA2_27B_BLOCKS => self.need("embedding_length")? / self.gguf.heads as u64,
            _ => self.head_dim()?,
        };
        self.put("query_pre_attn_scalar", scalar);
        Ok(())
    }

    fn phi3(&mut self) -> Result<(), EngineError> {
        let head_dim = self.head_dim()?;
        let turned = self.count("rope.dimension_count")?.unwrap_or(head_dim);
        self.put("partial_rotary_factor", share(turned, head_dim));
        // 0: a Phi-4, which has none.
        let window = self.count("attention.sliding_window")?.filter(|w| *w > 0);
        self.put("sliding_window", window);
        if let Some(context) = self.count("rope.scaling.original_context_length")? {
            self.put("original_max_position_embeddings", context);
        }
        let long = self.gguf.plain(FACTORS_LONG)?;
        let short = self.gguf.plain(FACTORS_SHORT)?;
        if long.is_none() && short.is_none() {
            return Ok(());
        }
        let mut scaling = json!({
            "rope_type": "longrope", "long_factor": long, "short_factor": short,
        });
        if let Some(factor) = self
            .metadata
            .number(&self.key("rope.scaling.attn_factor"))?
        {
            scaling["attention_factor"] = json!(factor);
        }
        self.put("rope_scaling", scaling);
        Ok(())
    }

    fn gpt2(&mut self) -> Result<(), EngineError> {
        self.need_as("n_embd", "embedding_length")?;
        self.need_as("n_layer", "block_count")?;
        self.need_as("n_inner", "feed_forward_length")?;
        self.need_as("n_positions", "context_length")?;
        self.put("n_head", self.gguf.heads as u64);
        self.put("activation_function", "gelu_new");
        self.put_number("layer_norm_epsilon", "attention.layer_norm_epsilon")
    }

    fn gpt_neox(&mut self) -> Result<(), EngineError> {
        self.need_as("hidden_size", "embedding_length")?;
        self.need_as("num_hidden_layers", "block_count")?;
        self.need_as("intermediate_size", "feed_forward_length")?;
        self.need_as("max_position_embeddings", "context_length")?;
        self.put("num_attention_heads", self.gguf.heads as u64);
        self.put("hidden_act", "gelu");
        self.put("attention_bias", self.has("blk.0.attn_qkv.bias"));
        self.put_number("layer_norm_eps", "attention.layer_norm_epsilon")?;
        let key = self.key("use_parallel_residual");
        self.put(
            "use_parallel_residual",
            self.metadata.flag(&key)?.unwrap_or(true),
        );
        let head_dim = self.head_dim()?;
        let turned = self.count("rope.dimension_count")?.unwrap_or(head_dim);
        self.put("rotary_pct", share(turned, head_dim));
        self.put_number("rotary_emb_base", "rope.freq_base")?;
        self.rope_scaling()
    }
}

/// The share of `whole` that is `part`, such that multiplied and cut to a whole number it is `part` again,
/// as it was made.
fn share(part: u64, whole: u64) -> f64 {
    let share = part as f64 / whole.max(1) as f64;
    match ((share * whole as f64) as u64) < part {
        true => share.next_up(),
        false => share,
    }
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn shares_give_their_parts_back() {
        for whole in 1..=512 {
            for part in 0..=whole {
                assert_eq!(
                    (share(part, whole) * whole as f64) as u64,
                    part,
                    "{part}/{whole}"
                );
            }
        }
    }
}
