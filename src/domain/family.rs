//! Conditions that share their turns and differ in clauses: the parts of a prompt that a hotkey
//! switches or steps.
//!
//! Invariant: every condition that leaves here is whole (see [`Condition::fault`]); a choice of
//! levels that would not be is no condition. Nothing here reads files.

use std::sync::Arc;

use super::condition::{AnswerStyle, Condition, Gives, Kind, Quoted, Source, Step, Voice};
use super::job::Role;
use super::template::{PartNo, Template, Wording};

/// One of the wordings that a clause can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// As in `set: {clause: level}`.
    pub name: String,
    /// Its texts, one for each part of the clause, in their order. They may use clauses that stand
    /// before this one.
    pub parts: Vec<Wording>,
}

/// A named part of a prompt with several levels. Where its text stands in one place it has one
/// part without a name, `{clause}`; otherwise `{clause.part}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// One word.
    pub name: String,
    /// One line for people.
    pub title: String,
    /// The parts' names; one empty name for a clause with one text.
    pub parts: Vec<String>,
    /// In the order in which a key steps through them; the first is the default.
    pub levels: Vec<Level>,
    /// The digit of the key that steps it, 1 to 9; `None` where the nine are taken.
    pub digit: Option<u8>,
    /// Position of the level that asks for the opposite of the others.
    pub negation: Option<usize>,
}

impl Clause {
    /// Position of the level that leaves the clause out: one called `none`, else one without words.
    pub fn silent(&self) -> Option<usize> {
        let says = |level: &Level| level.parts.iter().any(|p| *p != Wording::default());
        let named = self.levels.iter().position(|l| l.name == "none");
        named.or_else(|| self.levels.iter().position(|l| !says(l)))
    }

    /// Position of the first level that says something and is no negation.
    pub fn plain(&self) -> Option<usize> {
        let silent = self.silent();
        (0..self.levels.len()).find(|no| Some(*no) != silent && Some(*no) != self.negation)
    }
}

/// A step that is there only under some levels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftStep {
    /// (clause, its levels under which the step is there); all of them must hold.
    pub when: Vec<(usize, Vec<usize>)>,
    /// Who answers.
    pub voice: Voice,
    /// Standing instructions of a critic.
    pub instructions: Option<Wording>,
    /// Who speaks to them.
    pub role: Role,
    /// What is said to them.
    pub says: Wording,
    /// The words the answer begins with.
    pub prefill: Wording,
    /// The whole answer, where nobody is to generate one.
    pub reply: Option<Wording>,
    /// At most this many tokens are generated.
    pub max_tokens: u32,
    /// The text ends before any of these.
    pub stop: Vec<String>,
    /// What the text is.
    pub gives: Gives,
}

/// A choice of levels that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// As in `--conditions`.
    pub name: Arc<str>,
    /// One line for people.
    pub title: String,
    /// Where its words come from.
    pub source: Source,
    /// Names under which several conditions can be asked for at once.
    pub groups: Vec<String>,
    /// One level for each clause.
    pub levels: Vec<usize>,
}

/// The turns that several conditions share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// One word.
    pub name: String,
    /// The benchmarks that its turns are made for.
    pub fits: Vec<Kind>,
    /// How answers look.
    pub style: AnswerStyle,
    /// In the order in which they may use each other.
    pub clauses: Vec<Clause>,
    /// Standing instructions; none are sent where no text is left.
    pub system: Wording,
    /// Round 0.
    pub first: Vec<DraftStep>,
    /// Every later round.
    pub review: Vec<DraftStep>,
    /// The choices that have a name, in order.
    pub variants: Vec<Variant>,
}

impl Family {
    /// The clause of this name.
    pub fn clause_no(&self, name: &str) -> Option<usize> {
        self.clauses.iter().position(|c| c.name == name)
    }

    /// A named condition.
    ///
    /// # Errors
    /// Why its turns are no whole recipe.
    pub fn condition(self: &Arc<Family>, variant: usize) -> Result<Condition, String> {
        let named = self.variants.get(variant).ok_or("no such condition")?;
        self.built(variant, named.levels.clone())
    }

    /// The condition with these levels, as it came from the named one `base`.
    fn built(self: &Arc<Family>, base: usize, levels: Vec<usize>) -> Result<Condition, String> {
        let parts = self.parts(&levels);
        let text = |wording: &Wording| self.text(wording, &parts);
        let steps = |drafts: &[DraftStep]| -> Vec<Step> {
            let here = |d: &&DraftStep| d.when.iter().all(|(c, all)| all.contains(&levels[*c]));
            let step = |d: &DraftStep| Step {
                voice: d.voice,
                instructions: d.instructions.as_ref().map(text),
                role: d.role,
                says: text(&d.says),
                prefill: text(&d.prefill),
                reply: d.reply.as_ref().map(text),
                max_tokens: d.max_tokens,
                stop: d.stop.clone(),
                gives: d.gives,
            };
            drafts.iter().filter(here).map(step).collect()
        };
        let system = text(&self.system).trimmed();
        let known = self.variants.iter().position(|v| v.levels == levels);
        let base = known.unwrap_or(base);
        let named = known.and_then(|no| self.variants.get(no)).cloned();
        let named = named.or_else(|| self.mixed(base, &levels));
        let named = named.ok_or("no such condition")?;
        let condition = Condition {
            name: named.name,
            title: named.title,
            source: named.source,
            fits: self.fits.clone(),
            groups: named.groups,
            system: (!system.is_empty()).then_some(system),
            style: self.style,
            first: steps(&self.first),
            review: steps(&self.review),
            made_of: Some(MadeOf {
                family: self.clone(),
                base,
                levels,
            }),
        };
        match condition.fault() {
            Some(fault) => Err(fault),
            None => Ok(condition),
        }
    }

    /// What a choice without a name is called: the named one it came from, and what differs.
    fn mixed(&self, base: usize, levels: &[usize]) -> Option<Variant> {
        let from = self.variants.get(base)?;
        let mut name = from.name.to_string();
        for (no, clause) in self.clauses.iter().enumerate() {
            if from.levels[no] != levels[no] {
                let level = &clause.levels[levels[no]].name;
                name.push_str(&format!("+{}={level}", clause.name));
            }
        }
        Some(Variant {
            title: format!("{}, changed", from.title),
            source: Source {
                quoted: Quoted::Ours,
                place: format!("put together by hand: {name}"),
            },
            name: name.into(),
            groups: Vec::new(),
            levels: levels.to_vec(),
        })
    }

    /// Every clause's texts under these levels.
    fn parts(&self, levels: &[usize]) -> Vec<Vec<Template>> {
        let mut parts: Vec<Vec<Template>> = Vec::with_capacity(self.clauses.len());
        for (clause, level) in self.clauses.iter().zip(levels) {
            let texts = clause.levels[*level].parts.iter();
            let texts = texts.map(|wording| self.text(wording, &parts)).collect();
            parts.push(texts);
        }
        parts
    }

    fn text(&self, wording: &Wording, parts: &[Vec<Template>]) -> Template {
        let of = |no: PartNo| parts.get(no.clause).and_then(|p| p.get(no.part)).cloned();
        wording.resolve(|no| of(no).unwrap_or_default())
    }
}

/// How a condition came out of its family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MadeOf {
    /// The family.
    pub family: Arc<Family>,
    /// The named condition that it is or came from, as a position in the family's list.
    base: usize,
    /// One level for each clause.
    levels: Vec<usize>,
}

/// A clause of a condition and the level it has there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClauseAt<'a> {
    /// The clause.
    pub clause: &'a Clause,
    /// Position of its level.
    pub level: usize,
}

impl<'a> ClauseAt<'a> {
    /// The level's name.
    pub fn level_name(&self) -> &'a str {
        self.clause.levels.get(self.level).map_or("", |l| &l.name)
    }
}

impl Condition {
    /// Its clauses and their levels; none where it stands alone.
    pub fn clauses(&self) -> impl Iterator<Item = ClauseAt<'_>> {
        self.made_of.iter().flat_map(|made| {
            let levels = made.family.clauses.iter().zip(&made.levels);
            levels.map(|(clause, level)| ClauseAt {
                clause,
                level: *level,
            })
        })
    }

    /// The name of the condition in a file that it is or came from.
    pub fn base_name(&self) -> Arc<str> {
        let made = self.made_of.as_ref();
        let base = made.and_then(|m| m.family.variants.get(m.base));
        base.map_or_else(|| self.name.clone(), |v| v.name.clone())
    }

    /// The clauses whose levels are others than those of the condition it came from.
    pub fn chosen(&self) -> impl Iterator<Item = ClauseAt<'_>> {
        let made = self.made_of.as_ref();
        let base = made.and_then(|m| m.family.variants.get(m.base));
        let levels = base.map_or(&[][..], |v| &v.levels);
        let differs = |(no, c): &(usize, ClauseAt<'_>)| levels.get(*no) != Some(&c.level);
        self.clauses().enumerate().filter(differs).map(|(_, c)| c)
    }

    /// The same condition with one clause at another level. It has the name of the condition that
    /// these levels are, or one that says what was changed, and then its source is nobody's paper.
    ///
    /// `None`: no such clause or level, or nothing that could be asked would be left.
    pub fn with(&self, clause: &str, level: &str) -> Option<Condition> {
        let made = self.made_of.as_ref()?;
        let no = made.family.clause_no(clause)?;
        let levels = &made.family.clauses[no].levels;
        let level = levels.iter().position(|l| l.name == level)?;
        let mut levels = made.levels.clone();
        levels[no] = level;
        made.family.built(made.base, levels).ok()
    }

    /// The same condition with one clause `by` levels on, round and round; levels that would leave
    /// nothing to ask are passed over. `None`: no such clause, or no other level.
    pub fn stepped(&self, clause: &str, by: isize) -> Option<Condition> {
        let here = self.clauses().find(|c| c.clause.name == clause)?;
        let count = here.clause.levels.len();
        let turn = by.signum();
        if turn == 0 {
            return None;
        }
        let mut at = here.level;
        let mut left = by.unsigned_abs();
        for _ in 0..count.saturating_mul(left) {
            at = (at + count).wrapping_add_signed(turn) % count;
            if let Some(next) = self.with(clause, &here.clause.levels[at].name) {
                left -= 1;
                if left == 0 {
                    return (next != *self).then_some(next);
                }
            }
        }
        None
    }
}
