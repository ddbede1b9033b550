//! `prompts/*.yaml` → conditions. `prompts/README.md` describes the format.

mod clauses;
mod file;
mod pieces;
mod reader;
#[cfg(test)]
mod tests;
mod writer;

use std::sync::Arc;

use crate::app::editor::{self, Scribe};
use crate::domain::{Condition, Kind};

use self::reader::Reader;
pub use self::writer::{written, written_whole};
use super::yaml::{Mistake, Source, near};

/// The prompt files compiled into the program: (file name, text), in column order.
pub const EMBEDDED: [(&str, &str); 6] = [
    (
        "prompts/choice.yaml",
        include_str!("../../../prompts/choice.yaml"),
    ),
    (
        "prompts/winogender.yaml",
        include_str!("../../../prompts/winogender.yaml"),
    ),
    (
        "prompts/law.yaml",
        include_str!("../../../prompts/law.yaml"),
    ),
    (
        "prompts/continuation.yaml",
        include_str!("../../../prompts/continuation.yaml"),
    ),
    (
        "prompts/distinguish.yaml",
        include_str!("../../../prompts/distinguish.yaml"),
    ),
    (
        "prompts/distinguish-after.yaml",
        include_str!("../../../prompts/distinguish-after.yaml"),
    ),
];

/// The group of the conditions that are asked where nobody names others.
pub const DEFAULT_GROUP: &str = "default";

/// Reads a file's conditions.
///
/// # Errors
/// The first mistake, with its line.
pub fn parse(file: &str, text: &str) -> Result<Vec<Condition>, Mistake> {
    parse_whole(file, text).map_err(|mut mistakes| mistakes.remove(0))
}

/// Reads a file's conditions.
///
/// # Errors
/// Every mistake (at least one), with its line, as far as one does not hide another.
fn parse_whole(file: &str, text: &str) -> Result<Vec<Condition>, Vec<Mistake>> {
    let source = Source { file, text };
    if let Some(other) = unrelated(&source) {
        return Err(vec![other]);
    }
    let (raw, mut mistakes) = pieces::file(source);
    let Some(raw) = raw else {
        return Err(mistakes);
    };
    let family = match (Reader { source }).family(raw) {
        Ok(family) if mistakes.is_empty() => Arc::new(family),
        read => {
            mistakes.extend(read.err().into_iter().flatten());
            mistakes.sort_by_key(|m| m.line);
            return Err(mistakes);
        }
    };
    let mut all = Vec::new();
    for no in 0..family.variants.len() {
        let condition = family.condition(no).map_err(|fault| {
            let variant = &family.variants[no];
            let (key, _) = fault.split_once(':').unwrap_or(("", ""));
            match family.clauses.is_empty() {
                true => source.mistake_at(&format!("{key}:"), &fault),
                false => {
                    let line = source.line_with(&format!("name: {}", variant.name), 1);
                    source.mistake(line, format!("{}: {fault}", variant.name))
                }
            }
        });
        match condition {
            Ok(condition) => all.push(condition),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    match mistakes.is_empty() {
        true => Ok(all),
        false => Err(mistakes),
    }
}

/// What to say of YAML that was not meant to be a prompt: it has a mapping's keys, and none that says
/// what to ask.
fn unrelated(source: &Source<'_>) -> Option<Mistake> {
    let keys = source.text.lines().filter_map(|line| {
        let (key, _) = line.split_once(':')?;
        let plain = |c: char| c.is_alphanumeric() || "_-".contains(c);
        (!key.is_empty() && key.chars().all(plain)).then_some(key)
    });
    let keys: Vec<&str> = keys.collect();
    let telling = [
        "first",
        "family",
        "source",
        "answer",
        "conditions",
        "review",
    ];
    (!keys.is_empty() && !keys.iter().any(|key| telling.contains(key))).then(|| {
        source.mistake(
            None,
            "this is not a prompt file: it has none of first, source, family, conditions; prompts/README.md describes them. Keep other YAML out of the folder",
        )
    })
}

/// How the explorer's editor reads and writes prompts: as files that hold one condition.
pub const SCRIBE: Scribe = Scribe {
    write: written,
    write_whole: written_whole,
    read: read_one,
};

fn read_one(text: &str) -> Result<Condition, editor::Mistake> {
    let wrong = |line, what| editor::Mistake { line, what };
    let mut all = parse("prompt", text).map_err(|m| wrong(m.line, m.what))?;
    match (all.pop(), all.is_empty()) {
        (Some(one), true) => Ok(one),
        _ => Err(wrong(
            None,
            "a column asks one condition: name and source instead of family and conditions".into(),
        )),
    }
}

/// The conditions of a set of files, in their order. A later file replaces what earlier ones have
/// under the same name for the same kinds of items; for other kinds the name keeps its meaning.
/// What is wrong is said for every file.
///
/// # Errors
/// The mistakes of every file.
pub fn parse_files<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Arc<Condition>>, Vec<Mistake>> {
    let mut all: Vec<Arc<Condition>> = Vec::new();
    let mut mistakes = Vec::new();
    for (file, text) in files {
        match parse_whole(file, text) {
            Err(found) => mistakes.extend(found),
            Ok(conditions) => {
                for condition in conditions.into_iter().map(Arc::new) {
                    add(&mut all, condition);
                }
            }
        }
    }
    match mistakes.is_empty() {
        true => Ok(all),
        false => Err(mistakes),
    }
}

/// Puts a condition where the first of those stands that it replaces.
fn add(all: &mut Vec<Arc<Condition>>, condition: Arc<Condition>) {
    let mut place = None;
    let mut no = 0;
    all.retain_mut(|old| {
        let shared =
            old.name == condition.name && old.fits.iter().any(|k| condition.fits.contains(k));
        no += 1;
        if !shared {
            return true;
        }
        place.get_or_insert(no - 1);
        let left = old.fits.iter().filter(|k| !condition.fits.contains(k));
        let left: Vec<Kind> = left.copied().collect();
        if left.is_empty() {
            return false;
        }
        Arc::make_mut(old).fits = left;
        true
    });
    let end = all.len();
    all.insert(place.unwrap_or(end).min(end), condition);
}

/// The conditions in the program.
///
/// # Errors
/// Never: a test reads them.
pub fn embedded() -> Result<Vec<Arc<Condition>>, Mistake> {
    let mut all = Vec::new();
    for (file, text) in EMBEDDED {
        all.extend(parse(file, text)?.into_iter().map(Arc::new));
    }
    Ok(all)
}

/// The conditions of a group, in order.
pub fn group<'a>(
    all: &'a [Arc<Condition>],
    name: &'a str,
) -> impl Iterator<Item = &'a Arc<Condition>> {
    let within = move |c: &&Arc<Condition>| c.groups.iter().any(|g| g == name);
    all.iter().filter(within)
}

/// The conditions that these names mean, in order; a group's name means all of its members.
///
/// # Errors
/// An unknown name, with the nearest known one; a name given twice.
pub fn choose(all: &[Arc<Condition>], names: &[String]) -> Result<Vec<Arc<Condition>>, String> {
    let mut chosen: Vec<Arc<Condition>> = Vec::new();
    for name in names {
        if let Some(found) = all.iter().find(|c| *c.name == **name) {
            if chosen.iter().any(|c| c.name == found.name) {
                return Err(format!("condition {name} is named twice"));
            }
            chosen.push(found.clone());
            continue;
        }
        let members: Vec<_> = group(all, name).collect();
        if members.is_empty() {
            let mut known: Vec<&str> = all.iter().map(|c| &*c.name).collect();
            known.extend(all.iter().flat_map(|c| c.groups.iter().map(String::as_str)));
            let hint = near(name, known);
            let hint = match hint.is_empty() {
                true => "; recant prompts lists them".to_owned(),
                false => hint,
            };
            return Err(format!("unknown condition {name:?}{hint}"));
        }
        for member in members {
            if !chosen.iter().any(|c| c.name == member.name) {
                chosen.push(member.clone());
            }
        }
    }
    Ok(chosen)
}
