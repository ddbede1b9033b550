//! A run without a screen: gives its jobs to the model and its finished rounds to whoever keeps
//! them, until nothing is left or somebody says stop.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::Receiver;

use crate::domain::{JobEvent, JobId, JobReport};
use crate::engine::{Engine, JobHandle};
use crate::run::{Finished, Order, Run, Stamp};

use super::failure::Failure;
use super::signals::{Ended, Signals};

/// At most this many reports are worked through before signals are looked at again.
const BATCH: usize = 256;

/// While nothing is reported, whether the model still lives is looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Why a run ended before its end.
#[derive(Debug)]
pub enum Halt {
    /// Whoever keeps the answers said so.
    Failure(Failure),
    /// A model's thread has ended: it will never report again.
    Dead(&'static str),
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Halt {
        Halt::Failure(failure)
    }
}

impl From<Halt> for Failure {
    fn from(halt: Halt) -> Failure {
        match halt {
            Halt::Failure(failure) => failure,
            Halt::Dead(what) => Failure::work(format!("{what}; what was finished is kept")),
        }
    }
}

/// Drives a run to its end. All that a model reported before it died is kept.
///
/// # Errors
/// What `keep` reports; a model or a critic that died.
pub async fn drive(
    run: &mut Run,
    engine: &dyn Engine,
    reports: &mut Receiver<JobReport>,
    signals: &mut Signals,
    mut keep: impl FnMut(&mut Run, &Finished) -> Result<(), Failure>,
) -> Result<Option<Ended>, Halt> {
    let begun = Instant::now();
    let mut handles: HashMap<JobId, JobHandle> = HashMap::new();
    let mut orders = Vec::new();
    run.set_sweeping(true, &mut orders);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let dead = engine.ended();
        for order in orders.drain(..) {
            match order {
                // Nobody would ever answer it.
                Order::Start(_) if dead.is_some() => {}
                Order::Start(job) => {
                    handles.insert(job.id, engine.start(job));
                }
                Order::Cancel(id) => {
                    handles.remove(&id);
                }
                Order::Keep(finished) => keep(run, &finished)?,
            }
        }
        if run.sweep().is_over() {
            return Ok(None);
        }
        if let Some(what) = dead.filter(|_| reports.is_empty()) {
            return Err(Halt::Dead(what));
        }
        tokio::select! {
            biased;
            ended = signals.next() => return Ok(Some(ended)),
            n = reports.recv_many(&mut batch, BATCH) => {
                if n == 0 {
                    return Err(Halt::Dead("the model has stopped answering"));
                }
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
        let now = Stamp(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
        for report in batch.drain(..) {
            if matches!(
                report.event,
                JobEvent::Finished { .. } | JobEvent::Failed { .. }
            ) {
                handles.remove(&report.id);
            }
            run.on_report(&report, now, &mut orders);
        }
    }
}
