//! Keys and the mouse, as a terminal sends them.

use super::pty::Session;

/// A key that comes with the signal of a new size must not wait for the next key.
#[test]
fn no_key_is_lost_in_the_moment_of_a_resize() {
    let mut session = Session::start(100, 30, &["--conditions", "q", "--rounds", "1"]);
    session.wait("the first answer", |t| t.contains("answer is"));
    session.press(" ");
    session.wait("a board at rest", |t| t.contains("paused"));
    for no in 0..150_u16 {
        let narrower = no % 2 * 10;
        match no % 3 {
            0 => {
                session.resize(100 - narrower, 30);
                session.press("n");
            }
            1 => {
                session.press("n");
                session.resize(100 - narrower, 30);
            }
            _ => {
                session.press("n");
                session.signal("WINCH");
            }
        }
        let next = format!("question {}/", no + 2);
        session.wait(&next, |t| t.contains(&next));
    }
    session.press("q");
    assert_eq!(session.end(), 0);
}

/// A press chooses and opens, the wheel scrolls what is under the pointer, keys of the bottom line are pressed.
#[test]
fn the_mouse_chooses_opens_and_scrolls() {
    let arguments = ["--conditions", "q,if,if-cot", "--rounds", "2"];
    let mut session = Session::start(80, 24, &arguments);
    session.wait("the first answers", |t| {
        t.contains("┏━ q r0") && t.contains("─ if-cot r0 ↑") && !t.contains("streaming")
    });
    session.press("m");
    session.wait("the mouse", |t| t.contains("mouse on"));
    let asks = b"\x1b[?1006h";
    let bytes = session.seen.lock().unwrap().bytes.clone();
    assert!(
        bytes.windows(asks.len()).any(|w| w == asks),
        "no mouse was asked for"
    );
    session.click(" if-cot r0");
    session.wait("another pane chosen", |t| t.contains("━ if-cot r0"));
    session.click(" if r0");
    session.wait("a third one chosen", |t| t.contains("━ if r0"));
    let is_below = |t: &str| {
        t.lines()
            .any(|l| l.contains("if-cot r0") && l.contains('↓'))
    };
    session.wheel("answer choice is", true);
    session.wait("rows below out of sight", is_below);
    session.wheel("Let's think", false);
    session.wait("the end again", |t| !is_below(t));
    session.click(" if r0");
    session.wait("it alone", |t| t.contains("one pane"));
    session.press("\r");
    session.wait("its tokens", |t| t.contains("token 1/"));
    session.click("answer (c)");
    session.wait("the token pressed on", |t| t.contains("token 2/"));
    session.press("q");
    session.wait("it alone", |t| !t.contains("token 2/"));
    session.press("q");
    session.wait("the grid", |t| t.contains("─ if-cot r0"));
    session.press("b");
    session.wait("the board", |t| t.contains("enter its questions"));
    // One press chooses the row, another one opens what is chosen.
    session.click("if-cot ");
    session.click("if-cot ");
    session.wait("its questions", |t| {
        t.contains("── if-cot r0") && t.contains("differ from")
    });
    session.press("q");
    session.wait("the board", |t| t.contains("enter its questions"));
    session.press("q");
    session.wait("the grid", |t| t.contains("━ if-cot r0"));
    session.click("? help");
    session.wait("help", |t| t.contains("pane to the left"));
    session.press("?");
    session.wait("the grid behind it", |t| !t.contains("pane to the left"));
    session.press("q");
    assert_eq!(session.end(), 0);
}
