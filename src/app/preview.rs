//! What a text that is edited comes to: the prompt as it would be said about the question on screen, or
//! the question; and the text's own words by kind.
//!
//! Invariant: while the text is not whole, what it was when it last was stays in sight.

use crate::domain::{Gives, Quotes, RoundNo, Slot, Voice};

use super::editor::{Editor, Reading, Subject};
use super::event::KeyCode;
use super::role::Line;
use super::wrap::{Piece, Wrapped};
use super::{App, Role, Safe};

/// A row's text by kind: slots, unknown names in braces, keys.
pub fn coloured(row: &str, begins: bool) -> Line {
    let mut line = Line::new();
    let mut rest = row;
    if let (true, Some(colon)) = (begins, row.find(':')) {
        let key = &row[..colon];
        let is_word = |c: char| c.is_ascii_lowercase() || c == '_' || c == ' ' || c == '-';
        if !key.is_empty() && key.chars().all(is_word) {
            line.push((Role::Heading, Safe::line(&row[..=colon])));
            rest = &row[colon + 1..];
        }
    }
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}') else {
            break;
        };
        let name = &rest[open + 1..open + close];
        let known = Slot::ALL.iter().any(|s| s.name() == name);
        line.push((Role::Text, Safe::line(&rest[..open])));
        let role = match known {
            true => Role::Prefill,
            false => Role::Failure,
        };
        line.push((role, Safe::line(&rest[open..=open + close])));
        rest = &rest[open + close + 1..];
    }
    line.push((Role::Text, Safe::line(rest)));
    line
}

/// What is wrong, in full, above what the text comes to; nothing where the line below the text has room
/// for it.
pub fn mistake_rows(editor: &Editor, columns: u16, below: u16) -> Vec<Line> {
    let Reading::Wrong(mistake) = editor.reading() else {
        return Vec::new();
    };
    let said = mistake.told();
    if said.width() + 4 <= usize::from(below) {
        return Vec::new();
    }
    let head = vec![(Role::Failure, "x ".into())];
    super::example::hanging(head, &vec![(Role::Failure, said)], columns)
}

/// What a text comes to: the prompt as it would be said about the question on screen, or the question.
pub fn lines(app: &App, editor: &Editor, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    if matches!(editor.reading(), Reading::Wrong(_)) {
        let said = match editor.whole() {
            Some(_) => "not yet whole; before the last changes:",
            None => "not yet whole",
        };
        lines.push(vec![(Role::Waiting, said.into())]);
    }
    let (condition, item) = match (editor.whole(), app.item()) {
        (Some(Reading::Question(item)), _) => {
            lines.extend(super::example::lines(item, columns));
            return lines;
        }
        (Some(Reading::Prompt(condition)), Some(item)) => (condition, item),
        (Some(Reading::Prompt(_) | Reading::Wrong(_)) | None, _) => return lines,
    };
    // What the column said last, where it did: the words that a review would really read.
    let said = |gives| {
        let Subject::Prompt(at) = editor.subject() else {
            return None;
        };
        let play = app.run().focus().shown(at)?;
        let recipe = play.recipe(app.run().focus().settings())?;
        let rounds = (0..).map(RoundNo).zip(&play.trajectory().rounds);
        let spoken = rounds.flat_map(|(no, r)| recipe.steps(no).iter().zip(&r.steps));
        let of_kind = spoken.filter(|(step, s)| step.gives == gives && s.ended.is_some());
        of_kind.last().map(|(_, s)| s.text.trim().to_owned())
    };
    let [answer, reasoning, feedback] =
        [Gives::Answer, Gives::Reasoning, Gives::Feedback].map(said);
    let quotes = Quotes {
        answer: Some(answer.as_deref().unwrap_or("(its last answer)")),
        reasoning: Some(reasoning.as_deref().unwrap_or("(its last reasoning)")),
        feedback: Some(feedback.as_deref().unwrap_or("(the last feedback)")),
    };
    let mut say = |who: &str, role: Role, said: &str| {
        let mut wrapped = Wrapped::new(usize::from(columns).max(8));
        let who = format!("{who}> ");
        let piece = |role, text, begins_row| Piece {
            role,
            text,
            begins_row,
            brief: false,
        };
        wrapped.extend(&[
            piece(Role::Muted, who.as_str(), true),
            piece(role, said, false),
        ]);
        lines.extend(wrapped.rows().iter().map(|row| row.runs.clone()));
    };
    if let Some(system) = &condition.system {
        say("system", Role::User, &system.quote(item, &quotes));
    }
    for (name, steps) in [("first", &condition.first), ("review", &condition.review)] {
        say(name, Role::Heading, "");
        for step in steps {
            if let Some(told) = &step.instructions {
                say("critic, system", Role::User, &told.quote(item, &quotes));
            }
            let to = match step.voice {
                Voice::Model => step.role.name(),
                Voice::Critic => "critic",
            };
            say(to, Role::User, &step.says.quote(item, &quotes));
            let said = match &step.reply {
                Some(reply) => reply.quote(item, &quotes),
                None => format!("{} …", step.prefill.quote(item, &quotes)),
            };
            say("model", Role::Prefill, &said);
        }
    }
    lines
}

impl App {
    /// The prompt as it is said, or with its clauses; only before anything was changed.
    pub(super) fn switch_form(&mut self, editor: &mut Editor) {
        let condition = match editor.subject() {
            Subject::Prompt(at) => self.settings().condition(at).cloned(),
            Subject::Question => None,
        };
        let (Some(scribe), Some(condition)) = (self.scribe, condition) else {
            return;
        };
        if !editor.is_as_opened() {
            self.view.notice = Some("changed already: undo first, or ask and open it again".into());
            return;
        }
        let text = match editor.has_clauses {
            true => Some((scribe.write)(&condition)),
            false => (scribe.write_whole)(&condition),
        };
        let Some(text) = text else {
            self.view.notice = Some("this prompt has no clauses".into());
            return;
        };
        let has_clauses = !editor.has_clauses;
        *editor = Editor::new(editor.subject(), &text, self);
        editor.has_clauses = has_clauses;
        self.view.notice = Some(match has_clauses {
            true => {
                "with its clauses: keys go on switching them, what is asked now comes first".into()
            }
            false => "as it is said: what is changed here has no clauses any more".into(),
        });
    }

    /// Where what the text comes to is shown, below what is wrong.
    pub fn preview_area(&self, editor: &Editor) -> super::layout::Area {
        let [text, below] = self.editor_areas();
        let all = below.right() - text.x;
        let taken = mistake_rows(editor, below.width, all).len();
        let taken = u16::try_from(taken).unwrap_or(u16::MAX).min(below.height);
        super::layout::Area {
            y: below.y + taken,
            height: below.height - taken,
            ..below
        }
    }

    /// Scrolls what the text comes to; returns whether the key does so.
    pub(super) fn scroll_preview(&self, editor: &mut Editor, code: KeyCode) -> bool {
        let below = self.preview_area(editor);
        let page = isize::try_from(below.height.saturating_sub(1).max(1)).unwrap_or(1);
        let by = match code {
            KeyCode::Up => -1,
            KeyCode::Down => 1,
            KeyCode::PageUp => -page,
            KeyCode::PageDown => page,
            _ => return false,
        };
        editor.preview_top = editor.preview_top.saturating_add_signed(by);
        self.clamp_preview(editor);
        true
    }

    /// Keeps what the text comes to in its place.
    pub(super) fn clamp_preview(&self, editor: &mut Editor) {
        let below = self.preview_area(editor);
        let rows = lines(self, editor, below.width).len();
        let last = rows.saturating_sub(usize::from(below.height));
        editor.preview_top = editor.preview_top.min(last);
    }
}
