//! `recant bench`: how fast a model runs on this machine, and what the machine could do at best.

mod stage;
mod ui;

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::engine::local::speed::{self, DecoderSpeed, SchedulerSpeed};
use crate::engine::local::{Options, Parts};

use super::cli::{BenchArgs, Format};
use super::failure::Failure;
use super::model::Chosen;
use super::print;

/// Measures and prints.
///
/// # Errors
/// A model that cannot be loaded or does not answer.
pub fn run(args: &BenchArgs) -> Result<ExitCode, Failure> {
    if args.ui {
        return ui::run(args.format);
    }
    let Chosen { files, options } = Chosen::from(&args.model)?;
    let options = Options {
        threads: args.threads.map(|n| n.get().into()),
        ..options
    };
    let begun = std::time::Instant::now();
    let Parts {
        about,
        model,
        speech,
    } = Parts::read(&files, &options).map_err(Failure::usage)?;
    let load_s = begun.elapsed().as_secs_f64();
    let threads = model.threads();
    let decoder = speed::decoder(&model, args.repeat.into());
    let bytes = model.bytes_per_token();
    let kernel = model.kernel();
    let scheduler = speed::scheduler(model, speech).map_err(Failure::work)?;
    // The model's own: what follows takes memory only to measure.
    let peak_memory_mb = peak_memory_mb();
    let read_gb_per_s = speed::read_gb_per_s(threads);
    let told = Told {
        what: format!(
            "{} {}, {:.1}M parameters",
            about.name,
            about.family,
            about.parameters as f64 / 1e6
        ),
        threads,
        kernel,
        load_s,
        bytes,
        read_gb_per_s,
        peak_memory_mb,
        decoder,
        scheduler,
    };
    match args.format {
        Format::Json => print(&format!("{}\n", told.json())),
        Format::Table => print(&told.table()),
    }
}

struct Told {
    what: String,
    threads: usize,
    kernel: String,
    load_s: f64,
    bytes: usize,
    read_gb_per_s: f64,
    peak_memory_mb: Option<f64>,
    decoder: DecoderSpeed,
    scheduler: SchedulerSpeed,
}

impl Told {
    /// Tokens a second of one sequence if reading the weights were all there is to do.
    fn roofline(&self) -> f64 {
        self.read_gb_per_s * 1e9 / self.bytes.max(1) as f64
    }

    fn json(&self) -> Value {
        let (d, s) = (&self.decoder, &self.scheduler);
        json!({
            "model": self.what,
            "threads": self.threads,
            "kernel": self.kernel,
            "load_s": self.load_s,
            "prefill_128": d.prefill_128,
            "prefill_512": d.prefill_512,
            "decode_1": d.decode_1,
            "decode_6": d.decode_6,
            "decode_12": d.decode_12,
            "work6": d.work6,
            "read_gb_per_s": self.read_gb_per_s,
            "bytes_per_token": self.bytes,
            "decode_1_of_roofline": d.decode_1 / self.roofline(),
            "scheduler": {
                "work6": s.work6,
                "prompt_tokens": s.prompt_tokens,
                "tokens_asked": s.tokens_asked,
                "tokens_computed": s.tokens_computed,
            },
            "peak_memory_mb": self.peak_memory_mb,
        })
    }

    fn table(&self) -> String {
        let (d, s) = (&self.decoder, &self.scheduler);
        let mut out = format!(
            "{}\n{} thread{}, {}, loaded in {:.2} s\n\n",
            self.what,
            self.threads,
            if self.threads == 1 { "" } else { "s" },
            self.kernel,
            self.load_s
        );
        for (name, value, what) in [
            ("prefill_128", d.prefill_128, "tokens/s reading 128 tokens"),
            ("prefill_512", d.prefill_512, "tokens/s reading 512 tokens"),
            (
                "decode_1",
                d.decode_1,
                "tokens/s, one sequence after 128 tokens",
            ),
            ("decode_6", d.decode_6, "tokens/s, six sequences together"),
            (
                "decode_12",
                d.decode_12,
                "tokens/s, twelve sequences together",
            ),
            (
                "work6",
                d.work6,
                "s: 150 tokens read once, then 6 x 64 tokens",
            ),
        ] {
            out.push_str(&match value.is_nan() {
                true => format!("{name:<12} {:>10}  the model's context is too short\n", "-"),
                false => format!("{name:<12} {value:>10.2}  {what}\n"),
            });
        }
        out.push_str(&format!(
            "\nmemory read at {:.1} GB/s; a token reads {:.1} MB: memory alone gives {:.0} tokens/s to one sequence; {:.0} % of that{}\n",
            self.read_gb_per_s,
            self.bytes as f64 / 1e6,
            self.roofline(),
            100.0 * d.decode_1 / self.roofline(),
            match d.decode_1 > 1.1 * self.roofline() {
                true => ": the weights stay in the processor's cache",
                false => "",
            },
        ));
        out.push_str(&format!(
            "through the scheduler: six answers of 64 tokens to one prompt of {} in {:.2} s; {} tokens asked, {} computed\n",
            s.prompt_tokens, s.work6, s.tokens_asked, s.tokens_computed,
        ));
        if let Some(peak) = self.peak_memory_mb {
            out.push_str(&format!("peak memory {peak:.0} MB\n"));
        }
        out
    }
}

/// The most memory that this process has had so far, where the system tells (Linux).
fn peak_memory_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kb / 1024.0)
}
