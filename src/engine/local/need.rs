//! How much memory a model takes, computed before any of its weights are read.
//!
//! A lower bound on purpose: what is refused by it cannot run; what is not may still be tight. Follows
//! what `layers` and `packed` do; changes there belong here too.

use super::config::DecoderConfig;
use super::files::{Part, WeightsFile};
use super::headers::Header;
use super::kv::{KvShape, PAGE};
use crate::engine::EngineError;

/// A prompt and a dozen answers: without them there is nothing to see.
const TOKENS: usize = 1024;

/// Bytes of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    /// Weights as they are kept.
    pub weights: u64,
    /// Keys and values of some tokens.
    pub tokens: u64,
}

impl Need {
    /// Of a model. Headers may list more than is used (masks, a second copy of the embedding), the
    /// config's shapes leave out the smallest parts: the lesser of both counts.
    pub fn of(header: &Header, config: &DecoderConfig) -> Need {
        let f32s = matrix_numbers(config).saturating_mul(size_of::<f32>() as u64);
        let pages = TOKENS.min(config.context).div_ceil(PAGE) as u64;
        let page_bytes = KvShape::of(config).page_bytes() as u64;
        Need {
            weights: header.kept_bytes().min(f32s),
            tokens: pages.saturating_mul(page_bytes),
        }
    }

    /// Of a model's files; reads their headers.
    ///
    /// # Errors
    /// What loading would say too: an unsupported model, a damaged file.
    pub fn of_files(config: &Part, weights: &[WeightsFile]) -> Result<Need, EngineError> {
        let config = DecoderConfig::read(config)?;
        Ok(Need::of(&Header::read(weights)?, &config))
    }

    /// All together.
    pub fn bytes(self) -> u64 {
        self.weights.saturating_add(self.tokens)
    }
}

/// Numbers in the matrices that a config asks for.
fn matrix_numbers(config: &DecoderConfig) -> u64 {
    let size = |n: usize| n as u64;
    let (hidden, inner) = (size(config.hidden), size(config.intermediate));
    let q = size(config.heads) * size(config.head_dim);
    let kv = size(config.kv_heads) * size(config.head_dim);
    let mlp = if config.family.gated { 3 } else { 2 };
    // All below 2^60 by the bounds that a config keeps.
    let layer = hidden * (2 * q + 2 * kv) + mlp * hidden * inner;
    let ends = if config.tied { 1 } else { 2 };
    let all = size(config.layers).saturating_mul(layer);
    all.saturating_add(ends * hidden * size(config.vocab))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::local::files::{EmbeddedFiles, ModelFiles};

    #[test]
    fn the_control_model_needs_what_its_numbers_say() {
        let files = ModelFiles::embedded(EmbeddedFiles {
            name: "control",
            config: include_bytes!("../../../fixtures/control/config.json"),
            tokenizer: b"",
            tokenizer_config: b"",
            weights: include_bytes!("../../../fixtures/control/model.safetensors"),
        });
        let header = Header::read(&files.weights).unwrap();
        let config = DecoderConfig::read(&files.config).unwrap();
        let need = Need::of_files(&files.config, &files.weights).unwrap();
        let tokens = 1024.min(config.context) as u64;
        let kv = 2 * config.layers * config.kv_heads * config.head_dim * 4;
        assert_eq!(need.tokens, tokens * kv as u64);
        // Norms are all that the config's matrices leave out.
        let norms = (2 * config.layers + 1) * config.hidden;
        assert_eq!(need.weights, 4 * (header.parameters() - norms as u64));
        assert_eq!(need.bytes(), need.weights + need.tokens);
    }
}
