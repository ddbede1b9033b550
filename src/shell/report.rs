//! `recant report`, and how scores are shown in every format.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::report::{
    Findings, Listed, Tally, ascii, disagreements, listed_sheet, sheets, to_csv, to_json, to_latex,
    to_markdown, to_svg, to_text, unparsed,
};
use crate::session;
use crate::stats::{Resampling, Scorer};

use super::cli::{Listing, ReportArgs, ReportFormat, ScorerName, ShownArgs};
use super::failure::Failure;

/// Prints the scores of a run.
///
/// # Errors
/// No run there, or one that cannot be read.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let (manifest, answers) = session::read(&args.folder).map_err(Failure::usage)?;
    let tally = Tally::new(manifest, &answers).map_err(Failure::work)?;
    if answers.is_empty() {
        return Err(Failure::work(format!(
            "{}: no answer is finished yet; the command that began this run goes on with it",
            args.folder.display()
        )));
    }
    let warning = tally.setting("model_warning");
    let head = format!(
        "{} on {}: {} of {} answers\n{warning}",
        tally.setting("model"),
        tally.setting("items"),
        answers.len(),
        tally.planned(),
    );
    let shown = Shown {
        tally: &tally,
        head: format!("{}\n", head.trim_end()),
        more: Vec::new(),
    };
    if let Some(path) = &args.plot {
        std::fs::write(path, to_svg(&tally))
            .map_err(|e| Failure::usage(format!("--plot {}: {e}", path.display())))?;
    }
    super::print(&show(&shown, &args.shown))
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
    let listed: Option<(&str, Vec<Listed>)> = args.list.map(|which| match which {
        Listing::Disagreements => (
            "Answers that the scorers treat differently",
            disagreements(tally),
        ),
        Listing::Unparsed => ("Answers that could not be read", unparsed(tally)),
    });
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
