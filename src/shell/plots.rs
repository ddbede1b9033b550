//! Figures into files: what a file is called says what it becomes.

use std::path::Path;

use crate::report::Figure;

use super::failure::Failure;

/// Draws a figure into a file: PNG where its name ends in `.png`, SVG otherwise.
///
/// # Errors
/// The file cannot be written, or the figure is too large for its kind (1).
pub fn draw(path: &Path, figure: &Figure) -> Result<(), Failure> {
    let told = |what: String| Failure::work(format!("{}: {what}", path.display()));
    let bytes = match is(path, "png") {
        true => figure.png().map_err(told)?,
        false => figure.svg().into_bytes(),
    };
    std::fs::write(path, bytes).map_err(|e| told(e.to_string()))
}

/// Whether a file's name ends so, in either case.
pub fn is(path: &Path, ending: &str) -> bool {
    path.extension()
        .is_some_and(|e| e.eq_ignore_ascii_case(ending))
}
