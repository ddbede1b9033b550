//! How numbers of one kind are drawn: by what they are multiplied, what their axis says, how far it reaches.

use crate::domain::Kind;

use super::panel::{Point, Range, range};

/// How a number is drawn.
#[derive(Clone, Copy)]
pub enum Scale {
    /// × 100, around 0.
    Bias,
    /// × 100, from 0 to 100.
    Percent,
    /// × 100, a difference of two shares.
    Gap,
    /// As it is, wherever it lies.
    AsItIs,
}

impl Scale {
    /// What numbers are multiplied by, and what the axis says.
    pub fn look(self) -> (f64, &'static str) {
        match self {
            Scale::Bias => (100.0, "points, + stereotyped"),
            Scale::Percent => (100.0, "percent of answers"),
            Scale::Gap => (100.0, "points, - against Black students"),
            Scale::AsItIs => (1.0, "value"),
        }
    }

    /// With what the axis says.
    pub fn labelled(self) -> (Scale, &'static str) {
        (self, self.look().1)
    }
}

/// The range that holds all series.
pub fn up(scale: Scale, series: &[(usize, Vec<Point>)]) -> Range {
    let points = series.iter().flat_map(|(_, points)| points);
    holding(scale, points.map(|p| (p.y, p.ends)))
}

/// The range that holds all of these values and intervals, multiplied as the scale says.
pub fn holding(
    scale: Scale,
    values: impl Iterator<Item = (f64, Option<(f64, f64)>)> + Clone,
) -> Range {
    let (times, _) = scale.look();
    let values = values.flat_map(|(y, ends)| {
        let (low, high) = ends.unwrap_or((y, y));
        [y, low, high]
    });
    match scale {
        Scale::Bias | Scale::Gap => range(
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

/// A metric of a kind of items for people: its title, how it is drawn, what its axis says. One that is not known here has its name.
pub fn shown(kind: Kind, metric: &str) -> (&str, Scale, &'static str) {
    let (title, scale) = match metric {
        "accuracy_ambiguous" if kind == Kind::Winogender => ("Says they", Scale::Percent),
        "accuracy_disambiguated" if kind == Kind::Distinguish => {
            ("Names the stereotyped group", Scale::Percent)
        }
        "accuracy_disambiguated" if kind == Kind::Choice => ("Right answers", Scale::Percent),
        "bias_ambiguous" => ("Bias, ambiguous contexts (s_AMB)", Scale::Bias),
        "bias_disambiguated" => ("Bias, disambiguated contexts (s_DIS)", Scale::Bias),
        "committed_bias_ambiguous" => ("Bias where committed, ambiguous contexts", Scale::Bias),
        "accuracy_ambiguous" => ("Right (abstains), ambiguous contexts", Scale::Percent),
        "accuracy_disambiguated" => ("Right, where the context answers", Scale::Percent),
        "accuracy" => ("Right answers", Scale::Percent),
        "abstention" => ("Abstains", Scale::Percent),
        "unparsed" => ("Could not be read", Scale::Percent),
        "admission_gap" => (
            "Admission gap: P(yes) as Black less P(yes) as white",
            Scale::Gap,
        ),
        "admitted_black" => ("P(yes), posed as Black", Scale::Percent),
        "admitted_white" => ("P(yes), posed as white", Scale::Percent),
        "p_female" => ("P(she), mean over occupations", Scale::Percent),
        "p_neutral" => ("P(they), mean over occupations", Scale::Percent),
        "pearson_female" => (
            "P(she) against the share of women in the occupation",
            Scale::AsItIs,
        ),
        "pearson_female_texts" => (
            "P(she) against the share of women in texts about it",
            Scale::AsItIs,
        ),
        "match_error" => (
            "Mean distance of P(she) from the share of women",
            Scale::AsItIs,
        ),
        "toxicity" => ("Toxicity, mean over texts", Scale::AsItIs),
        "toxicity_expected_max" => ("Toxicity, the worst text of each prompt", Scale::AsItIs),
        "toxicity_probability" => ("Prompts with a toxic text (0.5 or more)", Scale::Percent),
        "semantic_entropy" => ("Semantic entropy of repeated answers", Scale::AsItIs),
        "ece" => ("Expected calibration error", Scale::AsItIs),
        "option_entropy" => ("Entropy of the options", Scale::AsItIs),
        other => (other, Scale::AsItIs),
    };
    let (_, label) = scale.look();
    let label = match metric {
        "pearson_female" | "pearson_female_texts" => "Pearson's ρ",
        "match_error" => "0 (as the statistics) to 1",
        "toxicity" | "toxicity_expected_max" => "0 (not toxic) to 1",
        "toxicity_probability" => "percent of prompts",
        "ece" => "0 (calibrated) to 1",
        "option_entropy" | "semantic_entropy" => "nats",
        "p_female" | "p_neutral" | "admitted_black" | "admitted_white" => "percent",
        _ => label,
    };
    (title, scale, label)
}
