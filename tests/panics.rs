//! A panic gives the terminal back, on whichever thread it happens. The program under test is this file
//! itself, started a second time: nothing in the real binary panics on request.

#![allow(clippy::unwrap_used, missing_docs)]

#[cfg(unix)]
mod pty;

/// Tells the second process which part to play.
const PART: &str = "RECANT_TEST_PANICS";

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    match std::env::var(PART) {
        Ok(part) => play(&part),
        Err(_) => watch(),
    }
}

/// Takes the terminal over, and panics.
#[cfg(unix)]
fn play(part: &str) {
    let mut screen = recant::shell::terminal::Screen::enter().unwrap();
    screen.set_mouse(true).unwrap();
    let on_thread = |name: &str| {
        let thread = std::thread::Builder::new().name(name.into());
        let _ = thread.spawn(|| panic!("asked for")).unwrap().join();
    };
    match part {
        "main" => panic!("asked for"),
        "other" => {
            on_thread("some-thread");
            // The process has ended by now.
            loop {
                std::thread::park();
            }
        }
        // The engine reports its own failures: the screen stays, and nothing is written over it.
        "engine" => {
            on_thread("recant-engine");
            screen.give_back();
        }
        // The first panic is on its way up when the guard's drop panics again.
        "twice" => {
            struct Again;
            impl Drop for Again {
                fn drop(&mut self) {
                    panic!("and again");
                }
            }
            let _again = Again;
            panic!("asked for");
        }
        other => unreachable!("{other}"),
    }
}

#[cfg(unix)]
fn watch() {
    let myself = std::env::current_exe().unwrap();
    let myself = myself.to_str().unwrap();
    for (part, codes, told) in [
        ("main", 101..=101, true),
        ("other", 101..=101, true),
        ("engine", 0..=0, false),
        // An abort: how a signal's number is told depends on the platform.
        ("twice", 1..=u32::MAX, true),
    ] {
        let session = pty::Session::with(80, 24, myself, &[], &[(PART, part)]);
        let seen = session.seen.clone();
        // Checks that every mode is off again and the line discipline is the old one.
        let code = session.end();
        assert!(codes.contains(&code), "{part}: exit code {code}");
        let bytes = seen.lock().unwrap().bytes.clone();
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.contains("\u{1b}[?1049h"), "{part} took no terminal");
        // After the alternate screen is left, where people can read it.
        let after = text.rsplit("\u{1b}[?1049l").next().unwrap();
        assert_eq!(after.contains("asked for"), told, "{part}: {text:?}");
        println!("{part}: the terminal was given back");
    }
}
