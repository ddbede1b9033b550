//! What is on screen, taken out of one session and put into another.
//!
//! Invariant: geometry and texts are left out: they follow from the rest. What
//! does not fit the questions or conditions of this session is left as it is here.

use crate::run::{Kept, Labels};

use super::App;
use super::inspect::Heat;
use super::layout::{Arrangement, PaneNo, Screen};
use super::metric::Metric;
use super::own;
use super::pane_text::Turns;
use super::place::Place;

/// What is on screen.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptScreen {
    /// The question's name.
    pub item: String,
    /// Its position.
    pub item_no: usize,
    /// What fills the screen.
    pub screen: Screen,
    /// How panes stand.
    pub arrangement: Arrangement,
    /// The pane under the cursor.
    pub cursor: (u16, u16),
    /// Whether clauses are shown above the columns.
    pub strips: bool,
    /// By what tokens are marked.
    pub heat: Heat,
    /// What the small scoreboard shows.
    pub metric: Metric,
    /// The chosen category.
    pub category: Option<String>,
    /// Whether user's turns are in full: in panes, in one pane.
    pub turns_full: (bool, bool),
    /// The theme's name.
    pub theme: String,
    /// Whether the background benchmark runs.
    pub sweeping: bool,
    /// Where the reader is within it.
    pub place: Place,
}

/// A session.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptSession {
    /// What is on screen.
    pub screen: KeptScreen,
    /// Questions of one's own, as the form has them.
    pub own: Vec<String>,
    /// The answers to the question on screen.
    pub focus: Kept,
}

impl App {
    /// What a session is gone on with from.
    pub fn kept(&self) -> KeptSession {
        let view = &self.view;
        let items = self.run.items();
        let item = self.item();
        let theme = view.themes.get(view.theme);
        KeptSession {
            screen: KeptScreen {
                item: item.map_or_else(String::new, |i| i.id.to_string()),
                item_no: view.item_no,
                screen: view.screen,
                arrangement: view.arrangement,
                cursor: (view.cursor.condition.0, view.cursor.round.0),
                strips: view.strips,
                heat: view.heat,
                metric: self.metric(),
                category: view.category_name().map(str::to_owned),
                turns_full: (
                    view.turns_in_panes == Turns::Full,
                    view.turns_in_zoom == Turns::Full,
                ),
                theme: theme.map_or_else(String::new, |t| t.as_str().to_owned()),
                sweeping: match &view.model {
                    super::Model::Ready { .. } => self.run.sweep().is_running(),
                    super::Model::Loading(_) | super::Model::Failed(_) => self.sweep_at_start,
                },
                place: self.reading_place(),
            },
            own: items[self.run.set_len()..]
                .iter()
                .map(|i| own::write(i))
                .collect(),
            focus: self.run.focus().kept(view.item_no),
        }
    }

    /// Adds the questions of one's own of an earlier session; returns how many could not be read.
    pub fn put_back_own(&mut self, own: &[String]) -> usize {
        let mut lost = 0;
        for text in own {
            match own::read(text, self.own_count()) {
                Ok(item) => {
                    self.run.add_own(item.into());
                }
                Err(_) => lost += 1,
            }
        }
        lost
    }

    /// Puts back what was on screen. Returns whether its question is here.
    pub fn put_back(&mut self, screen: &KeptScreen, focus: Kept) -> bool {
        let items = self.run.items();
        let same = |no: &usize| items.get(*no).is_some_and(|i| *i.id.0 == *screen.item);
        let by_name = || items.iter().position(|i| *i.id.0 == *screen.item);
        let Some(item_no) = Some(screen.item_no).filter(same).or_else(by_name) else {
            return false;
        };
        let members = screen.category.as_ref().map(|name| {
            let all = items.iter().enumerate();
            let mine = all.filter(|(_, i)| *i.category == **name);
            (name.as_str().into(), mine.map(|(no, _)| no).collect())
        });
        let members: Option<(_, Vec<usize>)> = members;
        let view = &mut self.view;
        view.category = members.filter(|(_, all)| all.binary_search(&item_no).is_ok());
        view.item_no = item_no;
        view.screen = screen.screen;
        view.arrangement = screen.arrangement;
        view.strips = screen.strips;
        view.heat = screen.heat;
        view.metric = Some(screen.metric);
        let turns = |full: bool| if full { Turns::Full } else { Turns::Brief };
        view.turns_in_panes = turns(screen.turns_full.0);
        view.turns_in_zoom = turns(screen.turns_full.1);
        if let Some(theme) = view.themes.iter().position(|t| t.as_str() == screen.theme) {
            view.theme = theme;
        }
        let columns = u16::try_from(focus.columns.len()).unwrap_or(u16::MAX);
        let last = |n: u16| n.saturating_sub(1);
        let rounds = focus.settings.rounds;
        view.cursor = PaneNo::new(
            screen.cursor.0.min(last(columns)),
            screen.cursor.1.min(last(rounds)),
        );
        view.showing += 1;
        self.sweep_at_start = self.record.is_none() && screen.sweeping;
        let was_there = self.run.put_back(Kept { item_no, ..focus });
        self.put_back_place(&screen.place);
        self.sync();
        was_there
    }

    /// Labels that an earlier session gave; they count when their answers come.
    pub fn put_back_labels(&mut self, labels: Labels) {
        self.run.sweep_mut().set_labels(labels);
    }
}
