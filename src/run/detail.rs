//! What a record does not hold of an answer, asked of the model that gave it: what it read, and what else
//! could have come instead of a token.
//!
//! Each place is one job: the words before the token are put into the model's mouth and one more token is
//! asked for, whose alternatives are those of the token that came. What was said is never changed: what
//! comes back is only looked at. A token that is not among the [`LOOKED_AT`] most probable ones keeps no
//! alternatives, because its rank is then not known.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::domain::{
    Alternative, Decoding, JobEvent, RoundNo, Sampling, Spoken, StopReason, TokenDetail, Voice,
};

use super::focus::{Focus, PlayNo};
use super::play::Wanted;
use super::trace::Place;

/// Among so many of the most probable tokens the one that came is looked for.
pub const LOOKED_AT: u8 = 255;

/// Alternatives that are kept, as beside tokens that come live.
const KEPT: usize = super::ALTERNATIVES as usize;

/// A token under a cursor: step and position in it.
pub type TokenAt = (usize, usize);

/// What was asked for already.
#[derive(Debug, Default)]
pub(super) struct Details {
    asked: BTreeSet<Place>,
    answered: BTreeSet<Place>,
}

impl Details {
    pub(super) fn clear(&mut self) {
        self.asked.clear();
        self.answered.clear();
    }

    /// Whether the model has answered about a place; `None` where it was not asked.
    pub(super) fn is_answered(&self, place: &Place) -> Option<bool> {
        let asked = self.asked.contains(place);
        asked.then(|| self.answered.contains(place))
    }

    pub(super) fn on_event(&mut self, place: Place, event: &JobEvent) {
        if let JobEvent::Finished { .. } | JobEvent::Failed { .. } = event {
            self.answered.insert(place);
        }
    }

    /// The next token without alternatives, from the one under the cursor on.
    pub(super) fn next_token(
        &mut self,
        focus: &Focus,
        no: PlayNo,
        round_no: RoundNo,
        from: TokenAt,
    ) -> Option<(Place, Wanted)> {
        let round = focus.play(no)?.round(round_no)?;
        let places = round.steps.iter().enumerate().flat_map(|(step, spoken)| {
            let drawn = spoken.ended.is_some() && spoken.voice == Voice::Model;
            let tokens = if drawn { spoken.tokens.as_slice() } else { &[] };
            let lacks = tokens.iter().enumerate();
            let lacks = lacks.filter(|(_, t)| t.detail.is_none() && !t.logprob.is_nan());
            lacks.map(move |(token, _)| (step, token))
        });
        let all: Vec<TokenAt> = places.collect();
        let after = all.partition_point(|at| *at < from);
        let order = all[after..].iter().chain(&all[..after]);
        for (step, tokens) in order.copied() {
            let place = Place {
                play: no,
                round: round_no,
                step,
                tokens,
            };
            if self.asked.insert(place)
                && let Some(wanted) = ask(focus, &place)
            {
                return Some((place, wanted));
            }
        }
        None
    }

    /// The next prompt of a round that is not known.
    pub(super) fn next_prompt(
        &mut self,
        focus: &Focus,
        (no, round_no): (PlayNo, RoundNo),
    ) -> Option<(Place, Wanted)> {
        let round = focus.play(no)?.round(round_no)?;
        for (step, spoken) in round.steps.iter().enumerate() {
            let place = Place {
                play: no,
                round: round_no,
                step,
                tokens: 0,
            };
            let was_read = spoken.ended.is_some_and(|e| e != StopReason::Given);
            let lacks = spoken.prompt.is_none() && was_read && spoken.voice == Voice::Model;
            if lacks
                && self.asked.insert(place)
                && let Some(wanted) = ask(focus, &place)
            {
                return Some((place, wanted));
            }
        }
        None
    }
}

/// One more token after the words before a place.
fn ask(focus: &Focus, place: &Place) -> Option<Wanted> {
    let play = focus.play(place.play)?;
    if play.own().is_some_and(|o| o.frozen.is_some()) {
        return None;
    }
    let condition = play.recipe(focus.settings())?;
    let spoken = play.round(place.round)?.steps.get(place.step)?;
    let mut dialogue =
        play.trajectory()
            .dialogue(play.item(), condition, place.round, place.step)?;
    let begin = match place.tokens.checked_sub(1) {
        None => 0,
        Some(before) => spoken.tokens.get(before)?.end,
    };
    dialogue.prefill.push_str(spoken.text.get(..begin)?);
    Some(Wanted {
        voice: Voice::Model,
        dialogue,
        options: Vec::new(),
        sampling: Some(Sampling {
            decoding: Decoding {
                temperature: 0.0,
                ..Decoding::default()
            },
            seed: 0,
            max_tokens: 1,
            stop: Vec::new(),
        }),
    })
}

/// Adds what an event tells about a place to what was said there.
pub(super) fn complete(focus: &mut Focus, place: &Place, event: &JobEvent) {
    let at = (place.round, place.step);
    match event {
        JobEvent::Reading { prompt, .. } if place.tokens == 0 => {
            focus.complete(place.play, at, |spoken| {
                spoken.prompt.get_or_insert_with(|| prompt.clone());
            });
        }
        JobEvent::Token {
            detail: Some(detail),
            ..
        } => focus.complete(place.play, at, |spoken| {
            let found = beside(spoken, place.tokens, detail);
            if let Some(token) = spoken.tokens.get_mut(place.tokens)
                && token.detail.is_none()
            {
                token.detail = found.map(Arc::new);
            }
        }),
        JobEvent::Reading { .. }
        | JobEvent::Token { .. }
        | JobEvent::Belief { .. }
        | JobEvent::Finished { .. }
        | JobEvent::Failed { .. } => {}
    }
}

/// The detail of the token that came, made of that of the one that was asked for in its place: the same
/// text, and of several with the same text the one that is about as probable as the record says.
fn beside(spoken: &Spoken, token: usize, asked: &TokenDetail) -> Option<TokenDetail> {
    let came = spoken.tokens.get(token)?;
    let begin = match token.checked_sub(1) {
        None => 0,
        Some(before) => spoken.tokens.get(before)?.end,
    };
    let text = spoken.text.get(begin..came.end)?;
    let apart = |other: &Alternative| (other.logprob - came.logprob).abs();
    let all = asked.alternatives.iter().enumerate();
    let same = all.filter(|(_, other)| other.text == text);
    let (rank, found) = same.min_by(|a, b| apart(a.1).total_cmp(&apart(b.1)))?;
    Some(TokenDetail {
        token: found.token,
        rank: u32::try_from(rank).ok()?,
        entropy: asked.entropy,
        alternatives: asked.alternatives.iter().take(KEPT).cloned().collect(),
        // When it came, nobody wrote down.
        elapsed_ms: f32::NAN,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_that_came_is_found_by_its_text_and_its_probability() {
        let mut spoken = Spoken::default();
        spoken.push(" The", -0.1, None);
        spoken.push("", -2.0, None);
        let other = |token, text: &str, logprob| Alternative {
            token,
            text: text.into(),
            logprob,
        };
        let asked = TokenDetail {
            token: 1,
            rank: 0,
            entropy: 0.5,
            alternatives: (0..12)
                .map(|no| match no {
                    9 => other(9, "", -2.01),
                    3 => other(3, "", -0.9),
                    no => other(no, " x", -(no as f32)),
                })
                .collect(),
            elapsed_ms: 3.0,
        };
        let found = beside(&spoken, 1, &asked).unwrap();
        assert_eq!(
            (found.token, found.rank, found.alternatives.len()),
            (9, 9, KEPT)
        );
        assert!(found.elapsed_ms.is_nan());
        assert_eq!(beside(&spoken, 0, &asked), None, "nothing is made up");
    }
}
