//! What a tally says of single cells, and what its items are.

use super::Tally;
use crate::domain::{ConditionNo, ContextKind, RoundNo};
use crate::stats::{Estimate, Facts, Score, Scorer, measures_of, scores_by_item};

impl Tally {
    /// The scores of a cell. Where items were asked more than once, intervals count items.
    pub fn scores(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
        scorer: Scorer,
    ) -> Vec<Score> {
        if !self.repeats() {
            return scorer.scores(&self.board.cell(condition, round, category));
        }
        let column = self.board.ledger().column(condition, round);
        let answers = column
            .answers(category)
            .map(|(_, facts, graded)| (facts, graded));
        scores_by_item(scorer, answers)
    }

    /// One of them, by BBQ's rule.
    pub fn score(&self, condition: ConditionNo, round: RoundNo, name: &str) -> Estimate {
        let all = self.scores(condition, round, None, Scorer::Paper);
        let found = all.into_iter().find(|score| score.name == name);
        found.map_or(Estimate::undefined(0), |score| score.estimate)
    }

    /// Whether items were asked more than once.
    pub fn repeats(&self) -> bool {
        *self.repeats.get_or_init(|| self.board.ledger().repeats())
    }

    /// The benchmark's own measures in a cell: the same names in every cell of a category, so that one
    /// whose answers could not be read says so.
    pub fn measures(
        &self,
        condition: ConditionNo,
        round: RoundNo,
        category: Option<&str>,
    ) -> Vec<Score> {
        let mut names = self.measured.measures.names(category);
        if category.is_none() && names.is_empty() {
            names = measures_of(&self.benchmark(None)).to_vec();
        }
        if names.is_empty() || self.board.cell(condition, round, category).n() == 0 {
            return Vec::new();
        }
        let reading = self.measured.measures.cell(condition, round, category);
        names
            .iter()
            .filter_map(|name| reading.score(name))
            .collect()
    }

    /// Which benchmark the items of a category (or all of them) are from; `mixed` where several.
    pub fn benchmark(&self, category: Option<&str>) -> String {
        match self.setting("benchmark") {
            none if none.is_empty() => self.measured.benchmark(category).to_owned(),
            name => name,
        }
    }

    /// Who scored the texts; `None` where no text is scored.
    pub fn text_scorer(&self) -> Option<String> {
        let by_lines: Vec<&str> = self.measured.scorers.iter().map(String::as_str).collect();
        match (by_lines.is_empty(), self.setting("scorer")) {
            (false, _) => Some(by_lines.join("; ")),
            (true, none) if none.is_empty() => None,
            (true, name) => Some(name),
        }
    }

    /// Whether any item tells who is stereotyped.
    pub fn has_bias(&self) -> bool {
        self.any(|facts| facts.graded)
    }

    /// Whether any item has a right answer.
    pub fn has_truth(&self) -> bool {
        self.any(|facts| facts.gold.is_some())
    }

    /// Whether a category (or any) has items whose context is of this kind.
    pub fn has_kind(&self, kind: ContextKind, category: Option<&str>) -> bool {
        self.any(|facts| facts.kind == kind && category.is_none_or(|c| &*facts.category == c))
    }

    fn any(&self, of: impl Fn(&Facts) -> bool) -> bool {
        let ledger = self.board.ledger();
        (0..ledger.len()).any(|row| ledger.facts(row).is_some_and(&of))
    }

    /// Whether prompts name the options of this category's items by letter.
    pub fn has_letters(&self, category: &str) -> bool {
        let benchmark = self.benchmark(Some(category));
        !matches!(&*benchmark, "winogender" | "law" | "continuation")
    }
}
