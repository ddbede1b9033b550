//! Whose answers the rows of the scoreboard count.
//!
//! Invariant: no row ever holds two models' answers; a row has the name of what was asked, whatever the
//! column of panes asks by now.

use crate::domain::{ConditionNo, RoundNo};

use super::App;
use super::axis::Axis;
use super::layout::PaneNo;
use super::transcript::Safe;

impl App {
    /// The rows, rounds apart, and their names: the model's conditions, or all models under the cursor's
    /// condition.
    pub fn board_rows(&self) -> Vec<(PaneNo, Safe)> {
        let pane = |model, condition| PaneNo {
            model,
            condition,
            play: None,
            round: RoundNo(0),
        };
        if self.axis() == Axis::Models {
            let condition = self.view.cursor.condition;
            let row = |(no, _)| (pane(no, condition), self.model_name(no));
            return self.all_models().map(row).collect();
        }
        let model = self.model_no();
        let all = (0u16..).zip(&self.run.sweep().settings().conditions);
        all.map(|(no, c)| (pane(model, ConditionNo(no)), Safe::line(&c.name)))
            .collect()
    }
}
