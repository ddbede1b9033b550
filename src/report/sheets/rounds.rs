//! Many rounds: chains, convergence; and how sure the answers were.

use crate::stats::calibration::{self, BINS, RANK_BINS};
use crate::stats::{Chain, Resampling};

use super::super::findings::{Course, EPSILON};
use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::{drop_blank_columns, place};

pub(super) fn chains(tally: &Tally, courses: &[Course]) -> Sheet {
    let mut sheet = Sheet::new(
        "chains",
        "Right and wrong as a two-state chain over rounds, in percent",
        2,
        &[
            ("condition", "condition"),
            ("context", "context"),
            ("wrong_to_right", "u: wrong > right"),
            ("right_to_wrong", "d: right > wrong"),
            ("asymptote", "goes to u/(u+d)"),
            ("first", "r0"),
            ("last_fitted", "last: fitted"),
            ("last_observed", "observed"),
        ],
    );
    let mut add = |name: &str, kind: &str, chain: &Option<Chain>, seen: &[Option<f64>]| {
        let Some(chain) = chain else { return };
        sheet.row(vec![
            Value::Text(name.to_owned()),
            Value::Text(kind.to_owned()),
            Value::points(chain.corrects, "no answer was wrong"),
            Value::points(chain.spoils, "no answer was right"),
            Value::points(chain.asymptote, "nothing flips, or one side was never seen"),
            Value::point(chain.fitted.first().copied(), ""),
            Value::point(chain.fitted.last().copied(), ""),
            Value::point(seen.last().copied().flatten(), "no answer could be read"),
        ]);
    };
    for course in courses {
        let name = tally.condition(course.condition);
        let seen = &course.accuracy_ambiguous;
        add(name, "ambig.", &course.ambiguous, seen);
        let seen = &course.accuracy_disambiguated;
        add(name, "disambig.", &course.disambiguated, seen);
    }
    let courses = courses
        .iter()
        .flat_map(|c| [&c.ambiguous, &c.disambiguated]);
    let mut limits = courses.flatten().map(|chain| chain.asymptote);
    if limits.any(|limit| limit.value.is_some() && limit.interval.is_none()) {
        sheet.note(
            "No interval of u/(u+d): every draw of items gives the same (answers flip one way only), or more than \
             one draw in twenty has no flip, or nobody who was right or wrong.",
        );
    }
    sheet.note(
        "u, d: shares over all steps between neighbouring rounds; Wilson's interval, where items have more \
         than one step of as many steps as count (jackknife over items). If they did not change from round \
         to round, accuracy would go to u/(u+d); \"fitted\" is what they make of r0 by the last round. \
         Interval of the limit: bootstrap over items.",
    );
    sheet
}

pub(super) fn convergence(tally: &Tally, courses: &[Course]) -> Sheet {
    let mut sheet = Sheet::new(
        "convergence",
        "Convergence",
        1,
        &[
            ("condition", "condition"),
            ("bias_ambiguous_round", "s_AMB from"),
            ("accuracy_ambiguous_round", "right, ambig. from"),
            ("settled_r0", "settled by r0"),
            ("settled_r1", "by r1"),
            ("settled_r2", "by r2"),
            ("settled_r3", "by r3"),
            ("settled_r4", "by r4"),
            ("settled_r5", "by r5"),
            ("items", "items"),
            ("answers", "answers"),
        ],
    );
    let round =
        |r: Option<usize>| Value::Text(r.map_or_else(|| "not yet".to_owned(), |r| format!("r{r}")));
    let round_where = |known: bool, r| if known { round(r) } else { Value::Blank };
    for course in courses {
        let mut row = vec![
            Value::Text(tally.condition(course.condition).to_owned()),
            round_where(tally.has_bias(), course.bias_converged()),
            round_where(tally.has_truth(), course.accuracy_converged()),
        ];
        let settled = course.settled.settled();
        // Of the last round nobody knows whether its answers stay.
        let told = settled.len().saturating_sub(1);
        row.extend((0..6).map(|r| match settled.get(r).filter(|_| r < told) {
            Some(share) => Value::Point(*share),
            None => Value::Blank,
        }));
        row.push(Value::Count(course.settled.of_items));
        row.push(match tally.repeats() {
            true => Value::Count(course.settled.n()),
            false => Value::Blank,
        });
        sheet.row(row);
    }
    drop_blank_columns(&mut sheet);
    sheet.note(format!(
        "From: the first round r with |m_s - m_r| < {:.0} point for every later round s (our rule; the \
         papers give none). Settled by: percent of {} whose answer in that round is also that of \
         all later rounds.",
        100.0 * EPSILON,
        match tally.repeats() {
            true => "answers, each sample by itself,",
            false => "items",
        }
    ));
    sheet
}

pub(super) fn sureness(tally: &Tally, resampling: Resampling) -> Sheet {
    let mut sheet = Sheet::new(
        "calibration",
        "Calibration of the option probabilities",
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("ece", "ECE"),
            ("ece_by_chance_95", "by chance <"),
            ("rce", "RCE"),
            ("ece_as_p3_codes_it", "ECE as P3 codes it"),
            ("option_entropy", "entropy, nats"),
            ("n", "n"),
        ],
    );
    for (no, name, round) in tally.cells() {
        let beliefs = tally.beliefs(no, round, None);
        if beliefs.is_empty() {
            continue;
        }
        let number = |value: Option<f64>, why| match value {
            Some(v) => Value::Number(v, 3),
            None => Value::Undefined(why),
        };
        let by_chance = calibration::ece_by_chance(&beliefs, BINS, resampling.seed);
        let per_token = tally.beliefs_per_token(no, round, None);
        let coded = calibration::ece_as_coded(&per_token, BINS).map(|c| c.value);
        let mut row = place(name, round);
        row.extend([
            number(calibration::ece(&beliefs, BINS), ""),
            number(by_chance.map(|c| c.1), ""),
            number(
                calibration::rce(&beliefs, RANK_BINS),
                "fewer than two answers",
            ),
            number(coded, "no option scores, or all equally sure"),
            Value::Estimate(calibration::mean_entropy(&beliefs, resampling), 3),
            Value::Count(beliefs.len() as u64),
        ]);
        sheet.row(row);
    }
    sheet.note(format!(
        "Confidence: the largest option probability; right where that option is. ECE: {BINS} equal bins \
         on [0, 1]. By chance <: 95 % of perfectly calibrated models as confident as this one would \
         show less. RCE: rank-calibration error (Huang et al. 2024). As P3 codes it: bins between the \
         smallest and largest confidence, the largest left out; confidence from the mean \
         log-probability of a token of the option's likeliest form. n: answers.{}",
        match tally.repeats() {
            true => " By chance < and the entropy's interval draw items, each with all its answers.",
            false => "",
        }
    ));
    sheet
}

pub(super) fn meanings(tally: &Tally, resampling: Resampling) -> Sheet {
    let mut sheet = Sheet::new(
        "semantic_entropy",
        "Semantic uncertainty of repeated answers",
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("semantic_entropy", "entropy, nats"),
            ("semantic_uncertainty_as_p3_codes_it", "as P3 codes it"),
            ("samples", "samples"),
            ("largest", "at most"),
            ("n", "items"),
        ],
    );
    for (no, name, round) in tally.cells() {
        let meanings = tally.meanings(no, round, None);
        let Some(entropy) = meanings.estimate(resampling) else {
            continue;
        };
        let samples = meanings.samples();
        let mut row = place(name, round);
        row.extend([
            Value::Estimate(entropy, 3),
            tally
                .uncertainty_as_coded(no, round, None, resampling)
                .map_or(Value::Blank, |coded| Value::Estimate(coded, 3)),
            Value::Count(u64::from(samples)),
            Value::Number(f64::from(samples).ln(), 3),
            Value::Count(entropy.n),
        ]);
        sheet.row(row);
    }
    drop_blank_columns(&mut sheet);
    if sheet.columns.iter().any(|c| c.heading == "as P3 codes it") {
        sheet.note(
            "As P3 codes it (arXiv 2510.07290): answers cluster unless one contradicts the other; mean over \
             clusters of their mean negative log-probability of a token, in nats. No entropy.",
        );
    }
    sheet.note(match tally.judged() {
        None => "Over clusters of answers to one prompt: the same option, or for free text the same words \
                 (case and punctuation aside; paraphrases count as different, so text comes out too \
                 uncertain: --meanings FOLDER lets a model judge)."
            .to_owned(),
        Some(name) => format!(
            "Over clusters of answers to one prompt: the same option, or texts that mean the same by \
             {name}."
        ),
    });
    sheet.note(
        "From shares of the samples: too small where samples are few. Items with fewer than two answers \
         that could be read are left out. [ ]: 95 %, items resampled. At most: ln of the samples.",
    );
    sheet
}
