//! A recorded run as the explorer needs it: its questions, what was asked, its answers by question, and
//! what was added by hand.
//!
//! Invariant: the record itself is only read. What it does not hold (a question's text, a prompt's words)
//! is taken from where the run had it, after comparing hashes; where that is not to be had, the record
//! still opens, and says why nothing more can be asked.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::domain::{
    Answer, AnswerStyle, Condition, ConditionNo, Decoding, Gives, Item, ItemId, Kind, Quoted, Role,
    Rule, Source, Step, Template, Voice,
};
use crate::run::{Answers, Labels, Plan, Recalled, Run, Seat, Settings, Take};
use crate::session::{AnswerLine, Hand, HandLine, HandWriter, Label, LineAt, SessionError, Stored};

use super::cli::{ContextArg, ItemArgs, OpenArgs, RunArgs};
use super::failure::Failure;
use super::items;
use super::report::runs_in;
use super::restored::Restored;
use super::setup;

/// Where a run found what it was made with: for the explorer, which looks there first. Files by their
/// whole paths, models of the hub by name.
pub fn found_at(args: &RunArgs, model: Option<&Path>) -> Value {
    let whole = |path: &Path| match path.exists() {
        true => std::path::absolute(path).unwrap_or_else(|_| path.to_owned()),
        false => path.to_owned(),
    };
    let text = |path: PathBuf| json!(path.display().to_string());
    let asked = &args.experiment;
    let files = asked.items.items.iter().map(|p| text(items::lasting(p)));
    let mut all = Map::new();
    all.insert("items".to_owned(), files.collect());
    for (name, path) in [
        ("model", model),
        ("map", asked.items.map.as_deref()),
        ("prompts", asked.prompts.as_deref()),
        ("critic", asked.critic.as_deref()),
    ] {
        if let Some(path) = path {
            all.insert(name.to_owned(), text(whole(path)));
        }
    }
    Value::Object(all)
}

/// An opened record.
pub struct Recorded {
    /// Its folder.
    pub folder: PathBuf,
    stored: Stored,
    /// The questions, in the set's order.
    pub items: Arc<[Arc<Item>]>,
    /// Their numbers in the record, in the same order.
    numbers: Vec<usize>,
    /// What was asked, and how.
    pub settings: Settings,
    /// For each condition, why nothing can be asked under it.
    frozen: Vec<Option<Arc<str>>>,
    /// Why nothing can be asked at all.
    pub silent: Option<String>,
    /// What people added.
    pub hand: Hand,
    writer: HandWriter,
    index: HashMap<usize, Vec<LineAt>>,
    /// For people: what is not as it was.
    pub notes: Vec<String>,
}

impl Recorded {
    /// Looks at a record without reading its answers.
    ///
    /// # Errors
    /// No run there; options that name other things than the run was made with.
    pub fn at(args: &OpenArgs) -> Result<Recorded, Failure> {
        let folder = args.folder.clone();
        let inside = runs_in(&folder);
        if !inside.is_empty() {
            let names: Vec<String> = inside.iter().map(|p| p.display().to_string()).collect();
            return Err(Failure::usage(format!(
                "{} holds several runs; open one of them: {}",
                folder.display(),
                names.join(", ")
            )));
        }
        let stored = Stored::at(&folder).map_err(Failure::usage)?;
        let hand = Hand::read(&folder).map_err(Failure::usage)?;
        let mut notes = Vec::new();
        let found = questions(args, &stored)?;
        let (items, numbers, silent) = match found {
            Ok(items) => {
                let numbers = (0..items.len()).collect();
                (items, numbers, None)
            }
            Err(why) => {
                let (items, numbers) = bare(&stored)?;
                notes.push(format!("{why}; questions are shown as they were asked"));
                let silent =
                    format!("{why}; nothing can be asked about questions without their text");
                (items, numbers, Some(silent))
            }
        };
        let (settings, frozen) = settings(args, &stored, &items, &mut notes)?;
        Ok(Recorded {
            writer: HandWriter::new(&folder),
            folder,
            stored,
            items,
            numbers,
            settings,
            frozen,
            silent,
            hand,
            index: HashMap::new(),
            notes,
        })
    }

    /// Nothing can be asked under conditions with a critic.
    pub fn freeze_critics(&mut self, why: &str) {
        for (condition, frozen) in self.settings.conditions.iter().zip(&mut self.frozen) {
            let mut steps = condition.first.iter().chain(&condition.review);
            if steps.any(|s| s.voice == Voice::Critic) {
                frozen.get_or_insert_with(|| why.into());
            }
        }
    }

    /// The prompts there are for these questions: the program's own, and those where the run had its own.
    pub fn conditions(&self, args: &OpenArgs) -> Vec<Arc<Condition>> {
        let folder = args.prompts.clone().or_else(|| self.found("prompts"));
        let all = setup::all_conditions(folder.as_deref());
        let all = all
            .or_else(|_| setup::all_conditions(None))
            .unwrap_or_default();
        let suits = |c: &Arc<Condition>| self.items.iter().all(|i| c.unsuited(i).is_none());
        all.into_iter().filter(suits).collect()
    }

    /// A setting of the run as text; empty where it has none.
    pub fn setting(&self, name: &str) -> String {
        text(&self.stored, name).unwrap_or_default()
    }

    /// Where the run found something, if it says so.
    pub fn found(&self, what: &str) -> Option<PathBuf> {
        let all = self.stored.manifest.settings.get("found_at")?;
        Some(PathBuf::from(all.get(what)?.as_str()?))
    }

    /// Reads all answers, counts them, and remembers where each question's lie.
    ///
    /// # Errors
    /// A file or line that cannot be read.
    pub fn run(&mut self) -> Result<Run, Failure> {
        let settings = self.settings.clone();
        let mut run = Run::of_record(self.items.clone(), settings.clone(), self.frozen.clone());
        run.sweep_mut().set_labels(self.labels());
        let position: HashMap<usize, usize> = self
            .numbers
            .iter()
            .enumerate()
            .map(|(at, no)| (*no, at))
            .collect();
        let mut restored = Restored::new(&settings);
        let (mut index, mut strange) = (HashMap::<usize, Vec<LineAt>>::new(), 0);
        let read = self.stored.each_at(|at, mut line: AnswerLine| {
            let known = position.get(&line.item_no).copied();
            let mine = known.filter(|at| *self.items[*at].id.0 == *line.item);
            let Some(item_no) = mine else {
                strange += 1;
                return;
            };
            line.item_no = item_no;
            match restored.take(line, &mut run) {
                true => index.entry(item_no).or_default().push(at),
                false => strange += 1,
            }
        });
        read.map_err(Failure::usage)?;
        restored.finish(&mut run);
        self.index = index;
        if strange > 0 {
            self.notes.push(format!(
                "{strange} lines were left out: there twice, out of turn, or of questions or conditions that the run does not have"
            ));
        }
        Ok(run)
    }

    fn labels(&self) -> Labels {
        let mut labels = Labels::new();
        let position: HashMap<usize, usize> = self
            .numbers
            .iter()
            .enumerate()
            .map(|(at, no)| (*no, at))
            .collect();
        for (place, (name, label)) in &self.hand.labels {
            let (item_no, condition, sample, rotation, round) = place;
            let mut conditions = self.settings.conditions.iter();
            let at = position.get(item_no).copied();
            let Some((at, no)) = at.zip(conditions.position(|c| *c.name == **condition)) else {
                continue;
            };
            let item = &self.items[at];
            if *item.id.0 != **name {
                continue;
            }
            if let Some(answer) = label.answer(&item.rotated(*rotation)) {
                let seat = Seat {
                    item_no: at,
                    condition: ConditionNo(u16::try_from(no).unwrap_or(u16::MAX)),
                    take: Take {
                        sample: *sample,
                        rotation: *rotation,
                    },
                    round: crate::domain::RoundNo(*round),
                };
                labels.insert(seat, answer);
            }
        }
        labels
    }

    /// What the record holds of a question.
    ///
    /// # Errors
    /// A file that cannot be read any more.
    pub fn recall(&self, item_no: usize) -> Result<Vec<Recalled>, SessionError> {
        let Some(at) = self.index.get(&item_no) else {
            return Ok(Vec::new());
        };
        let mut all: Vec<Recalled> = Vec::new();
        for line in self.stored.at_lines(at)? {
            let mut conditions = self.settings.conditions.iter();
            let Some(no) = conditions.position(|c| *c.name == *line.condition) else {
                continue;
            };
            let condition = ConditionNo(u16::try_from(no).unwrap_or(u16::MAX));
            let take = Take {
                sample: line.sample,
                rotation: line.rotation,
            };
            let Some(round) = line.round() else { continue };
            let same = |r: &&mut Recalled| r.condition == condition && r.take == take;
            match all.iter_mut().find(same) {
                Some(one) => one.rounds.push(round),
                None => all.push(Recalled {
                    condition,
                    take,
                    rounds: vec![round],
                }),
            }
        }
        all.sort_by_key(|one| (one.take, one.condition));
        Ok(all)
    }

    /// Keeps a label beside the record; it is on the disk when this returns.
    ///
    /// # Errors
    /// The disk, or another process that writes there.
    pub fn keep_label(&mut self, seat: &Seat, answer: Option<Answer>) -> Result<(), SessionError> {
        let condition = self.settings.condition(seat.condition);
        let (Some(item), Some(item_no), Some(condition)) = (
            self.items.get(seat.item_no),
            self.numbers.get(seat.item_no),
            condition,
        ) else {
            return Ok(());
        };
        let item = item.rotated(seat.take.rotation);
        let label = Label::of(answer, &item);
        self.writer.write(&HandLine::Label {
            item: item.id.to_string(),
            item_no: *item_no,
            condition: condition.name.to_string(),
            sample: seat.take.sample,
            rotation: seat.take.rotation,
            round: seat.round.0,
            means: match label {
                Label::Option(no) => item.options.get(no).cloned(),
                Label::Declines | Label::Unparsed => None,
            },
            label,
            unix_s: unix_s(),
            recant: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// Keeps a note beside the record.
    ///
    /// # Errors
    /// As for [`Recorded::keep_label`].
    pub fn keep_note(&mut self, item_no: usize, note: String) -> Result<(), SessionError> {
        let item = self.items.get(item_no).zip(self.numbers.get(item_no));
        let Some((item, item_no)) = item else {
            return Ok(());
        };
        self.writer.write(&HandLine::Note {
            item: item.id.to_string(),
            item_no: *item_no,
            note,
            unix_s: unix_s(),
            recant: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }
}

/// Seconds since 1970; 0 on a machine whose clock says otherwise.
pub fn unix_s() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| d.as_secs())
}

fn text(stored: &Stored, name: &str) -> Option<String> {
    match stored.manifest.settings.get(name)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn number(stored: &Stored, name: &str) -> Option<u64> {
    stored.manifest.settings.get(name)?.as_u64()
}

/// The run's questions; `Ok(Err)` says why they are not to be had.
///
/// # Errors
/// Files that were named for this and are not the run's.
fn questions(
    args: &OpenArgs,
    stored: &Stored,
) -> Result<Result<Arc<[Arc<Item>]>, String>, Failure> {
    let settings = &stored.manifest.settings;
    let found = settings.get("found_at");
    let listed = found.and_then(|f| f.get("items")).and_then(Value::as_array);
    let paths: Vec<PathBuf> = match (args.items.is_empty(), listed) {
        (false, _) => args.items.clone(),
        (true, Some(all)) => all
            .iter()
            .filter_map(Value::as_str)
            .map(PathBuf::from)
            .collect(),
        (true, None) => match text(stored, "items") {
            Some(names) => names.split(", ").map(PathBuf::from).collect(),
            None => Vec::new(),
        },
    };
    let only = settings.get("only").and_then(Value::as_array);
    let map = found.and_then(|f| f.get("map")).and_then(Value::as_str);
    let context = text(stored, "context").unwrap_or_default();
    let kinds = [ContextArg::Ambiguous, ContextArg::Disambiguated];
    let context = kinds.into_iter().find(|k| k.name() == context);
    let wanted = ItemArgs {
        context: context.unwrap_or(ContextArg::All),
        items: paths,
        map: args.map.clone().or_else(|| map.map(PathBuf::from)),
        only: only
            .map(|all| {
                all.iter()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect()
            })
            .unwrap_or_default(),
    };
    let refuse = |why: String| match args.items.is_empty() {
        true => Ok(Err(format!(
            "{why} (--items FILE names the run's questions)"
        ))),
        false => Err(Failure::usage(format!("--items: {why}"))),
    };
    let set = match items::items(&wanted) {
        Ok(set) => set,
        Err(failure) => return refuse(failure.to_string()),
    };
    match text(stored, "items_sha256") {
        Some(hash) if hash == set.sha256 => {}
        Some(_) => {
            return refuse(format!(
                "{}: these are not the questions of this run, their SHA-256 is another one",
                set.name
            ));
        }
        None => return refuse("the record does not say which questions it asked".to_owned()),
    }
    let seed = number(stored, "seed").unwrap_or(0);
    let count = |name| number(stored, name).and_then(|n| usize::try_from(n).ok());
    let mut all = set.items;
    if let Some(limit) = count("limit") {
        all = items::first(&all, limit).into();
    }
    if let Some(sample) = count("sample") {
        all = items::sample(&all, sample, seed).into();
    }
    match count("item_count") {
        Some(n) if n != all.len() => refuse(format!(
            "{}: {} questions, and the run had {n}",
            set.name,
            all.len()
        )),
        _ => Ok(Ok(all)),
    }
}

/// The questions as far as the answers tell, and their numbers in the record.
fn bare(stored: &Stored) -> Result<(Arc<[Arc<Item>]>, Vec<usize>), Failure> {
    let mut all = std::collections::BTreeMap::new();
    let read = stored.each(|line: AnswerLine| {
        let is_first = line.round == 0 && line.sample == 0 && line.rotation == 0;
        if is_first || !all.contains_key(&line.item_no) {
            if let Some(item) = line.bare_item() {
                all.entry(line.item_no).or_insert_with(|| Arc::new(item));
            }
        }
    });
    read.map_err(Failure::usage)?;
    if all.is_empty() {
        all.insert(0, Arc::new(nothing()));
    }
    let numbers = all.keys().copied().collect();
    let items: Vec<Arc<Item>> = all.into_values().collect();
    Ok((items.into(), numbers))
}

/// Stands where a record has no answer yet and its questions are gone.
fn nothing() -> Item {
    Item {
        id: ItemId("none".into()),
        category: "none".into(),
        context: "This record holds no answer yet.".to_owned(),
        question: String::new(),
        options: Vec::new(),
        roles: Vec::new(),
        gold: None,
        rule: Rule::Continuation,
    }
}

type Asked = (Settings, Vec<Option<Arc<str>>>);

/// What the run asked and how; what cannot be asked again says why.
fn settings(
    args: &OpenArgs,
    stored: &Stored,
    items: &[Arc<Item>],
    notes: &mut Vec<String>,
) -> Result<Asked, Failure> {
    let set = &stored.manifest.settings;
    let found = set.get("found_at").and_then(|f| f.get("prompts"));
    let recorded = found.and_then(Value::as_str).map(PathBuf::from);
    let all = match (&args.prompts, recorded) {
        (Some(folder), _) => setup::all_conditions(Some(folder))?,
        (None, Some(folder)) => match setup::all_conditions(Some(&folder)) {
            Ok(all) => all,
            Err(why) => {
                notes.push(format!("{why} (--prompts FOLDER names the run's prompts)"));
                setup::all_conditions(None)?
            }
        },
        (None, None) => setup::all_conditions(None)?,
    };
    let names = set.get("conditions").and_then(Value::as_array);
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if names.is_empty() {
        return Err(Failure::usage(format!(
            "{}: its run.json names no conditions; nothing to show",
            args.folder.display()
        )));
    }
    let (mut conditions, mut frozen) = (Vec::new(), Vec::new());
    for name in names {
        let hash = text(stored, &format!("prompt_sha256.{name}"));
        let same = |c: &&Arc<Condition>| {
            let fits = items.iter().all(|i| c.unsuited(i).is_none());
            *c.name == *name && fits && hash.as_ref().is_some_and(|h| *h == setup::prompt_digest(c))
        };
        match (all.iter().find(same), &hash) {
            (Some(condition), _) => {
                conditions.push(condition.clone());
                frozen.push(None);
            }
            (None, hash) => {
                let why: Arc<str> = match hash {
                    Some(_) => format!(
                        "the words of prompt {name} are not here as they were (--prompts FOLDER)"
                    ),
                    None => format!("the record does not say with which words {name} asked"),
                }
                .into();
                notes.push(why.to_string());
                conditions.push(Arc::new(unknown(name)));
                frozen.push(Some(why));
            }
        }
    }
    let decimal = |name: &str, usual: f64| set.get(name).and_then(Value::as_f64).unwrap_or(usual);
    let whole = |name: &str| number(stored, name);
    let usual = Decoding::default();
    let rounds = whole("rounds")
        .and_then(|n| u16::try_from(n).ok())
        .unwrap_or(1);
    let settings = Settings {
        conditions,
        rounds: rounds.max(1),
        seed: whole("seed").unwrap_or(0),
        decoding: Decoding {
            temperature: decimal("temperature", usual.temperature),
            top_k: whole("top_k")
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(usual.top_k),
            top_p: decimal("top_p", usual.top_p),
            min_p: decimal("min_p", usual.min_p),
            repetition_penalty: decimal("repetition_penalty", usual.repetition_penalty),
        },
        // Whatever the run did: what is asked here shows it.
        belief: true,
        plan: Plan {
            samples: whole("samples")
                .and_then(|n| u16::try_from(n).ok())
                .unwrap_or(1)
                .max(1),
            all_rotations: set.get("repeat_orders").and_then(Value::as_bool) == Some(true),
            answers: match text(stored, "answers").as_deref() {
                Some("options") => Answers::Options,
                Some(_) | None => Answers::Generate,
            },
        },
    };
    Ok((settings, frozen))
}

/// Stands for a condition whose words nobody has; nothing is ever asked under it.
fn unknown(name: &str) -> Condition {
    let step = Step {
        voice: Voice::Model,
        instructions: None,
        role: Role::User,
        says: Template::default(),
        prefill: Template::default(),
        reply: None,
        max_tokens: 1,
        stop: Vec::new(),
        gives: Gives::Answer,
    };
    Condition {
        name: name.into(),
        title: "its words are not here; the panes show what was said".to_owned(),
        source: Source {
            quoted: Quoted::Ours,
            place: "unknown: a record without its prompts".to_owned(),
        },
        fits: Kind::ALL.to_vec(),
        groups: Vec::new(),
        system: None,
        style: AnswerStyle::Both,
        first: vec![step.clone()],
        review: vec![step],
        made_of: None,
    }
}
