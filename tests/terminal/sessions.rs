//! What outlives the explorer: sessions gone on with, prompts saved.

use super::pty::Session;

#[test]
fn what_was_on_screen_is_there_again() {
    let state = tempfile::tempdir().unwrap();
    let place = state.path().display().to_string();
    let variables = [("XDG_STATE_HOME", place.as_str())];
    let program = env!("CARGO_BIN_EXE_recant");
    let start = |arguments: &[&str]| Session::with(120, 40, program, arguments, &variables);
    let session = start(&["--continue"]);
    session.wait("that there is none", |t| {
        t.contains("no session to continue")
    });
    assert_eq!(session.end(), 2);
    let mut session = start(&["--conditions", "q,if", "--rounds", "2"]);
    session.wait("answers", |t| t.matches("answer is").count() >= 2);
    session.press("nn");
    session.wait("the third question", |t| t.contains("question 3/"));
    session.wait("its answers", |t| t.matches("answer is").count() >= 2);
    session.press("\r");
    session.wait("a token", |t| t.contains("token 1/"));
    session.press("fThe pilot\r");
    session.wait("a branch", |t| {
        t.contains("q~1 r0") && t.contains("The answer is The pilot")
    });
    session.press("\u{1b}");
    session.wait("the grid", |t| !t.contains("token 1/"));
    session.press("Codd one\r");
    session.wait("a note", |t| t.contains("note: odd one"));
    session.press("q");
    session.wait("what becomes of the branch", |t| {
        t.contains("q again leaves")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    let mut session = start(&["--continue"]);
    session.wait("all of it", |t| {
        t.contains("question 3/")
            && t.contains("q~1 r0")
            && t.contains("The answer is The pilot")
            && t.contains("note: odd one")
            && t.contains("if r1")
    });
    session.press("U");
    session.wait("what the branch left", |t| t.contains("┏━ q r0"));
    session.press("q");
    session.wait("what becomes of the branch", |t| {
        t.contains("q again leaves")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    // One that cannot be read is told with its place, and is not lost.
    let file = state.path().join("recant/session.json");
    std::fs::write(&file, "{\n  \"format\": 1,\n  oops").unwrap();
    let session = start(&["--continue"]);
    session.wait("where it is wrong", |t| {
        t.replace('\n', "").contains("session.json:3:")
    });
    assert_eq!(session.end(), 2);
    let mut session = start(&[]);
    session.wait("the first frame", |t| t.contains("planted"));
    session.press("q");
    assert_eq!(session.end(), 0);
    let aside = std::fs::read_to_string(state.path().join("recant/session.1.json")).unwrap();
    assert!(aside.contains("oops"));
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .contains("\"columns\"")
    );
}

/// Columns as they were changed, and what the scoreboards of all models had counted.
#[test]
fn a_session_goes_on_with_its_columns_and_what_all_models_had_counted() {
    let state = tempfile::tempdir().unwrap();
    let place = state.path().display().to_string();
    let variables = [("XDG_STATE_HOME", place.as_str())];
    std::fs::create_dir_all(state.path().join("recant")).unwrap();
    std::fs::write(state.path().join("recant/tour"), "").unwrap();
    let program = env!("CARGO_BIN_EXE_recant");
    let start = |arguments: &[&str]| Session::with(120, 40, program, arguments, &variables);
    let mut session = start(&[
        "--model",
        "control",
        "--model",
        "control",
        "--items",
        "builtin:law",
        "--conditions",
        "q,if",
        "--rounds",
        "1",
    ]);
    session.wait("both models' answers", |t| {
        t.contains("1:control·q r0") && t.contains("2:control·q r0")
    });
    session.wait("the first one's board done", |t| t.contains("done 96/96"));
    session.press("l");
    session.wait("the second one chosen", |t| t.contains("━ 2:control·q r0"));
    session.wait("its board done", |t| t.contains("done 96/96"));
    session.press("h");
    session.wait("the first one again", |t| t.contains("━ 1:control·q r0"));
    session.press("A");
    session.wait("conditions", |t| {
        t.contains("━ q r0") && t.contains("─ if r0")
    });
    session.press("]n");
    session.wait("another round, another question", |t| {
        t.contains("question 2/") && t.contains("─ if r1")
    });
    session.press("1");
    session.wait("the first column's instruction", |t| t.contains("━ if r0"));
    session.wait("its answers", |t| {
        !t.contains("streaming") && !t.contains("waiting")
    });
    session.press("q");
    assert_eq!(session.end(), 0);
    for file in ["board.jsonl", "board-2.jsonl"] {
        let text = std::fs::read_to_string(state.path().join("recant").join(file)).unwrap();
        assert_eq!(text.lines().count(), 97, "{file}: a head and 96 answers");
    }
    // What contradicts it is named, with what to do; nothing is opened.
    let refused = start(&["--continue", "--items", "builtin", "--seed", "3"]);
    refused.wait("what conflicts", |t| {
        t.contains("--items") && t.contains("--seed") && t.contains("--continue alone")
    });
    assert_eq!(refused.end(), 2);
    let mut session = start(&["--continue"]);
    session.wait("the first board", |t| t.contains("goes on from 96 answers"));
    session.wait("columns, round and question", |t| {
        t.contains("question 2/")
            && t.contains("━ 1:control·if r0")
            && t.contains("─ 1:control·if r1")
    });
    session.wait("both boards", |t| {
        t.contains("2:control: the scoreboard goes on from 96")
    });
    session.wait("nothing counted again", |t| t.contains("done 96/96"));
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// What was there before the session is replaced only by who asks again, and is kept.
#[test]
fn a_prompt_over_a_file_that_was_there_is_warned_of_then_saved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.yaml");
    let before = "name: mine\ntitle: t\nsource: {quoted: ours, place: p}\nanswer: both\n\
        first: [{user: \"{context} {question} {options}\", max_tokens: 9, gives: answer}]\n\
        review: [{user: Again., max_tokens: 9, gives: answer}]\n";
    std::fs::write(&file, before).unwrap();
    let read = |path: &std::path::Path| std::fs::read_to_string(path).unwrap();
    let prompts = folder.path().display().to_string();
    let arguments = ["--prompts", &prompts, "--conditions", "q", "--rounds", "1"];
    let mut session = Session::start(120, 40, &arguments);
    session.wait("an answer", |t| t.contains("answer is"));
    session.press("e");
    session.wait("the editor", |t| t.contains("ctrl-o save as"));
    session.press("\u{f}");
    session.wait("a name asked for", |t| t.contains("save as: q-edited"));
    session.press(&"\u{7f}".repeat("q-edited".len()));
    session.press("mine\r");
    session.wait("the warning", |t| t.contains("not saved: "));
    assert_eq!(read(&file), before, "nothing is lost by a name");
    session.press("e");
    session.wait("the editor", |t| t.contains("ctrl-o save as"));
    session.press("# changed\r");
    session.wait("the change", |t| t.contains("1 # changed"));
    session.press("\u{f}");
    session.wait("the same name", |t| t.contains("save as: mine "));
    session.press("\r");
    session.wait("saved", |t| t.contains("what it held before"));
    let now = read(&file);
    assert!(now.starts_with("# changed\nname: mine\n"), "{now}");
    assert_eq!(read(&folder.path().join("mine.yaml.before")), before);
    session.press("q");
    assert_eq!(session.end(), 0);
}
