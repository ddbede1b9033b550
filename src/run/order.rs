//! What a run wants done, and the time it is told.

use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Job, JobId, Round, RoundNo};

/// Milliseconds since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(pub u64);

/// A round of the sweep that has its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Position of the item in the set.
    pub item_no: usize,
    /// The item.
    pub item: Arc<Item>,
    /// Under which condition.
    pub condition: ConditionNo,
    /// Which round.
    pub round_no: RoundNo,
    /// All of it.
    pub round: Round,
}

/// Something only the outside world can do.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Give this job to the model.
    Start(Job),
    /// Nobody waits for this job any more.
    Cancel(JobId),
    /// A round of the sweep is finished: keep it.
    Keep(Box<Finished>),
}
