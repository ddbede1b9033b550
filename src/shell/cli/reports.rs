//! Scores of answers that there are already, and other tools' files.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::shell::plots;

/// How to report.
#[derive(Args, Debug)]
pub struct ReportArgs {
    /// The folder that `recant run --out` made; with several --model, one report over all of them
    pub folder: PathBuf,
    /// How it is shown.
    #[command(flatten)]
    pub shown: ShownArgs,
    /// Also draw the run: bias and accuracy by round, flips, calibration, occupations against the
    /// statistics; of several models, every metric against the model's size. As SVG or PNG, by the file's name; both: --plot twice
    #[arg(long, value_name = "FILE.svg|FILE.png", value_parser = figure)]
    pub plot: Vec<PathBuf>,
    /// A folder with a model that judges which of the texts of --samples mean the same: a classifier of
    /// entailment (BERT or RoBERTa, as roberta-large-mnli), or a bare encoder, by the cosine of its mean
    /// states [default: the same words]
    #[arg(long, value_name = "FOLDER")]
    pub meanings: Option<PathBuf>,
    /// With an encoder: the cosine from which on texts mean the same [default: 0.8]
    #[arg(long, value_name = "COSINE", allow_negative_numbers = true, requires = "meanings", value_parser = cosine)]
    pub same_from: Option<f64>,
    /// Leave out what people labelled by hand (`hand.jsonl` beside the answers): what the parser made of
    /// the answers alone
    #[arg(long)]
    pub no_labels: bool,
}

/// A file that a figure can be drawn into.
fn figure(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match ["svg", "png"].iter().any(|kind| plots::is(&path, kind)) {
        true => Ok(path),
        false => Err("expected a file whose name ends in .svg or .png".to_owned()),
    }
}

fn cosine(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(c) if c > 0.0 && c <= 1.0 => Ok(c),
        _ => Err("expected a number above 0, at most 1".to_owned()),
    }
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
    /// The items that were answered, as for recant run: files, KIND:FILE, builtin or builtin:KIND
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1.., required = true)]
    pub items: Vec<PathBuf>,
    /// A YAML file that says which field of the items' JSON or CSV holds what
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// A folder with a BERT or RoBERTa sequence classifier that scores continuations for toxicity
    /// [default: the built-in word list, which is crude]
    #[arg(long, value_name = "FOLDER")]
    pub classifier: Option<PathBuf>,
    /// A jsonl file of records, one an answer: matched by item, id or example_id (and category), or,
    /// where the records have none, by order
    #[arg(long, value_name = "FILE")]
    pub answers: PathBuf,
    /// The records' field that holds the answer: an option's number (from 0), a letter or a text;
    /// a.0.b reaches into lists and objects
    #[arg(long, value_name = "NAME")]
    pub field: String,
    /// Leave out what people labelled by hand (`hand.jsonl` beside the answers of a run)
    #[arg(long)]
    pub no_labels: bool,
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
