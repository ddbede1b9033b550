//! `recant experiment`: a paper's experiment by its recipe: the same run as `recant run`, then the
//! paper's numbers beside it.

mod about;
mod drawn;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::app::Safe;
use crate::config::{did_you_mean, experiments, prompts};
use crate::domain::Recipe;
use crate::report::{
    Findings, WIDTH, ascii, asked_figure, asked_scale_figure, beside_json, beside_text, figure,
    scale_figure, to_json,
};
use crate::stats::{Resampling, Scorer};
use clap::FromArgMatches;

use super::cli::{Cli, Command, ContextArg, ExperimentRunArgs, Format, ItemArgs, RunArgs};
use super::failure::Failure;
use super::items::ItemSet;
use super::settings::Settings;
use super::setup::all_conditions;
use super::{headless, items, print, report};
use drawn::Drawn;

/// Lists the recipes, or carries one out.
///
/// # Errors
/// An unknown name; as for `recant run`; a run that cannot be read again.
pub fn run(args: &ExperimentRunArgs) -> Result<ExitCode, Failure> {
    let recipes = experiments::embedded().map_err(Failure::work)?;
    let Some(name) = &args.name else {
        return about::list(args.format, &recipes);
    };
    let (mut recipe, text) = chosen(name, &recipes)?;
    let out = args.out.as_deref();
    let words = words(args, &recipe, out.unwrap_or(Path::new("FOLDER")));
    let mut run = run_args(&words, Settings::read()?.command)?;
    run.quiet = true;
    if let Some(text) = text {
        own_asks((name, &text), &recipe, &run)?;
    }
    let theirs = |item: &PathBuf| recipe.items.iter().any(|known| Path::new(known) == item);
    if run.experiment.items.items.iter().all(theirs) {
        recipe.apart.append(&mut recipe.apart_builtin);
    }
    let recipe = &recipe;
    let Some(out) = out else {
        return print(&about::about(recipe));
    };
    match items::items(&run.experiment.items) {
        Ok(set) => suits(recipe, &set)?,
        Err(why) => {
            if let Ok(set) = items::items(&whole(&run.experiment.items)) {
                suits(recipe, &set)?;
            }
            return Err(why);
        }
    }
    eprint!("{}", typed(&words));
    let done = headless::carry_out(&run)?;
    if done.ended.is_some() {
        return Ok(done.code());
    }
    let failed = |folder: &PathBuf| done.failed.iter().any(|f| f.folder == *folder);
    let mut folders = report::runs_in(out);
    folders.retain(|folder| !failed(folder));
    if folders.is_empty() && !done.failed.is_empty() {
        return Ok(done.code());
    }
    match folders.as_slice() {
        several @ [_, _, ..] => compare_models(args.format, recipe, out, several)?,
        [one] => compare(args.format, recipe, one)?,
        [] => compare(args.format, recipe, out)?,
    };
    for line in done.losses().lines() {
        eprintln!("recant: not in this report: {}", Safe::line(line));
    }
    Ok(done.code())
}

/// The recipe of this name, or that in a file of one's own with its text.
fn chosen(name: &str, recipes: &[Recipe]) -> Result<(Recipe, Option<String>), Failure> {
    if let Some(known) = recipes.iter().find(|r| r.name == *name) {
        return Ok((known.clone(), None));
    }
    let path = Path::new(name);
    let is_file = ["yaml", "yml"].iter().any(|e| super::plots::is(path, e));
    if !is_file {
        return Err(unknown(name, recipes));
    }
    let text = std::fs::read_to_string(path).map_err(|e| {
        let also =
            "a name that ends in .yaml is a recipe of one's own, as fixtures/experiments has them";
        Failure::usage(format!("{name}: {e}; {also}"))
    })?;
    let recipe = experiments::parse(name, &text).map_err(|m| Failure::usage(m.to_string()))?;
    Ok((recipe, Some(text)))
}

/// Whether a recipe of one's own asks conditions that there are for its items, and its references are to these.
///
/// # Errors
/// The first name that is none.
fn own_asks((file, text): (&str, &str), recipe: &Recipe, run: &RunArgs) -> Result<(), Failure> {
    let all = all_conditions(run.experiment.prompts.as_deref())?;
    let fitting: Vec<_> = all
        .into_iter()
        .filter(|c| c.fits.contains(&recipe.kind))
        .collect();
    let asked = prompts::choose(&fitting, &recipe.conditions).map_err(|why| {
        let kind = recipe.kind.name();
        Failure::usage(format!("{file}: conditions: {why} (for {kind} items)"))
    })?;
    let asked: Vec<&str> = asked.iter().map(|c| &*c.name).collect();
    let right = experiments::references_asked((file, text), recipe, &asked);
    right.map_err(|m| Failure::usage(m.to_string()))
}

/// What to type instead of a name that no recipe has.
fn unknown(name: &str, recipes: &[Recipe]) -> Failure {
    let names = || recipes.iter().map(|r| r.name.as_str());
    let low = name.to_lowercase();
    let begin: Vec<&str> = names().filter(|n| n.starts_with(&low)).collect();
    let hint = match begin.as_slice() {
        [one] => format!("; did you mean {one}?"),
        [_, ..] if !low.is_empty() => format!("; which one of {}?", begin.join(", ")),
        _ => did_you_mean(name, names()),
    };
    let hint = format!("{hint} (recant experiment lists all)");
    Failure::usage(format!("unknown experiment {name:?}{hint}"))
}

/// Without the recipe's cuts, which leave nothing of another kind's items.
fn whole(args: &ItemArgs) -> ItemArgs {
    ItemArgs {
        only: Vec::new(),
        context: ContextArg::All,
        ..args.clone()
    }
}

/// Whether every item is of the recipe's kind.
///
/// # Errors
/// The first that is not.
fn suits(recipe: &Recipe, set: &ItemSet) -> Result<(), Failure> {
    let Some(other) = set.items.iter().find(|i| i.rule.kind() != recipe.kind) else {
        return Ok(());
    };
    let (wanted, kind) = (recipe.kind.name(), other.rule.name());
    let paper = match recipe.paper_items.is_empty() {
        true => String::new(),
        false => format!(": {}", recipe.paper_items),
    };
    Err(Failure::usage(format!(
        "{} is made for {wanted} items, and {} of {} is a {kind} item; leave --items out for the recipe's own, or give {wanted} files{}",
        recipe.name, other.id, set.name, paper
    )))
}

/// The same as typed by hand: what the recipe says, what replaces it, what is added.
fn words(args: &ExperimentRunArgs, recipe: &Recipe, out: &Path) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["recant".into(), "run".into()];
    let given = |name: &str| args.more.iter().any(|word| word == name);
    let mut put = |name: &str, value: OsString| {
        // What stands behind -- replaces what the recipe says.
        if !given(name) {
            words.push(name.into());
            words.push(value);
        }
    };
    put("--out", out.into());
    let items: Vec<OsString> = match args.items.is_empty() {
        true => recipe.items.iter().map(OsString::from).collect(),
        false => args.items.iter().map(|p| p.clone().into()).collect(),
    };
    for item in items {
        put("--items", item);
    }
    if let Some(context) = recipe.context {
        put("--context", ContextArg::of(context).name().into());
    }
    if !recipe.only.is_empty() {
        put("--only", recipe.only.join(",").into());
    }
    put("--conditions", recipe.conditions.join(",").into());
    put("--rounds", recipe.rounds.to_string().into());
    let answers = if recipe.by_options {
        "options"
    } else {
        "generate"
    };
    put("--answers", answers.into());
    put("--temperature", recipe.temperature.to_string().into());
    if recipe.samples > 1 {
        put("--samples", recipe.samples.to_string().into());
    }
    for model in &args.model {
        put("--model", model.clone().into());
    }
    if let Some(critic) = &args.critic {
        put("--critic", critic.clone().into());
    }
    for (name, count) in [("--limit", args.limit), ("--sample", args.sample)] {
        if let Some(count) = count {
            put(name, count.to_string().into());
        }
    }
    if recipe.belief {
        words.push("--belief".into());
    }
    words.extend(args.more.iter().cloned());
    words
}

fn run_args(words: &[OsString], command: clap::Command) -> Result<RunArgs, Failure> {
    let matches = command.try_get_matches_from(words);
    let cli = matches
        .and_then(|m| Cli::from_arg_matches(&m))
        .map_err(|e| {
            let said = e.to_string();
            let said = said.trim_start_matches("error: ").trim_end();
            Failure::usage(format!("what stands behind -- goes to recant run: {said}"))
        })?;
    match cli.command {
        Some(Command::Run(run)) => Ok(*run),
        _ => Err(Failure::usage(
            "what stands behind -- goes to recant run; give its options",
        )),
    }
}

/// The command as a shell takes it, over several lines where it is longer than one: an option and its
/// value stay together.
fn typed(words: &[OsString]) -> String {
    let mut groups: Vec<String> = Vec::new();
    for word in words.iter().map(|w| quoted(&w.to_string_lossy())) {
        match groups.last_mut() {
            Some(last) if !word.starts_with("--") => *last += &format!(" {word}"),
            _ => groups.push(word),
        }
    }
    let (mut out, mut wide) = (String::new(), 0);
    for group in groups {
        let group = Safe::line(&group).to_string();
        let length = group.chars().count();
        // Room for what goes on to the next line.
        if wide > 0 && wide + 1 + length > WIDTH - 2 {
            out.push_str(" \\\n   ");
            wide = 3;
        }
        if wide > 0 {
            out.push(' ');
            wide += 1;
        }
        out.push_str(&group);
        wide += length;
    }
    out + "\n"
}

/// A word as a shell needs it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:,=+".contains(c);
    match word.chars().all(plain) && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

fn compare(format: Format, recipe: &Recipe, folder: &Path) -> Result<ExitCode, Failure> {
    let tally = report::tally(folder)?;
    let findings = Findings::of(&tally, None, Resampling::default());
    let all = to_json(&tally, &findings, Scorer::Paper);
    let asked = asked_figure(recipe, &all, &tally);
    let drawn = Drawn::draw(folder, asked, &figure(&tally))?;
    if format == Format::Json {
        return print(&ascii(&drawn.json(beside_json(recipe, &all))));
    }
    print(&format!(
        "\n{}{}\n{}\n{}",
        report::head(&tally),
        tally.setting("model_warning"),
        beside_text(recipe, &all),
        drawn.said(folder, &about::figure(&recipe.plot), "the run as a whole"),
    ))
}

/// Several models: each one's numbers beside the paper's, and all in one report and one drawing.
fn compare_models(
    format: Format,
    recipe: &Recipe,
    out: &Path,
    folders: &[PathBuf],
) -> Result<ExitCode, Failure> {
    let scale = report::scale(folders, Resampling::default().seed, None, false)?;
    for ran in scale.runs() {
        let own = to_json(&ran.tally, &ran.findings, Scorer::Paper);
        let asked = asked_figure(recipe, &own, &ran.tally);
        Drawn::draw(&out.join(&ran.folder), asked, &figure(&ran.tally))?;
    }
    let all = scale.to_json(Scorer::Paper);
    let asked = asked_scale_figure(recipe, &all, &scale);
    let drawn = Drawn::draw(out, asked, &scale_figure(&scale))?;
    if format == Format::Json {
        return print(&ascii(&drawn.json(beside_json(recipe, &all))));
    }
    let mut text = String::from("\n");
    let mut warnings: Vec<String> = Vec::new();
    for ran in scale.runs() {
        text.push_str(&report::head(&ran.tally));
        let warning = ran.tally.setting("model_warning");
        if !warning.is_empty() && !warnings.contains(&warning) {
            text.push_str(&format!("{warning}\n"));
            warnings.push(warning);
        }
    }
    let metrics = recipe.plot.metrics.join(" and ");
    print(&format!(
        "{text}{}\n{}",
        beside_text(recipe, &all),
        drawn.said(
            out,
            &format!("{metrics} by model, a line a condition"),
            "every metric by model"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn a_wrong_name_is_answered_by_the_right_ones() {
        let recipes = experiments::embedded().unwrap();
        let said = |name: &str| unknown(name, &recipes).to_string();
        assert!(said("P2-BBQ").contains("did you mean p2-bbq?"));
        assert!(said("p2-winogendr").contains("did you mean p2-winogender?"));
        assert!(said("p2").contains("; which one of p2-bbq, p2-winogender, p2-law?"));
        assert!(said("").contains("known: p1-specificity, "));
    }

    #[test]
    fn every_recipe_is_a_run_that_could_be_typed() {
        for recipe in experiments::embedded().unwrap() {
            let args = ExperimentRunArgs {
                name: Some(recipe.name.clone()),
                out: None,
                items: Vec::new(),
                model: vec!["a".into(), "b c".into()],
                critic: Some("d".into()),
                limit: Some(3),
                sample: None,
                format: Format::Table,
                more: vec!["--seed".into(), "5".into()],
            };
            let run = run_args(&words(&args, &recipe, Path::new("out")), Cli::command()).unwrap();
            assert_eq!(run.experiment.conditions, recipe.conditions);
            assert_eq!(run.experiment.rounds, recipe.rounds);
            assert_eq!(run.experiment.temperature, recipe.temperature);
            assert_eq!((run.limit, run.experiment.seed), (Some(3), 5));
            assert_eq!(run.belief, recipe.belief);
            assert_eq!(run.model.len(), 2);
        }
        let long: Vec<OsString> = ["recant", "run", "--out", "a b", "--conditions"]
            .map(OsString::from)
            .into_iter()
            .chain([OsString::from("s0,s1,".repeat(12)), "--belief".into()])
            .collect();
        let lines = format!(
            "recant run --out 'a b' \\\n    --conditions {} \\\n    --belief\n",
            "s0,s1,".repeat(12)
        );
        assert_eq!(typed(&long), lines);
        assert_eq!(quoted("b c"), "'b c'");
        assert_eq!(quoted("a/b-1.gguf"), "a/b-1.gguf");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
