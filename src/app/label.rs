//! Labels by hand for answers that the parser could not read, and notes on questions.
//!
//! Invariant: only what could not be read takes a label; a label counts in the scoreboard, is marked
//! wherever it counts, and goes again by labelling the answer as unreadable.

use std::sync::Arc;

use crate::domain::{Answer, Item, letter};
use crate::run::Seat;

use super::event::{Effect, Key, KeyCode};
use super::layout::Screen;
use super::overlay::{Overlay, Typed};
use super::transcript::Safe;
use super::{Action, App};

/// An answer that is being labelled.
#[derive(Clone, Debug)]
pub struct Labelling {
    /// Whose.
    pub seat: Seat,
    /// Its question, the options in the order shown.
    pub item: Arc<Item>,
    /// What was said.
    pub said: String,
    /// The chosen row.
    pub row: usize,
}

/// What an answer can be labelled as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// This option.
    Option(usize),
    /// None of them: the answer declines.
    Declines,
    /// Nothing that can be read.
    Unreadable,
}

impl Labelling {
    /// What can be chosen, in order.
    pub fn choices(&self) -> Vec<Choice> {
        let options = (0..self.item.options.len()).map(Choice::Option);
        options
            .chain([Choice::Declines, Choice::Unreadable])
            .collect()
    }

    fn answer(&self, choice: Choice) -> Option<Answer> {
        match choice {
            Choice::Option(no) => Some(Answer::of_option(&self.item, no)),
            Choice::Declines => Some(Answer::Abstain),
            Choice::Unreadable => None,
        }
    }
}

impl Choice {
    /// The key that chooses it at once.
    pub fn key(self) -> char {
        match self {
            Choice::Option(no) => letter(no),
            Choice::Declines => '-',
            Choice::Unreadable => '?',
        }
    }
}

impl App {
    /// The answer that a label would be for, and what it says: of the chosen row of a list, or of the
    /// pane. `Err` says why there is none.
    fn labelled(&self) -> Result<Labelling, &'static str> {
        const READ: &str = "the parser read this answer; labels are for what it could not read";
        let sweep = self.run.sweep();
        let items = self.run.items();
        if self.view.screen == Screen::Items {
            let list = self.view.items.as_ref().ok_or("no list")?;
            let row = list.rows.get(list.selected).ok_or("no answer here")?;
            let seat = Seat {
                item_no: row.item_no,
                condition: list.condition,
                take: Default::default(),
                round: list.round,
            };
            let item = items.get(row.item_no).ok_or("no question here")?;
            let said = sweep
                .register()
                .unread(row.item_no, seat.condition, seat.round);
            return match sweep.is_unparsed(&seat) {
                true => Ok(labelling(seat, item, said.unwrap_or_default())),
                false => Err(READ),
            };
        }
        let cursor = self.view.cursor;
        let (seat, item) = self
            .counted_seat()
            .ok_or("this answer is not in the scoreboard: labels are for what is counted there")?;
        let shown = self.play_in(cursor);
        let play = shown.and_then(|(run, no)| run.focus().play(no));
        let round = play.and_then(|p| p.round(cursor.round));
        let round = round.filter(|r| r.is_done()).ok_or("no answer yet")?;
        if round.answer != Some(Answer::Unparsed) || !sweep.is_unparsed(&seat) {
            return Err(READ);
        }
        let said = round.steps.last().map_or("", |s| s.text.as_str());
        Ok(labelling(seat, &item, said))
    }

    /// The place in the scoreboard of the answer in the pane under the cursor: a record's own, or one
    /// that was asked exactly as the scoreboard asks.
    fn counted_seat(&self) -> Option<(Seat, Arc<Item>)> {
        self.seat_of(self.view.cursor)
    }

    fn seat_of(&self, pane: super::PaneNo) -> Option<(Seat, Arc<Item>)> {
        let (run, no) = self.play_in(pane).filter(|_| pane.model == self.at)?;
        let focus = run.focus();
        let play = focus.play(no)?;
        let item_no = focus.item_no()?;
        let seat = Seat {
            item_no,
            condition: play.condition(),
            take: play.take(),
            round: pane.round,
        };
        let counted = match run.is_of_record() {
            true => play.is_recorded(pane.round),
            false => {
                let own = focus.parent(no).is_none() && item_no < self.run.set_len();
                let register = self.run.sweep().register();
                own && focus.settings() == self.run.sweep().settings()
                    && register
                        .entry(item_no, play.condition(), pane.round)
                        .is_some()
            }
        };
        counted.then(|| (seat, play.item().clone()))
    }

    /// What somebody read in a pane's answer that the parser could not read.
    pub fn label_in(&self, pane: super::PaneNo) -> Option<Answer> {
        let (seat, _) = self.seat_of(pane)?;
        self.run.sweep().label_of(&seat)
    }

    /// Whether there is something to label here.
    pub(super) fn can_label(&self) -> bool {
        (self.view.screen == Screen::Items || self.view.screen.has_panes())
            && self.labelled().is_ok()
    }

    pub(super) fn open_label(&mut self) {
        match self.labelled() {
            Ok(labelling) => self.view.overlay = Overlay::Label(Box::new(labelling)),
            Err(why) => self.view.notice = Some(why.into()),
        }
    }

    pub(super) fn on_label_key(
        &mut self,
        mut open: Box<Labelling>,
        key: Key,
        out: &mut Vec<Effect>,
    ) {
        let choices = open.choices();
        let action = self.keymap.action(key);
        let typed = key
            .typed()
            .and_then(|c| choices.iter().find(|o| o.key() == c));
        if let Some(choice) = typed {
            return self.take_label(&open, *choice, out);
        }
        match (key.code, action) {
            (KeyCode::Esc, _) => return,
            (KeyCode::Enter, _) => {
                if let Some(choice) = choices.get(open.row) {
                    return self.take_label(&open, *choice, out);
                }
            }
            (KeyCode::Up, _) | (_, Some(Action::Up)) => open.row = open.row.saturating_sub(1),
            (KeyCode::Down, _) | (_, Some(Action::Down)) => {
                open.row = (open.row + 1).min(choices.len().saturating_sub(1));
            }
            _ => {
                self.is_leaving(key, out);
            }
        }
        self.view.overlay = Overlay::Label(open);
    }

    fn take_label(&mut self, open: &Labelling, choice: Choice, out: &mut Vec<Effect>) {
        let answer = open.answer(choice);
        if !self.run.label(open.seat, answer) {
            return;
        }
        out.push(Effect::Label {
            seat: open.seat,
            label: answer,
        });
        let said = match choice {
            Choice::Option(no) => {
                let text = open.item.options.get(no).map_or("", String::as_str);
                format!("labelled ({}) {}", letter(no), Safe::line(text))
            }
            Choice::Declines => "labelled as declining".to_owned(),
            Choice::Unreadable => "no label: it cannot be read".to_owned(),
        };
        let left = self.relist(&open.seat);
        self.view.notice = Some(match left {
            Some(left) => Safe::from(format!("{said}; {left} unparsed left in this list")),
            None => Safe::from(said),
        });
    }

    /// Brings the open list up to date about one answer; from there, goes on to the next one that could
    /// not be read. Returns how many of them are left, in a list.
    fn relist(&mut self, seat: &Seat) -> Option<usize> {
        let is_list = self.view.screen == Screen::Items;
        let register = self.run.sweep().register();
        let list = self.view.items.as_mut()?;
        for row in list.rows.iter_mut().filter(|r| r.item_no == seat.item_no) {
            if (list.condition, list.round) == (seat.condition, seat.round)
                && let Some(entry) = register.entry(seat.item_no, seat.condition, seat.round)
            {
                row.now = *entry;
            }
        }
        if !is_list {
            return None;
        }
        let unread = |no: &usize| list.rows[*no].now.answer == Answer::Unparsed;
        let after = list.selected + 1..list.rows.len();
        if let Some(next) = after.into_iter().find(unread) {
            list.selected = next;
        }
        Some((0..list.rows.len()).filter(unread).count())
    }

    /// The question that a note would be on: that of the chosen row of a list, else the one that the
    /// panes show, which the scoreboard has no other of.
    fn noted(&self) -> Option<usize> {
        let listed = match (self.view.screen, &self.view.items) {
            (Screen::Items, Some(list)) => list.rows.get(list.selected).map(|row| row.item_no),
            _ => None,
        };
        listed.or_else(|| self.item().map(|_| self.view.item_no))
    }

    /// Whether there is a question to note on.
    pub(super) fn can_note(&self) -> bool {
        self.noted().is_some()
    }

    /// The note on a question.
    pub fn note(&self, item_no: usize) -> Option<&str> {
        let item = self.run.items().get(item_no)?;
        self.notes.get(&item.id.0).map(String::as_str)
    }

    /// All notes, by the questions' names.
    pub fn notes(&self) -> &std::collections::BTreeMap<Arc<str>, String> {
        &self.notes
    }

    /// The same, with the notes that an earlier session left.
    pub fn with_notes(self, notes: impl IntoIterator<Item = (Arc<str>, String)>) -> App {
        App {
            notes: notes.into_iter().collect(),
            ..self
        }
    }

    pub(super) fn open_note(&mut self) {
        let Some(item_no) = self.noted() else { return };
        let mut typed = Typed::default();
        typed.paste(self.note(item_no).unwrap_or_default());
        self.view.overlay = Overlay::Note(item_no, typed);
    }

    pub(super) fn on_note_key(
        &mut self,
        item_no: usize,
        mut typed: Typed,
        key: Key,
        out: &mut Vec<Effect>,
    ) {
        match key.code {
            KeyCode::Esc => return,
            KeyCode::Enter => return self.take_note(item_no, typed.text().trim(), out),
            _ if self.is_leaving(key, out) => {}
            _ => {
                typed.on_key(key);
            }
        }
        self.view.overlay = Overlay::Note(item_no, typed);
    }

    fn take_note(&mut self, item_no: usize, text: &str, out: &mut Vec<Effect>) {
        let Some(item) = self.run.items().get(item_no) else {
            return;
        };
        let before = match text.is_empty() {
            true => self.notes.remove(&item.id.0),
            false => self.notes.insert(item.id.0.clone(), text.to_owned()),
        };
        if before.as_deref().unwrap_or_default() != text {
            out.push(Effect::Note {
                item_no,
                text: text.to_owned(),
            });
            let name = Safe::line(&item.id.0);
            self.view.notice = Some(match text.is_empty() {
                true => format!("the note on {name} is gone").into(),
                false => format!("noted on {name}: in its list, and on its whole question").into(),
            });
        }
    }
}

fn labelling(seat: Seat, item: &Arc<Item>, said: &str) -> Labelling {
    Labelling {
        seat,
        item: item.clone(),
        said: said.to_owned(),
        row: 0,
    }
}
