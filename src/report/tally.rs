//! A run's answers, counted.

mod asked;
mod cells;
mod line;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use serde_json::Value;

use crate::domain::{ConditionNo, RoundNo, Verdict};
use crate::session::{AnswerLine, Hand, Manifest, SessionError, Stored};
use crate::stats::calibration::Belief;
use crate::stats::{CellKey, Graded, Meaning, Scoreboard, Semantic};

use super::measured::Measured;
pub use asked::Asked;
use line::{Seat, Sure, facts, meaning, named};
use texts::Texts;
pub use texts::{Judged, Judging};

/// Why a run cannot be reported.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// Its files cannot be read.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Whether texts mean the same could not be judged.
    #[error("--meanings: {0}")]
    Judge(String),
    /// A line holds words this program does not know.
    #[error("answers.jsonl, item {item}, condition {condition}: {what}")]
    Line {
        /// The item.
        item: String,
        /// The condition.
        condition: String,
        /// What is wrong.
        what: String,
    },
}

/// A run's answers, counted.
#[derive(Clone, Debug)]
pub struct Tally {
    /// Under which settings.
    pub manifest: Manifest,
    /// The conditions' names; a [`ConditionNo`] of the board is a position here.
    pub conditions: Vec<String>,
    /// Rounds that occur.
    pub rounds: u16,
    /// Answers that were counted.
    pub answers: u64,
    /// The counts.
    pub board: Scoreboard,
    /// What other benchmarks than BBQ measure.
    pub measured: Measured,
    /// The items' names, by their number on the board.
    pub items: Vec<Arc<str>>,
    /// What was asked in each row, as far as runs say it.
    pub asked: Vec<Asked>,
    /// Answers that somebody labelled where the parser could not read them; the labels count.
    pub labelled: BTreeSet<Place>,
    /// Labels that no answer takes: the parser read it, or it is another item's.
    pub labels_unused: usize,
    /// What the answers that could not be read say, shortened.
    pub unread: BTreeMap<Place, String>,
    beliefs: BTreeMap<(ConditionNo, RoundNo), Vec<Sure>>,
    /// Kept only for runs that asked anything more than once.
    meanings: BTreeMap<CellKey, Semantic>,
    /// P3's uncertainty of each item, where a model judged: by cell.
    coded: BTreeMap<CellKey, BTreeMap<u32, Vec<f64>>>,
    /// How texts were clustered, where a model did it.
    judged: Option<String>,
    /// Known once it is asked for: after all answers are in.
    repeats: OnceLock<bool>,
}

/// An answer's place: condition, round, item.
pub type Place = (ConditionNo, RoundNo, usize);

/// Characters of an answer that could not be read.
const UNREAD: usize = 200;

/// The beginning of a text that could not be read.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(UNREAD) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// The line as somebody labelled it, where the parser could not read it.
fn labelled(line: &AnswerLine, hand: &Hand) -> Option<AnswerLine> {
    if hand.labels.is_empty() || line.verdict() != Some(Verdict::Unparsed) {
        return None;
    }
    line.relabelled(hand.label(&line.place(), &line.item)?)
}

impl Tally {
    /// Counts a run with the labels that people gave, one line at a time: memory grows with the answers' grades, not with their texts.
    ///
    /// # Errors
    /// A file that cannot be read; a line with an unknown verdict or kind of context.
    pub fn read(stored: &Stored, hand: &Hand) -> Result<Tally, ReportError> {
        Tally::read_with(stored, hand, None)
    }

    /// The same; which of the texts that answer one prompt mean the same, `judge` says. They are held
    /// until all are read.
    ///
    /// # Errors
    /// As for [`Tally::read`]; the judge could not.
    pub fn read_with(
        stored: &Stored,
        hand: &Hand,
        judge: Option<&mut dyn Judging>,
    ) -> Result<Tally, ReportError> {
        // Items in order of their number: a number in a file says nothing about how many there are.
        // Every repeat of an item has a place of its own: rounds are paired within one.
        let mut seats: Vec<Seat> = Vec::new();
        stored.each(|seat| seats.push(seat))?;
        seats.sort_unstable();
        seats.dedup();
        seats.shrink_to_fit();
        let named = stored.manifest.settings.get("conditions");
        let named = named.and_then(Value::as_array).into_iter().flatten();
        let conditions = named.filter_map(Value::as_str).map(str::to_owned);
        let items = vec![Arc::from(""); seats.len()];
        let mut tally = Tally::stored(
            stored.manifest.clone(),
            conditions.collect(),
            0,
            items,
            Scoreboard::default(),
        );
        let repeats = seats.iter().any(|seat| seat.sample > 0);
        let mut wrong = None;
        let mut texts = Texts::default();
        let is_judged = judge.is_some();
        stored.each(|line: AnswerLine| {
            if wrong.is_some() {
                return;
            }
            let labelled = labelled(&line, hand);
            let counted = labelled.as_ref().unwrap_or(&line);
            // A text's meaning is judged beside the others', so that it is not taken here.
            let meaning = match is_judged && counted.roles.is_empty() {
                true => None,
                false => meaning(counted).filter(|_| repeats),
            };
            match tally.enter(&seats, counted, meaning, labelled.is_some()) {
                Ok(true) if is_judged && repeats => texts.add(counted),
                Ok(_) => {}
                Err(what) => wrong = Some(what),
            }
        })?;
        tally.labels_unused = hand.labels.len().saturating_sub(tally.labelled.len());
        if let Some(what) = wrong {
            return Err(what);
        }
        if let Some(judge) = judge {
            tally.judge(texts, judge)?;
        }
        for cell in tally.beliefs.values_mut() {
            cell.sort_by_key(|sure| sure.item_no);
        }
        Ok(tally)
    }

    /// Counts a line; one of a place that has an answer already is left out, and that is said.
    fn enter(
        &mut self,
        seats: &[Seat],
        line: &AnswerLine,
        meaning: Option<Meaning>,
        by_hand: bool,
    ) -> Result<bool, ReportError> {
        let wrong = |what: String| ReportError::Line {
            item: line.item.clone(),
            condition: line.condition.clone(),
            what,
        };
        let Ok(item_no) = seats.binary_search(&Seat::of(line)) else {
            return Ok(false);
        };
        let no = match self.conditions.iter().position(|c| *c == line.condition) {
            Some(no) => no,
            None => {
                self.conditions.push(line.condition.clone());
                self.conditions.len() - 1
            }
        };
        let condition = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
        let round = RoundNo(line.round);
        if self.board.ledger().at(item_no, condition, round).is_some() {
            return Ok(false);
        }
        self.answers += 1;
        self.items[item_no] = named(line);
        if self.asked[item_no].item.is_empty() {
            self.asked[item_no] = Asked::of(line);
        }
        let facts = facts(line).map_err(wrong)?;
        let verdict = line
            .verdict()
            .ok_or_else(|| wrong(format!("unknown verdict {:?}", line.verdict)))?;
        let graded = Graded {
            option: line.option,
            ..Graded::of(verdict, line.correct)
        };
        if by_hand {
            self.labelled.insert((condition, round, item_no));
        }
        if let Some(sure) = Sure::of(line, item_no, &facts) {
            let cell = self.beliefs.entry((condition, round)).or_default();
            cell.push(sure);
        }
        if verdict == Verdict::Unparsed {
            let said = line.steps.last().map_or("", |s| s.text.as_str());
            self.unread
                .insert((condition, round, item_no), shortened(said));
        }
        if let Some(meaning) = meaning {
            let key = CellKey {
                condition,
                round,
                category: facts.category.clone(),
            };
            let cell = self.meanings.entry(key).or_default();
            cell.add(facts.item, line.rotation, meaning);
        }
        self.measured.add(condition, line);
        self.board.enter(condition, round, item_no, &facts, graded);
        self.rounds = self.rounds.max(line.round.saturating_add(1));
        Ok(true)
    }

    /// How many answers of a cell somebody labelled.
    pub fn labelled_in(&self, condition: ConditionNo, round: RoundNo) -> u64 {
        let cell = (condition, round, 0)..=(condition, round, usize::MAX);
        self.labelled.range(cell).count() as u64
    }

    /// What to know about labels, for people: how many there are, and how many figures rest on them.
    /// Empty where there are none.
    pub fn labels_line(&self) -> String {
        let mut said = String::new();
        if !self.labelled.is_empty() {
            let cells = self.cells().collect::<Vec<_>>();
            let has = |(condition, _, round): &&(ConditionNo, &str, RoundNo)| {
                self.labelled_in(*condition, *round) > 0
            };
            let count = self.labelled.len();
            let are = if count == 1 {
                "answer that could not be read is"
            } else {
                "answers that could not be read are"
            };
            said = format!(
                "{count} {are} labelled by hand: the figures of {} of {} cells\n(condition x round), and what compares them, rest on labels\n",
                cells.iter().filter(has).count(),
                cells.len(),
            );
        }
        if self.labels_unused > 0 {
            said.push_str(&format!(
                "{} labels by hand are of no answer that could not be read, and count nothing\n",
                self.labels_unused
            ));
        }
        said
    }

    /// The beliefs of a cell, in order of the items; empty where none were recorded.
    pub fn beliefs(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
    ) -> Vec<Belief> {
        let of = |s: &Sure| Some(s.belief);
        self.sure(condition, round, category, of)
    }

    /// What the repeated answers of a cell say; empty where nothing was asked twice.
    pub fn meanings(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
    ) -> Semantic {
        let mut all = Semantic::default();
        for (key, cell) in &self.meanings {
            let wanted = category.is_none_or(|c| &*key.category == c);
            if key.condition == condition && key.round == round && wanted {
                all.merge(cell);
            }
        }
        all
    }

    /// The same from the mean log-probability of a token (see `stats::calibration::ece_as_coded`).
    pub fn beliefs_per_token(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
    ) -> Vec<Belief> {
        self.sure(condition, round, category, |s| s.per_token)
    }

    fn sure(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
        of: impl Fn(&Sure) -> Option<Belief>,
    ) -> Vec<Belief> {
        let cell = self.beliefs.get(&(condition, round));
        let cell = cell.map_or(&[][..], Vec::as_slice);
        let wanted = |s: &&Sure| category.is_none_or(|c| &*s.category == c);
        cell.iter().filter(wanted).filter_map(of).collect()
    }

    /// Answers there will be once the run is over; 0 where the manifest does not tell.
    pub fn planned(&self) -> u64 {
        let number = |name: &str| self.manifest.settings.get(name).and_then(Value::as_u64);
        let conditions = self.conditions.len() as u64;
        if let Some(planned) = number("answers_planned") {
            return planned;
        }
        number("item_count").unwrap_or(0) * number("rounds").unwrap_or(0) * conditions
    }

    /// A tally of answers that came from elsewhere than a run.
    pub fn stored(
        manifest: Manifest,
        conditions: Vec<String>,
        rounds: u16,
        items: Vec<Arc<str>>,
        board: Scoreboard,
    ) -> Tally {
        Tally {
            manifest,
            conditions,
            rounds,
            answers: board.ledger().entries().count() as u64,
            board,
            measured: Measured::default(),
            asked: vec![Asked::default(); items.len()],
            items,
            labelled: BTreeSet::new(),
            labels_unused: 0,
            unread: BTreeMap::new(),
            beliefs: BTreeMap::new(),
            meanings: BTreeMap::new(),
            coded: BTreeMap::new(),
            judged: None,
            repeats: OnceLock::new(),
        }
    }

    /// A condition's name.
    pub fn condition(&self, no: ConditionNo) -> &str {
        self.conditions
            .get(usize::from(no.0))
            .map_or("", String::as_str)
    }

    /// A setting as text; empty where the run has none of this name.
    pub fn setting(&self, name: &str) -> String {
        match self.manifest.settings.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        }
    }

    /// Every (condition, round) that has answers, in order.
    pub fn cells(&self) -> impl Iterator<Item = (ConditionNo, &str, RoundNo)> + '_ {
        let conditions = self.conditions.iter().enumerate();
        conditions.flat_map(move |(no, name)| {
            let no = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            (0..self.rounds).map(move |round| (no, name.as_str(), RoundNo(round)))
        })
    }
}
