//! Which items: files and built-in sets as named on the command line, read and cut to what is asked
//! for.

mod cut;
mod own;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::benchmarks::mapped::FieldMap;
use crate::benchmarks::winogender::Shares;
use crate::benchmarks::{
    self, Joined, Kind, Listed, Loaded, bbq, builtin, continuation, distinguish, law, mapped,
    winogender,
};
use crate::config::did_you_mean;
use crate::domain::Item;
use crate::session::Digest;

use super::cli::ItemArgs;
use super::failure::Failure;
pub use cut::{first, sample, units};

/// Items and where they came from.
pub struct ItemSet {
    /// For people and for the record: `builtin`, or the file names.
    pub name: String,
    /// The items.
    pub items: Arc<[Arc<Item>]>,
    /// SHA-256 over the files' bytes, one after the other.
    pub sha256: String,
    /// What was wrong with the files, one sentence each; the first few rows by name.
    pub warnings: Vec<String>,
    /// Every bad row that is remembered: `file:line: skipped: why`.
    pub rows: Vec<String>,
}

/// At most this many bad rows of a file are named on the screen.
const NAMED_ROWS: usize = 5;

/// Winogender's percentages stand beside its sentences under this name.
const SHARES: &str = "occupations-stats.tsv";

/// Reads the items.
///
/// # Errors
/// A file that cannot be read; one whose kind cannot be told; no usable item in one; a category that
/// no item has.
pub fn items(args: &ItemArgs) -> Result<ItemSet, Failure> {
    let map = args.map.as_deref().map(field_map).transpose()?;
    let mut digest = Digest::default();
    if let Some((_, text)) = &map {
        digest.add(text.as_bytes());
    }
    let map = map.map(|(map, _)| map);
    let mut set = ItemSet {
        name: String::new(),
        items: Vec::new().into(),
        sha256: String::new(),
        warnings: Vec::new(),
        rows: Vec::new(),
    };
    let mut items = Vec::new();
    let mut names = Vec::new();
    let mut joined = Joined::default();
    for path in &args.items {
        let name = path.display().to_string();
        let mut loaded = load(path, map.as_ref(), &mut digest)?;
        if loaded.items.is_empty() {
            let why = loaded
                .skipped
                .rows()
                .first()
                .map_or("it is empty".to_owned(), |row| {
                    format!("{name}:{}: {}", row.line, row.reason)
                });
            return Err(Failure::usage(format!("{name}: no usable item ({why})")));
        }
        joined.join(&name, &mut loaded);
        tell(&name, &loaded, &mut set);
        items.extend(loaded.items);
        names.push(name);
    }
    set.name = names.join(", ");
    set.sha256 = digest.finish();
    let items = cut::only(items, &args.only)?;
    set.items = cut::context(items, args.context)?.into();
    Ok(set)
}

/// What one file, or one built-in set, holds; its bytes go into the digest.
///
/// # Errors
/// As for [`items`].
pub fn load(path: &Path, map: Option<&FieldMap>, digest: &mut Digest) -> Result<Loaded, Failure> {
    let name = path.display().to_string();
    if let Some((history, folder)) = own::named(path) {
        return own::load(history, folder, digest);
    }
    if name == harmful() {
        builtin::harmful_bytes().iter().for_each(|b| digest.add(b));
        return builtin::harmful().map_err(|e| Failure::work(format!("{name}: {e}")));
    }
    match builtin_kind(&name)? {
        Some(kind) => {
            builtin::bytes(kind).iter().for_each(|b| digest.add(b));
            builtin::read(kind).map_err(|e| Failure::work(format!("{name}: {e}")))
        }
        None => file(path, map, digest),
    }
}

/// What kind of items a name stands for, as far as it or the file's beginning tells.
///
/// # Errors
/// A file that cannot be read; an unknown built-in set.
pub fn kind_of(path: &Path, map: Option<&FieldMap>) -> Result<Option<Kind>, Failure> {
    let name = path.display().to_string();
    if let Some(kind) = builtin_kind(&name)? {
        return Ok(Some(kind));
    }
    if own::named(path).is_some() {
        return Ok(Some(Kind::Choice));
    }
    if let (Some(kind), _) = kind_and_path(path) {
        return Ok(Some(kind));
    }
    if map.is_some() {
        return Ok(Some(Kind::Choice));
    }
    let told = |e: std::io::Error| Failure::usage(format!("{name}: {e}"));
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(told)?);
    let head = reader.fill_buf().map_err(told)?;
    let is_text = path.extension().is_some_and(|e| e == "txt");
    let guessed = benchmarks::guess_kind(head);
    Ok(guessed.or(is_text.then_some(Kind::Continuation)))
}

/// The built-in set that is named by what it is about, not by a kind.
fn harmful() -> String {
    format!("builtin:{}", builtin::HARMFUL_SET)
}

/// `builtin` or `builtin:KIND`.
fn builtin_kind(name: &str) -> Result<Option<Kind>, Failure> {
    if name == "builtin" {
        return Ok(Some(Kind::Bbq));
    }
    if name == harmful() {
        return Ok(Some(Kind::Choice));
    }
    let Some(kind) = name.strip_prefix("builtin:") else {
        return Ok(None);
    };
    let known = Kind::ALL.map(Kind::name).into_iter();
    let known = known.chain([builtin::HARMFUL_SET]);
    Kind::of(kind).map(Some).ok_or_else(|| {
        let hint = did_you_mean(kind, known);
        Failure::usage(format!("--items {name}: no such built-in set{hint}"))
    })
}

/// `KIND:PATH`, or only a path.
pub fn kind_and_path(path: &Path) -> (Option<Kind>, PathBuf) {
    let named = path.to_str().and_then(|text| {
        let (kind, rest) = text.split_once(':')?;
        Some((Kind::of(kind)?, PathBuf::from(rest)))
    });
    match named {
        Some((kind, rest)) if !path.exists() => (Some(kind), rest),
        _ => (None, path.to_owned()),
    }
}

/// What names the same items from every folder of this machine: files by their whole paths.
pub fn lasting(named: &Path) -> PathBuf {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let text = named.display().to_string();
    if text == "builtin" || text.starts_with("builtin:") {
        return named.to_owned();
    }
    match kind_and_path(named) {
        (Some(kind), path) => PathBuf::from(format!("{}:{}", kind.name(), whole(&path).display())),
        (None, path) => whole(&path),
    }
}

fn file(path: &Path, map: Option<&FieldMap>, digest: &mut Digest) -> Result<Loaded, Failure> {
    let (kind, path) = kind_and_path(path);
    let name = path.display();
    let told = |e: std::io::Error| Failure::usage(format!("{name}: {e}"));
    if path.is_dir() {
        return Err(Failure::usage(format!(
            "{name} is a folder; name the files in it, or builtin"
        )));
    }
    let opened = File::open(&path).map_err(|e| {
        Failure::usage(format!(
            "{name}: {e}; --items takes files, KIND:FILE, builtin or builtin:KIND"
        ))
    })?;
    let mut reader = BufReader::with_capacity(1 << 16, digest.through(opened));
    let head = reader.fill_buf().map_err(told)?;
    let begins = String::from_utf8_lossy(head.get(..4096).unwrap_or(head)).into_owned();
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("");
    let kind = match (kind, map) {
        (Some(kind), _) => kind,
        (None, Some(_)) => Kind::Choice,
        (None, None) => match benchmarks::guess_kind(head) {
            Some(kind) => kind,
            None if head.is_empty() => {
                return Err(Failure::usage(format!(
                    "{name}: no usable item (it is empty)"
                )));
            }
            None if extension == "txt" => Kind::Continuation,
            None => {
                let kinds = Kind::ALL.map(Kind::name).join(", ");
                let line = 1 + begins.lines().take_while(|l| l.trim().is_empty()).count();
                return Err(Failure::usage(format!(
                    "{name}:{line}: neither BBQ nor Winogender, the law survey nor RealToxicityPrompts by its first line; say what it is (--items KIND:FILE; kinds: {kinds}), or describe its fields (--map FILE)"
                )));
            }
        },
    };
    match kind {
        Kind::Bbq => bbq::read(reader).map_err(told),
        Kind::Distinguish => bbq::read(reader).map(distinguish::from_bbq).map_err(told),
        Kind::Law => law::read(reader).map_err(told),
        Kind::Continuation => continuation::read(reader).map_err(told),
        Kind::Choice => {
            let Some(map) = map else {
                return Err(Failure::usage(format!(
                    "{name}: --map FILE must say which field holds what (see the README)"
                )));
            };
            let separator = separator(extension, &begins);
            mapped::read(reader, map, separator).map_err(told)
        }
        Kind::Winogender => {
            let beside = path.with_file_name(SHARES);
            // Sentences first: the digest follows what is read.
            let mut text = Vec::new();
            reader.read_to_end(&mut text).map_err(told)?;
            drop(reader);
            let shares = shares(&beside, digest)?;
            winogender::read(text.as_slice(), &shares).map_err(told)
        }
    }
}

/// What separates a file's columns; `None` where its lines are JSON.
fn separator(extension: &str, begins: &str) -> Option<char> {
    let first = begins.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    match extension {
        "csv" => Some(','),
        "tsv" => Some('\t'),
        "json" | "jsonl" => None,
        _ if first.trim_start().starts_with('{') => None,
        _ if first.contains('\t') => Some('\t'),
        _ => Some(','),
    }
}

fn shares(path: &Path, digest: &mut Digest) -> Result<Shares, Failure> {
    let name = path.display();
    let file = File::open(path).map_err(|e| {
        Failure::usage(format!(
            "{name}: {e}; Winogender's percentages of women are looked for beside its sentences"
        ))
    })?;
    let read = Shares::read(BufReader::new(digest.through(file)));
    read.map_err(|e| Failure::usage(format!("{name}: {e}")))?
        .map_err(|(line, what)| Failure::usage(format!("{name}:{line}: {what}")))
}

/// A field map and its text.
///
/// # Errors
/// What is wrong with the file.
pub fn field_map(path: &Path) -> Result<(FieldMap, String), Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::usage(format!("{name}: {e}")))?;
    let map = FieldMap::parse(&text).map_err(|(line, what)| match line {
        Some(line) => Failure::usage(format!("{name}:{line}: {what}")),
        None => Failure::usage(format!("{name}: {what}")),
    })?;
    Ok((map, text))
}

fn tell(name: &str, loaded: &Loaded, set: &mut ItemSet) {
    for (listed, what, each) in [
        (&loaded.skipped, "rows skipped", "skipped"),
        (
            &loaded.ungraded,
            "items have no bias grade",
            "no bias grade",
        ),
    ] {
        let row = |row: &crate::benchmarks::Skipped| {
            format!("{name}:{}: {each}: {}", row.line, row.reason)
        };
        set.rows.extend(listed.rows().iter().map(row));
        warn(name, listed, what, row, &mut set.warnings);
    }
}

fn warn(
    name: &str,
    listed: &Listed,
    what: &str,
    row: impl Fn(&crate::benchmarks::Skipped) -> String,
    warnings: &mut Vec<String>,
) {
    if listed.is_empty() {
        return;
    }
    warnings.extend(listed.rows().iter().take(NAMED_ROWS).map(row));
    if listed.count() > NAMED_ROWS {
        let all = listed.count();
        warnings.push(format!("{name}: {all} {what} in all"));
    }
}
