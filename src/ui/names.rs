//! What the scoreboard's rows stand for, and whose answers they count.
//!
//! Invariant: no row ever holds two models' answers.

use crate::app::{Action, App, Axis, Line, PaneNo, Role, Safe};
use crate::domain::ConditionNo;

/// Marks a board whose settings are not the panes'; in fewer words where there is little room.
pub fn settings(app: &App, is_short: bool) -> Line {
    let (board, panes) = (app.run().sweep().settings(), app.run().focus().settings());
    let locked = if board.lock_seeds { "locked " } else { "" };
    let (temperature, seed) = (board.decoding.temperature, board.seed);
    let mut line: Line = vec![(
        Role::Muted,
        format!("T {temperature:.1} seed {seed} {locked}").into(),
    )];
    if board != panes {
        let key = app
            .keymap()
            .key_name(Action::RestartSweep)
            .unwrap_or_default();
        let does = match (app.record(), is_short) {
            (_, true) => "",
            (Some(_), false) => " back",
            (None, false) => " restarts",
        };
        line.push((Role::Notice, format!("≠ panes ({key}{does}) ").into()));
    }
    line.extend(own_sampling(app, is_short));
    line
}

/// How single columns draw is not how the benchmark does.
pub fn own_sampling(app: &App, is_short: bool) -> Line {
    let focus = app.run().focus();
    let conditions = (0u16..).zip(&focus.settings().conditions);
    let own = conditions.filter(|(no, _)| {
        let column = focus.column(ConditionNo(*no));
        column.is_some_and(|c| !c.draws_as_set(focus.settings()))
    });
    let said = match is_short {
        true => "≠ columns' sampling ",
        false => "without columns' own sampling ",
    };
    match own.count() {
        0 => Line::new(),
        _ => vec![(Role::Notice, said.into())],
    }
}

/// Which category is counted alone.
pub fn category(app: &App) -> Line {
    match app.view().category_name() {
        Some(name) => vec![(Role::Notice, format!("only {} ", Safe::line(name)).into())],
        None => Line::new(),
    }
}

/// Whether a row is that of the pane that keys act on, rounds apart.
pub fn is_here(app: &App, name: PaneNo) -> bool {
    let cursor = app.view().cursor;
    (name.model, name.condition) == (cursor.model, cursor.condition)
}

/// Whose answers they are, where several models are loaded.
pub fn whose(app: &App) -> Line {
    let condition = app
        .run()
        .focus()
        .settings()
        .condition(app.view().cursor.condition);
    match (app.axis(), app.models()) {
        (Axis::Models, _) => {
            let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
            vec![(Role::Text, name.join(&" of each model ".into()))]
        }
        (_, 0 | 1) => Line::new(),
        (_, _) => vec![(Role::Text, app.model_name(app.model_no()).join(&" ".into()))],
    }
}

/// What stands above the names.
pub fn heading(app: &App) -> &'static str {
    match app.axis() {
        Axis::Models => "model     rd",
        Axis::Conditions | Axis::Branches | Axis::Pairs => "condition rd",
    }
}
