//! Models on this machine: one thread owns the weights and runs one batch over all jobs.
//!
//! Reading order: `files` (with `gguf`) → `config` → `weights` (with `source`, `safetensors`, `numbers`) →
//! `layers` → `block` → `model` compute, with `linear` (how: `compute`; where: here in f32 by `kernel`, here
//! in blocks by `quant` → `packed`, `rounded` → `int8`, or on an `accelerator`), `attention`, `kv`, and row by
//! row `rowwise`, `activation`, `rope`; `template` → `tokens` → `score`, `speak` (with `sample`,
//! `distribution`, `detokenize`) are the text side; `sequence`, `prefixes`, `batch` put both together. `lens`
//! looks into a model without all that. `headers`, `need` and `machine` tell about models and this machine
//! without loading anything.
//!
//! Invariant: the thread ends when the engine is dropped or nobody listens any more; a panic inside a
//! step ends the jobs in work with `Failed`, and the next jobs find a clean batch.

pub mod accelerator;
mod activation;
pub mod attention;
pub mod batch;
mod block;
pub mod classifier;
pub mod compute;
pub mod config;
pub mod detokenize;
mod distribution;
mod encoder;
pub mod files;
pub mod gguf;
pub mod headers;
mod heap;
pub mod int8;
pub mod kernel;
pub mod kv;
mod layers;
pub mod lens;
pub mod linear;
pub mod machine;
pub mod meaning;
pub mod model;
pub mod need;
pub mod numbers;
pub mod packed;
pub mod prefixes;
pub mod quant;
mod rope;
pub mod rounded;
pub mod rowwise;
pub mod safetensors;
mod sample;
pub mod score;
pub mod sequence;
pub mod source;
pub mod speak;
pub mod speed;
pub mod template;
pub mod tokens;
pub mod weights;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Sender;

use self::accelerator::{Accelerator, Place, Precision};
use self::batch::{Batch, Limits, Pending, Speech};
use self::compute::Compute;
use self::config::{DecoderConfig, generation_eos};
use self::files::{ModelFiles, WeightsFile};
use self::headers::Header;
use self::model::Decoder;
use self::template::ChatTemplate;
use self::tokens::Tokens;
use self::weights::{Digest, Weights};
use super::{About, Engine, EngineError, Gauge, JobHandle};
use crate::domain::{Job, JobEvent, JobReport};

/// How to run a model.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Threads that compute at the same time. `None`: all cores but one, which stays free for the
    /// screen, and at least one. They sleep, not spin, when there is nothing to do.
    pub threads: Option<usize>,
    /// How much at once.
    pub limits: Limits,
    /// It is the embedded control model, and labelled so everywhere.
    pub is_control: bool,
    /// Where products run.
    pub place: Place,
    /// How weights that are not quantised are kept on an accelerator; `None`: f16 where the file is so, bf16 otherwise.
    pub precision: Option<Precision>,
    /// Told how far reading has come.
    pub gauge: Gauge,
}

impl Options {
    /// Whether weights may go to a device with memory of its own.
    pub fn may_be_elsewhere(&self) -> bool {
        self.place != Place::Cpu && !self.is_control && Accelerator::is_built_in()
    }

    /// The accelerator that was asked for, for these weights.
    fn accelerator(&self, weights: &[WeightsFile]) -> Result<Option<Accelerator>, EngineError> {
        // The way to a device and back takes longer than all of its arithmetic.
        if self.is_control && self.place == Place::Auto {
            return Ok(None);
        }
        let precision = match self.precision {
            Some(precision) => precision,
            None if Header::read(weights)?.format().starts_with("f16") => Precision::F16,
            None => Precision::Bf16,
        };
        Accelerator::find(self.place, precision)
    }
}

/// Longest sleep while panes are held back: a cancelled job must not wait longer.
const HELD: Duration = Duration::from_millis(10);

/// A model in this process.
pub struct LocalEngine {
    about: About,
    jobs: mpsc::Sender<Pending>,
    reports: Sender<JobReport>,
    closed: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

/// A model read from its files: what computes and what speaks, not running yet.
pub struct Parts {
    /// What it is.
    pub about: About,
    /// Computes.
    pub model: Decoder,
    /// Speaks.
    pub speech: Speech,
}

impl Parts {
    /// Reads a model. Takes as long as reading the files: call it off the interface's thread.
    pub fn read(files: &ModelFiles, options: &Options) -> Result<Parts, EngineError> {
        let config = DecoderConfig::read(&files.config)?;
        let mut eos = config.eos.clone();
        if let Some(part) = &files.generation_config {
            eos.extend(generation_eos(part)?);
        }
        eos.sort_unstable();
        eos.dedup();
        let speech = Speech {
            tokens: Tokens::read(&files.tokenizer, config.vocab)?,
            template: ChatTemplate::read(files)?,
            eos,
        };
        let digest = Digest::begin(&files.weights)?;
        let weights = Weights::read(&files.weights)?.tell(&options.gauge);
        let mut about = About {
            name: files.name.clone(),
            family: config.family.name.to_owned(),
            parameters: weights.parameters(),
            arithmetic: String::new(),
            context_tokens: config.context as u32,
            is_control: options.is_control,
            weights_sha256: String::new(),
            template_sha256: speech.template.sha256().map(|s| s.to_string()),
        };
        let threads = options.threads.unwrap_or_else(machine::threads);
        let compute = Compute::new(threads.max(1)).with(options.accelerator(&files.weights)?);
        let model = Decoder::new(config, weights, compute)?;
        about.arithmetic = model.kernel();
        about.weights_sha256 = digest.finish()?;
        Ok(Parts {
            about,
            model,
            speech,
        })
    }
}

impl LocalEngine {
    /// Loads a model and starts its thread, see [`Parts::read`]. Reports go to `reports`; when that queue
    /// is full, the model waits.
    pub fn open(
        files: &ModelFiles,
        reports: Sender<JobReport>,
        options: Options,
    ) -> Result<LocalEngine, EngineError> {
        let Parts {
            about,
            model,
            speech,
        } = Parts::read(files, &options)?;
        let batch = Batch::new(model, speech, options.limits);
        LocalEngine::run(about, batch, reports)
    }

    fn run(about: About, batch: Batch, reports: Sender<JobReport>) -> Result<Self, EngineError> {
        let (jobs, inbox) = mpsc::channel();
        let closed = Arc::new(AtomicBool::new(false));
        let worker = Worker {
            batch,
            inbox,
            reports: reports.clone(),
            closed: closed.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("recant-engine".into())
            .spawn(move || {
                worker.run();
                heap::give_back();
            })
            .map_err(|e| EngineError::Thread(e.to_string()))?;
        Ok(LocalEngine {
            about,
            jobs,
            reports,
            closed,
            thread,
        })
    }
}

impl Engine for LocalEngine {
    fn about(&self) -> &About {
        &self.about
    }

    fn ended(&self) -> Option<&'static str> {
        let ended = self.thread.is_finished();
        ended.then_some("the model's thread has ended")
    }

    fn start(&self, job: Job) -> JobHandle {
        let id = job.id;
        let (handle, cancelled) = JobHandle::new(id);
        if self.jobs.send(Pending { job, cancelled }).is_err() {
            let event = JobEvent::Failed {
                message: "the model's thread has ended; restart the program".into(),
            };
            // A full queue here means that nobody reads it: the thread ends only then.
            let _ = self.reports.try_send(JobReport { id, event });
        }
        handle
    }
}

impl Drop for LocalEngine {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::Relaxed);
    }
}

/// The model's thread.
struct Worker {
    batch: Batch,
    /// Has no bound of its own: each job in it is also held by whoever holds its handle.
    inbox: mpsc::Receiver<Pending>,
    reports: Sender<JobReport>,
    closed: Arc<AtomicBool>,
}

impl Worker {
    fn run(mut self) {
        let mut out = Vec::new();
        while !self.closed.load(Ordering::Relaxed) {
            if self.batch.is_idle() {
                match self.inbox.recv() {
                    Ok(pending) => self.batch.add(pending),
                    Err(_) => return,
                }
            }
            while let Ok(pending) = self.inbox.try_recv() {
                self.batch.add(pending);
            }
            let step = catch_unwind(AssertUnwindSafe(|| self.batch.step(&mut out)));
            if step.is_err() {
                let message = "the model failed inside a step (a defect of this program, or a \
                               damaged model file); later questions start afresh";
                self.batch.fail_active(message, &mut out);
            }
            for report in out.drain(..) {
                if self.reports.blocking_send(report).is_err() {
                    return;
                }
            }
            if let Some(time) = self.batch.held_until() {
                let wait = time.saturating_duration_since(Instant::now()).min(HELD);
                match self.inbox.recv_timeout(wait) {
                    Ok(pending) => self.batch.add(pending),
                    Err(mpsc::RecvTimeoutError::Timeout) => {}
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_whose_thread_panicked_has_ended() {
        let (jobs, inbox) = mpsc::channel::<Pending>();
        let (reports, _queue) = tokio::sync::mpsc::channel(1);
        let thread = std::thread::spawn(move || {
            let _ = inbox.recv();
            std::panic::resume_unwind(Box::new("a defect"));
        });
        let engine = LocalEngine {
            about: About {
                name: "m".into(),
                family: String::new(),
                parameters: 0,
                context_tokens: 0,
                is_control: false,
                weights_sha256: String::new(),
                template_sha256: None,
                arithmetic: String::new(),
            },
            jobs: mpsc::channel().0,
            reports,
            closed: Arc::new(AtomicBool::new(false)),
            thread,
        };
        assert_eq!(engine.ended(), None);
        drop(jobs);
        while !engine.thread.is_finished() {
            std::thread::yield_now();
        }
        assert_eq!(engine.ended(), Some("the model's thread has ended"));
    }
}
