//! One item under one condition through its rounds. Append-only: a finished step never changes.

use std::sync::Arc;

use super::answer::{Answer, Verdict};
use super::condition::Condition;
use super::item::{Item, ItemId};
use super::job::{Dialogue, Message, OptionScore, Role, StopReason, TokenDetail};
use super::prompt::Prompt;

/// 0 is the first answer; every later one follows a "review your answer" turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoundNo(pub u16);

/// Position of a condition in its run's list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConditionNo(pub u16);

/// One generated token, as a span of its step's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// Byte offset in [`Spoken::text`] where its text ends (it begins where the one before ends).
    pub end: usize,
    /// Natural log of its probability under the model.
    pub logprob: f32,
    /// What else could have come, where it was asked for.
    pub detail: Option<Arc<TokenDetail>>,
}

/// One exchange as it happened.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Spoken {
    /// What the user said.
    pub user: String,
    /// The words put in the model's mouth.
    pub prefill: String,
    /// What exactly the model read; `None` before it began to, and in answers read from a record.
    pub prompt: Option<Arc<Prompt>>,
    /// What the model said after them, exactly.
    pub text: String,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// `None` while it still speaks.
    pub ended: Option<StopReason>,
}

impl Spoken {
    /// Adds a token's text.
    pub fn push(&mut self, text: &str, logprob: f32, detail: Option<Arc<TokenDetail>>) {
        self.text.push_str(text);
        self.tokens.push(Token {
            end: self.text.len(),
            logprob,
            detail,
        });
    }

    /// Sum of the tokens' log-probabilities, in nats.
    pub fn logprob(&self) -> f64 {
        self.tokens.iter().map(|t| f64::from(t.logprob)).sum()
    }
}

/// One round: one or more exchanges, then an answer.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Round {
    /// The exchanges so far; at most as many as the condition has steps for this round.
    pub steps: Vec<Spoken>,
    /// P(option) at the point where the answer begins, normalised over the options.
    pub belief: Option<Vec<f64>>,
    /// Probability of all options together before normalising, in [0, 1].
    pub belief_mass: Option<f64>,
    /// The options' scores that the belief is made of.
    pub option_scores: Option<Vec<OptionScore>>,
    /// The parsed answer, once the last step has ended.
    pub answer: Option<Answer>,
    /// Its grade.
    pub verdict: Option<Verdict>,
    /// Why the round could not be finished.
    pub failed: Option<String>,
}

impl Round {
    /// Whether its answer stands.
    pub fn is_done(&self) -> bool {
        self.answer.is_some()
    }
}

/// One item under one condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Whose question.
    pub item: ItemId,
    /// The rounds so far; the last one may be unfinished.
    pub rounds: Vec<Round>,
}

impl Trajectory {
    /// Nothing asked yet.
    pub fn new(item: ItemId) -> Trajectory {
        Trajectory {
            item,
            rounds: Vec::new(),
        }
    }

    /// How many rounds have an answer.
    pub fn rounds_done(&self) -> usize {
        self.rounds.iter().take_while(|r| r.is_done()).count()
    }

    /// Whether a round failed; nothing follows it.
    pub fn has_failed(&self) -> bool {
        self.rounds.iter().any(|r| r.failed.is_some())
    }

    /// What the model reads before step `step` of round `round`: everything said so far, then the
    /// step's user turn and prefill. Earlier steps are taken as they really happened.
    ///
    /// `None` where the condition has no such step, or an earlier one has not ended.
    pub fn dialogue(
        &self,
        item: &Item,
        condition: &Condition,
        round: RoundNo,
        step: usize,
    ) -> Option<Dialogue> {
        let mut messages = Vec::new();
        if let Some(system) = &condition.system {
            messages.push(Message {
                role: Role::System,
                text: system.fill(item),
            });
        }
        let mut said = Vec::new();
        for no in 0..usize::from(round.0) {
            said.extend(self.rounds.get(no)?.steps.iter());
        }
        if step > 0 {
            said.extend(self.rounds.get(usize::from(round.0))?.steps.get(..step)?);
        }
        for spoken in said {
            spoken.ended?;
            messages.push(Message {
                role: Role::User,
                text: spoken.user.clone(),
            });
            messages.push(Message {
                role: Role::Assistant,
                text: format!("{}{}", spoken.prefill, spoken.text),
            });
        }
        let recipe = condition.steps(round).get(step)?;
        messages.push(Message {
            role: Role::User,
            text: recipe.user.fill(item),
        });
        Some(Dialogue {
            messages,
            prefill: recipe.prefill.fill(item),
        })
    }
}
