//! The bottom line: what was just said, or the keys that do something now.

use ratatui::layout::Rect;

use crate::app::editor::{Editor, Subject};
use crate::app::layout::Screen;
use crate::app::view::Model;
use crate::app::{Action, App, Line, Overlay, Role, Safe};

use super::ask;
use super::pen::{self, Pen};

/// Most rows of a notice.
const NOTICE: u16 = 5;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) {
    pen.tint(area, Role::Footer);
    let inner = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    };
    if ask::draw(pen, app, inner) {
        return;
    }
    if let Some(notice) = &app.view().notice {
        return pen.line(inner, &vec![(Role::Notice, notice.clone())]);
    }
    if let Overlay::Editor(open) = &app.view().overlay {
        return pen.line(inner, &fixed(&editing(open), usize::from(inner.width)));
    }
    if let Overlay::Palette(_) = &app.view().overlay {
        return pen.line(inner, &fixed(&TYPING, usize::from(inner.width)));
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

/// A notice that one line does not hold, in rows above it as well, over what is there, until the next key.
pub fn long_notice(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let Some(notice) = &app.view().notice else {
        return;
    };
    let wide = area.width.saturating_sub(2);
    let asks = matches!(app.view().overlay, Overlay::Jump(_));
    if asks || notice.width() <= usize::from(wide) {
        return;
    }
    let line = vec![(Role::Notice, notice.clone())];
    let rows = pen::rows(&line, wide).min(NOTICE).min(area.y);
    let over = Rect {
        y: area.bottom() - rows,
        height: rows,
        ..area
    };
    pen.clear(over);
    pen.tint(over, Role::Footer);
    let inner = Rect {
        x: over.x + 1,
        width: wide,
        ..over
    };
    pen.wrapped(inner, &line);
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
const TYPING: [(&str, &str); 4] = [
    ("enter", "choose"),
    ("↑ ↓", "move"),
    ("esc", "close"),
    ("type", "to find"),
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
        | Overlay::Model(_)
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
