//! Looking for words in the panes on screen.
//!
//! Invariant: a hit is cells of the text as it is shown, whole clusters each: a wide character is marked
//! whole, and words are found across the end of a row. After every update the hits are those of the
//! texts on screen. A capital in what is looked for makes capitals count.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;

use super::App;
use super::event::{Effect, Key, KeyCode};
use super::layout::PaneNo;
use super::overlay::{Overlay, Typed};
use super::pane_text::Reader;
use super::transcript::{Safe, width};
use super::wrap::{End, Row};

/// Cells of one row of a pane's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Row, counted from the beginning of the text.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// How many columns.
    pub columns: usize,
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// In which pane.
    pub pane: PaneNo,
    /// Where in its text; a row each.
    pub cells: Vec<Cells>,
}

/// What is looked for, and where it was found.
#[derive(Clone, Debug, Default)]
pub struct Search {
    typed: Typed,
    hits: Vec<Hit>,
    /// The hit that was gone to: which pane, and which of that pane's.
    at: Option<(PaneNo, usize)>,
    /// Where the readers of the panes stood when it was opened.
    before: Vec<(PaneNo, Reader)>,
    /// The last key went to a hit: that is what has to stay in sight.
    pub(super) held: bool,
}

impl Search {
    /// What is looked for.
    pub fn typed(&self) -> &Typed {
        &self.typed
    }

    /// All hits on screen, panes in reading order.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }

    /// Which of them was gone to.
    pub fn at(&self) -> Option<usize> {
        let (pane, nth) = self.at?;
        let first = self.hits.iter().position(|h| h.pane == pane)?;
        let here = self.hits.get(first + nth)?;
        (here.pane == pane).then_some(first + nth)
    }

    /// How many of them are in a pane.
    pub fn count(&self, pane: PaneNo) -> usize {
        self.hits.iter().filter(|h| h.pane == pane).count()
    }

    fn go(&mut self, to: usize) -> Option<&Hit> {
        let hit = self.hits.get(to)?;
        let first = self.hits.iter().position(|h| h.pane == hit.pane)?;
        self.at = Some((hit.pane, to - first));
        self.held = true;
        self.hits.get(to)
    }
}

/// What is looked for, cluster by cluster.
struct Wanted {
    clusters: Vec<String>,
    exact: bool,
}

impl Wanted {
    fn of(typed: &str) -> Wanted {
        let exact = typed.chars().any(char::is_uppercase);
        let text = Safe::line(typed);
        let clusters = match typed.trim().is_empty() {
            true => Vec::new(),
            false => text
                .as_str()
                .graphemes(true)
                .map(|c| folded(c, exact).into_owned())
                .collect(),
        };
        Wanted { clusters, exact }
    }
}

fn folded(cluster: &str, exact: bool) -> Cow<'_, str> {
    match exact || cluster.chars().all(|c| !c.is_uppercase()) {
        true => Cow::Borrowed(cluster),
        false => Cow::Owned(cluster.to_lowercase()),
    }
}

/// All places in some rows, none within another.
fn find(rows: &[Row], wanted: &Wanted) -> Vec<Vec<Cells>> {
    if wanted.clusters.is_empty() {
        return Vec::new();
    }
    let mut units: Vec<(Cow<'_, str>, Cells)> = Vec::new();
    for (row, text) in rows.iter().enumerate() {
        let mut column = 0;
        for cluster in text
            .runs
            .iter()
            .flat_map(|(_, run)| run.as_str().graphemes(true))
        {
            let columns = width(cluster);
            units.push((
                folded(cluster, wanted.exact),
                Cells {
                    row,
                    column,
                    columns,
                },
            ));
            column += columns;
        }
        let nothing = Cells {
            row,
            column,
            columns: 0,
        };
        match text.ends {
            End::Line => units.push((Cow::Borrowed("\n"), nothing)),
            End::Space => units.push((Cow::Borrowed(" "), nothing)),
            End::Wrapped => {}
        }
    }
    let long = wanted.clusters.len();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(window) = units.get(from..from + long) {
        if window
            .iter()
            .zip(&wanted.clusters)
            .all(|((c, _), w)| c == w)
        {
            found.push(joined(window));
            from += long;
        } else {
            from += 1;
        }
    }
    found
}

/// The cells of a hit, a row each.
fn joined(window: &[(Cow<'_, str>, Cells)]) -> Vec<Cells> {
    let mut rows: Vec<Cells> = Vec::new();
    for (_, cells) in window.iter().filter(|(_, c)| c.columns > 0) {
        match rows.last_mut() {
            Some(last) if last.row == cells.row => last.columns += cells.columns,
            _ => rows.push(*cells),
        }
    }
    rows
}

impl App {
    /// Whether something is looked for in panes.
    pub fn is_searching(&self) -> bool {
        self.view.search.is_some() && self.view.screen.has_panes()
    }

    pub(super) fn open_search(&mut self) {
        let readers = self.view.texts.iter();
        self.view.search = Some(Search {
            before: readers.map(|(no, text)| (*no, text.reader())).collect(),
            ..Search::default()
        });
        self.view.overlay = Overlay::Search;
    }

    pub(super) fn on_search_key(&mut self, key: Key, out: &mut Vec<Effect>) {
        let ctrl = |c| key.ctrl && key.code == KeyCode::Char(c);
        self.view.overlay = Overlay::Search;
        match key.code {
            KeyCode::Esc => self.take_back_search(),
            KeyCode::Enter => self.keep_search(out),
            KeyCode::Up => self.step_hit(false, out),
            KeyCode::Down => self.step_hit(true, out),
            _ if ctrl('p') => self.step_hit(false, out),
            _ if ctrl('n') => self.step_hit(true, out),
            _ if self.is_leaving(key, out) => {}
            _ => {
                self.edit_search(|typed| typed.on_key(key));
            }
        }
    }

    /// Changes what is looked for; the first hit from the cursor's pane on comes into sight.
    pub(super) fn edit_search(&mut self, change: impl FnOnce(&mut Typed) -> bool) -> bool {
        let Some(search) = &mut self.view.search else {
            return false;
        };
        if !change(&mut search.typed) {
            return false;
        }
        search.at = None;
        self.sync_search();
        let to = self.nearest_hit();
        self.show_hit(to);
        true
    }

    /// Nothing was found that is wanted: panes go back to where they were.
    fn take_back_search(&mut self) {
        let before = self.view.search.take().map(|s| s.before);
        for (pane, reader) in before.unwrap_or_default() {
            if let Some(text) = self.view.texts.get_mut(&pane) {
                text.put_back(reader);
            }
        }
        self.end_search();
    }

    pub(super) fn end_search(&mut self) {
        self.view.search = None;
        if let Overlay::Search = self.view.overlay {
            self.view.overlay = Overlay::None;
        }
    }

    /// The line is typed: keys act on panes again, those of the next question on hits.
    fn keep_search(&mut self, out: &mut Vec<Effect>) {
        self.view.overlay = Overlay::None;
        let search = self.view.search.as_ref();
        match search.and_then(Search::at) {
            Some(at) => self.enter_hit(at, out),
            None => {
                let typed = search.map_or_else(Safe::default, |s| Safe::line(s.typed.text()));
                if !typed.is_empty() {
                    let said = format!("not in the panes on screen: {typed}");
                    self.view.notice = Some(said.into());
                }
                self.end_search();
            }
        }
    }

    /// To the next hit or the one before, round and round.
    pub(super) fn step_hit(&mut self, forward: bool, out: &mut Vec<Effect>) {
        let Some(search) = &self.view.search else {
            return;
        };
        let n = search.hits.len();
        let to = match (search.at(), forward) {
            (None, _) => self.nearest_hit(),
            (Some(at), true) => (at + 1) % n.max(1),
            (Some(at), false) => (at + n - 1) % n.max(1),
        };
        match self.view.overlay {
            Overlay::Search => {
                self.show_hit(to);
            }
            _ => self.enter_hit(to, out),
        }
    }

    /// The first hit in the cursor's pane or after it.
    fn nearest_hit(&self) -> usize {
        let panes = self.areas().map(|a| a.panes).unwrap_or_default();
        let place = |pane: PaneNo| panes.iter().position(|(p, _)| *p == pane);
        let from = place(self.view.cursor);
        let hits = self.view.search.as_ref().map_or(&[][..], |s| &s.hits);
        hits.iter().position(|h| place(h.pane) >= from).unwrap_or(0)
    }

    /// Brings a hit into sight; returns its pane.
    fn show_hit(&mut self, to: usize) -> Option<PaneNo> {
        let hit = self.view.search.as_mut()?.go(to)?;
        let (pane, row) = (hit.pane, hit.cells.first().map(|c| c.row));
        if let (Some(text), Some(row)) = (self.view.texts.get_mut(&pane), row) {
            text.reveal_row(row);
        }
        Some(pane)
    }

    /// The same, and keys act on its pane.
    fn enter_hit(&mut self, to: usize, out: &mut Vec<Effect>) {
        if let Some(pane) = self.show_hit(to) {
            self.go_to(pane, out);
        }
    }

    /// After a change: the hits of the texts on screen.
    pub(super) fn sync_search(&mut self) {
        let Some(mut search) = self.view.search.take() else {
            return;
        };
        search.hits.clear();
        if self.view.screen.has_panes() {
            let wanted = Wanted::of(search.typed.text());
            let panes = self.areas().map(|a| a.panes).unwrap_or_default();
            for (pane, _) in panes {
                let rows = self.view.texts.get(&pane).map_or(&[][..], |t| t.all_rows());
                let hits = find(rows, &wanted).into_iter();
                search.hits.extend(hits.map(|cells| Hit { pane, cells }));
            }
        }
        self.view.search = Some(search);
    }
}

#[cfg(test)]
mod tests {
    use super::super::role::Role;
    use super::super::wrap::{Piece, Wrapped};
    use super::*;

    fn found(text: &str, columns: usize, wanted: &str) -> Vec<Vec<(usize, usize, usize)>> {
        let mut wrapped = Wrapped::new(columns);
        wrapped.extend(&[Piece {
            role: Role::Generated,
            text,
            begins_row: true,
            brief: false,
        }]);
        let hits = find(wrapped.rows(), &Wanted::of(wanted)).into_iter();
        let plain = |c: Cells| (c.row, c.column, c.columns);
        hits.map(|cells| cells.into_iter().map(plain).collect())
            .collect()
    }

    #[test]
    fn words_are_found_across_rows_but_not_across_lines() {
        // "the cook" / "did it": the break took the space.
        assert_eq!(
            found("the cook did it", 8, "cook did"),
            [[(0, 4, 4), (1, 0, 3)]]
        );
        assert_eq!(found("the cook\ndid it", 8, "cook did").len(), 0);
        // "unbeliev" / "ably": broken within the word.
        assert_eq!(
            found("unbelievably", 8, "eva"),
            [vec![(0, 7, 1), (1, 0, 2)]].map(|mut v| {
                v[0] = (0, 6, 2);
                v[1] = (1, 0, 1);
                v
            })
        );
        assert_eq!(found("aaaa", 8, "aa"), [[(0, 0, 2)], [(0, 2, 2)]]);
    }

    #[test]
    fn capitals_count_only_where_one_is_typed() {
        assert_eq!(found("The the", 8, "the").len(), 2);
        assert_eq!(found("The the", 8, "The").len(), 1);
        assert_eq!(found("x", 8, "  ").len(), 0);
    }

    #[test]
    fn wide_characters_are_marked_whole() {
        assert_eq!(found("私は日本語", 20, "日本"), [[(0, 4, 4)]]);
        assert_eq!(found("日本日", 5, "本日"), [[(0, 2, 2), (1, 0, 2)]]);
        assert_eq!(found("cafe\u{301} x", 20, "e\u{301} x"), [[(0, 3, 3)]]);
        assert_eq!(found("a\u{1b}b", 20, "‹1B›"), [[(0, 1, 4)]]);
    }
}
