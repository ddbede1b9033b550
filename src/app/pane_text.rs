//! A pane's text as wrapped rows, and where its reader stands in it.
//!
//! Invariant: what is shown lies within the text; a pane follows the newest row until its reader
//! scrolls back, and then stays on the same words when the width changes.

use crate::domain::{Role as Speaker, Round, Voice};
use crate::run::PlayNo;

use super::pairs::Part;
use super::role::{Line, Role};
use super::transcript::gated;
use super::wrap::{Piece, Place, Row, Wrapped};

/// How much of the user's turns is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turns {
    /// One row each.
    Brief,
    /// All of them.
    Full,
}

/// Where a reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// At the newest row.
    Follows,
    /// The row with this place is on top.
    At(Place),
}

/// Which showing of an item, and which of its plays.
pub type Showing = (u64, PlayNo);

/// Cells of a row in sight that show one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Row, 0 is the first one in sight.
    pub row: usize,
    /// First column.
    pub column: usize,
    /// How many columns.
    pub columns: usize,
    /// Step of the round.
    pub step: usize,
    /// Token of the step.
    pub token: usize,
}

/// The text of one pane.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneText {
    wrapped: Wrapped,
    /// The same text as it was shown before, brief or full and at its width, up to some token: zooming in
    /// and out wraps nothing twice.
    aside: Option<(Turns, Wrapped)>,
    turns: Turns,
    /// Which showing of an item, and which play, the rows belong to.
    showing: Showing,
    /// How many pieces, and bytes in them, are wrapped: text only grows.
    seen: (usize, usize),
    height: usize,
    reader: Reader,
    /// What stands there instead of what was said.
    held: Option<Vec<Part>>,
}

impl PaneText {
    /// Nothing said yet.
    pub fn new() -> PaneText {
        PaneText {
            wrapped: Wrapped::new(1),
            aside: None,
            turns: Turns::Brief,
            showing: (0, PlayNo(0)),
            seen: (0, 0),
            height: 0,
            reader: Reader::Follows,
            held: None,
        }
    }

    /// Shows this instead of what was said.
    pub fn hold(&mut self, parts: Vec<Part>, showing: Showing, size: (u16, u16)) {
        let columns = usize::from(size.0).max(1);
        let is_other = self.showing != showing || self.held.is_none();
        self.height = usize::from(size.1);
        if is_other || self.wrapped.columns() != columns || self.held.as_ref() != Some(&parts) {
            let pieces: Vec<Piece<'_>> = parts
                .iter()
                .map(|(role, text, begins_row)| Piece {
                    role: *role,
                    text,
                    begins_row: *begins_row,
                    brief: false,
                })
                .collect();
            let mut wrapped = Wrapped::new(columns);
            wrapped.extend(&pieces);
            // From the row before the first difference on: that is what it stands there for.
            if is_other {
                let differs = |p: &Part| matches!(p.0, Role::OnlyLeft | Role::OnlyRight);
                let first = parts.iter().position(differs).unwrap_or(0);
                let row = wrapped.row_of((first, 0)).saturating_sub(1);
                let start = wrapped.rows().get(row).map_or((0, 0), |r| r.start);
                self.reader = Reader::At(start);
            }
            (self.wrapped, self.showing, self.held) = (wrapped, showing, Some(parts));
        }
    }

    /// Whether something else stands there than what was said.
    pub fn is_held(&self) -> bool {
        self.held.is_some()
    }

    /// Brings the rows up to date. `showing` changes whenever the round is another one.
    pub fn sync(
        &mut self,
        round: Option<&Round>,
        turns: Turns,
        showing: Showing,
        size: (u16, u16),
    ) {
        let columns = usize::from(size.0).max(1);
        let was_held = self.held.take().is_some();
        if self.showing != showing || was_held {
            self.reader = Reader::Follows;
        }
        if was_held || self.showing != showing {
            self.wrapped = Wrapped::new(columns);
            self.aside = None;
            self.showing = showing;
            self.turns = turns;
            self.seen = (0, 0);
        } else if (self.turns, self.wrapped.columns()) != (turns, columns) {
            let aside = self.aside.take();
            let aside = aside.filter(|(t, w)| (*t, w.columns()) == (turns, columns));
            let now = aside.map_or_else(|| Wrapped::new(columns), |(_, w)| w);
            let before = std::mem::replace(&mut self.wrapped, now);
            self.aside = Some((self.turns, before));
            self.turns = turns;
            // The rest of the text may be missing there.
            self.seen = (0, 0);
        }
        self.height = usize::from(size.1);
        let Some(round) = round else { return };
        let pieces = pieces(round, turns);
        let seen = (pieces.len(), pieces.iter().map(|p| p.text.len()).sum());
        // A token in one pane changes no other one.
        if self.seen != seen {
            self.wrapped.extend(&pieces);
            self.seen = seen;
        }
    }

    fn last_top(&self) -> usize {
        self.wrapped.rows().len().saturating_sub(self.height)
    }

    /// The first row shown.
    pub fn top(&self) -> usize {
        match self.reader {
            Reader::Follows => self.last_top(),
            Reader::At(place) => self.wrapped.row_of(place).min(self.last_top()),
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.wrapped.rows().len()
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.wrapped.rows().is_empty()
    }

    /// Whether the newest row stays in sight.
    pub fn follows(&self) -> bool {
        self.reader == Reader::Follows
    }

    /// Rows per page.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The rows in sight.
    pub fn rows(&self) -> impl Iterator<Item = &Line> {
        self.wrapped
            .rows()
            .iter()
            .skip(self.top())
            .take(self.height)
            .map(|r: &Row| &r.runs)
    }

    /// All rows, in sight or not.
    pub(super) fn all_rows(&self) -> &[Row] {
        self.wrapped.rows()
    }

    /// Which cells in sight show which token.
    pub fn spans(&self, round: &Round) -> Vec<Span> {
        let pieces = pieces(round, self.turns);
        let rows = self.wrapped.rows();
        let mut spans: Vec<Span> = Vec::new();
        for (row, no) in (self.top()..rows.len()).take(self.height).enumerate() {
            let start = rows[no].start;
            let end = rows.get(no + 1).map(|r| r.start);
            let wide: usize = rows[no].runs.iter().map(|(_, t)| t.width()).sum();
            let mut column = 0;
            'row: for (at, piece) in pieces.iter().enumerate().skip(start.0) {
                let from = if at == start.0 { start.1 } else { 0 };
                let (step, kind) = (at / PIECES, at % PIECES);
                for cluster in gated(piece.text, from) {
                    let over = end.is_some_and(|end| (at, cluster.at) >= end) || column >= wide;
                    if over || cluster.text == "\n" {
                        break 'row;
                    }
                    let columns = cluster.width.min(wide - column);
                    if kind == GENERATED
                        && let Some(spoken) = round.steps.get(step)
                    {
                        let token = spoken.tokens.partition_point(|t| t.end <= cluster.at);
                        match spans.last_mut() {
                            Some(s) if (s.row, s.step, s.token) == (row, step, token) => {
                                s.columns += columns;
                            }
                            _ => spans.push(Span {
                                row,
                                column,
                                columns,
                                step,
                                token,
                            }),
                        }
                    }
                    column += columns;
                }
            }
        }
        spans
    }

    /// Scrolls as little as shows a place of a step's generated text.
    pub fn reveal(&mut self, step: usize, byte: usize) {
        self.reveal_row(self.wrapped.row_of((step * PIECES + GENERATED, byte)));
    }

    /// Scrolls as little as shows a row.
    pub(super) fn reveal_row(&mut self, row: usize) {
        let top = self.top();
        if row < top {
            self.scroll(-isize::try_from(top - row).unwrap_or(0));
        } else if self.height > 0 && row >= top + self.height {
            self.scroll(isize::try_from(row + 1 - top - self.height).unwrap_or(0));
        }
    }

    /// Where its reader stands.
    pub(super) fn reader(&self) -> Reader {
        self.reader
    }

    /// Puts its reader back to where it stood.
    pub(super) fn put_back(&mut self, reader: Reader) {
        self.reader = reader;
    }

    /// Follows the newest row again.
    pub fn follow(&mut self) {
        self.reader = Reader::Follows;
    }

    /// Moves by rows; at the end it follows again. Returns whether anything moved.
    pub fn scroll(&mut self, rows: isize) -> bool {
        let (from, was) = (self.top(), self.reader);
        let to = from.saturating_add_signed(rows).min(self.last_top());
        self.reader = match self.wrapped.rows().get(to) {
            Some(row) if to < self.last_top() => Reader::At(row.start),
            _ => Reader::Follows,
        };
        to != from || was != self.reader
    }
}

impl Default for PaneText {
    fn default() -> PaneText {
        PaneText::new()
    }
}

/// Pieces of a step, and which of them is what the model said.
const PIECES: usize = 4;
const GENERATED: usize = 3;

fn pieces(round: &Round, turns: Turns) -> Vec<Piece<'_>> {
    let mut all = Vec::new();
    for step in &round.steps {
        let brief = turns == Turns::Brief;
        if let Some(system) = &step.system {
            all.push(Piece {
                role: Role::User,
                text: match step.voice {
                    Voice::Model => "system> ",
                    Voice::Critic => "to critic> ",
                },
                begins_row: true,
                brief: false,
            });
            all.push(Piece {
                role: Role::User,
                text: system,
                begins_row: false,
                brief,
            });
        }
        all.push(Piece {
            role: Role::User,
            text: match (step.voice, step.role) {
                (Voice::Critic, _) => "to critic> ",
                (Voice::Model, Speaker::User) => "> ",
                (Voice::Model, Speaker::System) => "system> ",
                (Voice::Model, Speaker::Assistant) => "assistant> ",
                (Voice::Model, Speaker::Tool) => "tool> ",
            },
            begins_row: true,
            brief: false,
        });
        all.push(Piece {
            role: Role::User,
            text: &step.says,
            begins_row: false,
            brief,
        });
        if step.voice == Voice::Critic {
            all.push(Piece {
                role: Role::User,
                text: "critic: ",
                begins_row: true,
                brief: false,
            });
        }
        all.push(Piece {
            role: Role::Prefill,
            text: &step.prefill,
            begins_row: step.voice != Voice::Critic,
            brief: false,
        });
        all.push(Piece {
            role: Role::Generated,
            text: &step.text,
            begins_row: false,
            brief: false,
        });
    }
    if let Some(message) = &round.failed {
        all.push(Piece {
            role: Role::Failure,
            text: message,
            begins_row: true,
            brief: false,
        });
    }
    all
}
