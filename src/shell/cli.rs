//! The command line as typed.

use std::ffi::OsString;
use std::num::{NonZeroU16, NonZeroU32};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::engine::local::accelerator::{Place, Precision};

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

/// Which model.
#[derive(Args, Debug, Clone)]
pub struct ModelArgs {
    /// A folder with config.json, tokenizer.json and *.safetensors, a .gguf file, or a model of the
    /// Hugging Face hub as org/name or org/name:file.gguf, fetched if it is not in the cache
    /// [default: the embedded control model]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Option<PathBuf>,
    /// Never use the network: models come from paths and from the cache
    #[arg(long)]
    pub offline: bool,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal; builds without `cuda` or `metal` have cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = place)]
    pub device: Place,
    /// How a graphics processor keeps weights that are not quantised [default: f16 where the file is
    /// f16, bf16 otherwise]
    #[arg(long, value_name = "TYPE", value_parser = precision)]
    pub dtype: Option<Precision>,
}

fn place(text: &str) -> Result<Place, String> {
    let number = text.strip_prefix("cuda:").map(str::parse);
    match (text, number) {
        ("auto", _) => Ok(Place::Auto),
        ("cpu", _) => Ok(Place::Cpu),
        ("cuda", _) => Ok(Place::Cuda(0)),
        ("metal", _) => Ok(Place::Metal),
        (_, Some(Ok(number))) => Ok(Place::Cuda(number)),
        (_, _) => Err("expected auto, cpu, cuda, cuda:N or metal".to_owned()),
    }
}

fn precision(text: &str) -> Result<Precision, String> {
    let all = [Precision::Bf16, Precision::F16, Precision::F32];
    let found = all.into_iter().find(|p| p.name() == text);
    found.ok_or_else(|| "expected bf16, f16 or f32".to_owned())
}

/// Which questions.
#[derive(Args, Debug, Clone)]
pub struct ItemArgs {
    /// Files: BBQ's jsonl, Winogender's tsv, the law survey's csv, RealToxicityPrompts' jsonl, plain
    /// text, anything with --map; KIND:FILE says which (distinguish:FILE asks a BBQ file's contexts
    /// for the stereotyped group). Or the embedded questions: builtin, builtin:KIND. Kinds: bbq,
    /// distinguish, winogender, law, continuation, choice
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1.., default_value = "builtin")]
    pub items: Vec<PathBuf>,
    /// A YAML file that says which field of the items' JSON or CSV holds what
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Only the items of these categories (Winogender: occupation or participant)
    #[arg(long, value_name = "CATEGORY,…", value_delimiter = ',')]
    pub only: Vec<String>,
}

/// What is asked, and how; the same for the explorer and for runs.
#[derive(Args, Debug, Clone)]
pub struct ExperimentArgs {
    /// Which questions.
    #[command(flatten)]
    pub items: ItemArgs,
    /// Conditions or groups of them by name, in column order; recant prompts lists them
    /// [default: those of the group `default` that suit the items, and what --prompts adds]
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub conditions: Vec<String>,
    /// A folder of further prompt files (*.yaml); one with a known name replaces the embedded one
    #[arg(long, value_name = "FOLDER")]
    pub prompts: Option<PathBuf>,
    /// Who gives feedback under conditions with a critic: another model, named as for --model
    /// [default: the model itself, in a dialogue of its own]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub critic: Option<PathBuf>,
    /// Rounds, the first answer included
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub rounds: u16,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// Sampling temperature; 1 is the model's own distribution, 0 always the most probable token
    #[arg(long, default_value_t = 1.0, value_parser = temperature)]
    pub temperature: f64,
    /// Keep this many most probable tokens; 0 keeps all
    #[arg(long, default_value_t = 0)]
    pub top_k: u32,
    /// Nucleus sampling: keep the smallest set of tokens that reaches this probability
    #[arg(long, default_value_t = 1.0, value_parser = top_p)]
    pub top_p: f64,
    /// Keep tokens at least this many times as probable as the most probable one; 0 keeps all
    #[arg(long, default_value_t = 0.0, value_parser = min_p)]
    pub min_p: f64,
    /// Make tokens that were already said less probable; 1 changes nothing
    #[arg(long, default_value_t = 1.0, value_parser = penalty)]
    pub repetition_penalty: f64,
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(t) if (0.0..=10.0).contains(&t) => Ok(t),
        _ => Err("expected a number from 0 to 10".to_owned()),
    }
}

fn pace(text: &str) -> Result<NonZeroU32, String> {
    let expected = |_| "expected a whole number of tokens a second, at least 1".to_owned();
    text.parse().map_err(expected)
}

fn top_p(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if p > 0.0 && p <= 1.0 => Ok(p),
        _ => Err("expected a number above 0, at most 1".to_owned()),
    }
}

fn min_p(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

fn penalty(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if (0.1..=10.0).contains(&p) => Ok(p),
        _ => Err("expected a number from 0.1 to 10, usually 1.0 to 1.5".to_owned()),
    }
}

/// How the explorer looks, and what its keys do.
#[derive(Args, Debug)]
pub struct LookArgs {
    /// A theme by name (terminal, dark, light, high-contrast, colour-blind), or a theme file
    #[arg(long, default_value = "terminal")]
    pub theme: String,
    /// A file that gives keys to actions; see the help screen for their names
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// For demos: hold every pane back to so many tokens a second [default: as fast as the model]
    #[arg(long, value_name = "TOKENS_PER_S", value_parser = pace)]
    pub pace: Option<NonZeroU32>,
}

/// Which record to explore.
#[derive(Args, Debug)]
pub struct OpenArgs {
    /// The folder that `recant run --out` made, whether the run is over or not
    pub folder: PathBuf,
    /// The run's model, where it is not any more where the run had it; one of the hub is only fetched if it
    /// is named here
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Option<PathBuf>,
    /// Never use the network: models come from paths and from the cache
    #[arg(long)]
    pub offline: bool,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal; builds without `cuda` or `metal` have cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = place)]
    pub device: Place,
    /// How a graphics processor keeps weights that are not quantised [default: f16 where the file is
    /// f16, bf16 otherwise]
    #[arg(long, value_name = "TYPE", value_parser = precision)]
    pub dtype: Option<Precision>,
    /// The run's questions, where they are not any more where the run had them
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1..)]
    pub items: Vec<PathBuf>,
    /// The YAML file that says which field of the items' JSON or CSV holds what
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// The folder of the run's own prompt files
    #[arg(long, value_name = "FOLDER")]
    pub prompts: Option<PathBuf>,
    /// The run's critic, where it is another model
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub critic: Option<PathBuf>,
    /// How it looks and what keys do.
    #[command(flatten)]
    pub look: LookArgs,
}

/// How to explore.
#[derive(Args, Debug)]
pub struct ExploreArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What is asked.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// How it looks and what keys do.
    #[command(flatten)]
    pub look: LookArgs,
    /// Without a screen: tell what happens in lines, take commands in lines (for screen readers, pipes)
    #[arg(long)]
    pub plain: bool,
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
    /// Never use the network: models come from paths and from the cache
    #[arg(long)]
    pub offline: bool,
    /// Where to compute: auto, cpu, cuda, cuda:N or metal; builds without `cuda` or `metal` have cpu
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = place)]
    pub device: Place,
    /// How a graphics processor keeps weights that are not quantised [default: f16 where the file is
    /// f16, bf16 otherwise]
    #[arg(long, value_name = "TYPE", value_parser = precision)]
    pub dtype: Option<Precision>,
    /// What is asked.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Where the answers go; the same command again goes on where it was interrupted
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Only the first N items (admissions: students)
    #[arg(long, value_name = "N", conflicts_with = "sample")]
    pub limit: Option<usize>,
    /// Only N items drawn at random by the seed (admissions: students)
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// Independent answers per item and condition
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
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
    /// Its name; without one, lists all
    pub name: Option<String>,
    /// Where the answers go; the same command again goes on where it was interrupted. Without it,
    /// says what would be done
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
    #[arg(long, value_name = "N", conflicts_with = "sample")]
    pub limit: Option<usize>,
    /// Only N items drawn at random
    #[arg(long, value_name = "N")]
    pub sample: Option<usize>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Further options of recant run, after --
    #[arg(last = true, value_name = "RUN OPTIONS")]
    pub more: Vec<OsString>,
}

/// What to list, or to show.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PromptsArgs {
    /// What to do; without it, lists and checks them.
    #[command(subcommand)]
    pub command: Option<PromptsCommand>,
    /// A folder of further prompt files (*.yaml); one with a known name replaces the embedded one
    #[arg(long, value_name = "FOLDER")]
    pub prompts: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// What to do with prompts.
#[derive(Subcommand, Debug)]
pub enum PromptsCommand {
    /// Print the exact prompt of one condition, item and round
    Show(ShowArgs),
}

/// Which prompt to show.
#[derive(Args, Debug)]
pub struct ShowArgs {
    /// The condition by name
    pub condition: String,
    /// Change clauses of it, as in instruction=s2,place=system
    #[arg(long, value_name = "CLAUSE=LEVEL,…", value_delimiter = ',')]
    pub set: Vec<String>,
    /// The item by id, as in Age/0 [default: the first one]
    #[arg(long, value_name = "ID")]
    pub item: Option<String>,
    /// The round; 0 is the first answer
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..64))]
    pub round: u16,
    /// Really ask this model (control: the embedded one), and show what it reads; otherwise earlier
    /// answers are placeholders
    #[arg(long, value_name = "PATH|ORG/NAME|control")]
    pub model: Option<PathBuf>,
    /// Who gives feedback, where it is another model
    #[arg(long, value_name = "PATH|ORG/NAME", requires = "model")]
    pub critic: Option<PathBuf>,
    /// Never use the network: models come from paths and from the cache
    #[arg(long)]
    pub offline: bool,
    /// Which questions.
    #[command(flatten)]
    pub items: ItemArgs,
    /// A folder of further prompt files (*.yaml); one with a known name replaces the embedded one
    #[arg(long, value_name = "FOLDER")]
    pub prompts: Option<PathBuf>,
    /// Seed of the answers that are generated
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// How to report.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The folder that `recant run --out` made; with several --model, one report over all of them
    pub folder: PathBuf,
    /// How it is shown.
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Also draw the run: bias and accuracy by round, flips, calibration; of several models, every
    /// metric against the model's size
    #[arg(long, value_name = "FILE.svg")]
    pub plot: Option<PathBuf>,
}

/// How scores are shown; the same for runs and for stored answers.
#[derive(Args, Debug)]
pub struct ShownArgs {
    /// For people, for machines, or for a paper
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// The rule that turns answers into scores; the others stand beside it
    #[arg(long, value_enum, default_value_t = ScorerName::Paper)]
    pub scorer: ScorerName,
    /// Scores of every category too (JSON and CSV always have them)
    #[arg(long)]
    pub by_category: bool,
    /// Name single answers: those the scorers treat differently, or those that could not be read
    #[arg(long, value_enum, value_name = "WHICH")]
    pub list: Option<Listing>,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// What to grade.
#[derive(Args, Debug)]
pub struct GradeArgs {
    /// BBQ jsonl files, or `builtin` for the embedded questions
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    pub items: Vec<PathBuf>,
    /// A jsonl file of records, one an answer: matched by item, id or example_id (and category), or,
    /// where the records have none, by order
    #[arg(long, value_name = "FILE")]
    pub answers: PathBuf,
    /// The records' field that holds the answer: an option's number (from 0), a letter or a text;
    /// a.0.b reaches into lists and objects
    #[arg(long, value_name = "NAME")]
    pub field: String,
    /// How it is shown.
    #[command(flatten)]
    pub shown: ShownArgs,
}

/// Whose format a run is written in.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// lm-evaluation-harness: samples, one a line; into a folder with its results file
    LmEval,
    /// inspect_ai: a log, .eval or .json
    Inspect,
    /// OpenAI's chat lines, one dialogue a line
    Openai,
}

/// What to export.
#[derive(Args, Debug)]
pub struct ExportArgs {
    /// The folder that `recant run --out` made
    pub folder: PathBuf,
    /// Whose format
    #[arg(long, value_enum, value_name = "TOOL")]
    pub to: ExportFormat,
    /// lm-eval: a file.jsonl, or a folder for one file a condition and round, with results; inspect:
    /// file.eval or file.json; openai: a file [default: standard output]
    #[arg(long, value_name = "PATH")]
    pub out: Option<PathBuf>,
    /// Only these conditions
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub conditions: Vec<String>,
}

/// What to import.
#[derive(Args, Debug)]
pub struct ImportArgs {
    /// samples_TASK_DATE.jsonl of lm-evaluation-harness, a log of inspect_ai (.eval, .json), or lines of
    /// {"messages": […]}; which one, its contents say
    pub file: PathBuf,
    /// Where the run goes
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// The items that the records answer, as for `recant run`: matched by name, or by order where the
    /// records have none [default: what the records hold themselves: a BBQ row, or options and target]
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1..)]
    pub items: Vec<PathBuf>,
    /// A YAML file that says which field of the items' JSON or CSV holds what
    #[arg(long, value_name = "FILE", requires = "items")]
    pub map: Option<PathBuf>,
    /// The condition of records that name none
    #[arg(long, value_name = "NAME", default_value = "imported")]
    pub condition: String,
    /// The model's name [default: what the log says, or the file's name]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
}

/// What to compare.
#[derive(Args, Debug)]
pub struct CompareArgs {
    /// The folder of the first run
    pub first: PathBuf,
    /// The folder of the second one
    pub second: PathBuf,
    /// For people, for machines, or for a paper
    #[arg(long, value_enum, default_value_t = ReportFormat::Table)]
    pub format: ReportFormat,
    /// Seed of the bootstrap
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}

/// How to write a report.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    /// Tables of at most 80 columns.
    Table,
    /// Everything, for machines.
    Json,
    /// Pipe tables.
    Markdown,
    /// Tables for booktabs.
    Latex,
    /// All numbers as one table in long form.
    Csv,
}

/// A scorer's name as typed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScorerName {
    /// BBQ section 5; what cannot be read is left out.
    Paper,
    /// lm-evaluation-harness; what cannot be read is wrong.
    LmEval,
    /// Right among all.
    Accuracy,
}

/// Which answers to name.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Those the scorers treat differently.
    Disagreements,
    /// Those that could not be read, with their texts.
    Unparsed,
}

/// How to measure speed.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// The model.
    #[command(flatten)]
    pub model: ModelArgs,
    /// Threads that compute [default: all cores but one]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroU16>,
    /// Repetitions; the best one counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..))]
    pub repeat: u16,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// What to go on from, and what to show.
#[derive(Args, Debug)]
pub struct NextArgs {
    /// The model; for --ids, a folder without a tokenizer will do.
    #[command(flatten)]
    pub model: ModelArgs,
    /// What to go on from.
    #[command(flatten)]
    pub from: NextFrom,
    /// How many tokens to show, the most probable first
    #[arg(long, value_name = "K", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub top: u32,
    /// The logit lens: what each layer would say if it were the last
    #[arg(long)]
    pub layers: bool,
    /// Write the logits of every position [T, V] as `logits`, and the tokens as `input_ids`
    #[arg(long, value_name = "FILE.safetensors")]
    pub logits: Option<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// One of them.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct NextFrom {
    /// Raw text: no chat template, only what the tokenizer itself puts around it
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: Option<String>,
    /// Token ids; a folder without a tokenizer will do
    #[arg(long, value_name = "ID,…", value_delimiter = ',')]
    pub ids: Vec<u32>,
}

/// How to write.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Table,
    /// For machines.
    Json,
}

/// What to list.
#[derive(Args, Debug)]
pub struct ModelsArgs {
    /// Folders to search and files to look at, besides the Hugging Face cache
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
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
    /// Items a cell: every condition, round and kind of context is measured on this many
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    pub items: u32,
    /// Seed of the items and of the sampling
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
}
