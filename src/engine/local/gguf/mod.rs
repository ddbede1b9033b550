//! GGUF files, as llama.cpp writes them, seen as the Hugging Face folder they were made from.
//!
//! Reading order: `cursor` → `value` → `metadata` → `header` read the file; `family` → `tensors` undo what
//! llama.cpp's converter did to the weights; `config` writes the `config.json`; `vocabulary` →
//! `byte_pairs` (with `splits`), `sentencepiece` → `tokenizer` write the tokenizer's files.
//!
//! Invariant: everything behind [`Gguf`] was checked against the file's size; what differs from what this
//! engine computes is refused, not ignored. So nothing after this module knows where a model came from.
//! A `tokenizer.json` beside the file comes before the file's own tokenizer.

mod byte_pairs;
mod config;
mod cursor;
mod family;
pub mod header;
mod kind;
pub mod metadata;
mod sentencepiece;
mod splits;
mod tensors;
mod tokenizer;
pub mod value;
mod vocabulary;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

pub use self::cursor::METADATA_MAX_BYTES;
pub use self::tensors::Blocks;

use self::family::Family;
use self::header::Header;
use super::files::{ModelFiles, Part, WeightsFile, optional};
use super::source::Source;
use crate::engine::EngineError;

/// An open file.
#[derive(Debug)]
pub struct Gguf {
    source: Source,
    header: Header,
    family: Family,
    heads: usize,
    kv_heads: usize,
}

/// More heads than this are damage.
const HEADS_MAX: u64 = 1 << 16;

impl Gguf {
    /// Opens a file; reads and checks its header.
    pub fn open(path: &Path) -> Result<Gguf, EngineError> {
        Gguf::read(Source::open(path)?)
    }

    /// Reads and checks the header of `source`.
    pub fn read(source: Source) -> Result<Gguf, EngineError> {
        let header = Header::read(&source)?;
        let family = family(&header, source.name())?;
        let metadata = &header.metadata;
        let prefix = family.prefix();
        let key = format!("{prefix}.attention.head_count");
        let heads = metadata.need_count(&key)?;
        let kv_key = format!("{prefix}.attention.head_count_kv");
        let kv_heads = metadata.count(&kv_key)?.unwrap_or(heads);
        for (key, count) in [(key, heads), (kv_key, kv_heads)] {
            if !(1..=HEADS_MAX).contains(&count) {
                let why = format!("must be a whole number from 1 to {HEADS_MAX}, not {count}");
                return Err(metadata.wrong(&key, why));
            }
        }
        Ok(Gguf {
            source,
            family,
            heads: heads as usize,
            kv_heads: kv_heads as usize,
            header,
        })
    }

    /// The file's bytes.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Its metadata and tensors.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// How many numbers its tensors hold (without tables of wavelengths).
    pub fn parameters(&self) -> u64 {
        let tensors = self.header.in_file_order().into_iter();
        let weights = tensors.filter(|t| !t.name.starts_with("rope_"));
        weights
            .map(|t| t.shape.iter().map(|d| *d as u64).product::<u64>())
            .fold(0, u64::saturating_add)
    }

    /// The `config.json` that says the same.
    ///
    /// # Errors
    /// Metadata that is missing, or asks for what this engine would compute wrongly.
    pub fn config(&self) -> Result<Part, EngineError> {
        let value = config::config(self)?;
        Ok(self.part(value.to_string().into_bytes()))
    }

    /// The `tokenizer.json` that says the same.
    ///
    /// # Errors
    /// A tokenizer of a kind that is not known well enough to give the right tokens.
    pub fn tokenizer(&self) -> Result<Part, EngineError> {
        tokenizer::tokenizer(self).map(|bytes| self.part(bytes))
    }

    /// The `tokenizer_config.json` that says the same, with the chat template.
    pub fn tokenizer_config(&self) -> Result<Part, EngineError> {
        let value = tokenizer::settings(self)?;
        Ok(self.part(value.to_string().into_bytes()))
    }

    fn part(&self, bytes: Vec<u8>) -> Part {
        Part {
            name: self.source.name().to_owned(),
            bytes: Cow::Owned(bytes),
        }
    }
}

/// The files of the model in a GGUF file, with those of the tokenizer that lie beside it.
pub fn model_files(path: &Path) -> Result<ModelFiles, EngineError> {
    let gguf = Gguf::open(path)?;
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    let beside = |name: &str| optional(&path.with_file_name(name));
    let own = gguf.tokenizer_config()?;
    let (tokenizer, tokenizer_config) = match beside("tokenizer.json")? {
        Some(part) => (part, beside("tokenizer_config.json")?.unwrap_or(own)),
        None => (gguf.tokenizer()?, own),
    };
    Ok(ModelFiles {
        name: stem.to_string_lossy().into_owned(),
        config: gguf.config()?,
        tokenizer,
        tokenizer_config: Some(tokenizer_config),
        chat_template: beside("chat_template.jinja")?,
        generation_config: None,
        weights: vec![WeightsFile::Gguf(Arc::new(gguf))],
    })
}

/// The architecture, of a file that holds one whole language model.
fn family(header: &Header, file: &str) -> Result<Family, EngineError> {
    let metadata = &header.metadata;
    let unsupported = |what: String, supported: String| EngineError::Unsupported {
        file: file.to_owned(),
        what,
        supported,
    };
    let parts = metadata.count("split.count")?.unwrap_or(1);
    if parts > 1 {
        let part = metadata.count("split.no")?.unwrap_or(0).saturating_add(1);
        let what = format!("part {part} of a model split into {parts} files");
        let supported = "one file; join them with `llama-gguf-split --merge`";
        return Err(unsupported(what, supported.into()));
    }
    let architecture = metadata
        .text("general.architecture")?
        .ok_or_else(|| metadata.wrong("general.architecture", "is missing"))?;
    let kind = metadata.text("general.type")?.unwrap_or("model");
    if architecture == "clip" || !matches!(kind, "model") {
        let what = format!("a file of type {kind:?} (architecture {architecture:?})");
        let supported =
            "a language model's own file, not an adapter or an image projector (mmproj)";
        return Err(unsupported(what, supported.into()));
    }
    Family::of(architecture).ok_or_else(|| {
        let what = format!("general.architecture {architecture:?}");
        unsupported(what, Family::supported())
    })
}
