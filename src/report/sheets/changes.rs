//! What changed: flips, and comparisons of rounds, conditions and runs.

use crate::stats::{Compared, Quantity, Resampling};

use super::super::findings::Pairing;
use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::{cells, title};

pub(super) fn flips(tally: &Tally, category: Option<&str>) -> Sheet {
    let mut sheet = Sheet::new(
        "flips",
        title(
            match tally.repeats() {
                true => "Flips since the round before, in answers",
                false => "Flips since the round before, in items",
            },
            category,
        ),
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("pairs", "pairs"),
            ("changed", "chg"),
            ("wrong_to_right", "w>r"),
            ("right_to_wrong", "r>w"),
            ("abstain_to_commit", "A>SC"),
            ("commit_to_abstain", "SC>A"),
            ("biased_to_counter", "S>C"),
            ("counter_to_biased", "C>S"),
            ("read_to_unparsed", ">?"),
            ("unparsed_to_read", "?>"),
        ],
    );
    for (mut row, (_, round), counts) in cells(tally, category) {
        if round.0 == 0 || !(tally.has_bias() || tally.has_truth()) {
            continue;
        }
        let f = counts.flips();
        let (unread, read) = f.lost_and_found();
        row.extend(
            [
                f.pairs,
                f.changed,
                f.corrected,
                f.spoiled,
                f.committed(),
                f.withdrawn(),
                f.to_counter(),
                f.to_stereotyped(),
                unread,
                read,
            ]
            .map(Value::Count),
        );
        sheet.row(row);
    }
    sheet.note(
        "chg: other verdict; w>r, r>w: wrong to right and back; A>SC: abstained, now names somebody; \
         S>C: stereotyped to counter-stereotyped; >?: could be read, not any more.",
    );
    sheet
}

/// The measures that tables show; JSON and CSV have all.
const SHOWN: [Quantity; 7] = [
    Quantity::PearsonFemale,
    Quantity::AdmissionGap,
    Quantity::Toxicity,
    Quantity::BiasAmbiguous,
    Quantity::BiasDisambiguated,
    Quantity::AccuracyAmbiguous,
    Quantity::AccuracyDisambiguated,
];

pub(super) fn changes(
    tally: &Tally,
    pairings: &[Pairing],
    name: &'static str,
    title: &str,
    sides: (&'static str, &'static str),
    resampling: Resampling,
) -> Sheet {
    let mut sheet = comparison_sheet(name, title, sides.0, sides.1);
    for pairing in pairings {
        let (from, to) = (pairing.from, pairing.to);
        let (what, rounds) = match from.0 == to.0 {
            true => (
                tally.condition(from.0).to_owned(),
                format!("r{}>r{}", from.1.0, to.1.0),
            ),
            false => (
                format!("{} > {}", tally.condition(from.0), tally.condition(to.0)),
                format!("r{}", to.1.0),
            ),
        };
        comparison_rows(&mut sheet, &what, &rounds, pairing);
    }
    let tests = pairings.iter().flat_map(|p| &p.holm).flatten().count();
    comparison_notes(&mut sheet, tests, resampling);
    sheet
}

/// A table of comparisons, one measure a row.
pub(in crate::report) fn comparison_sheet(
    name: &'static str,
    title: &str,
    before: &'static str,
    after: &'static str,
) -> Sheet {
    let columns = [
        ("what", "what"),
        ("rounds", "rd"),
        ("measure", "measure"),
        ("before", before),
        ("after", after),
        ("difference", "difference"),
        ("p", "p "),
        ("pairs", "pairs"),
    ];
    Sheet::new(name, title, 3, &columns)
}

/// The rows of one comparison.
pub(in crate::report) fn comparison_rows(
    sheet: &mut Sheet,
    what: &str,
    rounds: &str,
    pairing: &Pairing,
) {
    let measures = pairing.change.measures.iter().zip(&pairing.holm);
    let told = |one: &Compared| SHOWN.contains(&one.measure) && one.difference.n > 0;
    for (one, holm) in measures.filter(|(one, _)| told(one)) {
        let kept = holm.is_some_and(|p| p < 0.05);
        let why = why_no_difference(one);
        let side = |value: Option<f64>| match one.measure.in_points() {
            true => Value::point(value, why),
            false => value.map_or(Value::Undefined(why), |v| Value::Number(v, 3)),
        };
        let difference = match (one.measure.in_points(), one.difference.value) {
            (true, _) => Value::points(one.difference, why),
            (false, Some(_)) => Value::Estimate(one.difference, 3),
            (false, None) => Value::Undefined(why),
        };
        sheet.row(vec![
            Value::Text(what.to_owned()),
            Value::Text(rounds.to_owned()),
            Value::Text(one.measure.sign().to_owned()),
            side(one.before),
            side(one.after),
            difference,
            one.p.map_or(Value::Blank, |p| Value::P(p, kept)),
            Value::Count(one.difference.n),
        ]);
    }
}

/// What has to be known about comparisons.
pub(in crate::report) fn comparison_notes(sheet: &mut Sheet, tests: usize, resampling: Resampling) {
    let own = ["pearson", "gap", "toxicity"];
    let measure = |row: &Vec<Value>| match row.get(2) {
        Some(Value::Text(name)) => own.contains(&name.as_str()),
        _ => false,
    };
    let (has_own, has_points) = (
        sheet.rows.iter().any(measure),
        sheet.rows.iter().any(|row| !measure(row)),
    );
    if has_points {
        sheet.note(
        "In points, over items read both times (pairs, however often each was asked), so that a side can \
         differ from the cell's own figure. s_: bias, bootstrap interval over items; acc: share right, Agresti-Min \
         interval, a bootstrap's over items where items were asked more than once. p where each item was asked once: \
         s_AMB by sign flips, acc by McNemar's test, both exact, mid-p. p of s_DIS, and of all where items were \
         asked more than once: fewer than 30 items by swapping both sides of items (paired permutation, mid-p), \
         others by the bootstrap's standard error (z). AMB, DIS: ambiguous, disambiguated contexts. No interval: \
         no pair moved, or both sides stand at a bound.",
        );
    }
    if has_own {
        sheet.note(
            "pearson, gap, toxicity: as they are, not in points; pairs are occupations, students, texts, \
             which a bootstrap draws: its interval, and p by its standard error (fewer than 30: by \
             swapping both sides, paired permutation, mid-p).",
        );
    }
    sheet.note(format!(
        "* below 0.05 after Holm's correction for {tests} tests (tables leave some measures out; JSON and \
         CSV have all). Bootstrap: up to {} replicates, seed {}; expanded percentiles (Hesterberg 2015).",
        resampling.replicates, resampling.seed
    ));
}

fn why_no_difference(one: &Compared) -> &'static str {
    match (one.difference.n, one.before, one.after) {
        (0, _, _) => "no item was read both times",
        (_, None, _) | (_, _, None) if one.measure == Quantity::PearsonFemale => {
            "a side says the same of every occupation"
        }
        (_, None, _) | (_, _, None) => "a side names nobody",
        (_, Some(_), Some(_)) => "not defined",
    }
}
