//! Two texts word by word, side by side in rows of the same height.
//!
//! Invariant: leaving out the signs, the left column's words are the left text's, the right column's
//! the right text's; what both say stands in the same row of both. Signs (`[-only left-]`,
//! `{+only right+}`) tell the differences without colour.

use unicode_segmentation::UnicodeSegmentation;

use super::role::{Line, Role};
use super::wrap::Wrapped;

/// Largest table of the comparison, in cells; beyond it the middle counts as one difference.
const CELLS_MAX: usize = 4_000_000;

/// A part of both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Both say it.
    Same(&'a str),
    /// One says this, the other that; one of them may be empty.
    Differs(&'a str, &'a str),
}

/// Two texts in rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SideBySide {
    /// Left and right text of every row.
    pub rows: Vec<(Line, Line)>,
    /// The row where each difference begins.
    pub differences: Vec<usize>,
    /// Words that both say, only the left one, only the right one says.
    pub words: [usize; 3],
}

/// Words, runs of spaces and single signs.
fn units(text: &str) -> Vec<&str> {
    let kind = |g: &str| match g.chars().next() {
        Some('\n') | None => 0,
        Some(c) if c.is_whitespace() => 1,
        Some(c) if c.is_alphanumeric() || c == '\'' => 2,
        Some(_) => 0,
    };
    let mut units: Vec<&str> = Vec::new();
    let (mut start, mut before) = (0, 0);
    for (at, grapheme) in text.grapheme_indices(true) {
        let now = kind(grapheme);
        if at > start && (now == 0 || now != before) {
            units.push(&text[start..at]);
            start = at;
        }
        before = now;
    }
    if start < text.len() {
        units.push(&text[start..]);
    }
    units
}

/// The parts of two texts, in order.
pub fn segments<'a>(left: &'a str, right: &'a str) -> Vec<Segment<'a>> {
    let (a, b) = (units(left), units(right));
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (&a[head..], &b[head..]);
    let same_end = |(x, y): &(&&str, &&str)| x == y;
    let tail = ra
        .iter()
        .rev()
        .zip(rb.iter().rev())
        .take_while(same_end)
        .count();
    let (ma, mb) = (&ra[..ra.len() - tail], &rb[..rb.len() - tail]);
    // Runs of units: (is the same, left units, right units).
    let mut runs: Vec<(bool, usize, usize)> = Vec::new();
    let mut add = |same: bool, l: usize, r: usize| match runs.last_mut() {
        _ if l + r == 0 => {}
        Some(last) if last.0 == same => {
            last.1 += l;
            last.2 += r;
        }
        _ => runs.push((same, l, r)),
    };
    add(true, head, head);
    if ma.len().saturating_mul(mb.len()) > CELLS_MAX {
        add(false, ma.len(), mb.len());
    } else {
        for (same, l, r) in common(ma, mb) {
            add(same, l, r);
        }
    }
    add(true, tail, tail);
    let size = |units: &[&str]| units.iter().map(|u| u.len()).sum::<usize>();
    let (mut la, mut lb, mut ua, mut ub) = (0, 0, 0, 0);
    let mut parts: Vec<Segment<'a>> = Vec::new();
    // Between two differences a lone space is part of them.
    let count = runs.len();
    let mut open: Option<(usize, usize)> = None;
    for (no, (same, l, r)) in runs.into_iter().enumerate() {
        let (na, nb) = (la + size(&a[ua..ua + l]), lb + size(&b[ub..ub + r]));
        let blank = left[la..na].chars().all(|c| c.is_whitespace() && c != '\n');
        let joins = same && blank && open.is_some() && no + 1 < count;
        match (same && !joins, open) {
            (true, begun) => {
                if let Some((fa, fb)) = begun {
                    parts.push(Segment::Differs(&left[fa..la], &right[fb..lb]));
                }
                parts.push(Segment::Same(&left[la..na]));
                open = None;
            }
            (false, None) => open = Some((la, lb)),
            (false, Some(_)) => {}
        }
        (la, lb, ua, ub) = (na, nb, ua + l, ub + r);
    }
    if let Some((fa, fb)) = open {
        parts.push(Segment::Differs(&left[fa..la], &right[fb..lb]));
    }
    parts
}

/// The longest common subsequence as runs.
fn common(a: &[&str], b: &[&str]) -> Vec<(bool, usize, usize)> {
    let wide = b.len() + 1;
    let mut longest = vec![0u32; (a.len() + 1) * wide];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            longest[i * wide + j] = match a[i] == b[j] {
                true => longest[(i + 1) * wide + j + 1] + 1,
                false => longest[(i + 1) * wide + j].max(longest[i * wide + j + 1]),
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut runs = Vec::new();
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            runs.push((true, 1, 1));
            (i, j) = (i + 1, j + 1);
        } else if longest[(i + 1) * wide + j] >= longest[i * wide + j + 1] {
            runs.push((false, 1, 0));
            i += 1;
        } else {
            runs.push((false, 0, 1));
            j += 1;
        }
    }
    runs.push((false, a.len() - i, b.len() - j));
    runs
}

fn words(text: &str) -> usize {
    let is_word = |u: &&&str| u.chars().any(char::is_alphanumeric);
    units(text).iter().filter(is_word).count()
}

/// Signs around a text; a line end stays behind them, so that none begins a row.
fn signed(text: &str, open: &str, close: &str) -> String {
    let lines = text.trim_end_matches('\n');
    let (words, ends) = match lines.is_empty() {
        true => (text, ""),
        false => text.split_at(lines.len()),
    };
    format!("{open}{words}{close}{ends}")
}

/// One side's pieces of a paragraph.
type Pieces = Vec<(Role, String)>;

/// Both texts in rows of `columns` each.
pub fn side_by_side(left: &str, right: &str, columns: usize) -> SideBySide {
    let mut out = SideBySide::default();
    let (mut l, mut r): (Pieces, Pieces) = (Vec::new(), Vec::new());
    let mut begun: Vec<(usize, usize)> = Vec::new();
    for part in segments(left, right) {
        match part {
            Segment::Same(text) => {
                out.words[0] += words(text);
                let mut lines = text.split('\n');
                let first = lines.next().unwrap_or_default();
                l.push((Role::Generated, first.to_owned()));
                r.push((Role::Generated, first.to_owned()));
                for line in lines {
                    flush(&mut out, &mut l, &mut r, &mut begun, columns);
                    l.push((Role::Generated, line.to_owned()));
                    r.push((Role::Generated, line.to_owned()));
                }
            }
            Segment::Differs(only_left, only_right) => {
                out.words[1] += words(only_left);
                out.words[2] += words(only_right);
                begun.push((l.len(), r.len()));
                if !only_left.is_empty() {
                    l.push((Role::OnlyLeft, signed(only_left, "[-", "-]")));
                }
                if !only_right.is_empty() {
                    r.push((Role::OnlyRight, signed(only_right, "{+", "+}")));
                }
            }
        }
    }
    flush(&mut out, &mut l, &mut r, &mut begun, columns);
    out
}

/// Ends a paragraph: wraps both sides and fills up the shorter one.
fn flush(
    out: &mut SideBySide,
    left: &mut Pieces,
    right: &mut Pieces,
    begun: &mut Vec<(usize, usize)>,
    columns: usize,
) {
    let wrap = |pieces: &Pieces| Wrapped::paragraph(pieces, columns);
    let (l, r) = (wrap(left), wrap(right));
    for (at_left, at_right) in begun.drain(..) {
        let row = l.row_of((at_left, 0)).max(r.row_of((at_right, 0)));
        out.differences.push(out.rows.len() + row);
    }
    let high = l.rows().len().max(r.rows().len());
    let line = |w: &Wrapped, no: usize| w.rows().get(no).map_or_else(Line::new, |r| r.runs.clone());
    out.rows
        .extend((0..high).map(|no| (line(&l, no), line(&r, no))));
    left.clear();
    right.clear();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn differences_are_whole_words_and_spaces_between_them_join() {
        use Segment::{Differs, Same};
        let table: [(&str, &str, &[Segment<'_>]); 5] = [
            ("", "", &[]),
            ("the cook", "the cook", &[Same("the cook")]),
            (
                "It is the old cook (a).",
                "It is the young pilot (b).",
                &[
                    Same("It is the "),
                    Differs("old cook", "young pilot"),
                    Same(" ("),
                    Differs("a", "b"),
                    Same(")."),
                ],
            ),
            ("a b", "a  b", &[Same("a"), Differs(" ", "  "), Same("b")]),
            ("", "new", &[Differs("", "new")]),
        ];
        for (left, right, expected) in table {
            assert_eq!(segments(left, right), expected, "{left:?} {right:?}");
        }
    }

    #[test]
    fn rows_stay_beside_each_other() {
        let all = side_by_side("one two\nx\nend", "one two three four five\nx\nend", 9);
        let text = |l: &Line| l.iter().map(|(_, t)| t.as_str()).collect::<String>();
        let rows: Vec<_> = all.rows.iter().map(|(l, r)| (text(l), text(r))).collect();
        let last = rows.last().unwrap();
        assert_eq!((last.0.as_str(), last.1.as_str()), ("end", "end"));
        assert_eq!(all.words, [4, 0, 3]);
        assert_eq!(all.differences.len(), 1);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(left in "[ab \n.é日]{0,30}", right in "[ab \n.é日]{0,30}") {
            let (mut l, mut r) = (String::new(), String::new());
            for part in segments(&left, &right) {
                match part {
                    Segment::Same(text) => {
                        l += text;
                        r += text;
                    }
                    Segment::Differs(a, b) => {
                        prop_assert!(a != b);
                        l += a;
                        r += b;
                    }
                }
            }
            prop_assert_eq!((l, r), (left, right));
        }
    }
}
