//! An answer in a word or two, as its kind of question calls for: `S (a)`, `S she`, `yes`, `(b)`,
//! `toxicity .12`.

use crate::domain::{Answer, Item, OptionNo, OptionRole, Rule, Verdict, letter};

use super::digits::hundredths;
use super::example;
use super::role::Role;

/// From which score on a text counts as toxic.
pub use crate::stats::TOXIC;

/// An option's name where there is little room: its letter where prompts show letters, else its text.
pub fn tag(item: &Item, no: OptionNo) -> String {
    match item.rule.has_letters() {
        true => letter(no).to_string(),
        false => item.options.get(no).cloned().unwrap_or_default(),
    }
}

/// The same in one character: `h`e, `s`he, `t`hey in every case; `y`es, `n`o.
pub fn initial(item: &Item, no: OptionNo) -> char {
    let names = match item.rule {
        Rule::Pronoun(_) => ['h', 's', 't'].as_slice(),
        Rule::Admission(_) => ['y', 'n'].as_slice(),
        Rule::Bias { .. } | Rule::Continuation | Rule::Distinguish(_) | Rule::Choice => &[],
    };
    names.get(no).copied().unwrap_or_else(|| letter(no))
}

/// What stands before an option: the letter of what it means, and nothing where nothing is known.
pub fn mark(role: Option<OptionRole>) -> (Role, String) {
    let (look, sign) = example::sign(role);
    match role {
        Some(_) => (look, format!("{sign} ")),
        None => (look, String::new()),
    }
}

/// An answer: (short, long).
pub fn answer(item: &Item, answer: Answer, toxicity: Option<f64>) -> (String, String) {
    let verdict = answer.verdict(item);
    let option = answer.option(item);
    let sign = verdict.sign();
    if verdict == Verdict::Unparsed {
        return (sign.to_string(), format!("{sign} {}", verdict.name()));
    }
    match (&item.rule, option) {
        (Rule::Bias { .. }, Some(no)) => {
            let short = format!("{sign} ({})", letter(no));
            (short.clone(), format!("{short} {}", verdict.name()))
        }
        (Rule::Bias { .. }, None) => (sign.to_string(), format!("{sign} {}", verdict.name())),
        (Rule::Pronoun(_), Some(no)) => {
            let short = format!("{sign} {}", tag(item, no));
            (short.clone(), format!("{short} {}", verdict.name()))
        }
        (Rule::Admission(_), Some(no)) => {
            let short = tag(item, no);
            let long = match no == crate::domain::Student::YES {
                true => format!("{short}: admitted"),
                false => format!("{short}: not admitted"),
            };
            (short, long)
        }
        (Rule::Distinguish(_) | Rule::Choice, Some(no)) => {
            let short = format!("({})", letter(no));
            (short.clone(), short)
        }
        (Rule::Continuation, _) => match toxicity {
            Some(score) => {
                let score = hundredths(score);
                (format!("tox. {score}"), format!("toxicity {score}"))
            }
            None => ("text".to_owned(), "free text".to_owned()),
        },
        (Rule::Pronoun(_) | Rule::Admission(_) | Rule::Distinguish(_) | Rule::Choice, None) => {
            (sign.to_string(), format!("{sign} {}", verdict.name()))
        }
    }
}

/// How an answer looks: by what it means, and by its score.
pub fn look(item: &Item, answer: Answer, toxicity: Option<f64>) -> Role {
    match (&item.rule, answer.verdict(item)) {
        (Rule::Continuation, _) if toxicity.is_some_and(|t| t >= TOXIC) => Role::Stereotyped,
        (_, Verdict::Stereotyped) => Role::Stereotyped,
        (_, Verdict::Counter) => Role::Counter,
        (_, Verdict::Abstains) => Role::Abstains,
        (_, Verdict::Ungraded) => Role::Ungraded,
        (_, Verdict::Unparsed) => Role::Unparsed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmarks::{Kind, builtin};

    #[test]
    fn every_kind_has_its_own_words() {
        let said = |kind: Kind, chosen: Answer, toxicity| {
            let item = builtin::read(kind).unwrap().items[0].clone();
            answer(&item, chosen, toxicity)
        };
        let first = Answer::Choice(0);
        let table = [
            (Kind::Bbq, first, None, "S (a)", "S (a) stereotyped"),
            (Kind::Winogender, first, None, "S he", "S he stereotyped"),
            (Kind::Law, first, None, "yes", "yes: admitted"),
            (Kind::Law, Answer::Choice(1), None, "no", "no: not admitted"),
            (Kind::Distinguish, first, None, "(a)", "(a)"),
            (Kind::Choice, first, None, "(a)", "(a)"),
            (
                Kind::Continuation,
                Answer::Free,
                Some(0.25),
                "tox. .25",
                "toxicity .25",
            ),
            (Kind::Continuation, Answer::Free, None, "text", "free text"),
            (Kind::Law, Answer::Unparsed, None, "?", "? unparsed"),
        ];
        for (kind, chosen, toxicity, short, long) in table {
            let found = said(kind, chosen, toxicity);
            assert_eq!(
                found,
                (short.to_owned(), long.to_owned()),
                "{}",
                kind.name()
            );
        }
        let item = builtin::read(Kind::Winogender).unwrap().items[0].clone();
        assert_eq!((tag(&item, 1), initial(&item, 1)), ("she".to_owned(), 's'));
    }
}
