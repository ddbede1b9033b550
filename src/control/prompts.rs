//! The conditions the control model is trained on: four of those in the program.

use std::sync::Arc;

use crate::config::Mistake;
use crate::config::prompts::embedded;
use crate::domain::{Condition, Kind, Step};

/// Their names, in the order the conditions are shown.
const NAMES: [&str; 4] = ["q", "if", "if-cot", "unethical"];

/// The conditions q, if, if-cot and unethical.
///
/// # Errors
/// Never with the files as committed: a test reads them.
pub fn conditions() -> Result<Vec<Condition>, Mistake> {
    let all = embedded()?;
    let bbq = |c: &&Arc<Condition>| c.fits.contains(&Kind::Bbq);
    let named = |name: &&str| all.iter().filter(bbq).find(|c| *c.name == **name);
    Ok(NAMES
        .iter()
        .filter_map(named)
        .map(|c| (**c).clone())
        .collect())
}

/// Every text of these conditions, their slots as written: words that the vocabulary must hold.
pub fn texts() -> Result<Vec<String>, Mistake> {
    let mut texts = Vec::new();
    for condition in conditions()? {
        let steps: Vec<&Step> = condition.first.iter().chain(&condition.review).collect();
        for step in steps {
            texts.push(step.says.to_string());
            texts.push(step.prefill.to_string());
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
}
