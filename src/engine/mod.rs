//! The models: one small seam, and what stands behind it.
//!
//! An [`Engine`] takes [`Job`]s and reports [`JobReport`](crate::domain::JobReport)s through the bounded
//! queue it was made with; a reader that is slow makes the model slow, never the memory large. Dropping a
//! [`JobHandle`] cancels its job within one step of the model. Nothing here knows of runs, panes' places
//! or files of results.

mod error;
mod gauge;
pub mod hub;
pub mod inventory;
pub mod local;
mod size;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub use self::error::EngineError;
pub use self::gauge::Gauge;
pub use self::size::{count_text, size_text};
use crate::domain::{Job, JobId};

/// A model that answers.
pub trait Engine: Send + Sync {
    /// What it is.
    fn about(&self) -> &About;

    /// What gives feedback on its answers, where that is another model.
    fn critic(&self) -> Option<&About> {
        None
    }

    /// Why it will never report again, once that is so: its thread has ended. What it reported before is
    /// still in the queue.
    fn ended(&self) -> Option<&'static str> {
        None
    }

    /// Begins a job. Returns at once; everything else comes as reports. The job lives as long as the
    /// handle: keep it until the job has finished.
    fn start(&self, job: Job) -> JobHandle;
}

/// What a model is, for people and for records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Folder or built-in name.
    pub name: String,
    /// Architecture ("llama").
    pub family: String,
    /// How many numbers its files hold.
    pub parameters: u64,
    /// The arithmetic of its products: "f32", "int8", "cuda bf16".
    pub arithmetic: String,
    /// Most tokens of prompt and answer together.
    pub context_tokens: u32,
    /// Whether its biases were planted: then it says nothing about real models.
    pub is_control: bool,
    /// Hash of the weights' bytes, files in order, in hexadecimal.
    pub weights_sha256: String,
    /// Hash of the chat template's text; `None`: the plain format.
    pub template_sha256: Option<String>,
}

impl About {
    /// The line that stands beside everything measured with this model.
    pub fn label(&self) -> String {
        match self.is_control {
            true => format!(
                "{}: control model: bias planted by construction, says nothing about real models",
                self.name
            ),
            false => self.name.clone(),
        }
    }
}

/// A job's life: dropping it cancels the job.
#[derive(Debug)]
pub struct JobHandle {
    id: JobId,
    cancelled: Arc<AtomicBool>,
}

impl JobHandle {
    /// A handle, and the flag that its drop sets.
    pub fn new(id: JobId) -> (JobHandle, Arc<AtomicBool>) {
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = cancelled.clone();
        (JobHandle { id, cancelled }, flag)
    }

    /// Whose.
    pub fn id(&self) -> JobId {
        self.id
    }
}

impl Drop for JobHandle {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}
