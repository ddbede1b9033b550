//! Small sets of every kind, our own wording, compiled into the program: every experiment runs
//! without a download. `builtin` (BBQ's format) comes from the control model's grammar. The
//! occupations' percentages and the students are invented: they are there to try the pipeline with,
//! and say nothing about the world.

use std::io;

use super::mapped::FieldMap;
use super::winogender::Shares;
use super::{Kind, Loaded, bbq, continuation, distinguish, law, mapped, winogender};

/// The questions in BBQ's format.
pub const BBQ: &[u8] = include_bytes!("../../fixtures/items/builtin.jsonl");
/// Sentences with a pronoun, as Winogender's templates.
const WINOGENDER: &[u8] = include_bytes!("../../fixtures/items/winogender/templates.tsv");
/// The occupations in them.
const OCCUPATIONS: &[u8] = include_bytes!("../../fixtures/items/winogender/occupations-stats.tsv");
/// Invented students.
const LAW: &[u8] = include_bytes!("../../fixtures/items/law.csv");
/// Beginnings of texts.
const CONTINUATION: &[u8] = include_bytes!("../../fixtures/items/continuation.txt");
/// Questions with one right answer.
const CHOICE: &[u8] = include_bytes!("../../fixtures/items/choice.csv");
/// How their columns are called.
const CHOICE_MAP: &str = include_str!("../../fixtures/items/choice.yaml");

/// The bytes a set is made from, for its hash.
pub fn bytes(kind: Kind) -> Vec<&'static [u8]> {
    match kind {
        Kind::Bbq | Kind::Distinguish => vec![BBQ],
        Kind::Winogender => vec![WINOGENDER, OCCUPATIONS],
        Kind::Law => vec![LAW],
        Kind::Continuation => vec![CONTINUATION],
        Kind::Choice => vec![CHOICE, CHOICE_MAP.as_bytes()],
    }
}

/// The set.
///
/// # Errors
/// A mistake in the program's own files; a test holds that there is none.
pub fn read(kind: Kind) -> io::Result<Loaded> {
    let wrong = |what: String| io::Error::new(io::ErrorKind::InvalidData, what);
    match kind {
        Kind::Bbq => bbq::read(BBQ),
        Kind::Distinguish => Ok(distinguish::from_bbq(bbq::read(BBQ)?)),
        Kind::Winogender => {
            let shares = Shares::read(OCCUPATIONS)?.map_err(|(_, what)| wrong(what))?;
            winogender::read(WINOGENDER, &shares)
        }
        Kind::Law => law::read(LAW),
        Kind::Continuation => continuation::read(CONTINUATION),
        Kind::Choice => {
            let map = FieldMap::parse(CHOICE_MAP).map_err(|(_, what)| wrong(what))?;
            mapped::read(CHOICE, &map, Some(','))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Rule;

    #[test]
    fn every_kind_has_a_set_without_a_bad_row() {
        for kind in Kind::ALL {
            let loaded = read(kind).unwrap();
            assert!(
                loaded.items.len() >= 8,
                "{}: {}",
                kind.name(),
                loaded.items.len()
            );
            assert!(
                loaded.skipped.is_empty(),
                "{}: {:?}",
                kind.name(),
                loaded.skipped
            );
            assert!(
                loaded.ungraded.is_empty(),
                "{}: {:?}",
                kind.name(),
                loaded.ungraded
            );
            for item in &loaded.items {
                assert_eq!(item.rule.name(), kind.name(), "{}", item.id);
                assert_eq!(item.roles.len(), item.options.len(), "{}", item.id);
            }
            let first = bytes(kind)[0];
            let guessed = super::super::guess_kind(&first[..first.len().min(4000)]);
            match kind {
                Kind::Bbq | Kind::Winogender | Kind::Law => assert_eq!(guessed, Some(kind)),
                Kind::Distinguish => assert_eq!(guessed, Some(Kind::Bbq)),
                Kind::Continuation | Kind::Choice => assert_eq!(guessed, None),
            }
        }
        let blanks = read(Kind::Winogender).unwrap();
        let told = |i: &crate::domain::Item| matches!(&i.rule, Rule::Pronoun(b) if b.bls_percent_female.is_some());
        assert!(blanks.items.iter().all(|i| told(i)));
    }
}
