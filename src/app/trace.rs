//! The belief trace as columns: one per place, all rounds of a play one after the other.

use super::{App, layout};

use crate::domain::MASS_ENOUGH;
use crate::run::{Focus, Place, PlayNo, Point, Trace, stations};

use crate::domain::RoundNo;

/// One column of the chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Column<'a> {
    /// Where.
    pub place: Place,
    /// What is known there.
    pub point: Option<&'a Point>,
    /// The options are together probable enough to be what comes next.
    pub solid: bool,
    /// The most probable option, where it is another one than at the last solid column.
    pub turn: Option<usize>,
}

/// The columns of a play.
pub fn columns<'a>(focus: &Focus, trace: &'a Trace, no: PlayNo) -> Vec<Column<'a>> {
    let mut columns = Vec::new();
    let mut before = None;
    let rounds = focus.play(no).map_or(&[][..], |p| &p.trajectory().rounds);
    for (round, r) in (0..).zip(rounds) {
        for (step, spoken) in r.steps.iter().enumerate() {
            for tokens in stations(spoken) {
                let place = Place {
                    play: no,
                    round: RoundNo(round),
                    step,
                    tokens,
                };
                let point = trace.point(&place);
                let best = point.and_then(best);
                let solid = best.is_some();
                let turn = best.filter(|b| before.is_some_and(|before| before != *b));
                before = best.or(before);
                columns.push(Column {
                    place,
                    point,
                    solid,
                    turn,
                });
            }
        }
    }
    columns
}

/// The most probable option, where options are what comes next.
fn best(point: &Point) -> Option<usize> {
    match point {
        Point::Known {
            probabilities,
            mass,
        } if *mass >= MASS_ENOUGH => {
            let all = probabilities.iter().enumerate();
            all.filter(|(_, p)| !p.is_nan())
                .max_by(|a, b| a.1.total_cmp(b.1))
                .map(|(no, _)| no)
        }
        Point::Known { .. } | Point::Asked | Point::Failed(_) => None,
    }
}

/// The column that says what was believed after a token.
pub fn after(columns: &[Column<'_>], round: RoundNo, step: usize, token: usize) -> Option<usize> {
    columns.iter().rposition(|c| {
        (c.place.round, c.place.step) == (round, step) && c.place.tokens <= token + 1
    })
}

/// Columns of what stands left of the chart: `S a .310→.620 `.
pub const LABEL: u16 = 14;

/// A column of cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// Between rounds `┆`, or between the steps of one `╎`.
    Gap(&'static str),
    /// A place.
    At(usize),
}

/// Columns of a cell, in a chart of so many.
pub fn cell(room: u16) -> u16 {
    match room {
        0..60 => 1,
        60..100 => 2,
        _ => 3,
    }
}

/// As many columns as fit; the one under the cursor among them.
pub fn window(columns: &[Column<'_>], now: usize, room: usize) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut cursor = 0;
    for (no, column) in columns.iter().enumerate() {
        let before = no.checked_sub(1).map(|n| columns[n].place);
        match before {
            Some(b) if b.round != column.place.round => slots.push(Slot::Gap("┆")),
            Some(b) if b.step != column.place.step => slots.push(Slot::Gap("╎")),
            Some(_) | None => {}
        }
        if no == now {
            cursor = slots.len();
        }
        slots.push(Slot::At(no));
    }
    if slots.len() > room {
        let first = cursor.saturating_sub(room / 2).min(slots.len() - room);
        slots.drain(..first);
        slots.truncate(room);
    }
    slots
}

impl App {
    /// The round, step and token that stand at a cell of the chart.
    pub(super) fn trace_at(&self, cell: (u16, u16)) -> Option<(RoundNo, usize, usize)> {
        let (_, chart) = layout::panel_parts(self.areas()?.panel?);
        let inner = layout::panel_body(chart);
        let is_in = layout::holds(inner, cell);
        let from = cell.0.checked_sub(inner.x + LABEL).filter(|_| is_in)?;
        let at = self.inside()?;
        let columns = columns(self.run.focus(), self.run.trace(), at.no);
        let now = after(&columns, at.round_no, at.step, at.token)?;
        let room = inner.width.saturating_sub(LABEL);
        let wide = self::cell(room);
        let slots = window(&columns, now, usize::from(room / wide));
        match slots.get(usize::from(from / wide))? {
            Slot::At(no) => {
                let place = columns.get(*no)?.place;
                // What was believed before a step's first token stands on that token, too.
                Some((place.round, place.step, place.tokens.saturating_sub(1)))
            }
            Slot::Gap(_) => None,
        }
    }
}
