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

#[test]
fn answers_are_looked_into_in_lines() {
    let lines = plain("t\nt if 1\nt q 0 2\nt q 0 99\nt iff\nm q\ne if 1\nl\nt q 7\n");
    let find = |start: &str| {
        let found = lines.iter().find(|l| l.starts_with(start));
        found.unwrap_or_else(|| panic!("no {start:?} in {lines:#?}"))
    };
    assert!(find("Look inside an answer: t, m or e").contains("m where the model"));
    let least: Vec<&String> = lines
        .iter()
        .filter(|l| l.contains("the least likely:"))
        .collect();
    assert_eq!(least.len(), 2, "{lines:#?}");
    assert!(least[0].starts_with("q, round 0: ") && least[1].starts_with("if, round 1: "));
    // The least likely are all of them that are told, and each has a probability and a rank.
    assert_eq!(least[0].matches("probability").count(), 5, "{least:?}");
    assert_eq!(least[0].matches("rank").count(), 5);
    let token = find("q, round 0: token 2 of ");
    for word in [
        "probability",
        ", rank ",
        "entropy",
        "nats. Instead could have come: \"",
    ] {
        assert!(token.contains(word), "{token}");
    }
    find("q, round 0: there are tokens 1 to ");
    find("No condition \"iff\"; there are q, if.");
    let begins = find("q, round 0, before it speaks: a ");
    assert!(begins.contains(", b "), "{begins}");
    find("q, round 1, after token ");
    let read = find("if, round 1: exactly this was read, ");
    assert!(read.contains("SHA-256"), "{read}");
    find("if, round 1: end of the prompt.");
    let at = |start: &str| lines.iter().position(|l| l.starts_with(start)).unwrap();
    let review = lines
        .iter()
        .position(|l| l.contains("Review your previous answer"));
    assert!(
        at("if, round 1: exactly") < review.unwrap() && review.unwrap() < at("if, round 1: end")
    );
    find("Seeds locked");
    assert_eq!(lines.iter().filter(|l| *l == "All answered.").count(), 2);
    find("There are rounds 0 to 1.");
}
