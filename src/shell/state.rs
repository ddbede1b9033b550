//! The explorer's session on disk: `recant/session.json` in the system's folder for state
//! (`$XDG_STATE_HOME`, else `~/.local/state`), saved while somebody explores and when they leave, and put
//! back by `recant --continue`.
//!
//! Invariant: nothing that an earlier session left is lost by saving: the one before is kept beside it,
//! and a file that cannot be read is moved aside.

mod back;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;

use crate::app::inspect::Heat;
use crate::app::layout::{Arrangement, Screen};
use crate::app::{App, Metric};
use crate::config::prompts::SCRIBE;
use crate::domain::RoundNo;
use crate::run::{Column, KeptPlay, Origin, PaneDraw, Seat};
use crate::session::{
    ColumnLine, DecodingLine, EXPLORER_FORMAT, ExplorerSession, HandLine, Label, ListLine,
    OriginLine, PaneDrawLine, PlayLine, RoundLine, ViewLine, set_aside,
};

use super::boards::Boards;
use super::recorded::unix_s;
use super::sayings;
pub use back::put_back;

/// How often a session is saved while it changes.
const EVERY: Duration = Duration::from_secs(20);

const SCREENS: [(Screen, &str); 5] = [
    (Screen::Panes, "panes"),
    (Screen::Zoom, "one-pane"),
    (Screen::Board, "board"),
    (Screen::Items, "questions"),
    (Screen::Compare, "comparison"),
];
const ARRANGEMENTS: [(Arrangement, &str); 3] = [
    (Arrangement::Grid, "grid"),
    (Arrangement::Rounds, "rounds"),
    (Arrangement::Conditions, "conditions"),
];
const HEATS: [(Heat, &str); 4] = [
    (Heat::Off, "off"),
    (Heat::Probability, "probability"),
    (Heat::Entropy, "entropy"),
    (Heat::Surprise, "surprise"),
];

fn name_of<T: PartialEq + Copy>(all: &[(T, &'static str)], one: T) -> String {
    let found = all.iter().find(|(known, _)| *known == one);
    found.map_or_else(String::new, |(_, name)| (*name).to_owned())
}

fn named<T: Copy>(all: &[(T, &'static str)], name: &str, usual: T) -> T {
    let found = all.iter().find(|(_, known)| *known == name);
    found.map_or(usual, |(one, _)| *one)
}

/// Where the session is kept; `None` where the system has no folder for it.
pub fn path() -> Option<PathBuf> {
    let folders = etcetera::choose_base_strategy().ok()?;
    let state = folders.state_dir().unwrap_or_else(|| folders.data_dir());
    Some(state.join("recant").join("session.json"))
}

/// Saves a session now and then.
pub struct Keeper {
    path: Option<PathBuf>,
    folder: PathBuf,
    arguments: Vec<String>,
    /// Whether labels and notes have no record that keeps them.
    keeps_hand: bool,
    saved: Option<ExplorerSession>,
    /// Names the session.
    name: String,
    /// The file is this session's own.
    is_mine: bool,
    due: Instant,
}

impl Keeper {
    /// For a session that was started with these words; `None`: with the command line's.
    pub fn new(continued: Option<&ExplorerSession>, has_record: bool) -> Keeper {
        let words: Option<Vec<String>> = std::env::args_os()
            .skip(1)
            .map(|w| w.into_string().ok())
            .collect();
        let (folder, arguments) = match continued {
            Some(session) => (session.folder.clone(), Some(session.arguments.clone())),
            None => (std::env::current_dir().unwrap_or_default(), words),
        };
        Keeper {
            // Words that are no text could not be started with again.
            path: path().filter(|_| arguments.is_some()),
            folder,
            arguments: arguments.unwrap_or_default(),
            keeps_hand: !has_record,
            saved: None,
            name: match continued.map(|s| s.name.clone()).filter(|n| !n.is_empty()) {
                Some(name) => name,
                None => format!("{}-{}", unix_s(), std::process::id()),
            },
            is_mine: continued.is_some(),
            due: Instant::now() + EVERY,
        }
    }

    /// Where what the scoreboards count is kept; `None` where no session is.
    pub fn boards(&self, items: &str) -> Option<Boards> {
        let path = self.path.as_ref()?.with_file_name("board.jsonl");
        Some(Boards::new(path, &self.name, items, self.is_mine))
    }

    /// When to look again.
    pub fn due(&self) -> Instant {
        self.due
    }

    /// Saves the session if it is another one than was saved last.
    ///
    /// # Errors
    /// Why it is not saved; once said, not again before it has changed.
    pub fn save(&mut self, app: &App) -> Result<(), String> {
        self.due = Instant::now() + EVERY;
        let Some(path) = self.path.clone() else {
            return Ok(());
        };
        let mut session = self.session(app);
        if let Some(saved) = &self.saved {
            session.saved_unix_s = saved.saved_unix_s;
            if session == *saved {
                return Ok(());
            }
            session.saved_unix_s = unix_s();
        }
        let told = |e: std::io::Error| format!("session not saved: {}: {e}", path.display());
        let kept = self.make_room(&path).map_err(told);
        let written = kept.and_then(|()| session.write(&path).map_err(told));
        self.saved = Some(session);
        written
    }

    /// Keeps what an earlier session left.
    fn make_room(&mut self, path: &Path) -> std::io::Result<()> {
        if self.is_mine {
            return Ok(());
        }
        match ExplorerSession::read(path) {
            Ok(None) => {}
            Ok(Some(_)) => std::fs::rename(path, path.with_extension("before.json"))?,
            Err(_) => {
                set_aside(path)?;
            }
        }
        self.is_mine = true;
        Ok(())
    }

    fn session(&self, app: &App) -> ExplorerSession {
        let kept = app.kept();
        let screen = kept.screen;
        let focus = kept.focus;
        let labels = match self.keeps_hand {
            true => labels(app),
            false => Vec::new(),
        };
        let sayings = match self.keeps_hand {
            true => {
                let all = app.sayings().iter();
                all.map(|(of, label)| sayings::line(of, Some(*label), 0))
                    .collect()
            }
            false => Vec::new(),
        };
        let notes = match self.keeps_hand {
            true => {
                let all = app.notes().iter();
                all.map(|(name, note)| (name.to_string(), note.clone()))
                    .collect()
            }
            false => BTreeMap::new(),
        };
        ExplorerSession {
            format: EXPLORER_FORMAT,
            recant: env!("CARGO_PKG_VERSION").to_owned(),
            name: self.name.clone(),
            saved_unix_s: unix_s(),
            folder: self.folder.clone(),
            arguments: self.arguments.clone(),
            rounds: focus.settings.rounds,
            seed: focus.settings.seed,
            decoding: DecodingLine::of(focus.settings.decoding),
            lock_seeds: Some(focus.settings.lock_seeds),
            columns: focus.columns.iter().map(column_line).collect(),
            view: ViewLine {
                item: screen.item,
                item_no: screen.item_no,
                screen: name_of(&SCREENS, screen.screen),
                arrangement: name_of(&ARRANGEMENTS, screen.arrangement),
                condition: screen.cursor.0,
                round: screen.cursor.1,
                strips: screen.strips,
                heat: name_of(&HEATS, screen.heat),
                metric: Metric::ALL
                    .iter()
                    .position(|m| *m == screen.metric)
                    .unwrap_or(0),
                category: screen.category,
                turns_full: screen.turns_full,
                theme: screen.theme,
                sweeping: screen.sweeping,
                list: screen.place.list.map(|l| ListLine {
                    condition: l.of.0,
                    round: l.of.1,
                    against: l.against,
                    sort: l.sort,
                    only: l.only,
                    item_no: l.item_no,
                    entered: l.entered,
                }),
                compared: screen.place.compared,
                token: screen.place.token,
                open: screen.place.open.map(|(name, row)| (name.to_owned(), row)),
            },
            own: kept.own,
            plays: focus.plays.iter().map(play_line).collect(),
            shown: focus.shown.iter().map(|no| no.0).collect(),
            labels,
            sayings,
            notes,
        }
    }
}

fn column_line(column: &Column) -> ColumnLine {
    let levels = column.condition.clauses();
    let level =
        |at: crate::domain::ClauseAt<'_>| (at.clause.name.clone(), at.level_name().to_owned());
    ColumnLine {
        condition: column.condition.name.to_string(),
        levels: levels.map(level).collect(),
        text: (SCRIBE.write)(&column.condition),
        decoding: column.decoding.map(DecodingLine::of),
        seed: column.seed,
        locked: column.is_locked,
        rounds: column.rounds.iter().map(pane_line).collect(),
    }
}

fn pane_line((round, own): (&RoundNo, &PaneDraw)) -> PaneDrawLine {
    PaneDrawLine {
        round: round.0,
        temperature: own.temperature,
        top_p: own.top_p,
        seed: own.seed,
    }
}

fn play_line(play: &KeptPlay) -> PlayLine {
    PlayLine {
        condition: play.condition.0,
        sample: play.take.sample,
        rotation: play.take.rotation,
        column: play.column.as_ref().map(column_line),
        origin: match &play.origin {
            Origin::Own => OriginLine::Own,
            Origin::Fork(fork) => OriginLine::Fork {
                parent: fork.parent.0,
                round: fork.round.0,
                step: fork.step,
                kept_tokens: fork.kept_tokens,
                words: fork.words.clone(),
                logprob: fork.token.as_ref().map(|t| t.logprob),
                sample: fork.is_sample,
            },
            Origin::Variant(parent, name) => OriginLine::Variant {
                parent: parent.0,
                name: (*name).to_owned(),
            },
            Origin::Change(parent) => OriginLine::Change { parent: parent.0 },
        },
        recorded: play.recorded,
        rounds: play.rounds.iter().filter_map(RoundLine::of).collect(),
    }
}

fn labels(app: &App) -> Vec<HandLine> {
    let run = app.run();
    let settings = run.sweep().settings();
    let all = run.sweep().labels().iter();
    let line = |(seat, answer): (&Seat, &crate::domain::Answer)| {
        let item = run.items().get(seat.item_no)?.rotated(seat.take.rotation);
        Some(HandLine::Label {
            item: item.id.to_string(),
            item_no: seat.item_no,
            condition: settings.condition(seat.condition)?.name.to_string(),
            sample: seat.take.sample,
            rotation: seat.take.rotation,
            round: seat.round.0,
            label: Label::of(Some(*answer), &item),
            means: None,
            unix_s: 0,
            recant: env!("CARGO_PKG_VERSION").to_owned(),
        })
    };
    all.filter_map(line).collect()
}
