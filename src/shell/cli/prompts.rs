//! Prompt conditions, listed or shown.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, ItemArgs};

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
