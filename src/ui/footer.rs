//! The bottom line: what was just said, or the keys that do something now.

use ratatui::layout::Rect;

use crate::app::view::Model;
use crate::app::{App, Line, Overlay, Role, Safe};

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
    let Some(hints) = app.hints(usize::from(inner.width)) else {
        if let Model::Failed(why) = &app.view().model {
            pen.line(inner, &vec![(Role::Failure, Safe::line(why.as_str()))]);
        }
        return;
    };
    pen.line(inner, &hints.before);
    for hint in hints.keys {
        let x = inner.x + u16::try_from(hint.x).unwrap_or(inner.width);
        let place = Rect {
            x,
            width: inner.right().saturating_sub(x),
            ..inner
        };
        let line: Line = vec![
            (Role::Key, Safe::from(hint.name)),
            (Role::Footer, Safe::from(format!(" {}", hint.label))),
        ];
        pen.line(place, &line);
    }
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
