//! The directions of the modules, read from the source: who may use whom, and which library may
//! appear where. A wrong `use` fails here with its file and line.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

/// Module → the modules it may use (itself apart).
const DIRECTIONS: [(&str, &[&str]); 12] = [
    ("domain", &[]),
    ("benchmarks", &["domain"]),
    ("stats", &["domain"]),
    ("run", &["domain", "benchmarks", "stats"]),
    ("app", &["domain", "benchmarks", "stats", "run"]),
    ("ui", &["domain", "stats", "run", "app"]),
    ("engine", &["domain"]),
    ("session", &["domain"]),
    ("report", &["domain", "stats", "session"]),
    ("config", &["domain", "app", "ui"]),
    ("control", &["domain", "benchmarks", "stats", "config"]),
    (
        "shell",
        &[
            "domain",
            "benchmarks",
            "stats",
            "run",
            "app",
            "ui",
            "engine",
            "session",
            "report",
            "config",
            "control",
        ],
    ),
];

/// Library → where it may be used (path prefixes below `src/`).
const LIBRARIES: [(&str, &[&str]); 15] = [
    ("crossterm", &["shell/"]),
    ("ratatui", &["ui/", "shell/", "app/layout"]),
    ("candle_core", &["engine/local/", "control/train/", "bin/"]),
    ("candle_nn", &["engine/local/", "control/train/", "bin/"]),
    ("candle_transformers", &["engine/local/"]),
    ("tokio", &["engine/", "session/", "shell/"]),
    ("ureq", &["engine/hub/"]),
    ("indicatif", &["shell/", "control/train/"]),
    (
        "serde",
        &[
            "config/",
            "session/",
            "report/",
            "benchmarks/",
            "engine/",
            "control/",
        ],
    ),
    ("clap", &["shell/", "bin/"]),
    ("tiny_skia", &["report/plot/"]),
    ("ttf_parser", &["report/plot/"]),
    ("zip", &["shell/archive"]),
    ("ruzstd", &["shell/archive"]),
    ("tokenizers", &["engine/local/", "control/", "bin/"]),
];

/// Words that would make a pure module impure.
const PURE: [&str; 7] = ["domain", "benchmarks", "stats", "run", "app", "ui", "probe"];
const IMPURE: [&str; 5] = ["async fn", "Instant::now", "SystemTime", "std::fs", "mpsc"];

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

/// A line's code: comments and what comes after `#[cfg(test)]` do not count.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    let lines = text[..tests].lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(no, line)| (no + 1, line))
}

/// Names used right after `path::` in a line.
fn used<'a>(line: &'a str, path: &str) -> Vec<&'a str> {
    let mut names = Vec::new();
    for (at, _) in line.match_indices(path) {
        let before = line[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &line[at + path.len()..];
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        names.push(&rest[..end]);
    }
    names
}

#[test]
fn modules_use_only_what_lies_below_them() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&src, &mut files);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in files {
        let name = file.strip_prefix(&src).unwrap().display().to_string();
        let module = name.split(['/', '.']).next().unwrap().to_owned();
        let allowed = DIRECTIONS
            .iter()
            .find(|(m, _)| *m == module)
            .map(|(_, a)| *a);
        let text = fs::read_to_string(&file).unwrap();
        for (no, line) in code(&text) {
            for used in used(line, "crate::") {
                seen += 1;
                let known = DIRECTIONS.iter().any(|(m, _)| *m == used);
                if let Some(allowed) = allowed
                    && known
                    && used != module
                    && !allowed.contains(&used)
                {
                    wrong.push(format!("src/{name}:{no}: {module} may not use {used}"));
                }
            }
            for (library, places) in LIBRARIES {
                let path = format!("{library}::");
                let here = !used(line, &path).is_empty();
                if here && !places.iter().any(|p| name.starts_with(p)) {
                    wrong.push(format!("src/{name}:{no}: {library} belongs in {places:?}"));
                }
            }
            if PURE.contains(&module.as_str()) {
                for word in IMPURE {
                    if line.contains(word) {
                        wrong.push(format!("src/{name}:{no}: {module} is pure; {word}"));
                    }
                }
            }
        }
    }
    assert!(
        seen > 50,
        "the test has lost sight of the source: {seen} uses"
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
