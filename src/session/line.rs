//! One finished round as a line of `answers.jsonl`: wire types, apart from the ones the program
//! thinks in.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Answer, ContextKind, Item, OptionNo, OptionRole, OptionScore, Polarity, Round, RoundNo, Spoken,
    StopReason, Token, Verdict,
};

/// One generated token: where its text ends in the step's text (bytes), and ln P.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenLine(pub usize, pub f32);

/// One option's log-probability, summed and per token (see `OptionScore`); null where impossible.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreLine(pub Option<f64>, pub Option<f64>);

/// One exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLine {
    /// What the user said.
    pub user: String,
    /// The words put in the model's mouth.
    pub prefill: String,
    /// SHA-256 of the exact prompt, as the chat template rendered it.
    #[serde(default)]
    pub prompt_sha256: Option<String>,
    /// Its length in tokens.
    #[serde(default)]
    pub prompt_tokens: Option<usize>,
    /// What the model said after them, exactly.
    pub text: String,
    /// Its tokens.
    pub tokens: Vec<TokenLine>,
    /// Why it stopped.
    pub ended: String,
}

/// One finished round of one item under one condition. Holds what the scores need, so that a
/// report does not need the benchmark's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// The item's name.
    pub item: String,
    /// Its position in the set, 0-based.
    pub item_no: usize,
    /// The benchmark's category.
    pub category: String,
    /// `ambiguous` or `disambiguated`.
    pub context: String,
    /// `negative` or `nonnegative`.
    pub polarity: String,
    /// The right option, 0-based.
    pub gold: OptionNo,
    /// What each option means: `stereotyped`, `counter`, `unknown` or null.
    pub roles: Vec<Option<String>>,
    /// The condition's name.
    pub condition: String,
    /// 0 is the first answer.
    pub round: u16,
    /// The option that was chosen, 0-based; null where none could be read.
    pub option: Option<OptionNo>,
    /// `stereotyped`, `counter`, `abstains`, `ungraded` or `unparsed`.
    pub verdict: String,
    /// Whether it is the right one; null where none could be read.
    pub correct: Option<bool>,
    /// P(option) before the answer began, normalised over the options; null where not asked for.
    pub belief: Option<Vec<f64>>,
    /// Probability of all options together before normalising.
    pub belief_mass: Option<f64>,
    /// The options' own scores, before normalising; null where not asked for.
    #[serde(default)]
    pub option_scores: Option<Vec<ScoreLine>>,
    /// The exchanges of the round.
    pub steps: Vec<StepLine>,
}

fn role_name(role: OptionRole) -> &'static str {
    match role {
        OptionRole::Stereotyped => "stereotyped",
        OptionRole::Counter => "counter",
        OptionRole::Unknown => "unknown",
    }
}

fn stop_name(reason: StopReason) -> &'static str {
    match reason {
        StopReason::EndOfTurn => "end_of_turn",
        StopReason::StopString => "stop_string",
        StopReason::MaxTokens => "max_tokens",
        StopReason::ContextFull => "context_full",
        StopReason::ScoredOnly => "scored_only",
    }
}

fn stop_of(name: &str) -> Option<StopReason> {
    [
        StopReason::EndOfTurn,
        StopReason::StopString,
        StopReason::MaxTokens,
        StopReason::ContextFull,
        StopReason::ScoredOnly,
    ]
    .into_iter()
    .find(|r| stop_name(*r) == name)
}

fn score_line(score: &OptionScore) -> ScoreLine {
    let finite = |x: f64| x.is_finite().then_some(x);
    ScoreLine(finite(score.logprob), finite(score.logprob_per_token))
}

fn score_of(line: &ScoreLine) -> OptionScore {
    OptionScore {
        logprob: line.0.unwrap_or(f64::NEG_INFINITY),
        logprob_per_token: line.1.unwrap_or(f64::NEG_INFINITY),
    }
}

impl AnswerLine {
    /// The line of a finished round; `None` while it has no answer.
    pub fn new(
        item_no: usize,
        item: &Item,
        condition: &str,
        round_no: RoundNo,
        round: &Round,
    ) -> Option<AnswerLine> {
        let answer = round.answer?;
        let step = |s: &Spoken| StepLine {
            user: s.user.clone(),
            prefill: s.prefill.clone(),
            prompt_sha256: s.prompt.as_ref().map(|p| p.sha256.clone()),
            prompt_tokens: s.prompt.as_ref().map(|p| p.tokens.len()),
            text: s.text.clone(),
            tokens: s
                .tokens
                .iter()
                .map(|t| TokenLine(t.end, t.logprob))
                .collect(),
            ended: s.ended.map_or("", stop_name).to_owned(),
        };
        Some(AnswerLine {
            item: item.id.to_string(),
            item_no,
            category: item.category.to_string(),
            context: match item.kind {
                ContextKind::Ambiguous => "ambiguous".to_owned(),
                ContextKind::Disambiguated => "disambiguated".to_owned(),
            },
            polarity: match item.polarity {
                Polarity::Negative => "negative".to_owned(),
                Polarity::NonNegative => "nonnegative".to_owned(),
            },
            gold: item.gold,
            roles: item
                .roles
                .iter()
                .map(|r| r.map(|r| role_name(r).to_owned()))
                .collect(),
            condition: condition.to_owned(),
            round: round_no.0,
            option: answer.option(item),
            verdict: answer.verdict(item).name().to_owned(),
            correct: answer.is_correct(item),
            belief: round.belief.clone(),
            belief_mass: round.belief_mass,
            option_scores: round
                .option_scores
                .as_ref()
                .map(|all| all.iter().map(score_line).collect()),
            steps: round.steps.iter().map(step).collect(),
        })
    }

    /// The round again, as the experiment knows it. `None` where the line does not fit itself.
    pub fn round(&self) -> Option<Round> {
        let verdict = self.verdict()?;
        let step = |s: &StepLine| {
            let whole = s.tokens.iter().all(|t| s.text.is_char_boundary(t.0));
            whole.then(|| {
                Some(Spoken {
                    user: s.user.clone(),
                    prefill: s.prefill.clone(),
                    prompt: None,
                    text: s.text.clone(),
                    tokens: s
                        .tokens
                        .iter()
                        .map(|t| Token {
                            end: t.0,
                            logprob: t.1,
                            detail: None,
                        })
                        .collect(),
                    ended: Some(stop_of(&s.ended)?),
                })
            })?
        };
        let answer = match (verdict, self.option) {
            (Verdict::Abstains, _) => Answer::Abstain,
            (Verdict::Unparsed, _) => Answer::Unparsed,
            (_, Some(option)) => Answer::Choice(option),
            (_, None) => return None,
        };
        Some(Round {
            steps: self.steps.iter().map(step).collect::<Option<_>>()?,
            belief: self.belief.clone(),
            belief_mass: self.belief_mass,
            option_scores: self
                .option_scores
                .as_ref()
                .map(|all| all.iter().map(score_of).collect()),
            answer: Some(answer),
            verdict: Some(verdict),
            failed: None,
        })
    }

    /// The grade, if the line holds a known one.
    pub fn verdict(&self) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|v| v.name() == self.verdict)
    }

    /// The context kind, if the line holds a known one.
    pub fn kind(&self) -> Option<ContextKind> {
        match self.context.as_str() {
            "ambiguous" => Some(ContextKind::Ambiguous),
            "disambiguated" => Some(ContextKind::Disambiguated),
            _ => None,
        }
    }

    /// Disambiguated: whether the truth agrees with the stereotype.
    pub fn gold_is_stereotyped(&self) -> Option<bool> {
        match (self.kind()?, self.roles.get(self.gold)?.as_deref()) {
            (ContextKind::Disambiguated, Some("stereotyped")) => Some(true),
            (ContextKind::Disambiguated, Some("counter")) => Some(false),
            _ => None,
        }
    }
}
