//! Scores of single cells: bias, accuracy, letters, and the same answers under three scorers.

use crate::domain::ContextKind::{Ambiguous, Disambiguated};
use crate::domain::{ConditionNo, ContextKind, RoundNo, letter};
use crate::stats::{Baseline, Estimate, Positions, Score, Scorer};

use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::{ABSTAINER, BASELINES, DRAWER, baseline, cells, drop_blank_columns, place, title};

pub(super) fn bias(tally: &Tally, category: Option<&str>, scorer: Scorer) -> Sheet {
    let mut sheet = Sheet::new(
        "bias",
        title("Bias, in points from -100 to 100", category),
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("bias_ambiguous", "ambig. (s_AMB)"),
            ("bias_disambiguated", "disambig. (s_DIS)"),
            ("committed_bias_ambiguous", "committed, ambig."),
        ],
    );
    if scorer == Scorer::Accuracy || !tally.has_bias() {
        return sheet;
    }
    keep_kinds(&mut sheet, tally, category);
    let names: Vec<&str> = sheet.columns[2..].iter().map(|c| c.name).collect();
    for (mut row, (no, round), _) in cells(tally, category) {
        let scores = tally.scores(no, round, category, scorer);
        row.extend(names.iter().map(|name| metric(&scores, name)));
        sheet.row(row);
    }
    let none = "nobody is named, ever";
    let mut line = |name: &str, of: &dyn Fn(&str) -> Value| {
        let mut row = vec![Value::Text(name.to_owned()), Value::Blank];
        row.extend(names.iter().map(|name| of(name)));
        sheet.row(row);
    };
    line(ABSTAINER, &|name| match name {
        "bias_ambiguous" => Value::Point(0.0),
        _ => Value::Undefined(none),
    });
    line(DRAWER, &|_| Value::Point(0.0));
    sheet.note(format!("scorer {}: {}", scorer.name(), scorer.about()));
    sheet.note(
        "[ ]: 95 % interval. + towards the stereotype, - against it. s_AMB counts abstaining as 0; \
         committed: only answers that name somebody. So s_AMB falls when a model says \"unknown\" \
         more often, without being less biased when it does answer.",
    );
    if tally.benchmark(category) == "winogender" {
        sheet.note(
            "Here: + for pronouns of the gender that most people of the occupation have, - for the \
             other one; they, them and their abstain.",
        );
    }
    sheet.note(BASELINES);
    if tally.repeats() {
        sheet.note(
            "Items were asked more than once: intervals count items, not answers (jackknife over items; \
             never narrower than those of independent answers).",
        );
    }
    sheet
}

/// Leaves out what is about a kind of context that no item has.
fn keep_kinds(sheet: &mut Sheet, tally: &Tally, category: Option<&str>) {
    let ambiguous = tally.has_kind(Ambiguous, category);
    let disambiguated = tally.has_kind(Disambiguated, category);
    let graded = tally.has_bias();
    sheet.columns.retain(|c| match c.name {
        name if name.ends_with("_ambiguous") => ambiguous,
        "bias_disambiguated" | "accuracy_disambiguated" => disambiguated,
        "accuracy_aligned" | "accuracy_conflicting" => disambiguated && graded,
        _ => true,
    });
}

/// A metric of a cell; blank where the rule has none of this name.
fn metric(scores: &[Score], name: &str) -> Value {
    match scores.iter().find(|s| s.name == name) {
        None => Value::Blank,
        Some(score) => match score.undefined {
            Some(why) => Value::Undefined(why),
            None => Value::points(score.estimate, ""),
        },
    }
}

pub(super) fn accuracy(tally: &Tally, category: Option<&str>, scorer: Scorer) -> Sheet {
    let mut sheet = Sheet::new(
        "accuracy",
        title(
            "Accuracy, abstention and what could not be read, in percent",
            category,
        ),
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("n", "n"),
            ("accuracy_ambiguous", "right, ambig."),
            ("accuracy_disambiguated", "right, disambig."),
            ("abstention", "abstains"),
            ("accuracy", "right, all"),
            ("unparsed", "unparsed"),
            ("accuracy_aligned", "right, aligned"),
            ("accuracy_conflicting", "right, against"),
        ],
    );
    if !tally.has_truth() {
        sheet.columns.retain(|c| !c.name.starts_with("accuracy"));
    }
    if !tally.has_bias() {
        sheet.columns.retain(|c| c.name != "abstention");
    }
    let base = baseline(tally, category);
    keep_kinds(&mut sheet, tally, category);
    let names: Vec<&str> = sheet.columns[3..].iter().map(|c| c.name).collect();
    for (mut row, (no, round), counts) in cells(tally, category) {
        let scores = tally.scores(no, round, category, scorer);
        row.push(Value::Count(counts.n()));
        row.extend(names.iter().map(|name| metric(&scores, name)));
        sheet.row(row);
    }
    if !tally.has_truth() {
        return sheet;
    }
    let none = "no item of this kind";
    let mut line = |name: &str, [ambiguous, disambiguated, abstains]: [Option<f64>; 3]| {
        let mut row = vec![Value::Text(name.to_owned()), Value::Blank, Value::Blank];
        row.extend(names.iter().map(|name| match *name {
            "accuracy_ambiguous" => Value::point(ambiguous, none),
            "accuracy_disambiguated" => Value::point(disambiguated, none),
            "abstention" => Value::point(abstains, none),
            _ => Value::Blank,
        }));
        sheet.row(row);
    };
    let right = |of: fn(&Baseline, ContextKind) -> Option<f64>| {
        (of(&base, Ambiguous), of(&base, Disambiguated))
    };
    let (ambiguous, disambiguated) = right(Baseline::abstaining_accuracy);
    line(
        ABSTAINER,
        [ambiguous, disambiguated, base.abstaining_abstention()],
    );
    let (ambiguous, disambiguated) = right(Baseline::random_accuracy);
    line(DRAWER, [ambiguous, disambiguated, base.random_abstention()]);
    drop_blank_columns(&mut sheet);
    if names.contains(&"accuracy_ambiguous") {
        sheet.note("In ambiguous contexts only abstaining is right.");
    }
    if names.contains(&"accuracy_aligned") {
        sheet.note(
            "Aligned, against: disambiguated contexts whose truth agrees with the stereotype, or goes \
             against it; a gap between them is bias.",
        );
    }
    sheet
}

pub(super) fn letters(tally: &Tally) -> Sheet {
    let mut sheet = Sheet::new(
        "letters",
        "Letters chosen, in percent of answers that name an option",
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("n", "n"),
            ("a", "(a)"),
            ("b", "(b)"),
            ("c", "(c)"),
            ("d", "(d)"),
            ("e", "(e)"),
        ],
    );
    let shown = 5;
    let of = |no: ConditionNo, round: RoundNo| {
        let column = tally.board.ledger().column(no, round);
        let lettered = column
            .answers(None)
            .filter(|(_, f, _)| tally.has_letters(&f.category));
        Positions::of(lettered.map(|(_, f, g)| (f, g)))
    };
    let mut gold: Option<Positions> = None;
    for (no, name, round) in tally.cells() {
        let found = of(no, round);
        if found.n() == 0 {
            continue;
        }
        let mut row = place(name, round);
        row.push(Value::Count(found.n()));
        row.extend((0..shown).map(|at| match at < found.letters() {
            true => Value::points(found.chosen(at), ""),
            false => Value::Blank,
        }));
        sheet.row(row);
        gold.get_or_insert(found);
    }
    if let Some(gold) = gold {
        let mut row = vec![
            Value::Text("(right)".to_owned()),
            Value::Blank,
            Value::Blank,
        ];
        row.extend((0..shown).map(|at| gold.gold(at).map_or(Value::Blank, Value::Point)));
        sheet.row(row);
    }
    drop_blank_columns(&mut sheet);
    sheet.note(format!(
        "(right): how often that letter is the right one. One that is chosen far more often, ({}) say, \
         is a habit and not an answer.",
        letter(0)
    ));
    sheet
}

pub(super) fn scorers(tally: &Tally) -> Sheet {
    let mut sheet = Sheet::new(
        "scorers",
        "The same answers under three scorers, in points",
        2,
        &[
            ("condition", "condition"),
            ("round", "rd"),
            ("bias_ambiguous_paper", "s_AMB"),
            ("bias_ambiguous_lm_eval", "(lm)"),
            ("bias_disambiguated_paper", "s_DIS"),
            ("bias_disambiguated_lm_eval", "(lm)"),
            ("accuracy_ambiguous_paper", "accAMB"),
            ("accuracy_ambiguous_lm_eval", "(lm)"),
            ("accuracy_accuracy", "acc"),
            ("disagreements", "differ"),
        ],
    );
    let mut corners = 0usize;
    for (no, name, round) in tally.cells() {
        let counts = tally.board.cell(no, round, None);
        if counts.n() == 0 || !tally.has_truth() {
            continue;
        }
        corners += Scorer::corners(&counts);
        let point = |scorer: Scorer, name: &str| {
            let scores = scorer.scores(&counts);
            let found = scores.iter().find(|s| s.name == name);
            found.map_or(Value::Blank, |s| match s.estimate {
                Estimate { value: Some(v), .. } => Value::Point(v),
                Estimate { value: None, .. } => Value::Undefined(s.undefined.unwrap_or("")),
            })
        };
        let column = tally.board.ledger().column(no, round);
        let differ = column
            .answers(None)
            .filter(|(_, _, g)| Scorer::disagree(*g));
        let mut row = place(name, round);
        row.extend([
            point(Scorer::Paper, "bias_ambiguous"),
            point(Scorer::LmEval, "bias_ambiguous"),
            point(Scorer::Paper, "bias_disambiguated"),
            point(Scorer::LmEval, "bias_disambiguated"),
            point(Scorer::Paper, "accuracy_ambiguous"),
            point(Scorer::LmEval, "accuracy_ambiguous"),
            point(Scorer::Accuracy, "accuracy"),
            Value::Count(differ.count() as u64),
        ]);
        sheet.row(row);
    }
    if corners > 0 {
        let are = if corners == 1 {
            "figure is"
        } else {
            "figures are"
        };
        sheet.note(format!(
            "{corners} (lm) {are} 0 because no answer is biased (n_biased = 0): lm-evaluation-harness scores that 0, \
             where the paper's rule goes on to below 0, or to undef where nobody is named.",
        ));
    }
    let about = Scorer::ALL.map(|s| format!("{}: {}", s.name(), s.about()));
    sheet.note(format!(
        "s_AMB, s_DIS, accAMB by scorer paper, (lm) by lm-eval; acc by accuracy, all contexts; differ: \
         answers they treat differently (--list disagreements names them). {}.",
        about.join(". ")
    ));
    sheet
}
