//! The explorer without a screen, for screen readers and pipes: what happens is told in lines, what to do
//! is typed in lines.
//!
//! The same experiment as on the screen: the question under every condition, the benchmark in the
//! background. A line is printed once and never changed; an answer is told when it is whole.

mod board;
mod inspect;
mod record;
mod words;

use std::collections::HashMap;
use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use crate::app::Safe;
use crate::domain::{ConditionNo, JobEvent, JobId, RoundNo};
use crate::engine::JobHandle;
use crate::run::{Order, PaneState, PlayNo, Run, Settings, Stamp, Watched};

use super::cli::ExploreArgs;
use super::failure::Failure;
use super::items;
use super::look;
use super::model::{self, Chosen};
use super::setup;
use super::signals::Signals;
pub use record::run as run_record;

/// Reports taken in one turn.
const BATCH: usize = 256;

/// How often it is looked whether the model lives.
const LOOK_EVERY: Duration = Duration::from_millis(500);

const HELP: &str = "Commands, each on its own line: n next question, p previous, a number that question, \
r ask again, s another seed, l lock or unlock seeds, b the scoreboard so far, q quit.";

/// Explores in lines.
///
/// # Errors
/// A mistake in the arguments or their files; a model that cannot be loaded or died.
pub fn run(args: &ExploreArgs) -> Result<ExitCode, Failure> {
    // Lines have no colours and no keys, but what is wrong with these is no less wrong.
    look::look(&args.look)?;
    look::keymap(&args.look)?;
    let set = items::items(&args.experiment.items)?;
    let settings = setup::settings(&args.experiment, true, &set.items)?;
    if args.model.model.len() > 1 {
        return Err(Failure::usage(
            "recant --plain tells one model's answers; without --plain, several --model stand beside each other",
        ));
    }
    let model = args.model.first();
    let chosen = Chosen::from(&model)?;
    let critic = Chosen::critic(args.experiment.critic.as_deref(), &model)?;
    for warning in &set.warnings {
        tell(warning);
    }
    tell("Loading the model.");
    let (engine, mut reports) = model::open_with(&chosen, critic.as_ref(), args.look.pace)?;
    let line = look::model_line(engine.about());
    tell(&format!("Model {}: {}.", line.name, line.detail));
    if let Some(warning) = &line.warning {
        tell(&format!("Note: {warning}."));
    }
    help();
    let runtime = super::runtime()?;
    let code = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut commands = typed();
        let mut teller = Teller {
            run: Run::new(set.items, settings),
            told: Vec::new(),
            is_over: false,
            wondered: None,
        };
        let begun = Instant::now();
        let mut handles: HashMap<JobId, JobHandle> = HashMap::new();
        let mut orders = Vec::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut is_typing = true;
        teller.show(0, &mut orders);
        teller.run.set_sweeping(true, &mut orders);
        loop {
            for order in orders.drain(..) {
                match order {
                    Order::Start(job) => {
                        handles.insert(job.id, engine.start(job));
                    }
                    Order::Cancel(id) => {
                        handles.remove(&id);
                    }
                    // The explorer's scoreboard is not recorded; runs are.
                    Order::Keep(_) => {}
                }
            }
            // Whoever pipes commands in wants the answers to the last of them.
            if !is_typing && teller.is_settled() {
                return Ok(ExitCode::SUCCESS);
            }
            tokio::select! {
                biased;
                ended = signals.next() => return Ok(ended.code()),
                command = commands.recv(), if is_typing && teller.takes_commands() => match command {
                    Some(command) => {
                        if !teller.obey(command.trim(), &mut orders) {
                            return Ok(ExitCode::SUCCESS);
                        }
                    }
                    None => is_typing = false,
                },
                n = reports.recv_many(&mut batch, BATCH) => {
                    if n == 0 {
                        return Err(Failure::work("the model has stopped answering"));
                    }
                }
                // A model's thread can end without a word while its queue stays open.
                () = tokio::time::sleep(LOOK_EVERY), if !handles.is_empty() => {
                    if let Some(what) = engine.ended().filter(|_| reports.is_empty()) {
                        return Err(Failure::work(what));
                    }
                }
            }
            let now = Stamp(u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            for report in batch.drain(..) {
                if matches!(report.event, JobEvent::Finished { .. } | JobEvent::Failed { .. }) {
                    handles.remove(&report.id);
                }
                teller.run.on_report(&report, now, &mut orders);
            }
            teller.tell_news();
        }
    });
    runtime.shutdown_background();
    code
}

/// Prints a line. A reader that has gone is found by the next signal or the end of its commands.
fn tell(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", Safe::line(text)).and_then(|()| out.flush());
}

/// A command that looks inside an answer, and the words behind it.
fn inside(command: &str) -> Option<(&str, &str)> {
    let (letter, words) = command.split_once(' ').unwrap_or((command, ""));
    ["t", "m", "e"].contains(&letter).then_some((letter, words))
}

/// The lines that are typed, as they come.
fn typed() -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel(16);
    let thread = std::thread::Builder::new().name("recant-typed".into());
    // If no thread can be had, the dropped sender ends the typing.
    let _ = thread.spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { return };
            if send.blocking_send(line).is_err() {
                return;
            }
        }
    });
    receive
}

/// Tells the commands.
fn help() {
    tell(HELP);
    tell(&format!("{}.", inspect::HELP));
}

/// The run, and how much of it was told.
struct Teller {
    run: Run,
    /// Rounds told, by condition.
    told: Vec<usize>,
    is_over: bool,
    /// Of which answers it was asked where the model changed its mind, until that is known.
    wondered: Option<(ConditionNo, PlayNo)>,
}

impl Teller {
    /// Piped commands wait for the answers before them; a person may interrupt.
    fn takes_commands(&self) -> bool {
        use std::io::IsTerminal;
        self.is_settled() || std::io::stdin().is_terminal()
    }

    /// Whether all that was asked is told.
    fn is_settled(&self) -> bool {
        self.is_over && self.wondered.is_none()
    }

    fn show(&mut self, item_no: usize, orders: &mut Vec<Order>) {
        let items = self.run.items().clone();
        if item_no >= items.len() {
            return;
        }
        words::question(&items, item_no);
        self.run.show(item_no, orders);
        self.begin(orders);
    }

    fn begin(&mut self, orders: &mut Vec<Order>) {
        self.told = vec![0; self.run.focus().settings().conditions.len()];
        self.is_over = false;
        self.wondered = None;
        self.run.watch(Watched::default(), orders);
    }

    /// Tells what has become whole since it was asked last.
    fn tell_news(&mut self) {
        let focus = self.run.focus();
        let settings = focus.settings();
        for (no, condition) in settings.conditions.iter().enumerate() {
            let at = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            let Some((shown, play)) = focus.shown_no(at).zip(focus.shown(at)) else {
                continue;
            };
            while let Some(round) = play.trajectory().rounds.get(self.told[no]) {
                let round_no = RoundNo(u16::try_from(self.told[no]).unwrap_or(u16::MAX));
                let head = format!("{}, round {}:", condition.name, round_no.0);
                match play.state(round_no) {
                    PaneState::Done => {
                        let toxicity = self.run.toxicity(shown, round_no);
                        tell(&format!(
                            "{head} {}",
                            words::answer(play.item(), round, toxicity)
                        ));
                    }
                    PaneState::Failed => {
                        let why = round.failed.as_deref().unwrap_or_default();
                        tell(&format!("{head} failed: {why}"));
                    }
                    PaneState::Waiting | PaneState::Reading | PaneState::Streaming(_) => break,
                }
                self.told[no] += 1;
            }
        }
        if !self.is_over && focus.is_over() {
            self.is_over = true;
            tell("All answered.");
        }
        self.tell_mind();
    }

    /// Tells where a model changed its mind, once that is known.
    fn tell_mind(&mut self) {
        let (focus, trace) = (self.run.focus(), self.run.trace());
        let known = |(_, no): &(ConditionNo, PlayNo)| inspect::is_known(focus, trace, *no);
        let Some((condition, no)) = self.wondered.filter(known) else {
            return;
        };
        self.wondered = None;
        let name = focus.settings().condition(condition).map(|c| &*c.name);
        if let (Some(name), Some(play)) = (name, focus.play(no)) {
            let all = inspect::mind(name, play.item(), focus, trace, no);
            all.iter().for_each(|line| tell(line));
        }
    }

    /// Looks inside an answer, as `t`, `m` or `e` with the words behind it asks.
    fn look_inside(&mut self, letter: &str, words: &str, orders: &mut Vec<Order>) {
        let focus = self.run.focus();
        let settings = focus.settings();
        let asked = match inspect::asked(words, settings) {
            Ok(asked) => asked,
            Err(why) => return tell(&why),
        };
        let (round_no, condition) = (asked.round, asked.condition);
        let name = settings.condition(condition).map_or("", |c| &*c.name);
        let head = format!("{name}, round {}:", round_no.0);
        let Some((shown, play)) = focus.shown_no(condition).zip(focus.shown(condition)) else {
            return tell(&format!("{head} nothing was asked yet."));
        };
        let Some(round) = play.round(round_no).filter(|r| r.is_done()) else {
            return tell(&format!("{head} there is no answer yet."));
        };
        match (letter, asked.token) {
            ("t", None) => tell(&inspect::least(&head, round)),
            ("t", Some(no)) => tell(&inspect::token(&head, round, no)),
            ("e", _) => {
                let all = inspect::prompt(&head, round);
                all.iter().for_each(|line| tell(line));
            }
            _ if play.item().options.is_empty() => {
                tell(&format!("{head} a text without options has no belief."));
            }
            _ => {
                self.wondered = Some((condition, shown));
                let watched = Watched {
                    belief: Some((shown, round_no)),
                    ..Watched::default()
                };
                self.run.watch(watched, orders);
                self.tell_mind();
            }
        }
    }

    /// Does what was typed. False: leave.
    fn obey(&mut self, command: &str, orders: &mut Vec<Order>) -> bool {
        let count = self.run.items().len();
        let now = self.run.focus().item_no().unwrap_or(0);
        match command {
            "" => {}
            "q" => return false,
            "n" => self.show((now + 1) % count.max(1), orders),
            "p" => self.show((now + count.max(1) - 1) % count.max(1), orders),
            "r" => {
                tell("Asked again.");
                self.run.rerun(orders);
                self.begin(orders);
            }
            "s" => {
                let settings = self.run.focus().settings();
                let settings = Settings {
                    seed: settings.seed.wrapping_add(1),
                    ..settings.clone()
                };
                tell(&format!("Seed {}.", settings.seed));
                self.run.set_focus_settings(settings, orders);
                self.begin(orders);
            }
            "l" => {
                let locked = !self.run.focus().settings().lock_seeds;
                if !self.run.lock_seeds(locked, orders) {
                    tell("No room for more answers to this question; r asks it anew.");
                    return true;
                }
                tell(match locked {
                    true => "Seeds locked: all conditions draw with the same random numbers.",
                    false => "Seeds unlocked: each condition draws with its own random numbers.",
                });
                self.begin(orders);
            }
            "b" => words::board(&self.run),
            "?" | "h" | "help" => help(),
            other if inside(other).is_some() => {
                let (letter, words) = inside(other).unwrap_or_default();
                self.look_inside(letter, words, orders);
            }
            other => match other.parse::<usize>() {
                Ok(no) if (1..=count).contains(&no) => self.show(no - 1, orders),
                Ok(_) => tell(&format!("There are questions 1 to {count}.")),
                Err(_) => {
                    tell(&format!("Unknown command {other:?}."));
                    help();
                }
            },
        }
        true
    }
}
