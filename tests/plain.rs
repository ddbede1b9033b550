//! `recant --plain`: the real binary, commands piped in, lines out.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::io::Write;
use std::process::{Command, Stdio};

fn plain(commands: &str) -> Vec<String> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(["--plain", "--conditions", "q,if", "--rounds", "2"])
        // A person's own settings must not change what is tested.
        .env("RECANT_CONFIG", "")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(commands.as_bytes()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn questions_and_answers_are_told_in_lines() {
    let lines = plain("n\nbogus\n9999\n7\ns\n");
    let count = |start: &str| lines.iter().filter(|l| l.starts_with(start)).count();
    // The first, the next, and the seventh, twice with another seed.
    assert_eq!(count("Question 1 of 288"), 1, "{lines:#?}");
    assert_eq!(count("Question 2 of 288"), 1);
    assert_eq!(count("Question 7 of 288"), 1);
    assert_eq!(count("All answered."), 4);
    for head in ["q, round 0:", "q, round 1:", "if, round 0:", "if, round 1:"] {
        assert_eq!(count(head), 4, "{head} {lines:#?}");
    }
    assert_eq!(count("Unknown command \"bogus\""), 1);
    assert_eq!(count("There are questions 1 to 288."), 1);
    assert_eq!(count("Seed 1."), 1);
    assert_eq!(count("Note: control model"), 1);
    let told = lines.iter().filter(|l| l.starts_with("q, round 0:"));
    assert!(
        told.clone()
            .all(|l| l.contains("Belief before: a 0.") || l.contains("a 1.00"))
    );
}

#[test]
fn it_can_be_left_at_once() {
    let lines = plain("q\n");
    assert!(
        lines.iter().any(|l| l.starts_with("Question 1 of")),
        "{lines:#?}"
    );
}
