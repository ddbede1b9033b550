//! What a run shows beyond its single cells: tests between rounds and conditions, chains,
//! convergence. Computed once, for every format.

use crate::domain::{ConditionNo, ContextKind, RoundNo};
use crate::stats::{Chain, Change, Resampling, Stabilisation, converged, holm};

use super::tally::Tally;

/// Metrics within this distance of each other count as equal: one point.
pub const EPSILON: f64 = 0.01;

/// Two columns of a run, compared on the same items.
#[derive(Clone, Debug)]
pub struct Pairing {
    /// Before: condition and round.
    pub from: (ConditionNo, RoundNo),
    /// After.
    pub to: (ConditionNo, RoundNo),
    /// What differs.
    pub change: Change,
    /// p values after Holm's correction over the whole family of tests, in the order of the
    /// change's measures.
    pub holm: Vec<Option<f64>>,
}

/// One condition over its rounds.
#[derive(Clone, Debug)]
pub struct Course {
    /// Which.
    pub condition: ConditionNo,
    /// Right and wrong as a chain, ambiguous contexts.
    pub ambiguous: Option<Chain>,
    /// The same in disambiguated contexts.
    pub disambiguated: Option<Chain>,
    /// Observed accuracy by round, ambiguous contexts.
    pub accuracy_ambiguous: Vec<Option<f64>>,
    /// The same in disambiguated contexts.
    pub accuracy_disambiguated: Vec<Option<f64>>,
    /// Bias by round, ambiguous contexts.
    pub bias_ambiguous: Vec<Option<f64>>,
    /// When items settled.
    pub settled: Stabilisation,
}

impl Course {
    /// First round from which accuracy in ambiguous contexts stays within [`EPSILON`].
    pub fn accuracy_converged(&self) -> Option<usize> {
        converged(&self.accuracy_ambiguous, EPSILON)
    }

    /// The same for the bias.
    pub fn bias_converged(&self) -> Option<usize> {
        converged(&self.bias_ambiguous, EPSILON)
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Findings {
    /// How it was drawn.
    pub resampling: Resampling,
    /// Every round against the one before, and the last against the first.
    pub rounds: Vec<Pairing>,
    /// Every condition against the first one, round by round.
    pub conditions: Vec<Pairing>,
    /// Conditions that have more than one round.
    pub courses: Vec<Course>,
}

impl Findings {
    /// Of a run, over one category or all.
    pub fn of(tally: &Tally, category: Option<&str>, resampling: Resampling) -> Findings {
        let ledger = tally.board.ledger();
        let measures = &tally.measured.measures;
        let conditions: Vec<ConditionNo> = (0u16..)
            .zip(&tally.conditions)
            .map(|(no, _)| ConditionNo(no))
            .collect();
        let pair = |from: (ConditionNo, RoundNo), to: (ConditionNo, RoundNo)| {
            let (before, after) = (ledger.column(from.0, from.1), ledger.column(to.0, to.1));
            let pairs: Vec<_> = before.beside(after, category).collect();
            (!pairs.is_empty()).then(|| Pairing {
                from,
                to,
                change: Change::of(&pairs, resampling).and_of(
                    &measures.cell(from.0, from.1, category),
                    &measures.cell(to.0, to.1, category),
                    resampling,
                ),
                holm: Vec::new(),
            })
        };
        let mut rounds = Vec::new();
        let mut courses = Vec::new();
        for condition in &conditions {
            let last = ledger.rounds(*condition);
            if last < 2 {
                continue;
            }
            let steps = (1..last).map(|r| (r - 1, r));
            let whole = (last > 2).then_some((0, last - 1));
            for (from, to) in steps.chain(whole) {
                rounds.extend(pair((*condition, RoundNo(from)), (*condition, RoundNo(to))));
            }
            courses.push(course(tally, *condition, category, resampling));
        }
        let mut against = Vec::new();
        if let Some((first, others)) = conditions.split_first() {
            for round in (0..tally.rounds).map(RoundNo) {
                let pairs = others
                    .iter()
                    .map(|other| pair((*first, round), (*other, round)));
                against.extend(pairs.flatten());
            }
        }
        correct(&mut rounds);
        correct(&mut against);
        Findings {
            resampling,
            rounds,
            conditions: against,
            courses,
        }
    }
}

fn course(
    tally: &Tally,
    condition: ConditionNo,
    category: Option<&str>,
    resampling: Resampling,
) -> Course {
    let ledger = tally.board.ledger();
    let fit = |kind| Chain::fit(ledger, condition, kind, category, resampling);
    let by_round = |of: &dyn Fn(&crate::stats::Counts) -> Option<f64>| -> Vec<Option<f64>> {
        (0..ledger.rounds(condition))
            .map(|r| of(&tally.board.cell(condition, RoundNo(r), category)))
            .collect()
    };
    Course {
        condition,
        ambiguous: fit(ContextKind::Ambiguous),
        disambiguated: fit(ContextKind::Disambiguated),
        accuracy_ambiguous: by_round(&|c| c.accuracy(ContextKind::Ambiguous).value),
        accuracy_disambiguated: by_round(&|c| c.accuracy(ContextKind::Disambiguated).value),
        bias_ambiguous: by_round(&|c| c.bias_ambiguous().value),
        settled: Stabilisation::of(ledger, condition, category),
    }
}

/// Holm's correction over all tests of a family.
pub(super) fn correct(pairings: &mut [Pairing]) {
    let all: Vec<Vec<Option<f64>>> = pairings
        .iter()
        .map(|p| p.change.measures.iter().map(|m| m.p).collect())
        .collect();
    let known: Vec<f64> = all.iter().flatten().flatten().copied().collect();
    let mut adjusted = holm(&known).into_iter();
    for (pairing, values) in pairings.iter_mut().zip(all) {
        let of = |p: Option<f64>| p.and_then(|_| adjusted.next());
        pairing.holm = values.into_iter().map(of).collect();
    }
}
