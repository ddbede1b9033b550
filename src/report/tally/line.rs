//! What a tally takes from an answer's line.

use std::sync::Arc;

use serde::Deserialize;

use crate::session::{self, AnswerLine};
use crate::stats::calibration::Belief;
use crate::stats::{Facts, Meaning};

/// How sure an answer was.
#[derive(Clone, Debug)]
pub(super) struct Sure {
    pub(super) item_no: usize,
    pub(super) category: Arc<str>,
    pub(super) belief: Belief,
    /// The same from the mean log-probability of a token, as the authors of P3 take it.
    pub(super) per_token: Option<Belief>,
}

impl Sure {
    pub(super) fn of(line: &AnswerLine, item_no: usize, facts: &Facts) -> Option<Sure> {
        let per_token: Option<Vec<f64>> = line.option_scores.as_ref().map(|scores| {
            let mean = |s: &session::ScoreLine| s.1.map_or(0.0, f64::exp);
            scores.iter().map(mean).collect()
        });
        Some(Sure {
            item_no,
            category: facts.category.clone(),
            belief: Belief::new(line.belief.as_deref()?, line.gold?)?.of_item(facts.item),
            per_token: per_token
                .and_then(|p| Some(Belief::new(&p, line.gold?)?.of_item(facts.item))),
        })
    }
}

/// What of a line says whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Seat {
    pub(super) item_no: usize,
    #[serde(default)]
    pub(super) rotation: u16,
    #[serde(default)]
    pub(super) sample: u16,
}

impl Seat {
    pub(super) fn of(line: &AnswerLine) -> Seat {
        Seat {
            item_no: line.item_no,
            rotation: line.rotation,
            sample: line.sample,
        }
    }
}

/// What an answer says, as far as it was drawn; `None` where it could not be read, and where nothing
/// was generated: the most probable option is the same however often one asks.
pub(super) fn meaning(line: &AnswerLine) -> Option<Meaning> {
    line.steps.iter().find(|step| !step.tokens.is_empty())?;
    match line.roles.len() {
        0 => Some(Meaning::of_text(&line.steps.last()?.text)),
        n => Some(Meaning::of_option(
            (line.option? + usize::from(line.rotation)) % n,
        )),
    }
}

/// The item's name; a repeat of it says which: its sample and turn, from 0.
pub(super) fn named(line: &AnswerLine) -> Arc<str> {
    match (line.sample, line.rotation) {
        (0, 0) => line.item.as_str().into(),
        (sample, turn) => format!("{} s{sample} t{turn}", line.item).into(),
    }
}

pub(super) fn facts(line: &AnswerLine) -> Result<Facts, String> {
    let kind = line
        .kind()
        .ok_or_else(|| format!("unknown context {:?}", line.context))?;
    let small = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
    let only = |role: &str| {
        let mut found = line
            .roles
            .iter()
            .enumerate()
            .filter(|(_, r)| r.as_deref() == Some(role));
        match (found.next(), found.next()) {
            (Some((at, _)), None) => Some(small(at)),
            _ => None,
        }
    };
    Ok(Facts {
        item: u32::try_from(line.item_no).unwrap_or(u32::MAX),
        category: line.category.as_str().into(),
        kind,
        aligned: line.gold_is_stereotyped(),
        options: small(line.roles.len()),
        gold: line.gold.map(small),
        unknown: only("unknown"),
        graded: only("stereotyped").is_some() && only("counter").is_some(),
    })
}
