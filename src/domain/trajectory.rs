//! One item under one condition through its rounds. Append-only: a finished step never changes.

use std::sync::Arc;

use super::answer::{Answer, Verdict};
use super::condition::{Condition, Gives, Voice};
use super::item::{Item, ItemId};
use super::job::{Dialogue, Message, OptionScore, Role, StopReason, TokenDetail};
use super::prompt::Prompt;
use super::template::Quotes;

/// 0 is the first answer; every later one follows a "review your answer" turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// What a record keeps of an exact prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptMark {
    /// SHA-256 of its text, in hexadecimal.
    pub sha256: String,
    /// Its length in tokens.
    pub tokens: usize,
}

/// One exchange as it happened.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Spoken {
    /// Who answered.
    pub voice: Voice,
    /// Standing instructions that begin here: before the model's first turn, and before a critic's.
    pub system: Option<String>,
    /// Who spoke to them.
    pub role: Role,
    /// What was said to them.
    pub says: String,
    /// The words put in their mouth.
    pub prefill: String,
    /// What exactly the model read; `None` before it began to, and in answers read from a record.
    pub prompt: Option<Arc<Prompt>>,
    /// What a record holds of the prompt that was read then.
    pub recorded: Option<PromptMark>,
    /// What they said after them, exactly.
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

/// Options that are together less probable than this are not what the model is about to say: what is left
/// of them after normalising tells nothing.
pub const MASS_ENOUGH: f64 = 0.01;

impl Round {
    /// The belief, where the options are what comes next at all (or nobody recorded whether they are).
    pub fn telling_belief(&self) -> Option<&[f64]> {
        let tells = self.belief_mass.is_none_or(|mass| mass >= MASS_ENOUGH);
        self.belief.as_deref().filter(|_| tells)
    }
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

    /// What is to be read before step `step` of round `round`. The model reads everything said so
    /// far in its dialogue, then the step's turn and prefill; a critic reads its own turn alone.
    /// Earlier steps are taken as they really happened.
    ///
    /// `None` where the condition has no such step, or an earlier one has not ended.
    pub fn dialogue(
        &self,
        item: &Item,
        condition: &Condition,
        round: RoundNo,
        step: usize,
    ) -> Option<Dialogue> {
        let said = self.said(round, step)?;
        let recipe = condition.steps(round).get(step)?;
        let quotes = quotes(condition, &said);
        let (system, history) = match recipe.voice {
            Voice::Model => (&condition.system, said.as_slice()),
            Voice::Critic => (&recipe.instructions, [].as_slice()),
        };
        let mut messages = Vec::new();
        if let Some(system) = system {
            messages.push(Message {
                role: Role::System,
                text: system.quote(item, &quotes),
            });
        }
        for (_, _, spoken) in history {
            if spoken.voice == Voice::Critic {
                continue;
            }
            messages.push(Message {
                role: spoken.role,
                text: spoken.says.clone(),
            });
            messages.push(Message {
                role: Role::Assistant,
                text: format!("{}{}", spoken.prefill, spoken.text),
            });
        }
        messages.push(Message {
            role: recipe.role,
            text: recipe.says.quote(item, &quotes),
        });
        Some(Dialogue {
            messages,
            prefill: recipe.prefill.quote(item, &quotes),
        })
    }

    /// The exchange that step `step` of round `round` begins with, before anybody answers; where the
    /// prompt file gives the answer, with that answer. `None` as for [`Trajectory::dialogue`].
    pub fn opening(
        &self,
        item: &Item,
        condition: &Condition,
        round: RoundNo,
        step: usize,
    ) -> Option<Spoken> {
        let dialogue = self.dialogue(item, condition, round, step)?;
        let recipe = condition.steps(round).get(step)?;
        let mut messages = dialogue.messages.into_iter();
        let begins = round.0 == 0 && step == 0;
        let system = match (recipe.voice, messages.next()) {
            (Voice::Model, _) if !begins => None,
            (_, Some(first)) if first.role == Role::System && messages.len() > 0 => {
                Some(first.text)
            }
            _ => None,
        };
        let mut spoken = Spoken {
            voice: recipe.voice,
            system,
            role: recipe.role,
            prefill: dialogue.prefill,
            ..Spoken::default()
        };
        let said = self.said(round, step)?;
        let quotes = quotes(condition, &said);
        spoken.says = recipe.says.quote(item, &quotes);
        if let Some(reply) = &recipe.reply {
            spoken.text = reply.quote(item, &quotes);
            spoken.ended = Some(StopReason::Given);
        }
        Some(spoken)
    }

    /// Everything said before step `step` of round `round`, with its round and step.
    fn said(&self, round: RoundNo, step: usize) -> Option<Vec<(RoundNo, usize, &Spoken)>> {
        let mut said = Vec::new();
        for no in 0..=round.0 {
            let steps = self.rounds.get(usize::from(no)).map(|r| r.steps.as_slice());
            let steps = match (no == round.0, steps) {
                (true, None) if step == 0 => continue,
                (true, steps) => steps?.get(..step)?,
                (false, steps) => steps?,
            };
            for (at, spoken) in steps.iter().enumerate() {
                spoken.ended?;
                said.push((RoundNo(no), at, spoken));
            }
        }
        Some(said)
    }
}

/// The last of everything that can be quoted.
fn quotes<'a>(condition: &Condition, said: &[(RoundNo, usize, &'a Spoken)]) -> Quotes<'a> {
    let mut quotes = Quotes::default();
    for (round, step, spoken) in said {
        let text = Some(spoken.text.trim());
        match condition.steps(*round).get(*step).map(|s| s.gives) {
            Some(Gives::Answer) => quotes.answer = text,
            Some(Gives::Reasoning) => quotes.reasoning = text,
            Some(Gives::Feedback) => quotes.feedback = text,
            Some(Gives::Setting) | None => {}
        }
    }
    quotes
}
