//! `recant grade`: scores of answers that something else stored.

use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::report::Tally;
use crate::session::Manifest;

use super::cli::GradeArgs;
use super::failure::Failure;
use super::report::{Shown, show};
use super::stored::{Items, Skipped, grade};

/// At most this many bad rows are named one by one on standard error; JSON has all.
const NAMED_ROWS: usize = 20;

/// Grades and prints.
///
/// # Errors
/// A file that cannot be read or has no such field (2); nothing that could be graded (1).
pub fn run(args: &GradeArgs) -> Result<ExitCode, Failure> {
    let mut skipped = Vec::new();
    let items = Items::read(&args.items, &mut skipped)?;
    let answers = grade(&items, &args.answers, &args.field, &mut skipped)?;
    warn(&skipped);
    let names: Vec<String> = args.items.iter().map(|p| p.display().to_string()).collect();
    let mut settings = Map::new();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("items", json!(names.join(", ")));
    put("answers", json!(args.answers.display().to_string()));
    put("field", json!(args.field));
    put("matched", json!(answers.matched));
    put("model", json!(args.field));
    put("conditions", json!(answers.conditions));
    let mut tally = Tally::stored(
        Manifest::new(settings),
        answers.conditions,
        answers.rounds,
        answers.items,
        answers.board,
    );
    tally.unread = answers.unread.into_iter().collect();
    let graded = tally.board.ledger().entries().count();
    let head = format!(
        "{graded} answers ({}) of {}, matched to {} {}; {} rows skipped, {} items unanswered\n",
        args.field,
        args.answers.display(),
        names.join(", "),
        answers.matched,
        skipped.len(),
        answers.unanswered,
    );
    let row = |row: &Skipped| json!({"file": row.file, "line": row.line, "reason": row.reason});
    let more = vec![
        ("unanswered", json!(answers.unanswered)),
        ("skipped", skipped.iter().map(row).collect()),
    ];
    let shown = Shown {
        tally: &tally,
        head,
        more,
    };
    super::print(&show(&shown, &args.shown))
}

fn warn(skipped: &[Skipped]) {
    for row in skipped.iter().take(NAMED_ROWS) {
        let told = format!("{}:{}: skipped: {}", row.file, row.line, row.reason);
        eprintln!("recant: {}", Failure::usage(told));
    }
    if skipped.len() > NAMED_ROWS {
        let more = skipped.len() - NAMED_ROWS;
        eprintln!("recant: {more} more rows skipped; --format json names them all");
    }
}
