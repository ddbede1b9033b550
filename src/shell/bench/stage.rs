//! The explorer's loop without a terminal, a model or a clock: a script speaks, bytes are counted.
//!
//! Invariant: what is drawn, when and with how many bytes hangs on the script alone, so counts can be
//! tested; only the time that it takes is this machine's. Time in the script passes one millisecond a turn.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::app::{App, Effect, Event, Key, Keymap, ModelLine, Start};
use crate::benchmarks::{BUILTIN, bbq};
use crate::config::{prompts, theme};
use crate::control;
use crate::domain::{
    Condition, Decoding, Job, JobEvent, JobId, JobReport, ModelNo, Prompt, StopReason, TokenDetail,
};
use crate::run::{Plan, Settings, Stamp};
use crate::shell::failure::Failure;
use crate::shell::pacer::Pacer;
use crate::ui::{self, Theme};

/// What the script says, over and over.
const WORDS: [&str; 12] = [
    " The", " text", " does", " not", " say", " who", " it", " was,", " so", " neither",
    " follows", ".\n",
];

/// Counts what would go to a terminal.
#[derive(Clone, Default)]
struct Sink(Arc<AtomicU64>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A job that is being answered.
struct Speaker {
    id: JobId,
    /// What it still has to say first.
    first: VecDeque<JobEvent>,
    /// Tokens it still has to say.
    left: usize,
    said: usize,
}

/// The cost of one picture.
#[derive(Clone, Copy, Debug)]
pub struct Frame {
    /// Processor time, in milliseconds.
    pub ms: f64,
    /// Bytes for the terminal.
    pub bytes: u64,
}

/// An app, its script, and what was drawn.
pub struct Stage {
    app: App,
    theme: Theme,
    terminal: Terminal<CrosstermBackend<Sink>>,
    sink: Sink,
    pacer: Pacer,
    now: Stamp,
    /// Tokens of an answer.
    answer: usize,
    speakers: Vec<Speaker>,
    turn: usize,
    /// All frames so far.
    pub frames: Vec<Frame>,
    /// Tokens told so far.
    pub tokens: usize,
    /// Processor time of telling the app of one report, in microseconds.
    pub updates_us: Vec<f64>,
}

impl Stage {
    /// The built-in questions under some conditions, each answer so many tokens long.
    ///
    /// # Errors
    /// Nothing that a user could have done: what is embedded cannot be read.
    pub fn new(
        size: (u16, u16),
        conditions: usize,
        rounds: u16,
        answer: usize,
    ) -> Result<Stage, Failure> {
        let items = bbq::read(BUILTIN).map_err(Failure::work)?.items;
        let all = control::prompts::conditions().map_err(Failure::work)?;
        let themes = theme::embedded().map_err(Failure::work)?;
        let theme = themes.into_iter().next();
        let theme = theme.ok_or_else(|| Failure::work("no theme is embedded"))?;
        let start = Start {
            items: items.into(),
            settings: Settings {
                conditions: several(&all, conditions),
                rounds,
                seed: 1,
                decoding: Decoding::default(),
                lock_seeds: false,
                belief: true,
                plan: Plan::default(),
            },
            keymap: Keymap::default(),
            themes: vec![theme.name().to_owned()],
            theme: 0,
            size,
            sweep: false,
        };
        let sink = Sink::default();
        let mut stage = Stage {
            app: App::new(start).with_scribe(prompts::SCRIBE),
            theme,
            terminal: terminal(sink.clone(), size)?,
            sink,
            pacer: Pacer::default(),
            now: Stamp(0),
            answer,
            speakers: Vec::new(),
            turn: 0,
            frames: Vec::new(),
            tokens: 0,
            updates_us: Vec::new(),
        };
        let line = ModelLine {
            name: "script".into(),
            detail: "no model".into(),
            warning: None,
            has_critic: false,
        };
        stage.tell(Event::ModelReady(ModelNo::default(), line));
        Ok(stage)
    }

    /// How many panes are on screen.
    pub fn panes(&self) -> usize {
        self.app.areas().map_or(0, |a| a.panes.len())
    }

    /// Tells the app, and takes up what it asks for.
    pub fn tell(&mut self, event: Event) {
        let mut effects = Vec::new();
        self.app.update(event, self.now, &mut effects);
        for effect in effects {
            match effect {
                Effect::Start(job) => self.speakers.push(speaker(&job, self.answer)),
                Effect::Cancel(id) => self.speakers.retain(|s| s.id != id),
                Effect::Edit(_)
                | Effect::Save { .. }
                | Effect::Recall(_)
                | Effect::Label { .. }
                | Effect::LabelSaying { .. }
                | Effect::Counted(..)
                | Effect::Note { .. }
                | Effect::OpenModel(..)
                | Effect::Unload(_)
                | Effect::FindModels(_)
                | Effect::Copy { .. }
                | Effect::Quit
                | Effect::Suspend
                | Effect::SetMouse(_)
                | Effect::Repaint => {}
            }
        }
    }

    /// Presses a key, by the name that a key file would use.
    pub fn press(&mut self, name: &str) {
        if let Some(key) = Key::parse(name) {
            self.tell(Event::Key(key));
        }
    }

    /// Another size of the terminal.
    pub fn resize(&mut self, size: (u16, u16)) -> Result<(), Failure> {
        self.terminal = terminal(self.sink.clone(), size)?;
        let (width, height) = size;
        self.tell(Event::Resize { width, height });
        Ok(())
    }

    /// How many answer at this moment.
    pub fn speaking(&self) -> usize {
        let speaks = |s: &&Speaker| s.left > 0 || !s.first.is_empty();
        self.speakers.iter().filter(speaks).count()
    }

    /// One report of the script, those who speak taking turns; `None` where nobody does.
    pub fn say(&mut self) -> Option<()> {
        self.speakers.retain(|s| s.left > 0 || !s.first.is_empty());
        let at = self.turn % self.speakers.len().max(1);
        let speaker = self.speakers.get_mut(at)?;
        self.turn += 1;
        let id = speaker.id;
        let event = speaker.next();
        self.tokens += usize::from(matches!(event, JobEvent::Token { .. }));
        let begun = cpu_ms();
        self.tell(Event::Job(JobReport { id, event }));
        self.updates_us.push((cpu_ms() - begun) * 1e3);
        Some(())
    }

    /// The end of a turn of the loop: draws if something changed and the last frame is long enough ago.
    pub fn turn(&mut self) -> Result<(), Failure> {
        if self.app.take_dirty() {
            self.pacer.mark();
        }
        if self.pacer.wait_ms(self.now) == Some(0) {
            self.draw()?;
            self.pacer.drawn(self.now);
        }
        self.now.0 += 1;
        Ok(())
    }

    /// Draws now.
    pub fn draw(&mut self) -> Result<(), Failure> {
        let told = |e: io::Error| Failure::work(format!("drawing into memory: {e}"));
        let (begun, before) = (cpu_ms(), self.sink.0.load(Ordering::Relaxed));
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate).map_err(told)?;
        let (app, theme) = (&self.app, &self.theme);
        let drawn = self.terminal.draw(|frame| ui::draw(app, theme, frame));
        drawn.map_err(told)?;
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate).map_err(told)?;
        self.frames.push(Frame {
            ms: cpu_ms() - begun,
            bytes: self.sink.0.load(Ordering::Relaxed) - before,
        });
        Ok(())
    }
}

/// So many conditions that speak once a round: copies by other names, where there are fewer.
fn several(all: &[Condition], count: usize) -> Vec<Arc<Condition>> {
    let once: Vec<&Condition> = all.iter().filter(|c| c.first.len() == 1).collect();
    let copies = (1..).flat_map(|copy| once.iter().map(move |c| (copy, *c)));
    let named = |(copy, condition): (usize, &Condition)| {
        let name = match copy {
            1 => condition.name.clone(),
            _ => format!("{}-{copy}", condition.name).into(),
        };
        Arc::new(Condition {
            name,
            ..condition.clone()
        })
    };
    match once.is_empty() {
        true => Vec::new(),
        false => copies.map(named).take(count).collect(),
    }
}

impl Speaker {
    fn next(&mut self) -> JobEvent {
        if let Some(event) = self.first.pop_front() {
            return event;
        }
        self.left = self.left.saturating_sub(1);
        if self.left == 0 {
            return JobEvent::Finished {
                reason: StopReason::EndOfTurn,
            };
        }
        self.said += 1;
        let text = WORDS[self.said % WORDS.len()].to_owned();
        let logprob = -((self.said % 7) as f32) / 3.0;
        let detail = TokenDetail {
            token: self.said as u32,
            rank: (self.said % 3) as u32,
            entropy: (self.said % 5) as f32 / 3.0,
            alternatives: Vec::new(),
            elapsed_ms: 1.0,
        };
        JobEvent::Token {
            text,
            logprob,
            detail: Some(Arc::new(detail)),
        }
    }
}

fn speaker(job: &Job, answer: usize) -> Speaker {
    let prompt = Prompt {
        text: job.dialogue.prefill.clone(),
        tokens: (0..80).collect(),
        sha256: String::new(),
        template_sha256: None,
    };
    let mut first = VecDeque::from([JobEvent::Reading {
        prompt: Arc::new(prompt),
        reused_tokens: 0,
    }]);
    if !job.options.is_empty() {
        let n = job.options.len();
        first.push_back(JobEvent::Belief {
            probabilities: vec![1.0 / n as f64; n],
            mass: 1.0,
            scores: Vec::new(),
        });
    }
    let left = match &job.sampling {
        Some(_) => answer + 1,
        None => 1,
    };
    Speaker {
        id: job.id,
        first,
        left,
        said: 0,
    }
}

fn terminal(
    sink: Sink,
    (width, height): (u16, u16),
) -> Result<Terminal<CrosstermBackend<Sink>>, Failure> {
    let options = TerminalOptions {
        viewport: Viewport::Fixed(Rect::new(0, 0, width, height)),
    };
    Terminal::with_options(CrosstermBackend::new(sink), options)
        .map_err(|e| Failure::work(format!("drawing into memory: {e}")))
}

/// Processor time of this thread so far, where the system tells; elsewhere the time of day.
pub fn cpu_ms() -> f64 {
    #[cfg(unix)]
    {
        let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
    }
    #[cfg(not(unix))]
    {
        use std::time::{SystemTime, UNIX_EPOCH};
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0.0, |t| t.as_secs_f64() * 1e3)
    }
}
