//! The paper's numbers for a figure: where each stands, and which letter says whose it is. What a paper gives
//! relative to another of its numbers is taken from that number, and the note says so.

use crate::domain::{Evidence, Quantity, Recipe, Reference};

/// Whose numbers are drawn, in the order in which they are met.
#[derive(Default)]
pub struct Sources<'a> {
    known: Vec<(&'a str, Evidence)>,
    /// What numbers that are taken from others were.
    details: Vec<(usize, String)>,
    /// Numbers that stand nowhere.
    lost: Vec<String>,
}

/// A source's letter.
pub fn letter(source: usize) -> char {
    (b'a'..=b'z').nth(source).map_or('*', char::from)
}

/// A number as notes write it.
fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl<'a> Sources<'a> {
    /// Where a number of the paper stands, and the number of its source; `None` where that cannot be told. Notes
    /// give numbers as the axis does: `times` as large.
    pub fn stands(
        &mut self,
        recipe: &'a Recipe,
        reference: &'a Reference,
        times: f64,
    ) -> Option<(f64, usize)> {
        let (other, relative) = match &reference.quantity {
            Quantity::Value => return Some((reference.value, self.source(reference))),
            Quantity::Difference(other) => (other, false),
            Quantity::Relative(other) => (other, true),
        };
        let said = match relative {
            true => format!("{:+.0} %", 100.0 * reference.value),
            false => format!("{:+.3}", times * reference.value),
        };
        let condition = &reference.cell.condition;
        let same = |r: &&Reference| {
            r.quantity == Quantity::Value
                && r.metric == reference.metric
                && r.category == reference.category
                && r.cell == *other
                && r.evidence == reference.evidence
        };
        let Some(base) = recipe.references.iter().find(same) else {
            self.lost.push(format!(
                "{condition}: {said} of {}, whose own number is not known ({}, {})",
                other.condition,
                reference.source(),
                reference.evidence.name()
            ));
            return None;
        };
        let value = match relative {
            true => base.value * (1.0 + reference.value),
            false => base.value + reference.value,
        };
        let source = self.source(reference);
        let base = format!("{}'s {}", other.condition, number(times * base.value));
        let (much, way) = match (relative, reference.value < 0.0) {
            (true, low) => (
                format!("{:.0} %", 100.0 * reference.value.abs()),
                if low { "below" } else { "above" },
            ),
            (false, low) => (
                number(times * reference.value.abs()),
                if low { "below" } else { "above" },
            ),
        };
        let is = number(times * value);
        let detail = format!("{condition} {much} {way} {base} = {is}");
        self.details.push((source, detail));
        Some((value, source))
    }

    fn source(&mut self, reference: &'a Reference) -> usize {
        let whose = (&*reference.of, reference.evidence);
        let at = self.known.iter().position(|known| *known == whose);
        at.unwrap_or_else(|| {
            self.known.push(whose);
            self.known.len() - 1
        })
    }

    /// What the letters stand for, and what is not drawn.
    pub fn notes(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (no, (of, evidence)) in self.known.iter().enumerate() {
            let mut note = format!("{}: {of} ({})", letter(no), evidence.name());
            let details = self.details.iter().filter(|(source, _)| *source == no);
            let details: Vec<&str> = details.map(|(_, text)| &**text).collect();
            if !details.is_empty() {
                note += &format!("; {}", details.join(", "));
            }
            all.push(note);
        }
        all.extend(self.lost.iter().map(|lost| format!("Not drawn: {lost}")));
        all
    }
}
