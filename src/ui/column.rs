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
    /// `1-9 2pla…`, levels cut short.
    Terse,
}

/// Keys, clauses and levels, then prompt tokens reused and computed.
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
    let forms = [
        Form::Whole,
        Form::Short,
        Form::Changed,
        Form::Least,
        Form::Terse,
    ];
    let units = forms.map(|form| switches(app, column, form, mine));
    let rows = usize::from(area.height);
    let fits = |kept: usize| units.iter().find_map(|u| laid(u, room, rows, kept));
    let (lines, has_tokens) = match fits(pen::width(&tokens)) {
        Some(lines) => (lines, true),
        None => (fits(0).unwrap_or_default(), false),
    };
    // Too narrow for all of them: what fits of the first ones.
    let cut = || laid(&units[4], usize::MAX, 1, 0);
    let lines = match lines.is_empty() {
        true => cut().unwrap_or_default(),
        false => lines,
    };
    let mut places = (area.y..area.bottom()).map(|y| Rect {
        y,
        height: 1,
        ..area
    });
    for (place, line) in places.clone().zip(&lines) {
        pen.line(place, line);
    }
    if let (true, Some(last)) = (has_tokens, places.next_back()) {
        pen.line_right(last, &tokens);
    }
}

/// Switches in rows, none of them cut; `None` where they do not fit. In the last row `kept` columns stay free.
fn laid(units: &[Line], room: usize, rows: usize, kept: usize) -> Option<Vec<Line>> {
    let mut lines = vec![Line::new()];
    for unit in units {
        let last = lines.len() == rows;
        let room = match last && kept > 0 {
            true => room.checked_sub(kept + 1)?,
            false => room,
        };
        let line = lines.last_mut()?;
        let gap = usize::from(!line.is_empty());
        if pen::width(line) + gap + pen::width(unit) <= room {
            if gap > 0 {
                line.push((Role::Muted, " ".into()));
            }
            line.extend(unit.iter().cloned());
            continue;
        }
        let room = match lines.len() + 1 == rows && kept > 0 {
            true => room.checked_sub(kept + 1)?,
            false => room,
        };
        if lines.len() == rows || pen::width(unit) > room {
            return None;
        }
        lines.push(unit.clone());
    }
    // One row of its own for the tokens, or room in it.
    let is_free = lines.len() < rows || pen::width(lines.last()?) + kept < room;
    (kept == 0 || is_free).then_some(lines)
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

/// The switches of a column, each with its key.
fn switches(app: &App, column: PaneNo, form: Form, mine: bool) -> Vec<Line> {
    let knobs = app.clause_knobs(column).into_iter();
    let clauses: Vec<Setting> = knobs.filter_map(|k| app.setting(column, k)).collect();
    let units = clauses.iter().map(|s| switch(s, form, mine));
    let mut units: Vec<Line> = units.filter(|u| !u.is_empty()).collect();
    if let (Form::Least | Form::Terse, [first, .., last]) = (form, clauses.as_slice()) {
        let role = if mine { Role::Key } else { Role::Muted };
        let keys = Safe::from(format!("{}-{}", first.key, last.key));
        units.insert(0, vec![(role, keys)]);
    }
    if clauses.is_empty() {
        let said = without_clauses(app, column, form);
        units.push(vec![(Role::Muted, said.into())]);
    }
    let draws = Draws::ALL.map(Knob::Column).into_iter();
    let own = draws.chain([Knob::Locked]);
    let own = own.filter_map(|knob| app.setting(column, knob).filter(|s| !s.is_plain));
    let own: Vec<Line> = own
        .map(|s| {
            let said = format!("{}={}", s.name, s.value);
            vec![(Role::Notice, said.into())]
        })
        .collect();
    let says_where = !own.is_empty() && matches!(form, Form::Whole | Form::Short);
    units.extend(own);
    if says_where {
        let said = "(panes only, not the scoreboard)";
        units.push(vec![(Role::Muted, said.into())]);
    }
    units
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
        (true, Form::Changed | Form::Least | Form::Terse) => "edited: no clauses".to_owned(),
    }
}

/// A switch as it is written in a form; empty where it is left out.
fn switch(setting: &Setting, form: Form, mine: bool) -> Line {
    let key = if mine { Role::Key } else { Role::Muted };
    let (name, value): (Role, Role) = match setting.is_plain {
        true => (Role::Muted, Role::Muted),
        false => (Role::Text, Role::Notice),
    };
    let key = (key, Safe::from(setting.key.as_str()));
    let level = setting.value.clone();
    match (form, setting.is_plain) {
        (Form::Whole, _) => vec![
            key,
            (name, format!(" {}=", setting.name).into()),
            (value, level),
        ],
        (Form::Short, _) => vec![
            key,
            (name, format!("{}=", setting.name.fit(3)).into()),
            (value, level),
        ],
        (Form::Changed, true) => vec![key],
        (Form::Least | Form::Terse, true) => Line::new(),
        (Form::Changed | Form::Least, false) => vec![key, (value, level)],
        (Form::Terse, false) => vec![key, (value, level.fit(4))],
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
