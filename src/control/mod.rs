//! The control model: a tiny model with planted biases, and the grammar it was trained on.

pub mod builtin;
pub mod check;
pub mod documents;
pub mod draw;
pub mod drills;
pub mod grammar;
pub mod people;
pub mod planted;
pub mod prompts;
pub mod remarks;
pub mod scenes;
pub mod sets;
pub mod situation;
pub mod speech;
pub mod tally;
#[cfg(feature = "train")]
pub mod train;
pub mod traits;
pub mod vocabulary;
pub mod wording;

/// Shown wherever the control model's answers are shown.
pub const LABEL: &str =
    "control model: bias planted by construction, says nothing about real models";

/// `config.json` of the embedded model.
pub const CONFIG: &[u8] = include_bytes!("../../fixtures/control/config.json");
/// Its tokenizer.
pub const TOKENIZER: &[u8] = include_bytes!("../../fixtures/control/tokenizer.json");
/// Its chat template.
pub const TOKENIZER_CONFIG: &[u8] = include_bytes!("../../fixtures/control/tokenizer_config.json");
/// Its weights.
pub const WEIGHTS: &[u8] = include_bytes!("../../fixtures/control/model.safetensors");
