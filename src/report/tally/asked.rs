//! What was asked in a row of a tally: what another run's rows are matched by.

use std::sync::Arc;

use crate::session::AnswerLine;

/// One row: an item as one of its repeats was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The item's name, the same for all its repeats.
    pub item: Arc<str>,
    /// How far its options were turned.
    pub rotation: u16,
    /// The hash of its texts, options and right answer; `None` where records have none.
    pub digest: Option<Box<str>>,
    /// What benchmarks other than BBQ draw: the occupation, student or text it belongs to.
    pub unit: Option<Box<str>>,
}

impl Asked {
    pub(super) fn of(line: &AnswerLine) -> Asked {
        let occupation = || Some(line.pronoun.as_ref()?.occupation.as_str());
        let student = || Some(line.admission.as_ref()?.student.as_str());
        let text = || line.scored.as_ref().map(|_| line.item.as_str());
        Asked {
            item: line.item.as_str().into(),
            rotation: line.rotation,
            digest: line
                .made_with
                .as_ref()
                .map(|with| with.item.as_str().into()),
            unit: occupation().or_else(student).or_else(text).map(Into::into),
        }
    }

    /// Whether both are the same, as far as both say.
    pub fn is_like(&self, other: &Asked) -> bool {
        match (&self.digest, &other.digest) {
            (Some(mine), Some(theirs)) => mine == theirs,
            (None, _) | (_, None) => true,
        }
    }
}
