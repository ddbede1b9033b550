//! Text from a data file that tries to act on the terminal, through every way out of the program
//! that is not a screen. (Screens: `any_events.rs`.)

#![allow(clippy::unwrap_used, missing_docs)]

use std::process::{Command, Output};

use serde_json::{Value, json};

const ACTS: &str = "\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}x\r\u{7f}";

fn recant(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Nothing that a terminal would obey.
fn harmless(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    for c in text.chars() {
        let acts = (c.is_control() && c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        assert!(!acts, "{c:?} in {text:?}");
    }
    text
}

/// A built-in row with words that act in every field that is text.
fn row(no: usize) -> Value {
    let text = include_str!("../fixtures/items/builtin.jsonl");
    let mut row: Value = serde_json::from_str(text.lines().nth(no).unwrap()).unwrap();
    for field in ["category", "context", "question", "ans0", "ans1", "ans2"] {
        let before = row[field].as_str().unwrap().to_owned();
        row[field] = json!(format!("{before}{ACTS}"));
    }
    row
}

#[test]
fn reports_and_errors_pass_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    let items = folder.path().join("items.jsonl");
    let mut bad = row(2);
    bad["label"] = json!(ACTS);
    let lines = [row(0), row(1), bad].map(|r| r.to_string());
    std::fs::write(&items, lines.join("\n")).unwrap();
    let (items, out) = (items.to_str().unwrap(), folder.path().join("run"));
    let out = out.to_str().unwrap();

    let run = recant(&["run", "--items", items, "--rounds", "2", "--out", out]);
    let said = harmless(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("items.jsonl:3: skipped"), "{said}");
    harmless(&run.stdout);

    let table = recant(&["report", out, "--by-category"]);
    let said = harmless(&table.stdout);
    assert!(
        table.status.success() && said.contains("‹1B›]0;owned"),
        "{said}"
    );

    let json = recant(&["report", out, "--format", "json"]);
    let said = harmless(&json.stdout);
    let parsed: Value = serde_json::from_str(&said).unwrap();
    let cells = parsed["cells"].as_array().unwrap();
    let exact = |c: &Value| c["category"].as_str().unwrap().ends_with(ACTS);
    assert!(cells.iter().any(exact), "the name itself is kept");

    let plot = folder.path().join("plot.svg");
    let plot = plot.to_str().unwrap();
    for format in ["csv", "latex", "markdown", "table"] {
        let more = ["--list", "disagreements", "--plot", plot];
        let report = recant(&[&["report", out, "--format", format][..], &more].concat());
        assert!(report.status.success());
        harmless(&report.stdout);
        harmless(&recant(&["compare", out, out, "--format", format]).stdout);
        let answers = format!("{out}/answers.jsonl");
        let more = [
            "--answers",
            &answers,
            "--field",
            "steps.0.text",
            "--list",
            "unparsed",
        ];
        let grade = ["grade", "--items", items, "--format", format];
        let graded = recant(&[&grade[..], &more].concat());
        assert!(graded.status.success(), "{}", harmless(&graded.stderr));
        harmless(&graded.stdout);
    }
    harmless(&std::fs::read(plot).unwrap());

    for arguments in [
        vec![
            "grade",
            "--items",
            items,
            "--answers",
            items,
            "--field",
            "x\u{1b}[2J",
        ],
        vec!["compare", out, "no\u{202e}folder"],
        vec!["run", "--items", "no\u{1b}[2Jfile", "--out", out],
        vec!["run", "--conditions", "q\u{9b}1m", "--out", out],
        vec!["run", "--model", "no\u{1b}]0;x\u{7}", "--out", "/tmp/none"],
        vec!["--theme", "th\u{1b}[2J"],
        vec!["report", "no\u{202e}folder"],
    ] {
        let output = recant(&arguments);
        assert!(!output.status.success());
        assert!(!harmless(&output.stderr).is_empty());
    }
}
