//! The question above the panes: what is told and asked, and what each option means.

use ratatui::layout::Rect;

use crate::app::{Action, App, Line, Role, Safe, example};
use crate::domain::{Item, Rule};

use super::pen::{self, Pen};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let Some(item) = app.item_shown() else {
        pen.titled_rule(
            area,
            &vec![(Role::Heading, " no questions ".into())],
            &Line::new(),
        );
        return;
    };
    pen.titled_rule(area, &title(app, item), &legend(app, item));
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let options = options(item, usize::from(inner.width));
    let told = example::told(item, inner.width);
    // The options matter most: the text gives way, down to one row.
    let rows = usize::from(inner.height);
    let for_told = rows.saturating_sub(options.len()).max(1).min(told.len());
    let cut = for_told < told.len() || for_told + options.len() > rows;
    let lines = told.into_iter().take(for_told).chain(options);
    for (y, line) in (inner.y..inner.bottom()).zip(lines) {
        pen.line(
            Rect {
                y,
                height: 1,
                ..inner
            },
            &line,
        );
    }
    if let (true, Some(key)) = (cut, app.keymap().key_name(Action::ShowItem)) {
        let y = inner.y + u16::try_from(for_told).unwrap_or(1).saturating_sub(1);
        let more = vec![
            (Role::Muted, " … ".into()),
            (Role::Key, Safe::from(key)),
            (Role::Muted, ": all ".into()),
        ];
        pen.line_right(
            Rect {
                y,
                height: 1,
                ..inner
            },
            &more,
        );
    }
}

fn title(app: &App, item: &Item) -> Line {
    let view = app.view();
    let all = app.run().items().len();
    let mut line: Line = vec![
        (
            Role::Heading,
            Safe::from(format!(" question {}/{all} ", view.item_no + 1)),
        ),
        (
            Role::Muted,
            Safe::from(format!("{} · ", Safe::line(&item.id.0))),
        ),
    ];
    if let Some((name, members)) = &view.category {
        let at = members.partition_point(|no| *no < view.item_no) + 1;
        let said = format!("only {} {at}/{} · ", Safe::line(name), members.len());
        line.push((Role::Notice, Safe::from(said)));
    } else {
        line.push((
            Role::Muted,
            Safe::from(format!("{} · ", Safe::line(&item.category))),
        ));
    }
    let facts = format!("{} ", example::facts_line(item));
    line.push((Role::Text, Safe::line(&facts)));
    if let Some(note) = app.note(view.item_no) {
        let said = Safe::from("· note: ").join(&Safe::line(note).fit(40));
        line.push((Role::Notice, said.join(&" ".into())));
    }
    line
}

/// What the signs in the panes' titles mean for this kind of question.
fn legend(app: &App, item: &Item) -> Line {
    let graded = |words: [&'static str; 3]| {
        let [s, c, a] = words.map(|w| (Role::Muted, Safe::from(format!(" {w} "))));
        vec![
            (Role::Stereotyped, " S".into()),
            s,
            (Role::Counter, "C".into()),
            c,
            (Role::Abstains, "A".into()),
            a,
        ]
    };
    let told = |text: String| vec![(Role::Muted, Safe::from(text))];
    match &item.rule {
        Rule::Bias { .. } => graded(["stereotyped", "counter", "abstains"]),
        Rule::Pronoun(_) if item.has_bias_grade() => {
            graded(["most people's pronoun", "the other", "neutral"])
        }
        Rule::Pronoun(_) => told(" no share of women known: not graded ".to_owned()),
        Rule::Admission(_) => told(" yes admits; Black and white are compared ".to_owned()),
        Rule::Continuation => match app.run().sweep().texts_by() {
            Some(by) => told(format!(" toxicity by {} ", Safe::line(by))),
            None => told(" scored for toxicity ".to_owned()),
        },
        Rule::Distinguish(_) | Rule::Choice => match item.gold {
            Some(_) => vec![
                (Role::Right, " +".into()),
                (Role::Muted, " right ".into()),
                (Role::Wrong, "x".into()),
                (Role::Muted, " wrong ".into()),
            ],
            None => told(" no right answer is known ".to_owned()),
        },
    }
}

/// The options, as many a row as fit.
fn options(item: &Item, columns: usize) -> Vec<Line> {
    let mut rows: Vec<Line> = Vec::new();
    for no in 0..item.options.len() {
        let option = example::option(item, no);
        match rows.last_mut() {
            Some(row) if pen::width(row) + pen::width(&option) + 3 <= columns => {
                row.push((Role::Text, "   ".into()));
                row.extend(option);
            }
            _ => rows.push(option),
        }
    }
    rows
}
