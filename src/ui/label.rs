//! An answer that the parser could not read, and what somebody can read in it.

use ratatui::layout::Rect;

use crate::app::label::Labelling;
use crate::app::{App, Role, Safe, label_rows, layout};

use super::pen::Pen;

/// Draws it on top of everything else.
pub fn draw(pen: &mut Pen<'_>, app: &App, open: &Labelling) {
    let title = format!(
        "what does {} choose? {}",
        open.whose.fit(30),
        Safe::line(&open.item.id.0)
    );
    let inner = pen.popup(layout::reading_box(app.view().size), &title.into());
    let rows = usize::from(inner.height);
    let lines = label_rows::rows(open, inner.width, rows);
    for (y, (choice, line)) in (inner.y..inner.bottom()).zip(&lines) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        pen.line(place, line);
        if *choice == Some(open.row) {
            pen.tint(place, Role::Selected);
        }
    }
    let counted = open.seat.and_then(|seat| app.run().sweep().label_of(&seat));
    let beside = || app.sayings().get(open.saying.as_ref()?)?.answer(&open.item);
    let now = match counted.or_else(beside).map(|a| a.verdict(&open.item)) {
        Some(verdict) => format!(" labelled now: {} · ", verdict.name()),
        None => " no label yet · ".to_owned(),
    };
    let edge = Rect {
        y: inner.bottom(),
        height: 1,
        ..inner
    };
    let keys = "its letter or enter chooses · esc closes ";
    pen.line_right(
        edge,
        &vec![(Role::Muted, Safe::from(format!("{now}{keys}")))],
    );
}
