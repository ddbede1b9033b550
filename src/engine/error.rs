//! What can go wrong before a model answers: always what, where, and what to do instead.

/// Why a model could not be opened. Every message names the file (and the field or tensor) at fault.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A file is missing or cannot be read.
    #[error(
        "{file}: cannot be read: {why}; a model is a .gguf file, or a folder with config.json, tokenizer.json and *.safetensors"
    )]
    Unreadable {
        /// Path or name.
        file: String,
        /// The system's reason.
        why: String,
    },
    /// A configuration value is missing, of the wrong kind, absurd, or contradicts another.
    #[error("{file}: {field}: {why}")]
    Config {
        /// Path or name.
        file: String,
        /// The key.
        field: String,
        /// What is wrong, what would be right.
        why: String,
    },
    /// The model is of a kind this engine does not run.
    #[error("{file}: {what} is not supported; supported: {supported}")]
    Unsupported {
        /// Path or name.
        file: String,
        /// What was found.
        what: String,
        /// What would have been right.
        supported: String,
    },
    /// A file's structure is damaged, or beyond all bounds.
    #[error("{file}: byte {at}: {place}: {why}")]
    Damaged {
        /// Path or name.
        file: String,
        /// Where in the file.
        at: u64,
        /// The key or tensor there, or "header".
        place: String,
        /// What is wrong.
        why: String,
    },
    /// The weights do not fit the configuration, or the file is damaged.
    #[error("{file}: {tensor}: {why}")]
    Weights {
        /// Path or name.
        file: String,
        /// The tensor, or "header".
        tensor: String,
        /// What is wrong.
        why: String,
    },
    /// A graphics processor that is not there, or has failed.
    #[error("{0}")]
    Device(String),
    /// The tokenizer cannot be used.
    #[error("{file}: tokenizer: {why}")]
    Tokenizer {
        /// Path or name.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// The chat template cannot be used.
    #[error("{file}: chat template: {why}")]
    Template {
        /// Path or name.
        file: String,
        /// What is wrong, with its line.
        why: String,
    },
    /// The text or the tokens to go on from cannot be used.
    #[error("prompt: {0}")]
    Prompt(String),
    /// The system refused a thread.
    #[error("the model's thread could not be started: {0}")]
    Thread(String),
}
