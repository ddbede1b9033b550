//! `recant --continue`: what was on screen when the explorer was last left.

use std::process::ExitCode;

use clap::FromArgMatches;

use crate::session::ExplorerSession;

use super::cli::{Cli, Command};
use super::failure::Failure;
use super::settings::Settings;
use super::{explore, open, state};

/// Starts the explorer as it was started then, and puts back what was on screen.
///
/// # Errors
/// Other options beside `--continue` (`typed`); no session, or one that cannot be read: it stays where it is.
pub fn run(settings: &Settings, typed: &[String]) -> Result<ExitCode, Failure> {
    let path =
        state::path().ok_or_else(|| Failure::work("this system has no folder for sessions"))?;
    let session = ExplorerSession::read(&path).map_err(|why| {
        Failure::usage(format!(
            "{why}; the file stays as it is, and recant without --continue starts anew (it moves the file aside, not away)"
        ))
    })?;
    let Some(session) = session else {
        return Err(Failure::usage(format!(
            "no session to continue ({} is not there); recant starts one",
            path.display()
        )));
    };
    if !typed.is_empty() {
        let all = typed.join(", ");
        let started = match session.arguments.as_slice() {
            [] => "without any option".to_owned(),
            words => format!("with: {}", words.join(" ")),
        };
        return Err(Failure::usage(format!(
            "{all}: not beside --continue, which takes the session up as it was started ({started}); recant --continue alone goes on with it (most things can be changed by key there), {all} without --continue begins a new one"
        )));
    }
    let wrong = |what: String| Failure::usage(format!("{}: {what}", path.display()));
    std::env::set_current_dir(&session.folder).map_err(|e| {
        wrong(format!(
            "the session was started in {}: {e}",
            session.folder.display()
        ))
    })?;
    let words = ["recant"].into_iter().map(str::to_owned);
    let words: Vec<String> = words.chain(session.arguments.iter().cloned()).collect();
    let shown = session.arguments.join(" ");
    let cli = settings
        .command
        .clone()
        .try_get_matches_from(words)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|e| {
            let first = e.to_string();
            let first = first.lines().next().unwrap_or_default().to_owned();
            wrong(format!(
                "it was started with {shown:?}, which is refused: {first}"
            ))
        })?;
    match &cli.command {
        None if !cli.explore.resume && !cli.explore.plain => {
            explore::again(&cli.explore, Some(&session))
        }
        Some(Command::Open(args)) if !args.plain => open::again(args, Some(&session)),
        None | Some(_) => Err(wrong(format!(
            "it was started with {shown:?}, which is no explorer"
        ))),
    }
}
