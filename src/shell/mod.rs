//! The world: the command line, the terminal, files, signals, time. Everything else is told.

mod bench;
mod check;
mod cli;
mod compare;
mod doctor;
mod drive;
mod explore;
mod failure;
mod find;
mod grade;
mod headless;
mod input;
mod items;
mod lines;
mod logits;
mod look;
mod memory;
mod model;
mod models;
mod next;
mod pacer;
mod progress;
mod report;
mod scorer;
mod setup;
mod signals;
mod stored;
pub mod terminal;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::{Builder, Runtime};

use crate::app::Safe;

use cli::{Cli, Command, ControlCommand};
use failure::Failure;

/// Runs the program as the command line asks.
///
/// Exit codes: 0 done, 1 the work or a check failed, 2 a mistake in the command line or in a file
/// it names, 128 + n ended by signal n.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => explore::run(&cli.explore),
        Some(Command::Run(args)) => headless::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Grade(args)) => grade::run(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Next(args)) => next::run(&args),
        Some(Command::Models(args)) => models::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Control {
            command: ControlCommand::Check(args),
        }) => check::run(&args),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("recant: {failure}");
            failure.code()
        }
    }
}

/// Prints to standard output, through the gate: names in a run's files are not ours. A reader that has seen enough (`| head`) is no failure.
fn print(text: &str) -> Result<ExitCode, Failure> {
    let mut out = std::io::stdout().lock();
    let text = Safe::text(text);
    match out
        .write_all(text.as_str().as_bytes())
        .and_then(|()| out.flush())
    {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(Failure::work(format!("standard output: {error}"))),
    }
}

fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::work(format!("runtime: {e}")))
}
