//! A prompt in somebody's own editor.
//!
//! Invariant: the terminal is given back while another program has it and taken again after it, however
//! that ended.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::process::{Pid, WaitOptions, waitpid};

use super::signals;
use super::terminal::Screen;

/// Lets a person change a text in the editor that `VISUAL` or `EDITOR` names (else `vi`). `Err` says
/// why nothing came back.
///
/// # Errors
/// The terminal could not be taken again.
pub fn outside(text: &str, screen: &mut Screen) -> std::io::Result<Result<String, String>> {
    screen.give_back();
    let edited = in_editor(text);
    screen.take()?;
    Ok(edited)
}

fn in_editor(text: &str) -> Result<String, String> {
    let named = |name| std::env::var(name).ok().filter(|v| !v.trim().is_empty());
    let editor = named("VISUAL").or_else(|| named("EDITOR"));
    let editor = editor.unwrap_or_else(|| "vi".to_owned());
    let path = scratch(text).map_err(|e| format!("no file to edit: {e}"))?;
    let edited = run(&editor, &path).and_then(|()| {
        std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))
    });
    // What is left behind is only a copy.
    let _ = std::fs::remove_file(&path);
    edited
}

/// A new file that nobody else can read.
fn scratch(text: &str) -> std::io::Result<PathBuf> {
    let folder = std::env::temp_dir();
    let mut last = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
    for no in 0..100 {
        let path = folder.join(format!("recant-{}-{no}.yaml", std::process::id()));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                return Ok(path);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// `EDITOR` may hold arguments (`code --wait`), so a shell reads it.
fn run(editor: &str, path: &Path) -> Result<(), String> {
    let failed = |e: &dyn std::fmt::Display| format!("{editor}: {e}; set EDITOR to another one");
    let mut command = Command::new("sh");
    command.arg("-c").arg(format!("{editor} \"$1\""));
    let child = command.arg("sh").arg(path).spawn();
    let child = child.map_err(|e| failed(&e))?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    loop {
        match waitpid(pid, WaitOptions::UNTRACED) {
            // Ctrl-Z in the editor stops us as well; `fg` goes on with both.
            Ok(Some((_, status))) if status.stopped() => {
                signals::stop_group().map_err(|e| failed(&e))?;
            }
            Ok(Some((_, status))) => {
                return match status.exit_status() {
                    Some(0) => Ok(()),
                    Some(code) => Err(failed(&format!("ended with status {code}"))),
                    None => Err(failed(&"was ended by a signal")),
                };
            }
            Ok(None) => {}
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(failed(&error)),
        }
    }
}
