//! A recorded run in lines: questions with all their recorded answers, and its scoreboard. No model is
//! loaded; what the record does not hold is said to be missing.

use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use crate::domain::RoundNo;
use crate::run::{Recalled, Run, Seat};

use super::super::cli::OpenArgs;
use super::super::failure::Failure;
use super::super::recorded::Recorded;
use super::{inside, inspect, tell, words};

const HELP: &str = "Commands, each on its own line: n next question, p previous, a number that question, \
c the next question with an answer that changed between rounds, b the scoreboard, q quit.";

/// Tells a record in lines.
///
/// # Errors
/// No run there, or one that cannot be read.
pub fn run(args: &OpenArgs) -> Result<ExitCode, Failure> {
    let mut recorded = Recorded::at(args)?;
    let run = recorded.run()?;
    for note in &recorded.notes {
        tell(note);
    }
    let model = recorded.setting("model");
    let sweep = run.sweep();
    tell(&format!(
        "Record {}: {} of {} answers, by {}. Nothing is asked of a model here.",
        recorded.folder.display(),
        sweep.rounds_done(),
        sweep.rounds_planned(),
        if model.is_empty() {
            "an unnamed model"
        } else {
            &model
        }
    ));
    help();
    let mut reader = Reader {
        recorded,
        run,
        item_no: 0,
    };
    reader.show(0)?;
    for line in std::io::stdin().lock().lines() {
        // Whoever typed has gone.
        let Ok(line) = line else { break };
        if !reader.obey(line.trim())? {
            return Ok(ExitCode::SUCCESS);
        }
    }
    if std::io::stdin().is_terminal() {
        tell("End of input.");
    }
    Ok(ExitCode::SUCCESS)
}

/// Tells the commands.
fn help() {
    tell(HELP);
    tell(&format!("{}.", inspect::HELP));
}

struct Reader {
    recorded: Recorded,
    run: Run,
    item_no: usize,
}

impl Reader {
    fn show(&mut self, item_no: usize) -> Result<(), Failure> {
        self.item_no = item_no;
        words::question(self.run.items(), item_no);
        if let Some(note) = (self.run.items().get(item_no))
            .and_then(|item| self.recorded.hand.notes.get(&*item.id.0))
        {
            tell(&format!("Note: {note}"));
        }
        let all = self.recorded.recall(item_no).map_err(Failure::work)?;
        if all.is_empty() {
            tell("The record holds no answer to it.");
        }
        for (no, condition) in self.run.sweep().settings().conditions.iter().enumerate() {
            let mine = all.iter().filter(|r| usize::from(r.condition.0) == no);
            mine.for_each(|one| self.tell_rounds(&condition.name, one));
        }
        Ok(())
    }

    fn tell_rounds(&self, condition: &str, one: &Recalled) {
        let Some(item) = self.run.items().get(self.item_no) else {
            return;
        };
        let item = item.rotated(one.take.rotation);
        let mut which = String::new();
        if one.take.sample > 0 {
            which += &format!(", sample {}", one.take.sample + 1);
        }
        if one.take.rotation > 0 {
            which += &format!(", options turned by {}", one.take.rotation);
        }
        for (no, round) in one.rounds.iter().enumerate() {
            let sweep = self.run.sweep();
            let seat = Seat {
                item_no: self.item_no,
                condition: one.condition,
                take: one.take,
                round: RoundNo(u16::try_from(no).unwrap_or(u16::MAX)),
            };
            let toxicity = sweep.toxicity(&item, round, Some(&seat));
            let toxicity = toxicity.zip(sweep.texts_by());
            let said = words::answer(&item, round, toxicity);
            tell(&format!("{condition}{which}, round {no}: {said}"));
        }
        let planned = usize::from(self.run.sweep().settings().rounds);
        if one.rounds.len() < planned {
            let from = one.rounds.len();
            tell(&format!(
                "{condition}{which}, round {from} on: not in the record."
            ));
        }
    }

    /// Does what was typed. False: leave.
    fn obey(&mut self, command: &str) -> Result<bool, Failure> {
        let count = self.run.items().len();
        match command {
            "" => {}
            "q" => return Ok(false),
            "n" => self.show((self.item_no + 1) % count.max(1))?,
            "p" => self.show((self.item_no + count.max(1) - 1) % count.max(1))?,
            "c" => match self.next_changed() {
                Some(no) => self.show(no)?,
                None => tell("No other question has an answer that changed between rounds."),
            },
            "b" => words::board(&self.run),
            "?" | "h" | "help" => help(),
            other if inside(other).is_some() => {
                let (letter, words) = inside(other).unwrap_or_default();
                self.look_inside(letter, words)?;
            }
            "r" | "s" | "l" => tell(
                "That would ask a model, and this is a record; recant open without --plain asks its model.",
            ),
            other => match other.parse::<usize>() {
                Ok(no) if (1..=count).contains(&no) => self.show(no - 1)?,
                Ok(_) => tell(&format!("There are questions 1 to {count}.")),
                Err(_) => {
                    tell(&format!("Unknown command {other:?}."));
                    help();
                }
            },
        }
        Ok(true)
    }

    /// Looks inside a recorded answer, as `t`, `m` or `e` with the words behind it asks.
    fn look_inside(&mut self, letter: &str, words: &str) -> Result<(), Failure> {
        if letter == "m" {
            tell(
                "Beliefs between tokens are not recorded; recant open without --plain asks the model.",
            );
            return Ok(());
        }
        let asked = match inspect::asked(words, self.run.sweep().settings()) {
            Ok(asked) => asked,
            Err(why) => {
                tell(&why);
                return Ok(());
            }
        };
        let condition = self.run.sweep().settings().condition(asked.condition);
        let name = condition.map_or_else(String::new, |c| c.name.to_string());
        let head = format!("{name}, round {}:", asked.round.0);
        let all = self.recorded.recall(self.item_no).map_err(Failure::work)?;
        // The first sample in the first order, as it is told first.
        let one = all.iter().find(|r| r.condition == asked.condition);
        let Some(round) = one.and_then(|r| r.rounds.get(usize::from(asked.round.0))) else {
            tell(&format!("{head} the record holds no such answer."));
            return Ok(());
        };
        match (letter, asked.token) {
            ("t", None) => tell(&inspect::least(&head, round)),
            ("t", Some(no)) => tell(&inspect::token(&head, round, no)),
            _ => {
                let lines = inspect::prompt(&head, round);
                lines.iter().for_each(|line| tell(line));
            }
        }
        Ok(())
    }

    /// The next question, round to the first, one of whose verdicts is another than the round before's.
    fn next_changed(&self) -> Option<usize> {
        let sweep = self.run.sweep();
        let (register, settings) = (sweep.register(), sweep.settings());
        let items = self.run.items();
        let changed = |no: &usize| {
            let item = &items[*no];
            (0u16..).zip(&settings.conditions).any(|(condition, _)| {
                let verdict = |round: u16| {
                    let place = crate::domain::ConditionNo(condition);
                    let entry = register.entry(*no, place, RoundNo(round))?;
                    Some(entry.answer.verdict(item))
                };
                (1..settings.rounds).any(|round| {
                    let (before, now) = (verdict(round - 1), verdict(round));
                    before.is_some() && now.is_some() && before != now
                })
            })
        };
        let count = items.len();
        (1..count)
            .map(|by| (self.item_no + by) % count)
            .find(changed)
    }
}
