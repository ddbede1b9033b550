//! The bottom line: what was just said, or the keys that do something now.

use ratatui::layout::Rect;

use crate::app::editor::{Editor, Subject};
use crate::app::layout::Screen;
use crate::app::palette::Scope;
use crate::app::search::Search;
use crate::app::view::Model;
use crate::app::{Action, App, Line, Overlay, Role, Safe};

use super::pen::{self, Pen};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) {
    pen.tint(area, Role::Footer);
    let inner = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    if let Overlay::Jump(typed) = &app.view().overlay {
        return jump(pen, app, typed, inner);
    }
    if let Overlay::Words(typed) = &app.view().overlay {
        return words(pen, app, typed, inner);
    }
    if let (Overlay::Search, Some(search)) = (&app.view().overlay, &app.view().search) {
        return looks_for(pen, search, inner);
    }
    if let Overlay::Note(item_no, typed) = &app.view().overlay {
        return note(pen, app, *item_no, typed, inner);
    }
    if let Some(notice) = &app.view().notice {
        return pen.line(inner, &vec![(Role::Notice, notice.clone())]);
    }
    if let Overlay::Editor(open) = &app.view().overlay {
        return pen.line(inner, &fixed(&editing(open), usize::from(inner.width)));
    }
    if let Overlay::Palette(open) = &app.view().overlay {
        let keys: &[(&str, &str)] = match open.scope() {
            Scope::Models => &TYPING,
            Scope::All | Scope::Categories => &TYPING[..4],
        };
        return pen.line(inner, &fixed(keys, usize::from(inner.width)));
    }
    let (first, last) = actions(app);
    let last = hints(app, last, usize::from(inner.width));
    let room = usize::from(inner.width).saturating_sub(pen::width(&last) + 2);
    if let (Model::Failed(why), true) = (&app.view().model, app.has_asked()) {
        return pen.line(inner, &vec![(Role::Failure, Safe::line(why.as_str()))]);
    }
    let mut line = Line::new();
    if let Some(search) = app.view().search.as_ref().filter(|_| app.is_searching()) {
        let n = search.hits().len();
        let at = search.at().map_or(0, |at| at + 1);
        let typed = Safe::line(search.typed().text()).fit(room / 3);
        line.push((Role::Key, Safe::from("/").join(&typed)));
        line.push((Role::Notice, Safe::from(format!(" {at} of {n}  "))));
    }
    let room = room.saturating_sub(pen::width(&line));
    line.extend(hints(app, first, room));
    pen.line(inner, &line);
    pen.line_right(inner, &last);
}

/// The keys of a text that is edited: not in the table, for they cannot be changed.
fn editing(open: &Editor) -> Vec<(&'static str, &'static str)> {
    let clauses = match open.has_clauses() {
        true => "as said",
        false => "with clauses",
    };
    let keys = [
        ("esc", "close"),
        ("ctrl-s", "ask"),
        ("ctrl-o", "save as"),
        ("ctrl-t", clauses),
        ("ctrl-u", "undo"),
        ("ctrl-r", "redo"),
        ("ctrl-k", "cut line"),
        ("ctrl-↓", "scroll what it comes to"),
    ];
    let is_question = matches!(open.subject(), Subject::Question);
    let for_it = |(key, _): &(&str, &str)| !(is_question && ["ctrl-o", "ctrl-t"].contains(key));
    keys.into_iter().filter(for_it).collect()
}

/// The keys of a list that is chosen from by typing: not in the table either.
const TYPING: [(&str, &str); 5] = [
    ("enter", "choose"),
    ("↑ ↓", "move"),
    ("esc", "close"),
    ("type", "to find"),
    ("tab", "complete"),
];

/// As many of some keys as fit.
fn fixed(keys: &[(&str, &str)], room: usize) -> Line {
    let mut line = Line::new();
    for (key, does) in keys {
        let more: Line = vec![
            (Role::Key, Safe::from(*key)),
            (Role::Footer, Safe::from(format!(" {does}  "))),
        ];
        // The gap at the end may hang over.
        if pen::width(&line) + pen::width(&more) > room + 2 {
            break;
        }
        line.extend(more);
    }
    line
}

/// What the keys on the left and on the right do; the first ones stay longest.
fn actions(app: &App) -> (&'static [Action], &'static [Action]) {
    let always: &[Action] = &[Action::Palette, Action::Help, Action::Quit];
    let reading: &[Action] = &[
        Action::Close,
        Action::Down,
        Action::Up,
        Action::PageDown,
        Action::PageUp,
        Action::Top,
        Action::Bottom,
    ];
    match app.view().overlay {
        Overlay::Help(_) => return (reading, &[Action::Help, Action::Quit]),
        Overlay::Example(_) => return (reading, always),
        Overlay::Prompt(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Compare,
                    Action::Copy,
                    Action::PageDown,
                    Action::PageUp,
                    Action::NextPane,
                ],
                always,
            );
        }
        Overlay::Samples(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Open,
                    Action::Samples,
                ],
                always,
            );
        }
        Overlay::Column(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Right,
                    Action::Left,
                    Action::LevelBefore,
                    Action::Undo,
                    Action::Redo,
                    Action::NextPane,
                    Action::FewerRounds,
                    Action::MoreRounds,
                ],
                always,
            );
        }
        Overlay::Branches(_) => {
            return (
                &[
                    Action::Close,
                    Action::Down,
                    Action::Up,
                    Action::Open,
                    Action::Compare,
                ],
                always,
            );
        }
        Overlay::Label(_) => return (&[], always),
        Overlay::None
        | Overlay::Note(..)
        | Overlay::Palette(_)
        | Overlay::Jump(_)
        | Overlay::Words(_)
        | Overlay::Search
        | Overlay::Editor(_) => {}
    }
    if app.is_searching() {
        let found: &[Action] = &[
            Action::NextItem,
            Action::PreviousItem,
            Action::Close,
            Action::Search,
            Action::Zoom,
            Action::Open,
        ];
        return (found, always);
    }
    if app.is_inside() {
        return (
            &[
                Action::Close,
                Action::Right,
                Action::Down,
                Action::Open,
                Action::Words,
                Action::Undo,
                Action::Redo,
                Action::NextWord,
                Action::Heat,
                Action::Compare,
                Action::Branches,
                Action::Prompt,
                Action::NextPane,
                Action::Zoom,
                Action::Left,
                Action::PreviousWord,
                Action::Up,
                Action::Top,
                Action::Bottom,
                Action::Turns,
            ],
            always,
        );
    }
    let first: &[Action] = match app.view().screen {
        Screen::Panes => &[
            Action::Close,
            Action::NextItem,
            Action::Open,
            Action::Label,
            Action::Column,
            Action::Edit,
            Action::Compare,
            Action::Samples,
            Action::Pairs,
            Action::Search,
            Action::Copy,
            Action::Zoom,
            Action::NextLayout,
            Action::Axis,
            Action::Board,
            Action::PauseSweep,
            Action::Rerun,
            Action::NewSeed,
            Action::Hotter,
            Action::Cooler,
            Action::NextMetric,
            Action::OwnQuestion,
            Action::Note,
            Action::ShowItem,
            Action::Category,
            Action::Turns,
            Action::RandomItem,
            Action::JumpToItem,
            Action::NextTheme,
        ],
        Screen::Zoom => &[
            Action::Close,
            Action::Up,
            Action::Down,
            Action::Open,
            Action::Label,
            Action::Compare,
            Action::Prompt,
            Action::Samples,
            Action::NextPane,
            Action::NextItem,
            Action::Turns,
            Action::Heat,
            Action::Rerun,
            Action::NewSeed,
            Action::ShowItem,
        ],
        Screen::Items => &[
            Action::Close,
            Action::Open,
            Action::Label,
            Action::NextItem,
            Action::Right,
            Action::NextMetric,
            Action::Note,
            Action::Down,
            Action::Up,
            Action::PreviousItem,
            Action::CopyAll,
        ],
        Screen::Compare => &[
            Action::Close,
            Action::NextItem,
            Action::PreviousItem,
            Action::Left,
            Action::Right,
            Action::NextPane,
            Action::Prompt,
            Action::Pairs,
            Action::Down,
            Action::Up,
        ],
        Screen::Board => &[
            Action::Close,
            Action::Open,
            Action::Zoom,
            Action::Up,
            Action::Down,
            Action::Right,
            Action::Category,
            Action::PauseSweep,
            Action::RestartSweep,
            Action::Copy,
            Action::CopyAll,
        ],
    };
    (first, always)
}

fn hints(app: &App, actions: &[Action], room: usize) -> Line {
    let mut line = Line::new();
    for action in actions.iter().filter(|a| app.applies(**a)) {
        let Some(key) = app.keymap().key_name(*action) else {
            continue;
        };
        let gap = if line.is_empty() { "" } else { "  " };
        let more: Line = vec![
            (Role::Footer, gap.into()),
            (Role::Key, Safe::from(key)),
            (Role::Footer, Safe::from(format!(" {}", app.label(*action)))),
        ];
        if pen::width(&line) + pen::width(&more) > room {
            break;
        }
        line.extend(more);
    }
    line
}

/// `after …the answer is: _`.
fn words(pen: &mut Pen<'_>, app: &App, typed: &crate::app::overlay::Typed, area: Rect) {
    let wide = usize::from(area.width);
    let said = app.said_before();
    let most = wide / 3;
    // Its end is what matters.
    let shown = match said.width() > most {
        true => {
            let text = said.as_str();
            let from = text.char_indices().map(|(at, _)| at);
            let tail = from.map(|at| &text[at..]);
            let fits = |tail: &&str| Safe::line(tail).width() < most;
            let tail = tail.into_iter().find(fits).unwrap_or("");
            Safe::from("…").join(&Safe::line(tail))
        }
        false => said,
    };
    let ask = Safe::from("after \"").join(&shown).join(&"\" say: ".into());
    let room = wide.saturating_sub(ask.width() + 1);
    let line = vec![
        (Role::Notice, ask),
        (Role::Text, typed.shown(room)),
        (Role::Cursor, " ".into()),
    ];
    pen.line(area, &line);
}

/// `/elderly_  3 of 12`, and the keys of the line.
fn looks_for(pen: &mut Pen<'_>, search: &Search, area: Rect) {
    let said = match (search.at(), search.typed().text().trim().is_empty()) {
        (_, true) => "type what to find in the panes on screen".to_owned(),
        (Some(at), _) => format!("{} of {}", at + 1, search.hits().len()),
        (None, _) => "not in the panes on screen".to_owned(),
    };
    let mut keys: Line = vec![(Role::Notice, format!(" {said} ").into())];
    for (key, does) in [("enter", "keep"), ("↑ ↓", "next"), ("esc", "end")] {
        keys.push((Role::Key, Safe::from(format!(" {key}"))));
        keys.push((Role::Footer, Safe::from(format!(" {does} "))));
    }
    let room = usize::from(area.width).saturating_sub(pen::width(&keys) + 2);
    let line = vec![
        (Role::Key, "/".into()),
        (Role::Text, search.typed().shown(room)),
        (Role::Cursor, " ".into()),
    ];
    pen.line(area, &line);
    pen.line_right(area, &keys);
}

/// `note on Age/0: _`.
fn note(
    pen: &mut Pen<'_>,
    app: &App,
    item_no: usize,
    typed: &crate::app::overlay::Typed,
    area: Rect,
) {
    let item = app.run().items().get(item_no);
    let name = item.map_or_else(Safe::default, |i| Safe::line(&i.id.0));
    let ask = Safe::from("note on ").join(&name).join(&": ".into());
    line_of(pen, ask, typed, area);
}

fn line_of(pen: &mut Pen<'_>, ask: Safe, typed: &crate::app::overlay::Typed, area: Rect) {
    let room = usize::from(area.width).saturating_sub(ask.width() + 1);
    let line = vec![
        (Role::Notice, ask),
        (Role::Text, typed.shown(room)),
        (Role::Cursor, " ".into()),
    ];
    pen.line(area, &line);
}

fn jump(pen: &mut Pen<'_>, app: &App, typed: &crate::app::overlay::Typed, area: Rect) {
    let ask = Safe::from(format!("question, 1-{} or name: ", app.run().items().len()));
    let room = usize::from(area.width).saturating_sub(ask.width() + 1);
    let mut line = vec![
        (Role::Notice, ask),
        (Role::Text, typed.shown(room)),
        (Role::Cursor, " ".into()),
    ];
    if let Some(notice) = &app.view().notice {
        line.push((Role::Failure, Safe::from("  ").join(notice)));
    }
    pen.line(area, &line);
}
