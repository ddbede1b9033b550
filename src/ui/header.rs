//! The top line: whose answers these are and under which settings; and the model's label below it.

use ratatui::layout::Rect;

use crate::app::layout::{Areas, Arrangement, Screen, Shown};
use crate::app::models::short_name;
use crate::app::view::Model;
use crate::app::{App, Axis, Line, Role, Safe};

use super::board;
use super::pen::{self, Pen};
use super::tokens;

/// Draws both lines.
pub fn draw(pen: &mut Pen<'_>, app: &App, areas: &Areas) {
    let area = areas.header;
    pen.tint(area, Role::Header);
    let right = board::progress(app);
    let room = usize::from(area.width).saturating_sub(pen::width(&right) + 3);
    let legend = tokens::legend(app.view().heat);
    let room = room.saturating_sub(pen::width(&legend) + 3 * usize::from(!legend.is_empty()));
    let mut line = fitting(pieces(app, areas), room);
    if !legend.is_empty() {
        line.push((Role::Header, " · ".into()));
        line.extend(legend);
    }
    pen.line(inset(area), &line);
    pen.line_right(inset(area), &right);
    if let (Some(area), Some(warning)) = (areas.warning, app.warning()) {
        pen.tint(area, Role::Warning);
        let text = if warning.width() + 2 > usize::from(area.width) {
            warning.clone()
        } else {
            Safe::from(" ").join(warning)
        };
        pen.line(area, &vec![(Role::Warning, text)]);
    }
}

fn inset(area: Rect) -> Rect {
    Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        ..area
    }
}

/// What the line says, with how early each part gives way (0 never).
fn pieces(app: &App, areas: &Areas) -> Vec<(u8, Role, Safe)> {
    let settings = app.run().focus().settings();
    let mut all = vec![(3, Role::Heading, Safe::from("recant"))];
    match &app.view().model {
        Model::Loading(name) if name.is_empty() => {
            all.push((0, Role::Notice, "loading model…".into()));
        }
        Model::Loading(name) => {
            all.push((0, Role::Notice, Safe::from("loading model… ").join(name)));
        }
        Model::Failed(_) => all.push((0, Role::Failure, "no model".into())),
        Model::Ready { name, detail, .. } => {
            all.push((0, Role::Header, name.clone()));
            if !detail.is_empty() {
                all.push((5, Role::Header, detail.clone()));
            }
        }
    }
    if let Some(record) = app.record() {
        let said = Safe::from("record ").join(&record.name.fit(24));
        all.push((0, Role::Notice, said));
        if !app.run().asks_as_recorded() {
            let key = app.keymap().key_name(crate::app::Action::RestartSweep);
            let key = key.unwrap_or_default();
            all.push((1, Role::Notice, format!("changed, {key} back").into()));
        }
    }
    for (no, model) in app.all_models().filter(|(no, _)| *no != app.model_no()) {
        match model {
            Model::Loading(name) => {
                let said = Safe::from("loading ").join(&short_name(name));
                all.push((2, Role::Notice, said));
            }
            Model::Failed(_) => all.push((3, Role::Failure, "another failed".into())),
            Model::Ready { .. } if app.axis() == Axis::Models => {}
            Model::Ready { .. } => {
                let name = Safe::from("+ ").join(&app.model_name(no));
                all.push((3, Role::Header, name));
            }
        }
    }
    all.push((
        0,
        Role::Header,
        format!("T {:.1}", settings.decoding.temperature).into(),
    ));
    all.push(match settings.lock_seeds {
        true => {
            let said = format!("seed {} locked", settings.seed);
            (1, Role::Notice, said.into())
        }
        false => (2, Role::Header, format!("seed {}", settings.seed).into()),
    });
    match app.view().screen {
        Screen::Board => {}
        Screen::Items => all.push((4, Role::Header, "questions".into())),
        Screen::Compare => all.push((4, Role::Header, "comparison".into())),
        Screen::Zoom => all.push((4, Role::Header, "one pane".into())),
        Screen::Panes => {
            let name = match (app.view().arrangement, app.axis()) {
                // Where not all of them fit, that is said with their name.
                (_, axis @ (Axis::Models | Axis::Branches | Axis::Pairs)) => {
                    if areas.columns.is_all() {
                        all.push((1, Role::Notice, axis.name().into()));
                    }
                    None
                }
                (Arrangement::Grid, Axis::Conditions) => Some("grid"),
                (Arrangement::Rounds, Axis::Conditions) => Some("rounds of a condition"),
                (Arrangement::Conditions, Axis::Conditions) => Some("conditions of a round"),
            };
            all.extend(name.map(|name| (4, Role::Header, name.into())));
            let columns = app.axis().name();
            let (x, y) = match app.view().arrangement {
                Arrangement::Grid | Arrangement::Conditions => (columns, "rounds"),
                Arrangement::Rounds => ("rounds", columns),
            };
            for (name, shown) in [(x, areas.columns), (y, areas.rows)] {
                if !shown.is_all() {
                    all.push((1, Role::Notice, window(name, shown)));
                }
            }
        }
    }
    all
}

/// `conditions 2-4/4`.
fn window(name: &str, shown: Shown) -> Safe {
    let first = shown.first + 1;
    let range = if shown.end == first {
        format!("{first}")
    } else {
        format!("{first}-{}", shown.end)
    };
    Safe::from(format!("{name} {range}/{}", shown.of))
}

fn fitting(mut pieces: Vec<(u8, Role, Safe)>, room: usize) -> Line {
    let width = |p: &[(u8, Role, Safe)]| {
        p.iter().map(|(_, _, t)| t.width()).sum::<usize>() + 3 * p.len().saturating_sub(1)
    };
    while width(&pieces) > room {
        let weakest = pieces
            .iter()
            .enumerate()
            .max_by_key(|(_, (weight, ..))| *weight);
        match weakest {
            Some((at, (weight, ..))) if *weight > 0 => pieces.remove(at),
            _ => break,
        };
    }
    let mut line = Line::new();
    for (_, role, text) in pieces {
        if !line.is_empty() {
            line.push((Role::Header, " · ".into()));
        }
        line.push((role, text));
    }
    line
}
