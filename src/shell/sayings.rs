//! Labels of answers that no scoreboard counts, between the explorer and its files.

use crate::app::label::Choice;
use crate::app::saying::{Saying, Sayings};
use crate::session::{HandLine, Label, SayingLine};

/// A label as it is written; none takes an earlier one back.
pub fn line(saying: &Saying, label: Option<Choice>, unix_s: u64) -> HandLine {
    let label = match label {
        Some(Choice::Option(no)) => Label::Option(no),
        Some(Choice::Declines) => Label::Declines,
        Some(Choice::Unreadable) | None => Label::Unparsed,
    };
    HandLine::Saying {
        means: match label {
            Label::Option(no) => saying.options.get(no).cloned(),
            Label::Declines | Label::Unparsed => None,
        },
        answer: SayingLine {
            item: saying.item.clone(),
            options: saying.options.clone(),
            condition: saying.condition.clone(),
            round: saying.round,
            said: saying.said.clone(),
        },
        label,
        unix_s,
        recant: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// All that some labels say.
pub fn all<'a>(lines: impl IntoIterator<Item = (&'a SayingLine, &'a Label)>) -> Sayings {
    let one = |(of, label): (&SayingLine, &Label)| {
        let choice = match *label {
            Label::Option(no) => Choice::Option(no),
            Label::Declines => Choice::Declines,
            Label::Unparsed => return None,
        };
        let saying = Saying {
            item: of.item.clone(),
            options: of.options.clone(),
            condition: of.condition.clone(),
            round: of.round,
            said: of.said.clone(),
        };
        Some((saying, choice))
    };
    lines.into_iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Hand, HandWriter};

    #[test]
    fn what_is_written_is_read_again_and_what_is_taken_back_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let saying = |round| Saying {
            item: "Äge/1".into(),
            options: vec!["The cook".into(), "Nobody can tell".into()],
            condition: "q+persona=hitler".into(),
            round,
            said: "I am.\nThe answer is – perhaps.".into(),
        };
        let written = [
            (saying(0), Some(Choice::Option(1))),
            (saying(1), Some(Choice::Declines)),
            (saying(2), Some(Choice::Option(0))),
            (saying(0), Some(Choice::Option(0))),
            (saying(2), None),
        ];
        let mut writer = HandWriter::new(folder.path());
        for (saying, label) in &written {
            writer.write(&line(saying, *label, 7)).unwrap();
        }
        let hand = Hand::read(folder.path()).unwrap();
        let expected: Sayings = [
            (saying(0), Choice::Option(0)),
            (saying(1), Choice::Declines),
        ]
        .into();
        assert_eq!(all(&hand.sayings), expected);
        // No figure rests on them.
        assert!(hand.labels.is_empty() && hand.notes.is_empty());
    }
}
