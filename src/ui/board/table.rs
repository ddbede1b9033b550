//! All numbers of the scoreboard as a table, a row a condition and round; why some are undefined; what
//! answering without reading would get.

use ratatui::layout::Rect;

use crate::app::figures::{self, Cell, Detail};
use crate::app::layout::Screen;
use crate::app::metric::Yardstick;
use crate::app::wrap::Wrapped;
use crate::app::{Action, App, Line, Metric, PaneNo, Role, Safe};
use crate::domain::RoundNo;

use super::super::names;
use super::super::pen::Pen;
use super::{NAME, row};

/// The metrics of the table, in order; what stands first stays longest.
fn columns(app: &App) -> Vec<Metric> {
    let others = app.metrics().into_iter().filter(|m| *m != Metric::Answers);
    std::iter::once(Metric::Answers).chain(others).collect()
}

/// Columns of some metrics beside each other.
fn width(list: &[Metric], detail: Detail) -> usize {
    list.iter()
        .map(|m| figures::columns(*m, detail) + 1)
        .sum::<usize>()
}

/// As many metrics as fit; at least one.
fn fitting_from(all: &[Metric], room: usize) -> Vec<Metric> {
    let mut shown = all.to_vec();
    while shown.len() > 1 && width(&shown, Detail::Usual) > room {
        shown.pop();
    }
    shown
}

/// Which metrics fit, in which detail, and how many are out of sight on the left and right.
fn fitting(app: &App, all: &[Metric], room: usize) -> (Vec<Metric>, Detail, usize, usize) {
    if width(all, Detail::Full) <= room {
        return (all.to_vec(), Detail::Full, 0, 0);
    }
    let mut left = match app.view().screen {
        Screen::Board => app.view().board_first.min(all.len() - 1),
        Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => 0,
    };
    // No empty room on the right while something is out of sight on the left.
    while left > 0 && width(&all[left - 1..], Detail::Usual) <= room {
        left -= 1;
    }
    let shown = fitting_from(&all[left..], room);
    let right = all.len() - left - shown.len();
    (shown, Detail::Usual, left, right)
}

/// Draws it.
pub(super) fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let room = usize::from(area.width).saturating_sub(NAME + 3);
    let all = columns(app);
    let (metrics, detail, left, mut right) = fitting(app, &all, room);
    let settings = app.run().sweep().settings();
    let rows: Vec<Row> = app
        .board_rows()
        .into_iter()
        .flat_map(|(place, name)| {
            let rounds = (0..settings.rounds).map(RoundNo);
            rounds.map(move |round| (place, name.clone(), round))
        })
        .map(|(place, name, round)| Row {
            place,
            name,
            cell: app.cell(place, round),
        })
        .collect();
    let high = rows.len() + 1;
    let mut legend = Legend::new(app, &rows, &metrics, (left, right));
    let mut y = block(pen, app, area, &rows, &metrics, detail);
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
        let rest = fitting_from(&all[all.len() - right..], room);
        right -= rest.len();
        y += 1 + block(pen, app, below, &rows, &rest, detail);
        legend = Legend::new(app, &rows, &all, (left, right));
    }
    // What no model at all would get, where there is room for it and for what the headings mean.
    let room = usize::from(area.width);
    let free = usize::from(area.height.saturating_sub(y));
    let most = legend.lines(room, usize::MAX).len();
    if app.view().screen == Screen::Board && free > most + 2 {
        let yardsticks = yardsticks(app, &metrics, detail);
        for line in &yardsticks {
            pen.line(row(area, y), line);
            y += 1;
        }
        if !yardsticks.is_empty() {
            let said =
                "(abstain), (random): what abstaining always, or drawing an option, would get";
            legend.texts.push(said.to_owned());
        }
    }
    let legend = legend.lines(room, usize::from(area.height.saturating_sub(y)));
    let start = area
        .height
        .saturating_sub(u16::try_from(legend.len()).unwrap_or(0));
    for (y, line) in (start.max(y)..area.height).zip(legend) {
        pen.line(row(area, y), &line);
    }
}

/// What answering without reading would get; none where that is not known for any of the columns.
fn yardsticks(app: &App, metrics: &[Metric], detail: Detail) -> Vec<Line> {
    let scope = app.scope();
    let baselines = [Yardstick::Abstaining, Yardstick::Random];
    let rows = baselines.into_iter().map(|who| {
        let values = metrics.iter().map(|m| (*m, who.expected(*m, scope)));
        (who, values.collect::<Vec<_>>())
    });
    let known = rows.filter(|(_, values)| values.iter().any(|(_, v)| v.is_some()));
    let line = |(who, values): (Yardstick, Vec<(Metric, Option<f64>)>)| {
        let wide = NAME + 3;
        let mut line: Line = vec![(Role::Muted, format!("{:<wide$}", who.name()).into())];
        for (metric, value) in values {
            line.push((Role::Text, " ".into()));
            line.extend(figures::expected(metric, value, detail));
        }
        line
    };
    known.map(line).collect()
}

/// A row of the table.
struct Row {
    place: PaneNo,
    name: Safe,
    cell: Cell,
}

/// Some columns of the table, with their headings; returns its height. Where not all rows have
/// room, those up to the cursor's.
fn block(
    pen: &mut Pen<'_>,
    app: &App,
    area: Rect,
    rows: &[Row],
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
    let is_here = |row: &Row| names::is_here(app, row.place) && row.cell.round == cursor.round;
    let at = rows.iter().position(is_here);
    let fit = usize::from(area.height.saturating_sub(1));
    let from = at.map_or(0, |at| (at + 1).saturating_sub(fit.max(1)));
    let mut y = 1u16;
    for shown in rows.iter().skip(from).take(fit) {
        let round = shown.cell.round;
        let focused = is_here(shown);
        let role = if focused {
            Role::TitleFocused
        } else {
            Role::Title
        };
        // A condition's name stands once; the rows below belong to it.
        let first = round.0 == 0 || y == 1;
        let name = if first {
            shown.name.fit(NAME - 1)
        } else {
            Safe::default()
        };
        let mut line: Line = vec![
            (role, format!("{name:<NAME$}").into()),
            (role, format!("{:<3}", format!("r{}", round.0)).into()),
        ];
        for metric in metrics {
            line.push((Role::Text, " ".into()));
            line.extend(figures::figure(*metric, &shown.cell, detail));
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

/// What stands below the numbers; most needed first.
struct Legend {
    /// How to see the columns out of sight.
    more: Line,
    /// Why some numbers are undefined.
    undefined: Vec<Line>,
    /// What headings and signs mean.
    texts: Vec<String>,
}

impl Legend {
    fn new(app: &App, rows: &[Row], shown: &[Metric], (left, right): (usize, usize)) -> Legend {
        let mut more = Line::new();
        if left + right > 0 {
            let key = |action| app.keymap().key_name(action).unwrap_or_default();
            let how = match app.view().screen {
                Screen::Board => format!("{} {}", key(Action::Left), key(Action::Right)),
                Screen::Panes | Screen::Zoom | Screen::Compare | Screen::Items => {
                    key(Action::Board)
                }
            };
            let said = match left + right {
                1 => "1 more column: ".to_owned(),
                n => format!("{n} more columns: "),
            };
            more = vec![(Role::Notice, said.into()), (Role::Key, how.into())];
        }
        let mut texts: Vec<String> = Vec::new();
        if let (true, Some(by)) = (
            shown.contains(&Metric::Toxicity),
            app.run().sweep().texts_by(),
        ) {
            texts.push(format!("toxicity is scored by {}", Safe::line(by)));
        }
        texts.extend(Metric::legends(shown).into_iter().map(str::to_owned));
        let signs = match shown.iter().any(|m| figures::can_be_beside(*m)) {
            true => "– nothing answered yet; [ ], ±: 95% interval",
            false => "– nothing answered yet; [ ]: 95% interval",
        };
        texts.push(signs.to_owned());
        Legend {
            more,
            undefined: undefined(rows, shown),
            texts,
        }
    }

    /// Each in rows of its own, or all in one paragraph where that would be more than `free` rows.
    fn lines(&self, room: usize, free: usize) -> Vec<Line> {
        let muted = |text: &str| vec![(Role::Muted, Safe::line(text))];
        let heads = std::iter::once(&self.more).filter(|l| !l.is_empty());
        let heads = heads.chain(&self.undefined).cloned();
        let apart: Vec<Line> = heads.chain(self.texts.iter().map(|t| muted(t))).collect();
        let rows: Vec<Line> = apart.iter().flat_map(|l| wrapped(l, room)).collect();
        if rows.len() <= free {
            return rows;
        }
        let mut whole = Line::new();
        for (no, line) in apart.into_iter().enumerate() {
            if no > 0 {
                whole.push((Role::Muted, " · ".into()));
            }
            whole.extend(line);
        }
        wrapped(&whole, room)
    }
}

fn wrapped(line: &Line, columns: usize) -> Vec<Line> {
    let pieces: Vec<(Role, &str)> = line.iter().map(|(r, t)| (*r, t.as_str())).collect();
    let wrapped = Wrapped::paragraph(&pieces, columns);
    wrapped.rows().iter().map(|r| r.runs.clone()).collect()
}

/// Why numbers are undefined: each reason once, with its columns.
fn undefined(rows: &[Row], shown: &[Metric]) -> Vec<Line> {
    let mut reasons: Vec<(&'static str, Vec<&'static str>)> = Vec::new();
    for metric in shown {
        let heading = figures::heading(*metric, Detail::Brief);
        for why in rows.iter().filter_map(|row| row.cell.undefined(*metric)) {
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                None => reasons.push((why, vec![heading])),
                Some((_, of)) if of.contains(&heading) => {}
                Some((_, of)) => of.push(heading),
            }
        }
    }
    let line = |(why, of): (&str, Vec<&str>)| {
        vec![
            (Role::Undefined, "undef".into()),
            (
                Role::Muted,
                Safe::from(format!(" in {}: {why}", of.join(", "))),
            ),
        ]
    };
    reasons.into_iter().map(line).collect()
}
