//! The controls: what an event does to the experiment and to the view, and what it asks of the world.
//!
//! [`App`] = [`Run`] + [`View`]. [`App::update`] is pure: it is told what happened and when, and
//! pushes [`Effect`]s; drawing only reads. No clock, no IO, no terminal library.
//!
//! Invariants: nothing is asked of a model before it is ready; the text of every pane on screen is
//! wrapped to its rectangle after every update; [`App::take_dirty`] is true only if the picture
//! changed.

pub mod action;
pub mod against;
pub mod axis;
mod believed;
pub mod between;
mod board_rows;
pub mod branches;
pub mod choice;
mod clause;
pub mod column;
pub mod compare;
pub mod diff;
pub mod digits;
pub mod draws;
pub mod editor;
pub mod event;
pub mod example;
pub mod figures;
pub mod help;
pub mod hints;
pub mod inspect;
pub mod items;
pub mod kept;
pub mod keymap;
pub mod label;
pub mod label_rows;
pub mod layout;
pub mod listed;
pub mod metric;
pub mod models;
pub mod opening;
pub mod overlay;
pub mod own;
pub mod pairs;
pub mod palette;
pub mod pane_text;
pub mod place;
pub mod preview;
pub mod prompt;
pub mod record;
pub mod role;
pub mod said;
pub mod samples;
pub mod saying;
pub mod search;
pub mod text_box;
pub mod tour;
pub mod trace;
pub mod transcript;
pub mod view;
pub mod wrap;

pub mod inside;

mod act;
mod applies;
mod asking;
mod cell;
mod context;
mod copy;
mod input;
mod leave;
mod motion;
mod mouse;
mod note;
mod reload;
mod reports;
mod saving;
mod shelf;
mod unload;

pub use action::Action;
pub use axis::Axis;
pub use event::{Effect, Event, Key, KeyCode, ModelLine, Mouse, MouseKind};
pub use keymap::Keymap;
pub use layout::PaneNo;
pub use metric::Metric;
pub use overlay::Overlay;
pub use role::{Line, Role};
pub use transcript::Safe;
pub use view::{Model, View};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Condition, Item, ModelNo};
use crate::run::{Attention, Order, PaneState, PlayNo, Run, Settings, Stamp};

use layout::{Screen, Shape};

/// What an app starts with.
#[derive(Clone, Debug)]
pub struct Start {
    /// The questions.
    pub items: Arc<[Arc<Item>]>,
    /// Conditions, rounds, seed, temperature.
    pub settings: Settings,
    /// The keys.
    pub keymap: Keymap,
    /// The names of the themes, in the shell's order.
    pub themes: Vec<String>,
    /// Which of them at first.
    pub theme: usize,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Whether the background benchmark runs as soon as the model is ready.
    pub sweep: bool,
}

/// The experiment and how it is looked at.
#[derive(Debug)]
pub struct App {
    /// That of the model that keys act on.
    run: Run,
    at: ModelNo,
    /// All models; see [`models`].
    seats: Vec<Option<models::Seat>>,
    view: View,
    keymap: Keymap,
    scribe: Option<editor::Scribe>,
    /// All prompts there are; see [`shelf`].
    shelf: Vec<Arc<Condition>>,
    record: Option<record::Record>,
    notes: BTreeMap<Arc<str>, String>,
    sayings: saying::Sayings,
    sweep_at_start: bool,
    dirty: bool,
}

impl App {
    /// Shows the first question; asks nothing before a model is ready.
    pub fn new(start: Start) -> App {
        let mut run = Run::new(start.items.clone(), start.settings);
        run.attend(Attention::Nobody, &mut Vec::new());
        let view = View::new(start.size, start.themes, start.theme);
        App {
            run,
            at: ModelNo::default(),
            seats: vec![None],
            view,
            keymap: start.keymap,
            scribe: None,
            shelf: Vec::new(),
            record: None,
            notes: BTreeMap::new(),
            sayings: saying::Sayings::new(),
            sweep_at_start: start.sweep,
            dirty: true,
        }
    }

    /// The same, able to read and write prompts as texts.
    pub fn with_scribe(self, scribe: editor::Scribe) -> App {
        App {
            scribe: Some(scribe),
            ..self
        }
    }

    /// The experiment.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The experiment, for taking over what an earlier session finished, before anything starts.
    pub fn run_mut(&mut self) -> &mut Run {
        &mut self.run
    }

    /// How it is looked at.
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The keys.
    pub fn keymap(&self) -> &Keymap {
        &self.keymap
    }

    /// Position of the chosen theme in the shell's list.
    pub fn theme_no(&self) -> usize {
        self.view.theme
    }

    /// The question on screen.
    pub fn item(&self) -> Option<&Arc<Item>> {
        self.run.items().get(self.view.item_no)
    }

    /// Whether the picture changed since it was last taken.
    pub fn is_dirty(&self) -> bool {
        self.dirty
    }

    /// The same, and forgets it: for the one who draws.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }

    /// What the layout depends on.
    pub fn shape(&self) -> Shape {
        self.shape_with(&self.columns())
    }

    fn shape_with(&self, columns: &[PaneNo]) -> Shape {
        let settings = self.run.focus().settings();
        let count = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
        Shape {
            columns: count(columns.len()),
            names: count(match self.axis() {
                Axis::Models => self.models(),
                Axis::Conditions | Axis::Branches | Axis::Pairs => settings.conditions.len(),
            }),
            rounds: settings.rounds,
            cursor: axis::place_among(columns, self.view.cursor),
            first: self.view.first,
            arrangement: self.view.arrangement,
            screen: self.view.screen,
            warned: self.warning().is_some(),
            inspecting: self.is_inside(),
            // There they say what was changed.
            strips: self.view.strips || self.axis() == Axis::Pairs,
        }
    }

    /// Whether the model that keys act on was ever asked anything.
    pub fn has_asked(&self) -> bool {
        !self.run.focus().plays().is_empty()
    }

    /// What a pane's round is doing.
    pub fn pane_state(&self, pane: PaneNo) -> PaneState {
        let shown = self.play_in(pane);
        let play = shown.and_then(|(run, no)| run.focus().play(no));
        play.map_or(PaneState::Waiting, |p| p.state(pane.round))
    }

    /// Takes note of an event, at the time `now`, and asks for what follows.
    pub fn update(&mut self, event: Event, now: Stamp, out: &mut Vec<Effect>) {
        let changed = match event {
            Event::Key(key) => {
                self.on_key(key, out);
                true
            }
            Event::Paste(text) => self.on_paste(&text, out),
            Event::Mouse(mouse) => self.on_mouse(mouse, now, out),
            Event::Resize { width, height } => {
                let changed = self.view.size != (width, height);
                self.view.size = (width, height);
                changed
            }
            Event::Job(report) if report.id.model() != self.at => {
                self.on_other_job(&report, now, out)
            }
            Event::Job(report) => self.on_job(&report, now, out),
            Event::Edited(edited) => {
                self.on_edited(&edited, out);
                true
            }
            Event::Prompts(all) => {
                self.on_prompts(&all, out);
                true
            }
            Event::Recalled(item_no, recalled) => self.on_recalled(item_no, &recalled, out),
            Event::Told(said) => {
                self.view.notice = Some(Safe::line(&said));
                true
            }
            Event::ModelsFound(of, found) => self.on_models_found(&of, found),
            Event::ModelLoading(no, name) => {
                self.on_model_loading(no, &name);
                true
            }
            Event::ModelFailed(no, message) => {
                self.on_model_failed(no, &message);
                true
            }
            Event::ModelReady(no, line) => {
                self.on_model_ready(no, &line, out);
                true
            }
        };
        if changed {
            self.dirty = true;
            self.attend(out);
            self.sync();
            self.watch(out);
        }
    }

    /// Lets the run plan something and passes its orders on.
    fn ask(&mut self, out: &mut Vec<Effect>, plan: impl FnOnce(&mut Run, &mut Vec<Order>)) {
        let mut orders = Vec::new();
        plan(&mut self.run, &mut orders);
        pass_on(orders, self.at, out);
    }

    /// After a change: the cursor on screen, the texts wrapped to their rectangles.
    fn sync(&mut self) {
        self.settle_cursor();
        self.clamp_inspect();
        let Some(areas) = self.areas() else { return };
        if !areas.panes.is_empty() && self.view.screen == Screen::Panes {
            self.view.first = (areas.columns.first, areas.rows.first);
        }
        let turns = self.view.turns();
        for (pane, rect) in areas.panes {
            let text = layout::pane_text(rect);
            let run = models::run_among((self.at, &self.run), &self.seats, pane.model);
            let focus = run.unwrap_or(&self.run).focus();
            let no = pane.play.or_else(|| focus.shown_no(pane.condition));
            let no = no.unwrap_or(PlayNo(0));
            let round = focus.play(no).and_then(|p| p.round(pane.round));
            let held_against = self.held_against(pane);
            let shown = self.view.texts.entry(pane).or_default();
            let showing = (self.view.showing, no);
            match held_against {
                Some(lines) => shown.hold(lines, showing, (text.width, text.height)),
                None => shown.sync(round, turns, showing, (text.width, text.height)),
            }
        }
        self.sync_search();
        if self.view.search.as_ref().is_none_or(|s| !s.held) {
            self.reveal_token();
        }
        self.sync_comparison();
        self.clamp_overlay();
    }
}

/// What a run wants done, as effects.
fn pass_on(orders: Vec<Order>, of: ModelNo, out: &mut Vec<Effect>) {
    for order in orders {
        match order {
            Order::Start(job) => out.push(Effect::Start(job)),
            Order::Cancel(id) => out.push(Effect::Cancel(id)),
            // Recordings are the headless run's; here it is for going on with the session.
            Order::Keep(finished) => out.push(Effect::Counted(of, finished)),
        }
    }
}
