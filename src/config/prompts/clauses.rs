//! The clauses of a prompt file: their levels, and the levels that conditions and steps name.

use serde_yaml::Value;

use crate::config::yaml::{Mistake, did_you_mean};
use crate::domain::{Clause, Level, Slot, Wording};

use super::file::FileClause;
use super::reader::{MOST, Reader, kept};

impl Reader<'_> {
    /// The clauses, and every mistake in them. What is wrong keeps its name and loses its text.
    pub(super) fn clauses(self, raw: Vec<FileClause>, wrong: &mut Vec<Mistake>) -> Vec<Clause> {
        let mut clauses: Vec<Clause> = Vec::new();
        let mut levels = 0;
        for clause in raw {
            let Some(name) = kept(self.word("clauses", &clause.name), wrong) else {
                continue;
            };
            let line = self.source.line_with(&format!("name: {name}"), 1);
            let mut told = |what: String| {
                wrong.push(self.source.mistake(line, format!("{name}: {what}")));
            };
            if Slot::ALL.iter().any(|s| s.name() == name) || clauses.iter().any(|c| c.name == name)
            {
                told("is a slot or an earlier clause; take another name".into());
                continue;
            }
            levels += clause.levels.len();
            if clause.levels.is_empty() || levels > MOST {
                told(format!(
                    "levels: expected 1 to {MOST} of them, all clauses together"
                ));
                // Far too many are not looked at one by one.
                break;
            }
            let mut read = Clause {
                name: name.clone(),
                title: clause.title,
                parts: Vec::new(),
                levels: Vec::new(),
                digit: clause.digit,
                negation: None,
            };
            for (level, value) in &clause.levels {
                self.level(level, value, line, &clauses, &mut read, wrong);
            }
            let mut told = |key: &str, what: String| {
                let at = self.source.line_with(&format!("{key}:"), line);
                wrong.push(self.source.mistake(at, format!("{name}: {key}: {what}")));
            };
            if let Some(digit) = read.digit {
                let taken = clauses.iter().find(|c| c.digit == read.digit);
                if !(1..=9).contains(&digit) {
                    told("digit", format!("{digit} is no key; 1 to 9 are"));
                    read.digit = None;
                } else if let Some(taken) = taken {
                    told("digit", format!("{digit} already steps {}", taken.name));
                    read.digit = None;
                }
            }
            if let Some(level) = clause.negation {
                read.negation = read.levels.iter().position(|l| l.name == level);
                if read.negation.is_none() {
                    let hint = did_you_mean(&level, read.levels.iter().map(|l| l.name.as_str()));
                    told("negation", format!("no level {level}{hint}"));
                }
            }
            clauses.push(read);
        }
        number(&mut clauses);
        clauses
    }

    /// Adds a level to a clause. All levels of a clause have the parts that the first one has.
    fn level(
        self,
        name: &Value,
        value: &Value,
        after: usize,
        earlier: &[Clause],
        clause: &mut Clause,
        wrong: &mut Vec<Mistake>,
    ) {
        let of = format!("{}: levels", clause.name);
        let Some(name) = name.as_str() else {
            let what = format!("{of}: a level's name is a word; put it in quotes");
            wrong.push(self.source.mistake(after, what));
            return;
        };
        let line = self.source.line_of(name, after);
        let Some(name) = kept(self.word(&of, name), wrong) else {
            return;
        };
        let texts = match value {
            Value::String(text) => Some(vec![(String::new(), text.clone())]),
            Value::Null => Some(vec![(String::new(), String::new())]),
            Value::Mapping(map) => {
                let text = |(part, text): (&Value, &Value)| {
                    Some((part.as_str()?.to_owned(), text.as_str()?.to_owned()))
                };
                map.iter().map(text).collect()
            }
            _ => None,
        };
        let mut read = Level {
            name: name.clone(),
            parts: vec![Wording::default(); clause.parts.len()],
        };
        let Some(texts) = texts else {
            let what = format!("{of}: {name}: expected a text, or texts by part");
            wrong.push(self.source.mistake(line, what));
            clause.levels.push(read);
            return;
        };
        if clause.levels.is_empty() {
            for (part, _) in &texts {
                let part = match part.is_empty() {
                    true => Some(String::new()),
                    false => kept(self.word(&format!("{of}: {name}"), part), wrong),
                };
                clause.parts.extend(part);
            }
        }
        let names: Vec<&String> = texts.iter().map(|(part, _)| part).collect();
        if names.len() != clause.parts.len() || !clause.parts.iter().all(|p| names.contains(&p)) {
            let what = format!(
                "{of}: {name}: all levels of a clause have the same parts; the first one has [{}]",
                clause.parts.join(", ")
            );
            wrong.push(self.source.mistake(line, what));
            clause.levels.push(read);
            return;
        }
        let text = |part: &String| {
            let text = texts.iter().find(|(p, _)| p == part);
            kept(self.wording(text.map_or("", |(_, t)| t), earlier), wrong).unwrap_or_default()
        };
        read.parts = clause.parts.iter().map(text).collect();
        clause.levels.push(read);
    }

    /// The positions of a clause and one of its levels.
    pub(super) fn level_of(
        self,
        key: &str,
        clause: &Value,
        level: &Value,
        line: usize,
        clauses: &[Clause],
    ) -> Result<(usize, usize), Mistake> {
        let (Some(clause), Some(level)) = (clause.as_str(), level.as_str()) else {
            let what =
                format!("{key}: expected {{clause: level}}; put words like true and 1 in quotes");
            return Err(self.source.mistake(line, what));
        };
        let Some(no) = clauses.iter().position(|c| c.name == clause) else {
            let hint = did_you_mean(clause, clauses.iter().map(|c| c.name.as_str()));
            let at = self.source.line_with(clause, line);
            return Err(self
                .source
                .mistake(at, format!("{key}: unknown clause {clause}{hint}")));
        };
        let levels = &clauses[no].levels;
        let Some(found) = levels.iter().position(|l| l.name == level) else {
            let hint = did_you_mean(level, levels.iter().map(|l| l.name.as_str()));
            let at = self.source.line_with(level, line);
            let what = format!("{key}: {clause} has no level {level}{hint}");
            return Err(self.source.mistake(at, what));
        };
        Ok((no, found))
    }
}

/// Gives every clause that names no digit the lowest one that is left.
fn number(clauses: &mut [Clause]) {
    for no in 0..clauses.len() {
        let free = |digit: &u8| clauses.iter().all(|c| c.digit != Some(*digit));
        if clauses[no].digit.is_none() {
            clauses[no].digit = (1..=9).find(free);
        }
    }
}
