//! `recant import`: other tools' logs → a run's folder, to report, compare and export like any other.
//!
//! Every record is graded anew by this program's rules against its item: the one that `--items` names,
//! or the BBQ row in the record itself, or the record's own options and target (right or wrong,
//! without a bias grade). Only a record that `recant export` wrote keeps its grade.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::benchmarks::{bbq, stored};
use crate::domain::{Answer, Item, ItemId, OptionScore, Round, RoundNo, Rule, Spoken, StopReason};
use crate::report::imports::{
    Foreign, InspectHead, Record, Said, from_chat, from_inspect, from_lm_eval, inspect_log,
    tolerant,
};
use crate::session::{self, AnswerLine, Digest, Manifest, Writer};

use super::archive::Archive;
use super::cli::{ImportArgs, ItemArgs};
use super::failure::Failure;
use super::lines::Lines;
use super::print;

/// At most this many skipped records are named on the screen; the run's folder has the first
/// hundred thousand.
const NAMED: usize = 20;
const LISTED: usize = 100_000;

/// Longest log in one JSON object, in bytes.
const JSON_MAX: u64 = 512 << 20;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    LmEval,
    InspectJson,
    InspectArchive,
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

/// Imports and says what there is.
///
/// # Errors
/// A file that cannot be read or is none of the formats (2); no record that could be used (1).
pub fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let file = args.file.display().to_string();
    let told = |e: std::io::Error| Failure::usage(format!("{file}: {e}"));
    let format = format(&args.file).map_err(|what| Failure::usage(format!("{file}: {what}")))?;
    let mut digest = Digest::default();
    let mut reader = digest.through(std::fs::File::open(&args.file).map_err(told)?);
    std::io::copy(&mut reader, &mut std::io::sink()).map_err(told)?;
    drop(reader);
    let sha256 = digest.finish();
    let set = match args.items.is_empty() {
        true => None,
        false => Some(super::items::items(&ItemArgs {
            items: args.items.clone(),
            map: args.map.clone(),
            only: Vec::new(),
        })?),
    };
    let mut head = InspectHead::default();
    let mut import = Import::new(args, set.as_ref().map_or(&[], |set| &set.items));
    match format {
        Format::LmEval => import.lines(&args.file, from_lm_eval).map_err(told)?,
        Format::Chat => import.lines(&args.file, from_chat).map_err(told)?,
        Format::InspectJson => {
            let bytes = std::fs::read(&args.file).map_err(told)?;
            let (read, samples) =
                inspect_log(&bytes).map_err(|what| Failure::usage(format!("{file}: {what}")))?;
            drop(bytes);
            head = read;
            for (no, sample) in samples.into_iter().enumerate() {
                import.take(format!("{file}:sample {}", no + 1), sample);
            }
        }
        Format::InspectArchive => {
            head = import
                .archive(&args.file)
                .map_err(|what| Failure::usage(format!("{file}: {what}")))?;
        }
    }
    import.finish(&Source {
        file,
        sha256,
        format,
        head,
        items: set
            .as_ref()
            .map(|set| (set.name.clone(), set.sha256.clone())),
    })
}

struct Source {
    file: String,
    sha256: String,
    format: Format,
    head: InspectHead,
    items: Option<(String, String)>,
}

/// What a file is, by its beginning.
fn format(path: &Path) -> Result<Format, String> {
    use std::io::Read as _;
    if path.is_dir() {
        return Err("this is a folder; name a file in it (samples_….jsonl, ….eval)".to_owned());
    }
    let mut opened = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let length = opened.metadata().map_err(|e| e.to_string())?.len();
    let mut head = [0; 4];
    let read = opened.read(&mut head).map_err(|e| e.to_string())?;
    if head[..read].starts_with(b"PK") {
        return Ok(Format::InspectArchive);
    }
    let mut lines = Lines::open(path).map_err(|e| e.to_string())?;
    let expected = "expected lm-evaluation-harness samples (jsonl), an inspect_ai log (.eval, .json) or OpenAI chat lines (jsonl)";
    // The first whole record tells; what is before it is skipped and named later.
    let mut seen = 0;
    while let Some(line) = lines.next().map_err(|e| e.to_string())? {
        seen += 1;
        let record = line.bytes.ok().and_then(|b| tolerant::<Value>(&b).ok());
        let Some(record) = record else {
            // A log in one object, over many lines or on one that is too long for a record.
            if seen == 1 && is_log(path)? {
                if length > JSON_MAX {
                    return Err(format!(
                        "{length} bytes of JSON; up to {JSON_MAX} are read. Convert it: inspect log convert --to eval"
                    ));
                }
                return Ok(Format::InspectJson);
            }
            continue;
        };
        return match () {
            () if record.get("messages").is_some() => Ok(Format::Chat),
            () if record.get("doc").is_some() => Ok(Format::LmEval),
            () if record.get("eval").is_some() => Ok(Format::InspectJson),
            () => Err(format!("line {}: {expected}", line.no)),
        };
    }
    Err(match seen {
        0 => "the file is empty".to_owned(),
        _ => format!("no line is a record; {expected}"),
    })
}

/// Whether a file begins as an inspect_ai log does.
fn is_log(path: &Path) -> Result<bool, String> {
    use std::io::Read as _;
    let mut head = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(4096)
        .read_to_end(&mut head)
        .map_err(|e| e.to_string())?;
    let text: String = String::from_utf8_lossy(&head)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    Ok(text.starts_with("{\"version\":")
        || text.starts_with("{\"status\":")
        || text.starts_with("{\"eval\":"))
}

/// Records on their way into a run.
struct Import<'a> {
    args: &'a ImportArgs,
    set: &'a [Arc<Item>],
    names: HashMap<&'a str, usize>,
    /// By the part after the category; `None` where two items share it.
    ids: HashMap<&'a str, Option<usize>>,
    numbers: HashMap<String, usize>,
    places: HashSet<(usize, String, u16, u16, u16)>,
    answers: Vec<AnswerLine>,
    records: usize,
    skipped: Vec<String>,
    skipped_count: usize,
}

impl<'a> Import<'a> {
    fn new(args: &'a ImportArgs, set: &'a [Arc<Item>]) -> Import<'a> {
        let mut names = HashMap::new();
        let mut ids: HashMap<&str, Option<usize>> = HashMap::new();
        for (at, item) in set.iter().enumerate() {
            names.entry(&*item.id.0).or_insert(at);
            if let Some((_, id)) = item.id.0.split_once('/') {
                ids.entry(id).and_modify(|a| *a = None).or_insert(Some(at));
            }
        }
        Import {
            args,
            set,
            names,
            ids,
            numbers: HashMap::new(),
            places: HashSet::new(),
            answers: Vec::new(),
            records: 0,
            skipped: Vec::new(),
            skipped_count: 0,
        }
    }

    fn lines(
        &mut self,
        path: &Path,
        read: impl Fn(&Value) -> Result<Record, String>,
    ) -> std::io::Result<()> {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let record = line.bytes.and_then(|bytes| read(&tolerant(&bytes)?));
            self.take(format!("{}:{}", path.display(), line.no), record);
        }
        Ok(())
    }

    fn archive(&mut self, path: &Path) -> Result<InspectHead, String> {
        let mut archive = Archive::open(path)?;
        let mut head = InspectHead::default();
        // A log that is still being written has only the journal's.
        for name in ["_journal/start.json", "header.json"] {
            if let Some(bytes) = archive.read(name)? {
                head = tolerant(&bytes).map_err(|what| format!("{name}: {what}"))?;
            }
        }
        for name in archive.names() {
            let Some(rest) = name.strip_prefix("samples/") else {
                continue;
            };
            let in_chunks = rest.strip_suffix("/sample.json");
            if in_chunks.is_none() && !is_sample(rest) {
                continue;
            }
            let mut read = || {
                let bytes = archive.read(&name)?.ok_or("not there")?;
                let Some(folder) = in_chunks else {
                    return from_inspect(&bytes);
                };
                let mut sample: Map<String, Value> = tolerant(&bytes)?;
                let beside = format!("samples/{folder}/metadata.json");
                if let Some(bytes) = archive.read(&beside)? {
                    sample.insert("metadata".to_owned(), tolerant(&bytes)?);
                }
                from_inspect(Value::Object(sample).to_string().as_bytes())
            };
            let record = read();
            self.take(format!("{}:{name}", path.display()), record);
        }
        Ok(head)
    }

    fn take(&mut self, at: String, record: Result<Record, String>) {
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
                self.answers.push(line);
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
        let at = match &foreign.item {
            Some(name) => {
                let whole = foreign.category.as_ref().map(|c| format!("{c}/{name}"));
                let named = whole.as_deref().and_then(|whole| self.names.get(whole));
                match (
                    named.or_else(|| self.names.get(&**name)),
                    self.ids.get(&**name),
                ) {
                    (Some(at), _) => *at,
                    (None, Some(Some(at))) => *at,
                    (None, Some(None)) => {
                        return Err(format!(
                            "{name} is the name of several items; the record has to say the category"
                        ));
                    }
                    (None, None) => return Err(format!("no item of --items is called {name}")),
                }
            }
            None => foreign.order.unwrap_or(order),
        };
        let item = self.set.get(at).cloned();
        item.ok_or_else(|| format!("it answers item {at}; --items has {}", self.set.len()))
    }

    fn graded(&mut self, foreign: Foreign, order: usize) -> Result<AnswerLine, String> {
        let (item, infos) = self.item(&foreign, order)?;
        let same = |(a, b): (&String, &String)| {
            a.trim().trim_end_matches('.') == b.trim().trim_end_matches('.')
        };
        let aligned = foreign.options.len() == item.options.len()
            && foreign.options.iter().zip(&item.options).all(same);
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
            user: user.clone(),
            prefill: String::new(),
            prompt: None,
            text: match answer.option(&item).and_then(|o| item.options.get(o)) {
                Some(option) if no == last && said.is_empty() => format!(" {option}"),
                _ => said.clone(),
            },
            tokens: Vec::new(),
            ended: Some(ended),
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
    fn finish(self, source: &Source) -> Result<ExitCode, Failure> {
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
        if self.answers.is_empty() {
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
        for line in self.answers.iter().filter(|l| !there.contains(&l.place())) {
            writer.write(line).map_err(disk)?;
        }
        writer.finish().map_err(disk)?;
        if !self.skipped.is_empty() {
            let text = self.skipped.join("\n") + "\n";
            std::fs::write(folder.join("skipped.txt"), text).map_err(disk)?;
        }
        let folder = folder.display();
        print(&format!(
            "{} answers of {file} ({}) in {folder}, {all} records skipped; recant report {folder} prints the scores\n",
            self.answers.len(),
            source.format.name(),
        ))
    }

    fn manifest(&self, source: &Source) -> Manifest {
        let mut conditions: Vec<&str> = Vec::new();
        let mut items = HashSet::new();
        for line in &self.answers {
            items.insert(line.item_no);
            if !conditions.contains(&line.condition.as_str()) {
                conditions.push(&line.condition);
            }
        }
        let rounds = self.answers.iter().map(|l| l.round).max().unwrap_or(0) + 1;
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
        put("item_count", json!(items.len()));
        put("model", json!(model));
        put("conditions", json!(conditions));
        put("rounds", json!(rounds));
        put("answers_planned", json!(self.answers.len()));
        put("imported", json!(source.format.name()));
        put("imported_file", json!(source.file));
        put("imported_sha256", json!(source.sha256));
        if !source.head.eval.task.is_empty() {
            put("imported_task", json!(source.head.eval.task));
        }
        Manifest::new(all)
    }
}

/// `Age_1_epoch_1.json` and not a part of a sample in chunks.
fn is_sample(name: &str) -> bool {
    let Some((_, epoch)) = name.rsplit_once("_epoch_") else {
        return false;
    };
    let number = epoch.strip_suffix(".json");
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Probabilities that sum to 1.
fn softmax(logprobs: &[f64]) -> Vec<f64> {
    let most = logprobs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logprobs.iter().map(|p| (p - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.iter().map(|p| p / sum).collect()
}
