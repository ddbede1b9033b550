//! Word wrap that goes on where it stopped.
//!
//! Invariant: all but the last `OPEN` rows never change while text is only added at the end, so
//! adding a token costs a few rows, not the whole text. No row is wider than the columns. Rows are
//! gated text; positions are offsets in the raw
//! text. Greedy, breaking at spaces, inside words only where a word is wider than a row.

use super::role::{Line, Role};
use super::transcript::{Gated, Safe, gated};

/// Rows that new text may still change. What comes next may join the last cluster (a mark to a
/// letter, a newline to a carriage return) and so change its width; that can undo the break before
/// it, the break before the word it moved, and the break before that.
const OPEN: usize = 3;

/// A piece of raw text, in order. Only the last one may grow.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// What it is.
    pub role: Role,
    /// The raw text.
    pub text: &'a str,
    /// Whether it begins a row of its own.
    pub begins_row: bool,
    /// Only as much as fits one row.
    pub brief: bool,
}

/// A place in the raw text: piece, byte.
pub type Place = (usize, usize);

/// One row as drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Its text by kind.
    pub runs: Line,
    /// Where in the raw text it begins.
    pub start: Place,
    /// What the end of the row stands for.
    pub ends: End,
}

/// What the end of a row stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of a line, or of the text.
    Line,
    /// A space that the break took.
    Space,
    /// Nothing: the text goes on in the next row.
    Wrapped,
}

/// A wrapped text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Wrapped {
    columns: usize,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Unit {
    role: Role,
    text: Safe,
    width: usize,
    place: Place,
    space: bool,
}

impl Wrapped {
    /// Nothing yet, rows of this many columns (at least 1).
    pub fn new(columns: usize) -> Wrapped {
        Wrapped {
            columns: columns.max(1),
            rows: Vec::new(),
        }
    }

    /// One paragraph: pieces one after another, the first at the beginning of a row.
    pub fn paragraph<T: AsRef<str>>(pieces: &[(Role, T)], columns: usize) -> Wrapped {
        let mut row = Vec::with_capacity(pieces.len());
        for (no, (role, text)) in pieces.iter().enumerate() {
            row.push(Piece {
                role: *role,
                text: text.as_ref(),
                begins_row: no == 0,
                brief: false,
            });
        }
        let mut wrapped = Wrapped::new(columns);
        wrapped.extend(&row);
        wrapped
    }

    /// Columns of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The rows.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The row that shows a place.
    pub fn row_of(&self, place: Place) -> usize {
        self.rows
            .partition_point(|r| r.start <= place)
            .saturating_sub(1)
    }

    /// Brings the rows up to date with `pieces`, of which all that was there before is unchanged.
    pub fn extend(&mut self, pieces: &[Piece<'_>]) {
        self.rows.truncate(self.rows.len().saturating_sub(OPEN - 1));
        let from = self.rows.pop().map_or((0, 0), |r| r.start);
        let mut row = Pending {
            units: Vec::new(),
            width: 0,
            start: from,
        };
        for (no, piece) in pieces.iter().enumerate().skip(from.0) {
            let offset = if no == from.0 { from.1 } else { 0 };
            if piece.begins_row && offset == 0 && (no > from.0 || !row.units.is_empty()) {
                if row.start != (no, 0) {
                    self.end_row(&mut row, false);
                }
                row.start = (no, 0);
            }
            for cluster in gated(piece.text, offset) {
                if cluster.text == "\n" {
                    if piece.brief {
                        row.cut(self.columns);
                        break;
                    }
                    self.end_row(&mut row, false);
                    row.start = (no, cluster.end);
                    continue;
                }
                let unit = Unit::new(piece.role, &cluster, no, self.columns);
                if piece.brief && row.width + unit.width > self.columns {
                    row.cut(self.columns);
                    break;
                }
                self.add(&mut row, unit);
            }
        }
        self.end_row(&mut row, false);
    }

    /// Spaces at the end of a row may hang over its edge; anything else moves to the next row.
    fn add(&mut self, row: &mut Pending, unit: Unit) {
        if row.width + unit.width <= self.columns || unit.space || row.units.is_empty() {
            row.push(unit);
            return;
        }
        let mut rest = match row.units.iter().rposition(|u| u.space) {
            Some(at) if row.units[..at].iter().any(|u| !u.space) => row.units.split_off(at + 1),
            _ => Vec::new(),
        };
        let next = rest.first().map_or(unit.place, |u| u.place);
        self.end_row(row, true);
        row.start = next;
        for moved in rest.drain(..) {
            row.push(moved);
        }
        // A mark can be wider than what a moved word leaves.
        if row.width + unit.width > self.columns && !row.units.is_empty() {
            self.end_row(row, true);
            row.start = unit.place;
        }
        row.push(unit);
    }

    fn end_row(&mut self, row: &mut Pending, wraps: bool) {
        let units = std::mem::take(&mut row.units);
        row.width = 0;
        let mut runs: Line = Vec::new();
        let mut used = 0;
        let mut ends = if wraps { End::Wrapped } else { End::Line };
        for unit in units {
            used += unit.width;
            if unit.space && used > self.columns {
                ends = if wraps { End::Space } else { End::Line };
                break;
            }
            match runs.last_mut() {
                Some((role, text)) if *role == unit.role => {
                    *text = std::mem::take(text).join(&unit.text)
                }
                _ => runs.push((unit.role, unit.text)),
            }
        }
        self.rows.push(Row {
            runs,
            start: row.start,
            ends,
        });
    }
}

impl Unit {
    /// A cluster that spells out many marks can be wider than a row; then it ends in `…`.
    fn new(role: Role, cluster: &Gated<'_>, piece: usize, columns: usize) -> Unit {
        let space = cluster.text.bytes().all(|b| b == b' ');
        let mut text = Safe::default();
        text.push(cluster);
        let mut width = cluster.width;
        if width > columns && !space {
            text = text.fit(columns);
            width = text.width();
        }
        Unit {
            role,
            space,
            text,
            width,
            place: (piece, cluster.at),
        }
    }
}

struct Pending {
    units: Vec<Unit>,
    width: usize,
    start: Place,
}

impl Pending {
    fn push(&mut self, unit: Unit) {
        self.width += unit.width;
        self.units.push(unit);
    }

    /// Ends a brief piece in `…`.
    fn cut(&mut self, columns: usize) {
        while self.width + 1 > columns && !self.units.is_empty() {
            let gone = self.units.pop().map_or(0, |u| u.width);
            self.width -= gone;
        }
        if let Some(last) = self.units.last() {
            let (role, place) = (last.role, last.place);
            let text = Safe::line("…");
            self.push(Unit {
                role,
                text,
                width: 1,
                place,
                space: false,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn piece(text: &str) -> Piece<'_> {
        Piece {
            role: Role::Generated,
            text,
            begins_row: true,
            brief: false,
        }
    }

    fn shown(w: &Wrapped) -> Vec<String> {
        let text = |r: &Row| r.runs.iter().map(|(_, t)| t.as_str()).collect::<String>();
        w.rows().iter().map(text).collect()
    }

    #[test]
    fn words_wrap_and_long_words_break() {
        let mut w = Wrapped::new(8);
        w.extend(&[piece("the cook did it\n\nunbelievably so")]);
        assert_eq!(shown(&w), ["the cook", "did it", "", "unbeliev", "ably so"]);
    }

    #[test]
    fn brief_pieces_take_one_row() {
        let user = Piece {
            role: Role::User,
            text: "review your answer",
            begins_row: true,
            brief: true,
        };
        let mut w = Wrapped::new(10);
        w.extend(&[user, piece("ok")]);
        assert_eq!(shown(&w), ["review yo…", "ok"]);
    }

    proptest! {
        #[test]
        fn bit_by_bit_equals_at_once(
            parts in proptest::collection::vec("[a-c \n\r\té日\u{1b}\u{301}\u{1f1e9}\u{200d}\u{600}]{0,6}", 0..12),
            columns in 1usize..12,
        ) {
            let whole: String = parts.concat();
            let mut growing = Wrapped::new(columns);
            let mut text = String::new();
            for part in &parts {
                text.push_str(part);
                growing.extend(&[piece("you: hm"), piece(&text)]);
            }
            let mut once = Wrapped::new(columns);
            once.extend(&[piece("you: hm"), piece(&whole)]);
            if !parts.is_empty() {
                prop_assert_eq!(growing, once);
            }
        }

        #[test]
        fn no_row_is_too_wide(text in "[a-zé日 \t\u{1b}\u{202e}\u{301}\u{200d}\u{1f1e9}]{0,60}", columns in 1usize..40) {
            let mut w = Wrapped::new(columns);
            w.extend(&[piece(&text)]);
            for row in shown(&w) {
                prop_assert!(super::super::transcript::width(&row) <= columns, "{row:?}");
            }
        }
    }
}
