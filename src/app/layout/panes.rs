//! Where panes stand: in rows and columns, or, where one round only is shown, in as many rows as its columns
//! need.
//!
//! Invariant: the pane under the cursor is among them; those of one row are equally wide, to a column.

use ratatui::layout::Rect;

use super::shape::{Arrangement, PaneNo, Shape};
use super::{Areas, PANE, ROOMY, Shown, split_top};

/// Columns that a strip of several changed switches needs to stand in one row.
const STRIP_WIDE: u16 = 48;

/// Whether all panes on screen are of one round.
fn is_one_round(shape: &Shape) -> bool {
    match shape.arrangement {
        Arrangement::Conditions => true,
        Arrangement::Grid => shape.rounds == 1,
        Arrangement::Rounds => false,
    }
}

pub(super) fn place_panes(areas: &mut Areas, area: Rect, shape: &Shape) {
    if is_one_round(shape) && shape.columns > area.width / PANE.0 && area.height >= 2 * PANE.1 {
        return flow(areas, area, shape);
    }
    let (across, down) = match shape.arrangement {
        Arrangement::Grid | Arrangement::Conditions => (shape.columns, shape.rounds),
        Arrangement::Rounds => (shape.rounds, shape.columns),
    };
    let (x, y) = shape.arrangement.place(shape.cursor);
    let fit = |height: u16| {
        (height / PANE.1)
            .min(shape.arrangement.rows_at_once())
            .min(down)
    };
    let free = area.height >= ROOMY && fit(area.height - 1) == fit(area.height);
    let wide = match shape.arrangement {
        Arrangement::Rounds => area.width,
        _ => column_width(area.width, shape),
    };
    let spare = area.height.saturating_sub(PANE.1);
    let (strip, area) = split_top(area, strip_rows(shape.strips, free, wide, spare));
    let fit_down = (area.height / PANE.1).min(shape.arrangement.rows_at_once());
    areas.columns = Shown::around(shape.first.0, x, area.width / PANE.0, across);
    areas.rows = Shown::around(shape.first.1, y, fit_down, down);
    let (columns, rows) = (areas.columns, areas.rows);
    let (wide, high) = (columns.end - columns.first, rows.end - rows.first);
    match (strip, shape.arrangement) {
        (None, _) => {}
        (Some(strip), Arrangement::Rounds) => {
            areas.strips.push((shape.cursor, strip));
        }
        (Some(strip), Arrangement::Grid | Arrangement::Conditions) => {
            for column in 0..wide {
                let left = share(strip.width, column, wide);
                let right = share(strip.width, column + 1, wide);
                let place = Rect::new(strip.x + left, strip.y, right - left, strip.height);
                areas
                    .strips
                    .push((PaneNo::new(columns.first + column, 0), place));
            }
        }
    }
    for row in 0..high {
        for column in 0..wide {
            let (left, right) = (
                share(area.width, column, wide),
                share(area.width, column + 1, wide),
            );
            let (top, bottom) = (
                share(area.height, row, high),
                share(area.height, row + 1, high),
            );
            let pane = shape
                .arrangement
                .pane((columns.first + column, rows.first + row));
            let rect = Rect::new(area.x + left, area.y + top, right - left, bottom - top);
            areas.panes.push((pane, rect));
        }
    }
}

/// One round's columns in several rows: more of them at once than stand side by side.
fn flow(areas: &mut Areas, area: Rect, shape: &Shape) {
    let at = shape.cursor;
    let fit_across = (area.width / PANE.0).max(1);
    let rows_for = |columns: u16| columns.div_ceil(fit_across);
    let each = area.height / rows_for(shape.columns);
    let wide = area.width / fit_across;
    let spare = each.saturating_sub(PANE.1);
    let strip = strip_rows(shape.strips, each >= ROOMY, wide, spare);
    let fit_down = (area.height / (PANE.1 + strip)).clamp(1, rows_for(shape.columns));
    areas.columns = Shown::around(
        shape.first.0,
        at.condition.0,
        fit_across * fit_down,
        shape.columns,
    );
    areas.rows = Shown::around(shape.first.1, at.round.0, 1, shape.rounds);
    let (first, end) = (areas.columns.first, areas.columns.end);
    let rows = rows_for(end - first);
    for row in 0..rows {
        // Rows of equal lengths: four panes are two and two, not three and one.
        let [begin, next] = [row, row + 1].map(|r| share(end - first, r, rows));
        let [top, bottom] = [row, row + 1].map(|r| area.y + share(area.height, r, rows));
        let wide = next - begin;
        for column in 0..wide {
            let [left, right] = [column, column + 1].map(|c| share(area.width, c, wide));
            let rect = Rect::new(area.x + left, top, right - left, bottom - top);
            let (above, rect) = split_top(rect, strip);
            let no = first + begin + column;
            areas
                .strips
                .extend(above.map(|above| (PaneNo::new(no, 0), above)));
            areas.panes.push((PaneNo::new(no, areas.rows.first), rect));
        }
    }
}

/// How wide a column of panes is that stand side by side.
fn column_width(width: u16, shape: &Shape) -> u16 {
    width / (width / PANE.0).clamp(1, shape.columns.max(1))
}

/// Rows of the strip of switches. What was asked for is not cut short: where a column is narrow it has two
/// rows, if the panes can spare them.
fn strip_rows(wanted: bool, free: bool, wide: u16, spare: u16) -> u16 {
    match wanted && wide < STRIP_WIDE && spare >= 2 {
        true => 2,
        false => u16::from(wanted || free),
    }
}

/// Where part `no` of `parts` begins within `length`.
fn share(length: u16, no: u16, parts: u16) -> u16 {
    let at = u32::from(length) * u32::from(no) / u32::from(parts.max(1));
    u16::try_from(at).unwrap_or(length)
}
