//! Two answers, or what was read before them, beside each other.

use ratatui::layout::Rect;

use crate::app::compare::{Comparison, Side, What};
use crate::app::{App, Line, Role, Safe, example, layout, said};
use crate::domain::{OptionRole, Round, Verdict};

use super::pane::hundredths;
use super::pen::Pen;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, comparison: &Comparison, page: Rect) {
    let texts = layout::comparison(page);
    let sides = [comparison.left, comparison.right];
    for (no, (side, text)) in sides.into_iter().zip(texts).enumerate() {
        let head = Rect {
            y: page.y,
            height: 1,
            ..text
        };
        pen.rule(
            Rect {
                x: head.x - 1.min(head.x),
                width: head.width + 2,
                ..head
            },
            "─",
            Role::Border,
        );
        pen.line(head, &title(app, side, no == 1));
        let below = Rect {
            y: page.y + 1,
            ..head
        };
        if page.height > 1 {
            pen.line(
                below,
                &belief(app, comparison, side, usize::from(below.width)),
            );
        }
    }
    let between = Rect {
        x: texts[1].x - 2.min(texts[1].x),
        width: 1,
        ..page
    };
    pen.post(between, "│", Role::Border);
    if page.height > 2 {
        let place = Rect {
            y: page.y + 2,
            height: 1,
            ..page
        };
        let room = usize::from(place.width.saturating_sub(4));
        pen.titled_rule(place, &summary(comparison, room), &Line::new());
    }
    let shown = comparison.shown();
    let rows = shown.rows.iter().enumerate().skip(comparison.top);
    let here = comparison.difference.and_then(|d| shown.differences.get(d));
    for (y, (no, (left, right))) in (texts[0].y..texts[0].bottom()).zip(rows) {
        for (line, text) in [(left, texts[0]), (right, texts[1])] {
            pen.line(
                Rect {
                    y,
                    height: 1,
                    ..text
                },
                line,
            );
        }
        if here == Some(&no) {
            pen.put(between.x, y, 1, &"►".into(), Role::Notice);
        }
    }
    let left_out = shown
        .rows
        .len()
        .saturating_sub(comparison.top + usize::from(texts[0].height));
    if left_out > 0 && texts[0].height > 0 {
        let place = Rect {
            y: page.bottom() - 1,
            height: 1,
            ..page
        };
        let said = format!(" ↓ {left_out} more rows ");
        pen.line_right(place, &vec![(Role::Muted, said.into())]);
    }
}

/// ` q~1 r2  A abstains`.
fn title(app: &App, side: Side, focused: bool) -> Line {
    let role = match focused {
        true => Role::TitleFocused,
        false => Role::Title,
    };
    let name = app.side_name(side);
    let mut line: Line = vec![(role, Safe::from(format!(" {name} r{} ", side.round.0)))];
    let round = app.play_of_side(side).and_then(|p| p.round(side.round));
    match round {
        None => line.push((Role::Waiting, "not begun ".into())),
        Some(round) => match (round.verdict, &round.failed) {
            (Some(verdict), _) => line.push(answer(app, side, round, verdict)),
            (None, Some(_)) => line.push((Role::Failure, "failed ".into())),
            (None, None) => line.push((Role::Streaming, "streaming ".into())),
        },
    }
    line
}

/// What was answered, in a word or two.
fn answer(app: &App, side: Side, round: &Round, verdict: Verdict) -> (Role, Safe) {
    let item = app.play_of_side(side).map(|p| p.item());
    match (item, round.answer) {
        (Some(item), Some(answer)) => {
            let toxicity = app.toxicity(side.model, side.play, side.round);
            let toxicity = toxicity.map(|(score, _)| score);
            let (_, long) = said::answer(item, answer, toxicity);
            let role = said::look(item, answer, toxicity);
            (role, Safe::line(&long).join(&" ".into()))
        }
        _ => {
            let said = format!("{} {} ", verdict.sign(), verdict.name());
            (super::pane::verdict_role(verdict), said.into())
        }
    }
}

/// P(option) before the answer began; on the right also how far each meaning's moved.
fn belief(app: &App, comparison: &Comparison, side: Side, room: usize) -> Line {
    let of = |side: Side| {
        let play = app.play_of_side(side)?;
        let belief = play.round(side.round)?.telling_belief()?;
        Some((play.item(), belief))
    };
    let round = || app.play_of_side(side)?.round(side.round);
    if round().is_some_and(|r| r.belief.is_some() && r.telling_belief().is_none()) {
        return vec![(Role::Muted, "no option comes next".into())];
    }
    let Some((item, belief)) = of(side) else {
        return vec![(Role::Muted, "belief not known".into())];
    };
    let mut line: Line = vec![(Role::Muted, "belief".into())];
    for (no, p) in belief.iter().enumerate() {
        let (role, mark) = said::mark(item.roles.get(no).copied().flatten());
        let tag = Safe::line(&said::tag(item, no));
        line.push((role, format!(" {mark}{tag}").into()));
        line.push((Role::Number, hundredths(*p).into()));
    }
    let meant = |side: Side, role| {
        let (item, belief) = of(side)?;
        belief.get(item.option_with(role)?).copied()
    };
    let roles = [
        OptionRole::Stereotyped,
        OptionRole::Counter,
        OptionRole::Unknown,
    ];
    let moved = roles.map(|role| {
        let by = meant(comparison.right, role)? - meant(comparison.left, role)?;
        Some((example::sign(Some(role)), by))
    });
    if side == comparison.right && comparison.left != comparison.right {
        let mut moved: Vec<_> = moved.into_iter().flatten().collect();
        // `  moved S+0.05` and seven columns more for each other one.
        let used: usize = super::pen::width(&line);
        if used + 7 + 7 * moved.len() > room {
            moved.sort_by(|(_, a), (_, b)| b.abs().total_cmp(&a.abs()));
            moved.truncate(1);
            line.push((Role::Muted, " Δ".into()));
        } else {
            line.push((Role::Muted, "  moved".into()));
        }
        for ((role, sign), by) in moved {
            line.push((role, format!(" {sign}").into()));
            line.push((Role::Number, super::pane::signed_hundredths(by).into()));
        }
    }
    line
}

fn summary(comparison: &Comparison, room: usize) -> Line {
    let shown = comparison.shown();
    let what = match comparison.what {
        What::Answers => " answers: ",
        What::Prompts => " exact prompts: ",
    };
    let mut line: Line = vec![(Role::Heading, what.into())];
    if shown.rows.iter().all(|(l, r)| l.is_empty() && r.is_empty()) {
        line.push((Role::Muted, "nothing to compare yet ".into()));
        return line;
    }
    let [same, left, right] = shown.words;
    let count = match (comparison.difference, shown.differences.len()) {
        (_, 0) => "no difference".to_owned(),
        (None, 1) => "1 difference".to_owned(),
        (None, n) => format!("{n} differences"),
        (Some(at), n) => format!("difference {} of {n}", at + 1),
    };
    line.push((Role::Notice, count.into()));
    let counts = |same: String, left: String, right: String| -> Line {
        vec![
            (Role::Muted, same.into()),
            (Role::OnlyLeft, left.into()),
            (Role::Muted, " ".into()),
            (Role::OnlyRight, right.into()),
            (Role::Muted, " ".into()),
        ]
    };
    let long = counts(
        format!(" · {same} words the same, "),
        format!("[-{left} only left-]"),
        format!("{{+{right} only right+}}"),
    );
    let fits = super::pen::width(&line) + super::pen::width(&long) <= room;
    line.extend(match fits {
        true => long,
        false => counts(
            format!(" · {same} words same "),
            format!("[-{left}-]"),
            format!("{{+{right}+}}"),
        ),
    });
    line
}
