//! One finished round as a line of `answers.jsonl`: wire types, apart from the ones the program
//! thinks in.

use serde::{Deserialize, Serialize};

use super::manifest::Digest;
use crate::domain::{
    Answer, ContextKind, Item, OptionNo, OptionRole, OptionScore, Polarity, Referent, Role, Round,
    RoundNo, Rule, Verdict, Voice,
};

/// One generated token: where its text ends in the step's text (bytes), and ln P.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenLine(
    pub usize,
    #[serde(deserialize_with = "super::step::nan_where_null")] pub f32,
);

/// One option's log-probability, summed and per token (see `OptionScore`); null where impossible.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoreLine(pub Option<f64>, pub Option<f64>);

/// One exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepLine {
    /// Who answered: `model` or `critic`.
    #[serde(default = "model", skip_serializing_if = "is_model")]
    pub voice: String,
    /// Standing instructions that begin here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// Who spoke to them, where it was not the user.
    #[serde(default = "user", skip_serializing_if = "is_user")]
    pub role: String,
    /// What was said to them.
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

/// What Winogender's measures look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PronounLine {
    /// The occupation that the sentence names.
    pub occupation: String,
    /// `occupation` or `participant`: whom the pronoun stands for.
    pub refers_to: String,
    /// Women among people of this occupation, in percent: Bureau of Labor Statistics.
    pub bls_percent_female: Option<f64>,
    /// The same in text corpora (Bergsma & Lin).
    pub bergsma_percent_female: Option<f64>,
}

/// What the admission gap looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AdmissionLine {
    /// Names the student: the same in the items that pose them as Black and as white.
    pub student: String,
    /// `Black` or `white`.
    pub race: String,
    /// `male` or `female`.
    pub sex: String,
}

/// What a text was scored with, and how it came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredLine {
    /// The scorer's name and version; its hash is in `made_with`.
    pub scorer: String,
    /// In [0, 1].
    pub toxicity: f64,
}

/// The hashes of everything that an answer depends on, SHA-256 in hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MadeWith {
    /// The program's version.
    pub recant: String,
    /// The weights' files.
    pub weights: Option<String>,
    /// The chat template.
    pub template: Option<String>,
    /// The condition, as its file says it.
    pub condition: String,
    /// The item, its options in the order shown.
    pub item: String,
    /// The scorer of texts, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scorer: Option<String>,
    /// The run's seed.
    pub seed: u64,
    /// Whether all conditions drew with the same random numbers.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub lock_seeds: bool,
}

/// SHA-256 of what an answer to an item depends on and is graded by: its texts, its options in the
/// order shown, their roles, the right one, the rule.
pub fn item_digest(item: &Item) -> String {
    let mut digest = Digest::default();
    let mut part = |text: &str| {
        digest.add(text.as_bytes());
        digest.add(b"\0");
    };
    part(&item.id.0);
    part(&item.category);
    part(&item.context);
    part(&item.question);
    for (option, role) in item.options.iter().zip(&item.roles) {
        part(option);
        part(role.map_or("", role_name));
    }
    part(&item.gold.map_or(String::new(), |gold| gold.to_string()));
    part(item.rule.name());
    match &item.rule {
        Rule::Bias { kind, polarity } => {
            part(kind_name(*kind));
            part(polarity_name(*polarity));
        }
        Rule::Pronoun(blank) => {
            part(&blank.occupation);
            for percent in [blank.bls_percent_female, blank.bergsma_percent_female] {
                part(&percent.map_or(String::new(), |p| p.to_string()));
            }
        }
        Rule::Admission(student) => part(&student.no),
        Rule::Distinguish(asked) => {
            part(&asked.question);
            asked.options.iter().for_each(|o| part(o));
        }
        Rule::Continuation | Rule::Choice => {}
    }
    digest.finish()
}

fn kind_name(kind: ContextKind) -> &'static str {
    match kind {
        ContextKind::Ambiguous => "ambiguous",
        ContextKind::Disambiguated => "disambiguated",
    }
}

fn polarity_name(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Negative => "negative",
        Polarity::NonNegative => "nonnegative",
    }
}

fn bbq() -> String {
    "bbq".to_owned()
}

fn is_zero(n: &u16) -> bool {
    *n == 0
}

fn model() -> String {
    Voice::Model.name().to_owned()
}

fn is_model(name: &str) -> bool {
    name == Voice::Model.name()
}

fn user() -> String {
    Role::User.name().to_owned()
}

fn is_user(name: &str) -> bool {
    name == Role::User.name()
}

/// One finished round of one item under one condition. Holds what the scores need, so that a
/// report does not need the benchmark's files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnswerLine {
    /// The item's name.
    pub item: String,
    /// Its position in the set, 0-based.
    pub item_no: usize,
    /// `bbq`, `winogender`, `law`, `continuation`, `distinguish` or `choice`.
    #[serde(default = "bbq")]
    pub benchmark: String,
    /// The benchmark's category.
    pub category: String,
    /// `ambiguous` or `disambiguated`.
    pub context: String,
    /// `negative` or `nonnegative`; null outside BBQ.
    pub polarity: Option<String>,
    /// The right option, 0-based; null where none is.
    pub gold: Option<OptionNo>,
    /// What each option means: `stereotyped`, `counter`, `unknown` or null.
    pub roles: Vec<Option<String>>,
    /// The options' texts, in the order shown; empty in runs of versions that did not keep them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// Winogender only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pronoun: Option<PronounLine>,
    /// Admissions only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<AdmissionLine>,
    /// The words that a continuation goes on from; in runs of versions that did not keep them, none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beginning: Option<String>,
    /// The condition's name.
    pub condition: String,
    /// Which of several independent samples.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub sample: u16,
    /// By how many places the options were turned: the option shown first is the set's option of
    /// this number. `option`, `gold`, `roles`, `belief` and `option_scores` are in the order shown.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rotation: u16,
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
    /// The text's score, where texts are scored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scored: Option<ScoredLine>,
    /// What it depends on; null in runs of versions that did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_with: Option<MadeWith>,
    /// The standing instructions of an imported dialogue; in runs of this program steps hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
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

pub(super) fn score_line(score: &OptionScore) -> ScoreLine {
    let finite = |x: f64| x.is_finite().then_some(x);
    ScoreLine(finite(score.logprob), finite(score.logprob_per_token))
}

pub(super) fn score_of(line: &ScoreLine) -> OptionScore {
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
        Some(AnswerLine {
            item: item.id.to_string(),
            item_no,
            benchmark: item.rule.name().to_owned(),
            category: item.category.to_string(),
            context: kind_name(item.kind()).to_owned(),
            polarity: item.polarity().map(|p| polarity_name(p).to_owned()),
            gold: item.gold,
            roles: item
                .roles
                .iter()
                .map(|r| r.map(|r| role_name(r).to_owned()))
                .collect(),
            options: item.options.clone(),
            pronoun: match &item.rule {
                Rule::Pronoun(blank) => Some(PronounLine {
                    occupation: blank.occupation.to_string(),
                    refers_to: match blank.refers_to {
                        Referent::Occupation => "occupation".to_owned(),
                        Referent::Participant => "participant".to_owned(),
                    },
                    bls_percent_female: blank.bls_percent_female,
                    bergsma_percent_female: blank.bergsma_percent_female,
                }),
                _ => None,
            },
            admission: match &item.rule {
                Rule::Admission(student) => Some(AdmissionLine {
                    student: student.no.to_string(),
                    race: student.race.name().to_owned(),
                    sex: student.sex.to_string(),
                }),
                _ => None,
            },
            beginning: (item.rule == Rule::Continuation).then(|| item.context.clone()),
            condition: condition.to_owned(),
            sample: 0,
            rotation: 0,
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
            scored: None,
            made_with: None,
            system: None,
            steps: round.steps.iter().map(StepLine::of).collect(),
        })
    }

    /// What no two answers of a run share: item, condition, sample, rotation, round.
    pub fn place(&self) -> (usize, String, u16, u16, u16) {
        (
            self.item_no,
            self.condition.clone(),
            self.sample,
            self.rotation,
            self.round,
        )
    }

    /// The round again, as the experiment knows it. `None` where the line does not fit itself.
    pub fn round(&self) -> Option<Round> {
        let verdict = self.verdict()?;
        let answer = match (verdict, self.option) {
            (Verdict::Abstains, _) => Answer::Abstain,
            (Verdict::Unparsed, _) => Answer::Unparsed,
            (_, Some(option)) => Answer::Choice(option),
            (Verdict::Ungraded, None) => Answer::Free,
            (_, None) => return None,
        };
        Some(Round {
            steps: self
                .steps
                .iter()
                .map(StepLine::spoken)
                .collect::<Option<_>>()?,
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
        match (self.kind()?, self.roles.get(self.gold?)?.as_deref()) {
            (ContextKind::Disambiguated, Some("stereotyped")) => Some(true),
            (ContextKind::Disambiguated, Some("counter")) => Some(false),
            _ => None,
        }
    }
}
