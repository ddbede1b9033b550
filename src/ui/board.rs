//! The scoreboard: one metric as a small matrix, or all of them as a table.

use ratatui::layout::Rect;

use crate::app::figures::{self, Detail};
use crate::app::layout::{BoardForm, Screen};
use crate::app::view::Model;
use crate::app::{Action, App, Line, Metric, PaneNo, Role, Safe};
use crate::domain::RoundNo;

use super::names;
use super::pen::{self, Pen};

/// Columns of the conditions' names.
const NAME: usize = 11;

/// The metrics of the table, in order; what stands first stays longest.
const TABLE: [Metric; 10] = [
    Metric::Answers,
    Metric::BiasAmbiguous,
    Metric::BiasDisambiguated,
    Metric::AccuracyAmbiguous,
    Metric::AccuracyDisambiguated,
    Metric::Abstention,
    Metric::Unparsed,
    Metric::Changed,
    Metric::Corrected,
    Metric::Spoiled,
];

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
                &matrix_title(app, usize::from(area.width)),
                &matrix_keys(app),
            );
            matrix(pen, app, body);
        }
        BoardForm::Table => {
            pen.titled_rule(title, &table_title(app), &Line::new());
            table(pen, app, body);
        }
    }
}

/// How much of a metric fits beside itself, once a round, in so many columns.
fn matrix_detail(app: &App, columns: usize) -> Detail {
    let rounds = app.run().sweep().settings().rounds;
    let (room, all) = (columns.saturating_sub(NAME), usize::from(rounds).max(1));
    let fits = |d: &Detail| (figures::columns(app.view().metric, *d) + 1) * all <= room;
    [Detail::Full, Detail::Usual]
        .into_iter()
        .find(fits)
        .unwrap_or(Detail::Brief)
}

fn matrix_title(app: &App, columns: usize) -> Line {
    let metric = app.view().metric;
    let interval = match figures::has_interval(metric, matrix_detail(app, columns)) {
        true => " [95%]",
        false => "",
    };
    let mut line: Line = vec![(Role::Heading, " scoreboard ".into())];
    match app.run().sweep().settings() != app.run().focus().settings() {
        true => line.extend(names::settings(app)),
        false => line.extend(names::own_sampling(app)),
    }
    line.extend(names::whose(app));
    line.extend(names::category(app));
    line.push((
        Role::Text,
        Safe::from(format!("{}{interval} ", figures::about(metric))),
    ));
    line
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

fn table_title(app: &App) -> Line {
    let mut line: Line = vec![(Role::Heading, " scoreboard ".into())];
    line.extend(progress(app));
    line.push((Role::Muted, " answers · ".into()));
    line.extend(names::whose(app));
    line.extend(names::settings(app));
    line.extend(names::category(app));
    let sweep = app.run().sweep();
    if sweep.rounds_failed() > 0 {
        let why = sweep.last_failure().map(Safe::line).unwrap_or_default();
        line.push((
            Role::Failure,
            format!("{} failed: {why} ", sweep.rounds_failed()).into(),
        ));
    }
    line
}

/// Answers that a cell will have.
fn planned(app: &App) -> u64 {
    let n = match &app.view().category {
        Some((_, members)) => members.len(),
        None => app.run().items().len(),
    };
    n as u64
}

fn row(area: Rect, y: u16) -> Rect {
    Rect {
        y: area.y + y,
        height: 1.min(area.height.saturating_sub(y)),
        ..area
    }
}

fn matrix(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let metric = app.view().metric;
    let rounds = app.run().sweep().settings().rounds;
    let cursor = app.view().cursor;
    let room = usize::from(area.width).saturating_sub(NAME);
    let all = usize::from(rounds).max(1);
    let detail = matrix_detail(app, usize::from(area.width));
    let wide = (room / all).clamp(figures::columns(metric, detail) + 1, 24);
    let shown = (room / wide).max(1);
    let first = (usize::from(cursor.round.0) + 1).saturating_sub(shown);
    let last = all.min(first + shown);
    let gap = |inner: usize| Safe::from(" ".repeat(wide.saturating_sub(inner)));
    let mut head: Line = vec![(Role::Muted, format!("{:<NAME$}", "round").into())];
    for no in first..last {
        head.push((Role::Muted, format!("{:>wide$}", format!("r{no}")).into()));
    }
    pen.line(row(area, 0), &head);
    let list = names::names(app);
    let rows = usize::from(area.height.saturating_sub(1));
    let at = list.iter().position(|(name, _)| names::is_here(app, *name));
    let from = (at.unwrap_or(0) + 1).saturating_sub(rows.max(1));
    for (y, (condition, name)) in (1u16..).zip(list.into_iter().skip(from).take(rows)) {
        let role = if names::is_here(app, condition) {
            Role::TitleFocused
        } else {
            Role::Title
        };
        let mut line: Line = vec![(role, format!("{:<NAME$}", name.fit(NAME - 1)).into())];
        for no in first..last {
            let round = RoundNo(u16::try_from(no).unwrap_or(u16::MAX));
            let counts = names::counts(app, condition, round);
            line.push((Role::Text, gap(figures::columns(metric, detail))));
            line.extend(figures::figure(
                metric,
                &counts,
                round,
                planned(app),
                detail,
            ));
        }
        pen.line(row(area, y), &line);
    }
}

/// Columns of some metrics beside each other.
fn width(list: &[Metric], detail: Detail) -> usize {
    list.iter()
        .map(|m| figures::columns(*m, detail) + 1)
        .sum::<usize>()
}

/// As many metrics as fit from the `left`th on; at least one.
fn fitting_from(left: usize, room: usize) -> Vec<Metric> {
    let mut shown = TABLE[left..].to_vec();
    while shown.len() > 1 && width(&shown, Detail::Usual) > room {
        shown.pop();
    }
    shown
}

/// Which metrics fit, in which detail, and how many are out of sight on the left and right.
fn fitting(app: &App, room: usize) -> (Vec<Metric>, Detail, usize, usize) {
    if width(&TABLE, Detail::Full) <= room {
        return (TABLE.to_vec(), Detail::Full, 0, 0);
    }
    let mut left = match app.view().screen {
        Screen::Board => app.view().board_first.min(TABLE.len() - 1),
        Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => 0,
    };
    // No empty room on the right while something is out of sight on the left.
    while left > 0 && width(&TABLE[left - 1..], Detail::Usual) <= room {
        left -= 1;
    }
    let shown = fitting_from(left, room);
    let right = TABLE.len() - left - shown.len();
    (shown, Detail::Usual, left, right)
}

fn table(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let room = usize::from(area.width).saturating_sub(NAME + 3);
    let (metrics, detail, left, mut right) = fitting(app, room);
    let settings = app.run().sweep().settings();
    let cells: Vec<Cell> = names::names(app)
        .into_iter()
        .flat_map(|(c, name)| (0..settings.rounds).map(move |r| (c, name.clone(), RoundNo(r))))
        .collect();
    let high = cells.len() + 1;
    let mut y = block(pen, app, area, &cells, &metrics, detail);
    // Beside the panes there is often room below for the columns that did not fit.
    while right > 0
        && app.view().screen == Screen::Panes
        && usize::from(area.height.saturating_sub(y)) > high
    {
        let below = Rect {
            y: area.y + y + 1,
            height: area.height - y - 1,
            ..area
        };
        let rest = fitting_from(TABLE.len() - right, room);
        right -= rest.len();
        y += 1 + block(pen, app, below, &cells, &rest, detail);
    }
    let legend = legend(app, left, right, usize::from(area.width));
    let start = area
        .height
        .saturating_sub(u16::try_from(legend.len()).unwrap_or(0));
    for (y, line) in (start.max(y)..area.height).zip(legend) {
        pen.line(row(area, y), &line);
    }
}

/// A row of the table.
type Cell = (PaneNo, Safe, RoundNo);

/// Some columns of the table, with their headings; returns its height. Where not all rows have
/// room, those up to the cursor's.
fn block(
    pen: &mut Pen<'_>,
    app: &App,
    area: Rect,
    cells: &[Cell],
    metrics: &[Metric],
    detail: Detail,
) -> u16 {
    let names = NAME + 3;
    let mut head: Line = vec![(
        Role::Muted,
        format!("{:<names$}", names::heading(app)).into(),
    )];
    for metric in metrics {
        let wide = figures::columns(*metric, detail) + 1;
        head.push((
            Role::Muted,
            format!("{:>wide$}", figures::heading(*metric, detail)).into(),
        ));
    }
    pen.line(row(area, 0), &head);
    let cursor = app.view().cursor;
    let is_here = |name: PaneNo, round: RoundNo| names::is_here(app, name) && round == cursor.round;
    let at = cells.iter().position(|(name, _, r)| is_here(*name, *r));
    let rows = usize::from(area.height.saturating_sub(1));
    let from = at.map_or(0, |at| (at + 1).saturating_sub(rows.max(1)));
    let mut y = 1u16;
    for (condition, name, round) in cells.iter().skip(from).take(rows) {
        let counts = names::counts(app, *condition, *round);
        let focused = is_here(*condition, *round);
        let role = if focused {
            Role::TitleFocused
        } else {
            Role::Title
        };
        // A condition's name stands once; the rows below belong to it.
        let first = round.0 == 0 || y == 1;
        let name = if first {
            name.fit(NAME - 1)
        } else {
            Safe::default()
        };
        let mut line: Line = vec![
            (role, format!("{name:<NAME$}").into()),
            (role, format!("{:<3}", format!("r{}", round.0)).into()),
        ];
        for metric in metrics {
            line.push((Role::Text, " ".into()));
            line.extend(figures::figure(
                *metric,
                &counts,
                *round,
                planned(app),
                detail,
            ));
        }
        let place = row(area, y);
        pen.line(place, &line);
        if focused && app.view().screen == Screen::Board {
            // After the figures: their gaps belong to the row as well.
            pen.tint(place, Role::Selected);
        }
        y += 1;
    }
    y
}

/// What the headings mean; most needed first.
fn legend(app: &App, left: usize, right: usize, room: usize) -> Vec<Line> {
    let mut rows: Vec<Line> = Vec::new();
    if left + right > 0 {
        let key = |action| app.keymap().key_name(action).unwrap_or_default();
        let how = match app.view().screen {
            Screen::Board => format!("{} {}", key(Action::Left), key(Action::Right)),
            Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => key(Action::Board),
        };
        let said = format!("{} more columns: ", left + right);
        rows.push(vec![(Role::Notice, said.into()), (Role::Key, how.into())]);
    }
    let said = [
        "s: bias x100, + towards the stereotype; AMB / DIS: ambiguous / disambiguated contexts",
        "acc: right answers; abst: abstaining; unp: could not be read (in no other rate)",
        "chg, w>r, r>w: changed, wrong to right, right to wrong since the round before",
        "– nothing answered yet; undef: these answers do not define the number; [ ]: 95% interval",
    ];
    for text in said {
        let line: Line = vec![(Role::Muted, text.into())];
        if pen::width(&line) <= room {
            rows.push(line);
        } else {
            rows.extend(halves(text));
        }
    }
    rows
}

fn halves(text: &str) -> Vec<Line> {
    text.split("; ")
        .map(|part| vec![(Role::Muted, Safe::from(part))])
        .collect()
}
