//! Rows that hold characters of whose width terminals have different opinions: emoji joined of several,
//! flags, skin tones, presentation selectors.
//!
//! Invariant: such a row, and one that was such a row, is drawn as a whole when anything in it changes,
//! every piece at its own column, after it was emptied: whatever the terminal made of it before, nothing
//! of it is left over and no border moves. All other rows cost a look at their cells.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, Cell};

use crate::app::transcript;

/// A row to be drawn as a whole.
pub struct Whole {
    /// Which.
    pub y: u16,
    /// Its cells with their columns; those that a wide one covers are left out.
    pub cells: Vec<(u16, Cell)>,
}

/// Which rows of the last frame were such rows, and what they held.
#[derive(Default)]
pub struct Rows {
    last: Vec<Option<u64>>,
}

impl Rows {
    /// Nothing is on the screen any more.
    pub fn forget(&mut self) {
        self.last.clear();
    }

    /// Takes note of a frame; returns the rows of it that have to be drawn as a whole.
    pub fn changed(&mut self, frame: &Buffer) -> Vec<Whole> {
        let wide = usize::from(frame.area.width).max(1);
        let mut whole = Vec::new();
        let mut now = Vec::with_capacity(usize::from(frame.area.height));
        for (y, row) in (0u16..).zip(frame.content.chunks(wide)) {
            let was = self.last.get(usize::from(y)).copied().flatten();
            let holds = row.iter().any(|cell| is_uncertain(cell.symbol()));
            let hash = (holds || was.is_some()).then(|| {
                let mut hasher = DefaultHasher::new();
                row.hash(&mut hasher);
                hasher.finish()
            });
            if hash.is_some() && hash != was {
                whole.push(Whole {
                    y,
                    cells: cells(row),
                });
            }
            now.push(hash.filter(|_| holds));
        }
        self.last = now;
        whole
    }
}

fn cells(row: &[Cell]) -> Vec<(u16, Cell)> {
    let mut cells = Vec::with_capacity(row.len());
    let mut covered = 0;
    for (x, cell) in (0u16..).zip(row) {
        if covered > 0 {
            covered -= 1;
            continue;
        }
        covered = transcript::width(cell.symbol()).saturating_sub(1);
        cells.push((x, cell.clone()));
    }
    cells
}

/// Whether terminals may take another width for it than we do.
fn is_uncertain(symbol: &str) -> bool {
    // Everything below is longer: most cells are done with here.
    if symbol.len() <= 4 {
        return false;
    }
    let alters = |c: char| {
        matches!(u32::from(c),
            0x200C | 0x200D | 0x20E3 | 0xFE0E | 0xFE0F | 0x1F1E6..=0x1F1FF | 0x1F3FB..=0x1F3FF)
    };
    let alone = |c: char| transcript::width(c.encode_utf8(&mut [0; 4]));
    let sum: usize = symbol.chars().map(alone).sum();
    symbol.chars().any(alters) || sum != transcript::width(symbol)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn rows_are_drawn_as_a_whole_while_and_once_after_they_are_uncertain() {
        let frame = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 20, 2));
            buffer.set_string(1, 1, text, Style::default());
            buffer
        };
        let mut rows = Rows::default();
        let mut changed =
            |text: &str| -> Vec<u16> { rows.changed(&frame(text)).iter().map(|w| w.y).collect() };
        assert!(changed("e\u{301}日本 שלום").is_empty());
        assert_eq!(changed("a 👩\u{200d}💻 b"), [1]);
        assert!(changed("a 👩\u{200d}💻 b").is_empty(), "nothing changed");
        assert_eq!(changed("a 👩\u{200d}💻 c"), [1]);
        assert_eq!(changed("plain"), [1], "what it left goes");
        assert!(changed("other").is_empty());
    }

    #[test]
    fn covered_cells_are_left_out() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 6, 1));
        buffer.set_string(0, 0, "✈\u{fe0f}🇮🇱x", Style::default());
        let columns: Vec<u16> = cells(&buffer.content).iter().map(|(x, _)| *x).collect();
        assert_eq!(columns, [0, 2, 4, 5]);
        let table = [
            ("a", false),
            ("日", false),
            ("e\u{301}", false),
            ("❤\u{fe0f}", true),
            ("🇮🇱", true),
            ("👩🏽", true),
        ];
        for (symbol, expected) in table {
            assert_eq!(is_uncertain(symbol), expected, "{symbol}");
        }
    }
}
