//! Whether two texts mean the same, by a model from a Hugging Face folder.
//!
//! - A classifier of entailment (labels entailment, neutral, contradiction; roberta-large-mnli and its
//!   like): two answers to a question mean the same where each entails the other, the question before
//!   both (Kuhn et al. 2023, "Semantic uncertainty").
//! - A bare encoder (all-MiniLM-L6-v2 and its like): they do where the mean states of their tokens have
//!   a cosine of at least a threshold. Which threshold is right depends on the model; the papers give none.
//!
//! The authors of P3 (arXiv 2510.07290) cluster in another way: answers belong together unless one of the
//! two contradicts the other. Classifiers give those clusters too ([`Clusters::unless_contradiction`]).
//!
//! An answer joins the first cluster whose first member it means the same as: clusters hang on the order
//! of the answers, as in the paper.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;

use super::encoder::Encoder;
use crate::engine::EngineError;

/// From which cosine on two texts mean the same, if nobody says otherwise.
pub const COSINE: f64 = 0.8;

/// How it judges.
enum Rule {
    /// Which label says that the second text follows from the first.
    Entailment {
        label: usize,
        contradiction: Option<usize>,
    },
    /// From which cosine on.
    Cosine { least: f64 },
}

/// The number of every answer's cluster, by the rules there are; clusters are numbered as they come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clusters {
    /// Answers that mean the same.
    pub same: Vec<usize>,
    /// Answers of which none contradicts the first one of its cluster, or is contradicted by it; `None`
    /// where the model knows no contradiction.
    pub unless_contradiction: Option<Vec<usize>>,
}

/// A model that judges meanings.
pub struct Judge {
    name: String,
    encoder: Encoder,
    rule: Rule,
}

impl Judge {
    /// Opens the model in a folder. `least` is the cosine from which on texts mean the same; only for
    /// encoders without a head.
    ///
    /// # Errors
    /// What is wrong with which file, field or tensor; a classifier none of whose labels is entailment; a
    /// threshold for one.
    pub fn open(folder: &Path, least: Option<f64>) -> Result<Judge, EngineError> {
        let encoder = Encoder::open(folder)?;
        let (rule, how) = match (encoder.labels.is_empty(), least) {
            (true, least) => {
                let least = least.unwrap_or(COSINE);
                let how = format!("cosine of mean states at least {least}");
                (Rule::Cosine { least }, how)
            }
            (false, Some(_)) => {
                return Err(EngineError::Unsupported {
                    file: encoder.config.file.clone(),
                    what: "a threshold for a classifier of entailment".into(),
                    supported: "a threshold for encoders without a classification head".into(),
                });
            }
            (false, None) => {
                let label = entailment(&encoder)?;
                let of = |l: &String| l.trim().eq_ignore_ascii_case("contradiction");
                let contradiction = encoder.labels.iter().position(of);
                (
                    Rule::Entailment {
                        label,
                        contradiction,
                    },
                    "entailment both ways".to_owned(),
                )
            }
        };
        let judge = Judge {
            name: format!("{}, {how}", encoder.name),
            encoder,
            rule,
        };
        let tried = judge.clusters("What?", &["A first text.", "A second one."]);
        Encoder::checked(folder, tried.map(|_| ()))?;
        Ok(judge)
    }

    /// The folder's name and how it judges.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Hash of the weights' bytes, in hexadecimal.
    pub fn weights_sha256(&self) -> &str {
        &self.encoder.weights_sha256
    }

    /// The clusters of the answers to a question.
    ///
    /// # Errors
    /// The tokenizer or the model could not.
    pub fn clusters(&self, question: &str, answers: &[&str]) -> Result<Clusters, String> {
        match self.rule {
            Rule::Entailment {
                label,
                contradiction,
            } => {
                let whole: Vec<String> =
                    answers.iter().map(|a| format!("{question} {a}")).collect();
                let known = RefCell::new(HashMap::new());
                // The label of the second text after the first.
                let judged = |a: usize, b: usize| -> Result<usize, String> {
                    if let Some(label) = known.borrow().get(&(a, b)) {
                        return Ok(*label);
                    }
                    let most = largest(&self.encoder.logits(&whole[a], Some(&whole[b]))?)?;
                    known.borrow_mut().insert((a, b), most);
                    Ok(most)
                };
                let same = grouped(answers, |a, b| {
                    Ok(judged(a, b)? == label && judged(b, a)? == label)
                })?;
                let apart = |against: usize| {
                    grouped(answers, |a, b| {
                        Ok(judged(a, b)? != against && judged(b, a)? != against)
                    })
                };
                Ok(Clusters {
                    same,
                    unless_contradiction: contradiction.map(apart).transpose()?,
                })
            }
            Rule::Cosine { least } => {
                let states: Result<Vec<Vec<f32>>, String> =
                    answers.iter().map(|a| self.encoder.mean_state(a)).collect();
                let states = states?;
                let same = |a: usize, b: usize| Ok(cosine(&states[a], &states[b])? >= least);
                Ok(Clusters {
                    same: grouped(answers, same)?,
                    unless_contradiction: None,
                })
            }
        }
    }
}

/// Clusters by whether two of the answers, named by position, mean the same. Equal ones do.
fn grouped(
    answers: &[&str],
    same: impl Fn(usize, usize) -> Result<bool, String>,
) -> Result<Vec<usize>, String> {
    let mut first: Vec<usize> = Vec::new();
    let mut all = Vec::with_capacity(answers.len());
    for at in 0..answers.len() {
        let mut found = first
            .iter()
            .position(|f| answers[*f].trim() == answers[at].trim());
        if found.is_none() {
            for (no, member) in first.iter().enumerate() {
                if same(*member, at)? {
                    found = Some(no);
                    break;
                }
            }
        }
        all.push(found.unwrap_or_else(|| {
            first.push(at);
            first.len() - 1
        }));
    }
    Ok(all)
}

fn largest(logits: &[f32]) -> Result<usize, String> {
    if logits.is_empty() || logits.iter().any(|l| !l.is_finite()) {
        return Err("the classifier gives no number".to_owned());
    }
    let mut most = 0;
    for (no, logit) in logits.iter().enumerate() {
        if *logit > logits[most] {
            most = no;
        }
    }
    Ok(most)
}

fn cosine(a: &[f32], b: &[f32]) -> Result<f64, String> {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let parts = a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y));
        parts.sum()
    };
    let found = dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    match found.is_finite() {
        true => Ok(found),
        false => Err("the encoder gives no number".to_owned()),
    }
}

/// Which label is entailment.
fn entailment(encoder: &Encoder) -> Result<usize, EngineError> {
    let labels = &encoder.labels;
    let named = labels
        .iter()
        .position(|l| l.trim().eq_ignore_ascii_case("entailment"));
    named.ok_or_else(|| {
        encoder.config.wrong(
            "id2label",
            format!(
                "none of the labels {} is entailment; give a model of natural language inference (such as roberta-large-mnli), or an encoder without a classifier",
                labels.join(", ")
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_joins_the_first_cluster_whose_first_member_means_the_same() {
        let answers = ["1", "2", " 1", "4", "3", "6"];
        // The same parity, but 6 with nothing.
        let same = |a: usize, b: usize| {
            let number = |at: usize| answers[at].trim().parse::<u32>().unwrap();
            Ok(number(b) != 6 && number(a) % 2 == number(b) % 2)
        };
        assert_eq!(grouped(&answers, same).unwrap(), [0, 1, 0, 1, 0, 2]);
        let wrong = grouped(&answers, |_, _| Err("no".to_owned()));
        assert_eq!(wrong, Err("no".to_owned()));
    }

    #[test]
    fn what_is_no_number_is_no_judgement() {
        assert_eq!(largest(&[0.1, 2.0, -1.0]), Ok(1));
        assert!(largest(&[f32::NAN, 1.0]).is_err() && largest(&[]).is_err());
        assert!((cosine(&[1.0, 0.0], &[1.0, 1.0]).unwrap() - 0.5_f64.sqrt()).abs() < 1e-9);
        assert!(cosine(&[0.0], &[1.0]).is_err());
    }
}
