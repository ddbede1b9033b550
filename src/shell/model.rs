//! Which model, opened.

use std::num::NonZeroU32;
use std::path::Path;

use tokio::sync::mpsc::{Receiver, channel};

use crate::control;
use crate::domain::JobReport;
use crate::engine::Engine;
use crate::engine::local::batch::Limits;
use crate::engine::local::files::{EmbeddedFiles, ModelFiles};
use crate::engine::local::{LocalEngine, Options};

use super::failure::Failure;

/// Reports that may wait for whoever reads them before the model has to wait.
const REPORTS: usize = 1024;

/// What the embedded model is called.
const CONTROL: &str = "control";

/// A model and where its reports come from.
pub type Opened = (Box<dyn Engine>, Receiver<JobReport>);

/// A model's files: those of a folder or a GGUF file, or those in the binary.
///
/// # Errors
/// What is missing.
pub fn files(path: Option<&Path>) -> Result<ModelFiles, Failure> {
    match path {
        Some(path) => ModelFiles::open(path).map_err(Failure::usage),
        None => Ok(ModelFiles::embedded(EmbeddedFiles {
            name: CONTROL,
            config: control::CONFIG,
            tokenizer: control::TOKENIZER,
            tokenizer_config: control::TOKENIZER_CONFIG,
            weights: control::WEIGHTS,
        })),
    }
}

/// Opens a model's folder or GGUF file, or the embedded control model; panes are held back to `pace` tokens a second.
/// Takes as long as reading the weights does.
///
/// # Errors
/// What is wrong, in which file.
pub fn open(path: Option<&Path>, pace: Option<NonZeroU32>) -> Result<Opened, Failure> {
    let files = files(path)?;
    let options = Options {
        is_control: path.is_none(),
        limits: Limits {
            pane_tokens_per_s: pace,
            ..Limits::default()
        },
        ..Options::default()
    };
    let (send, reports) = channel(REPORTS);
    let engine = LocalEngine::open(&files, send, options).map_err(Failure::usage)?;
    Ok((Box::new(engine), reports))
}
