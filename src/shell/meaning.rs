//! The model that judges which texts mean the same, on behalf of reports.

use std::path::Path;

use crate::engine::local::meaning::Judge;
use crate::report::{Judged, Judging};

use super::failure::Failure;

/// A model from a folder.
pub struct Meanings(Judge);

impl Meanings {
    /// Opens it, if a folder is given.
    ///
    /// # Errors
    /// What is wrong with which of its files.
    pub fn open(folder: Option<&Path>, least: Option<f64>) -> Result<Option<Meanings>, Failure> {
        let open = |folder: &Path| {
            let judge = Judge::open(folder, least);
            judge
                .map(Meanings)
                .map_err(|e| Failure::usage(format!("--meanings: {e}")))
        };
        folder.map(open).transpose()
    }
}

impl Judging for Meanings {
    fn name(&self) -> String {
        let hash: String = self.0.weights_sha256().chars().take(8).collect();
        format!("{} (weights {hash})", self.0.name())
    }

    fn clusters(&mut self, beginning: &str, answers: &[&str]) -> Result<Judged, String> {
        let found = self.0.clusters(beginning, answers)?;
        Ok(Judged {
            same: found.same,
            unless_contradiction: found.unless_contradiction,
        })
    }
}
