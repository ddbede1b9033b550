//! The clauses of a prompt file: their levels, and the levels that conditions and steps name.

use serde_yaml::Value;

use crate::config::yaml::{Mistake, did_you_mean};
use crate::domain::{Clause, Level, Slot};

use super::file::FileClause;
use super::reader::{MOST, Reader};

impl Reader<'_> {
    pub(super) fn clauses(self, raw: Vec<FileClause>) -> Result<Vec<Clause>, Mistake> {
        let mut clauses: Vec<Clause> = Vec::new();
        let mut levels = 0;
        for clause in raw {
            let name = self.word("clauses", &clause.name)?;
            let line = self.source.line_with(&format!("name: {name}"), 1);
            let wrong = |what: String| Err(self.source.mistake(line, format!("{name}: {what}")));
            if Slot::ALL.iter().any(|s| s.name() == name) || clauses.iter().any(|c| c.name == name)
            {
                return wrong("is a slot or an earlier clause; take another name".into());
            }
            levels += clause.levels.len();
            if clause.levels.is_empty() || levels > MOST {
                return wrong(format!(
                    "levels: expected 1 to {MOST} of them, all clauses together"
                ));
            }
            let mut read = Clause {
                name: name.clone(),
                title: clause.title,
                parts: Vec::new(),
                levels: Vec::new(),
            };
            for (level, value) in &clause.levels {
                self.level(level, value, line, &clauses, &mut read)?;
            }
            clauses.push(read);
        }
        Ok(clauses)
    }

    /// Adds a level to a clause. All levels of a clause have the parts that the first one has.
    fn level(
        self,
        name: &Value,
        value: &Value,
        after: usize,
        earlier: &[Clause],
        clause: &mut Clause,
    ) -> Result<(), Mistake> {
        let of = format!("{}: levels", clause.name);
        let Some(name) = name.as_str() else {
            let what = format!("{of}: a level's name is a word; put it in quotes");
            return Err(self.source.mistake(after, what));
        };
        let line = self.source.line_of(name, after);
        let name = self.word(&of, name)?;
        let expected = format!("{of}: {name}: expected a text, or texts by part");
        let texts: Vec<(String, String)> = match value {
            Value::String(text) => vec![(String::new(), text.clone())],
            Value::Null => vec![(String::new(), String::new())],
            Value::Mapping(map) => {
                let text = |(part, text): (&Value, &Value)| {
                    Some((part.as_str()?.to_owned(), text.as_str()?.to_owned()))
                };
                let texts: Option<Vec<_>> = map.iter().map(text).collect();
                texts.ok_or_else(|| self.source.mistake(line, &expected))?
            }
            _ => return Err(self.source.mistake(line, expected)),
        };
        if clause.levels.is_empty() {
            for (part, _) in &texts {
                clause.parts.push(match part.is_empty() {
                    true => String::new(),
                    false => self.word(&format!("{of}: {name}"), part)?,
                });
            }
        }
        let names: Vec<&String> = texts.iter().map(|(part, _)| part).collect();
        if names.len() != clause.parts.len() || !clause.parts.iter().all(|p| names.contains(&p)) {
            let what = format!(
                "{of}: {name}: all levels of a clause have the same parts; the first one has [{}]",
                clause.parts.join(", ")
            );
            return Err(self.source.mistake(line, what));
        }
        let mut parts = Vec::new();
        for part in &clause.parts {
            let text = texts.iter().find(|(p, _)| p == part);
            parts.push(self.wording(text.map_or("", |(_, t)| t), earlier)?);
        }
        clause.levels.push(Level { name, parts });
        Ok(())
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
