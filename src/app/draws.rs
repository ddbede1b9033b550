//! How a column and single panes of it draw: temperature, nucleus, seed; and the lock on all seeds.
//!
//! Invariant: what a pane draws is its own only where it differs from its column's, and a column's only where
//! it differs from the settings.

use crate::domain::RoundNo;
use crate::run::{Column, Draw, PaneDraw, Settings};

use super::asking::tenth;
use super::column::Setting;
use super::event::Effect;
use super::transcript::Safe;
use super::{Action, App};

/// What can be turned about drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Draws {
    /// The temperature.
    Temperature,
    /// The nucleus.
    TopP,
    /// The seed.
    Seed,
}

impl Draws {
    /// All of them, in the order they are shown.
    pub const ALL: [Draws; 3] = [Draws::Temperature, Draws::TopP, Draws::Seed];

    fn name(self) -> &'static str {
        match self {
            Draws::Temperature => "temperature",
            Draws::TopP => "top-p",
            Draws::Seed => "seed",
        }
    }

    fn value(self, draw: &Draw) -> String {
        match self {
            Draws::Temperature => format!("{:.1}", draw.decoding.temperature),
            Draws::TopP => format!("{:.2}", draw.decoding.top_p),
            Draws::Seed => draw.seed.to_string(),
        }
    }

    /// The same with this turned.
    fn turned(self, mut draw: Draw, by: isize) -> Draw {
        let decoding = &mut draw.decoding;
        match self {
            Draws::Temperature => decoding.temperature = tenth(decoding.temperature, by as f64),
            Draws::TopP => {
                let twentieths = (decoding.top_p * 20.0).round() + by as f64;
                decoding.top_p = (twentieths / 20.0).clamp(0.05, 1.0);
            }
            Draws::Seed => draw.seed = draw.seed.wrapping_add_signed(by as i64),
        }
        draw
    }
}

fn setting(name: String, value: String, is_plain: bool, about: String) -> Setting {
    Setting {
        key: String::new(),
        name: name.into(),
        value: value.into(),
        is_plain,
        about: about.into(),
    }
}

/// How a knob of a column stands.
pub(super) fn of_column(column: &Column, draws: Draws, settings: &Settings) -> Setting {
    let value = draws.value(&column.draw(settings));
    let is_own = value != draws.value(&settings.draw());
    let about = match is_own {
        true => "this column's own, in all its rounds",
        false => "as in all columns",
    };
    setting(draws.name().to_owned(), value, !is_own, about.to_owned())
}

/// How a knob of one of its panes stands.
pub(super) fn of_pane(
    column: &Column,
    round: RoundNo,
    draws: Draws,
    settings: &Settings,
) -> Setting {
    let own = column.rounds.get(&round).copied().unwrap_or_default();
    let is_own = match draws {
        Draws::Temperature => own.temperature.is_some(),
        Draws::TopP => own.top_p.is_some(),
        Draws::Seed => own.seed.is_some(),
    };
    let value = draws.value(&column.draw_of(round, settings));
    let name = match draws {
        // The whole word would not fit beside the round.
        Draws::Temperature => format!("r{} temp.", round.0),
        Draws::TopP | Draws::Seed => format!("r{} {}", round.0, draws.name()),
    };
    let about = match is_own {
        true => "this pane's own",
        false => "this pane alone: as its column",
    };
    setting(name, value, !is_own, about.to_owned())
}

/// Turns a knob of all rounds of a column.
pub(super) fn turn_column(column: &mut Column, draws: Draws, by: isize, settings: &Settings) {
    let turned = draws.turned(column.draw(settings), by);
    let decoding = turned.decoding;
    column.decoding = (decoding != settings.decoding).then_some(decoding);
    column.seed = (turned.seed != settings.seed).then_some(turned.seed);
    // What a pane has of its own stays, where it is another still.
    for (round, own) in column.rounds.clone() {
        column.set_round(round, own, settings);
    }
}

/// Turns a knob of one round alone.
pub(super) fn turn_pane(
    column: &mut Column,
    round: RoundNo,
    draws: Draws,
    by: isize,
    settings: &Settings,
) {
    let turned = draws.turned(column.draw_of(round, settings), by);
    let mut own = column.rounds.get(&round).copied().unwrap_or_default();
    match draws {
        Draws::Temperature => own.temperature = Some(turned.decoding.temperature),
        Draws::TopP => own.top_p = Some(turned.decoding.top_p),
        Draws::Seed => own.seed = Some(turned.seed),
    }
    column.set_round(round, own, settings);
}

/// What a pane draws in a way of its own: `T 0.3 top-p 0.90 seed 7`; `None` where nothing.
pub(super) fn said_of(own: &PaneDraw) -> Option<String> {
    let temperature = own.temperature.map(|t| format!("T {t:.1}"));
    let top_p = own.top_p.map(|p| format!("top-p {p:.2}"));
    let seed = own.seed.map(|s| format!("seed {s}"));
    let all: Vec<String> = [temperature, top_p, seed].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" "))
}

impl App {
    /// What a pane draws in another way than its column, if it does.
    pub fn own_draw(&self, pane: super::PaneNo) -> Option<Safe> {
        let run = self.run_of(pane.model)?;
        let (_, no) = self.play_in(pane)?;
        let own = run.focus().play(no)?.own()?.rounds.get(&pane.round)?;
        said_of(own).map(Safe::from)
    }

    /// All columns draw with the same random numbers, or each with its own: in all models.
    pub(super) fn lock_seeds(&mut self, locked: bool, out: &mut Vec<Effect>) {
        if !self.can_ask() {
            return;
        }
        self.leave_comparison();
        self.ask_all(out, |run, orders| {
            run.lock_seeds(locked, orders);
        });
        let key = self.keymap.key_name(Action::LockSeeds).unwrap_or_default();
        let said = match (self.settings().lock_seeds == locked, locked) {
            (false, _) => {
                "a question holds 200 answers at most: another question, or r, begins anew".into()
            }
            (true, true) => format!(
                "seeds locked: each round draws with the same random numbers in all columns; {key} unlocks"
            ),
            (true, false) => format!("seeds apart: each column draws its own; {key} locks"),
        };
        self.view.notice = Some(said.into());
    }

    /// After a step back or forth in one model: what was undone of the lock is undone in all models.
    pub(super) fn lock_alike(&mut self, out: &mut Vec<Effect>) {
        let locked = self.settings().lock_seeds;
        let apart = |app: &App| {
            let runs = app.all_models().filter_map(|(no, _)| app.run_of(no));
            runs.into_iter()
                .any(|r| r.focus().settings().lock_seeds != locked)
        };
        if apart(self) {
            self.ask_all(out, |run, orders| {
                run.lock_seeds(locked, orders);
            });
        }
    }
}
