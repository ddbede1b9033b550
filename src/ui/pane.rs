//! One pane: a title that tells how it stands, what was said, and the belief below.

use ratatui::layout::Rect;

use crate::app::layout::{self, PaneNo};
use crate::app::view::Model;
use crate::app::{App, Line, Role, Safe, example};
use crate::domain::{Item, Round, Verdict, letter};
use crate::run::{PaneState, Play};

use super::pen::{self, Pen};

/// Eighths of a cell, upwards.
const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, no: PaneNo, area: Rect) {
    if area.width < 4 || area.height == 0 {
        return;
    }
    let focused = no == app.view().cursor;
    let (border, rule, post, corner) = match focused {
        true => (Role::BorderFocused, "━", "┃", "┏"),
        false => (Role::Border, "─", "│", "┌"),
    };
    let top = Rect {
        width: area.width - 1,
        height: 1,
        ..area
    };
    pen.rule(top, rule, border);
    pen.post(Rect { width: 1, ..area }, post, border);
    pen.put(area.x, area.y, 1, &corner.into(), border);
    let play = app.run().focus().plays().get(usize::from(no.condition.0));
    title(
        pen,
        app,
        play,
        no,
        Rect {
            x: area.x + 2,
            width: area.width - 3,
            ..top
        },
        focused,
    );
    let text = layout::pane_text(area);
    let shown = app.view().text(no);
    match shown.filter(|t| !t.is_empty()) {
        Some(rows) => {
            for (y, line) in (text.y..text.bottom()).zip(rows.rows()) {
                pen.line(
                    Rect {
                        y,
                        height: 1,
                        ..text
                    },
                    line,
                );
            }
        }
        None => pen.line(text, &vec![(Role::Waiting, waits(app, no).into())]),
    }
    if area.height >= 3 {
        let below = Rect {
            y: area.bottom() - 1,
            height: 1,
            ..text
        };
        let round = play.and_then(|p| p.round(no.round));
        pen.line(below, &belief(app, round, usize::from(below.width)));
    }
}

fn waits(app: &App, no: PaneNo) -> String {
    match &app.view().model {
        Model::Loading(_) => "loading model…".to_owned(),
        Model::Failed(_) => "no model".to_owned(),
        Model::Ready { .. } => {
            let failed = app
                .run()
                .focus()
                .plays()
                .get(usize::from(no.condition.0))
                .is_some_and(|p| p.trajectory().has_failed());
            match no.round.0.checked_sub(1) {
                Some(_) if failed => "an earlier round failed".to_owned(),
                Some(before) => format!("waits for round {before}"),
                None => "waits for the model".to_owned(),
            }
        }
    }
}

fn title(pen: &mut Pen<'_>, app: &App, play: Option<&Play>, no: PaneNo, area: Rect, focused: bool) {
    let role = if focused {
        Role::TitleFocused
    } else {
        Role::Title
    };
    let condition = app.run().focus().settings().condition(no.condition);
    let name = condition.map_or_else(Safe::default, |c| Safe::line(&c.name));
    let room = usize::from(area.width);
    let statuses = statuses(app, play, no);
    let round = format!(" r{} ", no.round.0);
    // The round and the shortest status are always whole; the condition's name gives way.
    let shortest = statuses.last().map_or(0, |s| pen::width(s) + 2);
    let for_name = room.saturating_sub(round.len() + 1 + shortest);
    let mut left: Line = vec![(
        role,
        Safe::from(" ")
            .join(&name.fit(for_name))
            .join(&round.into()),
    )];
    let rest = room.saturating_sub(pen::width(&left));
    let status = statuses
        .into_iter()
        .find(|s| pen::width(s) + 2 <= rest)
        .unwrap_or_default();
    let hidden = hidden(app, no);
    if pen::width(&left) + pen::width(&status) + hidden.width() + 4 <= room && !hidden.is_empty() {
        left.push((Role::Muted, hidden));
    }
    pen.line(area, &left);
    if !status.is_empty() {
        let mut padded: Line = vec![(Role::Border, " ".into())];
        padded.extend(status);
        padded.push((Role::Border, " ".into()));
        pen.line_right(area, &padded);
    }
}

/// Rows out of sight: `↑3 ↓5`.
fn hidden(app: &App, no: PaneNo) -> Safe {
    let Some(text) = app.view().text(no) else {
        return Safe::default();
    };
    let (above, below) = (
        text.top(),
        text.len().saturating_sub(text.top() + text.height()),
    );
    match (above, below) {
        (0, 0) => Safe::default(),
        (above, 0) => Safe::from(format!("↑{above} ")),
        (0, below) => Safe::from(format!("↓{below} ")),
        (above, below) => Safe::from(format!("↑{above} ↓{below} ")),
    }
}

/// How the round stands, longest first.
fn statuses(app: &App, play: Option<&Play>, no: PaneNo) -> Vec<Line> {
    let all = |role, texts: Vec<String>| {
        texts
            .into_iter()
            .map(|t| vec![(role, Safe::from(t))])
            .collect::<Vec<Line>>()
    };
    match app.pane_state(no) {
        PaneState::Waiting => all(Role::Waiting, vec!["waiting".into()]),
        PaneState::Failed => all(Role::Failure, vec!["failed".into()]),
        PaneState::Reading => match play.and_then(|p| p.prompt_tokens(no.round)) {
            None | Some((0, _)) => all(Role::Reading, vec!["reading".into()]),
            Some((n, reused)) => all(
                Role::Reading,
                vec![
                    format!("reading {n} tokens ({reused} reused)"),
                    format!("reading {n} ({reused} reused)"),
                    format!("reading {n}"),
                ],
            ),
        },
        PaneState::Streaming(None) => all(Role::Streaming, vec!["streaming".into()]),
        PaneState::Streaming(Some(rate)) => all(
            Role::Streaming,
            vec![
                format!("streaming {rate:4.0} tok/s"),
                format!("{rate:4.0} tok/s"),
            ],
        ),
        PaneState::Done => play
            .and_then(|p| p.round(no.round).map(|r| (p.item(), r)))
            .map_or_else(Vec::new, |(item, round)| graded(item, round)),
    }
}

/// `S (a) stereotyped + right`, and shorter.
fn graded(item: &Item, round: &Round) -> Vec<Line> {
    let (Some(answer), Some(verdict)) = (round.answer, round.verdict) else {
        return Vec::new();
    };
    let role = match verdict {
        Verdict::Stereotyped => Role::Stereotyped,
        Verdict::Counter => Role::Counter,
        Verdict::Abstains => Role::Abstains,
        Verdict::Ungraded => Role::Ungraded,
        Verdict::Unparsed => Role::Unparsed,
    };
    let option = answer
        .option(item)
        .map_or_else(String::new, |no| format!(" ({})", letter(no)));
    let (sign, word, right) = match answer.is_correct(item) {
        Some(true) => (" +", " + right", Role::Right),
        Some(false) => (" x", " x wrong", Role::Wrong),
        None => ("", "", Role::Unparsed),
    };
    let short = format!("{}{option}", verdict.sign());
    let long = format!("{short} {}", verdict.name());
    [(&long, word), (&long, sign), (&short, sign)]
        .into_iter()
        .map(|(text, right_text)| {
            vec![
                (role, Safe::from(text.as_str())),
                (right, Safe::from(right_text)),
            ]
        })
        .collect()
}

/// P(option) before the answer begins.
fn belief(app: &App, round: Option<&Round>, room: usize) -> Line {
    let muted = |text: &str| vec![(Role::Muted, Safe::from(text))];
    let Some(round) = round else {
        return Line::new();
    };
    let Some(belief) = &round.belief else {
        return match app.run().focus().settings().belief {
            _ if app.item().is_some_and(|i| i.options.is_empty()) => muted("free text, no options"),
            true if round.failed.is_some() => Line::new(),
            true => muted("belief not computed yet"),
            false => muted("belief switched off"),
        };
    };
    let roles = app.item().map_or(&[][..], |i| &i.roles);
    let role_of = |no: usize| example::sign(roles.get(no).copied().flatten());
    let each = room.saturating_sub(7) / belief.len().max(1);
    let mut line = Line::new();
    if each >= 20 {
        line.push((Role::Muted, "belief ".into()));
    }
    for (no, p) in belief.iter().enumerate() {
        let (role, sign) = role_of(no);
        let letter = letter(no);
        if !line.is_empty() && each < 20 {
            line.push((Role::Muted, " ".into()));
        }
        match each {
            20.. => {
                let bar = (each - 15).min(24);
                line.push((role, Safe::from(format!("{sign} P({letter}) "))));
                line.push((Role::Number, Safe::from(format!("{p:.2} "))));
                line.push((role, Safe::from(long_bar(*p, bar))));
                line.push((Role::Muted, "  ".into()));
            }
            _ => {
                line.push((role, Safe::from(format!("{sign} {letter}"))));
                line.push((Role::Number, Safe::from(hundredths(*p))));
                line.push((role, bar(*p).into()));
            }
        }
    }
    if let (Some(mass), true) = (round.belief_mass, each >= 32) {
        let said = format!(
            "(all options together {:.0}% of the model's probability)",
            mass * 100.0
        );
        if pen::width(&line) + said.len() <= room {
            line.push((Role::Muted, Safe::from(said)));
        }
    }
    line
}

/// `.62`, and `1.0` where it rounds to one.
fn hundredths(p: f64) -> String {
    let text = format!("{p:.2}");
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => format!("{p:.1}"),
    }
}

fn eighths(p: f64, of: usize) -> usize {
    let eighths = (p.clamp(0.0, 1.0) * 8.0 * of as f64).round();
    // `as` saturates, NaN gives 0.
    (eighths as usize).min(8 * of)
}

fn bar(p: f64) -> &'static str {
    BARS[eighths(p, 1).min(8)]
}

fn long_bar(p: f64, cells: usize) -> String {
    const LEFT: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = eighths(p, cells);
    let mut out = "█".repeat(filled / 8);
    out.push_str(LEFT[filled % 8]);
    let used = filled.div_ceil(8);
    out.push_str(&"·".repeat(cells - used));
    out
}
