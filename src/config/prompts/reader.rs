//! From a prompt file as written to a family: every word is checked, and mistakes have their line.

use serde_yaml::{Mapping, Value};

use crate::config::yaml::{Mistake, Source, did_you_mean};
use crate::domain::{
    self, AnswerStyle, Clause, DraftStep, Family, Gives, Kind, PartNo, Quoted, Role, Slot, Variant,
    Voice, Wording,
};

use super::file::{File, FileGives, FileKind, FileQuoted, FileStep, FileStyle, FileVariant};

/// The longest generation a prompt file may ask for.
const MAX_TOKENS: u32 = 8192;

/// The most levels that a file may define, all clauses together, and the most conditions: far more
/// than anybody could look at.
pub(super) const MOST: usize = 1000;

/// The longest text that one condition may come to once its clauses are put in.
const TEXT_MAX_BYTES: usize = 1 << 20;

/// Reads one file; knows where its words stand.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    pub source: Source<'a>,
}

impl Reader<'_> {
    /// The family that a file holds; one condition is a family of its own. All mistakes are named; a clause or
    /// level that means nothing stays by its name, so that what uses it is not wrong for that.
    pub fn family(self, raw: File) -> Result<Family, Vec<Mistake>> {
        let source = self.source;
        let mut wrong = Vec::new();
        let clauses = self.clauses(raw.clauses, &mut wrong);
        let (name, variants) = match (raw.name, raw.family, raw.conditions) {
            (Some(name), None, None) => {
                let Some(from) = raw.source else {
                    let what = "source: is missing; say where the words come from: {quoted: ours, place: why they were written}";
                    wrong.push(source.mistake(1, what));
                    return Err(wrong);
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
                wrong.push(source.mistake(1, what));
                return Err(wrong);
            }
        };
        if variants.len() > MOST {
            let what = format!("conditions: {}, at most {MOST}", variants.len());
            wrong.push(source.mistake_at("conditions:", what));
            return Err(wrong);
        }
        let mut family = Family {
            name: kept(self.word("family", &name), &mut wrong).unwrap_or_default(),
            fits: match raw.fits.is_empty() {
                true => Kind::ALL.to_vec(),
                false => raw.fits.iter().map(kind).collect(),
            },
            style: match raw.answer {
                FileStyle::Letter => AnswerStyle::Letter,
                FileStyle::Text => AnswerStyle::Text,
                FileStyle::Both => AnswerStyle::Both,
            },
            system: kept(self.wording(&raw.system, &clauses), &mut wrong).unwrap_or_default(),
            first: self.steps("first", raw.first, &clauses, &mut wrong),
            review: self.steps("review", raw.review, &clauses, &mut wrong),
            clauses,
            variants: Vec::new(),
        };
        for one in variants {
            let variant = kept(self.variant(one, &family), &mut wrong);
            family.variants.extend(variant);
        }
        if wrong.is_empty() {
            kept(self.bounded(&family), &mut wrong);
        }
        match wrong.is_empty() {
            true => Ok(family),
            false => Err(wrong),
        }
    }

    /// Names that can be typed on a command line.
    pub(super) fn word(self, key: &str, name: &str) -> Result<String, Mistake> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || ",+={}".contains(c);
        if name.is_empty() || name.chars().any(odd) {
            let line = self.source.line_with(name.trim(), 1);
            let what =
                format!("{key}: {name:?}: a name is one word without , + = or braces, like if-cot");
            return Err(self.source.mistake(line, what));
        }
        Ok(name.to_owned())
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

    fn steps(
        self,
        key: &str,
        raw: Vec<FileStep>,
        clauses: &[Clause],
        wrong: &mut Vec<Mistake>,
    ) -> Vec<DraftStep> {
        let line = self.source.line_of(key, 0);
        raw.into_iter()
            .filter_map(|step| kept(self.step(key, line, step, clauses), wrong))
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

    pub(super) fn wording(self, written: &str, clauses: &[Clause]) -> Result<Wording, Mistake> {
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

/// What is right; a mistake is put down, once.
pub(super) fn kept<T>(read: Result<T, Mistake>, wrong: &mut Vec<Mistake>) -> Option<T> {
    match read {
        Ok(value) => Some(value),
        Err(mistake) => {
            if !wrong.contains(&mistake) {
                wrong.push(mistake);
            }
            None
        }
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
