//! A pane's title: what stands in it, how much of it is out of sight, how its round stands.

use ratatui::layout::Rect;

use crate::app::layout::PaneNo;
use crate::app::view::Model;
use crate::app::{App, Line, Role, Safe, said};
use crate::domain::{Answer, Item, Round};
use crate::run::{PaneState, Play};

use super::pen::{self, Pen};

/// Draws it.
pub(super) fn draw(
    pen: &mut Pen<'_>,
    app: &App,
    play: Option<&Play>,
    no: PaneNo,
    area: Rect,
    focused: bool,
) {
    let role = if focused {
        Role::TitleFocused
    } else {
        Role::Title
    };
    let name = app.pane_name(no);
    let room = usize::from(area.width);
    let statuses = statuses(app, play, no);
    let live = if app.is_live(no) { "live " } else { "" };
    // A pane that draws in a way of its own says so, if only with a sign.
    let own = app
        .own_draw(no)
        .map(|own| Safe::from("*").join(&own).join(&" ".into()));
    let round = format!(" r{} ", no.round.0);
    // The round and the shortest status are always whole; the condition's name gives way.
    let shortest = statuses.last().map_or(0, |s| pen::width(s) + 2);
    let beside = room.saturating_sub(round.len() + live.len() + 1 + shortest);
    let own = own.map(|own| match own.width() + name.width().min(8) <= beside {
        true => own,
        false => "* ".into(),
    });
    let own = own.unwrap_or_default();
    let round = Safe::from(round).join(&own).join(&live.into());
    let for_name = beside.saturating_sub(own.width());
    let mut left: Line = vec![(
        role,
        Safe::from(" ").join(&brief(&name, for_name)).join(&round),
    )];
    let rest = room.saturating_sub(pen::width(&left));
    // That text is out of sight matters more than the grade's long words.
    let hidden = found(app, no).join(&hidden(app, no));
    let fits = |room: usize| move |s: &&Line| pen::width(s) + 2 <= room;
    let beside = statuses
        .iter()
        .find(fits(rest.saturating_sub(hidden.width())));
    if beside.is_some() && !hidden.is_empty() {
        left.push((Role::Muted, hidden));
    }
    let status = beside.or_else(|| statuses.iter().find(fits(rest)));
    let status = status.cloned().unwrap_or_default();
    pen.line(area, &left);
    if !status.is_empty() {
        let mut padded: Line = vec![(Role::Border, " ".into())];
        padded.extend(status);
        padded.push((Role::Border, " ".into()));
        pen.line_right(area, &padded);
    }
}

/// A condition's name with its changed clauses where it fits, else their levels alone, else how many they
/// are: `if+place=system+persona=hitler`, `if+system+hitler`, `if+2…`.
pub(super) fn brief(name: &Safe, room: usize) -> Safe {
    if name.width() <= room {
        return name.clone();
    }
    let whole = name.to_string();
    let mut parts = whole.split('+');
    let base = parts.next().unwrap_or_default();
    let levels = parts.map(|p| p.split_once('=').map(|(_, level)| level));
    let Some(levels) = levels.collect::<Option<Vec<&str>>>() else {
        return name.fit(room);
    };
    let short = format!("{base}+{}", levels.join("+"));
    let count = format!("{base}+{}…", levels.len());
    let fits = [short, count].into_iter().map(|s| Safe::line(&s));
    let mut fits = fits.filter(|s| !levels.is_empty() && s.width() <= room);
    fits.next().unwrap_or_else(|| name.fit(room))
}

/// How often it holds what is looked for: `/2`.
fn found(app: &App, no: PaneNo) -> Safe {
    let search = app.view().search.as_ref().filter(|_| app.is_searching());
    match search.map_or(0, |s| s.count(no)) {
        0 => Safe::default(),
        n => Safe::from(format!("/{n} ")),
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
    let stopped = matches!(app.view().model, Model::Failed(_)) && app.has_asked();
    match app.pane_state(no) {
        PaneState::Waiting | PaneState::Reading | PaneState::Streaming(_) if stopped => all(
            Role::Failure,
            vec!["model stopped".into(), "stopped".into()],
        ),
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
            .map_or_else(Vec::new, |(item, round)| match app.label_in(no) {
                Some((label, counts)) => by_hand(item, label, counts),
                None => {
                    let play = app.play_in(no).map(|(_, play)| play);
                    let scored = play.and_then(|play| app.toxicity(no.model, play, no.round));
                    graded(item, round, scored)
                }
            }),
    }
}

/// `S (a) stereotyped + right`, and shorter; as the kind of question calls for.
fn graded(item: &Item, round: &Round, scored: Option<(f64, Safe)>) -> Vec<Line> {
    let Some(answer) = round.answer else {
        return Vec::new();
    };
    let toxicity = scored.as_ref().map(|(score, _)| *score);
    let role = said::look(item, answer, toxicity);
    let (sign, word, right) = match answer.is_correct(item) {
        Some(true) => (" +", " + right", Role::Right),
        Some(false) => (" x", " x wrong", Role::Wrong),
        None => ("", "", Role::Unparsed),
    };
    let (short, long) = said::answer(item, answer, toxicity);
    // Whose number it is, where there is room; the question's line always says it.
    let by = scored.map(|(_, by)| format!("{long} by {by}"));
    let named = by.iter().map(|by| (by, word));
    named
        .chain([(&long, word), (&long, sign), (&short, sign)])
        .map(|(text, right_text)| {
            vec![
                (role, Safe::from(text.as_str())),
                (right, Safe::from(right_text)),
            ]
        })
        .collect()
}

/// `S (a) stereotyped, by hand, not counted`, and shorter: `(h)` is a label that does not count.
fn by_hand(item: &Item, label: Answer, counts: bool) -> Vec<Line> {
    let (short, long) = said::answer(item, label, None);
    let texts = match counts {
        true => [
            format!("{long}, by hand"),
            format!("{short} by hand"),
            format!("{short} h"),
        ],
        false => [
            format!("{long}, by hand, not counted"),
            format!("{short} by hand, not counted"),
            format!("{short} (h)"),
        ],
    };
    let role = said::look(item, label, None);
    let line = |text: String| vec![(role, Safe::from(text))];
    texts.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_where_they_say_least() {
        let name = Safe::line("if+place=system+persona=hitler");
        for (room, said) in [
            (30, "if+place=system+persona=hitler"),
            (29, "if+system+hitler"),
            (16, "if+system+hitler"),
            (15, "if+2…"),
            (5, "if+2…"),
            (4, "if+…"),
        ] {
            assert_eq!(brief(&name, room).to_string(), said, "{room}");
        }
        let branch = Safe::line("q+ a branch");
        assert_eq!(brief(&branch, 6).to_string(), "q+ a …");
    }
}
