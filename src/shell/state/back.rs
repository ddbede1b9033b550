//! A session from its file into an app that was started as it was.

use std::sync::Arc;

use crate::app::inspect::Heat;
use crate::app::kept::KeptScreen;
use crate::app::layout::{Arrangement, Screen};
use crate::app::place::{self, ListPlace, Place};
use crate::app::{App, Metric};
use crate::config::prompts::SCRIBE;
use crate::domain::{Condition, ConditionNo, Item, RoundNo, Token};
use crate::run::{
    Column, Fork, Kept, KeptPlay, Labels, Origin, PaneDraw, PlayNo, Seat, Settings, Take,
};
use crate::session::{
    ColumnLine, DecodingLine, ExplorerSession, HandLine, OriginLine, PaneDrawLine, PlayLine,
};

use super::super::sayings;
use super::{ARRANGEMENTS, HEATS, SCREENS, named};

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
    // Earlier versions wrote of each column alone whether it is locked.
    let all_locked = || !session.columns.is_empty() && session.columns.iter().all(|c| c.locked);
    let kept = Kept {
        item_no: screen.item_no,
        settings: Settings {
            conditions: columns.iter().map(|c| c.condition.clone()).collect(),
            rounds: session.rounds.max(1),
            seed: session.seed,
            decoding: session.decoding.decoding(),
            lock_seeds: session.lock_seeds.unwrap_or_else(all_locked),
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
        place: Place {
            list: screen.list.as_ref().map(|l| ListPlace {
                of: (l.condition, l.round),
                against: l.against,
                sort: l.sort,
                only: l.only.clone(),
                item_no: l.item_no,
                entered: l.entered,
            }),
            compared: screen.compared,
            token: screen.token,
            open: (screen.open.as_ref())
                .and_then(|(name, row)| Some((place::open_named(name)?, *row))),
        },
    };
    if !app.put_back(&shown, kept) {
        lost.push(format!("question {} is not here any more", screen.item));
    }
    if !session.labels.is_empty() {
        let labels = seats(app, &session.labels);
        app.put_back_labels(labels);
    }
    let sayings = session.sayings.iter().filter_map(|line| match line {
        HandLine::Saying { answer, label, .. } => Some((answer, label)),
        HandLine::Label { .. } | HandLine::Note { .. } => None,
    });
    let sayings = sayings::all(sayings);
    if !sayings.is_empty() {
        app.put_back_sayings(sayings);
    }
    lost
}

/// What a column asked with: as a record has it, as the prompt files have it, or as its text says.
fn column(app: &App, line: &ColumnLine, all: &[Arc<Condition>]) -> Result<Column, String> {
    let plain = |c: Condition| Column::new(Arc::new(c), app.run().focus().settings());
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
            same(&condition).then(|| plain(condition))
        })
    };
    let written = || match (SCRIBE.read)(&line.text) {
        Ok(condition) => Ok(plain(condition)),
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
        rounds: line.rounds.iter().map(pane_draw).collect(),
        ..column
    })
}

fn pane_draw(line: &PaneDrawLine) -> (RoundNo, PaneDraw) {
    let own = PaneDraw {
        temperature: line.temperature,
        top_p: line.top_p,
        seed: line.seed,
    };
    (RoundNo(line.round), own)
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
