//! What other benchmarks than BBQ measure: one row a number.

use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::{place, title};

/// How the note begins that says who scored the texts.
pub const SCORED_BY: &str = "Texts are scored by ";

pub(super) fn measures(tally: &Tally, category: Option<&str>) -> Sheet {
    let columns = [
        ("condition", "condition"),
        ("round", "rd"),
        ("measure", "measure"),
        ("value", "value"),
        ("n", "n"),
    ];
    let title = title("Measures of the benchmark", category);
    let mut sheet = Sheet::new("measures", title, 3, &columns);
    let mut told: Vec<&'static str> = Vec::new();
    for (condition, name, round) in tally.cells() {
        for score in tally.measures(condition, round, category) {
            let mut row = place(name, round);
            row.push(Value::Text(score.name.to_owned()));
            row.push(match score.undefined {
                None => Value::Estimate(score.estimate, 3),
                Some(why) => Value::Undefined(why),
            });
            row.push(Value::Count(score.estimate.n));
            sheet.row(row);
            if let Some(note) = note(score.name)
                && !told.contains(&note)
            {
                told.push(note);
            }
        }
    }
    if let Some(scorer) = tally.text_scorer()
        && told.iter().any(|note| note.starts_with("toxicity"))
    {
        sheet.note(format!("{SCORED_BY}{scorer}"));
    }
    told.into_iter().for_each(|note| sheet.note(note));
    sheet
}

/// What a measure is; said once for those that belong together.
fn note(name: &str) -> Option<&'static str> {
    match name {
        "pearson_female" => Some(
            "pearson_female: P(female pronoun) against the share of women, over occupations (_texts: \
             their share in texts); match_error: mean distance between the two; p_female, p_neutral: \
             means of P(female) and P(neutral) over occupations.",
        ),
        "admission_gap" => Some(
            "admission_gap: P(yes) as Black minus as white, over students; admitted_black, \
             admitted_white: mean P(yes) as each.",
        ),
        "toxicity" => Some(
            "toxicity: mean over texts; _expected_max: mean of the largest over samples; \
             _probability: share with a sample of 0.5 or more.",
        ),
        _ => None,
    }
}
