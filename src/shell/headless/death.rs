//! A model or a critic that dies in the middle of a run.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use tokio::sync::mpsc::{Sender, channel};

use super::*;
use crate::domain::{Job, JobEvent, JobReport, StopReason};
use crate::engine::{About, Engine, JobHandle};
use crate::shell::cli::{Cli, Command};
use crate::shell::critic::Pair;

/// Answers so many jobs, then falls silent for good: as a model does whose thread has ended.
struct Mortal {
    about: About,
    reports: Sender<JobReport>,
    left: Mutex<usize>,
    dead: AtomicBool,
}

impl Mortal {
    fn new(reports: &Sender<JobReport>, jobs: usize) -> Box<Mortal> {
        let about = About {
            name: "mortal".into(),
            family: String::new(),
            parameters: 7,
            context_tokens: 100,
            is_control: false,
            weights_sha256: "w".into(),
            template_sha256: None,
            arithmetic: String::new(),
        };
        Box::new(Mortal {
            about,
            reports: reports.clone(),
            left: Mutex::new(jobs),
            dead: AtomicBool::new(jobs == 0),
        })
    }
}

impl Engine for Mortal {
    fn about(&self) -> &About {
        &self.about
    }

    fn ended(&self) -> Option<&'static str> {
        let dead = self.dead.load(Ordering::Relaxed);
        dead.then_some("the model's thread has ended")
    }

    fn start(&self, job: Job) -> JobHandle {
        let mut left = self.left.lock().unwrap();
        if *left == 0 {
            self.dead.store(true, Ordering::Relaxed);
            return JobHandle::new(job.id).0;
        }
        *left -= 1;
        let token = JobEvent::Token {
            text: " (a)".into(),
            logprob: -1.0,
            detail: None,
        };
        let reason = StopReason::EndOfTurn;
        for event in [token, JobEvent::Finished { reason }] {
            let report = JobReport { id: job.id, event };
            self.reports.try_send(report).unwrap();
        }
        JobHandle::new(job.id).0
    }
}

fn run_with(
    condition: &str,
    make: impl Fn(&Sender<JobReport>) -> Box<dyn Engine>,
) -> (String, usize) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let words = [
        "recant",
        "run",
        "--limit",
        "8",
        "--rounds",
        "1",
        "--conditions",
        condition,
        "--out",
    ];
    let words = words.iter().map(PathBuf::from).chain([out.clone()]);
    let Some(Command::Run(args)) = Cli::parse_from(words).command else {
        panic!("not a run");
    };
    let mut set = items::items(&args.experiment.items).unwrap();
    cut(&args, &mut set).unwrap();
    let settings = setup::settings(&args.experiment, false, &set.items).unwrap();
    let one = One {
        args: &args,
        set: &set,
        settings: &settings,
        scorer: None,
        folder: out.clone(),
        model: None,
    };
    let (send, reports) = channel(1000);
    let failure = one.go((make(&send), reports)).unwrap_err();
    assert!(
        matches!(failure, Failure::Work(_)),
        "exit code 1: {failure}"
    );
    let text = std::fs::read_to_string(out.join("answers.jsonl")).unwrap();
    (failure.to_string(), text.lines().count())
}

#[test]
fn a_model_that_dies_ends_the_run_and_what_it_finished_is_kept() {
    let (why, lines) = run_with("q", |send| Mortal::new(send, 3));
    assert!(why.contains("the model's thread has ended"), "{why}");
    assert!(why.contains("3 of 8 answers are in"), "{why}");
    assert_eq!(lines, 3);
}

#[test]
fn so_does_a_critic_that_dies() {
    let (why, _) = run_with("q", |send| {
        Box::new(Pair::new(Mortal::new(send, 3), Mortal::new(send, 0)))
    });
    assert!(why.contains("the critic's thread has ended"), "{why}");
}
