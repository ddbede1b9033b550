//! How the experiment is looked at: what is on screen, where the cursor is, what is open on top.
//!
//! Plain data; changed by [`super::App::update`] only. It holds no geometry: that follows from it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::domain::ModelNo;
use crate::run::{PlayNo, Stamp};

use super::axis::Axis;
use super::compare::Comparison;
use super::inspect::{Heat, Inspect};
use super::items::ItemList;
use super::layout::{Arrangement, PaneNo, Screen};
use super::metric::Metric;
use super::opening::Openable;
use super::overlay::Overlay;
use super::pane_text::{PaneText, Turns};
use super::search::Search;
use super::tour::Step;
use super::transcript::Safe;

/// Whether there is a model to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Model {
    /// Not yet; the text says which.
    Loading(Safe),
    /// It answers.
    Ready {
        /// Its name.
        name: Safe,
        /// Size, precision, device.
        detail: Safe,
        /// What must be read beside every number.
        warning: Option<Safe>,
    },
    /// It could not be loaded; why, and what to do.
    Failed(Safe),
}

impl Model {
    /// What must be read beside every number.
    pub fn warning(&self) -> Option<&Safe> {
        match self {
            Model::Ready { warning, .. } => warning.as_ref(),
            Model::Loading(_) | Model::Failed(_) => None,
        }
    }
}

/// How the experiment is looked at.
#[derive(Clone, Debug)]
pub struct View {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What fills the screen.
    pub screen: Screen,
    /// What columns are; see [`crate::app::App::axis`].
    pub axis: Axis,
    /// How panes stand.
    pub arrangement: Arrangement,
    /// The pane that keys act on.
    pub cursor: PaneNo,
    /// First column and row of panes on screen.
    pub first: (u16, u16),
    /// What is open on top.
    pub overlay: Overlay,
    /// What the help covers, open again once it is closed.
    pub(super) covered: Overlay,
    /// Whether the help lists keys that do nothing here, too.
    pub help_all: bool,
    /// The cursor inside the answer of the pane that keys act on, while it is looked into.
    pub inspect: Option<Inspect>,
    /// The two answers that are compared.
    pub comparison: Option<Comparison>,
    /// The questions behind a number, while they are listed or one of them is on screen.
    pub items: Option<ItemList>,
    /// What is looked for in the panes.
    pub search: Option<Search>,
    /// Whether the columns' clauses are shown even where there is little room.
    pub strips: bool,
    /// By what tokens are marked.
    pub heat: Heat,
    /// The question on screen.
    pub item_no: usize,
    /// The chosen category, and its questions' positions.
    pub category: Option<(Arc<str>, Vec<usize>)>,
    /// The model that keys act on.
    pub model: Model,
    /// What a small scoreboard shows, once somebody chose it; see [`crate::app::App::metric`].
    pub metric: Option<Metric>,
    /// Columns of the scoreboard scrolled away.
    pub board_first: usize,
    /// Whether mouse events are asked for.
    pub mouse: bool,
    /// Names of the themes.
    pub themes: Vec<Safe>,
    /// The chosen one.
    pub theme: usize,
    /// Something to tell, until the next key.
    pub notice: Option<Safe>,
    pub(super) texts: HashMap<PaneNo, PaneText>,
    pub(super) turns_in_panes: Turns,
    pub(super) turns_in_zoom: Turns,
    /// The clause that was stepped last.
    pub(super) last_clause: Option<usize>,
    /// The clause that was switched last, and the level that it left.
    pub(super) level_before: Option<(usize, usize)>,
    /// The names that prompts were saved under.
    pub(super) saved: BTreeSet<String>,
    /// What the tour waits for, while it goes on.
    pub(super) tour: Option<Step>,
    /// When and where the mouse was pressed last, unless that was the second press of two.
    pub(super) pressed: Option<(Stamp, (u16, u16))>,
    /// What becomes of branches was just named.
    pub(super) leaving: bool,
    /// What goes with this model was just named.
    pub(super) unloading: Option<ModelNo>,
    /// The models of the cache, once they are known.
    pub(super) cached: Option<Vec<Openable>>,
    /// What lies where a path was typed.
    pub(super) places: Vec<Openable>,
    /// The model that came with the critic.
    pub(super) critic_at: Option<ModelNo>,
    /// The answer that minimal pairs were last asked for, and in which showing.
    pub(super) paired: Option<(u64, ModelNo, PlayNo)>,
    pub(super) showing: u64,
    pub(super) draws: u64,
}

impl View {
    pub(super) fn new(size: (u16, u16), themes: Vec<String>, theme: usize) -> View {
        View {
            size,
            screen: Screen::Panes,
            axis: Axis::Conditions,
            arrangement: Arrangement::Grid,
            cursor: PaneNo::new(0, 0),
            first: (0, 0),
            overlay: Overlay::None,
            covered: Overlay::None,
            help_all: false,
            inspect: None,
            comparison: None,
            items: None,
            search: None,
            strips: false,
            heat: Heat::Off,
            item_no: 0,
            category: None,
            model: Model::Loading(Safe::default()),
            metric: None,
            board_first: 0,
            mouse: false,
            theme: theme.min(themes.len().saturating_sub(1)),
            themes: themes.iter().map(|t| Safe::line(t)).collect(),
            notice: None,
            texts: HashMap::new(),
            turns_in_panes: Turns::Brief,
            turns_in_zoom: Turns::Full,
            last_clause: None,
            level_before: None,
            tour: None,
            pressed: None,
            saved: BTreeSet::new(),
            leaving: false,
            unloading: None,
            cached: None,
            places: Vec::new(),
            critic_at: None,
            paired: None,
            showing: 0,
            draws: 0,
        }
    }

    /// A pane's text, once it was on screen.
    pub fn text(&self, pane: PaneNo) -> Option<&PaneText> {
        self.texts.get(&pane)
    }

    /// How much of the user's turns is shown.
    pub fn turns(&self) -> Turns {
        match self.screen {
            Screen::Zoom => self.turns_in_zoom,
            Screen::Panes | Screen::Board | Screen::Compare | Screen::Items => self.turns_in_panes,
        }
    }

    /// The chosen category's name.
    pub fn category_name(&self) -> Option<&str> {
        self.category.as_ref().map(|(name, _)| &**name)
    }
}
