//! What a shell and a manual reader want to know about the command line, made from its own table.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::cli::Cli;
use super::failure::Failure;

/// Prints a shell's completions.
///
/// # Errors
/// A standard output that cannot be written.
pub fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "recant", &mut text);
    raw(&text)
}

/// Prints the manual page, or writes one for every command into a folder.
///
/// # Errors
/// A folder or standard output that cannot be written.
pub fn manual(out: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut command = Cli::command();
    command.build();
    let Some(folder) = out else {
        return raw(&page(command)?);
    };
    let told = |path: &Path, e: std::io::Error| Failure::work(format!("{}: {e}", path.display()));
    std::fs::create_dir_all(folder).map_err(|e| told(folder, e))?;
    for command in all(command) {
        // `recant control check` is recant-control-check(1).
        let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
        let path = folder.join(format!("{}.1", name.replace(' ', "-")));
        std::fs::write(&path, page(command)?).map_err(|e| told(&path, e))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A command, its commands, and theirs; without the `help` that each has.
fn all(command: Command) -> Vec<Command> {
    let inner: Vec<Command> = command
        .get_subcommands()
        .filter(|c| c.get_name() != "help")
        .flat_map(|c| all(c.clone()))
        .collect();
    [vec![command], inner].concat()
}

fn page(command: Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let title = name.replace(' ', "-");
    let made = Man::new(command).title(title).render(&mut page);
    made.map_err(|e| Failure::work(format!("manual: {e}")))?;
    Ok(page)
}

/// Not through the gate: it is our own text, and its control characters are meant.
fn raw(text: &[u8]) -> Result<ExitCode, Failure> {
    match std::io::stdout().lock().write_all(text) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::work(format!("standard output: {error}")))
        }
        _ => Ok(ExitCode::SUCCESS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_that_names_its_options() {
        let folder = tempfile::tempdir().unwrap();
        manual(Some(folder.path())).unwrap();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert!(read("recant.1").contains("\\-\\-theme"));
        assert!(read("recant-run.1").contains("\\-\\-out"));
        assert!(read("recant-config-show.1").contains("\\-\\-origin"));
    }
}
