//! What a mouse sends, as terminals write it (SGR).

use super::Session;

/// Column and row of a text on screen, 0-based: the first one that fits.
fn find(screen: &str, text: &str) -> Option<(u16, u16)> {
    let lines = screen.lines().enumerate();
    lines.into_iter().find_map(|(row, line)| {
        let at = line.find(text)?;
        // What stands before it takes one cell a letter.
        let column = line[..at].chars().count();
        Some((u16::try_from(column).ok()?, u16::try_from(row).ok()?))
    })
}

impl Session {
    /// Presses and lets go the left button on a text, wherever it stands once it is there.
    pub fn click(&mut self, text: &str) {
        let (x, y) = self.place(text);
        self.press(&format!("\u{1b}[<0;{x};{y}M\u{1b}[<0;{x};{y}m"));
    }

    /// Turns the wheel up or down on a text.
    pub fn wheel(&mut self, text: &str, up: bool) {
        let (x, y) = self.place(text);
        let button = if up { 64 } else { 65 };
        self.press(&format!("\u{1b}[<{button};{x};{y}M"));
    }

    fn place(&self, text: &str) -> (u16, u16) {
        let screen = self.wait(text, |t| find(t, text).is_some());
        let (column, row) = find(&screen, text).unwrap();
        (column + 1, row + 1)
    }
}
