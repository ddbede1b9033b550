//! Figures into files: what a file is called says what it becomes.

use std::path::Path;

use crate::report::Figure;

use super::failure::Failure;

/// Draws a figure into a file: PNG where its name ends in `.png`, SVG otherwise.
///
/// # Errors
/// A folder, or a file in a folder that is not there (2); the file cannot be written, or the figure is too large
/// for its kind (1).
pub fn draw(path: &Path, figure: &Figure) -> Result<(), Failure> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|p| !p.is_dir()) {
        let (path, folder) = (path.display(), folder.display());
        return Err(Failure::usage(format!(
            "{path}: there is no folder {folder}; make it, or name another one"
        )));
    }
    if path.is_dir() {
        let path = path.display();
        return Err(Failure::usage(format!("{path} is a folder; name a file")));
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_where_no_file_can_be_is_named_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let figure = Figure::new(100.0);
        let said = |path: &Path| match draw(path, &figure).unwrap_err() {
            Failure::Usage(what) => what,
            Failure::Work(what) => panic!("{what}"),
        };
        let gone = folder.path().join("gone");
        let what = said(&gone.join("x.svg"));
        assert!(what.contains(&format!("there is no folder {}; make it", gone.display())));
        let taken = folder.path().join("taken.svg");
        std::fs::create_dir(&taken).unwrap();
        assert!(said(&taken).ends_with("is a folder; name a file"));
        draw(&folder.path().join("x.svg"), &figure).unwrap();
    }
}
