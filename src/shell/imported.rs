//! Records of other tools on their way into a run.
//!
//! Every record is graded anew by this program's rules against its item: the one that `--items` names,
//! or the BBQ row in the record itself, or the record's own options and target (right or wrong,
//! without a bias grade). Only a record that `recant export` wrote keeps its grade.

use std::collections::{HashMap, HashSet};
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::benchmarks::{bbq, stored};
use crate::domain::{
    Answer, Item, ItemId, OptionScore, Round, RoundNo, Rule, Spoken, StopReason, letter,
};
use crate::report::imports::{Foreign, InspectHead, Record, Said};
use crate::session::{self, AnswerLine, Manifest, Writer};

use super::cli::ImportArgs;
use super::failure::Failure;
use super::print;
use super::spool::Spool;

/// At most this many skipped records are named on the screen; the run's folder has the first
/// hundred thousand.
const NAMED: usize = 20;
const LISTED: usize = 100_000;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// lm-evaluation-harness' samples.
    LmEval,
    /// A log of inspect_ai in one object.
    InspectJson,
    /// A log of inspect_ai as an archive.
    InspectArchive,
    /// OpenAI's chat lines.
    Chat,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::LmEval => "lm-evaluation-harness samples",
            Format::InspectJson | Format::InspectArchive => "inspect_ai log",
            Format::Chat => "OpenAI chat lines",
        }
    }
}

/// Where the records came from.
pub struct Source {
    /// The file's name.
    pub file: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// What it is.
    pub format: Format,
    /// What it says of itself.
    pub head: InspectHead,
    /// `--items`: their name and digest.
    pub items: Option<(String, String)>,
}

/// Records on their way into a run.
pub struct Import<'a> {
    args: &'a ImportArgs,
    set: &'a [Arc<Item>],
    names: HashMap<&'a str, usize>,
    /// By the part after the category; `None` where two items share it.
    ids: HashMap<&'a str, Option<usize>>,
    numbers: HashMap<String, usize>,
    places: HashSet<(usize, String, u16, u16, u16)>,
    spool: Spool,
    conditions: Vec<String>,
    item_nos: HashSet<usize>,
    rounds: u16,
    records: usize,
    skipped: Vec<String>,
    skipped_count: usize,
}

impl<'a> Import<'a> {
    /// # Errors
    /// A place beside the run's folder that cannot be written.
    pub fn new(args: &'a ImportArgs, set: &'a [Arc<Item>]) -> Result<Import<'a>, Failure> {
        let mut names = HashMap::new();
        let mut ids: HashMap<&str, Option<usize>> = HashMap::new();
        for (at, item) in set.iter().enumerate() {
            names.entry(&*item.id.0).or_insert(at);
            if let Some((_, id)) = item.id.0.split_once('/') {
                ids.entry(id).and_modify(|a| *a = None).or_insert(Some(at));
            }
        }
        Ok(Import {
            args,
            set,
            names,
            ids,
            numbers: HashMap::new(),
            places: HashSet::new(),
            spool: Spool::beside(&args.out)?,
            conditions: Vec::new(),
            item_nos: HashSet::new(),
            rounds: 0,
            records: 0,
            skipped: Vec::new(),
            skipped_count: 0,
        })
    }

    pub fn take(&mut self, at: String, record: Result<Record, String>) {
        let order = self.records;
        self.records += 1;
        let lines = record.and_then(|record| match record {
            Record::Ours(lines) => Ok(lines),
            Record::Theirs(foreign) => self.graded(*foreign, order).map(|line| vec![line]),
        });
        let lines = match lines {
            Ok(lines) => lines,
            Err(what) => return self.skip(&at, &what),
        };
        for line in lines {
            if self.places.insert(line.place()) {
                self.item_nos.insert(line.item_no);
                self.rounds = self.rounds.max(line.round.saturating_add(1));
                if !self.conditions.contains(&line.condition) {
                    self.conditions.push(line.condition.clone());
                }
                self.spool.put(&line);
            } else {
                self.skip(
                    &at,
                    &format!("a second answer to {}; the first one counts", line.item),
                );
            }
        }
    }

    fn skip(&mut self, at: &str, what: &str) {
        self.skipped_count += 1;
        if self.skipped.len() < LISTED {
            self.skipped.push(format!("{at}: skipped: {what}"));
        }
    }

    /// The item that a record answers, and the texts of its options' `answer_info`.
    fn item(&self, foreign: &Foreign, order: usize) -> Result<(Arc<Item>, Vec<String>), String> {
        if !self.set.is_empty() {
            return self.known(foreign, order).map(|item| (item, Vec::new()));
        }
        if let Some(row) = &foreign.row {
            let loaded = bbq::read(row.to_string().as_bytes()).map_err(|e| e.to_string())?;
            let skipped = loaded.skipped.rows().first();
            let item = loaded.items.into_iter().next();
            let item = item.ok_or_else(|| {
                skipped.map_or("its BBQ row has no item".to_owned(), |row| {
                    format!("its BBQ row: {}", row.reason)
                })
            })?;
            let info = |no: usize| {
                let text = row.pointer(&format!("/answer_info/ans{no}/0"));
                text.and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let infos = (0..item.options.len()).map(info).collect();
            return Ok((item, infos));
        }
        if foreign.options.is_empty() {
            return Err(
                "the record does not say what the options are; name the items' file (--items)"
                    .to_owned(),
            );
        }
        let name = foreign.item.clone().unwrap_or_else(|| match foreign.order {
            Some(no) => no.to_string(),
            None => order.to_string(),
        });
        let category = foreign.category.as_deref().unwrap_or("imported");
        let id = match name.contains('/') {
            true => name,
            false => format!("{category}/{name}"),
        };
        let asked = foreign.exchanges.first().map_or("", |(asked, _)| asked);
        let item = Item {
            id: ItemId(id.into()),
            category: category.into(),
            context: String::new(),
            question: asked.to_owned(),
            options: foreign.options.clone(),
            roles: vec![None; foreign.options.len()],
            gold: foreign.gold,
            rule: Rule::Choice,
        };
        Ok((Arc::new(item), Vec::new()))
    }

    /// The item of `--items`: by name, or by order where the record has none.
    fn known(&self, foreign: &Foreign, order: usize) -> Result<Arc<Item>, String> {
        let at = match (by_row(foreign), &foreign.item) {
            (Some(name), _) => {
                let at = self.names.get(&*name).copied();
                at.ok_or_else(|| format!("no item of --items is called {name}"))?
            }
            (None, Some(name)) => self.by_name(name, foreign.category.as_deref())?,
            (None, None) => foreign.order.unwrap_or(order),
        };
        let item = self.set.get(at).cloned();
        let item =
            item.ok_or_else(|| format!("it answers item {at}; --items has {}", self.set.len()))?;
        // A number can be a name in one file and a position in another: the texts tell.
        let letters = is_lettered(&foreign.options);
        let offered = |option: &String| foreign.options.iter().any(|o| is_same(o, option));
        if !foreign.options.is_empty() && !letters && !item.options.iter().all(offered) {
            return Err(format!("its options are not those of {}", item.id));
        }
        Ok(item)
    }

    fn by_name(&self, name: &str, category: Option<&str>) -> Result<usize, String> {
        let whole = category.map(|c| format!("{c}/{name}"));
        let named = whole.as_deref().and_then(|whole| self.names.get(whole));
        match (named.or_else(|| self.names.get(name)), self.ids.get(name)) {
            (Some(at), _) | (None, Some(Some(at))) => Ok(*at),
            (None, Some(None)) => Err(format!(
                "{name} is the name of several items; the record has to say the category"
            )),
            (None, None) => Err(format!("no item of --items is called {name}")),
        }
    }

    fn graded(&mut self, foreign: Foreign, order: usize) -> Result<AnswerLine, String> {
        let (item, infos) = self.item(&foreign, order)?;
        let pairs = || foreign.options.iter().zip(&item.options);
        let aligned = foreign.options.len() == item.options.len()
            && (is_lettered(&foreign.options) || pairs().all(|(a, b)| is_same(a, b)));
        let choose = |no: usize| match (aligned, foreign.options.get(no)) {
            (true, _) => Ok(Answer::of_option(&item, no)),
            (false, Some(text)) => stored::answer(&json!(text), &item, &infos),
            (false, None) => Err(format!("option {no} has no text")),
        };
        let (answer, scores) = match &foreign.said {
            Said::Text(text) => (stored::answer(&json!(text), &item, &infos)?, None),
            Said::Option(no) => (choose(*no)?, None),
            Said::Scores(scores) => {
                // The first of the largest, as numpy's argmax has it.
                let best = (0..scores.len()).fold(0, |best, no| match scores[no] > scores[best] {
                    true => no,
                    false => best,
                });
                (choose(best)?, Some(scores).filter(|_| aligned))
            }
        };
        let last = foreign.exchanges.len().saturating_sub(1);
        let ended = match &foreign.said {
            Said::Scores(_) => StopReason::ScoredOnly,
            Said::Text(_) | Said::Option(_) => StopReason::EndOfTurn,
        };
        let step = |(no, (user, said)): (usize, &(String, String))| Spoken {
            says: user.clone(),
            prefill: String::new(),
            prompt: None,
            text: match answer.option(&item).and_then(|o| item.options.get(o)) {
                Some(option) if no == last && said.is_empty() => format!(" {option}"),
                _ => said.clone(),
            },
            tokens: Vec::new(),
            ended: Some(ended),
            ..Spoken::default()
        };
        let mass: Option<f64> = scores.map(|all| all.iter().map(|p| p.exp()).sum());
        let belief = scores.map(|all| softmax(all));
        let round = Round {
            steps: foreign.exchanges.iter().enumerate().map(step).collect(),
            belief,
            belief_mass: mass.filter(|m| m.is_finite()),
            option_scores: scores.map(|all| {
                let score = |p: &f64| OptionScore {
                    logprob: *p,
                    logprob_per_token: f64::NEG_INFINITY,
                };
                all.iter().map(score).collect()
            }),
            answer: Some(answer),
            verdict: Some(answer.verdict(&item)),
            failed: None,
        };
        let next = self.numbers.len();
        let number = *self.numbers.entry(item.id.to_string()).or_insert(next);
        let condition = foreign.condition.unwrap_or(self.args.condition.clone());
        let round_no = RoundNo(foreign.round);
        let line = AnswerLine::new(number, &item, &condition, round_no, &round);
        let mut line = line.ok_or("no answer")?;
        line.sample = foreign.sample;
        line.system = foreign.system;
        Ok(line)
    }

    /// Writes the run's folder.
    pub fn finish(mut self, source: &Source) -> Result<ExitCode, Failure> {
        for row in self.skipped.iter().take(NAMED) {
            eprintln!("recant: {}", Failure::usage(row));
        }
        let (all, file) = (self.skipped_count, &source.file);
        if all > NAMED {
            eprintln!(
                "recant: {}",
                Failure::usage(format!("{file}: {all} records skipped in all"))
            );
        }
        if self.spool.count == 0 {
            let why = self.skipped.first().map_or("it is empty", String::as_str);
            return Err(Failure::work(format!(
                "{file}: no answer could be read ({why})"
            )));
        }
        let folder = &self.args.out;
        let manifest = self.manifest(source);
        let mut there = HashSet::new();
        let opened = session::open(folder, &manifest, |line| {
            there.insert(line.place());
        });
        let mut writer = Writer::new(opened.map_err(Failure::usage)?.file);
        let disk = |e: std::io::Error| Failure::work(format!("{}: {e}", folder.display()));
        let count = self.spool.count;
        let put = |line: &AnswerLine| match there.contains(&line.place()) {
            true => Ok(()),
            false => writer.write(line),
        };
        self.spool.each(put).map_err(disk)?;
        writer.finish().map_err(disk)?;
        if !self.skipped.is_empty() {
            let text = self.skipped.join("\n") + "\n";
            std::fs::write(folder.join("skipped.txt"), text).map_err(disk)?;
        }
        let folder = folder.display();
        print(&format!(
            "{} answers of {file} ({}) in {folder}, {all} records skipped; recant report {folder} prints the scores\n",
            count,
            source.format.name(),
        ))
    }

    fn manifest(&self, source: &Source) -> Manifest {
        let model = match (&self.args.model, source.head.eval.model.as_str()) {
            (Some(model), _) => model.clone(),
            (None, "") => source.file.clone(),
            (None, model) => model.to_owned(),
        };
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        let items_name = source.items.as_ref().map_or(&source.file, |(name, _)| name);
        put("items", json!(items_name));
        put(
            "items_sha256",
            json!(source.items.as_ref().map(|(_, hash)| hash)),
        );
        put("item_count", json!(self.item_nos.len()));
        put("model", json!(model));
        put("conditions", json!(self.conditions));
        put("rounds", json!(self.rounds));
        put("answers_planned", json!(self.spool.count));
        put("imported", json!(source.format.name()));
        put("imported_file", json!(source.file));
        put("imported_sha256", json!(source.sha256));
        if !source.head.eval.task.is_empty() {
            put("imported_task", json!(source.head.eval.task));
        }
        Manifest::new(all)
    }
}

/// The name of the BBQ row that a record holds.
fn by_row(foreign: &Foreign) -> Option<String> {
    let row = foreign.row.as_ref()?;
    let category = row.get("category")?.as_str()?;
    let id = row.get("example_id")?;
    let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
    Some(format!("{category}/{id}"))
}

/// Whether two texts are one option's.
fn is_same(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.trim().trim_end_matches('.').to_owned();
    plain(one) == plain(other)
}

/// Whether options are given by their letters: A, B, C or (a), (b), (c).
fn is_lettered(options: &[String]) -> bool {
    let is_letter = |(no, option): (usize, &String)| {
        let option = option.trim().trim_matches(['(', ')', '.']);
        option.to_ascii_lowercase() == letter(no).to_string()
    };
    options.len() > 1 && options.iter().enumerate().all(is_letter)
}

/// Probabilities that sum to 1.
fn softmax(logprobs: &[f64]) -> Vec<f64> {
    let most = logprobs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logprobs.iter().map(|p| (p - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.iter().map(|p| p / sum).collect()
}
