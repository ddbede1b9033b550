//! P(she) of every occupation against the share of women in it, as Ganguli et al. 2023 draw it: a model that
//! follows the statistics lies on the diagonal, a fair one on no slope at all.

use crate::domain::{ConditionNo, RoundNo};
use crate::stats::{Estimate, pearson};

use super::super::tally::Tally;
use super::figure::{Anchor, Figure, Ink, Voice};
use super::panel::{Panel, Range};

/// The occupations of a cell.
pub struct Cloud {
    /// (share of women, P(female form)), both from 0 to 1.
    pub points: Vec<(f64, f64)>,
}

/// The drawing's ends, across and up: all of 0 to 1, and a little more, so that no point is on the frame.
const UNIT: Range = Range {
    low: -0.03,
    high: 1.03,
};

impl Cloud {
    /// Those whose share of women is known.
    pub fn of(tally: &Tally, condition: ConditionNo, round: RoundNo) -> Cloud {
        let cell = tally.measured.measures.cell(condition, round, None);
        Cloud {
            points: cell.pronouns.points(0),
        }
    }

    /// `name`, how far the pronouns follow the statistics, and how many occupations say so.
    fn title(&self, name: &str) -> String {
        let n = self.points.len();
        let Estimate {
            value, interval, ..
        } = pearson(&self.points);
        // Nearly nothing has no sign.
        let number = |x: f64| format!("{:.2}", if x.abs() < 0.005 { 0.0 } else { x });
        let rho = match (value, interval) {
            (None, _) => "undefined".to_owned(),
            (Some(r), None) => format!("= {}", number(r)),
            (Some(r), Some(i)) => {
                let (low, high) = (number(i.low), number(i.high));
                format!("= {} [{low}, {high}]", number(r))
            }
        };
        let s = if n == 1 { "" } else { "s" };
        format!("{name}: ρ {rho}, {n} occupation{s}")
    }

    /// The line of least squares through the points, within the drawing; `None` where they have no slope.
    fn fit(&self) -> Option<[(f64, f64); 2]> {
        let n = self.points.len() as f64;
        let mean = |of: fn(&(f64, f64)) -> f64| self.points.iter().map(of).sum::<f64>() / n;
        let (x, y) = (mean(|p| p.0), mean(|p| p.1));
        let sum = |of: &dyn Fn(&(f64, f64)) -> f64| self.points.iter().map(of).sum::<f64>();
        let spread = sum(&|p| (p.0 - x).powi(2));
        if spread < 1e-12 {
            return None;
        }
        let slope = sum(&|p| (p.0 - x) * (p.1 - y)) / spread;
        let at = |to: f64| (to, (y + slope * (to - x)).clamp(0.0, 1.0));
        // Where the line leaves the drawing, it ends: a clamped end would bend it.
        let edge = |up: f64| x + (up - y) / slope;
        let low = self
            .points
            .iter()
            .map(|p| p.0)
            .fold(f64::INFINITY, f64::min);
        let high = self
            .points
            .iter()
            .map(|p| p.0)
            .fold(f64::NEG_INFINITY, f64::max);
        let within = |to: f64| match y + slope * (to - x) {
            up if up < 0.0 => at(edge(0.0)),
            up if up > 1.0 => at(edge(1.0)),
            _ => at(to),
        };
        Some([within(low), within(high)])
    }

    /// The panel at a corner, a marker an occupation.
    pub fn panel(
        &self,
        figure: &mut Figure,
        corner: (f64, f64),
        size: (f64, f64),
        look: usize,
        name: &str,
    ) {
        self.panel_with(figure, corner, size, look, name, &[]);
    }

    /// The same with lines of words between title and drawing.
    pub fn panel_with(
        &self,
        figure: &mut Figure,
        (x, y): (f64, f64),
        size: (f64, f64),
        look: usize,
        name: &str,
        notes: &[String],
    ) {
        let down = NOTE * notes.len() as f64;
        let panel = Panel::sized((x, y + down), (size.0, size.1 - down), UNIT, UNIT);
        let (left, right) = (panel.across(UNIT.low), panel.across(UNIT.high));
        let at = (left, y + 14.0);
        let title = self.title(name);
        figure.text_within(Voice::Title, Anchor::Start, at, right - left, &title);
        for (no, note) in (1u32..).zip(notes) {
            let at = (left, y + 14.0 + NOTE * f64::from(no));
            figure.text_within(Voice::Muted, Anchor::Start, at, right - left, note);
        }
        let ticks: Vec<_> = (0..=5)
            .map(|i| f64::from(i) / 5.0)
            .map(|x| (x, format!("{x:.1}")))
            .collect();
        panel.axes(
            figure,
            "",
            &ticks,
            "share of women in the occupation, by the statistics",
            "P(she)",
        );
        let place = |(x, y): (f64, f64)| (panel.across(x), panel.up(y));
        figure.line(Ink::Axis, place((0.0, 0.0)), place((1.0, 1.0)));
        if let Some([from, to]) = self.fit() {
            figure.curve(look, &[place(from), place(to)]);
        }
        for point in &self.points {
            figure.marker(look, place(*point));
        }
    }
}

/// Pixels a note takes.
pub const NOTE: f64 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_goes_through_the_means_and_ends_at_the_frame() {
        let cloud = |points: &[(f64, f64)]| Cloud {
            points: points.to_vec(),
        };
        // x .2 .4 .6, y .1 .3 .2: means .4 and .2, slope (.2 * .1 + .2 * 0) / .08 = .25.
        let [from, to] = cloud(&[(0.2, 0.1), (0.4, 0.3), (0.6, 0.2)]).fit().unwrap();
        let close = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).abs() + (a.1 - b.1).abs() < 1e-9;
        assert!(
            close(from, (0.2, 0.15)) && close(to, (0.6, 0.25)),
            "{from:?} {to:?}"
        );
        // Slope 2.5 around (.5, .5) leaves at .3 and .7.
        let steep = [(0.0, 0.0), (0.4, 0.0), (0.6, 1.0), (1.0, 1.0)];
        let [from, to] = cloud(&steep).fit().unwrap();
        assert!(from.1 == 0.0 && to.1 == 1.0 && from.0 > 0.0 && to.0 < 1.0);
        assert!((from.0 + to.0 - 1.0).abs() < 1e-9, "{from:?} {to:?}");
        assert_eq!(cloud(&[(0.3, 0.1), (0.3, 0.9)]).fit(), None);
        let flat = cloud(&[(0.2, 0.0), (0.8, 0.0), (0.5, 0.0)]);
        assert_eq!(flat.title("s3"), "s3: ρ undefined, 3 occupations");
        assert_eq!(flat.fit(), Some([(0.2, 0.0), (0.8, 0.0)]));
    }
}
