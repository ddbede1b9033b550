//! `recant prompts`: which conditions there are, where their words come from, and what is wrong
//! with their files.

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::Safe;
use crate::config::{near, prompts};
use crate::domain::{Condition, Kind, Quoted};
use crate::report;

use super::cli::{Format, PromptsArgs, PromptsCommand};
use super::failure::Failure;
use super::{print, setup, show};

/// Lists and checks the conditions, or shows a prompt.
///
/// # Errors
/// Every prompt file's mistake.
pub fn run(args: &PromptsArgs) -> Result<ExitCode, Failure> {
    if let Some(PromptsCommand::Show(show)) = &args.command {
        return show::run(show);
    }
    let all = setup::all_conditions(args.prompts.as_deref())?;
    if let Some(name) = &args.name {
        let name = Safe::line(name).to_string();
        let known = all.iter().any(|c| *c.name == *name);
        return Err(Failure::usage(match known {
            true => format!("recant prompts show {name} prints that prompt"),
            false => {
                let names = all.iter().map(|c| &*c.name).chain(["show"]);
                let hint = near(&name, names);
                format!(
                    "recant prompts {name}: no such command{hint}; recant prompts lists the conditions, recant prompts show NAME prints one"
                )
            }
        }));
    }
    let files = setup::condition_files(args.prompts.as_deref())?.len();
    match args.format {
        Format::Table => print(&table(&all, files)),
        Format::Json => print(&report::ascii(&listed(&all))),
    }
}

/// How faithful the words are, for people and machines.
pub fn quoted_name(quoted: Quoted) -> &'static str {
    match quoted {
        Quoted::Verbatim => "verbatim",
        Quoted::Reconstruction => "reconstruction",
        Quoted::Ours => "ours",
    }
}

fn kinds(condition: &Condition) -> Vec<&'static str> {
    condition.fits.iter().map(|k| k.name()).collect()
}

fn listed(all: &[Arc<Condition>]) -> Value {
    let one = |c: &Arc<Condition>| {
        let clauses = c.clauses().map(|at| {
            let levels: Vec<&str> = at.clause.levels.iter().map(|l| l.name.as_str()).collect();
            json!({
                "name": at.clause.name,
                "title": at.clause.title,
                "level": at.level_name(),
                "levels": levels,
            })
        });
        json!({
            "name": &*c.name,
            "title": c.title,
            "source": {"quoted": quoted_name(c.source.quoted), "place": c.source.place},
            "fits": kinds(c),
            "groups": c.groups,
            "critic": c.asks_critic(),
            "clauses": clauses.collect::<Vec<_>>(),
            "prompt_sha256": setup::prompt_digest(c),
        })
    };
    json!({"recant": env!("CARGO_PKG_VERSION"), "conditions": all.iter().map(one).collect::<Vec<_>>()})
}

/// A name, what it is, and words that go on below themselves.
fn row(out: &mut String, width: usize, name: &str, what: &str, words: &str) {
    let before = width + 20;
    let lines = report::wrap(words, report::WIDTH.saturating_sub(before).max(20));
    for (no, line) in lines.iter().enumerate() {
        match no {
            0 => out.push_str(&format!("  {name:<width$}  {what:<14}  {line}\n")),
            _ => out.push_str(&format!("{:before$}{line}\n", "")),
        }
    }
}

/// One block per kind of items: its conditions, then its groups.
fn table(all: &[Arc<Condition>], files: usize) -> String {
    let mut blocks: Vec<Vec<&'static str>> = Vec::new();
    for condition in all {
        if !blocks.contains(&kinds(condition)) {
            blocks.push(kinds(condition));
        }
    }
    let width = all.iter().map(|c| c.name.chars().count()).max();
    let width = width.unwrap_or(0).max(14);
    let mut out = String::new();
    for block in blocks {
        let here: Vec<Arc<Condition>> = all.iter().filter(|c| kinds(c) == block).cloned().collect();
        let heading = match block.len() == Kind::ALL.len() {
            true => "items of any kind".to_owned(),
            false => format!("{} items", block.join(" and ")),
        };
        out.push_str(&format!("{heading}\n"));
        for c in &here {
            let title = match c.asks_critic() {
                true => format!("{} [critic]", c.title),
                false => c.title.clone(),
            };
            row(
                &mut out,
                width,
                Safe::line(&c.name).as_str(),
                quoted_name(c.source.quoted),
                Safe::line(&title).as_str(),
            );
        }
        let mut groups: Vec<&str> = Vec::new();
        for group in here.iter().flat_map(|c| &c.groups) {
            if !groups.contains(&group.as_str()) {
                groups.push(group);
            }
        }
        for group in groups {
            let members: Vec<String> = prompts::group(&here, group)
                .map(|c| Safe::line(&c.name).to_string())
                .collect();
            let name = Safe::line(group);
            row(
                &mut out,
                width,
                name.as_str(),
                "group of",
                &members.join(" "),
            );
        }
        out.push('\n');
    }
    let files = match files {
        1 => "1 file".to_owned(),
        n => format!("{n} files"),
    };
    out.push_str(&format!(
        "{} conditions in {files}, no mistakes; recant prompts show NAME prints a prompt and its source\n",
        all.len()
    ));
    out
}
