//! Which model, found, looked at, opened.

use std::num::NonZeroU32;
use std::path::Path;

use tokio::sync::mpsc::{Receiver, channel};

use crate::control;
use crate::domain::JobReport;
use crate::engine::local::batch::Limits;
use crate::engine::local::files::{BareFiles, EmbeddedFiles, ModelFiles, Part, WeightsFile};
use crate::engine::local::need::Need;
use crate::engine::local::{LocalEngine, Options};
use crate::engine::{Engine, size_text};

use super::cli::ModelArgs;
use super::critic::Pair;
use super::failure::Failure;
use super::find::{find, hub_settings};
use super::memory::Memory;

/// Reports that may wait for whoever reads them before the model has to wait.
const REPORTS: usize = 1024;

/// What the embedded model is called.
const CONTROL: &str = "control";

/// A model and where its reports come from.
pub type Opened = (Box<dyn Engine>, Receiver<JobReport>);

/// A model whose files are here and whose weights there is room for.
pub struct Chosen {
    /// Where and how to compute.
    pub options: Options,
    /// Its files.
    pub files: ModelFiles,
}

impl Chosen {
    /// The embedded control model.
    pub fn control() -> Chosen {
        let files = ModelFiles::embedded(EmbeddedFiles {
            name: CONTROL,
            config: control::CONFIG,
            tokenizer: control::TOKENIZER,
            tokenizer_config: control::TOKENIZER_CONFIG,
            weights: control::WEIGHTS,
        });
        Chosen {
            files,
            options: Options {
                is_control: true,
                ..Options::default()
            },
        }
    }

    /// The critic that is named, computed where and how its model is.
    ///
    /// # Errors
    /// As for [`Chosen::from`].
    pub fn critic(critic: Option<&Path>, model: &ModelArgs) -> Result<Option<Chosen>, Failure> {
        let named = |path: &Path| {
            Chosen::from(&ModelArgs {
                model: Some(path.to_owned()),
                ..model.clone()
            })
        };
        critic.map(named).transpose()
    }

    /// What the arguments name; fetches it if need be. Reads configurations and headers, no weights.
    ///
    /// # Errors
    /// Not to be had; files that are wrong; a model that cannot fit into memory.
    pub fn from(args: &ModelArgs) -> Result<Chosen, Failure> {
        let is_control = |path: &Path| path == Path::new(CONTROL) && !path.exists();
        let wanted = args.model.as_ref().filter(|path| !is_control(path));
        let Some(wanted) = wanted else {
            let mut chosen = Chosen::control();
            chosen.options.place = args.compute.device;
            chosen.options.precision = args.compute.dtype;
            return Ok(chosen);
        };
        let place = find(wanted, hub_settings(args.compute.offline))?;
        let mut files = ModelFiles::open(&place.path).map_err(Failure::usage)?;
        if let Some(name) = place.name {
            files.name = name;
        }
        let options = options(args);
        has_room(&options, &files.name, &files.config, &files.weights)?;
        Ok(Chosen { files, options })
    }

    /// What is being read while it is loaded, for people: its name, how far, of how much.
    pub fn reading(&self) -> String {
        let bytes: u64 = self.files.weights.iter().map(WeightsFile::bytes).sum();
        let name = &self.files.name;
        match self.options.gauge.percent() {
            None => name.clone(),
            Some(percent) => format!("{name}, {percent} % of {}", size_text(bytes)),
        }
    }
}

fn options(args: &ModelArgs) -> Options {
    Options {
        place: args.compute.device,
        precision: args.compute.dtype,
        ..Options::default()
    }
}

/// What the arguments name, for token ids: a folder without a tokenizer will do.
///
/// # Errors
/// As for [`Chosen::from`].
pub fn bare(args: &ModelArgs) -> Result<(BareFiles, Options), Failure> {
    let Some(wanted) = &args.model else {
        let chosen = Chosen::from(args)?;
        return Ok((chosen.files.into(), chosen.options));
    };
    let place = find(wanted, hub_settings(args.compute.offline))?;
    let mut files = BareFiles::open(&place.path).map_err(Failure::usage)?;
    if let Some(name) = place.name {
        files.name = name;
    }
    let options = options(args);
    has_room(&options, &files.name, &files.config, &files.weights)?;
    Ok((files, options))
}

/// Whether the weights fit. What is wrong with the files themselves is said when they are opened.
fn has_room(
    options: &Options,
    name: &str,
    config: &Part,
    weights: &[WeightsFile],
) -> Result<(), Failure> {
    match (Need::of_files(config, weights), Memory::now()) {
        // A device says itself what does not fit into it.
        (Ok(need), Some(memory)) if options.may_be_elsewhere() => {
            room(name, Need { weights: 0, ..need }, memory)
        }
        (Ok(need), Some(memory)) => room(name, need, memory),
        _ => Ok(()),
    }
}

/// Refuses what cannot fit in any way.
fn room(name: &str, need: Need, memory: Memory) -> Result<(), Failure> {
    if need.bytes() <= memory.most() {
        return Ok(());
    }
    let swap = match memory.swap {
        0 => String::new(),
        swap => format!(" and {} of swap", size_text(swap)),
    };
    Err(Failure::work(format!(
        "{name} needs {} of memory ({} of weights, {} for a prompt and its answers), and {} are available{swap}; end other programs, or take a smaller model: recant models lists those that fit",
        size_text(need.bytes()),
        size_text(need.weights),
        size_text(need.tokens),
        size_text(memory.available),
    )))
}

/// Refuses models that fit one by one, but not beside each other.
///
/// # Errors
/// Together they need more than there is.
pub fn room_beside(all: &[Chosen]) -> Result<(), Failure> {
    let (Some(memory), false) = (Memory::now(), all.len() < 2) else {
        return Ok(());
    };
    let here = all.iter().filter(|c| !c.options.may_be_elsewhere());
    let needs = here.filter_map(|c| Need::of_files(&c.files.config, &c.files.weights).ok());
    let sum = needs.fold(
        Need {
            weights: 0,
            tokens: 0,
        },
        |sum, need| Need {
            weights: sum.weights.saturating_add(need.weights),
            tokens: sum.tokens.saturating_add(need.tokens),
        },
    );
    let names: Vec<&str> = all.iter().map(|c| c.files.name.as_str()).collect();
    room(&names.join(" with "), sum, memory)
}

/// Opens a model; panes are held back to `pace` tokens a second. Takes as long as reading the weights; how
/// far that has come, the gauge in its options tells.
///
/// # Errors
/// What is wrong with which file.
pub fn open(chosen: &Chosen, pace: Option<NonZeroU32>) -> Result<Opened, Failure> {
    open_with(chosen, None, pace)
}

/// Opens a model, and its critic where that is another one.
///
/// # Errors
/// What is wrong with which file.
pub fn open_with(
    chosen: &Chosen,
    critic: Option<&Chosen>,
    pace: Option<NonZeroU32>,
) -> Result<Opened, Failure> {
    let (send, reports) = channel(REPORTS);
    let engine = |chosen: &Chosen| -> Result<Box<dyn Engine>, Failure> {
        let options = Options {
            limits: Limits {
                pane_tokens_per_s: pace,
                ..chosen.options.limits.clone()
            },
            ..chosen.options.clone()
        };
        let engine = LocalEngine::open(&chosen.files, send.clone(), options);
        Ok(Box::new(engine.map_err(Failure::usage)?))
    };
    let model = engine(chosen)?;
    match critic {
        None => Ok((model, reports)),
        Some(critic) => Ok((Box::new(Pair::new(model, engine(critic)?)), reports)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_fit_is_refused() {
        let memory = Memory {
            total: 16_000_000_000,
            available: 4_000_000_000,
            swap: 1_000_000_000,
            limit: None,
        };
        let need = |weights, tokens| Need { weights, tokens };
        assert!(room("m", need(4_900_000_000, 100_000_000), memory).is_ok());
        for need in [need(5_000_000_001, 0), need(4_900_000_000, 100_000_001)] {
            let why = room("m", need, memory).unwrap_err().to_string();
            assert!(
                why.contains("m needs 5.0 GB") && why.contains("4.0 GB"),
                "{why}"
            );
        }
    }
}
