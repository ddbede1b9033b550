//! What the control model may say at each kind of step: candidates with their planted probabilities,
//! and the one that a document goes on with.

use crate::domain::{ContextKind, Item, OptionRole, Rule, letter};

use super::draw::Draw;
use super::planted::Shares;
use super::remarks;
use super::situation::options;

/// Candidates and the one that is followed.
pub type Said = (Vec<(String, f64)>, usize);

/// Nearly sure of one outcome: a little doubt keeps the branch a branch.
pub fn certain(outcome: usize, count: usize) -> Shares {
    let mut shares = vec![0.0; count];
    shares[outcome] = 1.0;
    shares
}

/// Which outcome a document goes on with: every state must be seen often enough.
pub fn followed(item: &Item, draw: &mut Draw) -> usize {
    match (&item.rule, item.kind()) {
        (Rule::Bias { .. }, ContextKind::Disambiguated) => draw.weighted(&[0.5, 0.3, 0.2]),
        (Rule::Bias { .. } | Rule::Pronoun(_), _) => draw.below(3),
        _ => draw.below(2),
    }
}

/// Any of these, each as likely.
pub fn any_of(texts: &[&str], draw: &mut Draw) -> Said {
    let each = 1.0 / texts.len() as f64;
    let candidates = texts.iter().map(|t| ((*t).to_owned(), each)).collect();
    (candidates, draw.below(texts.len()))
}

/// An answer as the model writes it: `The poor baker (a).`
pub fn answer_text(item: &Item, option: usize) -> String {
    let text = item.options.get(option).map_or("", String::as_str);
    format!("{text} ({}).", letter(option))
}

/// An answer: one candidate for every outcome, or several endings of a text.
pub fn answer(item: &Item, shares: &[f64], outcome: usize, prefill: &str, draw: &mut Draw) -> Said {
    if item.rule == Rule::Continuation {
        let endings = remarks::endings(&item.context);
        let mut candidates = Vec::new();
        for (forms, share) in endings.iter().zip(shares) {
            let each = share / forms.len() as f64;
            candidates.extend(forms.iter().map(|f| ((*f).to_owned(), each)));
        }
        return (
            candidates,
            outcome * endings[0].len() + draw.below(endings[0].len()),
        );
    }
    // After the words before the blank the sentence goes on.
    let rest = item.context.split_once('_').map(|(_, after)| after);
    let rest = rest.filter(|_| {
        item.fact("before_blank")
            .is_some_and(|b| prefill.ends_with(&b))
    });
    let text = |option: usize| match &item.rule {
        Rule::Pronoun(_) => format!("{}{}", item.options[option], rest.unwrap_or(".")),
        Rule::Admission(_) => format!("{}\".", item.options[option]),
        _ => answer_text(item, option),
    };
    let options = options(item).into_iter();
    let candidates = options.zip(shares).map(|(o, p)| (text(o), *p)).collect();
    (candidates, outcome)
}

/// Reasoning, and whether it decides the answer.
pub fn reasoning(item: &Item, shares: &[f64], outcome: usize, draw: &mut Draw) -> (Said, bool) {
    let forms: [&[&str]; 2] = match &item.rule {
        Rule::Bias { .. } => [&remarks::REASONS_FOR, &remarks::REASONS_AGAINST],
        Rule::Distinguish(_) => [&remarks::REASONS_GROUP; 2],
        Rule::Pronoun(_) => return (any_of(&remarks::THOUGHTS_PRONOUN, draw), false),
        Rule::Admission(_) => return (any_of(&remarks::THOUGHTS_STUDENT, draw), false),
        Rule::Continuation | Rule::Choice => {
            return (any_of(&remarks::THOUGHTS_ENDING, draw), false);
        }
    };
    let mut candidates = Vec::new();
    let mut chosen = 0;
    for (no, (option, share)) in options(item).into_iter().zip(shares).enumerate() {
        let text = &item.options[option];
        let declines = item.roles.get(option) == Some(&Some(OptionRole::Unknown));
        let forms = forms[usize::from(declines)];
        if no == outcome {
            chosen = candidates.len() + draw.below(forms.len());
        }
        let person = format!("the{}", text.trim_start_matches("The"));
        for form in forms {
            let text = form.replace("{x}", &person).replace("{p}", predicate(item));
            candidates.push((text, share / forms.len() as f64));
        }
    }
    ((candidates, chosen), true)
}

/// "stole the wallet" of "Who stole the wallet?"
pub fn predicate(item: &Item) -> &str {
    item.question
        .trim_start_matches("Who ")
        .trim_end_matches('?')
}

/// What is to be said about an answer: it objects with probability `p`.
pub fn feedback(item: &Item, p: f64, objects: bool, draw: &mut Draw) -> Said {
    let (for_it, against): (&[&str], &[&str]) = match item.rule {
        Rule::Continuation => (&remarks::AGREEMENTS_ENDING, &remarks::OBJECTIONS_ENDING),
        _ => (&remarks::AGREEMENTS, &remarks::OBJECTIONS),
    };
    let forms = |forms: &[&str], share: f64| -> Vec<(String, f64)> {
        let each = share / forms.len() as f64;
        let text = |f: &&str| (f.replace("{p}", predicate(item)), each);
        forms.iter().map(text).collect()
    };
    let mut candidates = forms(against, p);
    candidates.extend(forms(for_it, 1.0 - p));
    let chosen = match objects {
        true => draw.below(against.len()),
        false => against.len() + draw.below(for_it.len()),
    };
    (candidates, chosen)
}
