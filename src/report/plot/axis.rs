//! How numbers of one kind are drawn: by what they are multiplied, what their axis says, how far it reaches.

use super::panel::{Point, Range, range};

/// How a number is drawn.
#[derive(Clone, Copy)]
pub enum Scale {
    /// × 100, around 0.
    Bias,
    /// × 100, from 0 to 100.
    Percent,
    /// As it is, wherever it lies.
    AsItIs,
}

impl Scale {
    /// What numbers are multiplied by, and what the axis says.
    pub fn look(self) -> (f64, &'static str) {
        match self {
            Scale::Bias => (100.0, "points, + stereotyped"),
            Scale::Percent => (100.0, "percent"),
            Scale::AsItIs => (1.0, "value"),
        }
    }
}

/// The range that holds all series.
pub fn up(scale: Scale, series: &[(usize, Vec<Point>)]) -> Range {
    let (times, _) = scale.look();
    let values = series.iter().flat_map(|(_, points)| points).flat_map(|p| {
        let (low, high) = p.ends.unwrap_or((p.y, p.y));
        [p.y, low, high]
    });
    match scale {
        Scale::Bias => range(
            values,
            Range {
                low: -times,
                high: times,
            },
        ),
        Scale::AsItIs => {
            // Shares and correlations end at 1, entropies do not.
            let most = values
                .clone()
                .fold(1.0, |most: f64, v| most.max(1.1 * v.abs()));
            range(
                values,
                Range {
                    low: -most,
                    high: most,
                },
            )
        }
        Scale::Percent => Range {
            low: 0.0,
            high: 100.0,
        },
    }
}
