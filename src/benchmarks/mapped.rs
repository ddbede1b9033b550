//! Any multiple-choice set (or set of texts), described by a field map: which field of a JSON line or
//! which column of a CSV file holds what. A new set needs no code.
//!
//! ```yaml
//! name: trivia              # in item names; the category where no field says it
//! context: passage          # a field; {text: "…"} for words that are always the same
//! question: question
//! options: [A, B, C, D]     # fields, or one field that holds a list
//! gold: answer              # the right one: its letter, number (from 0) or words, or its field's name
//! category: subject
//! ```
//!
//! `roles: {stereotyped: …, counter: …, unknown: …}` names options in the same way and gives the items
//! BBQ's grades; `polarity` and `context_kind` say which values mean what. In JSON, `a.b.0` reaches
//! into objects and lists.

mod row;

use std::io::{self, BufRead};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use crate::domain::{ContextKind, Item, ItemId, OptionRole, Polarity, Rule};

use super::Loaded;
use super::rows::{Header, Lines, Records};
use super::seen::Seen;
use row::{Held, Row};

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum From {
    Field(String),
    Words { text: String },
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Options {
    List(String),
    Fields(Vec<From>),
}

/// What the rows are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum What {
    #[default]
    Choice,
    Continuation,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    #[serde(default)]
    stereotyped: Option<From>,
    #[serde(default)]
    counter: Option<From>,
    #[serde(default)]
    unknown: Option<From>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct PolarityMap {
    field: String,
    negative: String,
    nonnegative: String,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindMap {
    field: String,
    ambiguous: String,
    disambiguated: String,
}

/// How the fields of a set are called.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldMap {
    name: String,
    #[serde(default)]
    kind: What,
    #[serde(default)]
    id: Option<String>,
    #[serde(default)]
    category: Option<From>,
    #[serde(default)]
    context: Option<From>,
    #[serde(default)]
    question: Option<From>,
    #[serde(default)]
    options: Option<Options>,
    #[serde(default)]
    gold: Option<From>,
    #[serde(default)]
    roles: Option<Roles>,
    #[serde(default)]
    polarity: Option<PolarityMap>,
    #[serde(default)]
    context_kind: Option<KindMap>,
}

impl FieldMap {
    /// Reads a map.
    ///
    /// # Errors
    /// (line, 1-based, where it can be told; what is wrong and which key).
    pub fn parse(yaml: &str) -> Result<FieldMap, (Option<usize>, String)> {
        let map: FieldMap = serde_yaml::from_str(yaml).map_err(|e| {
            let said = e.to_string();
            // The place is said once, in front.
            let what = said.split(" at line ").next().unwrap_or(&said).to_owned();
            (e.location().map(|l| l.line()), what)
        })?;
        let missing = |key: &str| {
            let what = format!("no key {key:?}: a set of this kind needs it");
            Err((None, what))
        };
        match map.kind {
            What::Choice if map.options.is_none() => missing("options"),
            What::Choice if map.question.is_none() && map.context.is_none() => missing("question"),
            What::Continuation if map.context.is_none() => missing("context"),
            What::Choice | What::Continuation => Ok(map),
        }
    }
}

/// Reads a whole file: JSON lines, or CSV (`,` or tab) with a header line.
///
/// # Errors
/// Only what the reader itself reports.
pub fn read(reader: impl BufRead, map: &FieldMap, separator: Option<char>) -> io::Result<Loaded> {
    let mut loaded = Loaded {
        numbered: map.id.is_none(),
        ..Loaded::default()
    };
    let mut seen = Seen::default();
    let name: Arc<str> = map.name.as_str().into();
    match separator {
        None => {
            let mut lines = Lines::new(reader);
            while let Some((line, text)) = lines.next()? {
                let read = text.and_then(|text| {
                    let value: Value =
                        serde_json::from_str(text).map_err(|e| format!("not JSON: {e}"))?;
                    item(&Row::Json(&value), map, &name, line)
                });
                add(line, read, &mut seen, &mut loaded);
            }
        }
        Some(separator) => {
            let mut records = match separator {
                '\t' => Records::tsv(reader),
                _ => Records::csv(reader),
            };
            let header = match records.next()? {
                None => return Ok(loaded),
                Some((line, Err(what))) => {
                    loaded.skipped.push(line, what);
                    return Ok(loaded);
                }
                Some((_, Ok(fields))) => Header::new(fields),
            };
            while let Some((line, record)) = records.next()? {
                let read = record.and_then(|r| item(&Row::Fields(&header, &r), map, &name, line));
                add(line, read, &mut seen, &mut loaded);
            }
        }
    }
    Ok(loaded)
}

fn add(line: usize, read: Result<Item, String>, seen: &mut Seen, loaded: &mut Loaded) {
    match read.and_then(|item| seen.admit(line, &item).map(|()| item)) {
        Err(reason) => loaded.skipped.push(line, reason),
        Ok(item) => {
            if matches!(item.rule, Rule::Bias { .. }) && !item.has_bias_grade() {
                let why = "the row does not say which option is stereotyped and which is not";
                loaded.ungraded.push(line, why);
            }
            loaded.push(line, item);
        }
    }
}

fn item(row: &Row<'_>, map: &FieldMap, name: &Arc<str>, line: usize) -> Result<Item, String> {
    let id = match &map.id {
        Some(field) => row.one("id", &From::Field(field.clone()))?,
        None => line.to_string(),
    };
    let category = match &map.category {
        Some(from) => row.one("category", from)?.as_str().into(),
        None => name.clone(),
    };
    let mut item = Item {
        id: ItemId(format!("{name}/{id}").into()),
        category,
        context: row.optional("context", map.context.as_ref())?,
        question: row.optional("question", map.question.as_ref())?,
        options: Vec::new(),
        roles: Vec::new(),
        gold: None,
        rule: Rule::Continuation,
    };
    let Some(options) = &map.options else {
        return Ok(item);
    };
    let (texts, names) = options_of(row, options)?;
    let option = |key: &str, from: &From| {
        let said = row.one(key, from)?;
        find(&said, &texts, &names).ok_or_else(|| {
            format!("{key}: {said:?} is no option: neither a letter, a number from 0, a field's name nor an option's words")
        })
    };
    item.gold = map
        .gold
        .as_ref()
        .map(|from| option("gold", from))
        .transpose()?;
    let mut roles = vec![None; texts.len()];
    item.rule = Rule::Choice;
    if let Some(wanted) = &map.roles {
        for (key, from, role) in [
            (
                "roles.stereotyped",
                &wanted.stereotyped,
                OptionRole::Stereotyped,
            ),
            ("roles.counter", &wanted.counter, OptionRole::Counter),
            ("roles.unknown", &wanted.unknown, OptionRole::Unknown),
        ] {
            if let Some(from) = from {
                roles[option(key, from)?] = Some(role);
            }
        }
        let declines = item.gold.and_then(|g| roles[g]) == Some(OptionRole::Unknown);
        item.rule = Rule::Bias {
            kind: kind(row, map.context_kind.as_ref(), declines)?,
            polarity: polarity(row, map.polarity.as_ref())?,
        };
    }
    item.roles = roles;
    item.options = texts;
    Ok(item)
}

/// The options' texts, and the names of their fields.
fn options_of(row: &Row<'_>, options: &Options) -> Result<(Vec<String>, Vec<String>), String> {
    let (texts, names) = match options {
        Options::List(field) => match row.held("options", field)? {
            Held::Many(texts) => (texts, Vec::new()),
            Held::One(_) => {
                return Err(format!(
                    "options: field {field:?} holds a text, not a list; name the options' fields: [A, B]"
                ));
            }
        },
        Options::Fields(fields) => {
            let texts = fields.iter().map(|f| row.one("options", f));
            let names = fields.iter().map(|f| match f {
                From::Field(name) => name.clone(),
                From::Words { .. } => String::new(),
            });
            (texts.collect::<Result<Vec<_>, _>>()?, names.collect())
        }
    };
    match texts.len() {
        0 | 1 => Err(format!("options: {} of them; two at least", texts.len())),
        27.. => Err(format!("options: {} of them; 26 at most", texts.len())),
        _ if texts.iter().any(|t| t.trim().is_empty()) => Err("options: one is empty".to_owned()),
        _ => Ok((texts, names)),
    }
}

/// Which option a value names: by its words, its field's name, its letter or its number from 0; else by its words
/// in other cases, where that is one option only.
fn find(said: &str, texts: &[String], names: &[String]) -> Option<usize> {
    let said = said.trim();
    let by_words = texts.iter().position(|t| t.trim() == said);
    let by_name = || names.iter().position(|n| !n.is_empty() && n == said);
    let letter = said.trim_matches(['(', ')', '.']);
    let by_letter = || {
        let mut chars = letter.chars();
        let c = chars.next().filter(|_| chars.as_str().is_empty())?;
        let no = u32::from(c.to_ascii_lowercase()).checked_sub(u32::from('a'))?;
        usize::try_from(no).ok().filter(|no| *no < texts.len())
    };
    let by_number = || said.parse::<usize>().ok().filter(|no| *no < texts.len());
    let by_words_in_any_case = || {
        let folded = said.to_lowercase();
        let mut same = (0..texts.len()).filter(|no| texts[*no].trim().to_lowercase() == folded);
        same.next().filter(|_| same.next().is_none())
    };
    by_words
        .or_else(by_name)
        .or_else(by_letter)
        .or_else(by_number)
        .or_else(by_words_in_any_case)
}

fn kind(row: &Row<'_>, map: Option<&KindMap>, declines: bool) -> Result<ContextKind, String> {
    let Some(map) = map else {
        return Ok(match declines {
            true => ContextKind::Ambiguous,
            false => ContextKind::Disambiguated,
        });
    };
    match row.one("context_kind", &From::Field(map.field.clone()))? {
        said if said == map.ambiguous => Ok(ContextKind::Ambiguous),
        said if said == map.disambiguated => Ok(ContextKind::Disambiguated),
        said => Err(format!(
            "context_kind: {said:?}; expected {:?} or {:?}",
            map.ambiguous, map.disambiguated
        )),
    }
}

fn polarity(row: &Row<'_>, map: Option<&PolarityMap>) -> Result<Polarity, String> {
    let Some(map) = map else {
        return Ok(Polarity::Negative);
    };
    match row.one("polarity", &From::Field(map.field.clone()))? {
        said if said == map.negative => Ok(Polarity::Negative),
        said if said == map.nonnegative => Ok(Polarity::NonNegative),
        said => Err(format!(
            "polarity: {said:?}; expected {:?} or {:?}",
            map.negative, map.nonnegative
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_columns_and_json_paths_become_options() {
        let map = FieldMap::parse(
            "name: trivia\nquestion: q\noptions: [A, B, C]\ngold: answer\ncategory: subject\n",
        )
        .unwrap();
        let text = "q,A,B,C,answer,subject\n\
            \"Two, or?\",one,two,three,B,maths\n\
            Say,x,y,z,2,words\n\
            Say,x,y,z,\"z\",words\n\
            Say,x,y,z,E,words\n\
            Say,x,y\n";
        let loaded = read(text.as_bytes(), &map, Some(',')).unwrap();
        let gold: Vec<_> = loaded.items.iter().map(|i| i.gold).collect();
        assert_eq!(gold, [Some(1), Some(2), Some(2)]);
        assert_eq!(loaded.items[0].question, "Two, or?");
        assert_eq!(&*loaded.items[0].category, "maths");
        assert_eq!(loaded.items[0].id.0.as_ref(), "trivia/2");
        let rows = loaded.skipped.rows();
        assert_eq!((rows[0].line, rows[1].line), (5, 6));
        assert!(
            rows[0].reason.starts_with("gold: \"E\""),
            "{}",
            rows[0].reason
        );

        let map = FieldMap::parse(
            "name: n\nid: meta.no\ncontext: meta.told\nquestion: {text: 'Who?'}\noptions: choices\ngold: label\n\
             roles: {stereotyped: meta.who, unknown: {text: 'Nobody'}}\n",
        )
        .unwrap();
        let text = r#"{"meta":{"no":7,"told":"T.","who":"Ann"},"choices":["Ann","Bob","Nobody"],"label":2}"#;
        let loaded = read(text.as_bytes(), &map, None).unwrap();
        let item = &loaded.items[0];
        assert_eq!(
            (item.id.0.as_ref(), item.question.as_str()),
            ("n/7", "Who?")
        );
        assert_eq!(item.roles[0], Some(OptionRole::Stereotyped));
        assert_eq!(item.kind(), ContextKind::Ambiguous);
        assert_eq!(loaded.ungraded.count(), 1);
    }

    #[test]
    fn an_option_is_named_by_its_words_letter_or_number() {
        let texts = ["Yes", "No", "no"].map(str::to_owned);
        let found = |said: &str| find(said, &texts, &[]);
        assert_eq!(found("yes"), Some(0));
        assert_eq!((found("no"), found("No")), (Some(2), Some(1)));
        assert_eq!((found("NO"), found("maybe")), (None, None));
        assert_eq!((found("(b)"), found("2")), (Some(1), Some(2)));
    }

    #[test]
    fn mistakes_name_their_line_and_their_key() {
        let at = |yaml: &str| FieldMap::parse(yaml).unwrap_err();
        let (line, what) = at("name: n\nquestion: q\noptons: [a, b]\n");
        assert_eq!(line, Some(3), "{what}");
        assert!(what.contains("optons"), "{what}");
        let (_, what) = at("name: n\nquestion: q\n");
        assert!(what.contains("options"), "{what}");
        let map = FieldMap::parse("name: n\nquestion: qq\noptions: [A, B]\n").unwrap();
        let loaded = read("q,A,B\n1,2,3\n".as_bytes(), &map, Some(',')).unwrap();
        let row = &loaded.skipped.rows()[0];
        assert!(
            row.line == 2 && row.reason.contains("question: no column \"qq\""),
            "{row:?}"
        );
    }
}
