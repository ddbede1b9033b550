//! `recant compare`: two runs on the items they share.

use std::process::ExitCode;

use crate::report::{Comparison, WIDTH, ascii, to_latex, to_markdown, to_text, wrap};
use crate::stats::Resampling;

use super::cli::{CompareArgs, ReportFormat};
use super::failure::Failure;
use super::report::tally;

/// Compares and prints.
///
/// # Errors
/// A folder that holds no run (2); runs that share nothing (1).
pub fn run(args: &CompareArgs) -> Result<ExitCode, Failure> {
    let (first, second) = (tally(&args.first)?, tally(&args.second)?);
    let resampling = Resampling {
        seed: args.seed,
        ..Resampling::default()
    };
    let found = Comparison::of(&first, &second, resampling);
    if found.cells.is_empty() {
        let why = match (found.shared, found.unlike.len()) {
            (0, 0) => "no item has the same name in both".to_owned(),
            (0, unlike) => format!(
                "all {unlike} items of the same name differ in text, category, options or right answer"
            ),
            _ => format!(
                "no answer to the same item under the same condition and round; conditions: {} and {}",
                first.conditions.join(", "),
                second.conditions.join(", ")
            ),
        };
        return Err(Failure::work(format!(
            "{} and {} have nothing in common: {why}",
            args.first.display(),
            args.second.display()
        )));
    }
    let mut head = format!(
        "first:  {} on {} ({})\nsecond: {} on {} ({})\n",
        first.setting("model"),
        first.setting("items"),
        args.first.display(),
        second.setting("model"),
        second.setting("items"),
        args.second.display(),
    );
    for tally in [&first, &second] {
        head.push_str(&tally.labels_line());
    }
    for line in found.head().iter().flat_map(|line| wrap(line, WIDTH)) {
        head.push_str(&format!("{line}\n"));
    }
    super::print(&match args.format {
        ReportFormat::Table => format!("{head}{}", to_text(&found.sheets())),
        ReportFormat::Markdown => format!("{head}{}", to_markdown(&found.sheets())),
        ReportFormat::Latex => to_latex(&found.sheets()),
        ReportFormat::Csv => found.to_csv(),
        ReportFormat::Json => ascii(&found.to_json(&first, &second)),
    })
}
