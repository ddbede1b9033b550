//! How far a run is: a bar with a small board above it on a terminal, a line now and then elsewhere,
//! or one JSON event a line for scripts.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::app::figures::{self, Detail};
use crate::app::{Metric, Safe};
use crate::domain::{ConditionNo, RoundNo};
use crate::report::{WIDTH, fixed};
use crate::run::Run;
use crate::session::AnswerLine;
use crate::stats::{Interval, Pace, Scorer};

use super::failure::Failure;

/// Where there is no terminal, a line of progress this often.
const PLAIN_EVERY: Duration = Duration::from_secs(5);
/// The board is counted anew this often at most.
const BOARD_EVERY: Duration = Duration::from_millis(1000);
/// Progress events come this often at most.
const EVENT_EVERY: Duration = Duration::from_secs(1);

/// Who is told.
enum To {
    Bar(ProgressBar),
    Lines,
    Events,
}

/// A run's progress.
pub struct Progress {
    to: To,
    begun: Instant,
    begun_at: u64,
    told: Instant,
    planned: u64,
    done: u64,
}

impl Progress {
    /// For people.
    pub fn new(planned: u64, done: u64) -> Progress {
        if !std::io::stderr().is_terminal() {
            eprintln!("{done} of {planned} answers");
            return Progress::to(To::Lines, planned, done);
        }
        let bar = ProgressBar::with_draw_target(Some(planned), ProgressDrawTarget::stderr());
        let style = "{msg}{bar:32} {pos} of {len} answers, {rate}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(style) {
            let rate = |state: &ProgressState, out: &mut dyn std::fmt::Write| {
                let _ = write!(out, "{:.1}/s", state.per_sec());
            };
            bar.set_style(style.with_key("rate", rate));
        }
        bar.set_position(done);
        bar.reset_eta();
        Progress::to(To::Bar(bar), planned, done)
    }

    /// For scripts.
    pub fn events(planned: u64, done: u64) -> Progress {
        Progress::to(To::Events, planned, done)
    }

    fn to(to: To, planned: u64, done: u64) -> Progress {
        let now = Instant::now();
        Progress {
            to,
            begun: now,
            begun_at: done,
            told: now,
            planned,
            done,
        }
    }

    fn rate(&self) -> f64 {
        (self.done - self.begun_at) as f64 / self.begun.elapsed().as_secs_f64().max(1e-9)
    }

    /// So many answers are there now.
    pub fn at(&mut self, now_done: u64) {
        self.done = now_done;
        match &self.to {
            To::Bar(bar) => bar.set_position(now_done),
            To::Lines if self.told.elapsed() >= PLAIN_EVERY => {
                self.told = Instant::now();
                let rate = self.rate();
                let left = (self.planned - now_done) as f64 / rate;
                eprintln!(
                    "{now_done} of {} answers, {rate:.1}/s, {left:.0} s left",
                    self.planned
                );
            }
            To::Lines | To::Events => {}
        }
    }

    /// One more answer, and what the run knows now.
    ///
    /// # Errors
    /// Standard output takes no more events.
    pub fn answer(&mut self, run: &Run, line: &AnswerLine) -> Result<(), Failure> {
        self.at(run.sweep().rounds_done());
        match &self.to {
            To::Lines => Ok(()),
            To::Bar(bar) => {
                if self.told.elapsed() >= BOARD_EVERY || self.done == self.planned {
                    self.told = Instant::now();
                    bar.set_message(board(run));
                }
                Ok(())
            }
            To::Events => {
                event(&json!({
                    "event": "answer",
                    "item": line.item,
                    "benchmark": line.benchmark,
                    "condition": line.condition,
                    "round": line.round,
                    "sample": line.sample,
                    "rotation": line.rotation,
                    "option": line.option,
                    "verdict": line.verdict,
                    "correct": line.correct,
                    "toxicity": line.scored.as_ref().map(|s| s.toxicity),
                }))?;
                if self.told.elapsed() < EVENT_EVERY {
                    return Ok(());
                }
                self.told = Instant::now();
                let rate = self.rate();
                event(&json!({
                    "event": "progress",
                    "done": self.done,
                    "planned": self.planned,
                    "per_s": rate,
                    "left_s": (self.planned - self.done) as f64 / rate,
                }))
            }
        }
    }

    /// The run is over, or was stopped.
    pub fn end(&mut self) {
        match &self.to {
            To::Bar(bar) => bar.abandon(),
            To::Lines => eprintln!("{} of {} answers", self.done, self.planned),
            To::Events => {}
        }
    }
}

/// Writes one event, as a line of ASCII: names in data files cannot act on a terminal. A reader that
/// has seen enough is no failure.
///
/// # Errors
/// What standard output said.
pub fn event(value: &Value) -> Result<(), Failure> {
    let mut line = String::new();
    for c in value.to_string().chars() {
        if c.is_ascii() && c != '\u{7f}' {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line.push('\n');
    let mut out = std::io::stdout().lock();
    match out.write_all(line.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// One row per condition: what its last round with answers says so far, in what the questions'
/// benchmarks measure.
fn board(run: &Run) -> String {
    let sweep = run.sweep();
    let plan = &sweep.settings().plan;
    let repeats = plan.samples > 1 || plan.all_rotations;
    let metrics = Metric::of(sweep.scope(None), plan.samples);
    let mut text = String::new();
    for (no, condition) in sweep.settings().conditions.iter().enumerate() {
        let no = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
        let rounds = (0..sweep.settings().rounds).rev().map(RoundNo);
        let cells = rounds.map(|round| (round, sweep.board().cell(no, round, None)));
        let Some((round, counts)) = cells.into_iter().find(|(_, c)| c.n() > 0) else {
            continue;
        };
        let name = Safe::line(&condition.name);
        let mut row = vec![format!("{name:<16} r{} n {:<6}", round.0, counts.n())];
        let scores = Scorer::Paper.scores(&counts);
        for metric in &metrics {
            let Some(name) = metric.name().filter(|_| is_brief(*metric)) else {
                continue;
            };
            let place = (no, round);
            let measure = || sweep.measures().score(place, None, name, Pace::Lately);
            let found = scores.iter().find(|s| s.name == name).copied();
            let Some(score) = found.or_else(measure) else {
                continue;
            };
            let heading = figures::heading(*metric, Detail::Brief);
            let own = metric.is_measure();
            let Some(value) = score.estimate.value else {
                row.push(format!("{heading} -"));
                continue;
            };
            // Of repeated items the report tells: here answers would count as independent.
            let interval = score.estimate.interval.filter(|_| own || !repeats);
            row.push(figure(heading, own, value, interval));
        }
        text.push_str(&rows(&row));
    }
    text
}

/// `accAMB 90.0 [69.9, 97.2]`: the interval's ends as reports have them, for it need not stand around the middle.
fn figure(heading: &str, own: bool, value: f64, interval: Option<Interval>) -> String {
    let number = |value: f64| match own {
        true => fixed(value, 3),
        false => fixed(100.0 * value, 1),
    };
    match interval {
        None => format!("{heading} {}", number(value)),
        Some(i) => {
            let (low, high) = (number(i.low), number(i.high));
            format!("{heading} {} [{low}, {high}]", number(value))
        }
    }
}

/// A condition's figures in a page's width; what goes on below stands under the first figure.
fn rows(parts: &[String]) -> String {
    let indent = parts.first().map_or(0, |name| name.width());
    let mut text = String::new();
    let mut wide = 0;
    for part in parts {
        let more = 2 + part.width();
        if wide > indent && wide + more >= WIDTH {
            text.push_str(&format!("\n{}", " ".repeat(indent)));
            wide = indent;
        }
        if wide > 0 {
            text.push_str("  ");
            wide += 2;
        }
        text.push_str(part);
        wide += part.width();
    }
    text + "\n"
}

/// What a row of the small board has room for.
fn is_brief(metric: Metric) -> bool {
    match metric {
        Metric::BiasAmbiguous
        | Metric::BiasDisambiguated
        | Metric::AccuracyAmbiguous
        | Metric::AccuracyDisambiguated
        | Metric::Accuracy
        | Metric::Unparsed
        | Metric::Pearson
        | Metric::Female
        | Metric::Neutral
        | Metric::AdmissionGap
        | Metric::AdmittedBlack
        | Metric::AdmittedWhite
        | Metric::Toxicity
        | Metric::ToxicShare => true,
        Metric::Abstention
        | Metric::Changed
        | Metric::Corrected
        | Metric::Spoiled
        | Metric::Answers
        | Metric::PearsonTexts
        | Metric::MatchError
        | Metric::ToxicityMax => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_board_says_where_intervals_end() {
        // 0 of 20: Wilson's interval begins at the figure, and is not 8 to either side of it.
        let none = crate::stats::Estimate::proportion(0, 20);
        let value = none.value.unwrap();
        let told = figure("unparsed", false, value, none.interval);
        assert_eq!(told, "unparsed 0.0 [0.0, 16.1]");
        assert_eq!(figure("ρ", true, -0.25, None), "ρ -0.250");
        let parts: Vec<String> = ["q r0 n 20", "s_AMB 0.0 [-10.0, 10.0]"]
            .into_iter()
            .chain(["accAMB 90.0 [69.9, 97.2]"; 3])
            .map(str::to_owned)
            .collect();
        let text = rows(&parts);
        assert!(text.lines().all(|line| line.width() < WIDTH), "{text}");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[1],
            "           accAMB 90.0 [69.9, 97.2]  accAMB 90.0 [69.9, 97.2]"
        );
    }
}
