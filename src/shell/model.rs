//! Which model, opened.

use std::num::NonZeroU32;
use std::path::Path;

use tokio::sync::mpsc::{Receiver, channel};

use crate::control;
use crate::domain::JobReport;
use crate::engine::local::batch::Limits;
use crate::engine::local::files::{EmbeddedFiles, ModelFiles};
use crate::engine::local::{LocalEngine, Options};
use crate::engine::{Engine, EngineError};

use super::failure::Failure;

/// Reports that may wait for whoever reads them before the model has to wait.
const REPORTS: usize = 1024;

/// What the embedded model is called.
const CONTROL: &str = "control";

/// A model and where its reports come from.
pub type Opened = (Box<dyn Engine>, Receiver<JobReport>);

/// The files of a model folder, or of the embedded control model.
///
/// # Errors
/// What is missing.
pub fn files(folder: Option<&Path>) -> Result<ModelFiles, EngineError> {
    match folder {
        Some(folder) => ModelFiles::folder(folder),
        None => Ok(ModelFiles::embedded(EmbeddedFiles {
            name: CONTROL,
            config: control::CONFIG,
            tokenizer: control::TOKENIZER,
            tokenizer_config: control::TOKENIZER_CONFIG,
            weights: control::WEIGHTS,
        })),
    }
}

/// Opens a model folder, or the embedded control model; panes are held back to `pace` tokens a second.
/// Takes as long as reading the weights does.
///
/// # Errors
/// What is wrong with the folder, in which file.
pub fn open(folder: Option<&Path>, pace: Option<NonZeroU32>) -> Result<Opened, Failure> {
    let files = files(folder).map_err(Failure::usage)?;
    let options = Options {
        is_control: folder.is_none(),
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
