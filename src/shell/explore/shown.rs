//! What is explored, and the way from there to a terminal and back.

use std::io::{IsTerminal, Write};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use crate::app::{App, Event};
use crate::domain::Condition;
use crate::session::ExplorerSession;

use super::super::cli::ModelArgs;
use super::super::failure::Failure;
use super::super::loaded::Models;
use super::super::look::Look;
use super::super::model::Chosen;
use super::super::recorded::Recorded;
use super::super::signals::Ended;
use super::super::state::{self, Keeper};
use super::super::terminal::Screen;
use super::super::watch::Watch;
use super::{Explorer, Left};

/// What makes the app, once the size of the terminal is known.
pub type MakeApp<'a> = Box<dyn FnOnce(&Look, (u16, u16)) -> App + 'a>;

/// What is explored.
pub struct Shown<'a> {
    /// The app at its start.
    pub app: MakeApp<'a>,
    /// Its themes.
    pub look: Look,
    /// Where prompts are saved.
    pub folder: PathBuf,
    /// Prompt files that may change.
    pub watch: Watch,
    /// Who answers.
    pub asked: Asked,
    /// Where answers are that were given before.
    pub recorded: Option<Recorded>,
    /// The hash of the questions, where their answers are counted for later sessions.
    pub questions: Option<String>,
    /// What an earlier session had on screen, and the prompts there are.
    pub session: Option<(&'a ExplorerSession, Vec<Arc<Condition>>)>,
}

/// Who answers.
pub struct Asked {
    /// Where and how models compute.
    pub how: ModelArgs,
    /// How fast panes may be.
    pub pace: Option<NonZeroU32>,
    /// The models, and their critic; `Err`: nobody, and why.
    pub models: Result<(Vec<Chosen>, Option<Chosen>), String>,
    /// The hash that the only model's weights must have.
    pub weights: Option<String>,
}

/// Takes the terminal, until somebody leaves.
///
/// # Errors
/// A terminal that fails.
pub fn show(shown: Shown<'_>) -> Result<ExitCode, Failure> {
    let Shown {
        app,
        look,
        folder,
        watch,
        asked,
        recorded,
        questions,
        session,
    } = shown;
    let mut not_saved = None;
    let runtime = super::super::runtime()?;
    let left = runtime.block_on(async {
        let models = Models::new(asked.how.clone(), asked.pace);
        let mut screen = Screen::enter().map_err(|e| Failure::work(format!("terminal: {e}")))?;
        let size = screen.size().unwrap_or((80, 24));
        let mut app = app(&look, size);
        let continued = session.as_ref().map(|(session, _)| *session);
        let keeper = Keeper::new(continued, recorded.is_some());
        let mut said = recorded.as_ref().map_or_else(Vec::new, |r| r.notes.clone());
        if let Some((session, all)) = &session {
            if recorded.is_none() {
                let notes = session.notes.iter();
                app = app.with_notes(notes.map(|(n, t)| (n.as_str().into(), t.clone())));
            }
            said.extend(state::put_back(&mut app, session, all));
        }
        let mut explorer = Explorer::new(app, look, (folder, watch), models, keeper);
        explorer.recorded = recorded;
        explorer.boards = questions.and_then(|items| explorer.keeper.boards(&items));
        explorer.app.open_record(&mut explorer.first);
        explorer.load(asked);
        if !said.is_empty() {
            let mut first = std::mem::take(&mut explorer.first);
            explorer.tell(Event::Told(said.join("; ")), &mut first);
            explorer.first = first;
        }
        let left = explorer.turns(&mut screen).await;
        screen.give_back();
        not_saved = explorer.keeper.save(&explorer.app).err();
        if let Some(boards) = &mut explorer.boards {
            boards.flush();
        }
        left
    });
    if let Some(why) = not_saved {
        let _ = writeln!(std::io::stderr(), "recant: {}", Failure::work(why));
    }
    let code = match left {
        Ok(Left::Quit) => ExitCode::SUCCESS,
        Ok(Left::Signal(ended)) => ended.code(),
        // Closed under us: what failed first, a write or the signal's delivery, is chance.
        Err(_) if !std::io::stdin().is_terminal() => Ended::HANG_UP.code(),
        Err(failure) => {
            // Where the terminal has gone, so has this: `eprintln!` would panic.
            let _ = writeln!(std::io::stderr(), "recant: {failure}");
            failure.code()
        }
    };
    // Leaving must not wait for a forward pass that nobody wants any more.
    runtime.shutdown_background();
    Ok(code)
}
