//! The models of an explorer session: one after the other is found and read in the background, while
//! those that are there answer.
//!
//! Invariant: of several models that are asked for, one is read at a time: whether the next one has
//! room is looked at when the memory of those before it is taken already. Reports of all models are
//! waited for together, none of them starves another.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use tokio::sync::mpsc::Receiver;
use tokio::sync::oneshot;

use crate::app::opening::Openable;
use crate::domain::{Job, JobReport, ModelNo, Voice};
use crate::engine::{About, Engine, JobHandle};

use super::cli::{ComputeArgs, ModelArgs};
use super::failure::Failure;
use super::model::{self, Chosen};
use super::openable;
use super::terminal::CAUGHT_THREADS;

/// A model to be loaded.
pub enum Wanted {
    /// Its files are found, and its critic's; the hash that its weights must have, if any will not do.
    Chosen(Box<Chosen>, Option<Box<Chosen>>, Option<String>),
    /// What a person typed; looked for on this disk only.
    Named(PathBuf),
}

impl Wanted {
    /// What a person typed; `~/` is what a shell would make of it.
    pub fn named(text: &str) -> Wanted {
        let home = text.strip_prefix("~/").zip(etcetera::home_dir().ok());
        Wanted::Named(match home {
            Some((rest, home)) => home.join(rest),
            None => text.into(),
        })
    }
}

/// A model being found and read.
struct Loading {
    no: ModelNo,
    /// Its files, once they are found.
    chosen: Arc<OnceLock<Arc<Chosen>>>,
    opened: oneshot::Receiver<Result<model::Opened, Failure>>,
    told: String,
    /// Somebody let go of it while it was being read: it is dropped when it is there.
    is_dropped: bool,
}

/// A model that answers.
struct Answering {
    no: ModelNo,
    engine: Box<dyn Engine>,
    reports: Option<Receiver<JobReport>>,
}

/// What happened.
pub enum News {
    /// It answers from now on, or why it does not.
    Opened(ModelNo, Result<About, Failure>),
    /// So many of its reports were taken; none: there will never be one again.
    Reports(ModelNo, usize),
    /// What the cache holds.
    Cached(Vec<Openable>),
}

/// Refuses a model with other weights than the record's.
fn is_wanted(opened: model::Opened, weights: Option<&str>) -> Result<model::Opened, Failure> {
    let about = opened.0.about();
    match weights {
        Some(wanted) if wanted != about.weights_sha256 => Err(Failure::work(format!(
            "{} is not the model of this run: its weights have another SHA-256 ({}… and not {}…); --model PATH names the run's",
            about.name,
            about.weights_sha256.get(..12).unwrap_or_default(),
            wanted.get(..12).unwrap_or(wanted),
        ))),
        Some(_) | None => Ok(opened),
    }
}

/// All models.
pub struct Models {
    how: ModelArgs,
    pace: Option<NonZeroU32>,
    waiting: VecDeque<(ModelNo, Wanted)>,
    loading: Option<Loading>,
    answering: Vec<Answering>,
    /// Whose reports are looked at first next time.
    turn: usize,
    /// The cache being looked through.
    cached: Option<oneshot::Receiver<Vec<Openable>>>,
}

impl Models {
    /// None yet. `how`: where and how to compute, for models that are named later.
    pub fn new(how: ModelArgs, pace: Option<NonZeroU32>) -> Models {
        Models {
            how,
            pace,
            waiting: VecDeque::new(),
            loading: None,
            answering: Vec::new(),
            turn: 0,
            cached: None,
        }
    }

    /// Loads a model, after those that were asked for before it.
    pub fn load(&mut self, no: ModelNo, wanted: Wanted) {
        self.waiting.push_back((no, wanted));
        self.begin();
    }

    fn begin(&mut self) {
        if self.loading.is_some() {
            return;
        }
        let Some((no, wanted)) = self.waiting.pop_front() else {
            return;
        };
        let (send, opened) = oneshot::channel();
        let cell: Arc<OnceLock<Arc<Chosen>>> = Arc::default();
        self.loading = Some(Loading {
            no,
            chosen: cell.clone(),
            opened,
            told: String::new(),
            is_dropped: false,
        });
        let how = self.how.clone();
        let pace = self.pace;
        let thread = std::thread::Builder::new().name(format!("{CAUGHT_THREADS}-loader"));
        // If no thread can be had, the dropped sender tells.
        let _ = thread.spawn(move || {
            let found = match wanted {
                Wanted::Chosen(chosen, critic, weights) => {
                    Ok((*chosen, critic.map(|c| *c), weights))
                }
                // Fetching would write its progress over the screen.
                Wanted::Named(path) => Chosen::from(&ModelArgs {
                    model: Some(path),
                    compute: ComputeArgs {
                        offline: true,
                        ..how.compute
                    },
                })
                .map(|chosen| (chosen, None, None)),
            };
            let _ = send.send(found.and_then(|(chosen, critic, weights)| {
                let chosen = cell.get_or_init(|| Arc::new(chosen));
                let opened = model::open_with(chosen, critic.as_ref(), pace)?;
                is_wanted(opened, weights.as_deref())
            }));
        });
    }

    /// Looks through the cache, beside everything else; it is told once it is known.
    pub fn find_cached(&mut self) {
        if self.cached.is_some() {
            return;
        }
        let (send, cached) = oneshot::channel();
        let thread = std::thread::Builder::new().name(format!("{CAUGHT_THREADS}-cache"));
        let looks = thread.spawn(move || {
            // Nobody may wait for it any more.
            let _ = send.send(openable::cached());
        });
        self.cached = looks.is_ok().then_some(cached);
    }

    /// Lets go of a model. Its thread ends by itself, its memory is free then.
    pub fn unload(&mut self, no: ModelNo) {
        self.waiting.retain(|(other, _)| *other != no);
        self.answering.retain(|a| a.no != no);
        if let Some(loading) = self.loading.as_mut().filter(|l| l.no == no) {
            loading.is_dropped = true;
        }
    }

    /// Whether the critic of all models came with this one.
    pub fn has_critic(&self, no: ModelNo) -> bool {
        let mut all = self.answering.iter();
        all.any(|a| a.no == no && a.engine.critic().is_some())
    }

    /// Whether a model is being loaded.
    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// What is being read and how far, where that is not what was said last.
    pub fn progress(&mut self) -> Option<(ModelNo, String)> {
        let loading = self.loading.as_mut().filter(|l| !l.is_dropped)?;
        let now = loading.chosen.get()?.reading();
        if now == loading.told {
            return None;
        }
        loading.told.clone_from(&now);
        Some((loading.no, now))
    }

    /// Gives a job to its model; feedback to the critic, where there is one.
    pub fn start(&self, job: Job) -> Option<JobHandle> {
        let of = |no| self.answering.iter().find(|a| a.no == no);
        let critic = || self.answering.iter().find(|a| a.engine.critic().is_some());
        let engine = match job.voice {
            Voice::Critic => critic().or_else(|| of(job.id.model())),
            Voice::Model => of(job.id.model()),
        };
        engine.map(|a| a.engine.start(job))
    }

    /// A model whose thread ended without a word while its queue stays open; told once.
    pub fn ended(&mut self) -> Option<(ModelNo, &'static str)> {
        self.answering.iter_mut().find_map(|model| {
            let read = model.reports.as_ref().is_some_and(Receiver::is_empty);
            let what = model.engine.ended().filter(|_| read)?;
            model.reports = None;
            Some((model.no, what))
        })
    }

    /// Waits for what happens next; for ever while there is no model. Reports go to `batch`, at most so
    /// many at once.
    pub async fn next(&mut self, batch: &mut Vec<JobReport>, most: usize) -> News {
        std::future::poll_fn(|context| {
            while let Some(loading) = &mut self.loading
                && let Poll::Ready(opened) =
                    std::future::Future::poll(std::pin::Pin::new(&mut loading.opened), context)
            {
                let (no, is_dropped) = (loading.no, loading.is_dropped);
                self.loading = None;
                if is_dropped {
                    drop(opened);
                    self.begin();
                    continue;
                }
                let opened = opened.unwrap_or_else(|_| {
                    Err(Failure::work("loading the model ended without a result"))
                });
                let about = opened.map(|(engine, reports)| {
                    let about = engine.about().clone();
                    self.answering.retain(|a| a.no != no);
                    self.answering.push(Answering {
                        no,
                        engine,
                        reports: Some(reports),
                    });
                    about
                });
                self.begin();
                return Poll::Ready(News::Opened(no, about));
            }
            if let Some(cached) = &mut self.cached
                && let Poll::Ready(found) =
                    std::future::Future::poll(std::pin::Pin::new(cached), context)
            {
                self.cached = None;
                return Poll::Ready(News::Cached(found.unwrap_or_default()));
            }
            let count = self.answering.len();
            for at in (0..count).map(|n| (self.turn + n) % count) {
                let Some(reports) = &mut self.answering[at].reports else {
                    continue;
                };
                if let Poll::Ready(n) = reports.poll_recv_many(context, batch, most) {
                    let no = self.answering[at].no;
                    if n == 0 {
                        self.answering[at].reports = None;
                    }
                    self.turn = at + 1;
                    return Poll::Ready(News::Reports(no, n));
                }
            }
            Poll::Pending
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn models() -> Models {
        let how = ModelArgs {
            model: None,
            compute: ComputeArgs {
                offline: true,
                ..ComputeArgs::default()
            },
        };
        Models::new(how, None)
    }

    /// Its thread has ended, its queue stays open.
    struct Dead(About);

    impl Engine for Dead {
        fn about(&self) -> &About {
            &self.0
        }

        fn ended(&self) -> Option<&'static str> {
            Some("the model's thread has ended")
        }

        fn start(&self, job: Job) -> JobHandle {
            JobHandle::new(job.id).0
        }
    }

    #[test]
    fn a_model_that_dies_without_a_word_is_told_once_after_all_it_said() {
        let mut all = models();
        let (send, reports) = tokio::sync::mpsc::channel(4);
        let about = About {
            name: "dead".into(),
            family: String::new(),
            parameters: 1,
            context_tokens: 1,
            is_control: false,
            weights_sha256: String::new(),
            template_sha256: None,
            arithmetic: String::new(),
        };
        all.answering.push(Answering {
            no: ModelNo(0),
            engine: Box::new(Dead(about)),
            reports: Some(reports),
        });
        let id = crate::domain::JobId(1);
        let event = crate::domain::JobEvent::Failed {
            message: "x".into(),
        };
        send.try_send(JobReport { id, event }).unwrap();
        assert_eq!(all.ended(), None, "what it said comes first");
        let mut batch = Vec::new();
        crate::shell::runtime().unwrap().block_on(async {
            all.next(&mut batch, 8).await;
        });
        assert_eq!(batch.len(), 1);
        assert_eq!(
            all.ended(),
            Some((ModelNo(0), "the model's thread has ended"))
        );
        assert_eq!(all.ended(), None);
    }

    #[test]
    fn one_model_is_read_after_the_other_and_a_wrong_name_stops_none() {
        let runtime = crate::shell::runtime().unwrap();
        runtime.block_on(async {
            let mut all = models();
            let control = || Wanted::Chosen(Box::new(Chosen::control()), None, None);
            all.load(ModelNo(0), control());
            all.load(ModelNo(1), Wanted::Named("no/such/folder".into()));
            all.load(ModelNo(2), control());
            let mut batch = Vec::new();
            let mut seen = Vec::new();
            while seen.len() < 3 {
                if let News::Opened(no, opened) = all.next(&mut batch, 8).await {
                    seen.push((no.0, opened.map(|a| a.name).map_err(|e| e.to_string())));
                }
            }
            assert_eq!(seen[0], (0, Ok("control".to_owned())));
            let why = seen[1].1.as_ref().unwrap_err();
            assert!(why.contains("no/such/folder: no such folder"), "{why}");
            assert_eq!(seen[2], (2, Ok("control".to_owned())));
            assert!(!all.is_loading());
            assert_eq!(all.answering.len(), 2);
        });
    }
}
