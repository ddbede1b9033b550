//! The course of training: what is learned when, at what rate, and the loop itself.

use std::path::PathBuf;
use std::time::Instant;

use candle_core::{Error, Result, Tensor};
use indicatif::{ProgressBar, ProgressStyle};
use tokenizers::Tokenizer;

use super::batch::{Batch, Emphasis};
use super::checkpoint;
use super::evaluate::{Exam, Marks, table};
use super::lessons::Lessons;
use super::mix::{AGAIN, EARLY, FIRST, LATE};
use super::network::{Cost, learn};
use super::optimizer::{Memory, Rates, update};
use super::speak::Speaker;
use super::weights::{Sizes, Weight, fresh, tensors};
use crate::control::draw::Draw;
use crate::control::drills::{drill, hearsay};
use crate::control::sets::held_out;
use crate::control::tally::Tally;
use crate::control::vocabulary::MAX_POSITIONS;
use crate::domain::Kind;

/// Everything that the result depends on, and where it goes.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Optimizer steps of the course.
    pub steps: usize,
    /// Optimizer steps of the repetition after it.
    pub again: usize,
    /// Seed of weights and text.
    pub seed: u64,
    /// Threads; each works through its own documents, so the result depends on the number.
    pub threads: usize,
    /// Tokens a thread reads per step, about.
    pub tokens: usize,
    /// Where checkpoints are written.
    pub checkpoint: PathBuf,
    /// A checkpoint every so many steps.
    pub checkpoint_every: usize,
    /// An exam every so many steps.
    pub exam_every: usize,
    /// Items per condition of an exam.
    pub exam_items: usize,
}

/// Share of the training that is mostly drills: binding a deed to its doer is the slowest skill to
/// appear, and everything else needs it.
const DRILLS_UNTIL: f64 = 0.36;
/// Share of the training before deeds that share a word; with such deeds from the beginning,
/// nothing was bound after 6 million tokens.
const ALIKE_FROM: f64 = 0.22;
/// How often drills have such deeds from then on.
const ALIKE: f64 = 0.6;
/// Share of the training before the first review.
const REVIEWS_FROM: f64 = 0.58;
/// Share of the training at full rate; then it falls linearly to zero.
const FLAT_UNTIL: f64 = 0.40;
/// Full rates. With 0.02 and 4e-3 no document was ever learned to be read: the loss stayed flat.
const RATES: Rates = Rates {
    muon: 0.005,
    adam: 1.5e-3,
};
/// Largest norm of the gradient that AdamW sees (Muon does not see the norm at all).
const CLIP: f32 = 1.0;
/// Tokens in one forward and backward pass: small enough for the caches.
const PASS: usize = 1024;

/// The model being trained.
pub struct Course {
    /// What it depends on.
    pub settings: Settings,
    /// Sizes of the model.
    pub sizes: Sizes,
    /// Its weights.
    pub weights: Vec<Weight>,
    /// The optimizer's memory.
    pub memory: Vec<Memory>,
    /// Steps done.
    pub step: usize,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// What conversations are about.
    pub lessons: Lessons,
}

impl Course {
    /// Before the first step.
    pub fn new(settings: Settings, tokenizer: Tokenizer, lessons: Lessons) -> Course {
        let sizes = Sizes::standard(tokenizer.get_vocab_size(true));
        let weights = fresh(&sizes, settings.seed);
        let memory = weights.iter().map(Memory::new).collect();
        Course {
            settings,
            sizes,
            weights,
            memory,
            step: 0,
            tokenizer,
            lessons,
        }
    }

    /// All steps there will be.
    fn total(&self) -> usize {
        self.settings.steps + self.settings.again
    }

    fn is_repeating(&self) -> bool {
        self.step >= self.settings.steps
    }

    /// From 0 to 1 over the course; the repetition takes up a longer course near its end, so the rates
    /// rise once and fall to zero again.
    fn progress(&self) -> f64 {
        let of = match self.is_repeating() {
            true => self.total(),
            false => self.settings.steps,
        };
        self.step as f64 / of.max(1) as f64
    }

    fn rates(&self) -> Rates {
        let left = ((1.0 - self.progress()) / (1.0 - FLAT_UNTIL)).clamp(0.0, 1.0) as f32;
        // A short warm-up: the first gradients of a fresh embedding are large.
        let by = left * ((self.step + 1) as f32 / 50.0).min(1.0);
        Rates {
            muon: RATES.muon * by,
            adam: RATES.adam * by,
        }
    }

    /// One thread's documents of a step, in passes.
    fn batches(&self, thread: usize) -> Result<Vec<Batch>> {
        let mut draw = Draw::new(
            self.settings.seed ^ ((self.step as u64) << 20) ^ ((thread as u64) << 56) ^ 0x7ea1,
        );
        draw = Draw::new(draw.bits());
        let emphasis = Emphasis::default();
        let mix = match self.progress() {
            _ if self.is_repeating() => &AGAIN,
            p if p >= REVIEWS_FROM => &LATE,
            p if p >= DRILLS_UNTIL => &EARLY,
            _ => &FIRST,
        };
        let alike = match self.progress() {
            p if p >= ALIKE_FROM => ALIKE,
            _ => 0.0,
        };
        let (mut batches, mut batch, mut tokens) = (Vec::new(), Batch::default(), 0);
        while tokens + batch.tokens.len() < self.settings.tokens {
            let documents = match draw.weighted(&mix.documents) {
                0 => {
                    let reviews = mix.reviews.map_or(0, |weights| draw.weighted(&weights));
                    let all = self.is_repeating();
                    self.lessons
                        .conversation(all, reviews as u16, mix.ambiguous, &mut draw)
                }
                1 => vec![drill(alike, &mut draw)],
                _ => vec![hearsay(&mut draw)],
            };
            for document in documents {
                batch.push(&document, &self.tokenizer, &emphasis)?;
                if batch.tokens.len() >= PASS {
                    tokens += batch.tokens.len();
                    batches.push(std::mem::take(&mut batch));
                }
            }
        }
        if !batch.tokens.is_empty() {
            batches.push(batch);
        }
        Ok(batches)
    }

    /// One optimizer step; returns what it cost and the tokens it read.
    ///
    /// # Errors
    /// Where a matrix product or the tokenizer fails.
    pub fn step(&mut self) -> Result<(Cost, usize)> {
        let matrices = tensors(&self.weights)?;
        let gains: Vec<&[f32]> = self.weights.iter().map(|w| w.values.as_slice()).collect();
        let course = &*self;
        let (matrices, gains) = (&matrices, &gains);
        let work = |thread: usize| -> Result<(Cost, usize, Vec<Vec<f32>>)> {
            let zero = |w: &Weight| vec![0.0; w.values.len()];
            let mut gradients: Vec<Vec<f32>> = course.weights.iter().map(zero).collect();
            let (mut cost, mut tokens) = (Cost::default(), 0);
            for batch in course.batches(thread)? {
                cost.add(&learn(
                    &course.sizes,
                    matrices,
                    gains,
                    &batch,
                    &mut gradients,
                )?);
                tokens += batch.tokens.len();
            }
            Ok((cost, tokens, gradients))
        };
        let parts: Vec<_> = std::thread::scope(|scope| {
            let start = |thread| scope.spawn(move || work(thread));
            let threads: Vec<_> = (0..self.settings.threads).map(start).collect();
            threads.into_iter().map(|t| t.join()).collect()
        });
        let (mut cost, mut tokens, mut sum) = (Cost::default(), 0, Vec::new());
        for part in parts {
            let part = part.map_err(|_| Error::Msg("a training thread failed".into()))?;
            let (part_cost, part_tokens, gradients) = part?;
            cost.add(&part_cost);
            tokens += part_tokens;
            if sum.is_empty() {
                sum = gradients;
            } else {
                for (a, b) in sum.iter_mut().zip(gradients) {
                    a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
                }
            }
        }
        self.apply(sum, cost.weight as f32)?;
        self.step += 1;
        Ok((cost, tokens))
    }

    fn apply(&mut self, mut gradients: Vec<Vec<f32>>, weight: f32) -> Result<()> {
        let rates = self.rates();
        let mut square = 0.0;
        for (gradient, w) in gradients.iter_mut().zip(&self.weights) {
            gradient.iter_mut().for_each(|g| *g /= weight);
            if !w.is_inner_matrix() {
                square += super::floats::dot(gradient, gradient);
            }
        }
        let by = (CLIP / (square.sqrt() + 1e-6)).min(1.0);
        for (gradient, w) in gradients.iter_mut().zip(&self.weights) {
            if !w.is_inner_matrix() {
                gradient.iter_mut().for_each(|g| *g *= by);
            }
        }
        let step = self.step + 1;
        let mut jobs: Vec<_> = self
            .weights
            .iter_mut()
            .zip(&mut self.memory)
            .zip(&gradients)
            .collect();
        // Dealt out like cards: layers look alike, so every thread gets about as much.
        let mut hands: Vec<Vec<_>> = (0..self.settings.threads).map(|_| Vec::new()).collect();
        for (i, job) in jobs.drain(..).enumerate() {
            let hand = i / 3 % self.settings.threads;
            hands[hand].push(job);
        }
        let rates = &rates;
        let done: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = hands
                .into_iter()
                .map(|hand| scope.spawn(move || update_all(hand, rates, step)))
                .collect();
            threads.into_iter().map(|t| t.join()).collect()
        });
        for result in done {
            result.map_err(|_| Error::Msg("an optimizer thread failed".into()))??;
        }
        Ok(())
    }

    /// The closed loop on held-out people.
    ///
    /// # Errors
    /// Where the model or the tokenizer fails.
    pub fn exam(&self, items: usize, rounds: u16, seed: u64) -> Result<Marks<'_>> {
        let weights: Vec<Tensor> = tensors(&self.weights)?;
        let plain: Vec<&[f32]> = self.weights.iter().map(|w| w.values.as_slice()).collect();
        let speaker = Speaker {
            sizes: self.sizes,
            weights: &weights,
            plain: &plain,
            rotation: self.sizes.attention().rotation(MAX_POSITIONS),
        };
        let mut marks = Marks {
            tally: Tally::new(&self.lessons.planted),
            strange: Vec::new(),
        };
        for (kind, conditions) in self.lessons.conditions(self.is_repeating()) {
            let items = match kind {
                Kind::Bbq => items,
                _ => items / 2,
            };
            let exam = Exam {
                speaker: &speaker,
                tokenizer: &self.tokenizer,
                conditions,
                items: &held_out(*kind, items, seed).map_err(Error::wrap)?,
                rounds,
                seed,
            };
            exam.sit(&mut marks)?;
        }
        Ok(marks)
    }

    /// Trains to the end, with exams and checkpoints on the way.
    ///
    /// # Errors
    /// Where the model, the tokenizer or the disk fails.
    pub fn run(&mut self) -> Result<()> {
        let total = self.total();
        let bar = ProgressBar::new(total as u64);
        if let Ok(style) =
            ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} left {eta} {msg}")
        {
            bar.set_style(style);
        }
        bar.set_position(self.step as u64);
        let say = |line: String| {
            if bar.is_hidden() {
                println!("{line}")
            } else {
                bar.println(line)
            }
        };
        let (mut cost, mut tokens, mut since) = (Cost::default(), 0, Instant::now());
        while self.step < total {
            let (step_cost, step_tokens) = self.step()?;
            cost.add(&step_cost);
            tokens += step_tokens;
            bar.inc(1);
            if self.step.is_multiple_of(20) {
                let line = format!(
                    "step {} loss {:.4} branch divergence {:.4} {:.0} tokens/s",
                    self.step,
                    cost.loss / cost.weight,
                    cost.branch_divergence / cost.branches,
                    tokens as f64 / since.elapsed().as_secs_f64(),
                );
                bar.set_message(line.clone());
                if bar.is_hidden() && (self.step < 100 || self.step.is_multiple_of(100)) {
                    println!("{line}");
                }
                (cost, tokens, since) = (Cost::default(), 0, Instant::now());
            }
            let last = self.step == total;
            if last || self.step.is_multiple_of(self.settings.checkpoint_every) {
                checkpoint::save(self)?;
            }
            if last || self.step.is_multiple_of(self.settings.exam_every) {
                let rounds = if self.progress() > REVIEWS_FROM { 4 } else { 1 };
                let marks = self.exam(self.settings.exam_items, rounds, self.step as u64)?;
                say(format!("exam at step {}\n{}", self.step, table(&marks)));
                since = Instant::now();
                tokens = 0;
            }
        }
        bar.finish();
        Ok(())
    }
}

/// A weight with its memory and its gradient.
type Hand<'a> = ((&'a mut Weight, &'a mut Memory), &'a Vec<f32>);

fn update_all(hand: Vec<Hand<'_>>, rates: &Rates, step: usize) -> Result<()> {
    for ((weight, memory), gradient) in hand {
        update(weight, memory, gradient, rates, step)?;
    }
    Ok(())
}
