//! The folder for what the explorer keeps between calls: `$XDG_STATE_HOME/recant`.

use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

/// The folder, there or not; `None` where the system has none.
pub fn state() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(state.join("recant"))
}

/// Whether something happens for the first time; from now on it does not. False where that cannot be
/// kept: better never than every time.
pub fn is_first(what: &str) -> bool {
    state().is_some_and(|folder| {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        std::fs::create_dir_all(&folder).is_ok() && options.open(folder.join(what)).is_ok()
    })
}

/// A path as people write it: the home folder as `~`.
pub fn short(path: &Path) -> String {
    let home = std::env::var_os("HOME").filter(|h| !h.is_empty());
    match home.and_then(|home| path.strip_prefix(home).ok().map(Path::to_owned)) {
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}
