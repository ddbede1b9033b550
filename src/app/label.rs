//! Labels by hand.
//!
//! Invariant: a label counts in the scoreboard only where the parser could not read an answer that is
//! counted there; any other one is shown and kept without counting (see [`super::saying`]), and says so.
//! A label goes again by labelling the answer as the parser left it.

use std::sync::Arc;

use crate::domain::{Answer, Item, letter};
use crate::run::Seat;

use super::event::{Effect, Key, KeyCode};
use super::layout::Screen;
use super::overlay::Overlay;
use super::saying::Saying;
use super::transcript::Safe;
use super::{Action, App};

/// An answer that is being labelled.
#[derive(Clone, Debug)]
pub struct Labelling {
    /// Its condition's or branch's name, and its round.
    pub whose: Safe,
    /// Its place in the scoreboard, where a label counts there.
    pub seat: Option<Seat>,
    /// Whether the scoreboard has it at all.
    pub is_counted: bool,
    /// What it is known by beside the scoreboard; in lists there is none.
    pub saying: Option<Saying>,
    /// What the parser read.
    pub parsed: Answer,
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
    /// Why a label does not count, where it does not.
    pub fn counts_not(&self) -> &'static str {
        match (self.seat, self.is_counted) {
            (Some(_), _) => "",
            (None, false) => "kept, but not counted: this answer is not in the scoreboard",
            (None, true) => "kept, but not counted: the scoreboard goes by what the parser read",
        }
    }

    /// What can be chosen, in order.
    pub fn choices(&self) -> Vec<Choice> {
        let options = (0..self.item.options.len()).map(Choice::Option);
        options
            .chain([Choice::Declines, Choice::Unreadable])
            .collect()
    }
}

impl Choice {
    /// The answer that it says was given; `None` where it takes a label back, or there is no such option.
    pub fn answer(self, item: &Item) -> Option<Answer> {
        match self {
            Choice::Option(no) if no < item.options.len() => Some(Answer::of_option(item, no)),
            Choice::Declines => Some(Answer::Abstain),
            Choice::Option(_) | Choice::Unreadable => None,
        }
    }

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
    /// The answer that a label would be for: of the chosen row of a list, or of the pane. `Err` says why
    /// there is none.
    fn labelled(&self) -> Result<Labelling, &'static str> {
        match self.view.screen {
            Screen::Items => self.labelled_in_list(),
            _ => self.labelled_in_pane(),
        }
    }

    fn labelled_in_list(&self) -> Result<Labelling, &'static str> {
        let sweep = self.run.sweep();
        let list = self.view.items.as_ref().ok_or("no list")?;
        let row = list.rows.get(list.selected).ok_or("no answer here")?;
        let seat = Seat {
            item_no: row.item_no,
            condition: list.condition,
            take: Default::default(),
            round: list.round,
        };
        let item = self.run.items().get(row.item_no);
        let item = item.ok_or("no question here")?;
        if !sweep.is_unparsed(&seat) {
            return Err(
                "the parser read this answer, and that counts; shown in a pane, it takes a label there",
            );
        }
        let register = sweep.register();
        let said = register.unread(row.item_no, seat.condition, seat.round);
        let condition = sweep.settings().condition(seat.condition);
        let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
        Ok(Labelling {
            whose: name.join(&format!(" r{}", seat.round.0).into()),
            seat: Some(seat),
            is_counted: true,
            saying: None,
            parsed: Answer::Unparsed,
            item: item.clone(),
            said: said.unwrap_or_default().to_owned(),
            row: 0,
        })
    }

    fn labelled_in_pane(&self) -> Result<Labelling, &'static str> {
        let cursor = self.view.cursor;
        let (run, no) = self.play_in(cursor).ok_or("no answer yet")?;
        let play = run.focus().play(no).ok_or("no answer yet")?;
        let round = play.round(cursor.round).filter(|r| r.is_done());
        let round = round.ok_or("no answer yet")?;
        let saying = self.saying(cursor).ok_or("a free text chooses no option")?;
        let parsed = round.answer.unwrap_or(Answer::Unparsed);
        let seat = self.seat_of(cursor).map(|(seat, _)| seat);
        let counts = |seat: &Seat| parsed == Answer::Unparsed && self.run.sweep().is_unparsed(seat);
        let name = self.pane_name(cursor);
        Ok(Labelling {
            whose: name.join(&format!(" r{}", cursor.round.0).into()),
            is_counted: seat.is_some(),
            seat: seat.filter(counts),
            said: saying.said.clone(),
            saying: Some(saying),
            parsed,
            item: play.item().clone(),
            row: 0,
        })
    }

    /// The place in the scoreboard of the answer in a pane: a record's own, or one that was asked exactly
    /// as the scoreboard asks.
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

    /// What somebody read in a pane's answer, and whether that counts in the scoreboard.
    pub fn label_in(&self, pane: super::PaneNo) -> Option<(Answer, bool)> {
        let counted = self.seat_of(pane);
        let counted = counted.and_then(|(seat, _)| self.run.sweep().label_of(&seat));
        if let Some(label) = counted {
            return Some((label, true));
        }
        // Most panes have none: their texts are not to be put together for every frame.
        if self.sayings.is_empty() {
            return None;
        }
        let label = self.sayings.get(&self.saying(pane)?)?;
        let (run, no) = self.play_in(pane)?;
        let item = run.focus().play(no)?.item();
        Some((label.answer(item)?, false))
    }

    /// Whether there is something to label here.
    pub(super) fn can_label(&self) -> bool {
        (self.view.screen == Screen::Items || self.view.screen.has_panes())
            && self.labelled().is_ok()
    }

    /// Whether what could be labelled here is what the parser could not read.
    pub(super) fn is_unread_here(&self) -> bool {
        let labelled = self.labelled();
        labelled.is_ok_and(|l| l.parsed == Answer::Unparsed)
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
        let label = (choice != Choice::Unreadable).then_some(choice);
        let answer = choice.answer(&open.item);
        let counts = open.seat.filter(|seat| self.run.label(*seat, answer));
        if let Some(seat) = counts {
            out.push(Effect::Label {
                seat,
                label: answer,
            });
        }
        // Where it counts, the one that did not is gone.
        if let Some(saying) = &open.saying {
            let label = label.filter(|_| counts.is_none());
            if self.label_saying(saying, label) {
                out.push(Effect::LabelSaying {
                    saying: Box::new(saying.clone()),
                    label,
                });
            }
        }
        let said = match choice {
            Choice::Option(no) => {
                let text = open.item.options.get(no).map_or("", String::as_str);
                format!("labelled ({}) {}", letter(no), Safe::line(text))
            }
            Choice::Declines => "labelled as declining".to_owned(),
            Choice::Unreadable if open.parsed == Answer::Unparsed => {
                "no label: it cannot be read".to_owned()
            }
            Choice::Unreadable => "no label: as the parser read it".to_owned(),
        };
        let left = counts.and_then(|seat| self.relist(&seat));
        self.view.notice = Some(Safe::from(match (counts, left, label) {
            (Some(_), Some(left), _) => format!("{said}; {left} unparsed left in this list"),
            (Some(_), None, _) | (None, _, None) => said,
            (None, _, Some(_)) => format!("{said}; {}", open.counts_not()),
        }));
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
}
