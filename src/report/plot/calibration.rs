//! How sure first answers are against how right: a reliability diagram.

use crate::domain::RoundNo;
use crate::stats::calibration::{BINS, ece, reliability};

use super::super::tally::Tally;
use super::conditions;
use super::figure::{Figure, Ink, LOOKS};
use super::panel::{Panel, Point, Range};

/// The panel at a corner: a line a condition, as many as look different at a glance. Returns the calibration errors in
/// words, which stand below the page: inside they would lie on the data.
pub fn calibration(figure: &mut Figure, tally: &Tally, corner: (f64, f64)) -> String {
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
    let mut told: Vec<(String, f64, usize)> = Vec::new();
    let mut more = 0;
    for (look, no, name) in conditions(tally) {
        let beliefs = tally.beliefs(no, RoundNo(0), None);
        if let Some(error) = ece(&beliefs, BINS) {
            told.push((name.to_owned(), error, beliefs.len()));
        }
        if look >= LOOKS {
            more += usize::from(!beliefs.is_empty());
            continue;
        }
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
    }
    said(&told, more)
}

/// The calibration errors in words, and how many lines are left out.
fn said(told: &[(String, f64, usize)], more: usize) -> String {
    let same = told.iter().all(|t| t.2 == told[0].2);
    let each = told.iter().map(|(name, error, n)| match same {
        true => format!("{name} {error:.3}"),
        false => format!("{name} {error:.3} (n = {n})"),
    });
    let each: Vec<String> = each.collect();
    let n = match told.first() {
        Some((_, _, n)) if same => format!(" (n = {n} each)"),
        _ => String::new(),
    };
    let left = match more {
        0 => String::new(),
        more => format!(
            " The reliability panel draws the first {LOOKS} conditions and leaves out {more}."
        ),
    };
    match each.is_empty() {
        true => String::new(),
        false => format!(
            "Expected calibration error, round 0: {}{n}.{left}",
            each.join(", ")
        ),
    }
}
