//! Inside an answer: a cursor on its tokens, what else could have come, and marks by heat.
//!
//! Invariant: the cursor is on a token of the round, if it has any. Numbers are the model's own
//! (temperature 1, nothing cut off); where one is not known, nothing is shown instead.

use crate::domain::{Round, Spoken, Token};

/// Where the cursor is within a round: tokens counted through all its steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inspect {
    /// Which token.
    pub token: usize,
    /// Which alternative is chosen; `None`: the token that came.
    pub choice: Option<usize>,
}

/// By what tokens are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heat {
    /// Not at all.
    Off,
    /// How improbable each token was.
    Probability,
    /// How open the choice was.
    Entropy,
    /// How much more probable each token was here than it would have been in the pane to the left.
    Surprise,
}

impl Heat {
    /// The next one.
    pub fn next(self) -> Heat {
        match self {
            Heat::Off => Heat::Probability,
            Heat::Probability => Heat::Entropy,
            Heat::Entropy => Heat::Surprise,
            Heat::Surprise => Heat::Off,
        }
    }

    /// What it shows.
    pub fn name(self) -> &'static str {
        match self {
            Heat::Off => "no heat",
            Heat::Probability => "heat: probability",
            Heat::Entropy => "heat: entropy",
            Heat::Surprise => "heat: against the left",
        }
    }

    /// What the three marks mean.
    pub fn legend(self) -> [&'static str; 3] {
        match self {
            Heat::Off => ["", "", ""],
            Heat::Probability => ["P<.9", "P<.5", "P<.1"],
            Heat::Entropy => ["H>.1", "H>.7", "H>1.5"],
            Heat::Surprise => ["x2", "x10", "x100"],
        }
    }

    /// How hot a token is, 0 to 3; `None` where it is not known.
    ///
    /// `left`: natural log of its probability in the pane to the left.
    pub fn level(self, token: &Token, left: Option<f64>) -> Option<usize> {
        let steps = |value: f32, limits: [f32; 3]| {
            (!value.is_nan()).then(|| limits.iter().filter(|l| value > **l).count())
        };
        match self {
            Heat::Off => None,
            Heat::Probability => steps(-token.logprob.exp(), [-0.9, -0.5, -0.1]),
            Heat::Surprise => steps(
                token.logprob - left? as f32,
                [2f32.ln(), 10f32.ln(), 100f32.ln()],
            ),
            Heat::Entropy => steps(token.detail.as_ref()?.entropy, [0.1, 0.7, 1.5]),
        }
    }
}

/// How many tokens a round has so far.
pub fn count(round: &Round) -> usize {
    round.steps.iter().map(|s| s.tokens.len()).sum()
}

/// Step and position in it of a round's token.
pub fn locate(round: &Round, token: usize) -> Option<(usize, usize)> {
    let mut left = token;
    for (step, spoken) in round.steps.iter().enumerate() {
        if left < spoken.tokens.len() {
            return Some((step, left));
        }
        left -= spoken.tokens.len();
    }
    None
}

/// Where a step's token stands, counted through all steps of its round.
pub fn counted(round: &Round, step: usize, token: usize) -> usize {
    let before = round.steps.iter().take(step);
    before.map(|s| s.tokens.len()).sum::<usize>() + token
}

/// The first token of a round's last step that has any.
pub fn last_step(round: &Round) -> usize {
    let with_tokens = round.steps.iter().rposition(|s| !s.tokens.is_empty());
    let before = round.steps.iter().take(with_tokens.unwrap_or(0));
    before.map(|s| s.tokens.len()).sum()
}

/// Where a step's token begins in its text.
pub fn begin(spoken: &Spoken, token: usize) -> usize {
    let before = token.checked_sub(1).and_then(|t| spoken.tokens.get(t));
    before.map_or(0, |t| t.end)
}

/// A step's token as it stands in the text.
pub fn text(spoken: &Spoken, token: usize) -> &str {
    let end = spoken.tokens.get(token).map_or(0, |t| t.end);
    spoken
        .text
        .get(begin(spoken, token)..end)
        .unwrap_or_default()
}

/// The first token of the next or previous word.
pub fn word(round: &Round, from: usize, forward: bool) -> usize {
    let starts = |no: &usize| {
        locate(round, *no).is_some_and(|(step, token)| {
            token == 0 || text(&round.steps[step], token).starts_with(char::is_whitespace)
        })
    };
    match forward {
        true => (from + 1..count(round)).find(starts).unwrap_or(from),
        false => (0..from).rev().find(starts).unwrap_or(0),
    }
}

/// A token that came or could have come.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate<'a> {
    /// How many were more probable; `None` where it is not known.
    pub rank: Option<u32>,
    /// Its id, where it is known.
    pub id: Option<u32>,
    /// Its text.
    pub text: &'a str,
    /// Natural log of its probability; NaN where nobody drew it.
    pub logprob: f32,
    /// It came.
    pub came: bool,
}

/// The most probable tokens at a place, and the one that came among or after them.
pub fn candidates(spoken: &Spoken, token: usize) -> Vec<Candidate<'_>> {
    let Some(came) = spoken.tokens.get(token) else {
        return Vec::new();
    };
    let detail = came.detail.as_deref();
    let mut rows: Vec<Candidate<'_>> = detail
        .map_or(&[][..], |d| &d.alternatives)
        .iter()
        .zip(0..)
        .map(|(other, rank)| Candidate {
            rank: Some(rank),
            id: Some(other.token),
            text: &other.text,
            logprob: other.logprob,
            came: detail.is_some_and(|d| d.token == other.token),
        })
        .collect();
    if !rows.iter().any(|r| r.came) {
        rows.push(Candidate {
            rank: detail.map(|d| d.rank),
            id: detail.map(|d| d.token),
            text: text(spoken, token),
            logprob: came.logprob,
            came: true,
        });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round() -> Round {
        let mut first = Spoken::default();
        for text in [" The", " co", "ok", "."] {
            first.push(text, -0.05, None);
        }
        let mut second = Spoken::default();
        second.push(" (a)", -3.0, None);
        Round {
            steps: vec![first, second],
            ..Round::default()
        }
    }

    #[test]
    fn tokens_are_counted_through_and_words_begin_with_spaces() {
        let round = round();
        assert_eq!(count(&round), 5);
        assert_eq!(locate(&round, 3), Some((0, 3)));
        assert_eq!(locate(&round, 4), Some((1, 0)));
        assert_eq!(locate(&round, 5), None);
        assert_eq!(last_step(&round), 4);
        assert_eq!(text(&round.steps[0], 2), "ok");
        assert_eq!([0, 1, 4].map(|at| word(&round, at, true)), [1, 4, 4]);
        assert_eq!([4, 3, 1, 0].map(|at| word(&round, at, false)), [1, 1, 0, 0]);
    }

    #[test]
    fn heat_has_four_steps_and_no_guesses() {
        let round = round();
        let heat = |step: usize| Heat::Probability.level(&round.steps[step].tokens[0], None);
        assert_eq!((heat(0), heat(1)), (Some(0), Some(3)));
        assert_eq!(Heat::Entropy.level(&round.steps[0].tokens[0], None), None);
        let unknown = Token {
            end: 1,
            logprob: f32::NAN,
            detail: None,
        };
        assert_eq!(Heat::Probability.level(&unknown, None), None);
        let token = &round.steps[0].tokens[0];
        let against = |left| Heat::Surprise.level(token, left);
        assert_eq!(against(None), None);
        assert_eq!(
            [-0.05, -1.0, -3.0, -9.0].map(|l| against(Some(l)).unwrap()),
            [0, 1, 2, 3]
        );
    }

    #[test]
    fn the_token_that_came_is_always_a_candidate() {
        let round = round();
        let rows = candidates(&round.steps[1], 0);
        assert_eq!(rows.len(), 1);
        assert!(rows[0].came && rows[0].rank.is_none() && rows[0].text == " (a)");
    }
}
