//! `prompts/*.yaml` → conditions. `prompts/README.md` describes the format.

use std::sync::Arc;

use serde::Deserialize;
use serde_yaml::{Mapping, Value};

use crate::domain::{
    self, AnswerStyle, Clause, Condition, DraftStep, Family, Gives, Kind, Level, PartNo, Quoted,
    Role, Slot, Variant, Voice, Wording,
};

use super::yaml::{Mistake, Source, did_you_mean, near};

/// The prompt files compiled into the program: (file name, text), in column order.
pub const EMBEDDED: [(&str, &str); 5] = [
    (
        "prompts/choice.yaml",
        include_str!("../../prompts/choice.yaml"),
    ),
    (
        "prompts/winogender.yaml",
        include_str!("../../prompts/winogender.yaml"),
    ),
    ("prompts/law.yaml", include_str!("../../prompts/law.yaml")),
    (
        "prompts/continuation.yaml",
        include_str!("../../prompts/continuation.yaml"),
    ),
    (
        "prompts/distinguish.yaml",
        include_str!("../../prompts/distinguish.yaml"),
    ),
];

/// The group of the conditions that are asked where nobody names others.
pub const DEFAULT_GROUP: &str = "default";

/// The longest generation a prompt file may ask for.
const MAX_TOKENS: u32 = 8192;

/// The most levels that a file may define, all clauses together, and the most conditions: far more
/// than anybody could look at.
const MOST: usize = 1000;

/// The longest text that one condition may come to once its clauses are put in.
const TEXT_MAX_BYTES: usize = 1 << 20;

/// A file with one condition (`name`, `source`), or with a family of them (`family`, `conditions`).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    family: Option<String>,
    title: String,
    source: Option<FileSource>,
    #[serde(default)]
    fits: Vec<FileKind>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    clauses: Vec<FileClause>,
    #[serde(default)]
    system: String,
    answer: FileStyle,
    first: Vec<FileStep>,
    review: Vec<FileStep>,
    conditions: Option<Vec<FileVariant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVariant {
    name: String,
    title: String,
    source: FileSource,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    set: Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileClause {
    name: String,
    title: String,
    levels: Mapping,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSource {
    quoted: FileQuoted,
    place: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileQuoted {
    Verbatim,
    Reconstruction,
    Ours,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileKind {
    Bbq,
    Winogender,
    Law,
    Continuation,
    Distinguish,
    Choice,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileStyle {
    Letter,
    Text,
    Both,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileGives {
    Setting,
    Reasoning,
    Feedback,
    Answer,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileStep {
    #[serde(default)]
    when: Mapping,
    user: Option<String>,
    system: Option<String>,
    assistant: Option<String>,
    tool: Option<String>,
    critic: Option<String>,
    instructions: Option<String>,
    #[serde(default)]
    prefill: String,
    reply: Option<String>,
    max_tokens: Option<u32>,
    #[serde(default)]
    stop: Vec<String>,
    gives: FileGives,
}

/// Reads a file's conditions.
///
/// # Errors
/// The first mistake, with its line.
pub fn parse(file: &str, text: &str) -> Result<Vec<Condition>, Mistake> {
    let source = Source { file, text };
    let raw: File = source.value()?;
    let family = Arc::new(Reader { source }.family(raw)?);
    let mut all = Vec::new();
    for no in 0..family.variants.len() {
        let condition = family.condition(no).map_err(|fault| {
            let variant = &family.variants[no];
            let (key, _) = fault.split_once(':').unwrap_or(("", ""));
            match family.clauses.is_empty() {
                true => source.mistake_at(&format!("{key}:"), &fault),
                false => {
                    let line = source.line_with(&format!("name: {}", variant.name), 1);
                    source.mistake(line, format!("{}: {fault}", variant.name))
                }
            }
        })?;
        all.push(condition);
    }
    Ok(all)
}

/// Reads one file; knows where its words stand.
#[derive(Clone, Copy)]
struct Reader<'a> {
    source: Source<'a>,
}

impl Reader<'_> {
    fn family(self, raw: File) -> Result<Family, Mistake> {
        let source = self.source;
        let clauses = self.clauses(raw.clauses)?;
        let (name, variants) = match (raw.name, raw.family, raw.conditions) {
            (Some(name), None, None) => {
                let Some(from) = raw.source else {
                    let what = "source: is missing; say where the words come from: {quoted: ours, place: why they were written}";
                    return Err(source.mistake(1, what));
                };
                let one = FileVariant {
                    name: name.clone(),
                    title: raw.title.clone(),
                    source: from,
                    groups: raw.groups,
                    set: Mapping::new(),
                };
                (name, vec![one])
            }
            (None, Some(family), Some(all)) if raw.source.is_none() && raw.groups.is_empty() => {
                (family, all)
            }
            _ => {
                let what = "expected either name and source (one condition), or family and conditions (several; each has its own name, source, groups)";
                return Err(source.mistake(1, what));
            }
        };
        if variants.len() > MOST {
            let what = format!("conditions: {}, at most {MOST}", variants.len());
            return Err(source.mistake_at("conditions:", what));
        }
        let mut family = Family {
            name: self.word("family", &name)?,
            fits: match raw.fits.is_empty() {
                true => Kind::ALL.to_vec(),
                false => raw.fits.iter().map(kind).collect(),
            },
            style: match raw.answer {
                FileStyle::Letter => AnswerStyle::Letter,
                FileStyle::Text => AnswerStyle::Text,
                FileStyle::Both => AnswerStyle::Both,
            },
            system: self.wording(&raw.system, &clauses)?,
            first: self.steps("first", raw.first, &clauses)?,
            review: self.steps("review", raw.review, &clauses)?,
            clauses,
            variants: Vec::new(),
        };
        for one in variants {
            let variant = self.variant(one, &family)?;
            family.variants.push(variant);
        }
        self.bounded(&family)?;
        Ok(family)
    }

    /// Names that can be typed on a command line.
    fn word(self, key: &str, name: &str) -> Result<String, Mistake> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || ",+={}".contains(c);
        if name.is_empty() || name.chars().any(odd) {
            let line = self.source.line_with(name.trim(), 1);
            let what =
                format!("{key}: {name:?}: a name is one word without , + = or braces, like if-cot");
            return Err(self.source.mistake(line, what));
        }
        Ok(name.to_owned())
    }

    fn clauses(self, raw: Vec<FileClause>) -> Result<Vec<Clause>, Mistake> {
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

    fn variant(self, raw: FileVariant, family: &Family) -> Result<Variant, Mistake> {
        let name = self.word("name", &raw.name)?;
        let line = self.source.line_with(&format!("name: {name}"), 1);
        if family.variants.iter().any(|v| *v.name == *name) {
            let what = format!("name: {name} is the name of two conditions");
            return Err(self.source.mistake(line, what));
        }
        for group in &raw.groups {
            self.word("groups", group)?;
        }
        let mut levels = vec![0; family.clauses.len()];
        for (clause, level) in &raw.set {
            let (no, level) = self.level_of(
                &format!("{name}: set"),
                clause,
                level,
                line,
                &family.clauses,
            )?;
            levels[no] = level;
        }
        if let Some(twin) = family.variants.iter().find(|v| v.levels == levels)
            && !family.clauses.is_empty()
        {
            let what = format!(
                "{name}: sets the same levels as {}; one of them is enough",
                twin.name
            );
            return Err(self.source.mistake(line, what));
        }
        Ok(Variant {
            name: name.into(),
            title: raw.title,
            source: domain::Source {
                quoted: match raw.source.quoted {
                    FileQuoted::Verbatim => Quoted::Verbatim,
                    FileQuoted::Reconstruction => Quoted::Reconstruction,
                    FileQuoted::Ours => Quoted::Ours,
                },
                place: raw.source.place,
            },
            groups: raw.groups,
            levels,
        })
    }

    /// The positions of a clause and one of its levels.
    fn level_of(
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

    fn steps(
        self,
        key: &str,
        raw: Vec<FileStep>,
        clauses: &[Clause],
    ) -> Result<Vec<DraftStep>, Mistake> {
        let line = self.source.line_of(key, 0);
        raw.into_iter()
            .map(|step| self.step(key, line, step, clauses))
            .collect()
    }

    fn step(
        self,
        key: &str,
        line: usize,
        raw: FileStep,
        clauses: &[Clause],
    ) -> Result<DraftStep, Mistake> {
        let mut when = Vec::new();
        for (clause, levels) in &raw.when {
            let of = format!("{key}: when");
            let all = match levels {
                Value::Sequence(all) => all.as_slice(),
                one => std::slice::from_ref(one),
            };
            let mut found = Vec::new();
            let mut no = 0;
            for level in all {
                let (clause, level) = self.level_of(&of, clause, level, line, clauses)?;
                no = clause;
                found.push(level);
            }
            when.push((no, found));
        }
        let says = [
            (raw.user, Voice::Model, Role::User),
            (raw.system, Voice::Model, Role::System),
            (raw.assistant, Voice::Model, Role::Assistant),
            (raw.tool, Voice::Model, Role::Tool),
            (raw.critic, Voice::Critic, Role::User),
        ];
        let mut says = says.into_iter().filter_map(|(t, v, r)| Some((t?, v, r)));
        let (Some((text, voice, role)), None) = (says.next(), says.next()) else {
            let what = format!(
                "{key}: every step has exactly one of user, system, assistant, tool, critic"
            );
            return Err(self.source.mistake(line, what));
        };
        let at = |words: &str| {
            let first = words.lines().next().unwrap_or("");
            let begin: String = first.chars().take(24).collect();
            self.source.line_with(&begin, line)
        };
        if voice == Voice::Model && raw.instructions.is_some() {
            let what = format!(
                "{key}: instructions belong to a critic; the model's stand in system, at the top"
            );
            return Err(self.source.mistake(at(&text), what));
        }
        let max_tokens = match (raw.max_tokens, &raw.reply) {
            (None, Some(_)) => 0,
            (Some(_), Some(_)) => {
                let what =
                    format!("{key}: a step with a reply generates nothing; leave max_tokens out");
                return Err(self.source.mistake(at(&text), what));
            }
            (Some(n), None) if (1..=MAX_TOKENS).contains(&n) => n,
            (Some(n), None) => {
                let needle = format!("max_tokens: {n}");
                let what = format!("{key}: max_tokens is {n}; expected 1 to {MAX_TOKENS}");
                return Err(self
                    .source
                    .mistake(self.source.line_with(&needle, line), what));
            }
            (None, None) => {
                let what = format!("{key}: max_tokens is missing; expected 1 to {MAX_TOKENS}");
                return Err(self.source.mistake(at(&text), what));
            }
        };
        if raw.stop.iter().any(String::is_empty) {
            let what =
                format!("{key}: an empty stop string would end every answer before its first word");
            return Err(self.source.mistake(self.source.line_of("stop", line), what));
        }
        let wording = |text: &Option<String>| {
            let read = |t: &String| self.wording(t, clauses);
            text.as_ref().map(read).transpose()
        };
        Ok(DraftStep {
            when,
            voice,
            instructions: wording(&raw.instructions)?,
            role,
            says: self.wording(&text, clauses)?,
            prefill: self.wording(&raw.prefill, clauses)?,
            reply: wording(&raw.reply)?,
            max_tokens,
            stop: raw.stop,
            gives: match raw.gives {
                FileGives::Setting => Gives::Setting,
                FileGives::Reasoning => Gives::Reasoning,
                FileGives::Feedback => Gives::Feedback,
                FileGives::Answer => Gives::Answer,
            },
        })
    }

    fn wording(self, written: &str, clauses: &[Clause]) -> Result<Wording, Mistake> {
        let part = |name: &str| {
            let (clause, part) = name.split_once('.').unwrap_or((name, ""));
            let no = clauses.iter().position(|c| c.name == clause)?;
            let part = clauses[no].parts.iter().position(|p| p == part)?;
            Some(PartNo { clause: no, part })
        };
        Wording::parse(written, part).map_err(|unknown| {
            let mut known: Vec<String> = Slot::ALL.iter().map(|s| s.name().to_owned()).collect();
            for clause in clauses {
                let name = |part: &String| match part.is_empty() {
                    true => clause.name.clone(),
                    false => format!("{}.{part}", clause.name),
                };
                known.extend(clause.parts.iter().map(name));
            }
            let hint = match unknown.name.is_empty() {
                true => String::new(),
                false => did_you_mean(&unknown.name, known.iter().map(String::as_str)),
            };
            // Where YAML folded the text, the brace is still on a line of its own spelling.
            let needle = match unknown.name.is_empty() {
                true => written[unknown.at..].chars().take(12).collect(),
                false => format!("{{{}}}", unknown.name),
            };
            self.source.mistake_at(&needle, format!("{unknown}{hint}"))
        })
    }

    /// Clauses within clauses can double a text at every step: bounded before it is put together.
    fn bounded(self, family: &Family) -> Result<(), Mistake> {
        let mut longest: Vec<Vec<usize>> = Vec::new();
        let length = |wording: &Wording, longest: &[Vec<usize>]| {
            let parts = wording.parts().map(|p| longest[p.clause][p.part]);
            parts.fold(wording.own_bytes(), usize::saturating_add)
        };
        for clause in &family.clauses {
            let of = |part: usize| {
                let levels = clause.levels.iter();
                levels
                    .map(|l| length(&l.parts[part], &longest))
                    .max()
                    .unwrap_or(0)
            };
            let parts = (0..clause.parts.len()).map(of).collect();
            longest.push(parts);
        }
        let steps = family.first.iter().chain(&family.review);
        let texts = steps.flat_map(|s| {
            let sometimes = s.instructions.iter().chain(&s.reply);
            [&s.says, &s.prefill].into_iter().chain(sometimes)
        });
        let all = texts.chain([&family.system]);
        let bytes = all
            .map(|w| length(w, &longest))
            .fold(0, usize::saturating_add);
        if bytes > TEXT_MAX_BYTES {
            let what =
                format!("the clauses come to texts of {bytes} bytes; at most {TEXT_MAX_BYTES}");
            return Err(self.source.mistake_at("clauses:", what));
        }
        Ok(())
    }
}

fn kind(raw: &FileKind) -> Kind {
    match raw {
        FileKind::Bbq => Kind::Bbq,
        FileKind::Winogender => Kind::Winogender,
        FileKind::Law => Kind::Law,
        FileKind::Continuation => Kind::Continuation,
        FileKind::Distinguish => Kind::Distinguish,
        FileKind::Choice => Kind::Choice,
    }
}

/// The conditions of a set of files, in their order. A later file replaces what earlier ones have
/// under the same name for the same kinds of items; for other kinds the name keeps its meaning.
/// What is wrong is said for every file.
///
/// # Errors
/// The first mistake of each file.
pub fn parse_files<'a>(
    files: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<Arc<Condition>>, Vec<Mistake>> {
    let mut all: Vec<Arc<Condition>> = Vec::new();
    let mut mistakes = Vec::new();
    for (file, text) in files {
        match parse(file, text) {
            Err(mistake) => mistakes.push(mistake),
            Ok(conditions) => {
                for condition in conditions.into_iter().map(Arc::new) {
                    add(&mut all, condition);
                }
            }
        }
    }
    match mistakes.is_empty() {
        true => Ok(all),
        false => Err(mistakes),
    }
}

/// Puts a condition where the first of those stands that it replaces.
fn add(all: &mut Vec<Arc<Condition>>, condition: Arc<Condition>) {
    let mut place = None;
    let mut no = 0;
    all.retain_mut(|old| {
        let shared =
            old.name == condition.name && old.fits.iter().any(|k| condition.fits.contains(k));
        no += 1;
        if !shared {
            return true;
        }
        place.get_or_insert(no - 1);
        let left = old.fits.iter().filter(|k| !condition.fits.contains(k));
        let left: Vec<Kind> = left.copied().collect();
        if left.is_empty() {
            return false;
        }
        Arc::make_mut(old).fits = left;
        true
    });
    let end = all.len();
    all.insert(place.unwrap_or(end).min(end), condition);
}

/// The conditions in the program.
///
/// # Errors
/// Never: a test reads them.
pub fn embedded() -> Result<Vec<Arc<Condition>>, Mistake> {
    let mut all = Vec::new();
    for (file, text) in EMBEDDED {
        all.extend(parse(file, text)?.into_iter().map(Arc::new));
    }
    Ok(all)
}

/// The conditions of a group, in order.
pub fn group<'a>(
    all: &'a [Arc<Condition>],
    name: &'a str,
) -> impl Iterator<Item = &'a Arc<Condition>> {
    let within = move |c: &&Arc<Condition>| c.groups.iter().any(|g| g == name);
    all.iter().filter(within)
}

/// The conditions that these names mean, in order; a group's name means all of its members.
///
/// # Errors
/// An unknown name, with the nearest known one; a name given twice.
pub fn choose(all: &[Arc<Condition>], names: &[String]) -> Result<Vec<Arc<Condition>>, String> {
    let mut chosen: Vec<Arc<Condition>> = Vec::new();
    for name in names {
        if let Some(found) = all.iter().find(|c| *c.name == **name) {
            if chosen.iter().any(|c| c.name == found.name) {
                return Err(format!("condition {name} is named twice"));
            }
            chosen.push(found.clone());
            continue;
        }
        let members: Vec<_> = group(all, name).collect();
        if members.is_empty() {
            let mut known: Vec<&str> = all.iter().map(|c| &*c.name).collect();
            known.extend(all.iter().flat_map(|c| c.groups.iter().map(String::as_str)));
            let hint = near(name, known);
            let hint = match hint.is_empty() {
                true => "; recant prompts lists them".to_owned(),
                false => hint,
            };
            return Err(format!("unknown condition {name:?}{hint}"));
        }
        for member in members {
            if !chosen.iter().any(|c| c.name == member.name) {
                chosen.push(member.clone());
            }
        }
    }
    Ok(chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"# A plain one.
name: plain
title: a plain question
source: {quoted: ours, place: a test}
answer: both
first:
  - user: "{context} {question} {options}."
    prefill: The answer is
    max_tokens: 24
    gives: answer
review:
  - user: Review it.
    max_tokens: 24
    gives: answer
"#;

    const FAMILY: &str = r#"family: fam
title: a family
answer: both
clauses:
  - name: norm
    title: the norm
    levels:
      none: ""
      fair: " Be fair."
  - name: place
    title: where it stands
    levels:
      user: {user: "{norm}", system: ""}
      system: {user: "", system: "{norm}"}
  - name: critic
    title: who comments
    levels:
      none: ""
      other: ""
system: "{place.system}"
first:
  - user: "{question}{place.user}"
    max_tokens: 8
    gives: answer
review:
  - when: {critic: other}
    critic: "What of {answer}?"
    max_tokens: 8
    gives: feedback
  - when: {critic: other}
    user: "Told: {feedback}"
    max_tokens: 8
    gives: answer
  - when: {critic: none}
    user: Again.
    max_tokens: 8
    gives: answer
conditions:
  - name: bare
    title: nothing
    source: {quoted: verbatim, place: a paper}
  - name: fair
    title: fair
    source: {quoted: verbatim, place: a paper}
    groups: [both]
    set: {norm: fair}
  - name: told
    title: told
    source: {quoted: verbatim, place: a paper}
    groups: [both]
    set: {critic: other}
"#;

    #[test]
    fn the_embedded_prompts_are_right() {
        let all = embedded().unwrap();
        let members = |group_name| -> Vec<String> {
            let bbq = group(&all, group_name).filter(|c| c.fits.contains(&Kind::Bbq));
            bbq.map(|c| c.name.to_string()).collect()
        };
        assert_eq!(members(DEFAULT_GROUP), ["q", "if", "if-cot", "unethical"]);
        assert_eq!(members("ladder"), ["s0", "s1", "s2", "s3"]);
        assert_eq!(members("paraphrases").len(), 10);
        let names: Vec<&str> = all.iter().map(|c| &*c.name).collect();
        for kind in Kind::ALL {
            let here = all.iter().filter(|c| c.fits.contains(&kind));
            let mut here: Vec<&str> = here.map(|c| &*c.name).collect();
            let count = here.len();
            here.sort_unstable();
            here.dedup();
            assert_eq!(here.len(), count, "{kind:?}: a name is given twice");
            assert!(here.contains(&"q") && here.contains(&"if"), "{kind:?}");
        }
        for condition in &all {
            assert_eq!(condition.fault(), None, "{}", condition.name);
            assert!(!condition.source.place.is_empty(), "{}", condition.name);
            for group in &condition.groups {
                assert!(
                    !names.contains(&group.as_str()),
                    "{group}: group and condition"
                );
            }
        }
    }

    #[test]
    fn the_examples_in_the_description_are_right() {
        let description = include_str!("../../prompts/README.md");
        let blocks = description.split("```yaml\n").skip(1);
        let blocks: Vec<&str> = blocks.filter_map(|b| b.split("```").next()).collect();
        let [one, family] = blocks.as_slice() else {
            panic!("{} examples", blocks.len())
        };
        assert_eq!(parse("one", one).unwrap().len(), 1);
        let family = parse("family", family).unwrap();
        assert!(family[1].with("place", "system").unwrap().system.is_some());
        for slot in Slot::ALL {
            let written = format!("`{{{}}}`", slot.name());
            assert!(description.contains(&written), "{written} is not described");
        }
    }

    #[test]
    fn clauses_make_other_conditions_of_one() {
        let all = parse("f.yaml", FAMILY).unwrap();
        let bare = &all[0];
        let fair = bare.with("norm", "fair").unwrap();
        assert_eq!(fair, all[1], "levels that have a name are that condition");
        let told = fair.with("critic", "other").unwrap();
        assert_eq!(&*told.name, "fair+critic=other");
        assert_eq!(told.source.quoted, Quoted::Ours);
        assert_eq!(told.review.len(), 2);
        assert!(told.asks_critic() && !bare.asks_critic());
        let standing = fair.with("place", "system").unwrap();
        assert_eq!(standing.system.unwrap().to_string(), "Be fair.");
        assert_eq!(standing.first[0].says.to_string(), "{question}");
        assert_eq!(bare.with("norm", "unfair"), None);
        assert_eq!(bare.with("mood", "fair"), None);
        let next = bare.stepped("norm", 1).unwrap();
        assert_eq!(&next, &fair);
        assert_eq!(next.stepped("norm", 1).as_ref(), Some(bare));
        assert_eq!(bare.stepped("norm", -1), Some(next));
        assert_eq!(bare.stepped("norm", 2), None);
        let levels: Vec<_> = told.clauses().map(|c| c.level_name()).collect();
        assert_eq!(levels, ["fair", "user", "other"]);
        assert_eq!(parse("p.yaml", GOOD).unwrap()[0].with("norm", "fair"), None);
    }

    #[test]
    fn every_key_of_every_embedded_condition_leaves_something_to_ask() {
        let mut whole = 0;
        let mut passed_over = Vec::new();
        for condition in embedded().unwrap() {
            for at in condition.clauses() {
                for level in &at.clause.levels {
                    match condition.with(&at.clause.name, &level.name) {
                        Some(_) => whole += 1,
                        None => passed_over.push(format!("{}={}", at.clause.name, level.name)),
                    }
                }
            }
        }
        assert!(whole > 1000, "{whole}");
        // Feedback can only be repeated where there is some.
        passed_over.retain(|level| level != "review=p4-feedback" && level != "critic=none");
        assert_eq!(passed_over, Vec::<String>::new());
    }

    #[test]
    fn names_and_groups_choose() {
        let all: Vec<Arc<Condition>> = parse("f", FAMILY)
            .unwrap()
            .into_iter()
            .map(Arc::new)
            .collect();
        let chosen = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
            let chosen = choose(&all, &names)?;
            Ok::<Vec<String>, String>(chosen.iter().map(|c| c.name.to_string()).collect())
        };
        assert_eq!(chosen(&["both", "bare"]).unwrap(), ["fair", "told", "bare"]);
        assert_eq!(chosen(&["told", "both"]).unwrap(), ["told", "fair"]);
        assert!(
            chosen(&["fair", "fair"])
                .unwrap_err()
                .contains("named twice")
        );
        let said = chosen(&["fiar"]).unwrap_err();
        assert!(said.contains("did you mean fair?"), "{said}");
        let said = chosen(&["bothh"]).unwrap_err();
        assert!(said.contains("did you mean both?"), "{said}");
    }

    #[test]
    fn mistakes_are_named_with_file_line_and_remedy() {
        let table = [
            (
                GOOD.replace("{context}", "{contxt}"),
                "p.yaml:7: unknown slot {contxt}; did you mean context?",
            ),
            (
                GOOD.replace("answer: both", "answer: bth"),
                "unknown variant `bth`",
            ),
            (
                GOOD.replace("title:", "titel:"),
                "p.yaml:3: unknown field `titel`",
            ),
            (GOOD.replace("title:", "titel:"), "did you mean title?"),
            (GOOD.replace("prefill:", "prefil:"), "did you mean prefill?"),
            (
                GOOD.replace("gives: answer", "gives: reasoning"),
                "p.yaml:6: first: needs steps of which the last",
            ),
            (
                GOOD.replacen("max_tokens: 24", "max_tokens: 0", 1),
                "p.yaml:9: first: max_tokens is 0",
            ),
            (
                GOOD.replacen("    max_tokens: 24\n", "", 1),
                "p.yaml:7: first: max_tokens is missing",
            ),
            (
                GOOD.replacen("max_tokens: 24", "max_tokens: 24\n    stop: ['']", 1),
                "p.yaml:10: first: an empty stop string",
            ),
            (
                GOOD.replace("{context} {question} {options}", "Who?"),
                "p.yaml:6: first: round 0 never asks",
            ),
            (
                GOOD.replace("{options}", "{options"),
                "a brace without its partner",
            ),
            (
                GOOD.replace("name: plain", "name: 'q q'"),
                "p.yaml:2: family: \"q q\": a name is one word",
            ),
            (
                GOOD.replace("Review it.", "Of {feedback}."),
                "p.yaml:11: review: {feedback} stands where no feedback was given",
            ),
            (
                GOOD.replace("Who", "x")
                    .replace("{question}", "{question} {answer}"),
                "first: {answer} stands where no answer",
            ),
            (
                GOOD.replace("- user: Review", "- user: x\n    tool: Review"),
                "p.yaml:11: review: every step has exactly one of",
            ),
            (
                GOOD.replace("source:", "family: f\nsource:"),
                "expected either name and source",
            ),
            ("- nothing".to_owned(), "p.yaml:1: invalid type"),
            (
                FAMILY.replace("set: {norm: fair}", "set: {nrom: fair}"),
                "p.yaml:46: fair: set: unknown clause nrom; did you mean norm?",
            ),
            (
                FAMILY.replace("set: {norm: fair}", "set: {norm: fiar}"),
                "p.yaml:46: fair: set: norm has no level fiar; did you mean fair?",
            ),
            (
                FAMILY.replace("set: {norm: fair}", "set: {norm: 1}"),
                "fair: set: expected {clause: level}",
            ),
            (
                FAMILY.replace("set: {norm: fair}", "set: {norm: none}"),
                "fair: sets the same levels as bare",
            ),
            (
                FAMILY.replace("name: told", "name: fair"),
                "fair is the name of two conditions",
            ),
            (
                FAMILY.replace("{place.user}", "{place.usr}"),
                "p.yaml:22: unknown slot {place.usr}; did you mean place.user?",
            ),
            (
                FAMILY.replace("when: {critic: none}", "when: {critic: nobody}"),
                "review: when: critic has no level nobody",
            ),
            (
                FAMILY.replace("when: {critic: none}", "when: {norm: fair}"),
                "bare: review: needs steps of which the last",
            ),
            (
                FAMILY.replace(
                    "system: {user: \"\", system: \"{norm}\"}",
                    "system: {user: \"\"}",
                ),
                "all levels of a clause have the same parts",
            ),
            (
                FAMILY.replace("- name: norm", "- name: question"),
                "question: is a slot or an earlier clause",
            ),
        ];
        for (text, expected) in table {
            let error = parse("p.yaml", &text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error:?} lacks {expected:?}");
            assert!(error.starts_with("p.yaml"), "{error}");
        }
    }

    #[test]
    fn a_later_file_replaces_only_where_it_fits() {
        let named = |fits: &str, title: &str| {
            GOOD.replace(
                "title: a plain question",
                &format!("title: {title}\nfits: [{fits}]"),
            )
        };
        let files = [
            named("bbq, law, choice", "old"),
            named("law", "new"),
            named("bbq", "newest"),
        ];
        let all = parse_files(files.iter().map(|t| ("f", t.as_str()))).unwrap();
        let of = |kind: Kind| -> Vec<&str> {
            let here = all.iter().filter(|c| c.fits.contains(&kind));
            here.map(|c| c.title.as_str()).collect()
        };
        assert_eq!(of(Kind::Bbq), ["newest"]);
        assert_eq!(of(Kind::Law), ["new"]);
        assert_eq!(of(Kind::Choice), ["old"]);
        let all = parse_files([("f", GOOD), ("f", FAMILY), ("g", GOOD)].into_iter()).unwrap();
        let names: Vec<&str> = all.iter().map(|c| &*c.name).collect();
        assert_eq!(
            names,
            ["plain", "bare", "fair", "told"],
            "it keeps its place"
        );
        let wrong = [("a", "name: x"), ("b", GOOD), ("c", "- y")];
        let mistakes = parse_files(wrong.into_iter()).unwrap_err();
        let files: Vec<&str> = mistakes.iter().map(|m| m.file.as_str()).collect();
        assert_eq!(files, ["a", "c"], "every file's mistake is said");
    }

    #[test]
    fn texts_that_double_at_every_clause_are_refused() {
        let mut text = String::from("family: f\ntitle: t\nanswer: both\nclauses:\n");
        for no in 0..64 {
            let before = match no {
                0 => "x".to_owned(),
                _ => format!("{{c{}}}{{c{}}}", no - 1, no - 1),
            };
            text += &format!("  - name: c{no}\n    title: t\n    levels: {{a: \"{before}\"}}\n");
        }
        text += "first:\n  - {user: \"{question}{c63}\", max_tokens: 8, gives: answer}\n";
        text += "review:\n  - {user: a, max_tokens: 8, gives: answer}\n";
        text += "conditions:\n  - {name: n, title: t, source: {quoted: ours, place: p}}\n";
        let said = parse("p.yaml", &text).unwrap_err().to_string();
        assert!(said.contains("at most 1048576"), "{said}");
    }
}
