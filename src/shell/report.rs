//! `recant report`.

use std::process::ExitCode;

use crate::report::{Tally, to_json_text, to_table};
use crate::session;

use super::cli::{Format, ReportArgs};
use super::failure::Failure;

/// Prints the scores of a run.
///
/// # Errors
/// No run there, or one that cannot be read.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    let (manifest, answers) = session::read(&args.folder).map_err(Failure::usage)?;
    let tally = Tally::new(manifest, &answers).map_err(Failure::work)?;
    match args.format {
        Format::Json => super::print(&to_json_text(&tally)),
        Format::Table => {
            let head = format!(
                "{} on {}: {} of {} answers\n{}",
                tally.setting("model"),
                tally.setting("items"),
                answers.len(),
                tally.planned(),
                tally.setting("model_warning"),
            );
            super::print(&format!("{}\n", head.trim_end()))?;
            super::print(&to_table(&tally, args.by_category))
        }
    }
}
