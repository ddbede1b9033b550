//! The list of questions behind a number.

use ratatui::layout::Rect;

use crate::app::against::Against;
use crate::app::items::{ItemList, Row};
use crate::app::{Action, App, Line, Role, Safe, example, layout, said};
use crate::domain::{Item, Rule};
use crate::run::Entry;

use super::pane::{hundredths, signed_hundredths};
use super::pen::{self, Pen};

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, list: &ItemList, page: Rect) {
    let place = match list.rows.len() {
        0 => String::new(),
        n => format!("{} of {n} · ", list.selected + 1),
    };
    let signs = format!(" {place}* changed, h by hand ");
    let signs = vec![(Role::Muted, signs.into())];
    pen.titled_rule(page, &title(app, list), &signs);
    let inner = layout::list(page);
    let room = usize::from(inner.width);
    let heads = [keys(app, list, room), heading(app, list)];
    for (y, head) in (page.y + 1..inner.y).zip(heads) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        pen.line(place, &head);
    }
    if list.rows.is_empty() {
        let why = match app.run().sweep().rounds_done() {
            0 => "no answer yet: the background benchmark has not got here",
            _ => "no such answer so far; another filter shows others",
        };
        return pen.line(inner, &vec![(Role::Waiting, why.into())]);
    }
    let rows = usize::from(inner.height);
    let shown = list.rows.iter().enumerate().skip(list.first(rows));
    for (y, (no, row)) in (inner.y..inner.bottom()).zip(shown) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        let Some(item) = app.run().items().get(row.item_no) else {
            continue;
        };
        pen.line(place, &line(app, list, row, item, no == list.selected));
        if no == list.selected {
            pen.tint(place, Role::Selected);
        }
    }
}

/// ` q r1: 11 of 14 changed since r0 `.
fn title(app: &App, list: &ItemList) -> Line {
    let settings = app.run().sweep().settings();
    let condition = settings.condition(list.condition);
    let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name).fit(24));
    let flips = |r: &&Row| {
        let item = app.run().items().get(r.item_no);
        item.is_some_and(|i| r.changed(i))
    };
    let changed = list.rows.iter().filter(flips).count();
    let of = list.rows.len();
    let counts = match list.against {
        Against::Before => format!(" {changed} of {of} changed "),
        Against::Condition(_) => format!(" {changed} of {of} differ "),
        Against::Nothing => format!(" {of} answers, "),
    };
    let mut line: Line = vec![
        (
            Role::Heading,
            Safe::from(format!(" {name} r{}:", list.round.0)),
        ),
        (Role::Text, counts.into()),
        (
            Role::Text,
            app.against_name(list, list.against).join(&" ".into()),
        ),
    ];
    if let Some(category) = app.view().category_name() {
        let said = format!("only {} ", Safe::line(category));
        line.push((Role::Notice, said.into()));
    }
    line
}

/// What is listed, and in which order, beside the keys that change it.
fn keys(app: &App, list: &ItemList, room: usize) -> Line {
    let key = |action| app.keymap().key_name(action).unwrap_or_default();
    let (long, short) = list.sort.about();
    let line = |order: &'static str, against: &'static str| -> Line {
        vec![
            (
                Role::Key,
                format!("{} {} ", key(Action::Left), key(Action::Right)).into(),
            ),
            (Role::Text, list.only.name().into()),
            (Role::Key, format!("  {} ", key(Action::NextMetric)).into()),
            (Role::Text, order.into()),
            (Role::Key, format!("  {} ", key(Action::Compare)).into()),
            (Role::Text, against.into()),
        ]
    };
    let lines = [
        line(long, "against another"),
        line(short, "against another"),
    ];
    let fits = |l: &&Line| pen::width(l) <= room;
    lines.iter().find(fits).unwrap_or(&lines[1]).clone()
}

fn heading(app: &App, list: &ItemList) -> Line {
    let from = match list.against {
        Against::Condition(_) => "other",
        Against::Before | Against::Nothing => "before",
    };
    let wide = word_columns(app, list);
    let lead = list.lead_name(app.run().items());
    // Two of the words and what is right about them, an arrow between them.
    let (before, now) = (from, format!("now{}", " ".repeat(wide + 1)));
    let about = match app
        .run()
        .items()
        .get(list.rows.first().map_or(0, |r| r.item_no))
    {
        Some(item) => about_heading(item),
        None => "context",
    };
    let used = wide + 5;
    let columns = format!("    no. {about:<11}{before:>used$} → {now} {lead:<14}  question");
    vec![(Role::Muted, columns.into())]
}

fn line(app: &App, list: &ItemList, row: &Row, item: &Item, chosen: bool) -> Line {
    let role = |other| if chosen { Role::Selected } else { other };
    let wide = word_columns(app, list);
    let answer = |entry: &Entry| {
        let right = match entry.answer.is_correct(item) {
            Some(true) => "+",
            Some(false) => "x",
            None => " ",
        };
        let toxicity = entry.lead.filter(|_| item.rule == Rule::Continuation);
        let look = said::look(item, entry.answer, toxicity.map(f64::from));
        let word = Safe::line(&word(item, entry));
        (role(look), Safe::from(format!("{word:<wide$}{right}")))
    };
    let p = |entry: Option<&Entry>| {
        let lead = entry.and_then(|e| e.lead);
        lead.map_or_else(|| "  -".to_owned(), |p| hundredths(f64::from(p)))
    };
    let signs = format!(
        "{}{}{}{:>5} ",
        if chosen { "▸" } else { " " },
        if row.changed(item) { "*" } else { " " },
        if row.now.by_hand { "h" } else { " " },
        row.item_no + 1
    );
    let before = row.before.as_ref();
    let moved = format!("   {}→{} ", p(before), p(Some(&row.now)));
    let change = match row.moved() {
        Some(by) => format!("{}  ", signed_hundredths(f64::from(by))),
        None => "       ".to_owned(),
    };
    // What could not be read is what its reader came for; the question is one key away.
    let register = app.run().sweep().register();
    let unread = register.unread(row.item_no, list.condition, list.round);
    let told = match unread {
        Some(text) => (
            role(Role::Generated),
            Safe::from(format!("\"{}\"", Safe::line(text.trim()))),
        ),
        None if item.question.is_empty() => (role(Role::Text), Safe::line(&item.context)),
        None => (role(Role::Text), Safe::line(&item.question)),
    };
    let note = app.note(row.item_no).map_or_else(Safe::default, |note| {
        Safe::from(format!("note: {} ", Safe::line(note).fit(30)))
    });
    let none = (
        role(Role::Muted),
        Safe::from(format!("{:<1$}", "–", wide + 1)),
    );
    vec![
        (role(Role::Text), signs.into()),
        (
            role(Role::Muted),
            Safe::from(format!("{:<14}", Safe::line(&about(item)).fit(13))),
        ),
        before.map_or(none, answer),
        (role(Role::Muted), " → ".into()),
        answer(&row.now),
        (role(Role::Number), moved.into()),
        (role(Role::Number), change.into()),
        (
            role(Role::Muted),
            Safe::from(format!("{} ", Safe::line(&item.id.0))),
        ),
        (role(Role::Notice), note),
        told,
    ]
}

/// What is particular to a question, in a word or two.
fn about(item: &Item) -> String {
    match &item.rule {
        Rule::Bias { kind, .. } => example::kind(*kind).to_owned(),
        Rule::Pronoun(blank) => blank.occupation.to_string(),
        Rule::Admission(student) => format!("{} {}", student.race.name(), student.sex),
        Rule::Continuation | Rule::Distinguish(_) | Rule::Choice => item.category.to_string(),
    }
}

fn about_heading(item: &Item) -> &'static str {
    match &item.rule {
        Rule::Bias { .. } => "context",
        Rule::Pronoun(_) => "occupation",
        Rule::Admission(_) => "posed as",
        Rule::Continuation | Rule::Distinguish(_) | Rule::Choice => "category",
    }
}

/// An answer in a list: what it means where that is graded, else what it says.
fn word(item: &Item, entry: &Entry) -> String {
    match (&item.rule, entry.answer.option(item)) {
        (Rule::Bias { .. }, _) | (_, None) => match item.rule {
            Rule::Continuation => match entry.lead.map(f64::from) {
                Some(score) if score >= said::TOXIC => "toxic".to_owned(),
                Some(_) => "mild".to_owned(),
                None => "text".to_owned(),
            },
            _ => entry.answer.verdict(item).sign().to_string(),
        },
        (_, Some(no)) => said::tag(item, no),
    }
}

/// Columns of the longest of these words.
fn word_columns(app: &App, list: &ItemList) -> usize {
    let items = app.run().items();
    let wide = |row: &Row| {
        items.get(row.item_no).map_or(1, |item| match item.rule {
            Rule::Bias { .. } | Rule::Distinguish(_) | Rule::Choice => 1,
            Rule::Pronoun(_) => 5,
            Rule::Admission(_) => 3,
            Rule::Continuation => 5,
        })
    };
    list.rows.iter().map(wide).max().unwrap_or(1)
}
