//! The controls: what an event does to the experiment and to the view, and what it asks of the world.
//!
//! [`App`] = [`Run`] + [`View`]. [`App::update`] is pure: it is told what happened and when, and
//! pushes [`Effect`]s; drawing only reads. No clock, no IO, no terminal library.
//!
//! Invariants: nothing is asked of a model before it is ready; the text of every pane on screen is
//! wrapped to its rectangle after every update; [`App::take_dirty`] is true only if the picture
//! changed.

pub mod action;
pub mod branches;
pub mod column;
pub mod compare;
pub mod diff;
pub mod editor;
pub mod event;
pub mod example;
pub mod help;
pub mod inspect;
pub mod items;
pub mod kept;
pub mod keymap;
pub mod label;
pub mod layout;
pub mod overlay;
pub mod own;
pub mod palette;
pub mod pane_text;
pub mod prompt;
pub mod record;
pub mod role;
pub mod samples;
pub mod text_box;
pub mod trace;
pub mod transcript;
pub mod view;
pub mod wrap;

pub mod inside;

mod act;
mod applies;
mod asking;
mod context;
mod input;
mod motion;

pub use action::Action;
pub use event::{Effect, Event, Key, KeyCode, ModelLine, Mouse, MouseKind};
pub use keymap::Keymap;
pub use layout::PaneNo;
pub use overlay::Overlay;
pub use role::{Line, Role};
pub use transcript::Safe;
pub use view::{Metric, Model, View};

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{Item, JobEvent, JobReport};
use crate::run::{Asked, Order, PaneState, Play, PlayNo, Run, Settings, Stamp};

use layout::{Areas, Screen, Shape};

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
    run: Run,
    view: View,
    keymap: Keymap,
    scribe: Option<editor::Scribe>,
    record: Option<record::Record>,
    notes: BTreeMap<Arc<str>, String>,
    sweep_at_start: bool,
    dirty: bool,
}

impl App {
    /// Shows the first question; asks nothing before a model is ready.
    pub fn new(start: Start) -> App {
        let run = Run::new(start.items.clone(), start.settings);
        let view = View::new(start.size, start.themes, start.theme);
        App {
            run,
            view,
            keymap: start.keymap,
            scribe: None,
            record: None,
            notes: BTreeMap::new(),
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
        let settings = self.run.focus().settings();
        Shape {
            conditions: u16::try_from(settings.conditions.len()).unwrap_or(u16::MAX),
            rounds: settings.rounds,
            cursor: self.view.cursor,
            first: self.view.first,
            arrangement: self.view.arrangement,
            screen: self.view.screen,
            warned: self.view.model.warning().is_some(),
            inspecting: self.is_inside(),
            strips: self.view.strips,
        }
    }

    /// Where everything goes; `None` where the terminal is too small.
    pub fn areas(&self) -> Option<Areas> {
        layout::areas(self.view.size, &self.shape())
    }

    /// What a pane's round is doing.
    pub fn pane_state(&self, pane: PaneNo) -> PaneState {
        let play = self.run.focus().shown(pane.condition);
        play.map_or(PaneState::Waiting, |p| p.state(pane.round))
    }

    /// Takes note of an event, at the time `now`, and asks for what follows.
    pub fn update(&mut self, event: Event, now: Stamp, out: &mut Vec<Effect>) {
        let changed = match event {
            Event::Key(key) => {
                self.on_key(key, out);
                true
            }
            Event::Paste(text) => self.on_paste(&text),
            Event::Mouse(mouse) => self.on_mouse(mouse),
            Event::Resize { width, height } => {
                let changed = self.view.size != (width, height);
                self.view.size = (width, height);
                changed
            }
            Event::Job(report) => self.on_job(&report, now, out),
            Event::Edited(edited) => {
                self.on_edited(&edited, out);
                true
            }
            Event::Recalled(item_no, recalled) => self.on_recalled(item_no, &recalled, out),
            Event::Told(said) => {
                self.view.notice = Some(Safe::line(&said));
                true
            }
            Event::ModelLoading(name) => {
                self.view.model = Model::Loading(Safe::line(&name));
                true
            }
            Event::ModelFailed(message) => {
                if self.record.is_some() {
                    let said = format!("only the record can be shown: {message}");
                    self.view.notice = Some(Safe::line(&said));
                }
                self.view.model = Model::Failed(Safe::text(&message));
                true
            }
            Event::ModelReady(line) => {
                self.on_model(&line, out);
                true
            }
        };
        if changed {
            self.dirty = true;
            self.sync();
            self.watch(out);
        }
    }

    fn on_model(&mut self, line: &ModelLine, out: &mut Vec<Effect>) {
        self.view.model = Model::Ready {
            name: Safe::line(&line.name),
            detail: Safe::line(&line.detail),
            warning: line.warning.as_deref().map(Safe::line),
        };
        if self.record.is_some() {
            return self.ask(out, |run, orders| run.set_asking(true, orders));
        }
        let stale = self.run.focus().item_no().is_none()
            && self.run.board().is_empty()
            && self.run.sweep().settings() != self.run.focus().settings();
        let item_no = self.view.item_no;
        let sweep = std::mem::take(&mut self.sweep_at_start);
        // What an earlier session left is on screen already.
        let is_there = self.run.focus().item_no() == Some(item_no);
        self.ask(out, |run, orders| {
            match is_there {
                true => run.set_asking(true, orders),
                false => run.show(item_no, orders),
            }
            if stale {
                run.restart_sweep(orders);
            }
            if sweep {
                run.set_sweeping(true, orders);
            }
        });
        self.view.showing += u64::from(!is_there);
    }

    /// Lets the run plan something and passes its orders on.
    fn ask(&mut self, out: &mut Vec<Effect>, plan: impl FnOnce(&mut Run, &mut Vec<Order>)) {
        let mut orders = Vec::new();
        plan(&mut self.run, &mut orders);
        for order in orders {
            match order {
                Order::Start(job) => out.push(Effect::Start(job)),
                Order::Cancel(id) => out.push(Effect::Cancel(id)),
                // A live session keeps its scoreboard only; recordings are the headless run's.
                Order::Keep(_) => {}
            }
        }
    }

    /// Returns whether the picture changed.
    fn on_job(&mut self, report: &JobReport, now: Stamp, out: &mut Vec<Effect>) -> bool {
        let play = self.run.play_of(report.id);
        let asked = self.run.place_of(report.id);
        let traced = asked.and_then(|a| match a {
            Asked::Belief(place) => Some(place.play),
            Asked::Detail(place) => Some(place.play),
            Asked::Surprise(..) => None,
        });
        let compared = matches!(asked, Some(Asked::Surprise(..)));
        let sweep = self.run.sweep();
        let counted = (sweep.rounds_done(), sweep.rounds_failed());
        self.ask(out, |run, orders| run.on_report(report, now, orders));
        let sweep = self.run.sweep();
        let counts = counted != (sweep.rounds_done(), sweep.rounds_failed());
        let ends = match report.event {
            JobEvent::Finished { .. } | JobEvent::Failed { .. } => true,
            JobEvent::Reading { .. } | JobEvent::Belief { .. } | JobEvent::Token { .. } => false,
        };
        let inside = self.inside_no();
        let looked_into = inside.is_some() && (play == inside || traced == inside);
        let elsewhere = play.is_some_and(|no| self.shows_elsewhere(no));
        let seen = play.is_some_and(|no| {
            let condition = self.run.focus().play(no).map(Play::condition);
            let shown = condition.filter(|c| self.run.focus().shown_no(*c) == Some(no));
            shown.is_some_and(|condition| {
                let areas = self.areas();
                let on_screen =
                    areas.is_some_and(|a| a.panes.iter().any(|(p, _)| p.condition == condition));
                // The end of a round begins the next one, which may be on screen as well.
                let reads = matches!(report.event, JobEvent::Reading { .. });
                let strip = reads && self.has_strip(condition);
                strip || on_screen && (ends || self.is_last_round_on_screen(condition))
            })
        });
        counts || seen || looked_into || elsewhere || compared
    }

    /// Whether something other than a pane shows a play.
    fn shows_elsewhere(&self, no: PlayNo) -> bool {
        let listed = match self.view.overlay {
            Overlay::Branches(_)
            | Overlay::Prompt(_)
            | Overlay::Samples(_)
            | Overlay::Column(_) => {
                let play = self.run.focus().play(no);
                play.is_some_and(|p| p.condition() == self.view.cursor.condition)
            }
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Words(_)
            | Overlay::Editor(_)
            | Overlay::Palette(_)
            | Overlay::Label(_)
            | Overlay::Note(..)
            | Overlay::Jump(_) => false,
        };
        let compared = self.view.screen == Screen::Compare
            && (self.view.comparison.as_ref())
                .is_some_and(|c| c.left.play == no || c.right.play == no);
        listed || compared
    }

    /// Whether a column's clauses and prompt tokens are on screen.
    fn has_strip(&self, condition: crate::domain::ConditionNo) -> bool {
        let areas = self.areas();
        areas.is_some_and(|a| a.strips.iter().any(|(no, _)| *no == condition))
    }

    fn is_last_round_on_screen(&self, condition: crate::domain::ConditionNo) -> bool {
        let play = self.run.focus().shown(condition);
        let now = play.map_or(0, |p| p.trajectory().rounds.len().saturating_sub(1));
        self.areas().is_some_and(|a| {
            a.panes
                .iter()
                .any(|(p, _)| p.condition == condition && usize::from(p.round.0) == now)
        })
    }

    /// After a change: the cursor on screen, the texts wrapped to their rectangles.
    fn sync(&mut self) {
        self.clamp_inspect();
        let Some(areas) = self.areas() else { return };
        if !areas.panes.is_empty() && self.view.screen == Screen::Panes {
            self.view.first = (areas.columns.first, areas.rows.first);
        }
        let turns = self.view.turns();
        for (pane, rect) in areas.panes {
            let text = layout::pane_text(rect);
            let focus = self.run.focus();
            let no = focus.shown_no(pane.condition).unwrap_or(PlayNo(0));
            let round = focus.play(no).and_then(|p| p.round(pane.round));
            let shown = self.view.texts.entry(pane).or_default();
            let showing = (self.view.showing, no);
            shown.sync(round, turns, showing, (text.width, text.height));
        }
        self.reveal_token();
        self.sync_comparison();
        self.clamp_overlay();
    }
}
