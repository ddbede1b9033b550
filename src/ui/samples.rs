//! All draws of a round: identical texts together, each with its answer and how often it came.

use ratatui::layout::Rect;

use crate::app::samples::Group;
use crate::app::{Action, App, Line, Role, Safe, said};

use super::overlay::edge;
use super::pane::long_bar;
use super::pen::Pen;

/// Columns of the bar that shows a group's share.
const BAR: usize = 10;

/// Draws it.
pub fn draw(pen: &mut Pen<'_>, app: &App, chosen: usize) {
    let Some(listed) = app.listed() else { return };
    let samples = app.samples();
    let cursor = app.view().cursor;
    let focus = app.run().focus();
    let settings = focus.settings();
    let name = settings.condition(cursor.condition);
    let name = name.map_or_else(Safe::default, |c| Safe::line(&c.name).fit(40));
    let temperature = settings.decoding.temperature;
    let title = format!("{name} r{} drawn again, T {temperature:.1}", cursor.round.0);
    let inner = pen.popup(listed.area, &title.into());
    let shown = focus.shown_no(cursor.condition);
    let Some(item) = focus.shown(cursor.condition).map(|p| p.item()) else {
        return;
    };
    pen.line(inner, &vec![(Role::Muted, Safe::line(&samples.told(item)))]);
    let done = samples.finished().max(1) as f64;
    let short = |group: &Group| Safe::line(&said::answer(item, group.answer, None).0);
    let wide = samples.groups.iter().map(|g| short(g).width()).max();
    let wide = wide.unwrap_or(0) + 1;
    let list = listed.rows;
    let rows = samples.groups.iter().enumerate().skip(listed.first);
    for (y, (no, group)) in (list.y..list.bottom()).zip(rows) {
        let place = Rect {
            y,
            height: 1,
            ..list
        };
        let is_chosen = no == chosen;
        let role = |other| if is_chosen { Role::Selected } else { other };
        let count = group.plays.len();
        let at = group.plays.iter().position(|no| Some(*no) == shown);
        let signs = format!(
            "{}{}",
            if is_chosen { "▸" } else { " " },
            if at.is_some() { "•" } else { " " }
        );
        let step = at.map_or_else(String::new, |at| format!("{}/{count} ", at + 1));
        let look = said::look(item, group.answer, None);
        let line: Line = vec![
            (role(Role::Text), signs.into()),
            (role(Role::Number), format!("{count:>3}x ").into()),
            (role(look), short(group).padded(wide)),
            (
                role(Role::Number),
                Safe::from(long_bar(count as f64 / done, BAR)),
            ),
            (role(Role::Muted), format!(" {step}").into()),
            (role(Role::Generated), Safe::line(&group.text())),
        ];
        if is_chosen {
            pen.tint(place, Role::Selected);
            pen.foot(listed.foot, &told(group));
        }
        pen.line(place, &line);
    }
    let key = |action| app.keymap().key_name(action).unwrap_or_default();
    let (open, more) = (key(Action::Open), key(Action::Samples));
    let said = format!(" {open} shows one after the other in the column · {more} draws more ");
    edge(pen, inner, said.into());
}

/// All that was said; each step with its number, where there are several.
fn told(group: &Group) -> Line {
    let mut line = Line::new();
    for (no, text) in group.steps.iter().enumerate() {
        if group.steps.len() > 1 {
            let space = if no == 0 { "" } else { "  " };
            line.push((Role::Muted, format!("{space}step {}: ", no + 1).into()));
        }
        line.push((Role::Generated, Safe::line(text)));
    }
    line
}
