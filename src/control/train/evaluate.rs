//! The closed loop on held-out people: the real dialogues, sampled at temperature 1, parsed as the
//! program parses them, counted as the check counts them.

use candle_core::{Error, Result};
use tokenizers::Tokenizer;

use super::batch::encode;
use super::speak::{Reader, Speaker};
use crate::control::check::compare;
use crate::control::documents::render;
use crate::control::draw::Draw;
use crate::control::tally::Tally;
use crate::domain::{
    Condition, Gives, Item, Round, RoundNo, StopReason, Trajectory, Voice, parse_answer,
};

/// What to evaluate.
pub struct Exam<'a> {
    /// The model.
    pub speaker: &'a Speaker<'a>,
    /// Its tokenizer.
    pub tokenizer: &'a Tokenizer,
    /// Under which conditions.
    pub conditions: &'a [Condition],
    /// The items.
    pub items: &'a [Item],
    /// Rounds, the first answer included.
    pub rounds: u16,
    /// Of items and sampling.
    pub seed: u64,
}

/// What came of an exam.
pub struct Marks<'a> {
    /// The answers, counted.
    pub tally: Tally<'a>,
    /// Some answers that could not be read.
    pub strange: Vec<String>,
}

impl Exam<'_> {
    /// Runs all dialogues.
    ///
    /// # Errors
    /// Where the model or the tokenizer fails.
    pub fn sit(&self, marks: &mut Marks<'_>) -> Result<()> {
        for condition in self.conditions {
            let halves = self.items.chunks(self.items.len().div_ceil(2).max(1));
            let halves: Vec<&[Item]> = halves.collect();
            let done: Vec<Result<Vec<Trajectory>>> = std::thread::scope(|scope| {
                let run = |(no, half)| scope.spawn(move || self.half(condition, half, no));
                let threads: Vec<_> = halves.iter().copied().enumerate().map(run).collect();
                threads.into_iter().map(joined).collect()
            });
            for (half, trajectories) in halves.into_iter().zip(done) {
                for (item, trajectory) in half.iter().zip(trajectories?) {
                    count(item, condition, &trajectory, marks);
                }
            }
        }
        Ok(())
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
        let mut readers =
            [Voice::Model, Voice::Critic].map(|_| vec![Reader::default(); items.len()]);
        let mut all: Vec<Trajectory> = items
            .iter()
            .map(|item| Trajectory::new(item.id.clone()))
            .collect();
        for round in (0..self.rounds).map(RoundNo) {
            all.iter_mut().for_each(|t| t.rounds.push(Round::default()));
            for (no, step) in condition.steps(round).iter().enumerate() {
                let (mut prompts, mut openings) = (Vec::new(), Vec::new());
                for (item, trajectory) in items.iter().zip(&all) {
                    let lacks = || Error::Msg("no such step".into());
                    let dialogue = trajectory.dialogue(item, condition, round, no);
                    prompts.push(encode(
                        self.tokenizer,
                        &render(&dialogue.ok_or_else(lacks)?),
                    )?);
                    let opening = trajectory.opening(item, condition, round, no);
                    openings.push(opening.ok_or_else(lacks)?);
                }
                if step.reply.is_none() {
                    let readers = &mut readers[usize::from(step.voice == Voice::Critic)];
                    let most = step.max_tokens as usize;
                    let said = self.speaker.say(readers, &prompts, most, draw)?;
                    for (opening, said) in openings.iter_mut().zip(said) {
                        let text = self.tokenizer.decode(&said, false);
                        opening.text = text.map_err(|e| Error::Msg(e.to_string()))?;
                        opening.ended = Some(StopReason::EndOfTurn);
                    }
                }
                for ((item, trajectory), opening) in items.iter().zip(&mut all).zip(openings) {
                    if let Some(now) = trajectory.rounds.last_mut() {
                        if step.gives == Gives::Answer {
                            now.answer = Some(parse_answer(&opening.text, item));
                        }
                        now.steps.push(opening);
                    }
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

fn count(item: &Item, condition: &Condition, trajectory: &Trajectory, marks: &mut Marks<'_>) {
    for (no, round) in (0..).zip(&trajectory.rounds) {
        let Some(answer) = round.answer else { continue };
        let said = round.steps.last().map_or("", |s| s.text.as_str());
        let read = marks.tally.add(item, &condition.name, no, answer, said);
        if !read && marks.strange.len() < 12 {
            marks.strange.push(format!(
                "{}: {said:?} to {}",
                condition.name,
                item.options_line()
            ));
        }
    }
}

/// Planted beside measured, for people.
pub fn table(marks: &Marks<'_>) -> String {
    let comparison = compare(&marks.tally);
    let mut text = String::new();
    for cell in marks.tally.cells() {
        let n = cell.parsed() as f64;
        text += &format!(
            "{:12} {:13} round {} {:12}",
            cell.kind, cell.condition, cell.round, cell.state
        );
        for (no, name) in cell.outcomes.iter().enumerate() {
            let (share, planted) = (cell.counts[no] as f64 / n, cell.planted[no] / n);
            text += &format!("  {name:.5} {share:.3} ({planted:.3})");
        }
        text += &format!("  n {n} unparsed {}\n", cell.unparsed);
    }
    for figure in &comparison.figures {
        text += &format!(
            "figure {} {} {} {:.3} ({:.3}){}\n",
            figure.kind,
            figure.condition,
            figure.name,
            figure.measured,
            figure.planted,
            if figure.pass { "" } else { " OFF" }
        );
    }
    for accuracy in &comparison.accuracy {
        text += &format!("accuracy {} {:.3}\n", accuracy.condition, accuracy.share);
    }
    for cell in comparison.rows.iter().filter(|r| !r.pass) {
        text += &format!(
            "OFF {} {} round {} {} {}: {:+.3}\n",
            cell.kind, cell.condition, cell.round, cell.state, cell.outcome, cell.difference
        );
    }
    text += &format!("parsed {:.4}\n", comparison.parsed);
    for line in &marks.strange {
        text += &format!("unparsed {line}\n");
    }
    text
}
