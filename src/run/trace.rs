//! The belief trace: what the model would have answered after every token of what it said; and how
//! probable each token would have been in the pane to the left.
//!
//! Within an *answer*, the options are scored as continuations of the prefill and the tokens so far;
//! where those tokens are the beginning of an option (`The cook` of `The cook did it`, `(` of `(a)`),
//! so is what is left of it. After the answer is out, nothing like an option follows: then their
//! common probability (the *mass*) is small and the proportions mean little, which is shown.
//!
//! Within *reasoning*, the answer's own question is asked after the tokens so far, and options are
//! scored there: "early answering" (Lanham et al. 2023, arXiv 2307.13702, section 2.3).
//!
//! Only finished steps are traced, only of the play somebody looks at, and at most [`POINTS_MAX`]
//! points a step; every point is one job that scores and draws nothing. Points are kept until another
//! question is shown.

use std::collections::HashMap;

use crate::domain::{Gives, JobEvent, RoundNo, Spoken, Voice};

use super::detail::{Details, TokenAt};
use super::focus::{Focus, PlayNo};
use super::play::{Play, Wanted, style};
use super::settings::Settings;

/// Most points of one step; of longer texts only every second, third, … token is asked.
pub const POINTS_MAX: usize = 200;
/// Points at the model at once.
const IN_FLIGHT: usize = 8;

/// A place in what was said: after so many tokens of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Whose words.
    pub play: PlayNo,
    /// In which round.
    pub round: RoundNo,
    /// In which step of it.
    pub step: usize,
    /// After so many of its tokens.
    pub tokens: usize,
}

/// What is known about a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Point {
    /// The model was asked.
    Asked,
    /// The options' probabilities, and their sum before normalising.
    Known {
        /// One per option; they sum to 1.
        probabilities: Vec<f64>,
        /// What they are shares of.
        mass: f64,
    },
    /// Why it is not known.
    Failed(String),
}

impl Point {
    /// What a model reported, unless it makes no sense.
    fn of(probabilities: &[f64], mass: f64) -> Point {
        let sum: f64 = probabilities.iter().sum();
        if (sum - 1.0).abs() < 1e-6 && (0.0..=1.0).contains(&mass) {
            return Point::Known {
                probabilities: probabilities.to_vec(),
                mass,
            };
        }
        Point::Failed("the model reported no probabilities that sum to 1".to_owned())
    }
}

/// Two panes beside each other: a round of a play, and what stands to its left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Neighbours {
    /// Whose tokens.
    pub play: PlayNo,
    /// In which round.
    pub round: RoundNo,
    /// In whose place they are said as well.
    pub left: PlayNo,
    /// In which round of it.
    pub left_round: RoundNo,
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watched {
    /// The belief after every token of a play, one of its rounds first.
    pub belief: Option<(PlayNo, RoundNo)>,
    /// How probable every token would have been in the pane to the left.
    pub surprise: Vec<Neighbours>,
    /// What else could have come instead of the tokens of the round in `belief`, where a record does not
    /// say it; this token first.
    pub token: TokenAt,
    /// What the model read in these rounds, where a record does not hold it.
    pub prompts: Vec<(PlayNo, RoundNo)>,
}

/// What a job of the trace asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Asked {
    /// The belief at a place.
    Belief(Place),
    /// The probability of a step's token (counted from 0) in the pane to the left.
    Surprise(Neighbours, usize, usize),
    /// What a record does not hold about a place.
    Detail(Place),
}

/// All points of the item on screen.
#[derive(Debug, Default)]
pub struct Trace {
    watched: Watched,
    points: HashMap<Place, Point>,
    /// Natural logs; `None` while asked or where the model could not say.
    surprises: HashMap<(Neighbours, usize, usize), Option<f64>>,
    details: Details,
    asked: usize,
}

impl Trace {
    /// What is known about a place; `None` before it is asked.
    pub fn point(&self, place: &Place) -> Option<&Point> {
        self.points.get(place)
    }

    /// Natural log of the probability that a step's token would have had in the pane to the left.
    pub fn surprise(&self, of: &Neighbours, step: usize, token: usize) -> Option<f64> {
        *self.surprises.get(&(*of, step, token))?
    }

    /// What is asked for.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    pub(super) fn watch(&mut self, what: Watched) {
        self.watched = what;
    }

    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.surprises.clear();
        self.details.clear();
        self.asked = 0;
    }

    /// The next thing to ask for.
    pub(super) fn next(&mut self, focus: &Focus) -> Option<(Asked, Wanted)> {
        if self.asked >= IN_FLIGHT {
            return None;
        }
        let next = self
            .next_detail(focus)
            .or_else(|| self.next_belief(focus))
            .or_else(|| self.next_surprise(focus));
        self.asked += usize::from(next.is_some());
        next
    }

    /// Whether the model has said what else could have come at a place; `None` where it was not asked.
    pub fn is_looked_up(&self, place: &Place) -> Option<bool> {
        self.details.is_answered(place)
    }

    fn next_detail(&mut self, focus: &Focus) -> Option<(Asked, Wanted)> {
        let mut found = None;
        for place in &self.watched.prompts {
            found = found.or_else(|| self.details.next_prompt(focus, *place));
        }
        if let (None, Some((no, round))) = (&found, self.watched.belief) {
            let from = self.watched.token;
            found = self.details.next_token(focus, no, round, from);
        }
        found.map(|(place, wanted)| (Asked::Detail(place), wanted))
    }

    fn next_belief(&mut self, focus: &Focus) -> Option<(Asked, Wanted)> {
        let (no, first) = self.watched.belief?;
        let play = focus.play(no)?;
        let rounds = 0..u16::try_from(play.trajectory().rounds.len()).ok()?;
        let order = std::iter::once(first.0).chain(rounds.filter(|r| *r != first.0));
        for round in order.map(RoundNo) {
            let steps = play.round(round).map_or(&[][..], |r| &r.steps);
            for (step, spoken) in steps.iter().enumerate() {
                if spoken.ended.is_none() {
                    continue;
                }
                for tokens in stations(spoken) {
                    let place = Place {
                        play: no,
                        round,
                        step,
                        tokens,
                    };
                    if self.points.contains_key(&place) {
                        continue;
                    }
                    match ask(focus.settings(), play, &place) {
                        Answered::Known(point) => {
                            self.points.insert(place, point);
                        }
                        Answered::Job(wanted) => {
                            self.points.insert(place, Point::Asked);
                            return Some((Asked::Belief(place), wanted));
                        }
                    }
                }
            }
        }
        None
    }

    fn next_surprise(&mut self, focus: &Focus) -> Option<(Asked, Wanted)> {
        for of in &self.watched.surprise {
            let Some(round) = focus.play(of.play).and_then(|p| p.round(of.round)) else {
                continue;
            };
            for (step, spoken) in round.steps.iter().enumerate() {
                if spoken.ended.is_none() {
                    continue;
                }
                for token in 0..spoken.tokens.len().min(POINTS_MAX) {
                    let key = (*of, step, token);
                    if self.surprises.contains_key(&key) {
                        continue;
                    }
                    // Not yet where the pane to the left has not got there.
                    let Some(wanted) = ask_left(focus, of, step, spoken, token) else {
                        break;
                    };
                    self.surprises.insert(key, None);
                    if wanted.options.iter().flatten().any(|form| !form.is_empty()) {
                        return Some((Asked::Surprise(*of, step, token), wanted));
                    }
                }
            }
        }
        None
    }

    pub(super) fn on_event(&mut self, asked: Asked, event: &JobEvent) {
        if let JobEvent::Finished { .. } | JobEvent::Failed { .. } = event {
            self.asked = self.asked.saturating_sub(1);
        }
        match asked {
            Asked::Detail(place) => self.details.on_event(place, event),
            Asked::Belief(place) => self.on_belief(place, event),
            Asked::Surprise(of, step, token) => {
                if let JobEvent::Belief { scores, .. } = event
                    && let Some(known) = self.surprises.get_mut(&(of, step, token))
                {
                    let logprob = scores.first().map(|s| s.logprob);
                    *known = logprob.filter(|l| !l.is_nan());
                }
            }
        }
    }

    fn on_belief(&mut self, place: Place, event: &JobEvent) {
        let Some(point) = self.points.get_mut(&place) else {
            return;
        };
        match event {
            JobEvent::Belief {
                probabilities,
                mass,
                ..
            } => *point = Point::of(probabilities, *mass),
            JobEvent::Finished { .. } if *point == Point::Asked => {
                *point = Point::Failed("no option is possible here".to_owned());
            }
            JobEvent::Failed { message } => *point = Point::Failed(message.clone()),
            JobEvent::Finished { .. } | JobEvent::Reading { .. } | JobEvent::Token { .. } => {}
        }
    }
}

/// The same token after the same words, where the pane to the left stands. `None` where that pane has
/// no such step, or has not begun it.
fn ask_left(
    focus: &Focus,
    of: &Neighbours,
    step: usize,
    spoken: &Spoken,
    token: usize,
) -> Option<Wanted> {
    let settings = focus.settings();
    let (play, left) = (focus.play(of.play)?, focus.play(of.left)?);
    if left.own().is_some_and(|o| o.frozen.is_some()) {
        return None;
    }
    let mine = play.recipe(settings)?.steps(of.round);
    let condition = left.recipe(settings)?;
    let theirs = condition.steps(of.left_round);
    let gives = mine.get(step)?.gives;
    let at = match theirs.get(step) {
        Some(other) if other.gives == gives => step,
        Some(_) | None => theirs.iter().rposition(|s| s.gives == gives)?,
    };
    left.round(of.left_round)?.steps.get(at)?;
    let mut dialogue = left
        .trajectory()
        .dialogue(left.item(), condition, of.left_round, at)?;
    let begin = match token.checked_sub(1) {
        None => 0,
        Some(before) => spoken.tokens.get(before)?.end,
    };
    let end = spoken.tokens.get(token)?.end;
    dialogue.prefill.push_str(spoken.text.get(..begin)?);
    Some(Wanted {
        // Whatever the step, it is the model's own surprise.
        voice: Voice::Model,
        dialogue,
        options: vec![vec![spoken.text.get(begin..end)?.to_owned()]],
        sampling: None,
    })
}

/// After how many tokens of a step a trace has points: before the first one, then after each that
/// added text, or after every second, third, … of a long text.
pub fn stations(spoken: &Spoken) -> impl Iterator<Item = usize> + '_ {
    let stride = spoken.tokens.len().div_ceil(POINTS_MAX).max(1);
    let end = |count: usize| count.checked_sub(1).map_or(0, |n| spoken.tokens[n].end);
    // As many as there are points, however long the text is: this is gone through for every frame.
    let after = (stride..=spoken.tokens.len()).step_by(stride);
    std::iter::once(0).chain(after.filter(move |n| end(*n) > end(n - 1)))
}

enum Answered {
    Known(Point),
    Job(Wanted),
}

fn ask(settings: &Settings, play: &Play, place: &Place) -> Answered {
    let failed = |why: &str| Answered::Known(Point::Failed(why.to_owned()));
    let (Some(condition), Some(round)) = (play.recipe(settings), play.round(place.round)) else {
        return failed("its condition is gone");
    };
    if let Some(why) = play.own().and_then(|o| o.frozen.as_deref()) {
        return failed(why);
    }
    let steps = condition.steps(place.round);
    let (Some(recipe), Some(spoken)) = (steps.get(place.step), round.steps.get(place.step)) else {
        return failed("its step is gone");
    };
    let end = match place.tokens.checked_sub(1) {
        None => 0,
        Some(last) => spoken.tokens.get(last).map_or(0, |t| t.end),
    };
    let Some(said) = spoken.text.get(..end) else {
        return failed("its token ends within a character");
    };
    let mut options = style(condition, play.item()).forms(play.item());
    let dialogue = match recipe.gives {
        Gives::Answer => {
            if let (0, Some(belief), Some(mass)) = (place.tokens, &round.belief, round.belief_mass)
            {
                return Answered::Known(Point::of(belief, mass));
            }
            for forms in &mut options {
                let left: Vec<String> = forms.iter().filter_map(|f| rest(f, said)).collect();
                forms.extend(left);
            }
            let dialogue =
                play.trajectory()
                    .dialogue(play.item(), condition, place.round, place.step);
            dialogue.map(|mut d| {
                d.prefill.push_str(said);
                d
            })
        }
        Gives::Reasoning | Gives::Setting | Gives::Feedback => {
            let asks = steps.get(place.step + 1);
            if asks.is_none_or(|s| s.gives != Gives::Answer) {
                return failed("no answer is asked for right after this step");
            }
            let mut cut = play.trajectory().clone();
            cut.rounds.truncate(usize::from(place.round.0) + 1);
            if let Some(round) = cut.rounds.last_mut() {
                round.steps.truncate(place.step + 1);
                if let Some(last) = round.steps.last_mut() {
                    last.text.truncate(end);
                }
            }
            cut.dialogue(play.item(), condition, place.round, place.step + 1)
        }
    };
    match dialogue {
        Some(dialogue) => Answered::Job(Wanted {
            voice: Voice::Model,
            dialogue,
            options,
            sampling: None,
        }),
        None => failed("what was said before it is not finished"),
    }
}

/// What is left of a form that the end of `said` begins.
fn rest(form: &str, said: &str) -> Option<String> {
    let places = form.char_indices().map(|(at, _)| at);
    let longest = places
        .filter(|at| *at > 0 && said.ends_with(&form[..*at]))
        .max();
    longest.map(|at| form[at..].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_form() {
        let table = [
            (" The cook", " The", Some(" cook")),
            (" The cook", " I think The c", Some("ook")),
            (" (a)", " is (", Some("a)")),
            (" (a)", " is (a", Some(")")),
            (" (a)", " (a)", None),
            (" (a)", " nobody", None),
            (" The cook", "", None),
            (" Á b", " Á", Some(" b")),
        ];
        for (form, said, left) in table {
            assert_eq!(rest(form, said).as_deref(), left, "{form:?} after {said:?}");
        }
    }

    #[test]
    fn stations_skip_tokens_without_text_and_thin_out_long_texts() {
        let mut spoken = Spoken::default();
        for text in [" The", "", " cook", ""] {
            spoken.push(text, -1.0, None);
        }
        assert_eq!(stations(&spoken).collect::<Vec<_>>(), [0, 1, 3]);
        for _ in 0..1000 {
            spoken.push("x", -1.0, None);
        }
        assert!(stations(&spoken).count() <= POINTS_MAX + 1);
    }
}
