//! The conditions the control model is trained on: those of the program that the planted table has.

use std::sync::Arc;

use crate::config::Mistake;
use crate::config::prompts::embedded;
use crate::domain::{Condition, Kind, Template};

use super::planted::Planted;

/// Their names, in the order the conditions are shown.
const NAMES: [&str; 4] = ["q", "if", "if-cot", "unethical"];

/// The conditions q, if, if-cot and unethical for questions with options.
///
/// # Errors
/// Never with the files as committed: a test reads them.
pub fn conditions() -> Result<Vec<Condition>, Mistake> {
    named(Kind::Bbq, &NAMES)
}

/// The conditions of these names for a kind of items, in the order of the names.
fn named(kind: Kind, names: &[&str]) -> Result<Vec<Condition>, Mistake> {
    let all = embedded()?;
    let fits = |c: &&Arc<Condition>| c.fits.contains(&kind);
    let found = |name: &&str| all.iter().filter(fits).find(|c| *c.name == **name);
    Ok(names
        .iter()
        .filter_map(found)
        .map(|c| (**c).clone())
        .collect())
}

/// The conditions that the table has answers for, for a kind of items.
///
/// # Errors
/// Never with the files as committed: a test reads them.
pub fn planted_conditions(kind: Kind, planted: &Planted) -> Result<Vec<Condition>, Mistake> {
    let all = embedded()?;
    let names: Vec<&str> = planted.conditions(kind.name()).collect();
    let fits = all.iter().filter(|c| c.fits.contains(&kind));
    let planted = fits.filter(|c| names.contains(&&*c.name));
    Ok(planted.map(|c| (**c).clone()).collect())
}

/// The group of the conditions that came after the training: self-distinguish after a dialogue. Nothing is planted
/// there, and words that only they have are none of the vocabulary, whose numbers must stay.
const LATER: &str = "dialogue";

/// Every text of the other conditions, their slots as written: words that the vocabulary must hold.
///
/// # Errors
/// Never with the files as committed: a test reads them.
pub fn texts() -> Result<Vec<String>, Mistake> {
    let mut texts = Vec::new();
    let known = |c: &Arc<Condition>| !c.groups.iter().any(|g| **g == *LATER);
    for condition in embedded()?.into_iter().filter(known) {
        texts.extend(condition.system.iter().map(Template::to_string));
        for step in condition.first.iter().chain(&condition.review) {
            texts.extend(step.texts().map(Template::to_string));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_are_there() {
        assert_eq!(conditions().unwrap().len(), NAMES.len());
    }

    #[test]
    fn every_planted_condition_is_one_of_the_program() {
        let planted = Planted::embedded().unwrap();
        for kind in Kind::ALL {
            let found = planted_conditions(kind, &planted).unwrap();
            assert_eq!(
                found.len(),
                planted.conditions(kind.name()).count(),
                "{kind:?}"
            );
        }
    }
}
