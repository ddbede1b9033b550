//! The picture: [`draw`] turns an app into a frame.
//!
//! Invariant: drawing only reads; the same app, theme and size give the same frame, and nothing
//! flows back. Geometry comes from [`crate::app::layout`]. All text goes through [`pen::Pen`].

mod ask;
mod board;
mod column;
mod compare;
mod editor;
mod footer;
mod header;
mod items;
mod label;
mod marks;
mod names;
mod overlay;
mod pane;
mod pane_title;
pub mod pen;
mod question;
mod samples;
pub mod theme;
mod tokens;
mod tour;
mod trace;

pub use theme::{ColourDepth, Theme};

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::layout::{SMALLEST, Screen};
use crate::app::view::Model;
use crate::app::{App, Role, Safe};

use pen::Pen;

/// Draws everything.
pub fn draw(app: &App, theme: &Theme, frame: &mut Frame<'_>) {
    let page = frame.area();
    let mut pen = Pen::new(frame.buffer_mut(), theme);
    // The terminal may have changed since the app was told; then this frame is one behind.
    let areas = app
        .areas()
        .filter(|_| app.view().size == (page.width, page.height));
    let Some(areas) = areas else {
        return too_small(&mut pen, page, app.view().size);
    };
    header::draw(&mut pen, app, &areas);
    if let Some(area) = areas.item {
        question::draw(&mut pen, app, area);
    }
    for (no, area) in &areas.strips {
        column::strip(&mut pen, app, *no, *area);
    }
    for (no, area) in &areas.panes {
        pane::draw(&mut pen, app, *no, *area);
    }
    for (no, model) in app.all_models() {
        // A record's answers stay in sight; why there is no model, the notice and the token's panel say.
        if app.is_recorded_model(no) {
            continue;
        }
        let of_model: Vec<_> = (areas.panes.iter())
            .filter(|(pane, _)| pane.model == no)
            .copied()
            .collect();
        // One that stopped later is told in the bottom line: what it said stays in sight.
        let asked = app
            .run_of(no)
            .is_some_and(|r| r.focus().item_no().is_some());
        if let (Model::Failed(message), Some(panes), false) = (model, around(&of_model), asked) {
            overlay::failure(&mut pen, message, panes);
        }
    }
    if let Some((area, form)) = areas.board {
        board::draw(&mut pen, app, area, form);
    }
    let view = app.view();
    match (areas.page, view.screen, &view.comparison, &view.items) {
        (Some(page), Screen::Compare, Some(comparison), _) => {
            compare::draw(&mut pen, app, comparison, page);
        }
        (Some(page), Screen::Items, _, Some(list)) => items::draw(&mut pen, app, list, page),
        _ => {}
    }
    if let Some(area) = areas.panel {
        tokens::draw(&mut pen, app, area);
    }
    tour::draw(&mut pen, app, &areas);
    footer::draw(&mut pen, app, areas.footer);
    overlay::draw(&mut pen, app);
    footer::long_notice(&mut pen, app, areas.footer);
}

/// The rectangle around all panes.
fn around(panes: &[(crate::app::PaneNo, Rect)]) -> Option<Rect> {
    panes.iter().map(|(_, rect)| *rect).reduce(Rect::union)
}

fn too_small(pen: &mut Pen<'_>, page: Rect, known: (u16, u16)) {
    if known != (page.width, page.height) {
        return;
    }
    let said = [
        format!("recant needs {}x{}", SMALLEST.0, SMALLEST.1),
        format!("this is {}x{}", page.width, page.height),
        "enlarge, or q".to_owned(),
    ];
    for (row, text) in (0u16..).zip(said) {
        if row < page.height {
            let area = Rect {
                y: page.y + row,
                height: 1,
                ..page
            };
            pen.line(area, &vec![(Role::Text, Safe::from(text))]);
        }
    }
}
