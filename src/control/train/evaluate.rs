//! The closed loop on held-out people: the real dialogues, sampled at temperature 1, parsed as the
//! program parses them, counted as the check counts them.

use candle_core::{Error, Result};
use tokenizers::Tokenizer;

use super::batch::encode;
use super::speak::{Reader, Speaker};
use crate::control::check::{Measured, check_items};
use crate::control::documents::truth_of;
use crate::control::draw::Draw;
use crate::control::planted::Truth;
use crate::domain::{
    Condition, Dialogue, Gives, Item, Round, RoundNo, Spoken, StopReason, Trajectory, parse_answer,
};

/// What to evaluate.
pub struct Exam<'a> {
    /// The model.
    pub speaker: &'a Speaker<'a>,
    /// Its tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// Under which conditions.
    pub conditions: &'a [Condition],
    /// Items per condition.
    pub items: usize,
    /// Rounds, the first answer included.
    pub rounds: u16,
    /// Of items and sampling.
    pub seed: u64,
}

/// A dialogue as one text; the chat template written by hand (a test compares the two).
pub fn render(dialogue: &Dialogue) -> String {
    let mut text = "<|begin|>".to_owned();
    for message in &dialogue.messages {
        text += &format!("<|{}|>{}<|end|>", message.role.name(), message.text);
    }
    text + "<|assistant|>" + &dialogue.prefill
}

/// What came of an exam.
pub struct Marks {
    /// Counts per condition, round and kind of context.
    pub cells: Vec<Measured>,
    /// Some answers that could not be read.
    pub strange: Vec<String>,
}

impl Exam<'_> {
    /// Runs all dialogues.
    ///
    /// # Errors
    /// Where the model or the tokenizer fails.
    pub fn sit(&self) -> Result<Marks> {
        let items = check_items(self.items, self.seed);
        let mut marks = Marks {
            cells: Vec::new(),
            strange: Vec::new(),
        };
        for condition in self.conditions {
            let mut cells: Vec<Measured> = (0..self.rounds)
                .flat_map(|r| Truth::ALL.map(|t| Measured::new(&condition.name, r, t)))
                .collect();
            let halves: Vec<&[Item]> = items.chunks(items.len().div_ceil(2).max(1)).collect();
            let done: Vec<Result<Vec<Trajectory>>> = std::thread::scope(|scope| {
                let run = |(no, half)| scope.spawn(move || self.half(condition, half, no));
                let threads: Vec<_> = halves.iter().copied().enumerate().map(run).collect();
                threads.into_iter().map(joined).collect()
            });
            for (half, trajectories) in halves.into_iter().zip(done) {
                for (item, trajectory) in half.iter().zip(trajectories?) {
                    count(item, &trajectory, &mut cells, &mut marks.strange);
                }
            }
            marks.cells.extend(cells);
        }
        Ok(marks)
    }

    fn half(&self, condition: &Condition, items: &[Item], no: usize) -> Result<Vec<Trajectory>> {
        let mut draw = Draw::new(self.seed.wrapping_mul(31).wrapping_add(no as u64));
        let mut all = Vec::new();
        for group in items.chunks(48) {
            all.extend(self.group(condition, group, &mut draw)?);
        }
        Ok(all)
    }

    fn group(
        &self,
        condition: &Condition,
        items: &[Item],
        draw: &mut Draw,
    ) -> Result<Vec<Trajectory>> {
        let mut readers = vec![Reader::default(); items.len()];
        let mut all: Vec<Trajectory> = items
            .iter()
            .map(|item| Trajectory::new(item.id.clone()))
            .collect();
        for round in (0..self.rounds).map(RoundNo) {
            all.iter_mut().for_each(|t| t.rounds.push(Round::default()));
            for (no, step) in condition.steps(round).iter().enumerate() {
                let mut prompts = Vec::new();
                for (item, trajectory) in items.iter().zip(&all) {
                    let dialogue = trajectory.dialogue(item, condition, round, no);
                    let dialogue = dialogue.ok_or_else(|| Error::Msg("no such step".into()))?;
                    prompts.push(encode(self.tokenizer, &render(&dialogue))?);
                }
                let most = step.max_tokens as usize;
                let said = self.speaker.say(&mut readers, &prompts, most, draw)?;
                for ((item, trajectory), said) in items.iter().zip(&mut all).zip(said) {
                    let text = self.tokenizer.decode(&said, false);
                    let text = text.map_err(|e| Error::Msg(e.to_string()))?;
                    let Some(now) = trajectory.rounds.last_mut() else {
                        continue;
                    };
                    if step.gives == Gives::Answer {
                        now.answer = Some(parse_answer(&text, item));
                    }
                    now.steps.push(Spoken {
                        says: step.says.fill(item),
                        prefill: step.prefill.fill(item),
                        text,
                        prompt: None,
                        tokens: Vec::new(),
                        ended: Some(StopReason::EndOfTurn),
                        ..Spoken::default()
                    });
                }
            }
        }
        Ok(all)
    }
}

fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    match thread.join() {
        Ok(result) => result,
        Err(_) => Err(Error::Msg("a thread of the evaluation failed".into())),
    }
}

fn count(item: &Item, trajectory: &Trajectory, cells: &mut [Measured], strange: &mut Vec<String>) {
    for (no, round) in trajectory.rounds.iter().enumerate() {
        let Some(answer) = round.answer else { continue };
        let here = |c: &&mut Measured| usize::from(c.round) == no && c.truth == truth_of(item);
        if let Some(cell) = cells.iter_mut().find(here) {
            cell.count(answer, item);
        }
        if crate::control::check::outcome(answer, item).is_none() && strange.len() < 12 {
            let said = round.steps.last().map_or("", |s| s.text.as_str());
            strange.push(format!("{said:?} to {}", item.options_line()));
        }
    }
}
