//! Which model, and what may be asked of a model alone.

use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::Args;

use super::Format;
use crate::engine::local::accelerator::{Place, Precision};

/// Where models come from and where they compute, the same for every command that takes one.
#[derive(Args, Debug, Clone, Copy, Default)]
pub struct ComputeArgs {
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

/// Which model.
#[derive(Args, Debug, Clone)]
pub struct ModelArgs {
    /// A folder with config.json, tokenizer.json and *.safetensors, a .gguf file, or a model of the
    /// Hugging Face hub as org/name or org/name:file.gguf, fetched if it is not in the cache
    /// [default: the embedded control model]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Option<PathBuf>,
    /// Where it comes from and computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
}

/// Which models, beside each other.
#[derive(Args, Debug, Clone)]
pub struct BesideArgs {
    /// A folder with config.json, tokenizer.json and *.safetensors, a .gguf file, or a model of the
    /// Hugging Face hub as org/name or org/name:file.gguf, fetched if it is not in the cache; several
    /// --model stand beside each other [default: the embedded control model]
    #[arg(long, value_name = "PATH|ORG/NAME")]
    pub model: Vec<PathBuf>,
    /// Where it comes from and computes.
    #[command(flatten)]
    pub compute: ComputeArgs,
}

impl BesideArgs {
    /// One of them, or the embedded one, computed as all are.
    fn one(&self, model: Option<&PathBuf>) -> ModelArgs {
        ModelArgs {
            model: model.cloned(),
            compute: self.compute,
        }
    }

    /// The first one.
    pub fn first(&self) -> ModelArgs {
        self.one(self.model.first())
    }

    /// All of them; the embedded one where none is named.
    pub fn all(&self) -> Vec<ModelArgs> {
        match self.model.is_empty() {
            true => vec![self.first()],
            false => self.model.iter().map(|m| self.one(Some(m))).collect(),
        }
    }
}

pub(super) fn place(text: &str) -> Result<Place, String> {
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

pub(super) fn precision(text: &str) -> Result<Precision, String> {
    let all = [Precision::Bf16, Precision::F16, Precision::F32];
    let found = all.into_iter().find(|p| p.name() == text);
    found.ok_or_else(|| "expected bf16, f16 or f32".to_owned())
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
    /// Measure the picture instead: twelve panes that stream, keys beside a long answer, standing idle
    #[arg(long, conflicts_with_all = ["model", "offline", "device", "dtype", "threads", "repeat"])]
    pub ui: bool,
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
