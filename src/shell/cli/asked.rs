//! What is asked, and how: items, conditions, rounds, decoding.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::domain::ContextKind;

/// Which questions.
#[derive(Args, Debug, Clone)]
pub struct ItemArgs {
    /// Files: BBQ's jsonl, Winogender's tsv, the law survey's csv, RealToxicityPrompts' jsonl, plain
    /// text, anything with --map; KIND:FILE says which (distinguish:FILE asks a BBQ file's contexts
    /// for the stereotyped group). Or the embedded questions: builtin, builtin:KIND. Kinds: bbq,
    /// distinguish, winogender, law, continuation, choice. own:RUN asks which of two scored texts of a
    /// run is less toxic; own-after:RUN after their dialogue, own-others:RUN after five others
    #[arg(long, value_name = "FILE|KIND:FILE", num_args = 1.., default_value = "builtin")]
    pub items: Vec<PathBuf>,
    /// A YAML file that says which field of the items' JSON or CSV holds what
    #[arg(long, value_name = "FILE")]
    pub map: Option<PathBuf>,
    /// Only the items of these categories (Winogender: occupation or participant)
    #[arg(long, value_name = "CATEGORY,…", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only BBQ's items whose context does not answer, or only those whose context does
    #[arg(long, value_enum, value_name = "KIND", default_value_t = ContextArg::All)]
    pub context: ContextArg,
}

/// A kind of context as typed.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextArg {
    /// Both kinds, and items without contexts
    All,
    /// Nothing in it answers the question: abstaining is right
    Ambiguous,
    /// It answers the question
    Disambiguated,
}

impl ContextArg {
    /// The kind; `None` where no other is left out.
    pub fn kind(self) -> Option<ContextKind> {
        match self {
            ContextArg::All => None,
            ContextArg::Ambiguous => Some(ContextKind::Ambiguous),
            ContextArg::Disambiguated => Some(ContextKind::Disambiguated),
        }
    }

    /// As it is typed.
    pub fn of(kind: ContextKind) -> ContextArg {
        match kind {
            ContextKind::Ambiguous => ContextArg::Ambiguous,
            ContextKind::Disambiguated => ContextArg::Disambiguated,
        }
    }

    /// The word as typed.
    pub fn name(self) -> &'static str {
        match self {
            ContextArg::All => "all",
            ContextArg::Ambiguous => "ambiguous",
            ContextArg::Disambiguated => "disambiguated",
        }
    }
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
    #[arg(long, default_value_t = 4, allow_negative_numbers = true, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub rounds: u16,
    /// Seed of all random numbers
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub seed: u64,
    /// The same random numbers under all conditions: every step of a round of a question draws with the same
    /// ones, so that conditions with the same words give the same answers
    #[arg(long)]
    pub lock_seeds: bool,
    /// Sampling temperature; 1 is the model's own distribution, 0 always the most probable token
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = temperature)]
    pub temperature: f64,
    /// Keep this many most probable tokens; 0 keeps all
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    pub top_k: u32,
    /// Nucleus sampling: keep the smallest set of tokens that reaches this probability
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = top_p)]
    pub top_p: f64,
    /// Keep tokens at least this many times as probable as the most probable one; 0 keeps all
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = min_p)]
    pub min_p: f64,
    /// Make tokens that were already said less probable; 1 changes nothing
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = penalty)]
    pub repetition_penalty: f64,
}

fn temperature(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(t) if (0.0..=10.0).contains(&t) => Ok(t),
        _ => Err("expected a number from 0 to 10".to_owned()),
    }
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
