//! The belief trace as columns: one per place, all rounds of a play one after the other.

use crate::run::{Focus, MASS_ENOUGH, Place, PlayNo, Point, Trace, stations};

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
