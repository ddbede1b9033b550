//! One exchange as it is written, and as the experiment knows it.

use serde::{Deserialize, Deserializer};

use crate::domain::{PromptMark, Role, Spoken, StopReason, Token, Voice};

use super::line::{StepLine, TokenLine};

fn stop_name(reason: StopReason) -> &'static str {
    match reason {
        StopReason::EndOfTurn => "end_of_turn",
        StopReason::StopString => "stop_string",
        StopReason::MaxTokens => "max_tokens",
        StopReason::ContextFull => "context_full",
        StopReason::ScoredOnly => "scored_only",
        StopReason::Given => "given",
    }
}

fn stop_of(name: &str) -> Option<StopReason> {
    [
        StopReason::EndOfTurn,
        StopReason::StopString,
        StopReason::MaxTokens,
        StopReason::ContextFull,
        StopReason::ScoredOnly,
        StopReason::Given,
    ]
    .into_iter()
    .find(|r| stop_name(*r) == name)
}

/// The one of this name.
fn named<T: Copy, const N: usize>(
    all: [T; N],
    name: &str,
    name_of: fn(T) -> &'static str,
) -> Option<T> {
    all.into_iter().find(|one| name_of(*one) == name)
}

/// JSON has no NaN: words that nobody drew have `null` as their probability.
pub(super) fn nan_where_null<'de, D: Deserializer<'de>>(from: D) -> Result<f32, D::Error> {
    Ok(Option::<f32>::deserialize(from)?.unwrap_or(f32::NAN))
}

impl StepLine {
    /// The line of an exchange.
    pub fn of(s: &Spoken) -> StepLine {
        StepLine {
            voice: s.voice.name().to_owned(),
            system: s.system.clone(),
            role: s.role.name().to_owned(),
            user: s.says.clone(),
            prefill: s.prefill.clone(),
            prompt_sha256: match (&s.prompt, &s.recorded) {
                (Some(prompt), _) => Some(prompt.sha256.clone()),
                (None, recorded) => recorded.as_ref().map(|r| r.sha256.clone()),
            },
            prompt_tokens: match (&s.prompt, &s.recorded) {
                (Some(prompt), _) => Some(prompt.tokens.len()),
                (None, recorded) => recorded.as_ref().map(|r| r.tokens),
            },
            text: s.text.clone(),
            tokens: s
                .tokens
                .iter()
                .map(|t| TokenLine(t.end, t.logprob))
                .collect(),
            ended: s.ended.map_or("", stop_name).to_owned(),
        }
    }

    /// The exchange again. `None` where the line does not fit itself.
    pub fn spoken(&self) -> Option<Spoken> {
        if !self.tokens.iter().all(|t| self.text.is_char_boundary(t.0)) {
            return None;
        }
        Some(Spoken {
            voice: named(Voice::ALL, &self.voice, Voice::name)?,
            system: self.system.clone(),
            role: named(Role::ALL, &self.role, Role::name)?,
            says: self.user.clone(),
            prefill: self.prefill.clone(),
            prompt: None,
            recorded: match (&self.prompt_sha256, self.prompt_tokens) {
                (Some(sha256), Some(tokens)) => Some(PromptMark {
                    sha256: sha256.clone(),
                    tokens,
                }),
                _ => None,
            },
            text: self.text.clone(),
            tokens: self
                .tokens
                .iter()
                .map(|t| Token {
                    end: t.0,
                    logprob: t.1,
                    detail: None,
                })
                .collect(),
            ended: Some(stop_of(&self.ended)?),
        })
    }
}
