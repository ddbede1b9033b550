//! `recant prompts`: which conditions there are, where their words come from, and what is wrong
//! with their files.

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::app::Safe;
use crate::config::prompts;
use crate::domain::{Condition, Quoted};
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

fn table(all: &[Arc<Condition>], files: usize) -> String {
    let width = |of: &dyn Fn(&Condition) -> usize| all.iter().map(|c| of(c)).max().unwrap_or(0);
    let name = width(&|c| c.name.chars().count()).max(9);
    let fits = width(&|c| kinds(c).join(",").len()).max(4);
    let mut out = format!(
        "{:<name$}  {:<fits$}  {:<14}  title\n",
        "condition", "fits", "words"
    );
    for c in all {
        let title = match c.asks_critic() {
            true => format!("{} [critic]", c.title),
            false => c.title.clone(),
        };
        out.push_str(&format!(
            "{:<name$}  {:<fits$}  {:<14}  {}\n",
            Safe::line(&c.name).to_string(),
            kinds(c).join(","),
            quoted_name(c.source.quoted),
            Safe::line(&title),
        ));
    }
    let mut groups: Vec<&str> = Vec::new();
    for group in all.iter().flat_map(|c| &c.groups) {
        if !groups.contains(&group.as_str()) {
            groups.push(group);
        }
    }
    out.push_str("\ngroups, which --conditions takes as well\n");
    for group in groups {
        let members: Vec<String> = prompts::group(all, group)
            .map(|c| Safe::line(&c.name).to_string())
            .collect();
        out.push_str(&format!(
            "{:<name$}  {}\n",
            Safe::line(group).to_string(),
            members.join(" ")
        ));
    }
    out.push_str(&format!(
        "\n{} conditions in {files} files, no mistakes; recant prompts show NAME prints a prompt and its source\n",
        all.len()
    ));
    out
}
