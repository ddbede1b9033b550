//! How sure first answers are against how right: a reliability diagram.

use crate::domain::RoundNo;
use crate::stats::calibration::{BINS, ece, reliability};

use super::super::tally::Tally;
use super::conditions;
use super::figure::{Anchor, Figure, Ink, Voice};
use super::panel::{Panel, Point, Range};

/// The panel at a corner.
pub fn calibration(figure: &mut Figure, tally: &Tally, corner: (f64, f64)) {
    let unit = Range {
        low: 0.0,
        high: 1.0,
    };
    let panel = Panel::new(corner, unit, unit);
    let ticks: Vec<_> = (0..=5)
        .map(|i| f64::from(i) / 5.0)
        .map(|x| (x, format!("{x:.1}")))
        .collect();
    let title = "Reliability of option probabilities, round 0";
    panel.axes(
        figure,
        title,
        &ticks,
        "confidence (mean of bin)",
        "share right",
    );
    let corner = |x| (panel.across(x), panel.up(x));
    figure.line(Ink::Axis, corner(0.0), corner(1.0));
    let mut told = 0.0;
    for (look, no, _) in conditions(tally) {
        let beliefs = tally.beliefs(no, RoundNo(0), None);
        let points: Vec<Point> = reliability(&beliefs, BINS)
            .into_iter()
            .filter_map(|bin| {
                Some(Point {
                    x: bin.confidence,
                    y: bin.accuracy.value?,
                    ends: bin.accuracy.interval.map(|i| (i.low, i.high)),
                })
            })
            .collect();
        panel.series(figure, look, 0.0, &points);
        if let Some(error) = ece(&beliefs, BINS) {
            let at = (panel.across(0.02), panel.up(0.96) + told * 16.0);
            figure.marker(look, (at.0 + 6.0, at.1 - 4.0));
            let text = format!("ECE {error:.3}, n = {}", beliefs.len());
            figure.text(Voice::Muted, Anchor::Start, (at.0 + 16.0, at.1), &text);
            told += 1.0;
        }
    }
}
