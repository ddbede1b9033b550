//! Two answers, or what was read before them, beside each other.

use ratatui::layout::Rect;

use crate::app::compare::{Comparison, Side, What};
use crate::app::{App, Line, Role, Safe, example, layout, said};
use crate::domain::{Item, OptionRole, Round, Verdict};

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
        pen.line(head, &title(app, side, no == 1, usize::from(head.width)));
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
        pen.titled_rule(place, &summary(app, comparison, room), &Line::new());
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
fn title(app: &App, side: Side, focused: bool, room: usize) -> Line {
    let role = match focused {
        true => Role::TitleFocused,
        false => Role::Title,
    };
    let mut line = Line::new();
    let round = app.play_of_side(side).and_then(|p| p.round(side.round));
    match round {
        None => line.push((Role::Waiting, "not begun ".into())),
        Some(round) => match (round.verdict, &round.failed) {
            (Some(verdict), _) => line.push(answer(app, side, round, verdict)),
            (None, Some(_)) => line.push((Role::Failure, "failed ".into())),
            (None, None) => line.push((Role::Streaming, "streaming ".into())),
        },
    }
    // The name gives way: which round it is, and what was answered, are always whole.
    let round = format!(" r{} ", side.round.0);
    let beside = round.len() + 1 + super::pen::width(&line);
    let name = super::pane_title::brief(&app.side_name(side), room.saturating_sub(beside));
    line.insert(0, (role, Safe::from(format!(" {name}{round}"))));
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
        let belief = app.telling_belief_of(side.model, side.play, side.round)?;
        Some((play.item(), belief))
    };
    let known = app.belief_of(side.model, side.play, side.round);
    if known.is_some() && of(side).is_none() {
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
        Some((role, by))
    });
    if side == comparison.right && comparison.left != comparison.right {
        let moved: Vec<(OptionRole, f64)> = moved.into_iter().flatten().collect();
        let beside = beside(&moved);
        return match super::pen::width(&line) + super::pen::width(&beside) <= room {
            true => line.into_iter().chain(beside).collect(),
            false => within(item, belief, &moved, room),
        };
    }
    line
}

/// `  moved S+0.05 C-0.05 A+0.00`.
fn beside(moved: &[(OptionRole, f64)]) -> Line {
    let mut line: Line = Vec::new();
    for (no, (role, by)) in moved.iter().enumerate() {
        let (look, sign) = example::sign(Some(*role));
        if no == 0 {
            line.push((Role::Muted, "  moved".into()));
        }
        line.push((look, format!(" {sign}").into()));
        line.push((Role::Number, super::pane::signed_hundredths(*by).into()));
    }
    line
}

/// Where there is little room: each option's belief, and how far it moved right behind it.
fn within(item: &Item, belief: &[f64], moved: &[(OptionRole, f64)], room: usize) -> Line {
    let line = |gap: &'static str, signed: bool| -> Line {
        let mut line = Line::new();
        for (no, p) in belief.iter().enumerate() {
            let role = item.roles.get(no).copied().flatten();
            let (look, mark) = said::mark(role);
            let mark = if signed { mark } else { String::new() };
            let tag = Safe::line(&said::tag(item, no));
            let space = if no == 0 { "" } else { " " };
            line.push((look, format!("{space}{mark}{tag}").into()));
            line.push((Role::Number, hundredths(*p).into()));
            let by = moved.iter().find(|(of, _)| Some(*of) == role);
            if let Some((_, by)) = by {
                let by = super::pane::signed_hundredths(*by).replacen("0.", ".", 1);
                line.push((Role::Notice, format!("{gap}{by}").into()));
            }
        }
        line
    };
    let lines = [line(" ", true), line("", true), line("", false)];
    let fits = |l: &&Line| super::pen::width(l) <= room;
    lines.iter().find(fits).unwrap_or(&lines[2]).clone()
}

/// ` answers between rounds: difference 1 of 3 · 14 words the same, [-4 only left-] {+3 only right+} `, and
/// shorter.
fn summary(app: &App, comparison: &Comparison, room: usize) -> Line {
    let shown = comparison.shown();
    let between = app.between_name(comparison.left, comparison.right);
    let what = match comparison.what {
        What::Answers => "answers",
        What::Prompts => "exact prompts",
    };
    let head = |what: &str| vec![(Role::Heading, Safe::from(format!(" {what} {between}: ")))];
    if shown.rows.iter().all(|(l, r)| l.is_empty() && r.is_empty()) {
        let mut line = head(what);
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
    let long = [
        format!(" · {same} words the same, "),
        format!("[-{left} only left-]"),
        format!("{{+{right} only right+}}"),
    ];
    let short = [
        format!(" · {same} words same "),
        format!("[-{left}-]"),
        format!("{{+{right}+}}"),
    ];
    let shortest = [" ".to_owned(), short[1].clone(), short[2].clone()];
    let line = |[same, left, right]: [String; 3]| {
        let mut line = head(what);
        line.extend([
            (Role::Notice, Safe::from(count.as_str())),
            (Role::Muted, same.into()),
            (Role::OnlyLeft, left.into()),
            (Role::Muted, " ".into()),
            (Role::OnlyRight, right.into()),
            (Role::Muted, " ".into()),
        ]);
        line
    };
    let lines = [long, short, shortest].map(line);
    let fits = |l: &&Line| super::pen::width(l) <= room;
    lines.iter().find(fits).unwrap_or(&lines[2]).clone()
}
