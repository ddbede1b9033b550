//! How fast a model runs on this machine: the decoder by itself, and the whole scheduler.
//!
//! The quantities are those that other engines can be asked for as well, so that both can be measured in
//! one run on one file: nothing is sampled or turned into text in the decoder's figures.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use pulp::{Arch, Simd, WithSimd};

use super::batch::{Batch, Limits, Pending, Speech};
use super::kv::Kv;
use super::model::{Decoder, Scratch, Segment, Wanted};
use crate::domain::{
    Decoding, Dialogue, Job, JobEvent, JobId, JobReport, Message, Priority, Role, Sampling, Voice,
};

/// Tokens that every decoding sequence has read before.
const PREFIX: usize = 128;
/// Steps over which decoding is measured.
const STEPS: usize = 32;
/// The prefix of the work that panes make, and how many of them go on for how long.
const WORK_PREFIX: usize = 150;
const WORK_PANES: usize = 6;
const WORK_TOKENS: usize = 64;

/// The decoder's speed; each the best of some repetitions.
#[derive(Clone, Debug, PartialEq)]
pub struct DecoderSpeed {
    /// Tokens a second while reading 128 tokens.
    pub prefill_128: f64,
    /// Tokens a second while reading 512 tokens.
    pub prefill_512: f64,
    /// Tokens a second of one sequence after 128 tokens.
    pub decode_1: f64,
    /// Tokens a second of six sequences together, after 128 tokens that they share.
    pub decode_6: f64,
    /// The same of twelve.
    pub decode_12: f64,
    /// Seconds to read 150 tokens once and go on in six ways for 64 tokens each.
    pub work6: f64,
}

/// The same work through the scheduler: templates, tokenizer, sampling, prefixes.
#[derive(Clone, Debug, PartialEq)]
pub struct SchedulerSpeed {
    /// Seconds for six jobs with one prompt, 64 tokens each.
    pub work6: f64,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// Tokens that the six jobs are made of.
    pub tokens_asked: u64,
    /// Tokens that went through the model for them.
    pub tokens_computed: u64,
}

/// Measures the decoder. Its context must hold 512 tokens for all figures; those that do not fit are NaN.
pub fn decoder(model: &Decoder, repeat: usize) -> DecoderSpeed {
    let mut bench = Bench {
        model,
        scratch: Scratch::default(),
        slice: Limits::default().prompt_rows,
    };
    let fits = |n: usize| model.config().context >= n;
    let mut best = |fits: bool, measure: &mut dyn FnMut(&mut Bench<'_>) -> f64| match fits {
        true => (0..repeat.max(1))
            .map(|_| measure(&mut bench))
            .fold(f64::INFINITY, f64::min),
        false => f64::NAN,
    };
    let prefill = |n: usize| move |b: &mut Bench<'_>| b.read(n).1;
    let decode = |n: usize| move |b: &mut Bench<'_>| b.go_on(PREFIX, n, STEPS).1;
    let fits_decode = fits(PREFIX + STEPS);
    DecoderSpeed {
        prefill_128: 128.0 / best(fits(128), &mut prefill(128)),
        prefill_512: 512.0 / best(fits(512), &mut prefill(512)),
        decode_1: STEPS as f64 / best(fits_decode, &mut decode(1)),
        decode_6: (6 * STEPS) as f64 / best(fits_decode, &mut decode(6)),
        decode_12: (12 * STEPS) as f64 / best(fits_decode, &mut decode(12)),
        work6: best(fits(WORK_PREFIX + WORK_TOKENS), &mut |b| {
            let (read, went) = b.go_on(WORK_PREFIX, WORK_PANES, WORK_TOKENS);
            read + went
        }),
    }
}

struct Bench<'a> {
    model: &'a Decoder,
    scratch: Scratch,
    slice: usize,
}

impl Bench<'_> {
    /// Some token, not always the same: weights of experts or caches must not be favoured.
    fn token(&self, i: usize) -> u32 {
        (i * 7919 % self.model.config().vocab) as u32
    }

    /// Reads `count` tokens as the scheduler does, in slices; the seconds it took.
    fn read(&mut self, count: usize) -> (Kv, f64) {
        let tokens: Vec<u32> = (0..count).map(|i| self.token(i)).collect();
        let mut kv = self.model.start();
        let begun = Instant::now();
        let mut left = tokens.as_slice();
        while !left.is_empty() {
            let (now, later) = left.split_at(left.len().min(self.slice));
            let wanted = match later.is_empty() {
                true => Wanted::From(now.len() - 1),
                false => Wanted::Nothing,
            };
            let mut segments = [Segment {
                tokens: now,
                kv: &mut kv,
                wanted,
            }];
            self.model.forward(&mut segments, &mut self.scratch, None);
            left = later;
        }
        (kv, begun.elapsed().as_secs_f64())
    }

    /// Reads `prefix` tokens once, then goes on in `count` ways at once for `steps` tokens each; the
    /// seconds that each of the two took.
    fn go_on(&mut self, prefix: usize, count: usize, steps: usize) -> (f64, f64) {
        let (kv, read) = self.read(prefix);
        let mut all: Vec<Kv> = (0..count).map(|_| kv.fork(prefix)).collect();
        let begun = Instant::now();
        for step in 0..steps {
            let tokens: Vec<u32> = (0..count).map(|i| self.token(step * 31 + i * 17)).collect();
            let mut segments: Vec<Segment<'_>> = all
                .iter_mut()
                .zip(&tokens)
                .map(|(kv, token)| Segment {
                    tokens: std::slice::from_ref(token),
                    kv,
                    wanted: Wanted::From(0),
                })
                .collect();
            self.model.forward(&mut segments, &mut self.scratch, None);
        }
        (read, begun.elapsed().as_secs_f64())
    }
}

/// How many gigabytes a second `threads` threads read from memory, in the best of some passes over a
/// block that no cache holds.
pub fn read_gb_per_s(threads: usize) -> f64 {
    // 512 MiB: more than all but the largest caches hold.
    const NUMBERS: usize = 128 << 20;
    let block: Vec<f32> = vec![1.0; NUMBERS];
    let share = NUMBERS.div_ceil(threads.max(1));
    let arch = Arch::new();
    let pass = || {
        let begun = Instant::now();
        let sum: f32 = std::thread::scope(|scope| {
            let read = |part: &[f32]| arch.dispatch(Read(part));
            let threads: Vec<_> = block
                .chunks(share)
                .map(|part| scope.spawn(move || read(part)))
                .collect();
            threads.into_iter().filter_map(|t| t.join().ok()).sum()
        });
        // The sum is used, so that it is made.
        std::hint::black_box(sum);
        begun.elapsed().as_secs_f64()
    };
    let best = (0..5).map(|_| pass()).fold(f64::INFINITY, f64::min);
    (NUMBERS * size_of::<f32>()) as f64 / best / 1e9
}

/// Adds numbers up in so many sums at a time that none waits for another.
struct Read<'a>(&'a [f32]);

impl WithSimd for Read<'_> {
    type Output = f32;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> f32 {
        let mut sums = [0f32; 128];
        for chunk in self.0.as_chunks::<128>().0 {
            for (sum, x) in sums.iter_mut().zip(chunk) {
                *sum += x;
            }
        }
        sums.iter().sum()
    }
}

/// Measures the whole scheduler.
///
/// # Errors
/// What a job that failed said.
pub fn scheduler(model: Decoder, mut speech: Speech) -> Result<SchedulerSpeed, String> {
    // Every job is to be as long as every other one.
    speech.eos.clear();
    let words = "the cook and the pilot were late again, ".repeat(WORK_PREFIX / 10);
    let mut batch = Batch::new(model, speech, Limits::default());
    for seed in 0..WORK_PANES as u64 {
        let job = Job {
            voice: Voice::Model,
            id: JobId(seed),
            priority: Priority::Pane,
            dialogue: Dialogue {
                messages: vec![Message {
                    role: Role::User,
                    text: words.clone(),
                }],
                prefill: String::new(),
            },
            options: Vec::new(),
            sampling: Some(Sampling {
                decoding: Decoding::default(),
                seed,
                max_tokens: WORK_TOKENS as u32,
                stop: Vec::new(),
            }),
            alternatives: 0,
        };
        batch.add(Pending {
            job,
            cancelled: Arc::new(AtomicBool::new(false)),
        });
    }
    let begun = Instant::now();
    let mut reports: Vec<JobReport> = Vec::new();
    while !batch.is_idle() {
        batch.step(&mut reports);
    }
    let work6 = begun.elapsed().as_secs_f64();
    let (mut prompt_tokens, mut tokens_asked) = (0, 0);
    for report in reports {
        match report.event {
            JobEvent::Reading { prompt, .. } => {
                prompt_tokens = prompt.tokens.len();
                tokens_asked += prompt_tokens as u64;
            }
            JobEvent::Token { .. } => tokens_asked += 1,
            JobEvent::Failed { message } => return Err(message),
            JobEvent::Belief { .. } | JobEvent::Finished { .. } => {}
        }
    }
    Ok(SchedulerSpeed {
        work6,
        prompt_tokens,
        tokens_asked,
        tokens_computed: batch.rows(),
    })
}
