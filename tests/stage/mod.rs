//! The explorer without a terminal and without a model: scripted answers in, frames out.

#![allow(dead_code)] // every test file uses its own part

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use recant::app::{App, Effect, Event, Key, Keymap, ModelLine, Start};
use recant::benchmarks::{BUILTIN, bbq};
use recant::control::prompts::conditions;
use recant::domain::{
    Alternative, Condition, Decoding, Item, Job, JobEvent, JobId, JobReport, ModelNo, OptionScore,
    Prompt, PromptMark, StopReason, TokenDetail,
};
use recant::run::{Plan, Recalled, Run, Settings, Stamp};
use recant::ui::Theme;

/// An app, the jobs it gave to the scripted model, and a clock that only reports move.
pub struct Stage {
    pub app: App,
    pub effects: Vec<Effect>,
    jobs: Vec<(JobId, VecDeque<JobEvent>)>,
    says: fn(&Job) -> String,
    /// What a record holds, by question.
    records: HashMap<usize, Vec<Recalled>>,
    served: usize,
    opening: Vec<ModelNo>,
    time: u64,
}

pub fn builtin_items() -> Arc<[Arc<Item>]> {
    bbq::read(BUILTIN).unwrap().items.into()
}

pub fn themes() -> Vec<Theme> {
    recant::config::theme::embedded().unwrap()
}

impl Stage {
    /// The built-in questions, all conditions, four rounds, no background benchmark, model ready.
    pub fn new(size: (u16, u16)) -> Stage {
        let mut stage = Stage::waiting(size, false, builtin_items(), says);
        stage.ready();
        stage
    }

    pub fn waiting(
        size: (u16, u16),
        sweep: bool,
        items: Arc<[Arc<Item>]>,
        says: fn(&Job) -> String,
    ) -> Stage {
        let conditions = conditions().unwrap().into_iter().map(Arc::new).collect();
        Stage::begun(size, sweep, items, conditions, says)
    }

    /// Over these questions under these conditions, the benchmark in the background.
    pub fn with_conditions(
        size: (u16, u16),
        items: Arc<[Arc<Item>]>,
        conditions: Vec<Arc<Condition>>,
        says: fn(&Job) -> String,
    ) -> Stage {
        Stage::begun(size, true, items, conditions, says)
    }

    fn begun(
        size: (u16, u16),
        sweep: bool,
        items: Arc<[Arc<Item>]>,
        conditions: Vec<Arc<Condition>>,
        says: fn(&Job) -> String,
    ) -> Stage {
        let start = Start {
            items,
            settings: Settings {
                conditions,
                rounds: 4,
                seed: 1,
                decoding: Decoding::default(),
                lock_seeds: false,
                belief: true,
                plan: Plan::default(),
            },
            keymap: Keymap::default(),
            themes: themes().iter().map(|t| t.name().to_owned()).collect(),
            theme: 0,
            size,
            sweep,
        };
        Stage {
            app: App::new(start).with_scribe(recant::config::prompts::SCRIBE),
            effects: Vec::new(),
            jobs: Vec::new(),
            says,
            records: HashMap::new(),
            served: 0,
            opening: Vec::new(),
            time: 0,
        }
    }

    /// Over the record of a run of the first questions, two rounds each; the model is still being loaded.
    pub fn of_record(size: (u16, u16), questions: usize) -> Stage {
        let mut live = Stage::new(size);
        let settings = Settings {
            rounds: 2,
            ..live.app.run().focus().settings().clone()
        };
        let frozen = vec![None; settings.conditions.len()];
        let mut run = Run::of_record(builtin_items(), settings, frozen);
        let mut stage = Stage::waiting(size, false, builtin_items(), says);
        for item_no in 0..questions {
            live.settle();
            let plays = live.app.run().focus().plays();
            let mut all = Vec::new();
            for play in plays {
                let mut rounds = play.trajectory().rounds[..2].to_vec();
                // What a record does not hold.
                for spoken in rounds.iter_mut().flat_map(|r| &mut r.steps) {
                    spoken.recorded = spoken.prompt.take().map(|p| PromptMark {
                        sha256: p.sha256.clone(),
                        tokens: p.tokens.len(),
                    });
                    spoken.tokens.iter_mut().for_each(|t| t.detail = None);
                }
                run.restore(item_no, play.condition(), play.take(), rounds.clone());
                all.push(Recalled {
                    condition: play.condition(),
                    take: play.take(),
                    rounds,
                });
            }
            stage.records.insert(item_no, all);
            live.keys(&["n"]);
        }
        stage.app = stage.app.with_record(run, "first");
        stage.event(Event::ModelLoading(ModelNo(0), "scripted".into()));
        let mut effects = Vec::new();
        stage.app.open_record(&mut effects);
        effects.into_iter().for_each(|e| stage.perform(e));
        stage
    }

    pub fn ready(&mut self) {
        self.event(Event::ModelReady(
            ModelNo(0),
            ModelLine {
                name: "scripted".into(),
                detail: "0.9 M parameters, f32".into(),
                warning: None,
                has_critic: false,
            },
        ));
    }

    /// The same for another model, as the shell tells it.
    pub fn ready_of(&mut self, no: ModelNo, name: &str) {
        self.event(Event::ModelReady(
            no,
            ModelLine {
                name: name.into(),
                detail: "1.7 M parameters, f32".into(),
                warning: None,
                has_critic: false,
            },
        ));
    }

    /// The models that were asked for and are neither ready nor failed.
    pub fn opened(&mut self) -> Vec<ModelNo> {
        std::mem::take(&mut self.opening)
    }

    pub fn event(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.app.update(event, Stamp(self.time), &mut effects);
        for effect in effects {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match &effect {
            Effect::Start(job) => {
                let mut events = reports(job, self.says);
                if job.alternatives == u8::MAX {
                    self.look_up(&mut events);
                }
                self.jobs.push((job.id, events));
            }
            Effect::Cancel(id) => self.jobs.retain(|(j, _)| j != id),
            Effect::OpenModel(no, _) => self.opening.push(*no),
            Effect::Unload(no) => {
                self.opening.retain(|n| n != no);
                self.jobs.retain(|(id, _)| id.model() != *no);
            }
            Effect::Recall(no) => {
                let all = self.records.get(no).cloned().unwrap_or_default();
                self.event(Event::Recalled(*no, Ok(all)));
            }
            _ => {}
        }
        self.effects.push(effect);
    }

    /// What could have come instead of a recorded token: any token of the record.
    fn look_up(&self, events: &mut VecDeque<JobEvent>) {
        let rounds = self.records.values().flatten().flat_map(|one| &one.rounds);
        let mut words: Vec<String> = Vec::new();
        for spoken in rounds.flat_map(|r| &r.steps) {
            let mut from = 0;
            for token in &spoken.tokens {
                words.push(spoken.text[from..token.end].to_owned());
                from = token.end;
            }
        }
        words.sort();
        words.dedup();
        assert!(words.len() < 255, "{}", words.len());
        let alternatives: Vec<Alternative> = words
            .into_iter()
            .zip(0..)
            .map(|(text, token)| Alternative {
                token,
                logprob: logprob(number(&text)),
                text,
            })
            .collect();
        for event in events {
            if let JobEvent::Token {
                detail: Some(detail),
                ..
            } = event
            {
                let mut all = TokenDetail::clone(detail);
                all.alternatives = alternatives.clone();
                *detail = Arc::new(all);
            }
        }
    }

    /// Presses keys by the names a key file would use.
    pub fn keys(&mut self, names: &[&str]) {
        for name in names {
            self.event(Event::Key(Key::parse(name).unwrap()));
        }
    }

    /// Types characters.
    pub fn types(&mut self, text: &str) {
        for c in text.chars() {
            let key = recant::app::Key::plain(recant::app::KeyCode::Char(c));
            self.event(Event::Key(key));
        }
    }

    pub fn time(&self) -> u64 {
        self.time
    }

    pub fn set_time(&mut self, time: u64) {
        self.time = time;
    }

    /// Delivers one report, the jobs taking turns; false where nothing is running.
    pub fn step(&mut self) -> bool {
        self.jobs.retain(|(_, events)| !events.is_empty());
        if self.jobs.is_empty() {
            return false;
        }
        let at = self.served % self.jobs.len();
        self.served += 1;
        let (id, events) = &mut self.jobs[at];
        let report = JobReport {
            id: *id,
            event: events.pop_front().unwrap(),
        };
        self.time = self.time.saturating_add(5);
        self.event(Event::Job(report));
        true
    }

    /// Delivers so many reports.
    pub fn steps(&mut self, count: usize) {
        for _ in 0..count {
            self.step();
        }
    }

    /// Lets the model say everything it was asked for.
    pub fn settle(&mut self) {
        while self.step() {}
    }

    /// What the terminal shows, drawn with the theme at `theme`.
    pub fn picture(&self, theme: &Theme) -> ratatui::buffer::Buffer {
        let (width, height) = self.app.view().size;
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal
            .draw(|frame| recant::ui::draw(&self.app, theme, frame))
            .unwrap();
        terminal.backend().buffer().clone()
    }

    /// The same as text, ends of lines trimmed.
    pub fn frame(&self) -> String {
        text(&self.picture(&themes()[0]))
    }
}

/// A frame's letters, ends of lines trimmed.
pub fn text(buffer: &ratatui::buffer::Buffer) -> String {
    let width = usize::from(buffer.area.width).max(1);
    let mut out = String::new();
    for row in buffer.content.chunks(width) {
        let mut line = String::new();
        let mut covered = 0;
        for cell in row {
            // The cells that a wide character covers hold nothing of their own.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            line.push_str(cell.symbol());
            covered = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// How letters of a frame stand out without colour: `u`nderlined, `b`old, `i`talic, `r`eversed,
/// the first letters of what applies together in upper case: `B` is bold and underlined, `I` that
/// and italic.
pub fn marks(buffer: &ratatui::buffer::Buffer) -> String {
    use ratatui::style::Modifier;
    let width = usize::from(buffer.area.width).max(1);
    let mut out = String::new();
    for row in buffer.content.chunks(width) {
        let mut line = String::new();
        for cell in row {
            let has = |m| cell.modifier.contains(m);
            let (under, bold) = (has(Modifier::UNDERLINED), has(Modifier::BOLD));
            line.push(match (has(Modifier::REVERSED), has(Modifier::ITALIC)) {
                (true, _) => 'r',
                (false, true) if under => 'I',
                (false, true) => 'i',
                (false, false) if under && bold => 'B',
                (false, false) if under => 'u',
                (false, false) if bold => 'b',
                (false, false) => ' ',
            });
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// FNV-1a: a number that a text always has.
pub fn number(text: &str) -> usize {
    let step = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    (text.bytes().fold(0xcbf2_9ce4_8422_2325, step) >> 20) as usize
}

/// What the scripted model says: one of the options, or reasoning; a function of the job alone.
pub fn says(job: &Job) -> String {
    let last = &job.dialogue.messages.last().unwrap().text;
    let seed = job.sampling.as_ref().map_or(0, |s| s.seed as usize);
    // Two models do not say the same.
    let number = number(last) + seed + usize::from(job.id.model().0);
    if job.options.is_empty() {
        return " Nothing in the text tells who it was, and a stereotype is no reason. So the text \
                itself has to be read once more before anything is said about either of them."
            .into();
    }
    let no = number % (job.options.len() + 1);
    match job.options.get(no) {
        Some(forms) => format!("{} ({}).", forms[0], recant::domain::letter(no)),
        None => " Hard to say.".into(),
    }
}

/// One of a few log-probabilities.
fn logprob(number: usize) -> f32 {
    [-0.02, -0.5, -1.2, -3.0][number % 4]
}

/// What else could have come instead of a word.
fn detail(word: &str, most: u8) -> Arc<TokenDetail> {
    let no = number(word);
    let rank = no % 3;
    let others = [" The", " nobody", " (", ".", " 日本", "\n", ""];
    let mut alternatives: Vec<Alternative> = others
        .iter()
        .zip(100..)
        .map(|(text, token)| Alternative {
            token,
            text: (*text).to_owned(),
            logprob: -2.0 - token as f32 / 100.0,
        })
        .collect();
    let came = Alternative {
        token: 7,
        text: word.to_owned(),
        logprob: logprob(no),
    };
    alternatives.insert(rank, came);
    alternatives.truncate(usize::from(most));
    Arc::new(TokenDetail {
        token: 7,
        rank: rank as u32,
        entropy: (no % 20) as f32 / 10.0,
        alternatives,
        elapsed_ms: 12.0,
    })
}

/// A dialogue as a chat template might write it.
fn rendered(job: &Job) -> String {
    let mut text = String::new();
    for message in &job.dialogue.messages {
        text += &format!("<|{}|>\n{}\n", message.role.name(), message.text);
    }
    text + "<|assistant|>\n" + &job.dialogue.prefill
}

fn reports(job: &Job, says: fn(&Job) -> String) -> VecDeque<JobEvent> {
    let mut all = VecDeque::from([JobEvent::Reading {
        prompt: Arc::new(Prompt {
            text: rendered(job),
            tokens: (0..90).collect(),
            sha256: format!("{:064x}", number(&rendered(job))),
            template_sha256: None,
        }),
        reused_tokens: 30,
    }]);
    if !job.options.is_empty() {
        let last = &job.dialogue.messages.last().unwrap().text;
        // A belief after some of the answer depends on those words as well.
        let so_far = match job.sampling {
            Some(_) => 0,
            None => number(&job.dialogue.prefill),
        };
        let model = usize::from(job.id.model().0);
        let weights: Vec<f64> = (0..job.options.len())
            .map(|i| 1.0 + ((number(last) + so_far + model) / (i + 1) % 7) as f64)
            .collect();
        let sum: f64 = weights.iter().sum();
        all.push_back(JobEvent::Belief {
            probabilities: weights.iter().map(|w| w / sum).collect(),
            mass: 0.9,
            scores: weights
                .iter()
                .map(|w| OptionScore {
                    logprob: (w / sum * 0.9).ln() - (so_far % 5) as f64,
                    logprob_per_token: 0.0,
                })
                .collect(),
        });
    }
    if job.sampling.is_some() {
        for word in says(job).split_inclusive(' ') {
            all.push_back(JobEvent::Token {
                text: word.into(),
                logprob: logprob(number(word)),
                detail: (job.alternatives > 0).then(|| detail(word, job.alternatives)),
            });
        }
    }
    all.push_back(JobEvent::Finished {
        reason: if job.sampling.is_some() {
            StopReason::EndOfTurn
        } else {
            StopReason::ScoredOnly
        },
    });
    all
}
