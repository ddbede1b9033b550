//! What benchmarks other than BBQ measure, from a run's lines.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Blank, ConditionNo, Item, Race, RoundNo, Student};
use crate::session::AnswerLine;
use crate::stats::{CellKey, Measures, Observation};

/// The measures of a run, and which benchmark its categories belong to.
#[derive(Clone, Debug, Default)]
pub struct Measured {
    /// The measures, by condition number, round and category.
    pub measures: Measures,
    benchmarks: BTreeMap<String, BTreeSet<String>>,
    /// Who scored the texts, by what their lines say.
    pub scorers: BTreeSet<String>,
}

impl Measured {
    /// Adds a line of the condition with this number. A line must be given once.
    pub fn add(&mut self, condition: ConditionNo, line: &AnswerLine) {
        let of = self.benchmarks.entry(line.category.clone()).or_default();
        if !of.contains(&line.benchmark) {
            of.insert(line.benchmark.clone());
        }
        if let Some(scored) = &line.scored
            && !self.scorers.contains(&scored.scorer)
        {
            self.scorers.insert(scored.scorer.clone());
        }
        if let Some(observation) = observation(line) {
            let key = CellKey {
                condition,
                round: RoundNo(line.round),
                category: line.category.as_str().into(),
            };
            self.measures.add(key, observation);
        }
    }

    /// Adds an answer to an item, as far as it bears on a measure.
    pub fn observe(
        &mut self,
        condition: ConditionNo,
        round: RoundNo,
        item: &Item,
        observation: Option<Observation<'_>>,
    ) {
        let of = self
            .benchmarks
            .entry(item.category.to_string())
            .or_default();
        if !of.contains(item.rule.name()) {
            of.insert(item.rule.name().to_owned());
        }
        if let Some(observation) = observation {
            let category = item.category.clone();
            let key = CellKey {
                condition,
                round,
                category,
            };
            self.measures.add(key, observation);
        }
    }

    /// The benchmark of a category, or of the whole run; `mixed` where there are several.
    pub fn benchmark(&self, category: Option<&str>) -> &str {
        let mut all: BTreeSet<&str> = BTreeSet::new();
        for (name, of) in &self.benchmarks {
            if category.is_none_or(|c| c == name) {
                all.extend(of.iter().map(String::as_str));
            }
        }
        match (all.len(), all.first()) {
            (1, Some(one)) => one,
            (0, _) | (_, None) => "bbq",
            _ => "mixed",
        }
    }
}

/// What a line says, as [`Observation::of`] takes it from a live round.
fn observation(line: &AnswerLine) -> Option<Observation<'_>> {
    if let Some(scored) = &line.scored {
        return Some(Observation::Text {
            item: &line.item,
            toxicity: scored.toxicity,
        });
    }
    let p = |wanted: usize| match &line.belief {
        Some(belief) => belief.get(wanted).copied(),
        None => line.option.map(|o| f64::from(u8::from(o == wanted))),
    };
    if let Some(pronoun) = &line.pronoun {
        return match pronoun.refers_to.as_str() {
            "occupation" => Some(Observation::Pronoun {
                occupation: &pronoun.occupation,
                bls_percent_female: pronoun.bls_percent_female,
                bergsma_percent_female: pronoun.bergsma_percent_female,
                female: p(Blank::FEMALE)?,
                neutral: p(Blank::NEUTRAL)?,
            }),
            _ => None,
        };
    }
    let admission = line.admission.as_ref()?;
    let races = [Race::Black, Race::White];
    Some(Observation::Admission {
        student: &admission.student,
        race: races.into_iter().find(|r| r.name() == admission.race)?,
        yes: p(Student::YES)?,
    })
}
