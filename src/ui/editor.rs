//! A text being edited, what it comes to beside or below it, and what is wrong with it.

use ratatui::layout::Rect;

use crate::app::editor::{Asks, Editor, GUTTER, Reading, Subject};
use crate::app::{App, Line, Role, Safe};
use crate::app::{layout, preview};

use super::pen::Pen;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, open: &Editor) {
    let title: Safe = match open.subject() {
        Subject::Question => "your own question: context, question, options".into(),
        Subject::Prompt(at) => {
            let condition = app.run().focus().settings().condition(at);
            let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
            Safe::from("prompt of ").join(&name)
        }
    };
    let inner = pen.popup(layout::editor_box(app.view().size), &title);
    let [area, below] = layout::editor(inner);
    text(pen, open, area);
    if below.x > area.x {
        let rule = Rect {
            x: below.x.saturating_sub(2),
            width: 1,
            ..below
        };
        pen.post(rule, "│", Role::Border);
    } else if below.height > 0 {
        let rule = Rect {
            y: below.y.saturating_sub(1),
            height: 1,
            ..below
        };
        pen.titled_rule(
            rule,
            &vec![(Role::Muted, " as it would be said ".into())],
            &Line::new(),
        );
    }
    let wrong = preview::mistake_rows(open, below.width, inner.width);
    let told = match (wrong.is_empty(), below.x > area.x) {
        (true, _) => None,
        (false, true) => Some("told on the right"),
        (false, false) => Some("told above"),
    };
    for (y, line) in (below.y..below.bottom()).zip(&wrong) {
        let place = Rect {
            y,
            height: 1,
            ..below
        };
        pen.line(place, line);
    }
    let below = app.preview_area(open);
    let lines = preview::lines(app, open, below.width);
    let top = open.preview_top().min(lines.len());
    for (y, line) in (below.y..below.bottom()).zip(&lines[top..]) {
        let place = Rect {
            y,
            height: 1,
            ..below
        };
        pen.line(place, line);
    }
    let left = lines.len().saturating_sub(top + usize::from(below.height));
    if (top > 0 || left > 0) && below.height > 0 {
        let said = match (top, left) {
            (top, 0) => format!(" ↑{top} ctrl-↑ "),
            (0, left) => format!(" ↓{left} ctrl-↓ "),
            (top, left) => format!(" ↑{top} ↓{left} "),
        };
        let place = Rect {
            y: below.bottom() - 1,
            height: 1,
            ..below
        };
        pen.line_right(place, &vec![(Role::Muted, said.into())]);
    }
    let last = Rect {
        y: inner.bottom(),
        height: 1,
        ..inner
    };
    pen.line(last, &state(open, told));
}

fn text(pen: &mut Pen<'_>, open: &Editor, area: Rect) {
    let columns = usize::from(area.width.saturating_sub(GUTTER));
    let text = open.text();
    let rows = text.rows(columns);
    let at = text.row_of_cursor(&rows);
    let first = open.first(columns, usize::from(area.height));
    let wrong = match open.reading() {
        Reading::Wrong(mistake) => mistake.line,
        Reading::Prompt(_) | Reading::Question(_) => None,
    };
    let listed = rows.iter().enumerate().skip(first);
    for (y, (no, row)) in (area.y..area.bottom()).zip(listed) {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        let is_wrong = wrong == Some(row.line);
        let number = match row.begins {
            true => format!("{:>3}{}", row.line, if is_wrong { "!" } else { " " }),
            false => " ".repeat(usize::from(GUTTER)),
        };
        let role = if is_wrong { Role::Failure } else { Role::Muted };
        let said = text.text().get(row.start..row.end).unwrap_or_default();
        let mut line: Line = vec![(role, number.into())];
        line.extend(preview::coloured(said, row.begins));
        pen.line(place, &line);
        if no == at && *open.asks() == Asks::Nothing {
            let before = text.text().get(row.start..text.cursor());
            let column = Safe::line(before.unwrap_or_default()).width();
            let x = place.x + GUTTER + u16::try_from(column).unwrap_or(0);
            let cell = Rect {
                x: x.min(place.right()),
                width: 1,
                ..place
            };
            pen.tint(cell, Role::Cursor);
        }
    }
}

/// What is asked, or what is wrong (where that has no room elsewhere), or how long it is.
fn state(open: &Editor, told: Option<&str>) -> Line {
    let asked = match open.asks() {
        Asks::Discard => return vec![(Role::Notice, " throw the changes away? y n ".into())],
        Asks::Name(typed) => Some(typed),
        Asks::Nothing => None,
    };
    if let Some(typed) = asked {
        return vec![
            (Role::Notice, " save as: ".into()),
            (Role::Text, typed.shown(40)),
            (Role::Cursor, " ".into()),
            (Role::Muted, " .yaml · enter saves and asks · esc ".into()),
        ];
    }
    match open.reading() {
        Reading::Wrong(mistake) => {
            let said = match (told, mistake.line) {
                (None, _) => format!(" x {} ", mistake.told()),
                (Some(place), Some(line)) => format!(" x line {line}: {place} "),
                (Some(place), None) => format!(" x {place} "),
            };
            vec![(Role::Failure, said.into())]
        }
        Reading::Prompt(condition) => {
            let name = Safe::line(&condition.name);
            let rounds = (condition.first.len(), condition.review.len());
            let said = format!(
                " + whole: {name}, {} steps first, {} in a review ",
                rounds.0, rounds.1
            );
            vec![(Role::Right, said.into())]
        }
        Reading::Question(item) => {
            let said = format!(" + whole: {} options ", item.options.len());
            vec![(Role::Right, said.into())]
        }
    }
}
