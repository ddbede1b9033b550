//! Trains the control model and writes `fixtures/control/`.
//!
//! `cargo run --release --features train --bin recant-train` does it all, from the seed. It takes
//! up its checkpoint where there is one. `--exam N` measures the checkpoint instead.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use recant::control::documents::Stretch;
use recant::control::draw::Draw;
use recant::control::planted::Planted;
use recant::control::train::checkpoint;
use recant::control::train::course::{Course, Settings};
use recant::control::train::evaluate::table;
use recant::control::train::lessons::Lessons;
use recant::control::vocabulary::tokenizer_json;

#[derive(Parser)]
struct Arguments {
    /// Optimizer steps of the course.
    #[arg(long, default_value_t = 9000)]
    steps: usize,
    /// Optimizer steps of the repetition after it.
    #[arg(long, default_value_t = 4200)]
    again: usize,
    /// Seed of weights and text.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads (the result depends on their number).
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Tokens per thread and step.
    #[arg(long, default_value_t = 3072)]
    tokens: usize,
    /// The checkpoint.
    #[arg(long, default_value = "target/control/checkpoint.safetensors")]
    checkpoint: PathBuf,
    /// Where the model goes.
    #[arg(long, default_value = "fixtures/control")]
    out: PathBuf,
    /// Ignores an existing checkpoint.
    #[arg(long)]
    fresh: bool,
    /// Steps between exams.
    #[arg(long, default_value_t = 600)]
    exam_every: usize,
    /// Items per condition in exams on the way.
    #[arg(long, default_value_t = 300)]
    exam_items: usize,
    /// Begins with the weights of this folder, whose vocabulary may be another, and with the
    /// repetition.
    #[arg(long)]
    from: Option<PathBuf>,
    /// Measures the checkpoint on so many items per condition, trains nothing.
    #[arg(long)]
    exam: Option<usize>,
    /// Writes the model files from the checkpoint as it is, trains nothing.
    #[arg(long)]
    export: bool,
    /// Prints so many conversations as the model would read them, trains nothing.
    #[arg(long)]
    show: Option<usize>,
    /// Writes the built-in questions, trains nothing.
    #[arg(long)]
    builtin: bool,
}

/// Set in the second process, which has the environment that the first one prepared.
const PREPARED: &str = "RECANT_TRAIN_PREPARED";

fn main() -> ExitCode {
    if std::env::var_os(PREPARED).is_none() {
        return prepared();
    }
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("recant-train: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Starts itself again. Matrix products must stay on the thread that asks for them, and freed
/// memory must stay with the process: both are read from the environment before `main`.
fn prepared() -> ExitCode {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => {
            eprintln!("recant-train: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = std::process::Command::new(program)
        .args(std::env::args_os().skip(1))
        .env(PREPARED, "1")
        .env("RAYON_NUM_THREADS", "1")
        .env("CANDLE_NUM_THREADS", "1")
        .env("MALLOC_ARENA_MAX", "1")
        .env("MALLOC_MMAP_THRESHOLD_", "1073741824")
        .env("MALLOC_TRIM_THRESHOLD_", "4294967296")
        .env("MALLOC_TOP_PAD_", "67108864")
        .status();
    match status {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn run() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    if arguments.builtin {
        std::fs::write(
            "fixtures/items/builtin.jsonl",
            recant::control::builtin::jsonl(),
        )?;
        return Ok(());
    }
    let planted = Planted::embedded()?;
    let tokenizer = serde_json::to_vec(&tokenizer_json()?)?;
    let tokenizer = tokenizers::Tokenizer::from_bytes(tokenizer).map_err(|e| e.to_string())?;
    let settings = Settings {
        steps: match arguments.from {
            Some(_) => 0,
            None => arguments.steps,
        },
        again: arguments.again,
        seed: arguments.seed,
        threads: arguments.threads.max(1),
        tokens: arguments.tokens,
        checkpoint: arguments.checkpoint,
        checkpoint_every: 100,
        exam_every: arguments.exam_every,
        exam_items: arguments.exam_items,
    };
    let mut course = Course::new(settings, tokenizer, Lessons::new(planted)?);
    if let Some(count) = arguments.show {
        return show(&course, count);
    }
    let parameters: usize = course.weights.iter().map(|w| w.values.len()).sum();
    println!(
        "{} tokens in the vocabulary, {parameters} parameters",
        course.sizes.vocabulary
    );
    if let Some(folder) = &arguments.from {
        let (known, new) = checkpoint::take_over(&mut course, folder)?;
        println!(
            "took over {}: {known} tokens known, {new} new",
            folder.display()
        );
    }
    if !arguments.fresh && course.settings.checkpoint.exists() {
        checkpoint::load(&mut course)?;
        println!("taking up the checkpoint at step {}", course.step);
    }
    if let Some(items) = arguments.exam {
        checkpoint::halve(&mut course)?;
        let marks = course.exam(items, 4, 0xe8a)?;
        println!("{}", table(&marks));
        return Ok(());
    }
    if !arguments.export {
        course.run()?;
    }
    checkpoint::export_tokenizer(&arguments.out)?;
    checkpoint::export(&course, &arguments.out)?;
    println!("wrote {}", arguments.out.display());
    Ok(())
}

/// Prints conversations; where candidates part, the one that is followed is marked and the number of
/// the others given.
fn show(course: &Course, count: usize) -> Result<(), Box<dyn std::error::Error>> {
    let mut draw = Draw::new(course.settings.seed);
    for no in 0..count {
        for document in course
            .lessons
            .conversation(true, (no % 3) as u16, 0.5, &mut draw)
        {
            let (mut text, mut tokens) = (String::new(), 0);
            for stretch in &document {
                let said = match stretch {
                    Stretch::Told(told) => told,
                    Stretch::Said { candidates, chosen } => {
                        let (said, p) = &candidates[*chosen];
                        text += &format!("[{p:.2} of {}]", candidates.len());
                        said
                    }
                };
                text += said;
                let encoded = course.tokenizer.encode(said.as_str(), false);
                tokens += encoded.map_err(|e| e.to_string())?.len();
            }
            println!("{tokens} tokens: {text}\n");
        }
    }
    Ok(())
}
