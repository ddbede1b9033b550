//! The engine as the rest of the program sees it: jobs in, reports out.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::path::Path;

use engine_models::{SMALL, TEMPLATE, TINY, byte_level, sentencepiece, unigram, write};
use recant::domain::{
    Decoding, Dialogue, Job, JobEvent, JobId, JobReport, Message, Priority, Role, Sampling,
    StopReason, TokenDetail, Voice,
};
use recant::engine::local::batch::Limits;
use recant::engine::local::files::ModelFiles;
use recant::engine::local::{LocalEngine, Options};
use recant::engine::{Engine, JobHandle};
use tokio::sync::mpsc::{Receiver, channel};

fn open(folder: &Path, limits: Limits) -> (LocalEngine, Receiver<JobReport>) {
    let (sender, receiver) = channel(64);
    let options = Options {
        threads: Some(1),
        limits,
        is_control: false,
        ..Options::default()
    };
    let files = ModelFiles::folder(folder).unwrap();
    (
        LocalEngine::open(&files, sender, options).unwrap(),
        receiver,
    )
}

fn job(id: u64, user: &str, prefill: &str, seed: u64) -> Job {
    Job {
        voice: Voice::Model,
        id: JobId(id),
        priority: Priority::Pane,
        dialogue: Dialogue {
            messages: vec![Message {
                role: Role::User,
                text: user.into(),
            }],
            prefill: prefill.into(),
        },
        options: Vec::new(),
        sampling: Some(Sampling {
            decoding: Decoding {
                top_p: 0.95,
                ..Decoding::default()
            },
            seed,
            max_tokens: 24,
            stop: Vec::new(),
        }),
        // Asked for or not, the words are the same: every other job does.
        alternatives: (id % 2) as u8 * 3,
    }
}

fn options() -> Vec<Vec<String>> {
    let forms = |a: &str, b: &str| vec![a.to_owned(), b.to_owned()];
    vec![
        forms(" the cook", " (a)"),
        forms(" the pilot", " (b)"),
        forms(" Not known", " (c)"),
    ]
}

#[derive(Debug, Default, Clone, PartialEq)]
struct Outcome {
    text: String,
    logprobs: Vec<f32>,
    details: usize,
    belief: Option<(Vec<f64>, f64)>,
    prompt: u32,
    reused: u32,
    end: Option<StopReason>,
    failed: Option<String>,
}

impl Outcome {
    fn take(&mut self, event: JobEvent) {
        assert!(
            self.end.is_none() && self.failed.is_none(),
            "nothing follows the end"
        );
        match event {
            JobEvent::Reading {
                prompt,
                reused_tokens,
            } => {
                assert_eq!(self.prompt, 0, "reading is reported once");
                assert_eq!(prompt.sha256.len(), 64);
                assert!(!prompt.text.is_empty());
                (self.prompt, self.reused) = (prompt.tokens.len() as u32, reused_tokens);
            }
            JobEvent::Belief {
                probabilities,
                mass,
                scores,
            } => {
                assert!(self.prompt > 0 && self.belief.is_none());
                assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                assert!((0.0..=1.0).contains(&mass));
                let sum: f64 = scores.iter().map(|s| s.logprob.exp()).sum();
                assert!((sum - mass).abs() < 1e-9);
                // A mean over tokens is never below the sum over them.
                assert!(
                    scores
                        .iter()
                        .all(|s| s.logprob_per_token >= s.logprob - 1.0)
                );
                self.belief = Some((probabilities, mass));
            }
            JobEvent::Token {
                text,
                logprob,
                detail,
            } => {
                assert!(self.prompt > 0 && logprob <= 1e-5);
                self.text += &text;
                self.logprobs.push(logprob);
                if let Some(detail) = detail {
                    self.has_detail(&detail, logprob);
                }
            }
            JobEvent::Finished { reason } => self.end = Some(reason),
            JobEvent::Failed { message } => self.failed = Some(message),
        }
    }

    fn has_detail(&mut self, detail: &TokenDetail, logprob: f32) {
        let top = &detail.alternatives;
        assert_eq!(top.len(), 3);
        assert!(top.is_sorted_by(|a, b| a.logprob >= b.logprob));
        assert!(top.iter().map(|a| a.logprob.exp()).sum::<f32>() <= 1.0001);
        assert!(detail.entropy >= 0.0 && detail.elapsed_ms >= 0.0);
        match top.iter().position(|a| a.token == detail.token) {
            // Of equally probable tokens any may come first.
            Some(at) => {
                assert!(at >= detail.rank as usize && (top[at].logprob - logprob).abs() < 1e-5);
            }
            None => assert!(top.iter().all(|a| a.logprob >= logprob - 1e-5)),
        }
        self.details += 1;
    }

    /// Without what may differ by reuse.
    fn said(&self) -> Outcome {
        Outcome {
            reused: 0,
            ..self.clone()
        }
    }
}

/// Runs jobs to their ends; returns what each did.
fn run(
    engine: &LocalEngine,
    receiver: &mut Receiver<JobReport>,
    jobs: Vec<Job>,
) -> HashMap<u64, Outcome> {
    let count = jobs.len();
    let _handles: Vec<JobHandle> = jobs.into_iter().map(|j| engine.start(j)).collect();
    let mut outcomes: HashMap<u64, Outcome> = HashMap::new();
    let is_over = |o: &&Outcome| o.end.is_some() || o.failed.is_some();
    while outcomes.values().filter(is_over).count() < count {
        let report = receiver.blocking_recv().unwrap();
        outcomes.entry(report.id.0).or_default().take(report.event);
    }
    outcomes
}

fn one(engine: &LocalEngine, receiver: &mut Receiver<JobReport>, job: Job) -> Outcome {
    let id = job.id.0;
    run(engine, receiver, vec![job]).remove(&id).unwrap()
}

fn many() -> Vec<Job> {
    let mut jobs = Vec::new();
    for i in 0..10 {
        let user = format!(
            "Who was late? {} not known",
            "the cook ".repeat(3 * i as usize)
        );
        let mut job = job(i, &user, "The answer is", 100 + i);
        job.options = if i % 3 == 0 { options() } else { Vec::new() };
        if i % 4 == 3 {
            job.sampling = None;
        }
        job.priority = if i % 2 == 0 {
            Priority::Pane
        } else {
            Priority::Background
        };
        jobs.push(job);
    }
    jobs
}

#[test]
fn the_same_job_says_the_same_alone_and_among_others_and_from_a_known_prefix() {
    for tokenizer in [unigram(), byte_level(), sentencepiece()] {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), TINY, &tokenizer, Some(TEMPLATE));
        let no_reuse = Limits {
            prefix_bytes: 0,
            ..Limits::default()
        };
        let mut alone = HashMap::new();
        for job in many() {
            let (engine, mut receiver) = open(folder.path(), no_reuse.clone());
            let id = job.id.0;
            alone.insert(id, one(&engine, &mut receiver, job));
        }
        let narrow = Limits {
            prompt_rows: 7,
            watched_rows: 5,
            panes: 3,
            background: 2,
            ..Limits::default()
        };
        let held_back = Limits {
            pane_tokens_per_s: NonZeroU32::new(400),
            ..Limits::default()
        };
        for limits in [no_reuse, Limits::default(), narrow, held_back] {
            let (engine, mut receiver) = open(folder.path(), limits.clone());
            for round in 0..2 {
                let together = run(&engine, &mut receiver, many());
                for (id, outcome) in together {
                    assert_eq!(outcome.said(), alone[&id].said(), "{limits:?} {round}");
                    if round == 1 && limits.prefix_bytes > 0 {
                        // All but what the last rows must give again.
                        assert!(outcome.reused + 12 > outcome.prompt, "{outcome:?}");
                    }
                    if limits.prefix_bytes == 0 {
                        assert_eq!(outcome.reused, 0);
                    }
                }
            }
        }
        assert!(alone[&0].belief.is_some() && alone[&3].end == Some(StopReason::ScoredOnly));
        let texts: Vec<_> = alone.values().map(|o| &o.text).collect();
        assert!(texts.iter().any(|t| !t.is_empty()));
        assert!(
            !texts.iter().any(|t| t.contains("</s>") || t.contains("<|")),
            "{texts:?}"
        );
    }
}

#[test]
fn weights_in_several_layers_and_heads_load_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), SMALL, &unigram(), Some(TEMPLATE));
    let (engine, mut receiver) = open(folder.path(), Limits::default());
    let ask = |id| job(id, "Who was late?", "The answer is", 3);
    let out = one(&engine, &mut receiver, ask(1));
    assert!(out.end.is_some() && out.details == out.logprobs.len());
    let plain = one(&engine, &mut receiver, ask(2));
    assert_eq!((plain.details, &plain.text), (0, &out.text));
}
