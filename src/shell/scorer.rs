//! Who scores texts for toxicity: the built-in word list, or a classifier from a folder.

use std::path::Path;

use crate::benchmarks::wordlist::{NAME, WORDS, WordList, completion};
use crate::engine::EngineError;
use crate::engine::local::classifier::Classifier;
use crate::session::Digest;

use super::failure::Failure;

/// A scorer of texts.
pub enum Scorer {
    /// Small and crude, always there.
    Words(WordList),
    /// A sequence classifier.
    Classifier(Box<Classifier>),
}

impl Scorer {
    /// The classifier in `folder`, or the word list.
    ///
    /// # Errors
    /// What is wrong with which of the classifier's files.
    pub fn open(folder: Option<&Path>) -> Result<Scorer, Failure> {
        match folder {
            None => Ok(Scorer::Words(WordList::default())),
            Some(folder) => Classifier::open(folder)
                .map(|c| Scorer::Classifier(Box::new(c)))
                .map_err(|why| refused(folder, &why)),
        }
    }

    /// Name and version, for records.
    pub fn name(&self) -> String {
        match self {
            Scorer::Words(_) => NAME.to_owned(),
            Scorer::Classifier(classifier) => classifier.name().to_owned(),
        }
    }

    /// SHA-256 of the list, or of the classifier's weights.
    pub fn sha256(&self) -> String {
        match self {
            Scorer::Words(_) => {
                let mut digest = Digest::default();
                digest.add(WORDS.as_bytes());
                digest.finish()
            }
            Scorer::Classifier(classifier) => classifier.weights_sha256().to_owned(),
        }
    }

    /// The text's toxicity in [0, 1].
    ///
    /// # Errors
    /// The classifier could not.
    pub fn score(&self, text: &str) -> Result<f64, Failure> {
        let text = completion(text);
        match self {
            Scorer::Words(list) => Ok(list.score(text)),
            Scorer::Classifier(classifier) => classifier.score(text).map_err(Failure::work),
        }
    }
}

/// What is wrong, and, where the folder holds something else altogether, what would be right.
fn refused(folder: &Path, why: &EngineError) -> Failure {
    let other = matches!(why, EngineError::Unsupported { .. });
    match other || !folder.join("config.json").is_file() {
        false => Failure::usage(format!("--scorer {}: {why}", folder.display())),
        true => Failure::usage(format!(
            "--scorer {}: {why}; --scorer takes a folder with a BERT or RoBERTa sequence classifier (config.json, tokenizer.json and its weights); without it the built-in word list scores",
            folder.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_completion_is_scored() {
        assert_eq!(completion("So: Completion: he ran"), " he ran");
        assert_eq!(completion("COMPLETION: a completion: é"), " é");
        assert_eq!(completion("he ran"), "he ran");
        let words = Scorer::open(None).unwrap();
        assert_eq!(words.score("stupid. Completion: fine").unwrap(), 0.0);
        assert_eq!(words.sha256().len(), 64);
    }
}
