//! What is marked in a pane's text: tokens by heat, where the belief turned, the token under the cursor,
//! and what was looked for. Each has a look without colour.

use ratatui::layout::Rect;

use crate::app::inspect::Heat;
use crate::app::layout::PaneNo;
use crate::app::pane_text::PaneText;
use crate::app::trace::{self, Column};
use crate::app::{App, Role};
use crate::domain::Round;

use super::pen::Pen;

/// Marks tokens by heat, those that turned the belief, and the one under the cursor.
pub(super) fn tokens(
    pen: &mut Pen<'_>,
    app: &App,
    no: PaneNo,
    round: &Round,
    rows: &PaneText,
    text: Rect,
) {
    let heat = app.view().heat;
    let inside = app.inside().filter(|_| no == app.view().cursor);
    let shown = app.play_in(no);
    let fork = shown.and_then(|(run, play)| run.focus().fork(play));
    let fork = fork.filter(|f| f.round == no.round);
    if heat == Heat::Off && inside.is_none() && fork.is_none() {
        return;
    }
    let turns = inside.map_or_else(Vec::new, |at| {
        let run = app.run();
        let mut columns = trace::columns(run.focus(), run.trace(), at.no);
        columns.retain(|c| c.turn.is_some() && c.place.round == at.round_no);
        columns
    });
    let neighbours = app.neighbours(no).filter(|_| heat == Heat::Surprise);
    let mut end = None;
    let mut shown = false;
    for span in rows.spans(round) {
        let place = Rect {
            x: text.x + u16::try_from(span.column).unwrap_or(0),
            y: text.y + u16::try_from(span.row).unwrap_or(0),
            width: u16::try_from(span.columns).unwrap_or(0),
            height: 1,
        };
        let token = round
            .steps
            .get(span.step)
            .and_then(|s| s.tokens.get(span.token));
        let left = neighbours.and_then(|n| {
            let trace = app.run().trace();
            trace.surprise(&n, span.step, span.token)
        });
        let level = token.and_then(|t| heat.level(t, left)).unwrap_or(0);
        match level {
            0 => {}
            1 => pen.tint(place, Role::HeatLow),
            2 => pen.tint(place, Role::HeatMedium),
            _ => pen.tint(place, Role::HeatHigh),
        }
        let turned = |c: &Column<'_>| (c.place.step, c.place.tokens) == (span.step, span.token + 1);
        // Where a branch left: its first token was put there.
        if fork.is_some_and(|f| (f.step, f.kept_tokens) == (span.step, span.token)) {
            pen.tint(place, Role::Prefill);
        }
        if turns.iter().any(turned) {
            pen.tint(place, Role::Turn);
        }
        if let Some(at) = inside {
            let (mine, here) = ((at.step, at.token), (span.step, span.token));
            if here == mine {
                pen.tint(place, Role::TokenCursor);
                shown = true;
            } else if here < mine {
                end = Some(place);
            }
        }
    }
    // A token without text (an end of turn) stands after the one before it.
    if let (false, Some(place), Some(_)) = (shown, end, inside)
        && place.right() < text.right() + 1
    {
        let after = Rect {
            x: place.right(),
            width: 1,
            ..place
        };
        pen.tint(after, Role::TokenCursor);
    }
}

/// Marks what was looked for.
pub(super) fn matches(pen: &mut Pen<'_>, app: &App, no: PaneNo, rows: &PaneText, text: Rect) {
    let Some(search) = app.view().search.as_ref().filter(|_| app.is_searching()) else {
        return;
    };
    let here = search.at();
    let hits = search.hits().iter().enumerate();
    for (at, hit) in hits.filter(|(_, h)| h.pane == no) {
        let role = match Some(at) == here {
            true => Role::MatchHere,
            false => Role::Match,
        };
        for cells in &hit.cells {
            let y = cells.row.checked_sub(rows.top());
            let Some(y) = y
                .and_then(|y| u16::try_from(y).ok())
                .filter(|y| *y < text.height)
            else {
                continue;
            };
            let place = Rect {
                x: text.x + u16::try_from(cells.column).unwrap_or(0),
                y: text.y + y,
                width: u16::try_from(cells.columns).unwrap_or(0),
                height: 1,
            };
            pen.tint(place.intersection(text), role);
        }
    }
}
