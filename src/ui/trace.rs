//! The belief trace as a chart: a row per option, a column per token, all rounds after each other.

use ratatui::layout::Rect;

use crate::app::inside::Inside;
use crate::app::trace::{self, Column, LABEL, Slot};
use crate::app::view::Model;
use crate::app::{App, Line, Role, Safe, example, said};
use crate::domain::Item;
use crate::run::Point;

use super::pane::{BARS, eighths};
use super::pen::Pen;
use super::tokens::probability;
use crate::app::layout::panel_body as body;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, inside: Option<Inside<'_>>, area: Rect) {
    let title: Line = vec![
        (Role::Heading, " belief after each token ".into()),
        (Role::Muted, "all rounds ".into()),
    ];
    pen.titled_rule(area, &title, &Line::new());
    let inner = body(area);
    let options = app.item().map_or(0, |i| i.options.len());
    if inner.height == 0 || options == 0 {
        return;
    }
    let Some(at) = inside else {
        return pen.line(inner, &vec![(Role::Waiting, waits(app).into())]);
    };
    let run = app.run();
    let columns = trace::columns(run.focus(), run.trace(), at.no);
    let Some(now) = trace::after(&columns, at.round_no, at.step, at.token) else {
        return pen.line(inner, &vec![(Role::Waiting, waits(app).into())]);
    };
    let room = inner.width.saturating_sub(LABEL);
    let wide = trace::cell(room);
    let slots = trace::window(&columns, now, usize::from(room / wide));
    let below = 2.min(inner.height.saturating_sub(1));
    let shown = options.min(usize::from(inner.height - below));
    let high = ((inner.height - below) / u16::try_from(shown).unwrap_or(1)).clamp(1, 4);
    let item = &**at.play.item();
    let mut y = inner.y;
    for no in 0..shown {
        let (role, sign) = example::sign(item.roles.get(no).copied().flatten());
        let value = |at: Option<usize>| {
            let point = at.and_then(|at| columns.get(at)).and_then(|c| c.point);
            let solid = at.is_some_and(|at| columns[at].solid);
            known(point)
                .filter(|_| solid)
                .and_then(|(p, _)| p.get(no).copied())
        };
        let tag = (sign, said::initial(item, no));
        let label = label_line(role, tag, value(now.checked_sub(1)), value(Some(now)));
        let place = Rect {
            y: y + high - 1,
            height: 1,
            ..inner
        };
        pen.line(place, &label);
        for level in 0..high {
            let line = bars(&columns, &slots, no, role, (level, high), wide);
            let place = Rect {
                x: inner.x + LABEL,
                y: y + high - 1 - level,
                width: room,
                height: 1,
            };
            pen.line(place, &line);
        }
        y += high;
    }
    let lines = [
        mass(&columns, &slots, now, wide, item),
        marks(
            &columns,
            &slots,
            (now, item),
            wide,
            inner.width,
            y + 3 <= inner.bottom(),
        ),
    ];
    for line in lines {
        if y < inner.bottom() {
            pen.line(
                Rect {
                    y,
                    height: 1,
                    ..inner
                },
                &line,
            );
            y += 1;
        }
    }
    let explained = [
        "capital: another option leads from here on; ^ here",
        "┆ next round, ╎ next step; before→after this token",
        "· not about to answer: a+b+… below 1%",
        "steps that reason: asked for the answer right there",
    ];
    let mut lines: Vec<Safe> = explained.into_iter().map(Safe::from).collect();
    // Two in a row where there is room.
    if usize::from(inner.width) > 2 * explained[0].len() + 4 {
        let joined = lines.chunks(2).map(|pair| match pair {
            [one, two] => one.clone().join(&" · ".into()).join(two),
            _ => pair.first().cloned().unwrap_or_default(),
        });
        lines = joined.collect();
    }
    for (y, said) in (y..inner.bottom()).zip(lines) {
        let place = Rect {
            y,
            height: 1,
            ..inner
        };
        pen.line(place, &vec![(Role::Muted, said)]);
    }
}

fn waits(app: &App) -> String {
    match app.view().model {
        Model::Ready { .. } => "comes when the answer has begun".to_owned(),
        Model::Loading(_) => "loading model…".to_owned(),
        Model::Failed(_) => "no model to ask".to_owned(),
    }
}

fn known(point: Option<&Point>) -> Option<(&[f64], f64)> {
    match point {
        Some(Point::Known {
            probabilities,
            mass,
        }) => Some((probabilities, *mass)),
        Some(Point::Asked | Point::Failed(_)) | None => None,
    }
}

/// `S a .310>.620`: before and after the token under the cursor.
fn label_line(role: Role, (sign, tag): (char, char), from: Option<f64>, to: Option<f64>) -> Line {
    let short = |p: Option<f64>| match p {
        None => "  - ".to_owned(),
        Some(p) if p < 0.0005 => ".000".to_owned(),
        Some(p) => probability(p),
    };
    vec![
        (role, format!("{sign} {tag} ").into()),
        (Role::Muted, short(from).into()),
        (Role::Muted, "→".into()),
        (Role::Number, short(to).into()),
    ]
}

/// One row of cells of an option's bars.
fn bars(
    columns: &[Column<'_>],
    slots: &[Slot],
    option: usize,
    role: Role,
    (level, high): (u16, u16),
    wide: u16,
) -> Line {
    let mut line = Line::new();
    for slot in slots {
        let (role, sign) = match slot {
            Slot::Gap(sign) => (Role::Border, *sign),
            Slot::At(no) => {
                let column = &columns[*no];
                match known(column.point).and_then(|(p, _)| p.get(option).copied()) {
                    Some(p) if column.solid => {
                        let filled = eighths(p, usize::from(high));
                        let here = filled.saturating_sub(8 * usize::from(level)).min(8);
                        // Nothing is also something: a line at the foot.
                        match (here, level) {
                            (0, 0) => (Role::Muted, "_"),
                            (here, _) => (role, BARS[here]),
                        }
                    }
                    Some(_) if level == 0 => (Role::Muted, "·"),
                    None if level == 0 => (Role::Waiting, " "),
                    Some(_) | None => (Role::Waiting, " "),
                }
            }
        };
        let times = match slot {
            Slot::Gap(_) => 1,
            Slot::At(_) => usize::from(wide),
        };
        line.push((role, Safe::from(sign.repeat(times))));
        if let Slot::Gap(_) = slot {
            line.push((Role::Waiting, Safe::from(" ".repeat(usize::from(wide) - 1))));
        }
    }
    line
}

/// `a+b+c`, where that is short.
fn sum_name(item: &Item) -> String {
    let options = item.options.len();
    let letters: Vec<String> = (0..options)
        .map(|no| said::initial(item, no).to_string())
        .collect();
    match options {
        0..=4 => letters.join("+"),
        _ => "options".to_owned(),
    }
}

/// How probable the options are together.
fn mass(columns: &[Column<'_>], slots: &[Slot], now: usize, wide: u16, item: &Item) -> Line {
    let point = columns.get(now).and_then(|c| c.point);
    let value = match point {
        None => "not asked yet".to_owned(),
        Some(Point::Asked) => "being asked".to_owned(),
        Some(Point::Known { mass, .. }) => format!("{:>4.0}%", mass * 100.0),
        Some(Point::Failed(why)) => {
            let said = format!("not known here: {why}");
            return vec![(Role::Failure, said.into())];
        }
    };
    let label = match point {
        Some(Point::Known { .. }) => format!("{} {value}", sum_name(item)),
        _ => value,
    };
    let mut line: Line = vec![(
        Role::Muted,
        Safe::from(format!("{label:<width$}", width = usize::from(LABEL))),
    )];
    for slot in slots {
        let (role, sign) = match slot {
            Slot::Gap(sign) => (Role::Border, *sign),
            Slot::At(no) => match known(columns[*no].point) {
                Some((_, mass)) => (Role::Muted, BARS[eighths(mass, 1).min(8)]),
                None => (Role::Waiting, " "),
            },
        };
        match slot {
            Slot::Gap(_) => line.push((role, Safe::from(format!("{sign:<0$}", usize::from(wide))))),
            Slot::At(_) => line.push((role, Safe::from(sign.repeat(usize::from(wide))))),
        }
    }
    line
}

/// Where another option leads than before, and where the cursor is.
fn marks(
    columns: &[Column<'_>],
    slots: &[Slot],
    (now, item): (usize, &Item),
    wide: u16,
    room: u16,
    explained: bool,
) -> Line {
    let turns = columns.iter().filter(|c| c.turn.is_some()).count();
    let label = match turns {
        0 => "no new leader".to_owned(),
        n => format!("new leader {n}"),
    };
    let mut line: Line = vec![(
        Role::Muted,
        Safe::from(format!("{label:<width$}", width = usize::from(LABEL))),
    )];
    for slot in slots {
        let (role, sign) = match slot {
            Slot::At(no) => match (columns[*no].turn, *no == now) {
                (Some(option), here) => {
                    let role = if here { Role::TokenCursor } else { Role::Turn };
                    (
                        role,
                        said::initial(item, option).to_ascii_uppercase().to_string(),
                    )
                }
                (None, true) => (Role::TokenCursor, "^".to_owned()),
                (None, false) => (Role::Waiting, " ".to_owned()),
            },
            Slot::Gap(sign) => (Role::Border, (*sign).to_owned()),
        };
        let gap = Safe::from(" ".repeat(usize::from(wide) - 1));
        line.push((role, sign.into()));
        line.push((Role::Waiting, gap));
    }
    let used = u16::try_from(super::pen::width(&line)).unwrap_or(u16::MAX);
    let hint = "  capital: who leads now · '·': sum < 1%";
    if !explained && used.saturating_add(44) <= room {
        line.push((Role::Muted, hint.into()));
    }
    line
}
