//! How well something is what was typed.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::Words;

/// Says how well a pick is what was typed.
pub(super) struct Judge {
    typed: String,
    fuzzy: Pattern,
    words: Pattern,
    /// Fewer points than this are letters strewn over a name.
    least: u32,
    matcher: Matcher,
    buffer: Vec<char>,
}

impl Judge {
    pub(super) fn new(typed: &str) -> Judge {
        let of = |kind| Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, kind);
        let letters = typed.chars().filter(|c| !c.is_whitespace()).count();
        Judge {
            typed: typed.to_lowercase(),
            fuzzy: of(AtomKind::Fuzzy),
            // What is said about a thing is long: letters strewn over it mean nothing.
            words: of(AtomKind::Substring),
            least: u32::try_from(letters)
                .unwrap_or(u32::MAX)
                .saturating_mul(17),
            matcher: Matcher::new(Config::DEFAULT),
            buffer: Vec::new(),
        }
    }

    pub(super) fn score(&mut self, words: &Words) -> Option<u32> {
        let mut of = |pattern: &Pattern, text: &str| {
            let text = Utf32Str::new(text, &mut self.buffer);
            pattern.score(text, &mut self.matcher)
        };
        let least = |score: &u32| *score >= self.least;
        // There are thousands of questions and a few of everything else.
        let weight = if words.kind == "question" { 2 } else { 3 };
        if let Some(score) = of(&self.fuzzy, &words.name).filter(least) {
            let name = words.name.to_lowercase();
            let bonus = match () {
                () if name == self.typed => 2_000,
                () if name.starts_with(&self.typed) => 500,
                () => 0,
            };
            return Some(weight * score + bonus);
        }
        let named = format!("{} {}", words.kind, words.name);
        if let Some(score) = of(&self.words, &named) {
            return Some(2 * score);
        }
        of(&self.words, &format!("{named} {}", words.about))
    }
}
