//! The explorer's session on disk: `recant/session.json` in the system's folder for state
//! (`$XDG_STATE_HOME`, else `~/.local/state`), saved while somebody explores and when they leave, and put
//! back by `recant --continue`.
//!
//! Invariant: nothing that an earlier session left is lost by saving: the one before is kept beside it,
//! and a file that cannot be read is moved aside.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;

use crate::app::inspect::Heat;
use crate::app::kept::KeptScreen;
use crate::app::layout::{Arrangement, Screen};
use crate::app::{App, Metric};
use crate::config::prompts::SCRIBE;
use crate::domain::{Condition, ConditionNo, Item, RoundNo, Token};
use crate::run::{Column, Fork, Kept, KeptPlay, Labels, Origin, PlayNo, Seat, Settings, Take};
use crate::session::{
    ColumnLine, DecodingLine, EXPLORER_FORMAT, ExplorerSession, HandLine, Label, OriginLine,
    PlayLine, RoundLine, ViewLine, set_aside,
};

use super::recorded::unix_s;

/// How often a session is saved while it changes.
const EVERY: Duration = Duration::from_secs(20);

const SCREENS: [(Screen, &str); 3] = [
    (Screen::Panes, "panes"),
    (Screen::Zoom, "one-pane"),
    (Screen::Board, "board"),
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
            is_mine: continued.is_some(),
            due: Instant::now() + EVERY,
        }
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
            saved_unix_s: unix_s(),
            folder: self.folder.clone(),
            arguments: self.arguments.clone(),
            rounds: focus.settings.rounds,
            seed: focus.settings.seed,
            decoding: DecodingLine::of(focus.settings.decoding),
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
            },
            own: kept.own,
            plays: focus.plays.iter().map(play_line).collect(),
            shown: focus.shown.iter().map(|no| no.0).collect(),
            labels,
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

/// Puts a session back into an app that was started as it was. Returns what could not be put back, for
/// people.
pub fn put_back(app: &mut App, session: &ExplorerSession, all: &[Arc<Condition>]) -> Vec<String> {
    let mut lost = Vec::new();
    match app.put_back_own(&session.own) {
        0 => {}
        n => lost.push(format!("{n} questions of your own could not be read")),
    }
    let now = app.run().focus().settings().clone();
    let mut columns = Vec::new();
    for line in &session.columns {
        match column(app, line, all) {
            Ok(column) => columns.push(column),
            Err(why) => {
                lost.push(why);
                let no = ConditionNo(u16::try_from(columns.len()).unwrap_or(u16::MAX));
                columns.extend(app.run().focus().column(no).cloned());
            }
        }
    }
    if columns.is_empty() {
        columns = app.run().focus().kept(usize::MAX).columns;
    }
    let screen = &session.view;
    let item = app
        .run()
        .items()
        .iter()
        .find(|i| *i.id.0 == *screen.item)
        .cloned();
    let plays = item.as_ref().map(|item| plays(app, session, item, all));
    if plays
        .as_ref()
        .is_some_and(|p| p.len() < session.plays.len())
    {
        lost.push("some answers could not be read; they are asked again".to_owned());
    }
    let kept = Kept {
        item_no: screen.item_no,
        settings: Settings {
            conditions: columns.iter().map(|c| c.condition.clone()).collect(),
            rounds: session.rounds.max(1),
            seed: session.seed,
            decoding: session.decoding.decoding(),
            ..now
        },
        columns,
        plays: plays.unwrap_or_default(),
        shown: session.shown.iter().map(|no| PlayNo(*no)).collect(),
    };
    let shown = KeptScreen {
        item: screen.item.clone(),
        item_no: screen.item_no,
        screen: named(&SCREENS, &screen.screen, Screen::Panes),
        arrangement: named(&ARRANGEMENTS, &screen.arrangement, Arrangement::Grid),
        cursor: (screen.condition, screen.round),
        strips: screen.strips,
        heat: named(&HEATS, &screen.heat, Heat::Off),
        metric: Metric::ALL
            .get(screen.metric)
            .copied()
            .unwrap_or(Metric::BiasAmbiguous),
        category: screen.category.clone(),
        turns_full: screen.turns_full,
        theme: screen.theme.clone(),
        sweeping: screen.sweeping,
    };
    if !app.put_back(&shown, kept) {
        lost.push(format!("question {} is not here any more", screen.item));
    }
    if !session.labels.is_empty() {
        let labels = seats(app, &session.labels);
        app.put_back_labels(labels);
    }
    lost
}

/// What a column asked with: as a record has it, as the prompt files have it, or as its text says.
fn column(app: &App, line: &ColumnLine, all: &[Arc<Condition>]) -> Result<Column, String> {
    let same = |c: &Condition| *c.name == *line.condition && (SCRIBE.write)(c) == line.text;
    let recorded = app.run().recorded_columns().iter();
    let as_recorded = recorded.into_iter().find(|c| same(&c.condition)).cloned();
    let found = || {
        let base = line.condition.split('+').next().unwrap_or_default();
        let named = all
            .iter()
            .filter(|c| *c.name == *base || *c.name == *line.condition);
        named.into_iter().find_map(|c| {
            let mut condition = Condition::clone(c);
            for (clause, level) in &line.levels {
                let here = condition.clauses().find(|at| at.clause.name == *clause);
                if here.is_some_and(|at| at.level_name() != level) {
                    condition = condition.with(clause, level)?;
                }
            }
            same(&condition).then(|| Column::new(Arc::new(condition)))
        })
    };
    let written = || match (SCRIBE.read)(&line.text) {
        Ok(condition) => Ok(Column::new(Arc::new(condition))),
        Err(mistake) => Err(format!(
            "the prompt of column {} cannot be read: {}",
            line.condition, mistake.what
        )),
    };
    let column = match as_recorded.or_else(found) {
        Some(column) => column,
        None => written()?,
    };
    Ok(Column {
        decoding: line.decoding.map(DecodingLine::decoding),
        seed: line.seed,
        is_locked: line.locked,
        ..column
    })
}

/// The answers, up to the first that cannot be read: later ones may have left it.
fn plays(
    app: &App,
    session: &ExplorerSession,
    item: &Item,
    all: &[Arc<Condition>],
) -> Vec<KeptPlay> {
    let one = |line: &PlayLine| {
        let column = line.column.as_ref().map(|c| column(app, c, all).ok());
        Some(KeptPlay {
            condition: ConditionNo(line.condition),
            take: Take {
                sample: line.sample,
                rotation: line.rotation,
            },
            column: match column {
                Some(column) => Some(column?),
                None => None,
            },
            origin: origin(&line.origin)?,
            recorded: line.recorded,
            rounds: line
                .rounds
                .iter()
                .map(|r| r.round(item))
                .collect::<Option<_>>()?,
        })
    };
    session.plays.iter().map_while(one).collect()
}

fn origin(line: &OriginLine) -> Option<Origin> {
    Some(match line {
        OriginLine::Own => Origin::Own,
        OriginLine::Fork {
            parent,
            round,
            step,
            kept_tokens,
            words,
            logprob,
            sample,
        } => Origin::Fork(Fork {
            parent: PlayNo(*parent),
            round: RoundNo(*round),
            step: *step,
            kept_tokens: *kept_tokens,
            words: words.clone(),
            token: logprob.map(|logprob| Token {
                end: 0,
                logprob,
                detail: None,
            }),
            is_sample: *sample,
        }),
        OriginLine::Variant { parent, name } => {
            Origin::Variant(PlayNo(*parent), crate::run::variant_name(name)?)
        }
        OriginLine::Change { parent } => Origin::Change(PlayNo(*parent)),
    })
}

fn seats(app: &App, lines: &[HandLine]) -> Labels {
    let run = app.run();
    let conditions = &run.sweep().settings().conditions;
    let mut labels = Labels::new();
    for line in lines {
        let HandLine::Label {
            item,
            item_no,
            condition,
            sample,
            rotation,
            round,
            label,
            ..
        } = line
        else {
            continue;
        };
        let at = conditions.iter().position(|c| *c.name == **condition);
        let here = run.items().get(*item_no).filter(|i| *i.id.0 == **item);
        let (Some(at), Some(here)) = (at, here) else {
            continue;
        };
        if let Some(answer) = label.answer(&here.rotated(*rotation)) {
            let seat = Seat {
                item_no: *item_no,
                condition: ConditionNo(u16::try_from(at).unwrap_or(u16::MAX)),
                take: Take {
                    sample: *sample,
                    rotation: *rotation,
                },
                round: RoundNo(*round),
            };
            labels.insert(seat, answer);
        }
    }
    labels
}
