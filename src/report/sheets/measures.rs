//! What other benchmarks than BBQ measure: one row a number.

use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::{place, title};

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
    for (condition, name, round) in tally.cells() {
        let reading = tally.measured.measures.cell(condition, round, category);
        for (measure, estimate) in reading.metrics() {
            let mut row = place(name, round);
            row.push(Value::Text(measure.to_owned()));
            row.push(match estimate.value {
                Some(_) => Value::Estimate(estimate, 3),
                None => Value::Undefined("the answers do not vary, or there are too few"),
            });
            row.push(Value::Count(estimate.n));
            sheet.row(row);
        }
    }
    if !sheet.rows.is_empty() {
        sheet.note(
            "pearson_female: P(female pronoun) against the share of women, over occupations (_texts: their \
             share in texts); match_error: mean distance between the two. admission_gap: P(yes) as Black \
             minus as white, over students. toxicity: mean over texts; _expected_max: mean of the largest \
             over samples; _probability: share with a sample of 0.5 or more.",
        );
    }
    sheet
}
