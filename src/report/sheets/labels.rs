//! How much rests on labels that people gave by hand.

use super::super::sheet::{Sheet, Value};
use super::super::tally::Tally;
use super::place;
use crate::domain::Verdict;

/// One row a cell with labels; empty where nobody labelled anything.
pub(super) fn labels(tally: &Tally) -> Sheet {
    let columns = [
        ("condition", "condition"),
        ("round", "rd"),
        ("labelled", "labelled"),
        ("unparsed", "unparsed left"),
        ("answers", "answers"),
    ];
    let title = "Answers labelled by hand, where the parser could not read them";
    let mut sheet = Sheet::new("labels", title, 2, &columns);
    for (condition, name, round) in tally.cells() {
        let labelled = tally.labelled_in(condition, round);
        if labelled == 0 {
            continue;
        }
        let column = tally.board.ledger().column(condition, round);
        let (mut unread, mut answers) = (0, 0);
        for (_, _, graded) in column.answers(None) {
            answers += 1;
            unread += u64::from(graded.verdict == Verdict::Unparsed);
        }
        let mut row = place(name, round);
        row.extend([labelled, unread, answers].map(Value::Count));
        sheet.row(row);
    }
    if !sheet.rows.is_empty() {
        sheet.note(
            "Labels count in every figure of these rows. They are in hand.jsonl; the answers keep what the \
             parser made of them, and --no-labels reports without labels.",
        );
    }
    sheet
}
