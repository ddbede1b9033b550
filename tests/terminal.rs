//! The real binary in a real terminal (a PTY), watched through a terminal emulator.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "terminal/input.rs"]
mod input;
mod pty;
#[path = "terminal/sessions.rs"]
mod sessions;

use pty::Session;

/// Answers on the scoreboard so far, from its "n of m".
fn answers(text: &str) -> Option<u64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).find_map(|w| {
        let (done, planned) = w[0].split_once('/')?;
        let number = |s: &str| s.replace(',', "").parse::<u64>().ok();
        (number(planned)? > 1000).then(|| number(done))?
    })
}

#[test]
fn a_first_session_streams_counts_zooms_and_leaves_the_terminal_as_it_was() {
    let mut session = Session::start(120, 40, &[]);
    session.wait("the control model's label", |t| t.contains("planted"));
    let said = |t: &str| t.matches("answer is").count();
    let text = session.wait("two panes that answer", |t| said(t) >= 2);
    let early = session.wait("a counting scoreboard", |t| {
        answers(t).is_some_and(|n| n > 0)
    });
    let before = answers(&early).unwrap();
    session.wait("more answers on the scoreboard", |t| {
        answers(t).is_some_and(|n| n > before)
    });
    assert!(
        text.contains("Who") || text.contains("Which"),
        "no question on screen:\n{text}"
    );
    session.press("z");
    session.wait("one pane alone", |t| said(t) == 1);
    session.press("z");
    session.wait("the grid again", |t| said(t) >= 2);
    session.resize(80, 24);
    session.press("?");
    session.wait("help", |t| {
        t.contains("Panes") && t.contains("pane to the left")
    });
    session.press("?");
    session.wait("the grid behind the help", |t| {
        !t.contains("pane to the left")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// A second model is asked for while the first one answers; both stand beside each other.
#[test]
fn a_second_model_loads_while_the_first_one_answers() {
    let mut session = Session::start(120, 40, &[]);
    session.wait("two panes that answer", |t| {
        t.matches("answer is").count() >= 2
    });
    session.press("Ono/such/model\r");
    session.wait("why it cannot be had", |t| {
        t.contains("no/such/model: no such folder or file")
    });
    session.press("Ocontrol\r");
    session.wait("both models' answers", |t| {
        t.contains("1:control·q r0") && t.contains("2:control·q r0")
    });
    session.press("b");
    session.wait("a scoreboard of both", |t| {
        t.contains("q of each model") && t.contains("2:control")
    });
    session.press("bA");
    session.wait("conditions again", |t| t.contains("if-cot"));
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// From a token to a branch, from two answers to their difference, from a number to its questions.
#[test]
fn an_answer_is_looked_into_branched_compared_and_found_again() {
    let mut session = Session::start(120, 40, &[]);
    session.wait("two panes that answer", |t| {
        t.matches("answer is").count() >= 2
    });
    session.press("\r");
    session.wait("alternatives and the belief trace", |t| {
        t.contains("token 1/") && t.contains("a+b+c  100%")
    });
    session.press("fThe pilot\r");
    session.wait("a branch that says so", |t| {
        t.contains("q~1 r0") && t.contains("The answer is The pilot")
    });
    session.press("d");
    session.wait("the branch beside what it left", |t| {
        t.contains("q r0") && t.contains("q~1 r0") && t.contains("[-") && t.contains("{+")
    });
    session.resize(80, 24);
    session.wait("the same, smaller", |t| {
        t.contains("[-") && t.contains("{+")
    });
    session.press("\u{1b}");
    session.wait("the branch again", |t| t.contains("token 1/"));
    session.press("U");
    session.wait("its parent", |t| t.contains("┏━ q r0"));
    session.press("\u{1b}");
    session.wait("the grid", |t| !t.contains("token 1/"));
    session.press("b\r");
    session.wait("the questions behind the row", |t| {
        t.contains("differ from")
    });
    session.press("\r");
    session.wait("one of them", |t| t.contains("to the list"));
    session.press("\u{1b}");
    session.wait("the list", |t| t.contains("differ from"));
    // One after the other closes; only then it leaves.
    session.press("q");
    session.wait("the scoreboard", |t| {
        !t.contains("differ from") && t.contains("s_AMB")
    });
    session.press("q");
    session.wait("the grid", |t| t.contains("┏━ "));
    session.press("q");
    assert_eq!(session.end(), 0);
}

#[test]
fn signals_restore_the_terminal_and_exit_with_their_number() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("QUIT", 3), ("INT", 2)] {
        let session = Session::start(80, 24, &[]);
        session.wait("the first frame", |t| t.contains("planted"));
        session.signal(name);
        assert_eq!(session.end(), 128 + number, "SIG{name}");
    }
}

/// Once, and never again; what is copied is in a file below the same folder.
#[test]
fn the_first_start_begins_with_the_tour_and_copies_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let state = [("XDG_STATE_HOME", folder.path().to_str().unwrap())];
    let program = env!("CARGO_BIN_EXE_recant");
    let mut session = Session::with(80, 24, program, &[], &state);
    session.wait("the first step", |t| t.contains("tour 1/5"));
    session.wait("an answer beside it", |t| t.contains("answer is"));
    session.press("l");
    session.wait("the next step", |t| t.contains("tour 2/5"));
    session.press("hy");
    session.wait("where the copy is", |t| t.contains("q-r0.txt"));
    let clipboard = b"\x1b]52;c;";
    let bytes = session.seen.lock().unwrap().bytes.clone();
    assert!(bytes.windows(clipboard.len()).any(|w| w == clipboard));
    let copy = folder.path().join("recant/copies/q-r0.txt");
    assert!(!std::fs::read_to_string(copy).unwrap().is_empty());
    session.press("\u{1b}");
    session.wait("no tour", |t| !t.contains("tour 2/5"));
    session.press("q");
    assert_eq!(session.end(), 0);
    let mut session = Session::with(80, 24, program, &[], &state);
    let text = session.wait("an answer", |t| t.contains("answer is"));
    assert!(!text.contains("tour 1/5"), "{text}");
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// A terminal that is closed under us (its window, an SSH session): not a panic, not a failure.
#[test]
fn a_terminal_that_goes_away_ends_it_as_its_signal_would() {
    let session = Session::start(80, 24, &[]);
    session.wait("the first frame", |t| t.contains("planted"));
    assert_eq!(session.close(), 129);
}

#[test]
fn a_storm_of_sizes_ends_in_a_good_frame() {
    let mut session = Session::start(80, 24, &[]);
    session.wait("the first frame", |t| t.contains("planted"));
    for no in 0..200_u16 {
        session.resize(1 + no * 37 % 190, 1 + no * 17 % 60);
    }
    session.resize(30, 8);
    session.wait("what room is needed", |t| {
        t.contains("40") && t.contains("10")
    });
    session.resize(120, 40);
    session.wait("a whole frame", |t| {
        t.contains("planted") && t.contains("unethical")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// Job control needs a shell around: without one, nobody could resume us, and the stop is ignored.
#[test]
fn suspended_and_resumed_without_a_change_the_picture_is_whole_again() {
    let mut session = Session::of(100, 30, "sh", &["-i"]);
    session.press("set -m; PS1='% '\n");
    session.press(&format!("'{}'\n", env!("CARGO_BIN_EXE_recant")));
    session.wait("the first frame", |t| t.contains("planted by"));
    session.press(" ");
    session.wait("a board at rest", |t| {
        t.contains("paused") && !t.contains("tok/s") && t.matches("answer").count() >= 2
    });
    for _ in 0..3 {
        session.press("\u{1a}");
        session.wait("the shell", |t| !t.contains("planted by"));
        session.press("fg\n");
        session.wait("the picture", |t| {
            t.contains("planted by") && t.contains("paused")
        });
    }
    session.press("q");
    session.wait("the shell", |t| !t.contains("planted by"));
    session.press("exit\n");
    assert_eq!(session.end(), 0);
}

#[test]
fn mistakes_are_told_before_the_screen_is_touched() {
    let table: [(&[&str], &str); 4] = [
        (&["--conditions", "q,iff"], "did you mean if?"),
        (&["--items", "/nowhere/x.jsonl"], "/nowhere/x.jsonl"),
        (&["--theme", "drak"], "did you mean dark?"),
        (&["--temperature", "hot"], "expected a number"),
    ];
    for (arguments, expected) in table {
        let session = Session::start(100, 24, arguments);
        session.wait(expected, |t| t.contains(expected));
        assert!(
            !session
                .seen
                .lock()
                .unwrap()
                .bytes
                .windows(8)
                .any(|w| w == b"\x1b[?1049h")
        );
        assert_eq!(session.end(), 2, "{arguments:?}");
    }
}

fn recant(arguments: &[&str]) -> (bool, String) {
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(arguments)
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    (done.status.success(), said)
}

/// A small run, one answer of which the parser could not read.
fn recorded_run(folder: &std::path::Path) -> String {
    let out = folder.join("first").display().to_string();
    let words = [
        "run",
        "--limit",
        "3",
        "--rounds",
        "2",
        "--conditions",
        "q,if",
        "--out",
        &out,
    ];
    let (ok, said) = recant(&words);
    assert!(ok, "{said}");
    let answers = folder.join("first").join("answers.jsonl");
    let text = std::fs::read_to_string(&answers).unwrap();
    let mut lines: Vec<serde_json::Value> = text
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let mine =
        |l: &&mut serde_json::Value| l["item_no"] == 1 && l["condition"] == "q" && l["round"] == 0;
    let line = lines.iter_mut().find(mine).unwrap();
    line["verdict"] = "unparsed".into();
    line["option"] = serde_json::Value::Null;
    line["correct"] = serde_json::Value::Null;
    let text: String = lines.iter().map(|l| format!("{l}\n")).collect();
    std::fs::write(&answers, text).unwrap();
    out
}

/// From a record's number to its question, inside a stored answer, a label by hand, and the report.
#[test]
fn a_record_is_opened_looked_into_and_labelled() {
    let folder = tempfile::tempdir().unwrap();
    let out = recorded_run(folder.path());
    let (_, before) = recant(&["report", &out]);
    assert!(!before.contains("labelled by hand"), "{before}");
    let mut session = Session::start(120, 40, &["open", &out]);
    session.wait("the record and its model", |t| {
        t.contains("record first") && t.contains("recorded 12/12") && t.contains("planted")
    });
    session.press("\r");
    session.wait("alternatives that the record does not hold", |t| {
        t.contains("token 1/") && t.contains(" rank ") && t.contains("a+b+c  100%")
    });
    session.press("P");
    session.wait("the prompt, made anew and compared", |t| {
        t.contains("exactly this was read")
    });
    session.press("P");
    session.wait("the token again", |t| !t.contains("exactly this was read"));
    session.press("\u{1b}");
    session.wait("the grid", |t| !t.contains("token 1/"));
    session.press("b\r");
    session.wait("the questions behind the row", |t| {
        t.contains("differ from")
    });
    // The filter before "all" is "by hand", the one before that "unparsed".
    session.press("hh");
    session.wait("the one that could not be read", |t| {
        t.contains("of 1 differ")
    });
    session.press("L");
    session.wait("what it could be", |t| {
        t.contains("declines, and names no option")
    });
    session.press("a");
    session.wait("labelled", |t| t.contains("0 unparsed left in this list"));
    // The list closes, then the board, then all of it.
    session.press("q");
    session.wait("the board", |t| t.contains("enter its questions"));
    session.press("q");
    session.wait("the grid", |t| t.contains("enter look inside"));
    session.press("q");
    assert_eq!(session.end(), 0);
    let (_, after) = recant(&["report", &out]);
    assert!(
        after.contains("1 answer that could not be read is labelled by hand"),
        "{after}"
    );
    let (_, parsed) = recant(&["report", "--no-labels", &out]);
    assert_eq!(parsed, before, "what the parser made of it is still there");
    // Without its model the record still opens, and says why that is all.
    let answers = std::fs::read(folder.path().join("first/answers.jsonl")).unwrap();
    let manifest = folder.path().join("first/run.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    let mut settings: serde_json::Value = serde_json::from_str(&text).unwrap();
    settings["settings"]["weights_sha256"] = "0000".into();
    std::fs::write(&manifest, settings.to_string()).unwrap();
    let mut session = Session::start(120, 40, &["open", &out]);
    session.wait("why there is no model", |t| {
        t.contains("only the record can be shown") && t.contains("is not the model of this run")
    });
    session.press("n");
    session.wait("the next question's label", |t| t.contains("by hand"));
    session.press("q");
    assert_eq!(session.end(), 0);
    assert_eq!(
        std::fs::read(folder.path().join("first/answers.jsonl")).unwrap(),
        answers
    );
}
