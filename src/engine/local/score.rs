//! The probability of an option as the continuation of a prompt.
//!
//! A form's probability is that of its tokens, as the tokenizer writes prompt and form *together*, given
//! the tokens before. Where a form changes the prompt's last tokens (`"is"` + `"n't"`), all forms are
//! counted from the last token that every encoding shares, so that they can be compared. An option's
//! probability is the sum over its forms; a form that only continues another one is part of it and is
//! not counted twice.
//!
//! All sums are in log space: forms too improbable for a float still have proportions.

use super::tokens::Tokens;
use crate::domain::OptionScore;

/// Bytes of the prompt's end that are encoded again with each form (after checking that this gives
/// the same tokens); encoding a long prompt once per form would cost more than the model does.
const TAIL_BYTES: usize = 64;

/// One way to say one option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Which option.
    pub option: usize,
    /// The tokens after the shared ones; at least one.
    pub tokens: Vec<u32>,
}

/// What is to be scored after a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Forms {
    /// How many of the prompt's tokens all encodings share; the forms' tokens follow these.
    pub shared: usize,
    /// The forms.
    pub forms: Vec<Form>,
}

/// Encodes a prompt's text. Models trained with an end mark after every text get the prompt without it.
pub fn encode_prompt(tokens: &Tokens, text: &str, add_special: bool) -> Result<Vec<u32>, String> {
    let mut ids = tokens.encode(text, add_special)?;
    if add_special && ids.len() > 1 && ids.last().is_some_and(|id| tokens.is_special(*id)) {
        ids.pop();
    }
    Ok(ids)
}

/// Encodes the forms of all options after the prompt `text`, whose encoding is `ids`.
pub fn plan(
    tokens: &Tokens,
    text: &str,
    add_special: bool,
    ids: &[u32],
    options: &[Vec<String>],
) -> Result<Forms, String> {
    let tail = tail(tokens, text, ids);
    let together = |form: &str| match &tail {
        Some((tail, before)) => {
            let mut all = before.to_vec();
            all.extend(tokens.encode(&format!("{tail}{form}"), false)?);
            Ok(all)
        }
        None => encode_prompt(tokens, &format!("{text}{form}"), add_special),
    };
    let mut encoded = Vec::new();
    for (option, forms) in options.iter().enumerate() {
        for form in forms {
            encoded.push((option, together(form)?));
        }
    }
    let common =
        |(_, all): &(usize, Vec<u32>)| all.iter().zip(ids).take_while(|(a, b)| a == b).count();
    // At least one token must stay before the forms: something has to predict their first one.
    let shared = encoded.iter().map(common).min().unwrap_or(ids.len()).max(1);
    let mut forms: Vec<Form> = Vec::new();
    encoded.retain(|(_, all)| all.len() > shared);
    encoded.sort_by_key(|(option, all)| (*option, all.len()));
    for (option, all) in encoded {
        let new = all[shared..].to_vec();
        let counted = |f: &Form| f.option == option && new.starts_with(&f.tokens);
        if !forms.iter().any(counted) {
            forms.push(Form {
                option,
                tokens: new,
            });
        }
    }
    Ok(Forms { shared, forms })
}

/// The end of the prompt that can be encoded on its own, and the tokens before it.
fn tail<'a>(tokens: &Tokens, text: &'a str, ids: &'a [u32]) -> Option<(&'a str, &'a [u32])> {
    let end = text.len().checked_sub(TAIL_BYTES)?;
    let end = (0..=end).rev().find(|i| text.is_char_boundary(*i))?;
    let cut = text[..end]
        .rfind(|c: char| c != ' ')
        .and_then(|_| text[..end].rfind(' '))?;
    // Between a word and the space before the next one: the one place where tokenizers agree to split.
    let cut = text[..cut].trim_end_matches(' ').len();
    let tail = &text[cut..];
    let own = tokens.encode(tail, false).ok()?;
    let before = ids.strip_suffix(own.as_slice())?;
    (!before.is_empty() && !own.is_empty()).then_some((tail, before))
}

/// One form's log-probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// Which option it means.
    pub option: usize,
    /// Its number of tokens; at least one.
    pub tokens: usize,
    /// Natural log of its probability; NaN counts as impossible.
    pub logprob: f64,
}

/// What the forms say about the options.
#[derive(Clone, Debug, PartialEq)]
pub struct Belief {
    /// Normalised over the options.
    pub probabilities: Vec<f64>,
    /// Their total before that, at most 1.
    pub mass: f64,
    /// Each option's own scores.
    pub scores: Vec<OptionScore>,
}

/// The belief of forms scored after one prompt. `None` if every form is impossible.
pub fn belief(options: usize, scored: impl Iterator<Item = Scored>) -> Option<Belief> {
    let nothing = OptionScore {
        logprob: f64::NEG_INFINITY,
        logprob_per_token: f64::NEG_INFINITY,
    };
    let mut scores = vec![nothing; options];
    for form in scored {
        if let Some(score) = scores.get_mut(form.option) {
            score.logprob = add_logs(score.logprob, form.logprob);
            // `max` ignores NaN.
            let mean = form.logprob / form.tokens.max(1) as f64;
            score.logprob_per_token = score.logprob_per_token.max(mean);
        }
    }
    let total = scores
        .iter()
        .fold(f64::NEG_INFINITY, |sum, s| add_logs(sum, s.logprob));
    if !total.is_finite() {
        return None;
    }
    let share = |s: &OptionScore| (s.logprob - total).exp();
    Some(Belief {
        probabilities: scores.iter().map(share).collect(),
        mass: total.exp().min(1.0),
        scores,
    })
}

/// ln(e^a + e^b); NaN counts as impossible.
fn add_logs(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    match (low.is_finite(), high.is_finite()) {
        (true, true) => high + (low - high).exp().ln_1p(),
        (_, true) => high,
        (true, _) => low,
        _ => f64::NEG_INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(list: &[(usize, usize, f64)]) -> impl Iterator<Item = Scored> {
        list.iter().map(|(option, tokens, logprob)| Scored {
            option: *option,
            tokens: *tokens,
            logprob: *logprob,
        })
    }

    #[test]
    fn beliefs_are_normalised_whatever_the_mass() {
        let logs = [
            (0, 2, 0.1f64.ln()),
            (1, 1, 0.2f64.ln()),
            (0, 4, 0.3f64.ln()),
        ];
        let all = belief(3, scored(&logs)).unwrap();
        let p = &all.probabilities;
        assert!((all.mass - 0.6).abs() < 1e-12);
        assert!((p[0] - 2.0 / 3.0).abs() < 1e-12 && (p[1] - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(p[2], 0.0);
        // 0.1 + 0.3; per token the form of four tokens is the better one.
        assert!((all.scores[0].logprob - 0.4f64.ln()).abs() < 1e-12);
        assert!((all.scores[0].logprob_per_token - 0.3f64.ln() / 4.0).abs() < 1e-12);
        assert_eq!(all.scores[2].logprob_per_token, f64::NEG_INFINITY);
        let all = belief(2, scored(&[(0, 1, -2000.0), (1, 1, -2001.0)])).unwrap();
        let p = &all.probabilities;
        assert_eq!(all.mass, 0.0);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-12 && (p[0] / p[1] - 1f64.exp()).abs() < 1e-9);
        assert_eq!(
            belief(2, scored(&[(0, 1, f64::NEG_INFINITY), (1, 1, f64::NAN)])),
            None
        );
        assert_eq!(belief(2, scored(&[])), None);
        let one = belief(1, scored(&[(0, 1, -1.0), (7, 1, -1.0)])).unwrap();
        assert_eq!(one.probabilities, [1.0]);
    }
}
