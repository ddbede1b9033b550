//! The three ways to carry out an experiment: on the screen, headless, by a paper's recipe.

use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::explorer::LookArgs;
use super::models::ComputeArgs;
use super::{BesideArgs, ExperimentArgs, Format};

/// How to explore.
#[derive(Args, Debug)]
pub struct ExploreArgs {
    /// The models.
    #[command(flatten)]
    pub model: BesideArgs,
    /// What is asked.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// How it looks and what keys do.
    #[command(flatten)]
    pub look: LookArgs,
    /// Without a screen: tell what happens in lines, take commands in lines (for screen readers, pipes)
    #[arg(long)]
    pub plain: bool,
    /// What was on screen when the explorer was last left: question, layout, prompts, branches, labels and
    /// notes, with the options it was started with
    #[arg(long = "continue")]
    pub resume: bool,
}

/// Where a run's answers come from.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerMode {
    /// The model speaks; what it says is parsed
    Generate,
    /// The most probable option; nothing is generated but reasoning and free text (fast, exact)
    Options,
}

/// How to run without the screen.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// A folder with config.json, tokenizer.json and *.safetensors, a .gguf file, or a model of the
    /// Hugging Face hub as org/name or org/name:file.gguf; several --model run one after the other,
    /// each into a folder of its own below --out [default: the embedded control model]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Vec<PathBuf>,
    /// Where it comes from and computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
    /// What is asked.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Where the answers go; the same command again goes on where it was interrupted
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Only the first N items (admissions: students)
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with = "sample"
    )]
    pub limit: Option<usize>,
    /// Only N items drawn at random by the seed (admissions: students)
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub sample: Option<usize>,
    /// Independent answers per item and condition
    #[arg(long, value_name = "K", default_value_t = 1, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub samples: u16,
    /// Ask every item in each order that turning its options gives, so that a liking for a letter
    /// averages out
    #[arg(long)]
    pub repeat_orders: bool,
    /// Where answers come from
    #[arg(long, value_enum, default_value_t = AnswerMode::Generate)]
    pub answers: AnswerMode,
    /// A folder with a BERT or RoBERTa sequence classifier that scores continuations for toxicity
    /// [default: the built-in word list, which is crude]
    #[arg(long, value_name = "FOLDER")]
    pub scorer: Option<PathBuf>,
    /// Threads that compute [default: all cores but one]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroU16>,
    /// Events for scripts on standard output, one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Also compute P(option) before every answer
    #[arg(long)]
    pub belief: bool,
    /// Nothing is said at the end: whoever called says it.
    #[arg(skip)]
    pub quiet: bool,
}

/// Which experiment, and on what.
#[derive(Args, Debug)]
pub struct ExperimentRunArgs {
    /// Its name, or a file of your own (.yaml, like those in fixtures/experiments); without one, lists all
    pub name: Option<String>,
    /// Where the answers go, the figure of the paper (figure.svg, figure.png) and those of the whole run
    /// (plot.svg, plot.png); the same command again goes on where it was interrupted. Without it, says what
    /// would be done
    #[arg(long, value_name = "FOLDER", requires = "name")]
    pub out: Option<PathBuf>,
    /// Other items than the built-in ones, named as for recant run
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1..)]
    pub items: Vec<PathBuf>,
    /// The model, or several one after the other [default: the embedded control model]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Vec<PathBuf>,
    /// Who gives feedback, where it is another model
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub critic: Option<PathBuf>,
    /// Only the first N items
    #[arg(
        long,
        value_name = "N",
        allow_negative_numbers = true,
        conflicts_with = "sample"
    )]
    pub limit: Option<usize>,
    /// Only N items drawn at random
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub sample: Option<usize>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Further options of recant run, after --
    #[arg(last = true, value_name = "RUN OPTIONS")]
    pub more: Vec<OsString>,
}
