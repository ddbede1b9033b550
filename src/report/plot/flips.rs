//! Bars of how many answers became right and wrong from round to round.

use crate::domain::RoundNo;
use crate::stats::Flips;

use super::super::tally::Tally;
use super::figure::Figure;
use super::panel::{Panel, Range, range};
use super::{conditions, rounds};

/// The panel at a corner.
pub fn flips(figure: &mut Figure, tally: &Tally, corner: (f64, f64)) {
    let share = |flips: &Flips, n: u64| match flips.pairs {
        0 => 0.0,
        pairs => 100.0 * n as f64 / pairs as f64,
    };
    let mut bars = Vec::new();
    for (look, no, _) in conditions(tally) {
        for round in 1..tally.rounds {
            let flips = tally.board.cell(no, RoundNo(round), None).flips();
            let (up, down) = (share(&flips, flips.corrected), share(&flips, flips.spoiled));
            bars.push((look, round, up, down));
        }
    }
    // The markers above full bars have room below the title.
    let bounds = Range {
        low: -100.0,
        high: 115.0,
    };
    let up = range(bars.iter().flat_map(|b| [b.2, -b.3]), bounds);
    let (across, ticks) = rounds(tally);
    let across = Range { low: 0.5, ..across };
    let ticks: Vec<_> = ticks.into_iter().filter(|(r, _)| *r > 0.0).collect();
    let panel = Panel::new(corner, across, up);
    let title = "Flips since the round before";
    panel.axes(
        figure,
        title,
        &ticks,
        "round",
        match tally.repeats() {
            true => "% of answers: right ↑, wrong ↓",
            false => "% of items: right ↑, wrong ↓",
        },
    );
    let all = tally.conditions.len();
    let slot = (panel.across(1.0) - panel.across(0.0)) * 0.8 / all.max(1) as f64;
    let wide = (slot - 2.0).clamp(1.0, 26.0);
    for (look, round, corrected, spoiled) in bars {
        let middle = panel.across(f64::from(round))
            + (look as f64 - (all as f64 - 1.0) / 2.0) * (wide + 2.0);
        let left = middle - wide / 2.0;
        let zero = panel.up(0.0);
        let (top, bottom) = (panel.up(corrected), panel.up(-spoiled));
        figure.bar(look, false, (left, top), (wide, zero - top));
        figure.bar(look, true, (left, zero), (wide, bottom - zero));
        if wide > 8.0 {
            figure.marker(look, (middle, top - 8.0));
        }
    }
}
