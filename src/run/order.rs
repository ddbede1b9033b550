//! What a run wants done, and the time it is told.

use std::sync::Arc;

use crate::domain::{ConditionNo, Item, Job, JobId, Round, RoundNo};

/// Milliseconds since the session began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp(pub u64);

/// Which of the repeats of one question a trajectory is; all zero for the only one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Take {
    /// Which of the independent samples.
    pub sample: u16,
    /// By how many places the options were turned (see [`Item::rotated`]).
    pub rotation: u16,
}

/// A round of the sweep that has its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// Position of the item in the set.
    pub item_no: usize,
    /// The item, its options in the order in which the model saw them.
    pub item: Arc<Item>,
    /// Which repeat of it.
    pub take: Take,
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
