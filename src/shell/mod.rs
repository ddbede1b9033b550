//! The world: the command line, the terminal, files, signals, time. Everything else is told.

mod archive;
mod bench;
mod boards;
mod check;
mod cli;
mod compare;
mod copies;
mod counted;
mod critic;
mod doctor;
mod drive;
mod edit;
mod experiment;
mod explore;
mod export;
mod failure;
mod find;
mod folders;
mod grade;
mod headless;
mod import;
mod imported;
mod input;
mod items;
mod lines;
mod loaded;
mod logits;
mod look;
mod meaning;
mod memory;
mod model;
mod models;
mod next;
mod open;
mod openable;
mod pacer;
mod papers;
mod plain;
mod plots;
mod progress;
mod prompts;
mod recorded;
mod report;
mod restored;
mod resume;
mod saves;
mod sayings;
mod scorer;
mod settings;
mod setup;
mod show;
mod signals;
mod spool;
mod state;
mod stored;
pub mod terminal;
mod watch;

use std::io::Write;
use std::process::ExitCode;

use clap::{ArgMatches, FromArgMatches};
use tokio::runtime::{Builder, Runtime};

use crate::app::Safe;

use cli::{Cli, Command, ConfigCommand, ControlCommand};
use failure::Failure;
use settings::Settings;

/// Runs the program as the command line asks.
///
/// Exit codes: 0 done, 1 the work or a check failed, 2 a mistake in the command line or in a file
/// it names, 128 + n ended by signal n.
pub fn main() -> ExitCode {
    let outcome = Settings::read().and_then(|settings| {
        let matches = settings.command.clone().get_matches();
        match Cli::from_arg_matches(&matches) {
            Ok(cli) => command(cli, settings, &matches),
            Err(error) => error.exit(),
        }
    });
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("recant: {failure}");
            failure.code()
        }
    }
}

fn command(cli: Cli, settings: Settings, matches: &ArgMatches) -> Result<ExitCode, Failure> {
    match cli.command {
        None if cli.explore.resume => resume::run(&settings, &settings.typed(matches)),
        None if cli.explore.plain => plain::run(&cli.explore),
        None => explore::run(&cli.explore),
        Some(Command::Run(args)) => headless::run(&args),
        Some(Command::Open(args)) if args.plain => plain::run_record(&args),
        Some(Command::Open(args)) => open::run(&args),
        Some(Command::Experiment(args)) => experiment::run(&args),
        Some(Command::Report(args)) => report::run(&args),
        Some(Command::Grade(args)) => grade::run(&args),
        Some(Command::Compare(args)) => compare::run(&args),
        Some(Command::Prompts(args)) => prompts::run(&args),
        Some(Command::Export(args)) => export::run(&args),
        Some(Command::Import(args)) => import::run(&args),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Next(args)) => next::run(&args),
        Some(Command::Models(args)) => models::run(&args),
        Some(Command::Doctor(args)) => doctor::run(&args),
        Some(Command::Control {
            command: ControlCommand::Check(args),
        }) => check::run(&args),
        Some(Command::Config { command }) => match command {
            ConfigCommand::Show(args) => settings::show(settings, &args),
            ConfigCommand::Path => match settings::path() {
                Some(path) => print(&format!("{}\n", path.display())),
                None => Err(Failure::work("this system has no folder for settings")),
            },
        },
        Some(Command::Completions { shell }) => papers::completions(shell),
        Some(Command::Man { out }) => papers::manual(out.as_deref()),
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
