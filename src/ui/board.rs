//! The scoreboard: one metric as a small matrix, or all of them as a table. Which ones there are
//! follows from the questions: see [`crate::app::metric`].

mod table;

use ratatui::layout::Rect;

use crate::app::figures::{self, Detail};
use crate::app::layout::BoardForm;
use crate::app::view::Model;
use crate::app::{Action, App, Line, Metric, Role, Safe};
use crate::domain::RoundNo;

use super::names;
use super::pen::{self, Pen};

/// Columns of the conditions' names.
const NAME: usize = 11;
/// The same in the small board: four rounds with their intervals fit into 80 columns.
const SHORT: usize = 10;

/// How far the background work is: `▶ 312/3840`.
pub fn progress(app: &App) -> Line {
    let sweep = app.run().sweep();
    let (done, planned) = (sweep.rounds_done(), sweep.rounds_planned());
    let (sign, word) = if app.record().is_some() {
        ("■", "recorded")
    } else if !matches!(app.view().model, Model::Ready { .. }) {
        match app.has_asked() {
            true => ("x", "model stopped"),
            false => ("·", "not begun"),
        }
    } else if sweep.is_over() && done > 0 {
        ("■", "done")
    } else if sweep.is_running() {
        ("▶", "running")
    } else {
        ("‖", "paused")
    };
    vec![(
        Role::Number,
        Safe::from(format!("{sign} {word} {done}/{planned}")),
    )]
}

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect, form: BoardForm) {
    let title = Rect { height: 1, ..area };
    let body = Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        x: area.x + 1,
        width: area.width.saturating_sub(2),
    };
    match form {
        BoardForm::Matrix => {
            pen.titled_rule(
                title,
                &matrix_title(app, usize::from(body.width)),
                &matrix_keys(app),
            );
            matrix(pen, app, body);
        }
        BoardForm::Table => {
            let room = usize::from(title.width).saturating_sub(4);
            pen.titled_rule(title, &table_title(app, room), &Line::new());
            table::draw(pen, app, body);
        }
    }
}

/// How much of a metric fits beside itself, once a round, in so many columns.
fn matrix_detail(app: &App, columns: usize) -> Detail {
    let rounds = app.run().sweep().settings().rounds;
    let (room, all) = (columns.saturating_sub(SHORT), usize::from(rounds).max(1));
    let fits = |d: &Detail| (figures::columns(app.metric(), *d) + 1) * all <= room;
    [Detail::Full, Detail::Usual]
        .into_iter()
        .find(fits)
        .unwrap_or(Detail::Brief)
}

fn matrix_title(app: &App, columns: usize) -> Line {
    let metric = app.metric();
    let interval = match figures::has_interval(metric, matrix_detail(app, columns)) {
        true => " [95%]",
        false => "",
    };
    // Why there is no number is what its reader needs; the longest reason fits beside the heading.
    if let Some(why) = why_not(app, metric) {
        let heading = figures::heading(metric, Detail::Brief);
        return vec![
            (Role::Heading, Safe::from(format!(" {heading} "))),
            (Role::Undefined, "undef: ".into()),
            (Role::Text, Safe::from(format!("{why} "))),
        ];
    }
    // What it counts, and that it is not what the panes ask, stay longest.
    let line = |head: &'static str, is_short: bool, about: &'static str| {
        let mut line: Line = vec![(Role::Heading, head.into())];
        line.extend(
            match app.run().sweep().settings() != app.run().focus().settings() {
                true => names::settings(app, is_short),
                false => names::own_sampling(app, is_short),
            },
        );
        line.extend(names::whose(app));
        line.extend(names::category(app));
        line.push((Role::Text, Safe::from(format!("{about}{interval} "))));
        line
    };
    let (long, short) = (metric.about(), figures::heading(metric, Detail::Brief));
    fitting(
        vec![
            line(" scoreboard ", false, long),
            line(" ", false, long),
            line(" ", true, long),
            line(" ", true, short),
        ],
        // The rule around it is two columns wider than the numbers.
        columns.saturating_sub(2),
    )
}

/// The first of some lines that fits, or else the last.
fn fitting(mut lines: Vec<Line>, room: usize) -> Line {
    let at = lines.iter().position(|l| pen::width(l) <= room);
    lines.swap_remove(at.unwrap_or(lines.len().saturating_sub(1)))
}

/// Why the small board's number is undefined: in the cursor's cell, or else in the first that is.
fn why_not(app: &App, metric: Metric) -> Option<&'static str> {
    let cursor = app.view().cursor;
    let rounds = (0..app.run().sweep().settings().rounds).map(RoundNo);
    let rounds: Vec<RoundNo> = std::iter::once(cursor.round).chain(rounds).collect();
    let names = app.board_rows();
    let here = names.iter().filter(|(name, _)| names::is_here(app, *name));
    let mut all = here.chain(&names);
    all.find_map(|(name, _)| {
        let mut cells = rounds.iter().map(|round| app.cell(*name, *round));
        cells.find_map(|cell| cell.undefined(metric))
    })
}

fn matrix_keys(app: &App) -> Line {
    let key = |action| Safe::from(app.keymap().key_name(action).unwrap_or_default());
    vec![
        (Role::Muted, " ".into()),
        (Role::Key, key(Action::NextMetric)),
        (Role::Muted, " next ".into()),
        (Role::Key, key(Action::Board)),
        (Role::Muted, " all ".into()),
    ]
}

fn table_title(app: &App, room: usize) -> Line {
    let sweep = app.run().sweep();
    // How far it is, the header tells as well.
    let line = |answers: &'static str, is_short: bool, with_progress: bool| {
        let mut line: Line = vec![(Role::Heading, " scoreboard ".into())];
        if with_progress {
            line.extend(progress(app));
            line.push((Role::Muted, answers.into()));
        }
        line.extend(names::whose(app));
        line.extend(names::settings(app, is_short));
        line.extend(names::category(app));
        line
    };
    let mut line = fitting(
        vec![
            line(" answers · ", false, true),
            line(" · ", false, true),
            line(" · ", true, true),
            line("", true, false),
        ],
        room,
    );
    if sweep.rounds_failed() > 0 {
        let why = sweep.last_failure().map(Safe::line).unwrap_or_default();
        line.push((
            Role::Failure,
            format!("{} failed: {why} ", sweep.rounds_failed()).into(),
        ));
    }
    line
}

fn row(area: Rect, y: u16) -> Rect {
    Rect {
        y: area.y + y,
        height: 1.min(area.height.saturating_sub(y)),
        ..area
    }
}

fn matrix(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let metric = app.metric();
    let rounds = app.run().sweep().settings().rounds;
    let cursor = app.view().cursor;
    let room = usize::from(area.width).saturating_sub(SHORT);
    let all = usize::from(rounds).max(1);
    let detail = matrix_detail(app, usize::from(area.width));
    let wide = (room / all).clamp(figures::columns(metric, detail) + 1, 24);
    let shown = (room / wide).max(1);
    let first = (usize::from(cursor.round.0) + 1).saturating_sub(shown);
    let last = all.min(first + shown);
    let gap = |inner: usize| Safe::from(" ".repeat(wide.saturating_sub(inner)));
    let mut head: Line = vec![(Role::Muted, format!("{:<SHORT$}", "round").into())];
    for no in first..last {
        head.push((Role::Muted, format!("{:>wide$}", format!("r{no}")).into()));
    }
    pen.line(row(area, 0), &head);
    let list = app.board_rows();
    let rows = usize::from(area.height.saturating_sub(1));
    let at = list.iter().position(|(name, _)| names::is_here(app, *name));
    let from = (at.unwrap_or(0) + 1).saturating_sub(rows.max(1));
    for (y, (condition, name)) in (1u16..).zip(list.into_iter().skip(from).take(rows)) {
        let role = if names::is_here(app, condition) {
            Role::TitleFocused
        } else {
            Role::Title
        };
        let mut line: Line = vec![(role, format!("{:<SHORT$}", name.fit(SHORT - 1)).into())];
        for no in first..last {
            let round = RoundNo(u16::try_from(no).unwrap_or(u16::MAX));
            let cell = app.cell(condition, round);
            line.push((Role::Text, gap(figures::columns(metric, detail))));
            line.extend(figures::figure(metric, &cell, detail));
        }
        pen.line(row(area, y), &line);
    }
}
