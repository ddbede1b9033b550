//! The text gate: what did not come from this source tree passes here before it can be drawn.
//!
//! Invariant of [`Safe`]: it holds no control character but the newline, no bidirectional control,
//! no tag or other invisible character outside the sequences that need it, at most
//! [`MARKS`] combining marks and [`BYTES`] bytes per cell, and no grapheme cluster of width 0.
//! Whatever is taken away leaves a visible mark with its code point, `‹1B›`; nothing vanishes.
//!
//! The rule is structural: it looks at single characters of one grapheme cluster and at no escape
//! sequences, so how a stream was cut cannot matter. The record keeps the exact text; this is only
//! what is shown.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Combining marks shown in one cell; the rest are counted in a mark.
pub const MARKS: usize = 8;
/// Bytes one cell may send to the terminal.
pub const BYTES: usize = 64;
/// What a tab becomes.
const TAB: &str = "    ";

/// Text that may be drawn. The only way to make one is through the gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Safe(String);

impl Safe {
    /// The gate for text of several lines: newlines stay.
    pub fn text(raw: &str) -> Safe {
        if raw.bytes().all(|b| is_plain(b) || b == b'\n') {
            return Safe(raw.to_owned());
        }
        Safe(raw.graphemes(true).map(gate).collect())
    }

    /// The gate for one line: a newline becomes `⏎`.
    pub fn line(raw: &str) -> Safe {
        let mut safe = Safe::text(raw);
        if safe.0.contains('\n') {
            safe.0 = safe.0.replace('\n', "⏎");
        }
        safe
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Columns it takes, as the terminal buffer measures them.
    pub fn width(&self) -> usize {
        width(&self.0)
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// At most `columns` wide; what does not fit ends in `…`.
    pub fn fit(&self, columns: usize) -> Safe {
        if self.width() <= columns {
            return self.clone();
        }
        let mut out = String::new();
        let mut used = 0;
        for cluster in self.0.graphemes(true) {
            let w = width(cluster);
            if used + w + 1 > columns {
                break;
            }
            used += w;
            out.push_str(cluster);
        }
        if columns > 0 {
            out.push('…');
        }
        Safe(out)
    }

    /// Filled up with spaces to so many columns, which is not the same as characters.
    pub fn padded(mut self, columns: usize) -> Safe {
        let missing = columns.saturating_sub(self.width());
        self.0.push_str(&" ".repeat(missing));
        self
    }

    /// Both, one after the other.
    pub fn join(mut self, other: &Safe) -> Safe {
        self.0.push_str(&other.0);
        self
    }

    pub(super) fn push(&mut self, cluster: &Gated<'_>) {
        self.0.push_str(&cluster.text);
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // To columns, not to characters: the two differ in half of the world's scripts.
        let missing = f.width().unwrap_or(0).saturating_sub(self.width());
        let left = match f.align() {
            Some(fmt::Alignment::Right) => missing,
            Some(fmt::Alignment::Center) => missing / 2,
            Some(fmt::Alignment::Left) | None => 0,
        };
        let fill = f.fill();
        (0..left).try_for_each(|_| f.write_char(fill))?;
        f.write_str(&self.0)?;
        (left..missing).try_for_each(|_| f.write_char(fill))
    }
}

impl From<&str> for Safe {
    fn from(raw: &str) -> Safe {
        Safe::line(raw)
    }
}

impl From<String> for Safe {
    fn from(raw: String) -> Safe {
        Safe::line(&raw)
    }
}

impl From<&Safe> for Safe {
    fn from(safe: &Safe) -> Safe {
        safe.clone()
    }
}

/// One cluster of a text after the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gated<'a> {
    /// What is shown; `"\n"` for a line end.
    pub text: Cow<'a, str>,
    /// Byte offset in the raw text.
    pub at: usize,
    /// Byte offset of what follows it.
    pub end: usize,
    /// Columns.
    pub width: usize,
}

/// The clusters of a raw text from byte `from` on, each gated.
pub(super) fn gated(raw: &str, from: usize) -> impl Iterator<Item = Gated<'_>> {
    let tail = raw.get(from..).unwrap_or("");
    tail.grapheme_indices(true).map(move |(at, cluster)| {
        let text = gate(cluster);
        Gated {
            width: if text == "\n" { 0 } else { width(&text) },
            text,
            at: from + at,
            end: from + at + cluster.len(),
        }
    })
}

/// Columns of a gated text, measured cluster by cluster as the terminal buffer does.
pub fn width(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    let sound_marks = |c: &str| c.matches(['\u{FF9E}', '\u{FF9F}']).count();
    text.graphemes(true)
        .map(|c| c.width() + sound_marks(c))
        .sum()
}

fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte)
}

/// One grapheme cluster through the gate.
fn gate(cluster: &str) -> Cow<'_, str> {
    match cluster.as_bytes() {
        [byte] if is_plain(*byte) => return Cow::Borrowed(cluster),
        b"\n" | b"\r\n" => return Cow::Borrowed("\n"),
        b"\t" => return Cow::Borrowed(TAB),
        _ => {}
    }
    let mut out = String::with_capacity(cluster.len());
    let (mut before, mut marks, mut left_out) = (None, 0, 0);
    for c in cluster.chars() {
        if is_hidden(c) && !joins(c, before) {
            mark(&mut out, c);
        } else if before.is_some() && (marks >= MARKS || out.len() + c.len_utf8() > BYTES) {
            left_out += 1;
        } else {
            marks += usize::from(before.is_some() && width(c.encode_utf8(&mut [0; 4])) == 0);
            out.push(c);
        }
        before = Some(c);
    }
    if left_out > 0 {
        let _ = write!(out, "‹+{left_out}›");
    }
    // A mark without a base, or a filler: it would vanish, so it is spelt out.
    if out.graphemes(true).any(|c| width(c) == 0) {
        out.clear();
        cluster.chars().take(MARKS).for_each(|c| mark(&mut out, c));
        let left_out = cluster.chars().count().saturating_sub(MARKS);
        if left_out > 0 {
            let _ = write!(out, "‹+{left_out}›");
        }
    }
    if out == cluster {
        Cow::Borrowed(cluster)
    } else {
        Cow::Owned(out)
    }
}

fn mark(out: &mut String, c: char) {
    let _ = write!(out, "‹{:02X}›", u32::from(c));
}

/// Characters that act or hide instead of showing.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(u32::from(c),
            0x00AD | 0x034F | 0x061C | 0x115F | 0x1160 | 0x17B4 | 0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFB | 0x13430..=0x1345F | 0x1BCA0..=0x1BCA3
            | 0x1D173..=0x1D17A | 0xE0000..=0xE0FFF)
}

/// Joiners and presentation selectors stay where a script or an emoji needs them.
fn joins(c: char, before: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match c {
        '\u{200C}' | '\u{200D}' => !before.is_ascii() && !is_joiner(before),
        '\u{FE0E}' | '\u{FE0F}' => {
            (!before.is_ascii() && !is_joiner(before)) || matches!(before, '0'..='9' | '#' | '*')
        }
        _ => false,
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_becomes_a_mark_and_what_is_needed_stays() {
        let table = [
            ("plain text", "plain text"),
            ("\u{1b}[31mred", "‹1B›[31mred"),
            ("\u{9b}2J", "‹9B›2J"),
            ("a\u{7}b\u{7f}", "a‹07›b‹7F›"),
            ("a\rb", "a‹0D›b"),
            ("a\r\nb", "a\nb"),
            ("a\tb", "a    b"),
            ("x\u{202e}y", "x‹202E›y"),
            ("x\u{2066}y", "x‹2066›y"),
            ("x\u{200b}y", "x‹200B›y"),
            ("x\u{200d}y", "x‹200D›y"),
            ("\u{e0041}", "‹E0041›"),
            ("\u{301}", "‹301›"),
            ("e\u{301}", "e\u{301}"),
            ("می\u{200c}خواهم", "می\u{200c}خواهم"),
            ("क्\u{200d}ष", "क्\u{200d}ष"),
            ("❤\u{fe0f}", "❤\u{fe0f}"),
            ("1\u{fe0f}\u{20e3}", "1\u{fe0f}\u{20e3}"),
            ("👩\u{200d}💻", "👩\u{200d}💻"),
            (
                "👨\u{200d}👩\u{200d}👧\u{200d}👦",
                "👨\u{200d}👩\u{200d}👧\u{200d}👦",
            ),
            ("日本", "日本"),
        ];
        for (raw, shown) in table {
            assert_eq!(Safe::text(raw).as_str(), shown, "{raw:?}");
        }
        assert_eq!(Safe::line("a\nb").as_str(), "a⏎b");
    }

    #[test]
    fn a_cell_is_bounded() {
        let bomb = format!("e{}", "\u{301}".repeat(1_000_000));
        let shown = Safe::text(&bomb);
        assert_eq!(
            shown.as_str().chars().filter(|c| *c == '\u{301}').count(),
            MARKS
        );
        assert!(shown.as_str().ends_with("‹+999992›"));
        for cluster in shown.as_str().graphemes(true) {
            assert!(cluster.len() <= BYTES + 16);
        }
    }

    #[test]
    fn padding_goes_by_columns() {
        let wide = Safe::line("日本");
        assert_eq!(
            format!("{wide:<6}|{wide:>5}|{wide:^6}|"),
            "日本  | 日本| 日本 |"
        );
        assert_eq!(format!("{:<3}|", Safe::line("e\u{301}")), "e\u{301}  |");
    }

    #[test]
    fn fitting_never_exceeds() {
        for columns in 0..8 {
            assert!(Safe::line("日本語テキスト").fit(columns).width() <= columns);
        }
        assert_eq!(Safe::line("abcdef").fit(4).as_str(), "abc…");
    }
}
