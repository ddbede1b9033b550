//! Where a reader is within what is on screen, taken out of one session and put into another: the list
//! of questions, the comparison, the token that is looked at, what is open on top.
//!
//! Invariant: what does not fit this session is not opened; a list that was counted in the other one
//! shows its rows once the same answers are counted here (see [`App::after_counts`]).

use crate::domain::{ConditionNo, ModelNo, RoundNo};
use crate::run::PlayNo;

use super::App;
use super::against::{Against, Sort};
use super::compare::{Side, What};
use super::inspect::Inspect;
use super::items::{ItemList, Only};
use super::layout::Screen;
use super::overlay::Overlay;

/// What can be open on top in a session that is gone on with, by the name it is kept under.
const OPEN: [&str; 6] = ["help", "question", "prompt", "branches", "draws", "column"];

/// A list of questions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListPlace {
    /// Of which condition and round.
    pub of: (u16, u16),
    /// The condition that its answers are compared with; `None`: the usual one, or the round before.
    pub against: Option<u16>,
    /// What stands first, as a position among all orders.
    pub sort: usize,
    /// Which answers, by name.
    pub only: String,
    /// The chosen question's position.
    pub item_no: Option<usize>,
    /// A question of it is on screen.
    pub entered: bool,
}

/// Play and round of both sides that are compared, and whether it is their prompts.
pub type ComparedSides = ((usize, u16), (usize, u16), bool);

/// Where a reader is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The list of questions that is on screen or gone back to.
    pub list: Option<ListPlace>,
    /// The two sides of the comparison on screen, each a play and a round, and whether prompts are
    /// compared.
    pub compared: Option<ComparedSides>,
    /// The token under the cursor inside an answer.
    pub token: Option<usize>,
    /// What is open on top, and which of its rows is chosen or first in sight.
    pub open: Option<(&'static str, usize)>,
}

/// The name of what can be open on top.
pub fn open_named(name: &str) -> Option<&'static str> {
    OPEN.into_iter().find(|n| *n == name)
}

impl App {
    /// Where the reader is.
    pub(super) fn reading_place(&self) -> Place {
        let view = &self.view;
        let list = view.items.as_ref().map(|list| ListPlace {
            of: (list.condition.0, list.round.0),
            against: match list.against {
                Against::Condition(no) => Some(no.0),
                Against::Before | Against::Nothing => None,
            },
            sort: Sort::ALL.iter().position(|s| *s == list.sort).unwrap_or(0),
            only: list.only.name().to_owned(),
            item_no: match list.rows.get(list.selected) {
                Some(row) => Some(row.item_no),
                None => list.wanted,
            },
            entered: list.entered,
        });
        let side = |s: Side| (s.play.0, s.round.0);
        let compared = view.comparison.as_ref().filter(|c| {
            let first = ModelNo::default();
            view.screen == Screen::Compare && c.left.model == first && c.right.model == first
        });
        Place {
            list,
            compared: compared.map(|c| (side(c.left), side(c.right), c.what == What::Prompts)),
            token: self
                .view
                .inspect
                .filter(|_| self.is_inside())
                .map(|i| i.token),
            open: match view.overlay {
                Overlay::Help(top) => Some((OPEN[0], top)),
                Overlay::Example(top) => Some((OPEN[1], top)),
                Overlay::Prompt(top) => Some((OPEN[2], top)),
                Overlay::Branches(row) => Some((OPEN[3], row)),
                Overlay::Samples(row) => Some((OPEN[4], row)),
                Overlay::Column(row) => Some((OPEN[5], row)),
                Overlay::None
                | Overlay::Words(_)
                | Overlay::Search
                | Overlay::Label(_)
                | Overlay::Note(..)
                | Overlay::Editor(_)
                | Overlay::Palette(_)
                | Overlay::Jump(_) => None,
            },
        }
    }

    /// Puts the reader back where they were; the screen and the answers are there already.
    pub(super) fn put_back_place(&mut self, place: &Place) {
        let list = place.list.as_ref().and_then(|l| self.list_at(l));
        match (self.view.screen, list.is_some()) {
            (Screen::Items, false) => self.view.screen = Screen::Board,
            (Screen::Compare, _) => self.view.screen = Screen::Panes,
            _ => {}
        }
        self.view.items = list;
        self.list_items();
        if let Some((left, right, prompts)) = place.compared {
            let side = |(play, round): (usize, u16)| Side {
                model: ModelNo::default(),
                play: PlayNo(play),
                round: RoundNo(round),
            };
            let (left, right) = (side(left), side(right));
            let is_there = |s: Side| {
                let play = self.play_of_side(s);
                play.is_some_and(|p| p.round(s.round).is_some())
            };
            if is_there(left) && is_there(right) {
                let what = match prompts {
                    true => What::Prompts,
                    false => What::Answers,
                };
                self.compare(left, right, what);
            }
        }
        self.view.inspect = place.token.map(|token| Inspect {
            token,
            choice: None,
        });
        self.view.overlay = match place.open {
            Some(("help", top)) => Overlay::Help(top),
            Some(("question", top)) => Overlay::Example(top),
            Some(("prompt", top)) => Overlay::Prompt(top),
            Some(("branches", row)) => Overlay::Branches(row),
            Some(("draws", row)) => Overlay::Samples(row),
            Some(("column", row)) => Overlay::Column(row),
            Some(_) | None => Overlay::None,
        };
    }

    fn list_at(&self, place: &ListPlace) -> Option<ItemList> {
        let (condition, round) = (ConditionNo(place.of.0), RoundNo(place.of.1));
        let settings = self.run.sweep().settings();
        let is_there = settings.condition(condition).is_some() && round.0 < settings.rounds;
        let all = Only::all(self.run.sweep().scope(self.view.category_name()));
        let only = all.into_iter().find(|o| o.name() == place.only);
        let against = place.against.map(|no| Against::Condition(ConditionNo(no)));
        let known = |a: &Against| self.comparable(condition, round).contains(a);
        is_there.then(|| ItemList {
            condition,
            round,
            against: against
                .filter(known)
                .unwrap_or_else(|| self.usual_against(condition, round)),
            sort: Sort::ALL.get(place.sort).copied().unwrap_or(Sort::Changed),
            only: only.unwrap_or(Only::All),
            rows: Vec::new(),
            selected: 0,
            from: Screen::Board,
            entered: place.entered,
            wanted: place.item_no,
        })
    }

    /// What the scoreboard had counted is there again: an open list shows what is behind it.
    pub fn after_counts(&mut self) {
        self.list_items();
        self.dirty = true;
    }
}
