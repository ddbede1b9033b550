//! Single answers by name: those that the scorers treat differently, those that could not be read.

use serde_json::{Value as Json, json};

use crate::domain::{Verdict, letter};
use crate::stats::{Graded, Scorer};

use super::sheet::{Sheet, Value};
use super::tally::Tally;

/// One answer.
#[derive(Clone, Debug)]
pub struct Listed {
    item: String,
    condition: String,
    round: u16,
    graded: Graded,
    said: Option<String>,
}

fn all(tally: &Tally, wanted: impl Fn(Graded) -> bool) -> Vec<Listed> {
    let entries = tally.board.ledger().entries();
    entries
        .filter(|(_, _, _, _, graded)| wanted(*graded))
        .map(|(no, _, condition, round, graded)| Listed {
            item: tally.items.get(no).map_or(String::new(), |i| i.to_string()),
            condition: tally.condition(condition).to_owned(),
            round: round.0,
            graded,
            said: tally.unread.get(&(condition, round, no)).cloned(),
        })
        .collect()
}

/// Answers that the scorers treat differently.
pub fn disagreements(tally: &Tally) -> Vec<Listed> {
    all(tally, Scorer::disagree)
}

/// Answers that could not be read.
pub fn unparsed(tally: &Tally) -> Vec<Listed> {
    all(tally, |graded| graded.verdict == Verdict::Unparsed)
}

impl Listed {
    /// For machines.
    pub fn to_json(&self) -> Json {
        let treatments = Scorer::ALL.map(|s| {
            let treatment = s.treatment(self.graded).words();
            (s.name().to_owned(), json!(treatment))
        });
        json!({
            "item": self.item,
            "condition": self.condition,
            "round": self.round,
            "option": self.graded.option,
            "verdict": self.graded.verdict.name(),
            "text": self.said,
            "treatment": serde_json::Map::from_iter(treatments),
        })
    }
}

/// As a table.
pub fn listed_sheet(title: &str, listed: &[Listed]) -> Sheet {
    let columns = [
        ("item", "item"),
        ("place", "where"),
        ("answer", "answer"),
        ("paper", "paper"),
        ("lm_eval", "lm-eval"),
        ("text", "text"),
    ];
    let mut sheet = Sheet::new("listed", format!("{title}: {}", listed.len()), 2, &columns);
    for one in listed {
        let treated = |s: Scorer| Value::Text(s.treatment(one.graded).words());
        let option = one.graded.option.map(|o| format!("({})", letter(o)));
        let said = one.said.as_deref().map(|text| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            match text.char_indices().nth(28) {
                None => text,
                Some((end, _)) => format!("{}…", &text[..end]),
            }
        });
        sheet.row(vec![
            Value::Text(one.item.clone()),
            Value::Text(format!("{} r{}", one.condition, one.round)),
            Value::Text(option.unwrap_or_else(|| "?".to_owned())),
            treated(Scorer::Paper),
            treated(Scorer::LmEval),
            said.map_or(Value::Blank, Value::Text),
        ]);
    }
    sheet
}
