//! *recant*: a terminal explorer of moral self-correction in language models.
//!
//! It puts the same question to a model under several prompt conditions and over several rounds of
//! "review your answer", streams every answer into side-by-side panes, and keeps a live scoreboard
//! of bias while a background task works through a benchmark.
//!
//! **In one sentence:** the experiment is a pure machine ([`run`]), the screen is a pure picture
//! ([`ui`]), models are tasks behind one small seam ([`engine`]), and only [`shell`] touches the
//! world.
//!
//! # Flow
//!
//! ```text
//! key ─> Event::Key ─> keymap ─> Action ──┐
//!                                         v
//! engine ─> JobReport ─> bounded queue ─> App::update(Event, now, &mut Vec<Effect>) ─> effects
//!                                         │  Run: trajectory + token ─> answer ─> scoreboard       │
//!                                         │       ─> what to ask next                              v
//!                                         └─> dirty ─> pacer ─> ui::draw(&App)      shell: Engine::start,
//!                                                                                   cancel, quit, suspend
//! ```
//!
//! Headless, `shell::drive` does the same without a screen: the same [`run::Run`], the same numbers.
//!
//! # Modules, in reading order
//!
//! | module | what |
//! |---|---|
//! | [`domain`] | the words: item, condition, trajectory, answer, job; plain data |
//! | [`benchmarks`] | files → items, and what choosing an option means |
//! | [`stats`] | the scoreboard over single answers, mergeable; metrics, intervals, paired tests |
//! | [`run`] | the experiment: what to ask next, and what an answer does |
//! | [`app`] | the controls: actions, keymap, layout, text as shown |
//! | [`ui`] | the pictures |
//! | [`engine`] | the models: one trait, the local engine behind it, and where models come from |
//! | [`control`] | the control model's grammar, planted table and check |
//! | [`session`] | runs on disk: append-only, crash-safe; what people add to them; explorer sessions |
//! | [`report`] | finished answers → tables, plots, comparisons |
//! | [`config`] | prompt, theme and key files → checked values |
//! | [`shell`] | the world: arguments, terminal, signals, files |
//!
//! `tests/architecture.rs` reads the `use` lines and holds the directions: `domain` uses nothing;
//! `run` knows no screen, `ui` no engine, `engine` no run.
//!
//! # Invariants
//!
//! 1. `domain`, `benchmarks`, `stats`, `run`, `app` and `ui` contain no clock, no file system, no
//!    channel and no `async`: time, seed and size are told to them.
//! 2. Every queue has a size. A slow terminal slows the model down; memory does not grow.
//! 3. A strange model output is data ([`domain::Answer::Unparsed`], counted and shown); only the
//!    outside world is an error.
//! 4. Text that did not come from this source tree passes [`app::transcript`] before it reaches a
//!    terminal; records keep the exact bytes.
//! 5. Dropping a job's handle cancels it; reports of unknown jobs are ignored and counted.
//! 6. An answer of a headless run is finished once its line is on the disk; it is never lost or
//!    written twice.
//! 7. Each model of a session has an experiment of its own: no number holds two models' answers.

pub mod app;
pub mod benchmarks;
pub mod config;
pub mod control;
pub mod domain;
pub mod engine;
pub mod report;
pub mod run;
pub mod session;
pub mod shell;
pub mod stats;
pub mod ui;
