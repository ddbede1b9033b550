//! What a model reports, and whether it changes the picture: what is on no screen draws nothing.

use crate::domain::{JobEvent, JobReport};
use crate::run::{Asked, Play, PlayNo, Stamp};

use super::axis::Axis;
use super::event::Effect;
use super::layout::{PaneNo, Screen};
use super::{App, Overlay};

impl App {
    /// A report of the model that keys act on; returns whether the picture changed.
    pub(super) fn on_job(&mut self, report: &JobReport, now: Stamp, out: &mut Vec<Effect>) -> bool {
        let play = self.run.play_of(report.id);
        let asked = self.run.place_of(report.id);
        let traced = asked.and_then(|a| match a {
            Asked::Belief(place) | Asked::Detail(place) => Some(place.play),
            Asked::Surprise(..) => None,
        });
        let compared = matches!(asked, Some(Asked::Surprise(..)));
        let sweep = self.run.sweep();
        let counted = (sweep.rounds_done(), sweep.rounds_failed());
        self.ask(out, |run, orders| run.on_report(report, now, orders));
        let sweep = self.run.sweep();
        let counts = counted != (sweep.rounds_done(), sweep.rounds_failed());
        let inside = self.inside_no();
        let looked_into = inside.is_some() && (play == inside || traced == inside);
        let elsewhere = play.is_some_and(|no| self.shows_elsewhere(no));
        let seen = play.is_some_and(|no| self.shows_in_pane(no, &report.event));
        counts || seen || looked_into || elsewhere || compared
    }

    /// Whether a pane or the line above one shows what happened to a play.
    fn shows_in_pane(&self, no: PlayNo, event: &JobEvent) -> bool {
        let Some(areas) = self.areas() else {
            return false;
        };
        let stands = |pane: PaneNo| {
            let found = self.play_in(pane).filter(|_| pane.model == self.at);
            found.is_some_and(|(_, play)| play == no)
        };
        let is_pair = self.axis() == Axis::Pairs && self.pairs_base() == Some(no);
        let reads = matches!(event, JobEvent::Reading { .. });
        if is_pair || reads && areas.strips.iter().any(|(pane, _)| stands(*pane)) {
            return true;
        }
        // The end of a round begins the next one, which may be on screen as well.
        let ends = match event {
            JobEvent::Finished { .. } | JobEvent::Failed { .. } => true,
            JobEvent::Reading { .. } | JobEvent::Belief { .. } | JobEvent::Token { .. } => false,
        };
        let rounds = (self.run.focus().play(no)).map_or(0, |p| p.trajectory().rounds.len());
        let last = rounds.saturating_sub(1);
        let mut panes = areas.panes.iter();
        panes.any(|(pane, _)| stands(*pane) && (ends || usize::from(pane.round.0) == last))
    }

    /// Whether something other than a pane shows a play.
    fn shows_elsewhere(&self, no: PlayNo) -> bool {
        let listed = match self.view.overlay {
            Overlay::Branches(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_) => {
                let condition = self.run.focus().play(no).map(Play::condition);
                condition == Some(self.view.cursor.condition)
            }
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Words(_)
            | Overlay::Search
            | Overlay::Label(_)
            | Overlay::Note(..)
            | Overlay::Editor(_)
            | Overlay::Palette(_)
            | Overlay::Jump(_) => false,
        };
        let compared = self.view.screen == Screen::Compare
            && (self.view.comparison.as_ref()).is_some_and(|c| {
                [c.left, c.right]
                    .iter()
                    .any(|s| (s.model, s.play) == (self.at, no))
            });
        listed || compared
    }
}
