//! Where a model's bytes come from: a folder as Hugging Face lays it out, a GGUF file that is made to look
//! like one, or parts built into the binary.
//!
//! Invariant: names of further files come only from the folder itself or are plain names checked here,
//! so an index file cannot point outside its folder. Reads bytes; does not understand them.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::gguf::{self, Gguf};
use super::source::Source;

use crate::engine::EngineError;

/// No configuration, tokenizer or template is larger (the largest published tokenizers are 35 MB).
const SMALL_FILE_MAX_BYTES: u64 = 128 << 20;

/// One file's content, and what to call it in messages.
#[derive(Clone, Debug)]
pub struct Part {
    /// Path or name, for messages.
    pub name: String,
    /// The content.
    pub bytes: Cow<'static, [u8]>,
}

/// One file of weights; its numbers are read only when they are needed, for they may be many.
#[derive(Clone, Debug)]
pub enum WeightsFile {
    /// A safetensors file on disk.
    Path(PathBuf),
    /// A safetensors file in the binary.
    Static(&'static str, &'static [u8]),
    /// A GGUF file, whose header was read.
    Gguf(Arc<Gguf>),
}

impl WeightsFile {
    /// Path or name, for messages.
    pub fn name(&self) -> String {
        match self {
            WeightsFile::Path(path) => path.display().to_string(),
            WeightsFile::Static(name, _) => (*name).to_owned(),
            WeightsFile::Gguf(gguf) => gguf.source().name().to_owned(),
        }
    }

    /// How many bytes it has; 0 where that cannot be told.
    pub fn bytes(&self) -> u64 {
        match self {
            WeightsFile::Path(path) => std::fs::metadata(path).map_or(0, |m| m.len()),
            WeightsFile::Static(_, bytes) => bytes.len() as u64,
            WeightsFile::Gguf(gguf) => gguf.source().length(),
        }
    }

    /// Its bytes, opened anew.
    pub fn open(&self) -> Result<Source, EngineError> {
        match self {
            WeightsFile::Path(path) => Source::open(path),
            WeightsFile::Static(name, bytes) => Ok(Source::memory(name, *bytes)),
            WeightsFile::Gguf(gguf) => gguf.source().again(),
        }
    }
}

/// A model compiled into the binary.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedFiles {
    /// What to call the model.
    pub name: &'static str,
    /// `config.json`
    pub config: &'static [u8],
    /// `tokenizer.json`
    pub tokenizer: &'static [u8],
    /// `tokenizer_config.json`, with the chat template.
    pub tokenizer_config: &'static [u8],
    /// `model.safetensors`
    pub weights: &'static [u8],
}

/// All files of one model.
#[derive(Clone, Debug)]
pub struct ModelFiles {
    /// What to call the model.
    pub name: String,
    /// `config.json`
    pub config: Part,
    /// `tokenizer.json`
    pub tokenizer: Part,
    /// `tokenizer_config.json`
    pub tokenizer_config: Option<Part>,
    /// `chat_template.jinja`; comes before a template in `tokenizer_config.json`.
    pub chat_template: Option<Part>,
    /// `generation_config.json`, for further end-of-turn ids.
    pub generation_config: Option<Part>,
    /// The weights, in shard order.
    pub weights: Vec<WeightsFile>,
}

impl ModelFiles {
    /// The files of a folder, or of a GGUF file. Errors name the file at fault.
    pub fn open(path: &Path) -> Result<ModelFiles, EngineError> {
        match path.is_dir() {
            true => ModelFiles::folder(path),
            false => gguf::model_files(path),
        }
    }

    /// The files of a folder. Errors name the file that is missing.
    pub fn folder(folder: &Path) -> Result<ModelFiles, EngineError> {
        Ok(ModelFiles {
            name: name_of(folder),
            config: required(&folder.join("config.json"))?,
            tokenizer: required(&folder.join("tokenizer.json"))?,
            tokenizer_config: optional(&folder.join("tokenizer_config.json"))?,
            chat_template: optional(&folder.join("chat_template.jinja"))?,
            generation_config: optional(&folder.join("generation_config.json"))?,
            weights: weights_in(folder)?,
        })
    }

    /// The files of a model in the binary.
    pub fn embedded(files: EmbeddedFiles) -> ModelFiles {
        let part = |name: &str, bytes: &'static [u8]| Part {
            name: format!("{} (built in): {name}", files.name),
            bytes: Cow::Borrowed(bytes),
        };
        ModelFiles {
            name: files.name.to_owned(),
            config: part("config.json", files.config),
            tokenizer: part("tokenizer.json", files.tokenizer),
            tokenizer_config: Some(part("tokenizer_config.json", files.tokenizer_config)),
            chat_template: None,
            generation_config: None,
            weights: vec![WeightsFile::Static(
                "model.safetensors (built in)",
                files.weights,
            )],
        }
    }
}

/// What computing with token ids needs: the numbers without the words.
#[derive(Clone, Debug)]
pub struct BareFiles {
    /// What to call the model.
    pub name: String,
    /// `config.json`
    pub config: Part,
    /// `tokenizer.json`, if there is one.
    pub tokenizer: Option<Part>,
    /// The weights, in shard order.
    pub weights: Vec<WeightsFile>,
}

impl BareFiles {
    /// The files of a folder that may lack a tokenizer, or of a GGUF file.
    pub fn open(path: &Path) -> Result<BareFiles, EngineError> {
        if !path.is_dir() {
            return Ok(ModelFiles::open(path)?.into());
        }
        Ok(BareFiles {
            name: name_of(path),
            config: required(&path.join("config.json"))?,
            tokenizer: optional(&path.join("tokenizer.json"))?,
            weights: weights_in(path)?,
        })
    }
}

impl From<ModelFiles> for BareFiles {
    fn from(files: ModelFiles) -> BareFiles {
        BareFiles {
            name: files.name,
            config: files.config,
            tokenizer: Some(files.tokenizer),
            weights: files.weights,
        }
    }
}

/// The value of a JSON file, or an error with its name and the parser's line.
pub fn json(part: &Part) -> Result<Value, EngineError> {
    serde_json::from_slice(&part.bytes).map_err(|e| EngineError::Config {
        file: part.name.clone(),
        field: "JSON".into(),
        why: e.to_string(),
    })
}

fn name_of(folder: &Path) -> String {
    let whole = folder.canonicalize().ok();
    let last = whole.and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()));
    last.unwrap_or_else(|| folder.display().to_string())
}

/// An error about a file that cannot be read.
pub(super) fn unreadable(path: &Path, why: impl std::fmt::Display) -> EngineError {
    EngineError::Unreadable {
        file: path.display().to_string(),
        why: why.to_string(),
    }
}

/// A file that must be there, read whole.
pub fn required(path: &Path) -> Result<Part, EngineError> {
    let file = std::fs::File::open(path).map_err(|e| unreadable(path, e))?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells "too large" from "just fits".
    file.take(SMALL_FILE_MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(path, e))?;
    if bytes.len() as u64 > SMALL_FILE_MAX_BYTES {
        return Err(unreadable(path, "it is larger than 128 MiB"));
    }
    Ok(Part {
        name: path.display().to_string(),
        bytes: Cow::Owned(bytes),
    })
}

/// The file's content, if there is such a file.
pub(super) fn optional(path: &Path) -> Result<Option<Part>, EngineError> {
    match path.try_exists() {
        Ok(true) => required(path).map(Some),
        Ok(false) => Ok(None),
        Err(e) => Err(unreadable(path, e)),
    }
}

fn weights_in(folder: &Path) -> Result<Vec<WeightsFile>, EngineError> {
    let index = folder.join("model.safetensors.index.json");
    if let Some(part) = optional(&index)? {
        return shards(folder, &part);
    }
    let single = folder.join("model.safetensors");
    if single.is_file() {
        return Ok(vec![WeightsFile::Path(single)]);
    }
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .map_err(|e| unreadable(folder, e))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
        .collect();
    found.sort();
    if found.is_empty() {
        return Err(unreadable(&single, "there are no *.safetensors files"));
    }
    Ok(found.into_iter().map(WeightsFile::Path).collect())
}

fn shards(folder: &Path, index: &Part) -> Result<Vec<WeightsFile>, EngineError> {
    let wrong = |why: &str| EngineError::Config {
        file: index.name.clone(),
        field: "weight_map".into(),
        why: why.to_owned(),
    };
    let value = json(index)?;
    let map = value
        .get("weight_map")
        .and_then(Value::as_object)
        .ok_or_else(|| wrong("must map tensor names to file names"))?;
    let mut names = Vec::new();
    for name in map.values() {
        let name = name
            .as_str()
            .ok_or_else(|| wrong("file names must be strings"))?;
        if name.contains(['/', '\\']) || name.starts_with('.') || !name.ends_with(".safetensors") {
            return Err(wrong(&format!(
                "{name:?} is not the plain name of a .safetensors file"
            )));
        }
        names.push(name);
    }
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Err(wrong("names no files"));
    }
    Ok(names
        .into_iter()
        .map(|name| WeightsFile::Path(folder.join(name)))
        .collect())
}
