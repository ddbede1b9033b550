//! A run without a screen: gives its jobs to the model and its finished rounds to whoever keeps
//! them, until nothing is left or somebody says stop.

use std::collections::HashMap;
use std::time::Instant;

use tokio::sync::mpsc::Receiver;

use crate::domain::{JobEvent, JobId, JobReport};
use crate::engine::{Engine, JobHandle};
use crate::run::{Finished, Order, Run, Stamp};

use super::failure::Failure;
use super::signals::{Ended, Signals};

/// At most this many reports are worked through before signals are looked at again.
const BATCH: usize = 256;

/// Drives a run to its end.
///
/// # Errors
/// What `keep` reports; a model that died.
pub async fn drive(
    run: &mut Run,
    engine: &dyn Engine,
    reports: &mut Receiver<JobReport>,
    signals: &mut Signals,
    mut keep: impl FnMut(&mut Run, &Finished) -> Result<(), Failure>,
) -> Result<Option<Ended>, Failure> {
    let begun = Instant::now();
    let mut handles: HashMap<JobId, JobHandle> = HashMap::new();
    let mut orders = Vec::new();
    run.set_sweeping(true, &mut orders);
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        for order in orders.drain(..) {
            match order {
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
        tokio::select! {
            biased;
            ended = signals.next() => return Ok(Some(ended)),
            n = reports.recv_many(&mut batch, BATCH) => {
                if n == 0 {
                    return Err(Failure::work("the model has stopped answering; what was finished is kept"));
                }
            }
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
