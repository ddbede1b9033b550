//! The explorer: the event loop between a person, a model and the app.
//!
//! One turn: wait for a signal, input, the model or the next frame, in that order of preference;
//! take what else the model has ready, up to a bound; tell the app; do what it asks; draw if something changed
//! and the last frame is long enough ago. Nothing here decides anything about the experiment.

mod perform;
mod shown;

use std::collections::{HashMap, VecDeque};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::EventStream;
use futures_util::StreamExt;
use tokio::time::MissedTickBehavior;

use crate::app::{App, Effect, Event, ModelLine};
use crate::domain::{Condition, JobEvent, JobId, ModelNo};
use crate::engine::JobHandle;
use crate::run::Stamp;
use crate::session::ExplorerSession;
use crate::ui;

use super::boards::Boards;
use super::cli::ExploreArgs;
use super::edit;
use super::failure::Failure;
use super::input;
use super::loaded::{Models, News, Wanted};
use super::look::{self, Look};
use super::model::Chosen;
use super::pacer::Pacer;
use super::recorded::Recorded;
use super::saves::Saves;
use super::signals;
use super::signals::{Ended, Signals, Stops, Told};
use super::state::Keeper;
use super::terminal::Screen;
use super::watch::{self, Found, Watch};
use super::{folders, items, model, setup};
pub use shown::{Asked, Shown, show};

/// At most this many waiting reports are taken in one turn.
const BATCH: usize = 256;

/// Why the explorer was left.
enum Left {
    Quit,
    Signal(Ended),
}

/// Opens the explorer.
///
/// # Errors
/// A mistake in the arguments or their files, before the screen is touched; a terminal that fails.
pub fn run(args: &ExploreArgs) -> Result<ExitCode, Failure> {
    again(args, None)
}

/// Opens it with what an earlier session had on screen.
///
/// # Errors
/// As for [`run`].
pub fn again(args: &ExploreArgs, session: Option<&ExplorerSession>) -> Result<ExitCode, Failure> {
    let set = items::items(&args.experiment.items)?;
    let settings = setup::settings(&args.experiment, true, &set.items)?;
    let look = look::look(&args.look)?;
    let keymap = look::keymap(&args.look)?;
    has_terminal("without one, use recant --plain, or recant run --out FOLDER")?;
    let how = args.model.first();
    let chosen: Vec<Chosen> =
        (args.model.all().iter().map(Chosen::from)).collect::<Result<_, _>>()?;
    model::room_beside(&chosen)?;
    let critic = Chosen::critic(args.experiment.critic.as_deref(), &how)?;
    let given = args.experiment.prompts.as_ref().filter(|p| p.is_dir());
    let folder = given.cloned().unwrap_or_else(|| PathBuf::from("."));
    let watch = Watch::new(given.map(PathBuf::as_path));
    // Who comes back has seen it.
    let tour = session.is_none() && !args.look.no_tour && folders::is_first("tour");
    let questions = set.sha256.clone();
    let shelf = setup::all_conditions(args.experiment.prompts.as_deref())?;
    let suits = |c: &&Arc<Condition>| set.items.iter().all(|i| c.unsuited(i).is_none());
    let all: Vec<Arc<Condition>> = shelf.iter().filter(suits).cloned().collect();
    show(Shown {
        app: Box::new(move |look, size| {
            let app = look::app(set.items, settings, look, keymap, size).with_shelf(shelf);
            match tour {
                true => app.with_tour(),
                false => app,
            }
        }),
        look,
        folder,
        watch,
        asked: Asked {
            how,
            pace: args.look.pace,
            models: Ok((chosen, critic)),
            weights: None,
        },
        recorded: None,
        questions: Some(questions),
        session: session.map(|s| (s, all)),
    })
}

/// Whether there is a terminal that can show the explorer; `instead` is what to do without one.
///
/// # Errors
/// There is none.
pub fn has_terminal(instead: &str) -> Result<(), Failure> {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        let said = format!("the explorer needs a terminal; {instead}");
        return Err(Failure::usage(said));
    }
    if std::env::var_os("TERM").is_some_and(|t| t == "dumb") {
        return Err(Failure::usage(
            "TERM=dumb cannot show the explorer; use recant run --out FOLDER, then recant report FOLDER",
        ));
    }
    Ok(())
}

/// How often progress is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How long the signals of another program that had the terminal may take to reach us.
const SETTLE: Duration = Duration::from_millis(30);

struct Explorer {
    app: App,
    look: Look,
    models: Models,
    handles: HashMap<JobId, JobHandle>,
    saves: Saves,
    watch: Watch,
    recorded: Option<Recorded>,
    keeper: Keeper,
    boards: Option<Boards>,
    /// What was asked for before anything was waited for.
    first: Vec<Effect>,
    begun: Instant,
    pacer: Pacer,
}

impl Explorer {
    fn new(
        app: App,
        look: Look,
        (folder, watch): (PathBuf, Watch),
        models: Models,
        keeper: Keeper,
    ) -> Explorer {
        let mut pacer = Pacer::default();
        pacer.mark();
        Explorer {
            app,
            look,
            models,
            handles: HashMap::new(),
            saves: Saves::new(folder),
            watch,
            recorded: None,
            keeper,
            boards: None,
            first: Vec::new(),
            begun: Instant::now(),
            pacer,
        }
    }

    /// Loads the models that were asked for at the start. The first one comes first, with the critic.
    fn load(&mut self, asked: Asked) {
        let (chosen, critic) = match asked.models {
            Ok(models) => models,
            Err(why) => {
                let failed = Event::ModelFailed(ModelNo::default(), why);
                let mut first = std::mem::take(&mut self.first);
                self.tell(failed, &mut first);
                self.first = first;
                return;
            }
        };
        let several = chosen.len() > 1;
        let mut critic = critic.map(Box::new);
        for (at, chosen) in chosen.into_iter().enumerate() {
            let no = match at {
                0 => Some(ModelNo::default()),
                _ => self.app.add_model(&chosen.files.name),
            };
            if let Some(no) = no {
                let wanted = Wanted::Chosen(Box::new(chosen), critic.take(), asked.weights.clone());
                self.models.load(no, wanted);
            }
        }
        if several {
            self.app.begin_with_models();
        }
    }

    fn now(&self) -> Stamp {
        Stamp(u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    async fn turns(&mut self, screen: &mut Screen) -> Result<Left, Failure> {
        let told = |e: std::io::Error| Failure::work(format!("terminal: {e}"));
        let mut signals = Signals::listen()?;
        let mut stops = Stops::listen()?;
        signals::end_after_hang_up()?;
        let mut inputs = EventStream::new();
        let mut batch = Vec::with_capacity(BATCH);
        let mut looks = tokio::time::interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut watches = tokio::time::interval(watch::EVERY);
        watches.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let frame = self.pacer.wait_ms(self.now());
            let mut effects = std::mem::take(&mut self.first);
            tokio::select! {
                biased;
                ended = signals.next() => return Ok(Left::Signal(ended)),
                told_by = stops.next() => match told_by {
                    Told::Stop => effects.push(Effect::Suspend),
                    // Somebody else may have written over the screen in between: all of it again.
                    Told::Resume => {
                        screen.take().map_err(told)?;
                        self.pacer.mark();
                    }
                    // What to do about it comes below.
                    Told::Resized => self.pacer.mark(),
                },
                input = inputs.next() => match input {
                    Some(Ok(input)) => {
                        // Those behind it take a turn each: a waiting frame or model is between them.
                        if let Some(event) = input::event(input) {
                            self.tell(event, &mut effects);
                        }
                    }
                    Some(Err(error)) => return Err(told(error)),
                    None => return Ok(Left::Signal(Ended::HANG_UP)),
                },
                // Before anything is waited for.
                () = std::future::ready(()), if !effects.is_empty() => {}
                news = self.models.next(&mut batch, BATCH) => self.heard(news, &mut effects),
                _ = looks.tick(), if self.models.is_loading() || !self.handles.is_empty() => {
                    if let Some((no, what)) = self.models.ended() {
                        self.bury(no, what, &mut effects);
                    }
                    if let Some((no, reading)) = self.models.progress() {
                        self.tell(Event::ModelLoading(no, reading), &mut effects);
                    }
                }
                _ = watches.tick(), if !self.watch.is_idle() => match self.watch.look() {
                    None => {}
                    Some(Found::Conditions(all)) => self.tell(Event::Prompts(all), &mut effects),
                    Some(Found::Mistakes(what)) => {
                        let said = format!("not reloaded: {what}");
                        self.tell(Event::Told(said), &mut effects);
                    }
                },
                () = tokio::time::sleep_until(self.keeper.due().into()) => {
                    if let Some(boards) = &mut self.boards {
                        boards.flush();
                    }
                    if let Err(why) = self.keeper.save(&self.app) {
                        self.tell(Event::Told(why), &mut effects);
                    }
                }
                () = tokio::time::sleep(Duration::from_millis(frame.unwrap_or(0))), if frame.is_some() => {}
            }
            for report in batch.drain(..) {
                let over = matches!(
                    report.event,
                    JobEvent::Finished { .. } | JobEvent::Failed { .. }
                );
                if over {
                    self.handles.remove(&report.id);
                }
                self.tell(Event::Job(report), &mut effects);
            }
            let mut queue = VecDeque::from(effects);
            while let Some(effect) = queue.pop_front() {
                let mut more = Vec::new();
                if let Effect::Edit(text) = effect {
                    // Two readers of one terminal would share its keys.
                    drop(inputs);
                    let edited = edit::outside(&text, screen).map_err(told);
                    inputs = EventStream::new();
                    // A Ctrl-Z over there was told to us as well, and done already: forget it.
                    tokio::time::sleep(SETTLE).await;
                    stops = Stops::listen()?;
                    self.tell(Event::Edited(edited?), &mut more);
                } else if self.perform(effect, screen, &mut more).map_err(told)? {
                    return Ok(Left::Quit);
                }
                queue.extend(more);
            }
            if self.app.take_dirty() {
                self.pacer.mark();
            }
            // An event of a new size can be lost between the library's readers; the size itself cannot.
            if self.pacer.wait_ms(self.now()) == Some(0) {
                let (width, height) = screen.size().map_err(told)?;
                if self.app.view().size != (width, height) {
                    self.tell(Event::Resize { width, height }, &mut Vec::new());
                    self.app.take_dirty();
                }
            }
            // Here and not as a branch above: a flood of reports must not starve the picture.
            if self.pacer.wait_ms(self.now()) == Some(0) {
                self.draw(screen).map_err(told)?;
            }
        }
    }

    fn tell(&mut self, event: Event, effects: &mut Vec<Effect>) {
        let now = self.now();
        self.app.update(event, now, effects);
    }

    fn heard(&mut self, news: News, effects: &mut Vec<Effect>) {
        let mut said = None;
        let event = match news {
            News::Opened(no, Ok(about)) => {
                // Before it is asked: what an earlier session had counted of it comes back.
                let boards = self.boards.as_mut();
                said = boards.and_then(|b| b.open(no, &about.weights_sha256, &mut self.app));
                let line = ModelLine {
                    has_critic: self.models.has_critic(no),
                    ..look::model_line(&about)
                };
                Event::ModelReady(no, line)
            }
            News::Opened(no, Err(failure)) => Event::ModelFailed(no, failure.to_string()),
            News::Reports(no, 0) => {
                return self.bury(no, "the model has stopped answering", effects);
            }
            News::Reports(..) => return,
            News::Cached(all) => Event::ModelsFound(String::new(), all),
        };
        self.tell(event, effects);
        if let Some(said) = said {
            // Beside what was said of it, or could not be put back.
            let said = match &self.app.view().notice {
                Some(before) => format!("{before}; {said}"),
                None => said,
            };
            self.tell(Event::Told(said), effects);
        }
    }

    /// Nobody answers for a model from here on.
    fn bury(&mut self, no: ModelNo, what: &str, effects: &mut Vec<Effect>) {
        self.handles.retain(|id, _| id.model() != no);
        let what = format!("{what}; start recant again (its answers stay on screen)");
        self.tell(Event::ModelFailed(no, what), effects);
    }

    fn draw(&mut self, screen: &mut Screen) -> std::io::Result<()> {
        let theme = self.look.theme(self.app.theme_no());
        let app = &self.app;
        screen.draw(|frame| ui::draw(app, theme, frame))?;
        self.pacer.drawn(self.now());
        Ok(())
    }
}
