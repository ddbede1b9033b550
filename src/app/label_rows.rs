//! The rows of an answer that is being labelled: the question, the answer, the choices.
//!
//! Invariant: the choices stay in sight; the words give way.

use crate::domain::Answer;

use super::App;
use super::example;
use super::label::{Choice, Labelling};
use super::layout;
use super::role::{Line, Role};
use super::transcript::Safe;
use super::wrap::{Piece, Wrapped};

/// At most so many rows in sight, each with the choice that it belongs to.
pub fn rows(open: &Labelling, columns: u16, rows: usize) -> Vec<(Option<usize>, Line)> {
    let choices = open.choices();
    let each = choices.iter().enumerate();
    let each = each.map(|(no, choice)| row(open, *choice, no == open.row, columns));
    let each: Vec<Vec<Line>> = each.collect();
    let taken: usize = each.iter().map(Vec::len).sum();
    // In the place of the empty row between the words and the choices.
    let why = match open.counts_not() {
        "" => None,
        why => Some(vec![(Role::Notice, why.into())]),
    };
    // Of the words the end stays: there the answer stands.
    let room = rows.saturating_sub(taken + 1);
    let said = said(open, columns);
    let cut = said.len().saturating_sub(room);
    let mut lines: Vec<(Option<usize>, Line)> =
        said.into_iter().skip(cut).map(|l| (None, l)).collect();
    if let (true, Some((_, first))) = (cut > 0, lines.first_mut()) {
        first.insert(0, (Role::Muted, "… ".into()));
    }
    lines.push((None, why.unwrap_or_default()));
    for (no, choice) in each.into_iter().enumerate() {
        lines.extend(choice.into_iter().map(|line| (Some(no), line)));
    }
    // Where not even the choices have room, those around the chosen one.
    let is_chosen = |(no, _): &(Option<usize>, Line)| *no == Some(open.row);
    let end = lines.iter().rposition(is_chosen).map_or(0, |at| at + 1);
    let first = end.saturating_sub(rows);
    lines.into_iter().skip(first).take(rows).collect()
}

impl App {
    /// The choice at a cell of the screen.
    pub(super) fn label_row_at(&self, open: &Labelling, cell: (u16, u16)) -> Option<usize> {
        let inner = layout::inside(layout::reading_box(self.view.size));
        let row = usize::from(cell.1.checked_sub(inner.y)?);
        let rows = rows(open, inner.width, usize::from(inner.height));
        let (choice, _) = rows.get(row).filter(|_| layout::holds(inner, cell))?;
        *choice
    }
}

/// The question, then the answer.
fn said(open: &Labelling, columns: u16) -> Vec<Line> {
    let mut lines = match open.item.question.is_empty() {
        true => Vec::new(),
        false => example::told(&open.item, columns),
    };
    lines.push(Vec::new());
    let mut wrapped = Wrapped::new(usize::from(columns));
    let text = match open.said.trim() {
        "" => "(nothing was said)",
        text => text,
    };
    wrapped.extend(&[Piece {
        role: Role::Generated,
        text,
        begins_row: true,
        brief: false,
    }]);
    lines.extend(wrapped.rows().iter().map(|r| r.runs.clone()));
    lines
}

fn row(open: &Labelling, choice: Choice, chosen: bool, columns: u16) -> Vec<Line> {
    let role = |other| if chosen { Role::Selected } else { other };
    let head: Line = vec![
        (role(Role::Text), if chosen { "▸ " } else { "  " }.into()),
        (role(Role::Key), Safe::from(format!("{}  ", choice.key()))),
    ];
    let told =
        |role, text: &str| example::hanging(head.clone(), &vec![(role, text.into())], columns);
    match choice {
        Choice::Option(no) => example::option_rows(head, &open.item, no, false, columns),
        Choice::Declines => told(Role::Abstains, "declines, and names no option"),
        Choice::Unreadable if open.parsed == Answer::Unparsed => told(
            Role::Unparsed,
            "cannot be read: no label, as the parser left it",
        ),
        Choice::Unreadable => {
            let read = super::said::answer(&open.item, open.parsed, None).1;
            told(Role::Muted, &format!("no label: the parser read {read}"))
        }
    }
}
