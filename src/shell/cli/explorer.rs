//! The explorer's looks, and a record as what it explores.

use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;

use super::models::ComputeArgs;

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
    #[arg(long, value_name = "TOKENS_PER_S", allow_negative_numbers = true, value_parser = pace)]
    pub pace: Option<NonZeroU32>,
    /// Without the tour that the first start begins with
    #[arg(long)]
    pub no_tour: bool,
}

fn pace(text: &str) -> Result<NonZeroU32, String> {
    let expected = |_| "expected a whole number of tokens a second, at least 1".to_owned();
    text.parse().map_err(expected)
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
    /// Where it comes from and computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
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
    /// In lines instead of on a screen, for screen readers and pipes; loads no model
    #[arg(long)]
    pub plain: bool,
    /// How it looks and what keys do.
    #[command(flatten)]
    pub look: LookArgs,
}
