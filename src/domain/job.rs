//! One generation, and what comes back: the only vocabulary between the experiment and a model.

use std::sync::Arc;

use super::condition::Voice;
use super::decoding::Decoding;
use super::prompt::Prompt;

/// Which of the models of a session, in the order in which they were asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelNo(pub u16);

/// Names one job; never used twice within a process. Its upper 16 bits say which model it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub u64);

impl JobId {
    /// Bits that count a model's jobs.
    const COUNT_BITS: u32 = 48;

    /// The first job of a model; the ones after it count on.
    pub fn first(model: ModelNo) -> JobId {
        JobId(u64::from(model.0) << JobId::COUNT_BITS)
    }

    /// The model it is for.
    pub fn model(self) -> ModelNo {
        // What is left of 64 bits has 16.
        ModelNo(u16::try_from(self.0 >> JobId::COUNT_BITS).unwrap_or(u16::MAX))
    }
}

/// Who speaks a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// Standing instructions before the dialogue.
    System,
    /// The person who asks.
    #[default]
    User,
    /// The model.
    Assistant,
    /// What a tool gave back; many models know no such turn.
    Tool,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 4] = [Role::System, Role::User, Role::Assistant, Role::Tool];

    /// The name chat templates use.
    pub fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::User => "user",
            Role::Assistant => "assistant",
            Role::Tool => "tool",
        }
    }
}

/// One turn of a dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, before any chat template.
    pub text: String,
}

/// What a model is to read before it goes on: finished turns, then the words its own turn begins with.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Dialogue {
    /// The turns so far; the last one is not the model's.
    pub messages: Vec<Message>,
    /// The beginning of the assistant's turn, put in its mouth ("The answer is"); may be empty.
    pub prefill: String,
}

/// Panes are watched by a person and come before the benchmark in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody watches this one.
    Pane,
    /// Scoreboard work: fills what panes leave free.
    Background,
}

/// How the next token is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// From which distribution.
    pub decoding: Decoding,
    /// Seed of this job's own random numbers; the same seed gives the same text whatever else runs.
    pub seed: u64,
    /// End after this many tokens.
    pub max_tokens: u32,
    /// End before any of these strings.
    pub stop: Vec<String>,
}

/// One generation and/or one scoring of options after the same prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Its name in every event.
    pub id: JobId,
    /// Pane or background.
    pub priority: Priority,
    /// Which model: the one that is looked at, or its critic.
    pub voice: Voice,
    /// What the model reads.
    pub dialogue: Dialogue,
    /// For each option, the continuations ("surface forms") that mean it, each beginning as it would
    /// be written right after the prefill (usually with a space). Empty: no belief is asked for.
    pub options: Vec<Vec<String>>,
    /// How to generate; `None` only scores the options.
    pub sampling: Option<Sampling>,
    /// How many of the most probable tokens to report beside every generated one; 0 reports no
    /// [`TokenDetail`] at all.
    pub alternatives: u8,
}

/// A token that could have come.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// Its id.
    pub token: u32,
    /// The text it would have added.
    pub text: String,
    /// Natural log of its probability under the model.
    pub logprob: f32,
}

/// What the model thought when a token was drawn. All of it is the model's own distribution:
/// temperature 1, nothing cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct TokenDetail {
    /// The token's id.
    pub token: u32,
    /// How many tokens were more probable; 0 for the most probable one.
    pub rank: u32,
    /// Entropy of the distribution over the vocabulary, in nats.
    pub entropy: f32,
    /// The most probable tokens, most probable first; the drawn one is among them where it ranks
    /// high enough.
    pub alternatives: Vec<Alternative>,
    /// Milliseconds since the model began to read the job's prompt.
    pub elapsed_ms: f32,
}

/// How probable an option is as the continuation of a prompt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptionScore {
    /// Natural log of the total probability of its surface forms; minus infinity where all are
    /// impossible.
    pub logprob: f64,
    /// The largest, over its forms, of the mean log-probability per token: the score that does not
    /// punish long options (lm-evaluation-harness' `acc_norm` divides by bytes instead).
    pub logprob_per_token: f64,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StopReason {
    /// The model ended its turn.
    EndOfTurn,
    /// A stop string appeared.
    StopString,
    /// `Sampling::max_tokens` was reached.
    MaxTokens,
    /// The model's context is full.
    ContextFull,
    /// Nothing was to be generated, only options scored.
    ScoredOnly,
    /// Nothing was to be generated: the prompt file gives the text.
    Given,
}

/// A report about one job.
#[derive(Clone, Debug, PartialEq)]
pub struct JobReport {
    /// Whose report.
    pub id: JobId,
    /// What happened.
    pub event: JobEvent,
}

/// How the message of a job ends that fails however often it is tried: its prompt is longer than the
/// model's context.
pub const CONTEXT_TOO_SHORT: &str = "use fewer rounds or a model with a longer context";

/// What can happen to a job, in order: `Reading`, then `Belief` (if asked) and `Token`s in any
/// interleaving, then exactly one of `Finished` or `Failed`. A cancelled job just falls silent.
#[derive(Clone, Debug, PartialEq)]
pub enum JobEvent {
    /// The prompt is being read.
    Reading {
        /// What exactly.
        prompt: Arc<Prompt>,
        /// How many of its tokens were already computed for an earlier job.
        reused_tokens: u32,
    },
    /// The probability of each option as the continuation of the prompt, normalised over the options
    /// (sum 1). `mass` is the sum before normalising: how much the model wanted to say any of them.
    Belief {
        /// One probability per option, in the job's order.
        probabilities: Vec<f64>,
        /// Total probability of all forms of all options, in [0, 1].
        mass: f64,
        /// The same before normalising, one per option.
        scores: Vec<OptionScore>,
    },
    /// One more token.
    Token {
        /// The text it completes; may be empty while a character is incomplete.
        text: String,
        /// Natural log of its probability under the model (temperature 1, before top-p).
        logprob: f32,
        /// More about it, where the job asked for alternatives.
        detail: Option<Arc<TokenDetail>>,
    },
    /// Done.
    Finished {
        /// Why it ended.
        reason: StopReason,
    },
    /// The model could not do it; says what and, where it can, what to do instead.
    Failed {
        /// For people.
        message: String,
    },
}
