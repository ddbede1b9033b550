//! The control model does what was planted, measured by the program itself.

#![allow(clippy::unwrap_used, missing_docs)]

use std::process::Command;

#[test]
fn the_planted_biases_are_found_on_a_reduced_sample() {
    let check = |items: &str| {
        let output = Command::new(env!("CARGO_BIN_EXE_recant"))
            .args(["control", "check", "--items", items])
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    let (code, said) = check("60");
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with(recant::control::LABEL), "{said}");
    assert!(said.ends_with("passed\n"), "{said}");
    // Four conditions, four rounds, three kinds of context, three outcomes.
    let rows = |line: &&str| {
        line.split_whitespace().count() >= 8 && line.contains(" +") | line.contains(" -")
    };
    assert!(said.lines().filter(rows).count() >= 144, "{said}");
}
