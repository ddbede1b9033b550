//! An answer that the parser could not read, and what somebody can read in it.

use ratatui::layout::Rect;

use crate::app::label::{Choice, Labelling};
use crate::app::wrap::{Piece, Wrapped};
use crate::app::{App, Line, Role, Safe, example, layout};

use super::pen::Pen;

/// Draws it on top of everything else.
pub fn draw(pen: &mut Pen<'_>, app: &App, open: &Labelling) {
    let settings = app.run().sweep().settings();
    let condition = settings.condition(open.seat.condition);
    let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
    let title = format!(
        "what does {} {name} r{} choose?",
        Safe::line(&open.item.id.0),
        open.seat.round.0
    );
    let inner = pen.popup(layout::reading_box(app.view().size), &title.into());
    let choices = open.choices();
    let rows = usize::from(inner.height);
    // The choices are always in sight; the words give way, their end last: there the answer stands.
    let room = rows.saturating_sub(choices.len() + 1);
    let said = said(open, inner.width);
    let cut = said.len().saturating_sub(room);
    let mut lines: Vec<Line> = said.into_iter().skip(cut).collect();
    if let (true, Some(first)) = (cut > 0, lines.first_mut()) {
        first.insert(0, (Role::Muted, "… ".into()));
    }
    lines.push(Vec::new());
    let counted = app.run().sweep().label_of(&open.seat);
    for (no, choice) in choices.iter().enumerate() {
        lines.push(row(open, *choice, no == open.row));
    }
    let first = lines.len().saturating_sub(choices.len());
    for (y, (no, line)) in (inner.y..inner.bottom()).zip(lines.iter().enumerate()) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        pen.line(place, line);
        if no.checked_sub(first) == Some(open.row) {
            pen.tint(place, Role::Selected);
        }
    }
    let now = match counted.map(|a| a.verdict(&open.item)) {
        Some(verdict) => format!(" labelled now: {} · ", verdict.name()),
        None => " no label yet · ".to_owned(),
    };
    let edge = Rect {
        y: inner.bottom(),
        height: 1,
        ..inner
    };
    let keys = "its letter or enter chooses · esc closes ";
    pen.line_right(
        edge,
        &vec![(Role::Muted, Safe::from(format!("{now}{keys}")))],
    );
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

fn row(open: &Labelling, choice: Choice, chosen: bool) -> Line {
    let role = |other| if chosen { Role::Selected } else { other };
    let mut line: Line = vec![
        (role(Role::Text), if chosen { "▸ " } else { "  " }.into()),
        (role(Role::Key), Safe::from(format!("{}  ", choice.key()))),
    ];
    match choice {
        Choice::Option(no) => line.extend(example::option(&open.item, no)),
        Choice::Declines => line.push((Role::Abstains, "declines, and names no option".into())),
        Choice::Unreadable => line.push((
            Role::Unparsed,
            "cannot be read: no label, as the parser left it".into(),
        )),
    }
    line
}
