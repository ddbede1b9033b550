//! The item on screen, under every condition at once.

use std::sync::Arc;

use crate::domain::{ConditionNo, Item, JobEvent, JobId};

use super::order::Stamp;
use super::play::{Play, Wanted};
use super::settings::Settings;

/// One play per condition, in column order; empty before an item is shown.
#[derive(Debug)]
pub struct Focus {
    settings: Settings,
    item_no: Option<usize>,
    plays: Vec<Play>,
}

impl Focus {
    pub(super) fn new(settings: Settings) -> Focus {
        Focus {
            settings,
            item_no: None,
            plays: Vec::new(),
        }
    }

    /// Its settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Position in the set of the item on screen.
    pub fn item_no(&self) -> Option<usize> {
        self.item_no
    }

    /// The item on screen.
    pub fn item(&self) -> Option<&Arc<Item>> {
        self.plays.first().map(Play::item)
    }

    /// The plays, in column order.
    pub fn plays(&self) -> &[Play] {
        &self.plays
    }

    /// Whether every round of every condition is finished or cannot be.
    pub fn is_over(&self) -> bool {
        self.plays.iter().all(|p| p.is_over(&self.settings))
    }

    pub(super) fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    pub(super) fn show(&mut self, item_no: usize, item: Arc<Item>) {
        self.item_no = Some(item_no);
        self.plays = (0..self.settings.conditions.len())
            .filter_map(|no| u16::try_from(no).ok())
            .map(|no| Play::new(item.clone(), ConditionNo(no)))
            .collect();
    }

    pub(super) fn next(&mut self, condition: ConditionNo) -> Option<Wanted> {
        self.plays
            .get_mut(usize::from(condition.0))?
            .next(&self.settings)
    }

    pub(super) fn started(&mut self, condition: ConditionNo, job: JobId) {
        if let Some(play) = self.plays.get_mut(usize::from(condition.0)) {
            play.started(job);
        }
    }

    pub(super) fn on_event(&mut self, condition: ConditionNo, event: &JobEvent, now: Stamp) {
        if let Some(play) = self.plays.get_mut(usize::from(condition.0)) {
            play.on_event(event, now, &self.settings);
        }
    }
}
