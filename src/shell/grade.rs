//! `recant grade`: scores of answers that something else stored.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::report::{Tally, WIDTH, wrap};
use crate::session::{Hand, Manifest};

use super::cli::GradeArgs;
use super::failure::Failure;
use super::report::{Shown, show};
use super::scorer::Scorer;
use super::stored::{Items, Skipped, grade};

/// At most this many bad rows are named one by one on standard error; JSON has all.
const NAMED_ROWS: usize = 20;

/// Grades and prints.
///
/// # Errors
/// A file that cannot be read or has no such field (2); nothing that could be graded (1).
pub fn run(args: &GradeArgs) -> Result<ExitCode, Failure> {
    let mut skipped = Vec::new();
    let items = Items::read(&args.items, args.map.as_deref(), &mut skipped)?;
    let scorer = match (items.has_texts(), &args.classifier) {
        (true, folder) => Some(Scorer::open(folder.as_deref())?),
        (false, None) => None,
        (false, Some(_)) => {
            return Err(Failure::usage(
                "--classifier scores texts, and these items have options; leave it out",
            ));
        }
    };
    let answers = grade(
        &items,
        &args.answers,
        &args.field,
        scorer.as_ref(),
        &hand(args)?,
        &mut skipped,
    )?;
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
    if let Some(scorer) = &scorer {
        put("scorer", json!(scorer.name()));
        put("scorer_sha256", json!(scorer.sha256()));
    }
    let mut tally = Tally::stored(
        Manifest::new(settings),
        answers.conditions,
        answers.rounds,
        answers.items,
        answers.board,
    );
    tally.measured = answers.measured;
    tally.labelled = answers.labelled.into_iter().collect();
    tally.unread = answers.unread.into_iter().collect();
    let graded = tally.board.ledger().entries().count();
    let scored = scorer.map_or(String::new(), |s| format!("; texts scored by {}", s.name()));
    let head = format!(
        "{graded} answers ({}) of {}, matched to {} {}; {} rows skipped, {} items unanswered{scored}",
        args.field,
        args.answers.display(),
        names.join(", "),
        answers.matched,
        skipped.len(),
        answers.unanswered,
    );
    let head = wrap(&head, WIDTH).join("\n") + "\n" + &tally.labels_line();
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

/// What people labelled, where the answers are a run's own.
fn hand(args: &GradeArgs) -> Result<Hand, Failure> {
    let folder = args.answers.parent().filter(|_| !args.no_labels);
    let folder = folder.map(|f| match f.as_os_str().is_empty() {
        true => Path::new("."),
        false => f,
    });
    folder.map_or(Ok(Hand::default()), |f| {
        Hand::read(f).map_err(Failure::usage)
    })
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
