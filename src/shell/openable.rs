//! Which models an explorer can load: those of the cache, and what lies where a path is being typed.
//!
//! Reads headers and folders only; what cannot be used is not offered, `recant models` says why.

use std::path::Path;

use crate::app::opening::Openable;
use crate::engine::hub::Cache;
use crate::engine::inventory::{self, Entry};
use crate::engine::{count_text, size_text};

use super::find::hub_settings;
use super::memory::Memory;
use super::models::fits;

/// Most entries of a folder that are offered.
const MOST: usize = 200;

/// All of the cache. Takes as long as reading their headers.
pub fn cached() -> Vec<Openable> {
    let cache = Cache::new(hub_settings(true).cache);
    let memory = Memory::now();
    let all = inventory::in_cache(&cache);
    all.iter().filter_map(|entry| of(entry, memory)).collect()
}

fn of(entry: &Entry, memory: Option<Memory>) -> Option<Openable> {
    let facts = entry.facts.as_ref().ok()?;
    let fits = match fits(facts, memory) {
        "no" => ", does not fit into memory",
        "swapping" => ", fits only if other programs make room",
        _ => "",
    };
    Some(Openable {
        name: entry.name.clone(),
        about: format!(
            "{} {} {}, {}{fits}",
            facts.family,
            count_text(facts.parameters),
            facts.format,
            size_text(entry.disk_bytes)
        ),
        is_folder: false,
    })
}

/// What lies where a path leads that is typed so far: models, and folders to look into.
pub fn below(typed: &str) -> Vec<Openable> {
    let (folder, begun) = match typed.rfind('/') {
        Some(at) => typed.split_at(at + 1),
        None => ("", typed),
    };
    let place = match (folder, folder.strip_prefix("~/")) {
        ("", _) if begun == "~" => return vec![look_into("~")],
        ("", _) => ".".into(),
        (_, Some(rest)) => match etcetera::home_dir() {
            Ok(home) => home.join(rest),
            Err(_) => return Vec::new(),
        },
        (_, None) => Path::new(folder).to_owned(),
    };
    let entries = std::fs::read_dir(&place).into_iter().flatten();
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let is_meant = |name: &String| {
        name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'))
    };
    let mut names: Vec<String> = names.filter(is_meant).collect();
    names.sort();
    let one = |name: &String| {
        let path = place.join(name);
        let shown = format!("{folder}{name}");
        match path.is_dir() {
            true if inventory::is_model(&path) => Some(Openable {
                name: shown,
                about: "a model".to_owned(),
                is_folder: false,
            }),
            true => Some(look_into(&shown)),
            false if inventory::is_gguf(&path) => Some(Openable {
                name: shown,
                about: std::fs::metadata(&path)
                    .map_or_else(|_| String::new(), |m| size_text(m.len())),
                is_folder: false,
            }),
            false => None,
        }
    };
    names.iter().filter_map(one).take(MOST).collect()
}

fn look_into(name: &str) -> Openable {
    Openable {
        name: name.to_owned(),
        about: "a folder".to_owned(),
        is_folder: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_completed_by_models_and_folders_and_by_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["models", "more", "other", ".hidden"] {
            std::fs::create_dir(at(name)).unwrap();
        }
        std::fs::write(at("more/model.safetensors"), "").unwrap();
        std::fs::write(at("mo.gguf"), "12345").unwrap();
        std::fs::write(at("mo.txt"), "").unwrap();
        let all = |typed: String| -> Vec<(String, bool)> {
            let root = format!("{}/", folder.path().display());
            let name = |o: Openable| (o.name.replacen(&root, "", 1), o.is_folder);
            below(&typed).into_iter().map(name).collect()
        };
        let root = folder.path().display();
        let expected = [("mo.gguf", false), ("models", true), ("more", false)];
        let expected = expected.map(|(name, is_folder)| (name.to_owned(), is_folder));
        assert_eq!(all(format!("{root}/mo")), expected);
        assert_eq!(all(format!("{root}/")).len(), 4, "nothing hidden");
        assert_eq!(all(format!("{root}/.h")).len(), 1);
        assert!(all(format!("{root}/no/such/")).is_empty());
    }
}
