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
    let each: Vec<Vec<Line>> = choices
        .iter()
        .enumerate()
        .map(|(no, choice)| row(open, *choice, no == open.row, inner.width))
        .collect();
    let taken: usize = each.iter().map(Vec::len).sum();
    // The choices are always in sight; the words give way, their end last: there the answer stands.
    let room = rows.saturating_sub(taken + 1);
    let said = said(open, inner.width);
    let cut = said.len().saturating_sub(room);
    let mut lines: Vec<(bool, Line)> = said.into_iter().skip(cut).map(|l| (false, l)).collect();
    if let (true, Some((_, first))) = (cut > 0, lines.first_mut()) {
        first.insert(0, (Role::Muted, "… ".into()));
    }
    lines.push((false, Line::new()));
    let counted = app.run().sweep().label_of(&open.seat);
    for (no, choice) in each.into_iter().enumerate() {
        lines.extend(choice.into_iter().map(|line| (no == open.row, line)));
    }
    // Where not even the choices have room, those up to the chosen one's.
    let end = lines.iter().rposition(|(chosen, _)| *chosen).unwrap_or(0) + 1;
    let first = end.saturating_sub(rows);
    for (y, (chosen, line)) in (inner.y..inner.bottom()).zip(lines.iter().skip(first)) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        pen.line(place, line);
        if *chosen {
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
        Choice::Unreadable => told(
            Role::Unparsed,
            "cannot be read: no label, as the parser left it",
        ),
    }
}
