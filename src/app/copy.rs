//! What can be copied, as text: an answer, a prompt, the scoreboard's numbers, a list.
//!
//! The text is exact, as it was said or computed; whoever gives it to a terminal gates it.

use crate::domain::{Round, RoundNo};

use super::App;
use super::compare::{answer, prompt};
use super::event::Effect;
use super::figures::{self, Detail};
use super::layout::{PaneNo, Screen};
use super::metric::Metric;
use super::overlay::Overlay;

/// A text to copy, and what its file is called.
type Copy = (String, String);

impl App {
    /// Copies what keys act on, or all of what it stands among.
    pub(super) fn copy(&mut self, all: bool, out: &mut Vec<Effect>) {
        let copy = match (&self.view.overlay, self.view.screen) {
            (Overlay::Prompt(_), _) => self.prompt_copy(),
            (Overlay::Samples(row), _) => self.samples_copy(*row, all),
            (Overlay::Example(_), _) => self.question_copy(),
            (_, Screen::Panes | Screen::Zoom) if all => self.panes_copy(),
            (_, Screen::Panes | Screen::Zoom) => self.answer_copy(self.view.cursor),
            (_, Screen::Compare) => self.comparison_copy(all),
            (_, Screen::Board) => self.board_copy(all),
            (_, Screen::Items) => self.items_copy(all),
        };
        match copy.filter(|(_, text)| !text.trim().is_empty()) {
            Some((name, text)) => out.push(Effect::Copy { name, text }),
            None => self.view.notice = Some("nothing to copy here yet".into()),
        }
    }

    fn round_of(&self, pane: PaneNo) -> Option<&Round> {
        let (run, no) = self.play_in(pane)?;
        run.focus().play(no)?.round(pane.round)
    }

    fn round_name(&self, pane: PaneNo) -> String {
        format!("{} r{}", self.pane_name(pane), pane.round.0)
    }

    fn answer_copy(&self, pane: PaneNo) -> Option<Copy> {
        let round = self.round_of(pane)?;
        Some((self.round_name(pane), answer(round)))
    }

    /// The question, then every answer on screen under its pane's name.
    fn panes_copy(&self) -> Option<Copy> {
        let (_, mut text) = self.question_copy()?;
        for (pane, _) in self.areas()?.panes {
            if let Some(round) = self.round_of(pane) {
                let name = self.round_name(pane);
                text.push_str(&format!("\n## {name}\n\n{}\n", answer(round).trim()));
            }
        }
        Some(("panes".to_owned(), self.with_models(text)))
    }

    fn prompt_copy(&self) -> Option<Copy> {
        let pane = self.view.cursor;
        let round = self.round_of(pane)?;
        Some((format!("prompt {}", self.round_name(pane)), prompt(round)))
    }

    fn samples_copy(&self, row: usize, all: bool) -> Option<Copy> {
        let name = format!("draws {}", self.round_name(self.view.cursor));
        let samples = self.samples();
        if !all {
            return Some((name, samples.groups.get(row)?.text()));
        }
        let line = |g: &super::samples::Group| format!("{}x {}\n", g.plays.len(), g.text());
        Some((name, samples.groups.iter().map(line).collect()))
    }

    fn comparison_copy(&self, all: bool) -> Option<Copy> {
        let comparison = self.view.comparison.as_ref()?;
        let (left, right) = comparison.texts();
        let named =
            |side: super::compare::Side| format!("{} r{}", self.side_name(side), side.round.0);
        if !all {
            return Some((named(comparison.right), right.to_owned()));
        }
        let text = format!(
            "## {}\n\n{}\n\n## {}\n\n{}\n",
            named(comparison.left),
            left.trim(),
            named(comparison.right),
            right.trim()
        );
        Some(("comparison".to_owned(), text))
    }

    /// The question with its options, as it is asked.
    fn question_copy(&self) -> Option<Copy> {
        let item = self.item()?;
        let mut text = format!("# {}\n\n", item.id);
        for part in [&*item.context, &*item.question] {
            if !part.is_empty() {
                text.push_str(&format!("{part}\n"));
            }
        }
        for no in 0..item.options.len() {
            let (_, sign) = super::example::sign(item.roles.get(no).copied().flatten());
            let letter = crate::domain::letter(no);
            let letter = match item.rule.has_letters() {
                true => format!("({letter}) "),
                false => String::new(),
            };
            let sign = match item.roles.get(no).copied().flatten() {
                Some(_) => format!(" [{sign}]"),
                None => String::new(),
            };
            text.push_str(&format!("{letter}{}{sign}\n", item.options[no]));
        }
        Some((format!("question {}", item.id), text))
    }

    /// Rows of the scoreboard as a table, each number with its interval.
    fn board_copy(&self, all: bool) -> Option<Copy> {
        let sweep = self.run.sweep();
        let settings = sweep.settings();
        let category = self.view.category_name();
        let metrics = self.metrics();
        let heads = metrics.iter().map(|m| figures::heading(*m, Detail::Full));
        let heads: Vec<&str> = heads.collect();
        let mut text = format!("| condition | round | {} |\n", heads.join(" | "));
        text.push_str(&format!("|---|---{}|\n", "|---:".repeat(heads.len())));
        let cursor = self.view.cursor;
        for (column, name) in self.board_rows() {
            for round in (0..settings.rounds).map(RoundNo) {
                let here = |p: PaneNo| (p.model, p.condition, p.round);
                let pane = PaneNo { round, ..column };
                if !all && here(pane) != here(cursor) {
                    continue;
                }
                let cell = self.cell(pane, round);
                let figures = metrics.iter().map(|metric| {
                    let line = figures::figure(*metric, &cell, Detail::Full);
                    let text: String = line.iter().map(|(_, t)| t.as_str()).collect();
                    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
                    match cell.undefined(*metric) {
                        Some(why) => format!("undefined: {why}"),
                        None => text,
                    }
                });
                let figures: Vec<String> = figures.collect();
                let name = name.as_str().replace('|', "\\|");
                let (no, figures) = (round.0, figures.join(" | "));
                text.push_str(&format!("| {name} | {no} | {figures} |\n"));
            }
        }
        text.push_str(&format!(
            "\n{} of {} answers; T {:.1}, seed {}; {}; [95% interval]\n",
            sweep.rounds_done(),
            sweep.rounds_planned(),
            settings.decoding.temperature,
            settings.seed,
            category.unwrap_or("all categories"),
        ));
        for said in Metric::legends(&metrics) {
            text.push_str(&format!("{said}\n"));
        }
        let rows = self.board_rows();
        let here = |p: &PaneNo| (p.model, p.condition) == (cursor.model, cursor.condition);
        let name = rows.iter().find(|(p, _)| here(p)).map(|(_, name)| name);
        let name = match (all, name) {
            (false, Some(name)) => format!("scoreboard {name} r{}", cursor.round.0),
            (true, _) | (false, None) => "scoreboard".to_owned(),
        };
        Some((name, self.with_models(text)))
    }

    fn items_copy(&self, all: bool) -> Option<Copy> {
        let list = self.view.items.as_ref()?;
        let line = |row: &super::items::Row| {
            let item = self.run.items().get(row.item_no)?;
            let before = row.before.map(|b| b.answer.verdict(item).name());
            let now = row.now.answer.verdict(item).name();
            let change = before.map_or_else(|| now.to_owned(), |b| format!("{b} to {now}"));
            Some(format!("{}\t{change}\t{}\n", item.id, item.question))
        };
        let name = format!(
            "questions {}",
            self.round_name(PaneNo {
                condition: list.condition,
                round: list.round,
                ..self.view.cursor
            })
        );
        let text = match all {
            true => list.rows.iter().filter_map(line).collect(),
            false => line(list.rows.get(list.selected)?)?,
        };
        Some((name, text))
    }

    /// With the models' names, and what must be read beside their numbers.
    fn with_models(&self, mut text: String) -> String {
        for (_, model) in self.all_models() {
            if let super::Model::Ready { name, warning, .. } = model {
                text.push_str(&format!("\nmodel: {name}\n"));
                if let Some(warning) = warning {
                    text.push_str(&format!("{warning}\n"));
                }
            }
        }
        text
    }
}
