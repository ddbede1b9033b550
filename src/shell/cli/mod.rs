//! The command line as typed: one struct a command, their shared parts beside them.

mod asked;
mod explorer;
mod models;
mod prompts;
mod reports;
mod runs;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use asked::{ContextArg, ExperimentArgs, ItemArgs};
pub use explorer::{LookArgs, OpenArgs};
pub use models::{BenchArgs, BesideArgs, ComputeArgs, ModelArgs, ModelsArgs, NextArgs};
pub use prompts::{PromptsArgs, PromptsCommand, ShowArgs};
pub use reports::{
    CompareArgs, ExportArgs, ExportFormat, GradeArgs, ImportArgs, Listing, ReportArgs,
    ReportFormat, ScorerName, ShownArgs,
};
pub use runs::{AnswerMode, ExperimentRunArgs, ExploreArgs, RunArgs};

/// A terminal explorer of moral self-correction in language models.
///
/// Without a command it opens the explorer: one question under several prompt conditions, over
/// several rounds of "review your answer", all answers streaming side by side, with a live
/// scoreboard of bias. Without --model it uses the embedded control model, whose biases are planted
/// by construction and say nothing about real models.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; nothing opens the explorer.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to explore.
    #[command(flatten)]
    pub explore: ExploreArgs,
}

/// The commands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run the experiment over a whole set of items, without the screen; resumes if interrupted
    Run(Box<RunArgs>),
    /// Explore a recorded run: all its answers, from a number to its questions, labels and notes by hand
    Open(Box<OpenArgs>),
    /// Carry out a paper's experiment and hold its numbers against the paper's; lists them
    Experiment(ExperimentRunArgs),
    /// Print the scores of a run with tests between rounds and conditions, or of several models' runs
    Report(ReportArgs),
    /// Score answers that something else stored
    Grade(GradeArgs),
    /// Compare two runs on the items they share
    Compare(CompareArgs),
    /// List and check the prompt conditions, or show the exact prompt of one
    Prompts(PromptsArgs),
    /// Write a run as other tools' files: lm-evaluation-harness, inspect_ai, OpenAI chat lines
    Export(ExportArgs),
    /// Read other tools' logs as a run: lm-evaluation-harness, inspect_ai, OpenAI chat lines
    Import(ImportArgs),
    /// Measure how fast a model runs on this machine
    Bench(BenchArgs),
    /// What a model would say next, and what each of its layers would
    Next(NextArgs),
    /// List the models on this machine
    Models(ModelsArgs),
    /// Say what this machine and this build can do
    Doctor(DoctorArgs),
    /// The settings file
    Config {
        /// What about it.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Print a shell's completions
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page, or write those of all commands
    Man {
        /// Write one page for every command into this folder
        #[arg(long, value_name = "FOLDER")]
        out: Option<PathBuf>,
    },
    /// The embedded control model
    Control {
        /// What about it.
        #[command(subcommand)]
        command: ControlCommand,
    },
}

/// What to do with the control model.
#[derive(Subcommand, Debug)]
pub enum ControlCommand {
    /// Measure the planted biases through the whole pipeline; fails if a cell is off
    Check(CheckArgs),
}

/// What to do with the settings file.
#[derive(Subcommand, Debug)]
pub enum ConfigCommand {
    /// Print every setting as it is in force; save it as the settings file to keep it
    Show(ConfigShowArgs),
    /// Print where the settings file is, or would be
    Path,
}

/// How to show settings.
#[derive(Args, Debug)]
pub struct ConfigShowArgs {
    /// Also say where each value comes from
    #[arg(long)]
    pub origin: bool,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How to write.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// How to tell.
#[derive(Args, Debug)]
pub struct DoctorArgs {
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How to check the control model.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Every kind of benchmark and every planted condition, not only the everyday four
    #[arg(long)]
    pub all: bool,
    /// Items a cell: every condition, round and kind of context is measured on this many
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub items: u32,
    /// Seed of the items and of the sampling
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}
