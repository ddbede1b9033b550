//! The models on this machine: found by looking into folders, known by their headers.
//!
//! Invariant: looking never fails; what cannot be used is listed with its reason. Reads configurations
//! and headers, no weights. Searches to a bounded depth and number of folders, each folder once.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::hub::{Cache, Cached, FileName, missing_in};
use super::local::config::DecoderConfig;
use super::local::files::ModelFiles;
use super::local::headers::Header;
use super::local::need::Need;
use super::local::template::ChatTemplate;

/// Folders below the one searched: enough for `models/org/name/files` and for a cache's snapshots.
const DEPTH_MAX: usize = 5;
/// A search through a whole disk ends here.
const FOLDERS_MAX: usize = 20_000;

/// A model, or what looked like one.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// What `--model` takes.
    pub name: String,
    /// Its folder or file.
    pub path: PathBuf,
    /// Bytes of its files.
    pub disk_bytes: u64,
    /// What it is, or why it cannot be used.
    pub facts: Result<Facts, String>,
}

/// What a model is.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts {
    /// `model_type`.
    pub family: String,
    /// How many numbers.
    pub parameters: u64,
    /// Kinds of numbers: `bf16`, `Q4_K+Q6_K`.
    pub format: String,
    /// Most tokens.
    pub context: u64,
    /// Whether it has a chat template.
    pub has_template: bool,
    /// Memory.
    pub need: Need,
}

/// All models of the hub's cache. A cache that cannot be read is one entry that says so.
pub fn in_cache(cache: &Cache) -> Vec<Entry> {
    let all = match cache.all() {
        Ok(all) => all,
        Err(why) => return vec![unusable(cache.root(), why.to_string())],
    };
    all.iter().flat_map(cached).collect()
}

fn cached(model: &Cached) -> Vec<Entry> {
    let shown = |file: Option<&Path>| match (model.is_main, file) {
        (true, None) => model.repo.to_string(),
        (true, Some(file)) => format!("{}:{}", model.repo, slashes(file)),
        (false, None) => model.folder.display().to_string(),
        (false, Some(file)) => model.folder.join(file).display().to_string(),
    };
    let mut found = Found::default();
    found.search(&model.folder, 2);
    let ggufs = found.paths.iter().filter(|p| is_gguf(p));
    let mut entries: Vec<Entry> = ggufs
        .map(|path| {
            let inside = path.strip_prefix(&model.folder).unwrap_or(path);
            let nameable = FileName::parse(&slashes(inside)).is_ok();
            match nameable {
                true => gguf(path, shown(Some(inside))),
                false => gguf(path, path.display().to_string()),
            }
        })
        .collect();
    let missing = missing_in(&model.folder);
    if missing.is_empty() {
        entries.push(folder(&model.folder, shown(None)));
    } else if entries.is_empty() {
        let rest = match model.is_main && cfg!(feature = "hub") {
            true => format!("; recant --model {} fetches the rest", model.repo),
            false => String::new(),
        };
        entries.push(Entry {
            name: shown(None),
            path: model.folder.clone(),
            disk_bytes: files_bytes(&model.folder),
            facts: Err(format!("incomplete: {} missing{rest}", missing.join(", "))),
        });
    }
    entries
}

/// The models at or below a path.
pub fn below(path: &Path) -> Vec<Entry> {
    if path.is_file() {
        return vec![match is_gguf(path) {
            true => gguf(path, path.display().to_string()),
            false => unusable(path, NO_MODEL.to_owned()),
        }];
    }
    if !path.is_dir() {
        return vec![unusable(path, "no such file or folder".to_owned())];
    }
    let mut found = Found::default();
    found.search(path, DEPTH_MAX);
    let mut entries: Vec<Entry> = found
        .paths
        .iter()
        .map(|path| match is_gguf(path) {
            true => gguf(path, path.display().to_string()),
            false => folder(path, path.display().to_string()),
        })
        .collect();
    entries.extend(found.unreadable);
    if found.folders >= FOLDERS_MAX {
        let why = format!("only the first {FOLDERS_MAX} folders below it were searched");
        entries.push(unusable(path, why));
    }
    if entries.is_empty() {
        entries.push(unusable(path, NO_MODEL.to_owned()));
    }
    entries
}

const NO_MODEL: &str =
    "no model: a model is a folder with config.json and *.safetensors, or a .gguf file";

/// What a search has seen.
#[derive(Default)]
struct Found {
    paths: Vec<PathBuf>,
    unreadable: Vec<Entry>,
    seen: HashSet<PathBuf>,
    folders: usize,
}

impl Found {
    /// Looks into a folder and, unless it is a model, into those below it.
    fn search(&mut self, folder: &Path, depth: usize) {
        let is_new = folder
            .canonicalize()
            .is_ok_and(|path| self.seen.insert(path));
        if !is_new || self.folders >= FOLDERS_MAX {
            return;
        }
        self.folders += 1;
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries.filter_map(Result::ok),
            Err(why) => return self.unreadable.push(unusable(folder, why.to_string())),
        };
        let mut paths: Vec<PathBuf> = entries.map(|e| e.path()).collect();
        paths.sort();
        self.paths
            .extend(paths.iter().filter(|p| is_gguf(p) && p.is_file()).cloned());
        if is_model(folder) {
            self.paths.push(folder.to_owned());
            return;
        }
        if depth == 0 {
            return;
        }
        let is_hidden = |p: &Path| {
            let name = p.file_name().and_then(|n| n.to_str());
            name.is_none_or(|n| n.starts_with('.'))
        };
        for path in paths.iter().filter(|p| !is_hidden(p) && p.is_dir()) {
            self.search(path, depth - 1);
        }
    }
}

/// Whether a folder looks like a model's: many other folders hold a config.json too.
pub fn is_model(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).is_file();
    if has("model.safetensors") || has("model.safetensors.index.json") {
        return true;
    }
    if !has("config.json") {
        return false;
    }
    let config = super::local::files::required(&folder.join("config.json"));
    let config = config.and_then(|part| super::local::files::json(&part));
    config.is_ok_and(|c| c.get("model_type").is_some())
}

/// Whether a file's name is that of a GGUF file.
pub fn is_gguf(path: &Path) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("gguf"))
}

fn folder(path: &Path, name: String) -> Entry {
    Entry {
        name,
        path: path.to_owned(),
        disk_bytes: files_bytes(path),
        facts: facts(path),
    }
}

fn facts(path: &Path) -> Result<Facts, String> {
    let told = |e: super::EngineError| e.to_string();
    let files = ModelFiles::open(path).map_err(told)?;
    let config = DecoderConfig::read(&files.config).map_err(told)?;
    let header = Header::read(&files.weights).map_err(told)?;
    let template = ChatTemplate::read(&files).map_err(told)?;
    Ok(Facts {
        family: config.family.name.to_owned(),
        parameters: header.parameters(),
        format: header.format(),
        context: config.context as u64,
        has_template: template.sha256().is_some(),
        need: Need::of(&header, &config),
    })
}

/// A GGUF file is a model of its own.
fn gguf(path: &Path, name: String) -> Entry {
    Entry {
        name,
        path: path.to_owned(),
        disk_bytes: std::fs::metadata(path).map_or(0, |m| m.len()),
        facts: facts(path),
    }
}

fn unusable(path: &Path, why: String) -> Entry {
    Entry {
        name: path.display().to_string(),
        path: path.to_owned(),
        disk_bytes: 0,
        facts: Err(why),
    }
}

/// Bytes of the files in a folder, behind links too.
fn files_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return 0;
    };
    let sizes = entries.filter_map(Result::ok).map(|e| e.path());
    let sizes = sizes
        .filter_map(|p| std::fs::metadata(p).ok())
        .filter(|m| m.is_file());
    sizes.fold(0, |sum, m| sum.saturating_add(m.len()))
}

fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.iter().map(|p| p.to_string_lossy()).collect();
    parts.join("/")
}
