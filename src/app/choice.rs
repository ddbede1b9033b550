//! What can be set to a value by name: layout, heat, metric, temperature, rounds.

use super::App;
use super::event::Effect;
use super::figures::{self, Detail};
use super::inspect::Heat;
use super::layout::{Arrangement, Screen};
use super::metric::Metric;

/// Most rounds offered by name.
const ROUNDS: u16 = 8;
/// Temperatures offered by name, in tenths.
const TENTHS: [u8; 6] = [0, 3, 5, 7, 10, 15];

/// Something set to a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// How panes stand.
    Layout(Arrangement),
    /// By what tokens are marked.
    Heat(Heat),
    /// What the small scoreboard shows.
    Metric(Metric),
    /// The panes' temperature, in tenths.
    Temperature(u8),
    /// Rounds of all columns.
    Rounds(u16),
    /// Whether the mouse is listened to.
    Mouse(bool),
}

impl Choice {
    /// All of them, with these numbers of the scoreboard.
    pub fn all(metrics: &[Metric]) -> Vec<Choice> {
        use Arrangement::{Conditions, Grid, Rounds};
        let layouts = [Grid, Rounds, Conditions].map(Choice::Layout);
        let heats = [Heat::Off, Heat::Probability, Heat::Entropy, Heat::Surprise].map(Choice::Heat);
        let mut all: Vec<Choice> = layouts.into_iter().chain(heats).collect();
        all.extend(TENTHS.map(Choice::Temperature));
        all.extend((1..=ROUNDS).map(Choice::Rounds));
        all.extend(metrics.iter().copied().map(Choice::Metric));
        all.extend([true, false].map(Choice::Mouse));
        all
    }

    /// What is set.
    pub fn name(self) -> &'static str {
        match self {
            Choice::Layout(_) => "layout",
            Choice::Heat(_) => "heat",
            Choice::Metric(_) => "metric",
            Choice::Temperature(_) => "temperature",
            Choice::Rounds(_) => "rounds",
            Choice::Mouse(_) => "mouse",
        }
    }

    /// To what.
    pub fn value(self) -> String {
        match self {
            Choice::Layout(Arrangement::Grid) => "grid".to_owned(),
            Choice::Layout(Arrangement::Rounds) => "rounds".to_owned(),
            Choice::Layout(Arrangement::Conditions) => "conditions".to_owned(),
            Choice::Heat(Heat::Off) => "off".to_owned(),
            Choice::Heat(heat) => heat.name().trim_start_matches("heat: ").to_owned(),
            Choice::Metric(metric) => figures::heading(metric, Detail::Brief).to_owned(),
            Choice::Temperature(tenths) => format!("{:.1}", f64::from(tenths) / 10.0),
            Choice::Rounds(rounds) => rounds.to_string(),
            Choice::Mouse(true) => "on".to_owned(),
            Choice::Mouse(false) => "off".to_owned(),
        }
    }

    /// What that means.
    pub fn about(self) -> &'static str {
        match self {
            Choice::Layout(arrangement) => arrangement.name(),
            Choice::Heat(_) => "by what tokens are marked, in all panes",
            Choice::Metric(metric) => metric.about(),
            Choice::Temperature(_) => "of all columns; asks again",
            Choice::Rounds(_) => "in all columns",
            Choice::Mouse(true) => "a press chooses, once more opens, the wheel scrolls",
            Choice::Mouse(false) => "the terminal can select text",
        }
    }
}

impl App {
    /// Sets something to its value.
    pub(super) fn choose(&mut self, choice: Choice, out: &mut Vec<Effect>) {
        match choice {
            Choice::Layout(arrangement) => {
                self.view.screen = Screen::Panes;
                self.view.arrangement = arrangement;
                self.view.first = (0, 0);
            }
            Choice::Heat(heat) => self.view.heat = heat,
            Choice::Metric(metric) => self.view.metric = Some(metric),
            Choice::Temperature(tenths) => {
                let temperature = f64::from(tenths) / 10.0;
                self.resettle(out, |s| s.decoding.temperature = temperature);
            }
            Choice::Rounds(rounds) => self.set_rounds(rounds, out),
            Choice::Mouse(on) => self.set_mouse(on, out),
        }
        let said = format!("{}: {}", choice.name(), choice.value());
        self.view.notice.get_or_insert_with(|| said.into());
    }
}
