//! A record's questions: from where the run had them, else as far as its answers tell.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Item, ItemId, Rule};
use crate::session::{AnswerLine, Stored};

use super::super::cli::{ContextArg, ItemArgs, OpenArgs};
use super::super::failure::Failure;
use super::super::items;
use super::{number, text};

/// Questions in a set's order.
pub type Items = Arc<[Arc<Item>]>;

/// The run's questions; `Ok(Err)` says why they are not to be had.
///
/// # Errors
/// Files that were named for this and are not the run's.
pub(super) fn questions(
    args: &OpenArgs,
    stored: &Stored,
) -> Result<Result<Items, String>, Failure> {
    let settings = &stored.manifest.settings;
    let found = settings.get("found_at");
    let listed = found.and_then(|f| f.get("items")).and_then(Value::as_array);
    let paths: Vec<PathBuf> = match (args.items.is_empty(), listed) {
        (false, _) => args.items.clone(),
        (true, Some(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .map(PathBuf::from)
            .collect(),
        (true, None) => match text(stored, "items") {
            Some(names) => names.split(", ").map(PathBuf::from).collect(),
            None => Vec::new(),
        },
    };
    let only = settings.get("only").and_then(Value::as_array);
    let map = found.and_then(|f| f.get("map")).and_then(Value::as_str);
    let context = text(stored, "context").unwrap_or_default();
    let kinds = [ContextArg::Ambiguous, ContextArg::Disambiguated];
    let context = kinds.into_iter().find(|k| k.name() == context);
    let wanted = ItemArgs {
        context: context.unwrap_or(ContextArg::All),
        items: paths,
        map: args.map.clone().or_else(|| map.map(PathBuf::from)),
        only: only
            .map(|all| {
                all.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default(),
    };
    let refuse = |why: String| match args.items.is_empty() {
        true => Ok(Err(format!(
            "{why} (--items FILE names the run's questions)"
        ))),
        false => Err(Failure::usage(format!("--items: {why}"))),
    };
    let set = match items::items(&wanted) {
        Ok(set) => set,
        Err(failure) => return refuse(failure.to_string()),
    };
    match text(stored, "items_sha256") {
        Some(hash) if hash == set.sha256 => {}
        Some(_) => {
            return refuse(format!(
                "{}: these are not the questions of this run, their SHA-256 is another one",
                set.name
            ));
        }
        None => return refuse("the record does not say which questions it asked".to_owned()),
    }
    let seed = number(stored, "seed").unwrap_or(0);
    let count = |name| number(stored, name).and_then(|n| usize::try_from(n).ok());
    let mut all = set.items;
    if let Some(limit) = count("limit") {
        all = items::first(&all, limit).into();
    }
    if let Some(sample) = count("sample") {
        all = items::sample(&all, sample, seed).into();
    }
    // What was imported answers some of its items; which ones, their names tell.
    let imported = text(stored, "imported").is_some();
    match count("item_count") {
        Some(n) if n != all.len() && !imported => refuse(format!(
            "{}: {} questions, and the run had {n}",
            set.name,
            all.len()
        )),
        _ => Ok(Ok(all)),
    }
}

/// The questions as far as the answers tell, and their numbers in the record.
pub(super) fn bare(stored: &Stored) -> Result<(Items, Vec<usize>), Failure> {
    let mut all = std::collections::BTreeMap::new();
    let read = stored.each(|line: AnswerLine| {
        if let (0, Some(item)) = (line.round, line.bare_item()) {
            all.entry(line.item_no).or_insert_with(|| Arc::new(item));
        }
    });
    read.map_err(Failure::usage)?;
    if all.is_empty() {
        all.insert(0, Arc::new(nothing()));
    }
    let numbers = all.keys().copied().collect();
    let items: Vec<Arc<Item>> = all.into_values().collect();
    Ok((items.into(), numbers))
}

/// Stands where a record has no answer yet and its questions are gone.
fn nothing() -> Item {
    Item {
        id: ItemId("none".into()),
        category: "none".into(),
        context: "This record holds no answer yet.".to_owned(),
        question: String::new(),
        options: Vec::new(),
        roles: Vec::new(),
        gold: None,
        rule: Rule::Continuation,
    }
}
