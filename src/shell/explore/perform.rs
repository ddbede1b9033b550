//! What the app asks of the world, done.
//!
//! Invariant: what comes of it is told to the app, which may ask for more.

use crate::app::{Effect, Event};
use crate::session::SessionError;

use super::super::copies;
use super::super::loaded::Wanted;
use super::super::openable;
use super::super::saves::Saved;
use super::super::signals;
use super::super::terminal::Screen;
use super::super::watch::Found;
use super::Explorer;

impl Explorer {
    /// Does what the app asks. True: leave.
    pub(super) fn perform(
        &mut self,
        effect: Effect,
        screen: &mut Screen,
        more: &mut Vec<Effect>,
    ) -> std::io::Result<bool> {
        match effect {
            Effect::Start(job) => {
                let id = job.id;
                if let Some(handle) = self.models.start(job) {
                    self.handles.insert(id, handle);
                }
            }
            Effect::Cancel(id) => {
                self.handles.remove(&id);
            }
            Effect::FindModels(typed) if typed.is_empty() => self.models.find_cached(),
            Effect::FindModels(typed) => {
                let found = openable::below(&typed);
                self.tell(Event::ModelsFound(typed, found), more);
            }
            Effect::Unload(no) => {
                self.handles.retain(|id, _| id.model() != no);
                self.models.unload(no);
            }
            Effect::OpenModel(no, named) => self.models.load(no, Wanted::named(&named)),
            Effect::Quit => return Ok(true),
            Effect::Suspend => {
                screen.give_back();
                signals::stop_group()?;
                screen.take()?;
                self.pacer.mark();
            }
            // Done in the event loop, which has to let go of the terminal.
            Effect::Edit(_) => {}
            Effect::Save { name, text } => {
                self.save(&name, &text, more);
            }
            Effect::Copy { name, text } => {
                let said = copies::copy(screen, &name, &text);
                self.tell(Event::Told(said), more);
            }
            Effect::Recall(item_no) => {
                let recalled = self.recorded.as_ref().map(|r| r.recall(item_no));
                if let Some(recalled) = recalled {
                    let recalled = recalled.map_err(|e| e.to_string());
                    self.tell(Event::Recalled(item_no, recalled), more);
                }
            }
            Effect::Counted(no, finished) => {
                if let (Some(boards), Some(run)) = (&mut self.boards, self.app.run_of(no)) {
                    boards.keep(no, &finished, run.sweep().settings());
                }
            }
            Effect::Label { seat, label } => {
                let kept = self.recorded.as_mut().map(|r| r.keep_label(&seat, label));
                self.complain(kept, more);
            }
            Effect::LabelSaying { saying, label } => {
                let kept = self.recorded.as_mut();
                let kept = kept.map(|r| r.keep_saying(&saying, label));
                self.complain(kept, more);
            }
            Effect::Note { item_no, text } => {
                let kept = self.recorded.as_mut().map(|r| r.keep_note(item_no, text));
                self.complain(kept, more);
            }
            Effect::SetMouse(on) => screen.set_mouse(on)?,
            Effect::Repaint => {
                screen.repaint()?;
                self.pacer.mark();
            }
        }
        Ok(false)
    }

    /// Saves a prompt, and offers it from now on.
    fn save(&mut self, name: &str, text: &str, more: &mut Vec<Effect>) {
        let saved = self.saves.save(name, text, |path| self.watch.text(path));
        let (path, said) = match saved {
            Err(why) => return self.tell(Event::Told(why), more),
            Ok(Saved::New(path)) => {
                let folder = self.saves.folder().display();
                let said = format!(
                    "saved as {}; --prompts {folder} offers it in later sessions",
                    path.display()
                );
                (path, said)
            }
            Ok(Saved::Over(path)) => {
                let said = format!("saved again as {}", path.display());
                (path, said)
            }
            Ok(Saved::Instead(path, before)) => {
                let (now, before) = (path.display(), before.display());
                let said = format!("saved as {now}; what it held before is {before}");
                (path, said)
            }
        };
        self.watch.add(path);
        let said = match self.watch.read() {
            Found::Conditions(all) => {
                self.tell(Event::Prompts(all), more);
                said
            }
            Found::Mistakes(what) => format!("{said}; not offered yet: {what}"),
        };
        self.tell(Event::Told(said), more);
    }

    /// Says what could not be kept.
    fn complain(&mut self, kept: Option<Result<(), SessionError>>, more: &mut Vec<Effect>) {
        if let Some(Err(error)) = kept {
            self.tell(Event::Told(format!("not saved: {error}")), more);
        }
    }
}
