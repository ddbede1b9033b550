//! Which items: files and built-in sets as named on the command line, read and cut to what is asked
//! for.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::benchmarks::mapped::FieldMap;
use crate::benchmarks::winogender::Shares;
use crate::benchmarks::{
    self, Kind, Listed, Loaded, bbq, builtin, continuation, distinguish, law, mapped, winogender,
};
use crate::config::did_you_mean;
use crate::domain::Item;
use crate::session::Digest;

use super::cli::ItemArgs;
use super::failure::Failure;

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
    for path in &args.items {
        let name = path.display().to_string();
        let loaded = match builtin_kind(&name)? {
            Some(kind) => {
                builtin::bytes(kind).iter().for_each(|b| digest.add(b));
                builtin::read(kind).map_err(|e| Failure::work(format!("{name}: {e}")))?
            }
            None => file(path, map.as_ref(), &mut digest)?,
        };
        tell(&name, &loaded, &mut set);
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
        items.extend(loaded.items);
        names.push(name);
    }
    set.name = names.join(", ");
    set.sha256 = digest.finish();
    set.items = only(items, &args.only)?.into();
    Ok(set)
}

/// `builtin` or `builtin:KIND`.
fn builtin_kind(name: &str) -> Result<Option<Kind>, Failure> {
    if name == "builtin" {
        return Ok(Some(Kind::Bbq));
    }
    let Some(kind) = name.strip_prefix("builtin:") else {
        return Ok(None);
    };
    let known = Kind::ALL.map(Kind::name);
    Kind::of(kind).map(Some).ok_or_else(|| {
        let hint = did_you_mean(kind, known);
        Failure::usage(format!("--items {name}: no such built-in set{hint}"))
    })
}

/// `KIND:PATH`, or only a path.
fn kind_and_path(path: &Path) -> (Option<Kind>, PathBuf) {
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

fn field_map(path: &Path) -> Result<(FieldMap, String), Failure> {
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

/// The items of these categories; all of them where none are named.
fn only(items: Vec<Arc<Item>>, categories: &[String]) -> Result<Vec<Arc<Item>>, Failure> {
    if categories.is_empty() {
        return Ok(items);
    }
    let there: HashSet<&str> = items.iter().map(|i| &*i.category).collect();
    if let Some(unknown) = categories.iter().find(|c| !there.contains(c.as_str())) {
        let mut known: Vec<&str> = there.into_iter().collect();
        known.sort_unstable();
        let hint = did_you_mean(unknown, known);
        return Err(Failure::usage(format!(
            "--only {unknown}: no item of this category{hint}"
        )));
    }
    let mut items = items;
    items.retain(|i| categories.iter().any(|c| **c == *i.category));
    Ok(items)
}

/// The first `count` units of a set: items, or students where each has two.
pub fn first(items: &[Arc<Item>], count: usize) -> Vec<Arc<Item>> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for item in items {
        if !seen.contains(item.unit()) {
            if seen.len() == count {
                break;
            }
            seen.insert(item.unit());
        }
        kept.push(item.clone());
    }
    kept
}

/// `count` units drawn at random by `seed`, each with the same chance, in the set's order.
pub fn sample(items: &[Arc<Item>], count: usize, seed: u64) -> Vec<Arc<Item>> {
    let mut seen = HashSet::new();
    let mut units: Vec<&str> = items
        .iter()
        .map(|i| i.unit())
        .filter(|unit| seen.insert(*unit))
        .collect();
    let mut state = seed ^ 0x5a3c_91e2;
    let mut next = || {
        // SplitMix64: the same on every platform and in every version.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let count = count.min(units.len());
    for at in 0..count {
        let left = (units.len() - at) as u128;
        let draw = usize::try_from((u128::from(next()) * left) >> 64).unwrap_or(0);
        units.swap(at, at + draw);
    }
    let chosen: HashSet<&str> = units.into_iter().take(count).collect();
    let kept = items.iter().filter(|i| chosen.contains(i.unit()));
    kept.cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_drawn_whole_evenly_and_in_order() {
        let all = builtin::read(Kind::Law).unwrap().items;
        let students = |items: &[Arc<Item>]| -> Vec<String> {
            items.iter().map(|i| i.unit().to_owned()).collect()
        };
        assert_eq!(first(&all, 3).len(), 6);
        assert_eq!(first(&all, 1000).len(), all.len());
        let mut counts = std::collections::HashMap::new();
        for seed in 0..400 {
            let drawn = sample(&all, 5, seed);
            assert_eq!(drawn.len(), 10, "five students, each twice");
            let order = students(&drawn);
            let expected: Vec<String> = students(&all)
                .into_iter()
                .filter(|s| order.contains(s))
                .collect();
            assert_eq!(order, expected);
            for student in order.iter().step_by(2) {
                *counts.entry(student.clone()).or_insert(0) += 1;
            }
        }
        assert_eq!(sample(&all, 5, 7), sample(&all, 5, 7));
        assert_ne!(sample(&all, 5, 7), sample(&all, 5, 8));
        // 400 draws of 5 of 24: 83 each, standard deviation 8.
        assert_eq!(counts.len(), 24);
        assert!(
            counts.values().all(|n| (50..=120).contains(n)),
            "{counts:?}"
        );
    }
}
