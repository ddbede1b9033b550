//! The exact prompt of a round as text: what the model read, mark for mark and token for token.

use crate::domain::{Prompt, PromptMark, Quoted, Round, RoundNo, Spoken, StopReason, Voice};
use crate::run::Play;

use super::App;
use super::role::{Line, Role};
use super::transcript::Safe;
use super::view::Model;
use super::wrap::{Piece, Wrapped};

/// All rows, `columns` wide.
pub fn lines(app: &App, columns: u16) -> Vec<Line> {
    let cursor = app.view().cursor;
    let play = app.run().focus().shown(cursor.condition);
    let round = play.and_then(|p| p.round(cursor.round).map(|r| (p, r)));
    match round {
        Some((play, round)) => of_round(app, play, round, cursor.round, columns),
        None => vec![vec![(
            Role::Waiting,
            "nothing was read yet: this round has not begun".into(),
        )]],
    }
}

fn of_round(app: &App, play: &Play, round: &Round, round_no: RoundNo, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let condition = play.recipe(app.run().focus().settings());
    if let Some(condition) = condition {
        let quoted = match condition.source.quoted {
            Quoted::Verbatim => "word for word; ",
            Quoted::Reconstruction => "rebuilt; ",
            Quoted::Ours => "our own: ",
        };
        let source = format!("{quoted}{}", condition.source.place);
        wrap(&mut lines, "condition", &condition.title, columns);
        wrap(&mut lines, "words", &source, columns);
    }
    let reused = play.prompt_tokens(round_no).map(|(_, reused)| reused);
    for (no, spoken) in round.steps.iter().enumerate() {
        let last = no + 1 == round.steps.len();
        lines.push(Vec::new());
        if round.steps.len() > 1 {
            let said = format!("step {} of {}", no + 1, round.steps.len());
            lines.push(vec![(Role::Heading, said.into())]);
        }
        match &spoken.prompt {
            Some(prompt) => {
                if let Some(mark) = &spoken.recorded {
                    wrap(&mut lines, "record", &held_against(prompt, mark), columns);
                }
                of_prompt(&mut lines, prompt, reused.filter(|_| last), columns);
                let begun = match spoken.prefill.is_empty() {
                    true => "no: the model begins its turn itself".to_owned(),
                    false => format!("\"{}\"", spoken.prefill),
                };
                wrap(&mut lines, "put into its mouth", &begun, columns);
            }
            None if spoken.ended == Some(StopReason::Given) => given(&mut lines, spoken, columns),
            None if app.record().is_some() => recorded(&mut lines, app, spoken, columns),
            None => lines.push(vec![(
                Role::Waiting,
                "the model has not begun to read, or the prompt was not recorded".into(),
            )]),
        }
    }
    lines
}

/// A step that the prompt file answers itself: nobody was asked, so no prompt was read for it alone.
fn given(lines: &mut Vec<Line>, spoken: &Spoken, columns: u16) {
    let (name, about) = match spoken.voice {
        Voice::Model => (
            "put into its mouth",
            "the prompt file answers this step itself: the model was not asked here, so nothing was read for \
             it alone; the exact prompt of the next step that it was asked holds both turns, marks included",
        ),
        Voice::Critic => (
            "in its mouth",
            "the prompt file gives the critic's words itself: nobody was asked; where a later prompt quotes \
             them, it stands there",
        ),
    };
    wrap(lines, "exact prompt", about, columns);
    if let Some(system) = &spoken.system {
        wrap(lines, "system", system, columns);
    }
    wrap(lines, spoken.role.name(), &spoken.says, columns);
    let said = format!("\"{}{}\"", spoken.prefill, spoken.text);
    wrap(lines, name, &said, columns);
}

/// Whether a prompt made anew is the one that was read when the record was made.
fn held_against(prompt: &Prompt, mark: &PromptMark) -> String {
    match prompt.sha256 == mark.sha256 {
        true => "made anew; the record's SHA-256 is the same: exactly this was read".to_owned(),
        false => format!(
            "made anew, and NOT what was read then: the record has {} tokens, SHA-256 {}",
            mark.tokens, mark.sha256
        ),
    }
}

/// What a record holds of a prompt: what was said, without the marks that the model's template puts
/// around it.
fn recorded(lines: &mut Vec<Line>, app: &App, spoken: &Spoken, columns: u16) {
    let why = match &app.view().model {
        Model::Loading(_) => "the model that makes it anew is being loaded".to_owned(),
        Model::Failed(why) => Safe::line(why.as_str()).as_str().to_owned(),
        Model::Ready { .. } => match app.frozen(app.view().cursor) {
            Some(why) => why.as_str().to_owned(),
            None => "it is being made anew".to_owned(),
        },
    };
    let lacks =
        format!("the record holds what was said, not the model's own marks around it; {why}");
    wrap(lines, "exact prompt", &lacks, columns);
    if let Some(mark) = &spoken.recorded {
        wrap(lines, "read", &format!("{} tokens", mark.tokens), columns);
        wrap(lines, "SHA-256", &mark.sha256, columns);
    }
    if let Some(system) = &spoken.system {
        wrap(lines, "system", system, columns);
    }
    wrap(lines, spoken.role.name(), &spoken.says, columns);
    if !spoken.prefill.is_empty() {
        wrap(lines, "put into its mouth", &spoken.prefill, columns);
    }
}

fn of_prompt(lines: &mut Vec<Line>, prompt: &Prompt, reused: Option<u32>, columns: u16) {
    let characters = prompt.text.chars().count();
    let reused = reused.map_or_else(String::new, |n| format!(", {n} of them computed before"));
    let counts = format!(
        "{} tokens{reused}; {characters} characters",
        prompt.tokens.len()
    );
    wrap(lines, "read", &counts, columns);
    let template = match &prompt.template_sha256 {
        Some(hash) => format!("the model's chat template, SHA-256 {hash}"),
        None => "none in the model: plain Human: and Assistant: turns".to_owned(),
    };
    wrap(lines, "template", &template, columns);
    wrap(lines, "SHA-256", &prompt.sha256, columns);
    lines.push(Vec::new());
    let wrapped = Wrapped::paragraph(&marked(&prompt.text), usize::from(columns));
    lines.extend(wrapped.rows().iter().map(|r| r.runs.clone()));
    lines.push(Vec::new());
    let ids: Vec<String> = prompt.tokens.iter().map(u32::to_string).collect();
    wrap(lines, "token ids", &ids.join(" "), columns);
}

/// Splits a rendered prompt into the template's marks and the words between them.
fn marked(text: &str) -> Vec<(Role, &str)> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((at, end)) = next_mark(rest) {
        if at > 0 {
            parts.push((Role::Generated, &rest[..at]));
        }
        parts.push((Role::Key, &rest[at..end]));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        parts.push((Role::Generated, rest));
    }
    parts
}

/// Marks that templates write: `<|…|>`, `<s>`, `</s>`, `<bos>`, `[INST]`, and the plain turns.
fn next_mark(text: &str) -> Option<(usize, usize)> {
    const LONGEST: usize = 40;
    const PLAIN: [&str; 4] = ["[INST]", "[/INST]", "Human:", "Assistant:"];
    let named = |at: usize| {
        let found = PLAIN.iter().find(|m| text[at..].starts_with(**m));
        found.map(|m| (at, at + m.len()))
    };
    let angled = |at: usize| {
        let tail = text[at..].strip_prefix('<')?;
        let end = tail.find('>').filter(|e| *e > 0 && *e <= LONGEST)?;
        let inside = tail[..end].trim_matches(['|', '/']);
        let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '|';
        (!inside.is_empty() && inside.chars().all(word)).then_some((at, at + end + 2))
    };
    let places = text.char_indices().map(|(at, _)| at);
    places
        .filter_map(|at| named(at).or_else(|| angled(at)))
        .next()
}

/// A fact: its name, then its words, going on under themselves.
fn wrap(lines: &mut Vec<Line>, name: &str, text: &str, columns: u16) {
    const NAME: usize = 19;
    let mut wrapped = Wrapped::new(usize::from(columns).saturating_sub(NAME).max(16));
    wrapped.extend(&[Piece {
        role: Role::Text,
        text,
        begins_row: true,
        brief: false,
    }]);
    for (no, row) in wrapped.rows().iter().enumerate() {
        let head = if no == 0 { name } else { "" };
        let mut line = vec![(Role::Muted, Safe::from(format!("{head:<NAME$}")))];
        line.extend(row.runs.iter().cloned());
        lines.push(line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_words_are_not() {
        let text = "<|im_start|>user\n1 < 2 and 3 > 2 <b c> é</s>\n\nHuman: hi";
        let marks: Vec<&str> = marked(text)
            .into_iter()
            .filter(|(role, _)| *role == Role::Key)
            .map(|(_, text)| text)
            .collect();
        assert_eq!(marks, ["<|im_start|>", "</s>", "Human:"]);
        let whole: String = marked(text).iter().map(|(_, t)| *t).collect();
        assert_eq!(whole, text);
    }
}
