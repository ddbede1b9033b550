//! Items and stored answers to them, brought together: by name, or by order.

mod items;

use std::sync::Arc;

use serde_json::Value;

use crate::benchmarks::stored;
use crate::config::did_you_mean;
use crate::domain::{Answer, ConditionNo, RoundNo, Rule, Verdict, parse_answer};
use crate::report::imports::tolerant;
use crate::report::{Measured, shortened};
use crate::session::{Hand, Label};
use crate::stats::{Facts, Graded, Observation, Scoreboard};

use super::failure::Failure;
use super::lines::Lines;
use super::scorer::Scorer;
pub use items::Items;
use items::Known;

/// Conditions that the records of one file may name.
const CONDITIONS_MAX: usize = 1000;

/// A row that was left out, and why.
#[derive(Clone, Debug)]
pub struct Skipped {
    /// Its file.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Graded answers.
pub struct Answers {
    /// The conditions that the records name; one, `stored`, where they name none.
    pub conditions: Vec<String>,
    /// Rounds that occur.
    pub rounds: u16,
    /// The answers.
    pub board: Scoreboard,
    /// What they say about the benchmark's own measures.
    pub measured: Measured,
    /// The items' names, by their number on the board.
    pub items: Vec<Arc<str>>,
    /// Answers that count as somebody labelled them: (condition, round, item).
    pub labelled: Vec<(ConditionNo, RoundNo, usize)>,
    /// What could not be read: (condition, round, item), text.
    pub unread: Vec<((ConditionNo, RoundNo, usize), String)>,
    /// How records were matched.
    pub matched: &'static str,
    /// Items that no record answers.
    pub unanswered: usize,
}

/// Where a record belongs.
struct Place {
    at: usize,
    condition: ConditionNo,
    round: RoundNo,
}

/// Grades the records of a file.
///
/// # Errors
/// A file that cannot be read; a field that no record has; nothing that could be graded.
pub fn grade(
    items: &Items,
    path: &std::path::Path,
    field: &str,
    scorer: Option<&Scorer>,
    hand: &Hand,
    skipped: &mut Vec<Skipped>,
) -> Result<Answers, Failure> {
    let file = path.display().to_string();
    let told = |e: std::io::Error| Failure::usage(format!("{file}: {e}"));
    let mut lines = Lines::open(path).map_err(told)?;
    let mut answers = Answers {
        conditions: Vec::new(),
        rounds: 0,
        board: Scoreboard::default(),
        measured: Measured::default(),
        items: items
            .rows
            .iter()
            .map(|row| row.as_ref().map_or("".into(), |k| k.item.id.0.clone()))
            .collect(),
        labelled: Vec::new(),
        unread: Vec::new(),
        matched: "",
        unanswered: 0,
    };
    let mut answered = vec![false; items.rows.len()];
    let (mut by_name, mut order) = (None, 0);
    let mut fields: Vec<String> = Vec::new();
    let mut has_field = false;
    while let Some(line) = lines.next().map_err(told)? {
        let order_no = order;
        order += 1;
        let mut one = || -> Result<(), String> {
            let bytes = line.bytes.as_ref().map_err(Clone::clone)?;
            // lm-evaluation-harness writes NaN into its samples.
            let record: Value = tolerant(bytes)?;
            if !record.is_object() {
                return Err("not a record; expected {\"field\": …}".to_owned());
            }
            let Some(value) = reach(&record, field) else {
                if let (true, Some(record)) = (fields.is_empty(), record.as_object()) {
                    fields = record.keys().take(40).cloned().collect();
                }
                return Err(format!("no field {field:?}"));
            };
            has_field = true;
            let named = items.named(&record);
            let by_name = *by_name.get_or_insert(!matches!(named, Ok(None)));
            let at = match (by_name, named) {
                (true, Ok(Some(at))) => at,
                (true, Ok(None)) => {
                    return Err("no item, id or example_id, which other records have".to_owned());
                }
                (true, Err(reason)) => return Err(reason),
                (false, _) => match &items.out_of_order {
                    None => order_no,
                    Some(why) => {
                        return Err(format!(
                            "{why}; answers need the field item, id or example_id"
                        ));
                    }
                },
            };
            let known = match items.rows.get(at) {
                Some(Some(known)) => known,
                Some(None) => return Err("its item could not be used".to_owned()),
                None => {
                    return Err(format!(
                        "one answer too many for {} items",
                        items.rows.len()
                    ));
                }
            };
            let place = answers.place(at, &record)?;
            let label = label(&record, hand);
            answers.enter(known, &place, value, scorer, label)?;
            answered[at] = true;
            Ok(())
        };
        if let Err(reason) = one() {
            skipped.push(Skipped {
                file: file.clone(),
                line: line.no,
                reason,
            });
        }
    }
    let usable = items.rows.iter().zip(&answered);
    answers.unanswered = usable
        .filter(|(row, told)| row.is_some() && !**told)
        .count();
    answers.matched = match by_name {
        Some(true) => "by name",
        _ => "by order",
    };
    if answers.board.is_empty() {
        if order > 0 && !has_field {
            let hint = did_you_mean(field, fields.iter().map(String::as_str));
            return Err(Failure::usage(format!(
                "{file}: no record has the field {field:?}{hint}"
            )));
        }
        let why = skipped.iter().find(|row| row.file == file);
        let why = why.map_or_else(
            || "the file is empty".to_owned(),
            |row| format!("line {}: {}", row.line, row.reason),
        );
        return Err(Failure::work(format!(
            "{file}: no answer could be graded ({why})"
        )));
    }
    Ok(answers)
}

/// The value of a field: its name, or a path of names and positions with points between them.
fn reach<'a>(record: &'a Value, field: &str) -> Option<&'a Value> {
    if let Some(value) = record.get(field) {
        return Some(value);
    }
    field
        .split('.')
        .try_fold(record, |value, part| match value {
            Value::Array(all) => all.get(part.parse::<usize>().ok()?),
            other => other.get(part),
        })
}

/// What somebody read in a record of a run: labels lie beside its answers.
fn label(record: &Value, hand: &Hand) -> Option<Label> {
    if hand.labels.is_empty() {
        return None;
    }
    let number = |name: &str| record.get(name).map_or(Some(0), Value::as_u64);
    let small = |name: &str| number(name).and_then(|n| u16::try_from(n).ok());
    // Labels of turned options mean another order than that of the items here.
    let rotation = small("rotation").filter(|turns| *turns == 0)?;
    let item_no = usize::try_from(record.get("item_no")?.as_u64()?).ok()?;
    let condition = record.get("condition")?.as_str()?.to_owned();
    let place = (
        item_no,
        condition,
        small("sample")?,
        rotation,
        small("round")?,
    );
    hand.label(&place, record.get("item")?.as_str()?)
}

impl Answers {
    fn place(&mut self, at: usize, record: &Value) -> Result<Place, String> {
        let name = match record.get("condition") {
            Some(Value::String(name)) => name.as_str(),
            Some(_) | None => "stored",
        };
        let no = match self.conditions.iter().position(|c| c == name) {
            Some(no) => no,
            None if self.conditions.len() >= CONDITIONS_MAX => {
                return Err(format!("more than {CONDITIONS_MAX} conditions"));
            }
            None => {
                self.conditions.push(name.to_owned());
                self.conditions.len() - 1
            }
        };
        let round = match record.get("round") {
            None | Some(Value::Null) => 0,
            Some(value) => value
                .as_u64()
                .and_then(|r| u16::try_from(r).ok())
                .filter(|r| *r < u16::MAX)
                .ok_or_else(|| format!("round is {value}; expected a whole number from 0"))?,
        };
        Ok(Place {
            at,
            condition: ConditionNo(u16::try_from(no).unwrap_or(u16::MAX)),
            round: RoundNo(round),
        })
    }

    fn enter(
        &mut self,
        known: &Known,
        place: &Place,
        value: &Value,
        scorer: Option<&Scorer>,
        label: Option<Label>,
    ) -> Result<(), String> {
        let (condition, round) = (place.condition, place.round);
        if self.board.ledger().at(place.at, condition, round).is_some() {
            return Err(format!(
                "a second answer to {}; the first one counts",
                known.item.id
            ));
        }
        let item = &known.item;
        let text = match (&item.rule, value, scorer) {
            (Rule::Continuation, Value::String(text), Some(scorer)) => {
                let toxicity = scorer.score(text).map_err(|e| e.to_string())?;
                Some(Observation::Text {
                    item: &item.id.0,
                    toxicity,
                })
            }
            (Rule::Continuation, ..) => return Err("not a text".to_owned()),
            _ => None,
        };
        let answer = match (&text, value) {
            (Some(_), Value::String(text)) => parse_answer(text, item),
            (_, value) => stored::answer(value, item, &known.infos)?,
        };
        let by_hand = match answer {
            Answer::Unparsed => label.and_then(|l| l.answer(item)),
            Answer::Choice(_) | Answer::Abstain | Answer::Free => None,
        };
        if by_hand.is_some() {
            self.labelled.push((condition, round, place.at));
        }
        let answer = by_hand.unwrap_or(answer);
        let mut graded = Graded::new(answer, &known.item);
        if let Some(biased) = known.lm_eval {
            let chosen = graded.option.and_then(|o| biased.get(o).copied());
            graded.lm_eval_biased = chosen.unwrap_or(false) && graded.verdict != Verdict::Abstains;
        }
        if graded.verdict == Verdict::Unparsed {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            self.unread
                .push(((condition, round, place.at), shortened(&text)));
        }
        let facts = Facts::of(place.at, &known.item);
        self.board.enter(condition, round, place.at, &facts, graded);
        let observation = text.or_else(|| Observation::of(item, answer, None));
        self.measured.observe(condition, round, item, observation);
        self.rounds = self.rounds.max(round.0 + 1);
        Ok(())
    }
}
