//! The lines at the bottom that are typed into: a question's number, words, a search, a note.

use ratatui::layout::Rect;

use crate::app::overlay::Typed;
use crate::app::search::Search;
use crate::app::{App, Line, Overlay, Role, Safe};

use super::pen::{self, Pen};

/// Draws the line that is typed into; returns whether there is one.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) -> bool {
    match (&app.view().overlay, &app.view().search) {
        (Overlay::Jump(typed), _) => jump(pen, app, typed, area),
        (Overlay::Words(typed), _) => words(pen, app, typed, area),
        (Overlay::Search, Some(search)) => looks_for(pen, search, area),
        (Overlay::Note(item_no, typed), _) => note(pen, app, *item_no, typed, area),
        (Overlay::Search, None)
        | (
            Overlay::None
            | Overlay::Help(_)
            | Overlay::Example(_)
            | Overlay::Prompt(_)
            | Overlay::Branches(_)
            | Overlay::Samples(_)
            | Overlay::Column(_)
            | Overlay::Label(_)
            | Overlay::Editor(_)
            | Overlay::Palette(_),
            _,
        ) => return false,
    }
    true
}

/// `after …the answer is: _`.
fn words(pen: &mut Pen<'_>, app: &App, typed: &Typed, area: Rect) {
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
fn note(pen: &mut Pen<'_>, app: &App, item_no: usize, typed: &Typed, area: Rect) {
    let item = app.run().items().get(item_no);
    let name = item.map_or_else(Safe::default, |i| Safe::line(&i.id.0));
    let ask = Safe::from("note on ").join(&name).join(&": ".into());
    line_of(pen, ask, typed, area);
}

fn line_of(pen: &mut Pen<'_>, ask: Safe, typed: &Typed, area: Rect) {
    let room = usize::from(area.width).saturating_sub(ask.width() + 1);
    let line = vec![
        (Role::Notice, ask),
        (Role::Text, typed.shown(room)),
        (Role::Cursor, " ".into()),
    ];
    pen.line(area, &line);
}

fn jump(pen: &mut Pen<'_>, app: &App, typed: &Typed, area: Rect) {
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
