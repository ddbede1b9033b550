//! What is inside an answer: the token under the cursor with what else could have come, and beside
//! or below it the belief trace.

use ratatui::layout::Rect;

use crate::app::inside::Inside;
use crate::app::inspect::{self, Candidate, Heat};
use crate::app::layout::{panel_body as body, panel_parts};
use crate::app::view::Model;
use crate::app::wrap::Wrapped;
use crate::app::{App, Line, Role, Safe};
use crate::run::Place;

use super::pane::long_bar;
use super::pen::{self, Pen};
use super::trace;

/// Draws both.
pub fn draw(pen: &mut Pen<'_>, app: &App, area: Rect) {
    let (token, chart) = panel_parts(area);
    let inside = app.inside();
    self::token(pen, app, inside, token);
    if chart.width >= 20 {
        trace::draw(pen, app, inside, chart);
    }
}

fn token(pen: &mut Pen<'_>, app: &App, inside: Option<Inside<'_>>, area: Rect) {
    let cursor = app.view().cursor;
    let Some(at) = inside else {
        let title = vec![(Role::Heading, Safe::from(" token "))];
        pen.titled_rule(area, &title, &Line::new());
        let said = match nothing_drawn(app) {
            true => "nothing drawn: options were scored",
            false => "no token yet",
        };
        let none = vec![(Role::Waiting, said.into())];
        return pen.line(body(area), &none);
    };
    let spoken = &at.round.steps[at.step];
    let (no, of) = (at.token + 1, spoken.tokens.len());
    let title: Line = vec![
        (Role::Heading, format!(" token {no}/{of} ").into()),
        (
            Role::Muted,
            Safe::from(format!(
                "{} r{} ",
                app.play_name(at.no).fit(12),
                cursor.round.0
            )),
        ),
    ];
    pen.titled_rule(area, &title, &Line::new());
    let inner = body(area);
    let row = |y: u16| Rect {
        y: inner.y + y,
        height: 1.min(inner.height.saturating_sub(y)),
        ..inner
    };
    let mut facts = facts(&at, usize::from(inner.width));
    if app.view().heat == Heat::Surprise {
        let left = app.neighbours(cursor).and_then(|n| {
            let trace = app.run().trace();
            trace.surprise(&n, at.step, at.token)
        });
        let said = left.map_or_else(|| "-".to_owned(), |l| probability(l.exp()));
        facts.truncate(2);
        facts.push((Role::Muted, "  in the left pane ".into()));
        facts.push((Role::Number, said.into()));
    }
    pen.line(row(0), &facts);
    let all = inspect::candidates(spoken, at.token);
    let rows = usize::from(inner.height.saturating_sub(1));
    let first = (at.choice + 1).saturating_sub(rows.max(1));
    for (y, (no, candidate)) in (1u16..).zip(all.iter().enumerate().skip(first).take(rows)) {
        let line = candidate_line(candidate, no == at.choice, usize::from(inner.width));
        pen.line(row(y), &line);
        if no == at.choice {
            pen.tint(row(y), Role::Selected);
        }
    }
    if spoken.tokens[at.token].detail.is_none() && rows > all.len() {
        let y = u16::try_from(all.len() + 1).unwrap_or(u16::MAX);
        let why = missing(app, &at);
        let wrapped = Wrapped::paragraph(&[(Role::Muted, why.as_str())], usize::from(inner.width));
        for (y, part) in (y..inner.height).zip(wrapped.rows()) {
            pen.line(row(y), &part.runs);
        }
    }
}

/// Whether the round under the cursor has its answer without a word drawn.
fn nothing_drawn(app: &App) -> bool {
    let cursor = app.view().cursor;
    let shown = app.play_in(cursor);
    let play = shown.and_then(|(run, no)| run.focus().play(no));
    let round = play.and_then(|p| p.round(cursor.round));
    round.is_some_and(|r| r.is_done() && r.steps.iter().all(|s| s.tokens.is_empty()))
}

/// Why a token stands alone, and what to do about it.
fn missing(app: &App, at: &Inside<'_>) -> Safe {
    let token = &at.round.steps[at.step].tokens[at.token];
    if app.record().is_none() || token.logprob.is_nan() {
        return "its alternatives were not recorded".into();
    }
    let place = Place {
        play: at.no,
        round: at.round_no,
        step: at.step,
        tokens: at.token,
    };
    let lacks = Safe::from("its alternatives are not in the record; ");
    let why = match (&app.view().model, app.run().trace().is_looked_up(&place)) {
        (Model::Loading(_), _) => "the model that says them is being loaded".into(),
        (Model::Failed(why), _) => Safe::line(why.as_str()),
        (Model::Ready { .. }, Some(true)) => {
            "the token is not among the 255 that the model finds most probable here".into()
        }
        (Model::Ready { .. }, Some(false)) => "the model is asked for them".into(),
        (Model::Ready { .. }, None) => match app.frozen(app.view().cursor) {
            Some(why) => why,
            None => "a critic's words are not asked again".into(),
        },
    };
    lacks.join(&why)
}

/// `P .930  ln -0.07  rank 1  H 0.31`.
fn facts(at: &Inside<'_>, room: usize) -> Line {
    let token = &at.round.steps[at.step].tokens[at.token];
    let label = |text: &'static str| (Role::Muted, Safe::from(text));
    let number = |text: String| (Role::Number, Safe::from(text));
    if token.logprob.is_nan() {
        return vec![(Role::Muted, "put by hand: no probability".into())];
    }
    let mut pairs = vec![
        (
            label("P "),
            number(probability(f64::from(token.logprob.exp()))),
        ),
        (label(" ln "), number(format!("{:.2}", token.logprob))),
    ];
    if let Some(detail) = &token.detail {
        pairs.extend([
            (
                label(" rank "),
                number(format!("{}", u64::from(detail.rank) + 1)),
            ),
            (label(" H "), number(format!("{:.2}", detail.entropy))),
            (label(" nat  id "), number(detail.token.to_string())),
        ]);
        // A record does not say when.
        if detail.elapsed_ms.is_finite() {
            let ms = number(format!("{:.0} ms", detail.elapsed_ms));
            pairs.push((label("  after "), ms));
        }
    }
    let mut line = Line::new();
    for (name, value) in pairs {
        if pen::width(&line) + name.1.width() + value.1.width() > room {
            break;
        }
        line.extend([name, value]);
    }
    line
}

fn candidate_line(candidate: &Candidate<'_>, chosen: bool, room: usize) -> Line {
    let role = |other| if chosen { Role::Selected } else { other };
    let rank = candidate
        .rank
        .map_or_else(|| " -".to_owned(), |r| format!("{:>2}", u64::from(r) + 1));
    let text = match candidate.text {
        "" => Safe::from("(no text)"),
        text => Safe::from(format!("\"{}\"", Safe::line(text))),
    };
    let bar = (room / 4).clamp(4, 16);
    let name = room.saturating_sub(bar + 14).max(6);
    let p = f64::from(candidate.logprob.exp());
    let came = if candidate.came { "•" } else { " " };
    let mut line: Line = vec![
        (role(Role::Text), if chosen { "▸" } else { " " }.into()),
        (role(Role::Notice), came.into()),
        (role(Role::Muted), Safe::from(format!("{rank} "))),
        (role(Role::Generated), padded(&text.fit(name), name)),
    ];
    if !p.is_nan() {
        line.push((
            role(Role::Number),
            Safe::from(format!(" {:>5} ", probability(p))),
        ));
        line.push((role(Role::Muted), Safe::from(long_bar(p, bar))));
    }
    line
}

/// Filled with spaces to a number of columns (not characters).
fn padded(text: &Safe, columns: usize) -> Safe {
    let gap = columns.saturating_sub(text.width());
    text.clone().join(&Safe::from(" ".repeat(gap)))
}

/// `.930`; `1.00`; `4e-7` where three digits would say nothing.
pub fn probability(p: f64) -> String {
    if p.is_nan() {
        return "-".to_owned();
    }
    if p < 0.001 && p > 0.0 {
        return format!("{p:.0e}");
    }
    let text = format!("{p:.3}");
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => format!("{p:.2}"),
    }
}

/// What the marks of the chosen heat mean, each in its own look.
pub fn legend(heat: Heat) -> Line {
    if heat == Heat::Off {
        return Line::new();
    }
    let roles = [Role::HeatLow, Role::HeatMedium, Role::HeatHigh];
    let mut line = vec![(Role::Header, Safe::from(heat.name()))];
    for (role, text) in roles.into_iter().zip(heat.legend()) {
        line.push((Role::Header, " ".into()));
        line.push((role, text.into()));
    }
    line
}
