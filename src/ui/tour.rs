//! The tour's box: one step, over the scoreboard or the question, never over answers.

use ratatui::layout::Rect;

use crate::app::App;
use crate::app::layout::{self, Areas};

use super::pen::Pen;

/// Draws it, if there is a step to show and room for it.
pub fn draw(pen: &mut Pen<'_>, app: &App, areas: &Areas) {
    let Some((title, lines)) = app.tour() else {
        return;
    };
    let Some(area) = layout::tour_box(areas) else {
        return;
    };
    let inner = pen.popup(area, &title);
    // Where there is one row, what to press matters.
    let skipped = lines.len().saturating_sub(usize::from(inner.height));
    for (y, line) in (inner.y..inner.bottom()).zip(&lines[skipped..]) {
        pen.line(
            Rect {
                y,
                height: 1,
                ..inner
            },
            line,
        );
    }
}
