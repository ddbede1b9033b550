//! `recant report`, and how scores are shown in every format.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::report::{
    Figure, Findings, Judging, Listed, ReportError, Scale, Tally, ascii, disagreements, figure,
    listed_sheet, scale_figure, sheets, to_csv, to_json, to_latex, to_markdown, to_text, unparsed,
};
use crate::session::{Hand, Stored};
use crate::stats::{Resampling, Scorer};

use super::cli::{Listing, ReportArgs, ReportFormat, ScorerName, ShownArgs};
use super::failure::Failure;
use super::meaning::Meanings;
use super::plots;

/// Prints the scores of a run, or of the runs in a folder side by side.
///
/// # Errors
/// No run there, or one that cannot be read.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let folders = runs_in(&args.folder);
    let mut meanings = Meanings::open(args.meanings.as_deref(), args.same_from)?;
    let draw = |figure: Figure| {
        let mut plots = args.plot.iter();
        plots.try_for_each(|path| plots::draw(path, &figure).map_err(|e| e.of("--plot")))
    };
    if !folders.is_empty() {
        let scale = scale(&folders, args.shown.seed, meanings.as_mut(), args.no_labels)?;
        if !args.plot.is_empty() {
            draw(scale_figure(&scale))?;
        }
        return super::print(&show_scale(&scale, &args.shown));
    }
    let tally = tally_with(&args.folder, meanings.as_mut(), args.no_labels)?;
    if tally.answers == 0 {
        return Err(Failure::work(format!(
            "{}: no answer is finished yet; the command that began this run goes on with it",
            args.folder.display()
        )));
    }
    let warning = tally.setting("model_warning");
    let head = format!("{}{warning}", head(&tally));
    let shown = Shown {
        tally: &tally,
        head: format!("{}\n", head.trim_end()),
        more: Vec::new(),
    };
    if !args.plot.is_empty() {
        draw(figure(&tally))?;
    }
    super::print(&show(&shown, &args.shown))
}

/// Which model, which items, how far.
pub fn head(tally: &Tally) -> String {
    format!(
        "{} on {}: {} of {} answers\n{}",
        tally.setting("model"),
        tally.setting("items"),
        tally.answers,
        tally.planned(),
        tally.labels_line(),
    )
}

/// A run's answers, counted.
///
/// # Errors
/// No run there (2); a line that means nothing to this version (1).
pub fn tally(folder: &Path) -> Result<Tally, Failure> {
    tally_with(folder, None, false)
}

/// The same; which texts mean the same, a model may judge; with or without the labels people gave.
///
/// # Errors
/// As for [`tally`]; the model could not (1).
fn tally_with(
    folder: &Path,
    meanings: Option<&mut Meanings>,
    no_labels: bool,
) -> Result<Tally, Failure> {
    let stored = Stored::at(folder).map_err(Failure::usage)?;
    let hand = match no_labels {
        true => Hand::default(),
        false => Hand::read(folder).map_err(Failure::usage)?,
    };
    let judge = meanings.map(|m| m as &mut dyn Judging);
    Tally::read_with(&stored, &hand, judge).map_err(|error| match error {
        ReportError::Session(error) => Failure::usage(error),
        ReportError::Line { .. } | ReportError::Judge(_) => Failure::work(error),
    })
}

/// The runs' folders in a folder that is no run itself; none where there are none.
pub fn runs_in(folder: &Path) -> Vec<PathBuf> {
    if folder.join("run.json").exists() {
        return Vec::new();
    }
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.join("run.json").exists())
        .collect();
    found.sort();
    found
}

/// Runs side by side. One that has no answer yet is left out, and that is said.
///
/// # Errors
/// As for [`tally`]; no answer in any.
pub fn scale(
    folders: &[PathBuf],
    seed: u64,
    mut meanings: Option<&mut Meanings>,
    no_labels: bool,
) -> Result<Scale, Failure> {
    let resampling = Resampling {
        seed,
        ..Resampling::default()
    };
    let mut runs = Vec::new();
    for folder in folders {
        let tally = tally_with(folder, meanings.as_deref_mut(), no_labels)?;
        if tally.answers == 0 {
            eprintln!(
                "recant: {}",
                Failure::work(format!(
                    "{}: no answer is finished yet; left out",
                    folder.display()
                ))
            );
            continue;
        }
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        let findings = Findings::of(&tally, None, resampling);
        runs.push((name.to_string_lossy().into_owned(), tally, findings));
    }
    if runs.is_empty() {
        return Err(Failure::work(
            "no answer is finished yet in any of these runs; the command that began them goes on with them",
        ));
    }
    Ok(Scale::new(runs))
}

/// Several models' scores in the format asked for.
fn show_scale(scale: &Scale, args: &ShownArgs) -> String {
    let scorer = scorer(args.scorer);
    let tables = || {
        scale.sheets(|ran| {
            let mut all = sheets(&ran.tally, &ran.findings, scorer, args.by_category);
            all.extend(args.list.map(|which| {
                let (title, listed) = listed(&ran.tally, which);
                listed_sheet(title, &listed)
            }));
            all
        })
    };
    let mut heads = String::new();
    for ran in scale.runs() {
        // Where tables number the models, this says which is which.
        let numbered = !ran.model.ends_with(&ran.short);
        let short = ran.short.split(' ').next().filter(|_| numbered);
        heads.push_str(&short.map_or(String::new(), |no| format!("{no}: ")));
        heads.push_str(&head(&ran.tally));
    }
    let mut warnings: Vec<String> = Vec::new();
    for warning in scale
        .runs()
        .iter()
        .map(|r| r.tally.setting("model_warning"))
    {
        if !warning.is_empty() && !warnings.contains(&warning) {
            heads.push_str(&format!("{warning}\n"));
            warnings.push(warning);
        }
    }
    match args.format {
        ReportFormat::Table => format!("{heads}{}", to_text(&tables())),
        ReportFormat::Markdown => format!("{heads}{}", to_markdown(&tables())),
        ReportFormat::Latex => to_latex(&tables()),
        ReportFormat::Csv => scale.to_csv(scorer),
        ReportFormat::Json => {
            let mut all = scale.to_json(scorer);
            if let Some(which) = args.list {
                let mut entries = Vec::new();
                for ran in scale.runs() {
                    entries.extend(listed(&ran.tally, which).1.iter().map(|one| {
                        let mut entry = one.to_json();
                        entry["model"] = json!(ran.model);
                        entry
                    }));
                }
                all["listed"] = json!(entries);
            }
            ascii(&all)
        }
    }
}

/// The single answers that are to be named, and their title.
fn listed(tally: &Tally, which: Listing) -> (&'static str, Vec<Listed>) {
    match which {
        Listing::Disagreements => (
            "Answers that the scorers treat differently",
            disagreements(tally),
        ),
        Listing::Unparsed => ("Answers that could not be read", unparsed(tally)),
    }
}

/// What to show.
pub struct Shown<'a> {
    /// The scores.
    pub tally: &'a Tally,
    /// What they are of, for people.
    pub head: String,
    /// Further members of the JSON object.
    pub more: Vec<(&'static str, Value)>,
}

/// The scorer of this name.
pub fn scorer(name: ScorerName) -> Scorer {
    match name {
        ScorerName::Paper => Scorer::Paper,
        ScorerName::LmEval => Scorer::LmEval,
        ScorerName::Accuracy => Scorer::Accuracy,
    }
}

/// The scores in the format asked for.
pub fn show(shown: &Shown<'_>, args: &ShownArgs) -> String {
    let tally = shown.tally;
    let scorer = scorer(args.scorer);
    let resampling = Resampling {
        seed: args.seed,
        ..Resampling::default()
    };
    let findings = Findings::of(tally, None, resampling);
    let listed = args.list.map(|which| listed(tally, which));
    let tables = || {
        let mut all = sheets(tally, &findings, scorer, args.by_category);
        if let Some((title, listed)) = &listed {
            all.push(listed_sheet(title, listed));
        }
        all
    };
    match args.format {
        ReportFormat::Table => format!("{}{}", shown.head, to_text(&tables())),
        ReportFormat::Markdown => format!("{}{}", shown.head, to_markdown(&tables())),
        ReportFormat::Latex => to_latex(&tables()),
        ReportFormat::Csv => to_csv(tally, &findings, scorer),
        ReportFormat::Json => {
            let mut all = to_json(tally, &findings, scorer);
            for (name, value) in &shown.more {
                all[*name] = value.clone();
            }
            if let Some((_, listed)) = &listed {
                all["listed"] = json!(listed.iter().map(Listed::to_json).collect::<Vec<_>>());
            }
            ascii(&all)
        }
    }
}
