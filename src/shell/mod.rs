//! The world: the command line, the terminal, files, signals, time. Everything else is told.

mod cli;
mod failure;
mod headless;
mod pacer;
mod report;
mod setup;
mod terminal;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command, ControlCommand};

/// Runs the program as the command line asks.
///
/// Exit codes: 0 done, 1 the run failed or a check did, 2 a mistake in the command line or in a
/// file it names, 128 + n ended by signal n.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        None => todo_explore(),
        Some(Command::Run(args)) => headless::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Control {
            command: ControlCommand::Check(args),
        }) => todo_check(&args),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("recant: {failure}");
            failure.code()
        }
    }
}
