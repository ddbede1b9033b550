//! One pane: a title that tells how it stands, what was said, and the belief below.

use ratatui::layout::Rect;

use crate::app::layout::{self, PaneNo};
use crate::app::models::short_name;
use crate::app::pairs::Moved;
use crate::app::view::Model;
use crate::app::{Action, App, Line, Role, Safe, example, said};
use crate::domain::{Item, MASS_ENOUGH, Round, Verdict};

use super::pen::{self, Pen};
use super::{marks, pane_title};

/// Eighths of a cell, upwards.
pub(super) const BARS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

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
    let shown = app.play_in(no);
    let play = shown.and_then(|(run, play)| run.focus().play(play));
    pane_title::draw(
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
    let rows = app.view().text(no);
    match rows.filter(|t| !t.is_empty()) {
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
            let round = play.and_then(|p| p.round(no.round));
            if let Some(round) = round.filter(|_| !rows.is_held()) {
                marks::tokens(pen, app, no, round, rows, text);
            }
            marks::matches(pen, app, no, rows, text);
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
        let item = play.map(|p| &**p.item());
        let room = usize::from(below.width);
        let line = match app.moved(no) {
            Some(moved) => moved_belief(item, &moved, room),
            None => belief(app, no, item, round, room),
        };
        pen.line(below, &line);
    }
}

fn waits(app: &App, no: PaneNo) -> String {
    let beside = match app.is_recorded_model(no.model) {
        true => "not in the record; ",
        false => "",
    };
    if let Some(why) = app.frozen(no) {
        return format!("{beside}{why}");
    }
    match app.model_of(no.model) {
        Some(Model::Loading(name)) if !name.is_empty() => {
            format!("{beside}loading {}", short_name(name))
        }
        Some(Model::Loading(_)) => format!("{beside}loading model…"),
        Some(Model::Failed(_)) | None => format!("{beside}no model"),
        Some(Model::Ready { .. }) => {
            let shown = app.play_in(no);
            let failed = shown
                .and_then(|(run, play)| run.focus().play(play))
                .is_some_and(|p| p.trajectory().has_failed());
            match no.round.0.checked_sub(1) {
                Some(_) if failed => "an earlier round failed".to_owned(),
                Some(before) => format!("waits for round {before}"),
                None => "waits for the model".to_owned(),
            }
        }
    }
}

pub(super) fn verdict_role(verdict: Verdict) -> Role {
    match verdict {
        Verdict::Stereotyped => Role::Stereotyped,
        Verdict::Counter => Role::Counter,
        Verdict::Abstains => Role::Abstains,
        Verdict::Ungraded => Role::Ungraded,
        Verdict::Unparsed => Role::Unparsed,
    }
}

/// P(option) before the answer begins.
fn belief(app: &App, no: PaneNo, item: Option<&Item>, round: Option<&Round>, room: usize) -> Line {
    let muted = |text: &str| vec![(Role::Muted, Safe::from(text))];
    let (Some(item), Some(round)) = (item, round) else {
        return Line::new();
    };
    let shown = app.play_in(no).map(|(_, play)| play);
    let known = shown.and_then(|play| app.belief_of(no.model, play, no.round));
    let Some((belief, mass)) = known else {
        let key = app.keymap().key_name(Action::Open).unwrap_or_default();
        let recorded = app.record().is_some() && !app.is_live(no);
        return match app.run().focus().settings().belief {
            _ if item.options.is_empty() => muted("free text, no options"),
            true if round.failed.is_some() => Line::new(),
            true if recorded && !can_ask(app, no) => muted("belief not recorded"),
            true if recorded && room < 44 => muted("belief not recorded"),
            true if recorded => muted(&format!("belief not recorded; {key} computes it")),
            true => muted("belief not computed yet"),
            false => muted("belief switched off"),
        };
    };
    if let Some(mass) = mass.filter(|m| *m < MASS_ENOUGH) {
        let percent = mass * 100.0;
        return muted(&match room {
            60.. => {
                format!("no option comes next: together {percent:.1}% of the model's probability")
            }
            _ => format!("no option next: {percent:.1}%"),
        });
    }
    let role_of = |no: usize| said::mark(item.roles.get(no).copied().flatten());
    let each = room.saturating_sub(7) / belief.len().max(1);
    let mut line = Line::new();
    if each >= 20 {
        line.push((Role::Muted, "belief ".into()));
    }
    // Words take more room than letters: the sign goes before a word is cut, then all but its initial.
    let words: usize = (0..belief.len())
        .map(|no| Safe::line(&said::tag(item, no)).width())
        .sum();
    let is_tight = |beside: usize| words + beside * belief.len() > room + 1;
    let has_words = !item.rule.has_letters();
    let (unsigned, initials) = (has_words && is_tight(7), has_words && is_tight(5));
    for (no, p) in belief.iter().enumerate() {
        let (role, sign) = role_of(no);
        let sign = if unsigned && each < 20 {
            String::new()
        } else {
            sign
        };
        let tag = match initials {
            true => Safe::from(said::initial(item, no).to_string()),
            false => Safe::line(&said::tag(item, no)),
        };
        if !line.is_empty() && each < 20 {
            line.push((Role::Muted, " ".into()));
        }
        match each {
            20.. => {
                let bar = each.saturating_sub(14 + tag.width()).min(24);
                line.push((role, Safe::from(format!("{sign}P({tag}) "))));
                line.push((Role::Number, Safe::from(format!("{p:.2} "))));
                line.push((role, Safe::from(long_bar(*p, bar))));
                line.push((Role::Muted, "  ".into()));
            }
            _ => {
                line.push((role, Safe::from(format!("{sign}{tag}"))));
                line.push((Role::Number, Safe::from(hundredths(*p))));
                line.push((role, bar(*p).into()));
            }
        }
    }
    if let (Some(mass), true) = (mass, each >= 32) {
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

fn can_ask(app: &App, no: PaneNo) -> bool {
    let model = app.model_of(no.model);
    !matches!(model, Some(Model::Failed(_)) | None) && app.frozen(no).is_none()
}

/// What the change of a question did to the belief: `S .41 -.19`, or without the probabilities where
/// there is little room. What an option means comes first, for its letter may have changed.
fn moved_belief(item: Option<&Item>, moved: &[Moved], room: usize) -> Line {
    let role = |of: &Moved| item.and_then(|i| i.roles.get(of.option).copied().flatten());
    let sign = |of: &Moved| example::sign(role(of));
    let mut moved = moved.to_vec();
    let order = "SCA-";
    moved.sort_by_key(|of| (order.find(sign(of).1), of.option));
    let lines = [(true, " "), (true, ""), (false, "")].map(|(whole, gap)| {
        let mut line = Line::new();
        for of in &moved {
            let (role, sign) = sign(of);
            if !line.is_empty() {
                line.push((Role::Muted, format!(" {gap}").into()));
            }
            match (sign, item) {
                ('-', Some(item)) => {
                    let tag = said::tag(item, of.option);
                    line.push((role, Safe::line(&tag).join(&gap.into())));
                }
                _ => line.push((role, format!("{sign}{gap}").into())),
            }
            if whole {
                line.push((Role::Number, format!("{}{gap}", hundredths(of.now)).into()));
            }
            let by = signed_hundredths(of.by).replacen("0.", ".", 1);
            let role = match of.by.abs() >= MOVED {
                true => Role::Notice,
                false => Role::Muted,
            };
            line.push((role, by.into()));
        }
        line
    });
    let fits = |l: &&Line| pen::width(l) <= room;
    lines.iter().find(fits).unwrap_or(&lines[2]).clone()
}

/// Beliefs that differ by less are as good as the same.
const MOVED: f64 = 0.05;

/// `.62`, and `1.0` where it rounds to one.
pub(super) fn hundredths(p: f64) -> String {
    let text = format!("{p:.2}");
    match text.strip_prefix("0.") {
        Some(rest) => format!(".{rest}"),
        None => format!("{p:.1}"),
    }
}

/// `+0.31`; never `-0.00`.
pub(super) fn signed_hundredths(by: f64) -> String {
    format!("{:+.2}", (by * 100.0).round() / 100.0 + 0.0)
}

pub(super) fn eighths(p: f64, of: usize) -> usize {
    let eighths = (p.clamp(0.0, 1.0) * 8.0 * of as f64).round();
    // `as` saturates, NaN gives 0.
    (eighths as usize).min(8 * of)
}

fn bar(p: f64) -> &'static str {
    BARS[eighths(p, 1).min(8)]
}

pub(super) fn long_bar(p: f64, cells: usize) -> String {
    const LEFT: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let filled = eighths(p, cells);
    let mut out = "█".repeat(filled / 8);
    out.push_str(LEFT[filled % 8]);
    let used = filled.div_ceil(8);
    out.push_str(&"·".repeat(cells - used));
    out
}
