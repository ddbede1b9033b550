//! Text being edited: lines, a cursor, and all that was before.
//!
//! Invariants: the cursor stands between two grapheme clusters of the text; undoing gives the very
//! text and cursor there were; control characters other than line breaks never come in.

mod words;

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

use super::event::{Key, KeyCode};
use super::transcript::Safe;

/// Longest text, in bytes.
pub const LONGEST_BYTES: usize = 64 << 10;
/// Most steps that can be undone.
const STEPS: usize = 500;

/// A text and a place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    text: String,
    /// Byte offset.
    cursor: usize,
}

/// What kind of change came last: letters typed one after the other are undone together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Last {
    #[default]
    Other,
    Typed,
    Erased,
}

/// Text being edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextBox {
    now: State,
    before: Vec<State>,
    after: Vec<State>,
    last: Last,
    /// Where up and down aim at, in columns.
    aim: Option<usize>,
}

/// A row as it is shown: bytes `start..end` of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its line, counted from 1; the same for all rows of a long line.
    pub line: usize,
    /// Whether it begins its line.
    pub begins: bool,
    /// Where it begins.
    pub start: usize,
    /// Where it ends, before any line break.
    pub end: usize,
}

impl TextBox {
    /// A text to edit, from its beginning.
    pub fn new(text: &str) -> TextBox {
        let mut made = TextBox::default();
        made.insert(text);
        made.now.cursor = 0;
        made.before.clear();
        made
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.now.text
    }

    /// Byte offset of the cursor.
    pub fn cursor(&self) -> usize {
        self.now.cursor
    }

    fn change(&mut self, kind: Last, change: impl FnOnce(&mut State)) -> bool {
        let mut next = self.now.clone();
        change(&mut next);
        self.aim = None;
        if next.text == self.now.text {
            self.now.cursor = next.cursor;
            return false;
        }
        if kind == Last::Other || kind != self.last {
            self.before.push(self.now.clone());
            if self.before.len() > STEPS {
                self.before.remove(0);
            }
        }
        self.after.clear();
        self.last = kind;
        // New neighbours may make one cluster of two.
        next.cursor = boundary(&next.text, next.cursor);
        self.now = next;
        true
    }

    /// Puts text in at the cursor; returns whether anything changed.
    pub fn insert(&mut self, text: &str) -> bool {
        let clean = text
            .replace("\r\n", "\n")
            .replace(['\r'], "\n")
            .replace('\t', "  ");
        let clean: String = clean
            .chars()
            .filter(|c| *c == '\n' || !c.is_control())
            .collect();
        let room = LONGEST_BYTES.saturating_sub(self.now.text.len());
        let mut end = clean.len().min(room);
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        let one = clean.chars().count() == 1 && !clean.contains(char::is_whitespace);
        let kind = if one { Last::Typed } else { Last::Other };
        self.change(kind, |s| {
            s.text.insert_str(s.cursor, &clean[..end]);
            s.cursor += end;
        })
    }

    /// Takes a key, the text wrapped to `columns` with `rows` in sight; returns whether the text changed.
    pub(super) fn on_key(&mut self, key: Key, columns: usize, rows: usize) -> bool {
        let page = isize::try_from(rows.saturating_sub(1).max(1)).unwrap_or(1);
        if let Some(c) = key.typed() {
            return self.insert(c.encode_utf8(&mut [0; 4]));
        }
        match key.code {
            KeyCode::Char('u' | 'z') if key.ctrl => return self.undo(),
            KeyCode::Char('r' | 'y') if key.ctrl => return self.redo(),
            KeyCode::Char('k') if key.ctrl => return self.cut_line(),
            KeyCode::Char('a') if key.ctrl => self.home(),
            KeyCode::Char('e') if key.ctrl => self.end(),
            KeyCode::Char('w') if key.ctrl => return self.erase_word(),
            KeyCode::Char('b') if key.alt => self.word_left(),
            KeyCode::Char('f') if key.alt => self.word_right(),
            KeyCode::Char('d') if key.alt => return self.delete_word(),
            KeyCode::Backspace if key.alt => return self.erase_word(),
            KeyCode::Left if key.alt => self.word_left(),
            KeyCode::Right if key.alt => self.word_right(),
            KeyCode::Enter => return self.insert("\n"),
            KeyCode::Tab => return self.insert("  "),
            KeyCode::Backspace => return self.erase(),
            KeyCode::Delete => return self.delete(),
            KeyCode::Left => self.left(),
            KeyCode::Right => self.right(),
            KeyCode::Up => self.go_rows(-1, columns),
            KeyCode::Down => self.go_rows(1, columns),
            KeyCode::PageUp => self.go_rows(-page, columns),
            KeyCode::PageDown => self.go_rows(page, columns),
            KeyCode::Home => self.home(),
            KeyCode::End => self.end(),
            KeyCode::Char(_) | KeyCode::Esc | KeyCode::Insert | KeyCode::F(_) => {}
        }
        false
    }

    /// Takes away all of it.
    pub fn clear(&mut self) -> bool {
        self.change(Last::Other, |s| {
            s.text.clear();
            s.cursor = 0;
        })
    }

    /// Takes away what is before the cursor.
    pub fn erase(&mut self) -> bool {
        let from = before(&self.now.text, self.now.cursor);
        self.change(Last::Erased, |s| {
            s.text.replace_range(from..s.cursor, "");
            s.cursor = from;
        })
    }

    /// Takes away what is after the cursor.
    pub fn delete(&mut self) -> bool {
        let to = after(&self.now.text, self.now.cursor);
        self.change(Last::Other, |s| s.text.replace_range(s.cursor..to, ""))
    }

    /// Takes away the rest of the line, or the line break at its end.
    pub fn cut_line(&mut self) -> bool {
        let rest = &self.now.text[self.now.cursor..];
        let end = rest.find('\n').unwrap_or(rest.len());
        match end {
            0 => self.delete(),
            _ => self.change(Last::Other, |s| {
                s.text.replace_range(s.cursor..s.cursor + end, "");
            }),
        }
    }

    /// Back to how it was before the last change; returns whether there was one.
    pub fn undo(&mut self) -> bool {
        let Some(state) = self.before.pop() else {
            return false;
        };
        self.after.push(std::mem::replace(&mut self.now, state));
        (self.last, self.aim) = (Last::Other, None);
        true
    }

    /// What was last undone; returns whether there was anything.
    pub fn redo(&mut self) -> bool {
        let Some(state) = self.after.pop() else {
            return false;
        };
        self.before.push(std::mem::replace(&mut self.now, state));
        (self.last, self.aim) = (Last::Other, None);
        true
    }

    fn go_to(&mut self, cursor: usize) {
        self.now.cursor = boundary(&self.now.text, cursor);
        (self.last, self.aim) = (Last::Other, None);
    }

    /// One cluster back.
    pub fn left(&mut self) {
        self.go_to(before(&self.now.text, self.now.cursor));
    }

    /// One cluster on.
    pub fn right(&mut self) {
        self.go_to(after(&self.now.text, self.now.cursor));
    }

    /// To the end of the next line, where there is one and the cursor is at the end of its own.
    pub fn next_line(&mut self) -> bool {
        let rest = &self.now.text[self.now.cursor..];
        let is_end = rest.starts_with('\n') && rest.len() > 1;
        if is_end {
            self.go_to(self.now.cursor + 1);
            self.end();
        }
        is_end
    }

    /// Beginning of the line.
    pub fn home(&mut self) {
        let at = self.now.text[..self.now.cursor].rfind('\n');
        self.go_to(at.map_or(0, |at| at + 1));
    }

    /// End of the line.
    pub fn end(&mut self) {
        let rest = &self.now.text[self.now.cursor..];
        self.go_to(self.now.cursor + rest.find('\n').unwrap_or(rest.len()));
    }

    /// So many rows up or down, as they are wrapped to `columns`.
    pub fn go_rows(&mut self, by: isize, columns: usize) {
        let rows = self.rows(columns);
        let at = self.row_of_cursor(&rows);
        let here = &self.now.text[rows[at].start..self.now.cursor];
        let aim = self.aim.unwrap_or_else(|| Safe::line(here).width());
        let row = rows[at.saturating_add_signed(by).min(rows.len() - 1)];
        self.go_to_column(row, aim);
        self.aim = Some(aim);
    }

    /// To a cell of the text as it is wrapped to `columns`: (column, row).
    pub(super) fn go_to_cell(&mut self, (column, row): (usize, usize), columns: usize) {
        let rows = self.rows(columns);
        self.go_to_column(rows[row.min(rows.len() - 1)], column);
    }

    fn go_to_column(&mut self, row: Row, aim: usize) {
        let mut column = 0;
        let mut cursor = row.start;
        for cluster in self.now.text[row.start..row.end].graphemes(true) {
            let wide = Safe::line(cluster).width();
            if column + wide > aim {
                break;
            }
            column += wide;
            cursor += cluster.len();
        }
        self.go_to(cursor);
    }

    /// The text as rows of at most `columns`; at least one.
    pub fn rows(&self, columns: usize) -> Vec<Row> {
        let columns = columns.max(2);
        let mut rows = Vec::new();
        let mut start = 0;
        for (no, line) in self.now.text.split('\n').enumerate() {
            let mut row = Row {
                line: no + 1,
                begins: true,
                start,
                end: start,
            };
            let mut wide = 0;
            // Where a word ended: its place, and the columns up to there.
            let mut gap: Option<(usize, usize)> = None;
            for cluster in line.graphemes(true) {
                let more = Safe::line(cluster).width();
                if wide + more > columns && wide > 0 {
                    let (end, before) = gap.take().unwrap_or((row.end, wide));
                    rows.push(Row { end, ..row });
                    row = Row {
                        begins: false,
                        start: end,
                        ..row
                    };
                    wide -= before;
                }
                wide += more;
                row.end += cluster.len();
                if cluster == " " {
                    gap = Some((row.end, wide));
                }
            }
            rows.push(row);
            start += line.len() + 1;
        }
        rows
    }

    /// Which of its rows the cursor is in.
    pub fn row_of_cursor(&self, rows: &[Row]) -> usize {
        rows.partition_point(|r| r.start <= self.now.cursor)
            .saturating_sub(1)
    }
}

fn boundary(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    match cursor.is_boundary(text, 0) {
        Ok(true) => at,
        _ => after(text, at),
    }
}

fn before(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor.prev_boundary(text, 0).ok().flatten().unwrap_or(0)
}

fn after(text: &str, at: usize) -> usize {
    let mut cursor = GraphemeCursor::new(at, text.len(), true);
    cursor
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn act(text: &mut TextBox, what: u8, piece: &str) {
        match what {
            0..=5 => drop(text.insert(piece)),
            6 => drop(text.erase()),
            7 => drop(text.delete()),
            8 => text.left(),
            9 => text.right(),
            10 => text.home(),
            11 => text.end(),
            12 => text.go_rows(-1, 7),
            13 => text.go_rows(2, 7),
            14 => drop(text.cut_line()),
            15 => drop(text.erase_word()),
            16 => drop(text.delete_word()),
            17 => text.word_left(),
            18 => text.word_right(),
            19 => drop(text.next_line()),
            20 => drop(text.undo()),
            _ => drop(text.redo()),
        }
    }

    proptest! {
        #[test]
        fn the_cursor_stays_inside_and_undo_is_exact(
            script in prop::collection::vec((0u8..22, prop::sample::select(vec![
                "a", "b", " ", "\n", "e", "\u{301}", "日本", "👨\u{200d}👩", "🇩", "🇪", "\r\n", "\t", "\u{1b}[2J",
                "{context} and\nmore", "ﾞ", "\u{200d}",
            ])), 1..60)
        ) {
            let mut text = TextBox::new("one {question}\n\ntwo");
            for (what, piece) in script {
                let was = text.now.clone();
                let steps = text.before.len();
                act(&mut text, what, piece);
                let at = text.cursor();
                prop_assert!(text.text().is_char_boundary(at));
                let clusters = text.text().grapheme_indices(true).map(|(i, _)| i);
                prop_assert!(clusters.chain([text.text().len()]).any(|i| i == at));
                prop_assert!(!text.text().contains(|c: char| c.is_control() && c != '\n'));
                let rows = text.rows(7);
                let row = rows[text.row_of_cursor(&rows)];
                prop_assert!(row.start <= at && at <= row.end);
                // A new step is undone to exactly what was, and redone to exactly what is.
                if what < 20 && text.before.len() == steps + 1 {
                    let mut back = text.clone();
                    back.undo();
                    prop_assert_eq!(&back.now, &was);
                    back.redo();
                    prop_assert_eq!(&back.now, &text.now);
                }
            }
            while text.undo() {}
            prop_assert_eq!(text.text(), "one {question}\n\ntwo");
        }
    }
}
