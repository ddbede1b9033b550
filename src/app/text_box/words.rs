//! Word by word through a text.

use unicode_segmentation::UnicodeSegmentation;

use super::{Last, TextBox};

impl TextBox {
    /// Where the word before the cursor begins.
    fn word_start(&self) -> usize {
        let mut words = self.now.text[..self.now.cursor].unicode_word_indices();
        words.next_back().map_or(0, |(at, _)| at)
    }

    /// Where the word after the cursor ends.
    fn word_end(&self) -> usize {
        let rest = &self.now.text[self.now.cursor..];
        let word = rest.unicode_word_indices().next();
        self.now.cursor + word.map_or(rest.len(), |(at, word)| at + word.len())
    }

    /// Beginning of this word, or of the one before.
    pub fn word_left(&mut self) {
        self.go_to(self.word_start());
    }

    /// End of this word, or of the next one.
    pub fn word_right(&mut self) {
        self.go_to(self.word_end());
    }

    /// Takes away the word before the cursor.
    pub fn erase_word(&mut self) -> bool {
        let from = self.word_start();
        self.change(Last::Other, |s| {
            s.text.replace_range(from..s.cursor, "");
            s.cursor = from;
        })
    }

    /// Takes away the word after the cursor.
    pub fn delete_word(&mut self) -> bool {
        let to = self.word_end();
        self.change(Last::Other, |s| s.text.replace_range(s.cursor..to, ""))
    }
}
