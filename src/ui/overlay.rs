//! What is open on top: help, the whole question, the palette; and the box of a model that failed.

use ratatui::layout::Rect;

use crate::app::layout;
use crate::app::palette::{Palette, Scope};
use crate::app::wrap::{Piece, Wrapped};
use crate::app::{Action, App, Line, Overlay, Role, Safe, example, help, prompt};
use crate::domain::RoundNo;
use crate::run::PlayNo;

use super::pen::Pen;
use super::samples;

/// Draws what is open.
pub fn draw(pen: &mut Pen<'_>, app: &App) {
    let size = app.view().size;
    match &app.view().overlay {
        Overlay::None
        | Overlay::Jump(_)
        | Overlay::Words(_)
        | Overlay::Search
        | Overlay::Note(..) => {}
        Overlay::Label(open) => super::label::draw(pen, app, open),
        Overlay::Prompt(top) => {
            let cursor = app.view().cursor;
            let no = app.run().focus().shown_no(cursor.condition);
            let name = no.map_or_else(Safe::default, |no| app.play_name(no));
            let title = format!("exact prompt of {name} r{}", cursor.round.0);
            let inner = pen.popup(layout::reading_box(size), &title.into());
            scrolled(pen, inner, &prompt::lines(app, inner.width), *top);
        }
        Overlay::Samples(row) => samples::draw(pen, app, *row),
        Overlay::Editor(open) => super::editor::draw(pen, app, open),
        Overlay::Column(row) => super::column::knobs(pen, app, *row),
        Overlay::Branches(row) => branches(pen, app, *row),
        Overlay::Help(top) => {
            let key = app.keymap().key_name(Action::NextPane).unwrap_or_default();
            let title = match app.view().help_all {
                true => format!("all keys, and signs ({key}: only those that work here)"),
                false => format!("keys that work here, and signs ({key}: all keys)"),
            };
            let inner = pen.popup(layout::reading_box(size), &title.into());
            scrolled(pen, inner, &help::lines(app, inner.width), *top);
        }
        Overlay::Example(top) => {
            let inner = pen.popup(layout::reading_box(size), &"question".into());
            scrolled(pen, inner, &example::noted_lines(app, inner.width), *top);
        }
        Overlay::Palette(open) => palette(pen, app, open),
    }
}

/// Rows from `top` on; says on the box's lower edge what is out of sight.
fn scrolled(pen: &mut Pen<'_>, inner: Rect, lines: &[Line], top: usize) {
    let shown = lines.iter().skip(top);
    for (y, line) in (inner.y..inner.bottom()).zip(shown) {
        pen.line(
            Rect {
                y,
                height: 1,
                ..inner
            },
            line,
        );
    }
    let end = (top + usize::from(inner.height)).min(lines.len());
    if end - top.min(end) < lines.len() {
        let said = format!(" {}-{end} of {} ", top + 1, lines.len());
        edge(pen, inner, said.into());
    }
}

pub(super) fn edge(pen: &mut Pen<'_>, inner: Rect, text: Safe) {
    pen.line_right(
        Rect {
            y: inner.bottom(),
            height: 1,
            ..inner
        },
        &vec![(Role::Muted, text)],
    );
}

fn palette(pen: &mut Pen<'_>, app: &App, open: &Palette) {
    let Some(listed) = app.listed() else { return };
    let title = match open.scope() {
        Scope::All => "find an action, condition, prompt, setting, category, theme or question",
        Scope::Categories => "choose a category",
        Scope::Models => "another model: of the cache, or the path of a folder or .gguf file",
    };
    let inner = pen.popup(listed.area, &title.into());
    if inner.height < 2 {
        return;
    }
    let room = usize::from(inner.width).saturating_sub(3);
    pen.line(
        inner,
        &vec![
            (Role::Key, "> ".into()),
            (Role::Text, open.typed().shown(room)),
            (Role::Cursor, " ".into()),
        ],
    );
    let offer = app.offer();
    let list = listed.rows;
    let shown = open.found().iter().enumerate().skip(listed.first);
    for (y, (at, pick)) in (list.y..list.bottom()).zip(shown) {
        let place = Rect {
            y,
            height: 1,
            ..list
        };
        let (kind, name, note) = offer.row(pick);
        let chosen = at == open.selected();
        if chosen {
            pen.tint(place, Role::Selected);
        }
        let keys = match pick {
            crate::app::palette::Pick::Do(action) => {
                app.keymap().key_name(*action).unwrap_or_default()
            }
            _ => String::new(),
        };
        let role = |other| if chosen { Role::Selected } else { other };
        let sign = if chosen { "▸ " } else { "  " };
        if open.scope() == Scope::Models {
            // Names with their owner, and paths.
            let wide = (usize::from(list.width) * 3 / 5).max(16);
            let line: Line = vec![
                (role(Role::Text), sign.into()),
                (
                    role(Role::Text),
                    format!("{:<wide$} ", name.fit(wide)).into(),
                ),
                (role(Role::Muted), note),
            ];
            pen.line(place, &line);
            continue;
        }
        let line: Line = vec![
            (role(Role::Text), sign.into()),
            (role(Role::Muted), format!("{kind:<10}").into()),
            (
                role(Role::Key),
                Safe::from(keys).padded(9).join(&" ".into()),
            ),
            (role(Role::Text), name.fit(16).padded(17)),
            (role(Role::Muted), note),
        ];
        pen.line(place, &line);
    }
    if let Some(pick) = open.pick() {
        let (_, name, note) = offer.row(pick);
        let told = vec![(Role::Title, name.join(&"  ".into())), (Role::Text, note)];
        pen.foot(listed.foot, &told);
    }
    let n = open.found().len();
    if (open.scope(), n) == (Scope::Models, 0) && list.height > 0 {
        let said = match app.knows_cache() {
            true => "  nothing in the cache: type a path (~/, ./, /), tab completes it",
            false => "  looking into the cache…",
        };
        pen.line(list, &vec![(Role::Muted, said.into())]);
    }
    let said = match n {
        0 => " nothing found ".to_owned(),
        _ => format!(" {} of {n} ", open.selected() + 1),
    };
    edge(pen, inner, said.into());
}

/// The branches of a condition as a tree: what each says instead, and how its rounds ended.
fn branches(pen: &mut Pen<'_>, app: &App, chosen: usize) {
    let Some(listed) = app.listed() else { return };
    let (tree, shown) = app.tree();
    let inner = pen.popup(listed.area, &"branches of this condition".into());
    let rows = tree.iter().enumerate().skip(listed.first);
    for (y, (at, (depth, no))) in (listed.rows.y..listed.rows.bottom()).zip(rows) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        if at == chosen {
            pen.tint(place, Role::Selected);
        }
        pen.line(place, &branch(app, *depth, *no, at == chosen, at == shown));
        if at == chosen {
            // Without the signs and the tree's lines.
            let told = branch(app, *depth, *no, false, at == shown);
            pen.foot(listed.foot, &told.into_iter().skip(3).collect());
        }
    }
    let key = |action| app.keymap().key_name(action).unwrap_or_default();
    let (open, compare) = (key(Action::Open), key(Action::Compare));
    let said = format!(" • in the column · {open} shows · {compare} compares with it ");
    edge(pen, inner, said.into());
}

fn branch(app: &App, depth: usize, no: PlayNo, chosen: bool, shown: bool) -> Line {
    let role = |other| if chosen { Role::Selected } else { other };
    let focus = app.run().focus();
    let mut verdicts = String::new();
    for round in 0..focus.settings().rounds {
        let verdict = focus
            .play(no)
            .and_then(|p| p.round(RoundNo(round))?.verdict);
        verdicts.push(verdict.map_or('·', |v| v.sign()));
        verdicts.push(' ');
    }
    let indent = if depth == 0 {
        String::new()
    } else {
        format!("{}└ ", "  ".repeat((depth - 1).min(8)))
    };
    let signs = format!(
        "{}{} ",
        if chosen { "▸" } else { " " },
        if shown { "•" } else { " " }
    );
    let mut line: Line = vec![
        (role(Role::Text), signs.into()),
        (role(Role::Number), verdicts.into()),
        (role(Role::Muted), format!(" {indent}").into()),
        (role(Role::Title), app.play_name(no)),
    ];
    if focus.is_change(no) {
        line.push((role(Role::Muted), " the prompt changed".into()));
    }
    if focus.variant(no).is_some() {
        line.push((role(Role::Muted), " the question changed".into()));
    }
    if let Some(fork) = focus.fork(no) {
        let by = match fork.token {
            Some(_) => "says",
            None => "made to say",
        };
        let text = format!(
            " from r{} token {} {by} \"{}\"",
            fork.round.0,
            fork.kept_tokens + 1,
            Safe::line(&fork.words)
        );
        line.push((role(Role::Muted), text.into()));
    }
    line
}

/// Why there is no model, over the panes.
pub fn failure(pen: &mut Pen<'_>, message: &Safe, panes: Rect) {
    let wide = panes.width.saturating_sub(4).min(84);
    let mut wrapped = Wrapped::new(usize::from(wide.saturating_sub(4)));
    let text = message.as_str();
    wrapped.extend(&[Piece {
        role: Role::Failure,
        text,
        begins_row: true,
        brief: false,
    }]);
    let high = u16::try_from(wrapped.rows().len() + 2)
        .unwrap_or(u16::MAX)
        .min(panes.height);
    let area = Rect {
        x: panes.x + (panes.width - wide) / 2,
        y: panes.y + (panes.height - high) / 2,
        width: wide,
        height: high,
    };
    let inner = pen.popup(area, &"the model could not be loaded".into());
    for (y, row) in (inner.y..inner.bottom()).zip(wrapped.rows()) {
        pen.line(
            Rect {
                y,
                height: 1,
                ..inner
            },
            &row.runs,
        );
    }
}
