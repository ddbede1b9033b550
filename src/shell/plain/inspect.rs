//! What the plain explorer says of an answer looked into: its tokens, its exact prompt, and where the model
//! changed its mind.
//!
//! Invariant: what is counted from is what is typed: rounds from 0, tokens from 1, as answers are told.

use crate::app::{said, trace};
use crate::domain::{ConditionNo, Item, Round, RoundNo, Spoken, Token};
use crate::run::{Focus, PlayNo, Point, Settings, Trace};

/// How many of the least likely tokens are told.
const LEAST: usize = 5;

/// The commands that look inside, for the help.
pub(super) const HELP: &str = "Look inside an answer: t, m or e, then the condition and the round (t q 1; without \
them, the first condition's first answer). t its least likely tokens, with a token's number behind (t q 1 5) that \
token and what else could have come, m where the model changed its mind, e exactly what it read";

/// An answer, and the rest of what was typed.
pub(super) struct Asked {
    pub(super) condition: ConditionNo,
    pub(super) round: RoundNo,
    /// A token's number, from 1.
    pub(super) token: Option<usize>,
}

/// Reads `q 1 5`: a condition, a round, a token's number; each may be missing.
pub(super) fn asked(words: &str, settings: &Settings) -> Result<Asked, String> {
    let mut words = words.split_whitespace().peekable();
    let mut condition = 0;
    if let Some(word) = words.peek() {
        let named = settings
            .conditions
            .iter()
            .position(|c| c.name.eq_ignore_ascii_case(word));
        match (named, word.parse::<u16>()) {
            (Some(no), _) => {
                condition = no;
                words.next();
            }
            (None, Ok(_)) => {}
            (None, Err(_)) => {
                let all: Vec<&str> = settings.conditions.iter().map(|c| &*c.name).collect();
                return Err(format!(
                    "No condition {word:?}; there are {}.",
                    all.join(", ")
                ));
            }
        }
    }
    let number = |word: Option<&str>, what: &str| match word.map(str::parse::<usize>) {
        None => Ok(None),
        Some(Ok(no)) => Ok(Some(no)),
        Some(Err(_)) => Err(format!("The {what} is a number.")),
    };
    let round = number(words.next(), "round")?.unwrap_or(0);
    if round >= usize::from(settings.rounds) {
        let last = settings.rounds.saturating_sub(1);
        return Err(format!("There are rounds 0 to {last}."));
    }
    let token = number(words.next(), "token")?;
    if let Some(word) = words.next() {
        return Err(format!("Nothing is known of {word:?}."));
    }
    Ok(Asked {
        condition: ConditionNo(u16::try_from(condition).unwrap_or(u16::MAX)),
        round: RoundNo(u16::try_from(round).unwrap_or(u16::MAX)),
        token,
    })
}

/// A round's tokens with their texts, of all its steps.
fn tokens(round: &Round) -> Vec<(&str, &Token)> {
    let of_step = |spoken| {
        let spoken: &Spoken = spoken;
        let begins = std::iter::once(0).chain(spoken.tokens.iter().map(|t| t.end));
        let one = |(from, token): (usize, &'_ Token)| (from, token.end);
        let ends: Vec<(usize, usize)> = begins.zip(&spoken.tokens).map(one).collect();
        let texts = ends.into_iter();
        texts
            .map(|(from, to)| spoken.text.get(from..to).unwrap_or_default())
            .zip(&spoken.tokens)
            .collect::<Vec<_>>()
    };
    round.steps.iter().flat_map(of_step).collect()
}

/// The least likely tokens of an answer, in the order in which they were said.
pub(super) fn least(head: &str, round: &Round) -> String {
    let all = tokens(round);
    let mut by: Vec<usize> = (0..all.len()).collect();
    by.sort_by(|a, b| all[*a].1.logprob.total_cmp(&all[*b].1.logprob));
    by.truncate(LEAST);
    by.sort_unstable();
    let one = |no: usize| {
        let (text, token) = all[no];
        let (p, rank) = (chance(token.logprob), ranked(token));
        format!("{} {} {p}{rank}", no + 1, quoted(text))
    };
    let told: Vec<String> = by.into_iter().map(one).collect();
    match all.len() {
        0 => format!("{head} no tokens are known."),
        1 => format!("{head} one token: {}.", told.join("; ")),
        n => format!("{head} {n} tokens; the least likely: {}.", told.join("; ")),
    }
}

/// One token: probability, rank, entropy, and what else could have come.
pub(super) fn token(head: &str, round: &Round, no: usize) -> String {
    let all = tokens(round);
    let found = no.checked_sub(1).and_then(|at| all.get(at));
    let Some((text, token)) = found else {
        return format!("{head} there are tokens 1 to {}.", all.len());
    };
    let p = chance(token.logprob);
    let of = format!("{head} token {no} of {}, {}, {p}", all.len(), quoted(text));
    let Some(detail) = &token.detail else {
        return format!("{of}. What else could have come is not recorded.");
    };
    let others = detail.alternatives.iter();
    let others = others.filter(|a| a.token != detail.token);
    let others: Vec<String> = others
        .map(|a| format!("{} {}", quoted(&a.text), chance(a.logprob)))
        .collect();
    format!(
        "{of}{}, entropy {:.2} nats. Instead could have come: {}.",
        ranked(token),
        detail.entropy,
        others.join("; ")
    )
}

/// A token's text; what ends an answer has none.
fn quoted(text: &str) -> String {
    match text.is_empty() {
        true => "the end".to_owned(),
        false => format!("{text:?}"),
    }
}

/// `probability 0.12`.
fn chance(logprob: f32) -> String {
    match f64::from(logprob).exp() {
        p if p < 0.001 => "probability below 0.001".to_owned(),
        p => format!("probability {p:.3}"),
    }
}

/// `, rank 2`, the most probable one being 1.
fn ranked(token: &Token) -> String {
    let detail = token.detail.as_ref();
    detail.map_or_else(String::new, |d| format!(", rank {}", d.rank + 1))
}

/// What a model read for an answer, step by step.
pub(super) fn prompt(head: &str, round: &Round) -> Vec<String> {
    let mut all = Vec::new();
    let count = round.steps.len();
    for (no, spoken) in round.steps.iter().enumerate() {
        let step = match count {
            1 => String::new(),
            _ => format!(" step {} of {count},", no + 1),
        };
        let mut lines = |text: &str| all.extend(text.lines().map(str::to_owned));
        match (&spoken.prompt, &spoken.recorded) {
            (Some(prompt), _) => {
                let (n, sha) = (prompt.tokens.len(), &prompt.sha256);
                lines(&format!(
                    "{head}{step} exactly this was read, {n} tokens, SHA-256 {sha}:"
                ));
                lines(&prompt.text);
            }
            (None, mark) => {
                let read = mark.as_ref().map_or_else(String::new, |m| {
                    format!(", {} tokens, SHA-256 {}", m.tokens, m.sha256)
                });
                lines(&format!(
                    "{head}{step} this was said to it{read}; the marks that its template puts around it are not recorded:"
                ));
                if let Some(system) = &spoken.system {
                    lines(&format!("system: {system}"));
                }
                lines(&format!("{}: {}", spoken.role.name(), spoken.says));
                if !spoken.prefill.is_empty() {
                    lines(&format!("put into its mouth: {}", spoken.prefill));
                }
            }
        }
    }
    all.push(format!("{head} end of the prompt."));
    all
}

/// Whether everything is known that [`mind`] tells.
pub(super) fn is_known(focus: &Focus, known: &Trace, no: PlayNo) -> bool {
    let columns = trace::columns(focus, known, no);
    let waits = |c: &trace::Column<'_>| matches!(c.point, None | Some(Point::Asked));
    !columns.iter().any(waits)
}

/// Which option leads before an answer begins, after which token another one takes the lead, and how the
/// last round ends.
pub(super) fn mind(
    name: &str,
    item: &Item,
    focus: &Focus,
    known: &Trace,
    no: PlayNo,
) -> Vec<String> {
    let columns = trace::columns(focus, known, no);
    let solid: Vec<&trace::Column<'_>> = columns.iter().filter(|c| c.solid).collect();
    let (Some(first), Some(last)) = (solid.first(), solid.last()) else {
        return vec![format!(
            "{name}: nowhere in its answers is an option what comes next."
        )];
    };
    let line = |c: &trace::Column<'_>, what: &str| {
        format!(
            "{name}, {}: {what}{}.",
            place(focus, c, no),
            shares(item, c.point)
        )
    };
    let mut all = vec![line(first, "")];
    let turns = solid.iter().filter_map(|c| Some((c, c.turn?)));
    for (column, option) in turns {
        let takes = format!("{} takes the lead, ", said::tag(item, option));
        all.push(line(column, &takes));
    }
    if all.len() == 1 {
        all.push(format!("{name}: no other option ever takes the lead."));
    }
    all.push(line(last, "at last "));
    all
}

/// `round 1, after token 5 " c"`.
fn place(focus: &Focus, column: &trace::Column<'_>, no: PlayNo) -> String {
    let at = column.place;
    let round = focus.play(no).and_then(|p| p.round(at.round));
    let steps = round.map_or(&[][..], |r| &r.steps);
    // Numbered through all steps, as tokens are.
    let before: usize = steps.iter().take(at.step).map(|s| s.tokens.len()).sum();
    let after = at.tokens.checked_sub(1);
    let all = round.map(tokens).unwrap_or_default();
    let found = after.and_then(|token| all.get(before + token));
    match found {
        Some((text, _)) => format!(
            "round {}, after token {} {}",
            at.round.0,
            before + at.tokens,
            quoted(text)
        ),
        None => format!("round {}, before it speaks", at.round.0),
    }
}

/// `a 0.61, b 0.15`.
fn shares(item: &Item, point: Option<&Point>) -> String {
    let Some(Point::Known { probabilities, .. }) = point else {
        return String::new();
    };
    let each = probabilities.iter().enumerate();
    let each: Vec<String> = each
        .map(|(no, p)| format!("{} {p:.2}", said::tag(item, no)))
        .collect();
    each.join(", ")
}
