//! `recant run` killed at random moments: nothing finished is lost, nothing doubled, and the end
//! is the same as without interruptions.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

fn recant(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args([
        "run", "--limit", "24", "--rounds", "2", "--seed", "3", "--out",
    ]);
    command.arg(out).args(more).stdin(Stdio::null());
    command
}

/// Item and condition and round → what was said, of every whole line.
fn answers(out: &Path) -> BTreeMap<(String, String, u64), String> {
    let text = std::fs::read(out.join("answers.jsonl")).unwrap_or_default();
    let mut all = BTreeMap::new();
    for line in text
        .split_inclusive(|b| *b == b'\n')
        .filter(|l| l.ends_with(b"\n"))
    {
        let line: serde_json::Value = serde_json::from_slice(line).unwrap();
        let word = |k: &str| line[k].as_str().unwrap().to_owned();
        let key = (
            word("item"),
            word("condition"),
            line["round"].as_u64().unwrap(),
        );
        let said = line["steps"].as_array().unwrap().iter();
        let said = said
            .map(|s| s["text"].as_str().unwrap())
            .collect::<Vec<_>>()
            .join("|");
        assert!(
            all.insert(key.clone(), said).is_none(),
            "{key:?} stands twice"
        );
    }
    all
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn done(output: &Output) {
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
}

/// Runs that are killed.
const KILLS: u64 = 200;

#[test]
fn killed_runs_go_on_and_end_like_an_uninterrupted_one() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let begun = std::time::Instant::now();
    done(&recant(&whole, &[]).output().unwrap());
    let whole_ms = begun.elapsed().as_millis() as u64;
    let whole = answers(&whole);
    assert_eq!(whole.len(), 24 * 4 * 2);

    let mut killed = folder.path().join("killed");
    let mut before = BTreeMap::new();
    let (mut interrupted, mut finished) = (0, 0);
    for no in 0..KILLS {
        let mut child = recant(&killed, &[])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // Moments spread over the length of a run, from its first to its last milliseconds; 89 steps
        // through them in an order that looks like none.
        std::thread::sleep(Duration::from_millis(
            1 + whole_ms * (no * 89 % KILLS) / KILLS,
        ));
        child.kill().unwrap();
        interrupted += u64::from(!child.wait().unwrap().success());
        let now = answers(&killed);
        for (key, said) in &before {
            assert_eq!(now.get(key), Some(said), "lost: {key:?}");
        }
        before = now;
        if before.len() == whole.len() {
            // Nothing is left to interrupt: another one.
            assert_eq!(before, whole);
            finished += 1;
            killed = folder.path().join(format!("killed-{finished}"));
            before.clear();
        }
    }
    println!("{interrupted} of {KILLS} runs were interrupted, {finished} came to their end");
    // Most come while there is something to interrupt; how many hangs on the machine.
    assert!(interrupted > KILLS / 10, "only {interrupted} interrupted");
    done(&recant(&killed, &[]).output().unwrap());
    assert_eq!(answers(&killed), whole);
    // Once more: nothing is left to do, and nothing changes.
    done(&recant(&killed, &[]).output().unwrap());
    assert_eq!(answers(&killed), whole);
}

#[test]
fn other_settings_are_refused_with_their_names_and_nothing_is_touched() {
    let folder = tempfile::tempdir().unwrap();
    done(
        &recant(folder.path(), &["--conditions", "q"])
            .output()
            .unwrap(),
    );
    let before = answers(folder.path());
    let output = recant(
        folder.path(),
        &["--conditions", "q", "--temperature", "0.5"],
    )
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("temperature: the run has 1.0, this command 0.5"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(answers(folder.path()), before);
}

#[test]
fn a_report_tells_every_condition_and_round_in_both_formats() {
    let folder = tempfile::tempdir().unwrap();
    done(&recant(folder.path(), &[]).output().unwrap());
    let report = |format: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        let output = command
            .arg("report")
            .arg(folder.path())
            .args(["--format", format])
            .output()
            .unwrap();
        done(&output);
        text(&output.stdout)
    };
    let table = report("table");
    assert!(table.contains("planted by construction"), "{table}");
    let json: serde_json::Value = serde_json::from_str(&report("json")).unwrap();
    let cells = json["cells"].as_array().unwrap();
    let all: Vec<_> = cells.iter().filter(|c| c["category"] == "all").collect();
    assert_eq!(all.len(), 4 * 2);
    for cell in all {
        assert_eq!(cell["n"], 24);
        let bias = &cell["metrics"]["bias_ambiguous"];
        let (low, value, high) = (
            bias["low"].as_f64(),
            bias["value"].as_f64(),
            bias["high"].as_f64(),
        );
        assert!(low <= value && value <= high, "{bias}");
        assert!(table.contains(cell["condition"].as_str().unwrap()));
    }
}

#[test]
fn a_folder_that_holds_no_run_and_a_model_that_is_none_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_recant"))
            .args(arguments)
            .output()
            .unwrap();
        (output.status.code(), text(&output.stderr))
    };
    let path = folder.path().to_str().unwrap();
    let (code, told) = run(&["report", path]);
    assert!(code == Some(2) && told.contains("no run here"), "{told}");
    let out = folder.path().join("o");
    let (code, told) = run(&["run", "--out", out.to_str().unwrap(), "--model", path]);
    assert!(code == Some(2) && told.contains("config.json"), "{told}");
    assert!(!out.exists(), "nothing is begun with a model that is none");
    let bad = folder.path().join("bad.jsonl");
    std::fs::write(&bad, "{\"a\": 1}\n\u{1b}[2J\n").unwrap();
    let (code, told) = run(&[
        "run",
        "--out",
        out.to_str().unwrap(),
        "--items",
        bad.to_str().unwrap(),
    ]);
    assert!(code == Some(2) && told.contains("bad.jsonl:1"), "{told}");
    assert!(!told.contains('\u{1b}'));
}
