//! The strip of switches above a column, and the box in which they are turned one by one.

use ratatui::layout::Rect;

use crate::app::column::{Knob, Setting, VALUE};
use crate::app::draws::Draws;
use crate::app::{Action, App, Line, PaneNo, Role, Safe};

use super::pen::{self, Pen};

/// How much of a switch is written.
#[derive(Clone, Copy)]
enum Form {
    /// `2 instruction=s1`.
    Whole,
    /// `2ins=s1`.
    Short,
    /// `2s1`, the key alone where it stands as it does by default.
    Changed,
    /// `1-9 2s1`, nothing where it stands as it does by default.
    Least,
}

/// One line: keys, clauses and levels, then prompt tokens reused and computed.
pub fn strip(pen: &mut Pen<'_>, app: &App, column: PaneNo, area: Rect) {
    let area = Rect {
        x: area.x + 1.min(area.width),
        width: area.width.saturating_sub(2),
        ..area
    };
    let room = usize::from(area.width);
    let cursor = app.view().cursor;
    let like = |p: PaneNo| (p.model, p.condition, p.play);
    let mine = like(column) == like(cursor);
    let tokens = tokens(app, column);
    if let Some(about) = app.pair_about(column) {
        let role = if mine { Role::TitleFocused } else { Role::Text };
        let line = vec![(role, about)];
        pen.line(area, &line);
        if pen::width(&line) + pen::width(&tokens) < room {
            pen.line_right(area, &tokens);
        }
        return;
    }
    let forms = [Form::Whole, Form::Short, Form::Changed, Form::Least];
    let lines = forms.map(|form| switches(app, column, form, mine));
    let beside = room.saturating_sub(pen::width(&tokens) + 1);
    let with = lines.iter().find(|l| pen::width(l) <= beside);
    let alone = || lines.iter().find(|l| pen::width(l) <= room);
    match (with, alone()) {
        (Some(line), _) => {
            pen.line(area, line);
            pen.line_right(area, &tokens);
        }
        (None, Some(line)) => pen.line(area, line),
        (None, None) => pen.line(area, &lines[3]),
    }
}

/// `=60 +30`.
fn tokens(app: &App, column: PaneNo) -> Line {
    match app.column_tokens(column) {
        (0, 0) => Line::new(),
        (reused, computed) => vec![
            (Role::Muted, format!("={reused} ").into()),
            (Role::Number, format!("+{computed}").into()),
        ],
    }
}

fn switches(app: &App, column: PaneNo, form: Form, mine: bool) -> Line {
    let mut line = Line::new();
    let mut count = 0;
    for no in 0.. {
        let Some(setting) = app.setting(column, Knob::Clause(no)) else {
            break;
        };
        push(&mut line, &setting, form, mine);
        count = no + 1;
    }
    if let (Form::Least, 1..) = (form, count) {
        let keys = [0, count - 1].map(|no| app.setting(column, Knob::Clause(no)));
        let keys = keys.map(|k| k.map(|k| k.key).unwrap_or_default());
        let role = if mine { Role::Key } else { Role::Muted };
        let gap = if line.is_empty() { "" } else { " " };
        line.insert(0, (role, format!("{}-{}{gap}", keys[0], keys[1]).into()));
    }
    if count == 0 {
        line.push((Role::Muted, without_clauses(app, column, form).into()));
    }
    let mut is_own = false;
    let draws = Draws::ALL.map(Knob::Column).into_iter();
    for knob in draws.chain([Knob::Locked]) {
        let setting = app.setting(column, knob).filter(|s| !s.is_plain);
        if let Some(setting) = setting {
            let said = format!(" {}={}", setting.name, setting.value);
            line.push((Role::Notice, said.into()));
            is_own = true;
        }
    }
    if is_own && matches!(form, Form::Whole | Form::Short) {
        line.push((Role::Muted, " (panes only, not the scoreboard)".into()));
    }
    line
}

/// Why there is nothing to switch.
fn without_clauses(app: &App, column: PaneNo, form: Form) -> String {
    let found = app.play_in(column);
    let is_edited = found.is_some_and(|(run, no)| {
        let came_from = run.focus().parent(no).and_then(|p| run.focus().play(p));
        let own = came_from.and_then(|p| p.own());
        run.focus().is_change(no) && own.is_some_and(|o| o.condition.clauses().count() > 0)
    });
    let key = |action| app.keymap().key_name(action).unwrap_or_default();
    match (is_edited, form) {
        (false, _) => "no clauses".to_owned(),
        (true, Form::Whole) => format!(
            "edited as said, so its clauses are gone: {} undoes, {} then ctrl-t edits with them",
            key(Action::Undo),
            key(Action::Edit)
        ),
        (true, Form::Short) => format!("edited as said: no clauses, {} undoes", key(Action::Undo)),
        (true, Form::Changed | Form::Least) => "edited: no clauses".to_owned(),
    }
}

fn push(line: &mut Line, setting: &Setting, form: Form, mine: bool) {
    let key = if mine { Role::Key } else { Role::Muted };
    let (name, value): (Role, Role) = match setting.is_plain {
        true => (Role::Muted, Role::Muted),
        false => (Role::Text, Role::Notice),
    };
    let gap = if line.is_empty() { "" } else { " " };
    let level = setting.value.clone();
    match (form, setting.is_plain) {
        (Form::Whole, _) => {
            line.push((key, format!("{gap}{}", setting.key).into()));
            line.push((name, format!(" {}=", setting.name).into()));
            line.push((value, level.join(&" ".into())));
        }
        (Form::Short, _) => {
            line.push((key, format!("{gap}{}", setting.key).into()));
            line.push((name, format!("{}=", setting.name.fit(3)).into()));
            line.push((value, level));
        }
        (Form::Changed, true) => line.push((key, format!("{gap}{}", setting.key).into())),
        (Form::Least, true) => {}
        (Form::Changed | Form::Least, false) => {
            line.push((key, format!("{gap}{}", setting.key).into()));
            line.push((value, level));
        }
    }
}

/// All knobs of the column under the cursor, one a row.
pub fn knobs(pen: &mut Pen<'_>, app: &App, chosen: usize) {
    let Some(listed) = app.listed() else { return };
    let knobs = app.knobs();
    let column = app.view().cursor;
    let name = app.pane_name(column);
    let inner = pen.popup(
        listed.area,
        &Safe::from("what this column asks: ").join(&name),
    );
    let shown = knobs.iter().enumerate().skip(listed.first);
    for (y, (no, knob)) in (listed.rows.y..listed.rows.bottom()).zip(shown) {
        let Some(setting) = app.setting(column, *knob) else {
            continue;
        };
        let place = Rect {
            y,
            height: 1,
            ..listed.rows
        };
        let is_chosen = no == chosen;
        if is_chosen {
            pen.tint(place, Role::Selected);
        }
        let role = |other| if is_chosen { Role::Selected } else { other };
        let value = match setting.is_plain {
            true => Role::Text,
            false => Role::Notice,
        };
        let sign = if is_chosen { "▸ " } else { "  " };
        let mark = if setting.is_plain { "  " } else { "* " };
        let padded = |text: Safe, columns: usize| text.fit(columns).padded(columns + 1);
        let line: Line = vec![
            (role(Role::Text), sign.into()),
            (role(Role::Key), format!("{:<2}", setting.key).into()),
            (role(Role::Text), padded(setting.name, VALUE)),
            (role(value), mark.into()),
            (role(value), padded(setting.value, VALUE)),
            (role(Role::Muted), setting.about),
        ];
        pen.line(place, &line);
    }
    pen.foot(listed.foot, &vec![(Role::Text, app.knob_told(chosen))]);
    let key = |action| app.keymap().key_name(action).unwrap_or_default();
    let (reused, computed) = app.column_tokens(column);
    let said = format!(
        " * not the default · {} undoes · prompt tokens: {reused} reused, {computed} computed ",
        key(Action::Undo)
    );
    let edge = Rect {
        y: inner.bottom(),
        height: 1,
        ..inner
    };
    pen.line_right(edge, &vec![(Role::Muted, said.into())]);
}
