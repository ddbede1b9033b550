//! The real binary in a real terminal (a PTY), watched through a terminal emulator.

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for anything to appear; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

fn cells(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).unwrap()
}

struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
}

struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    termios_before: String,
}

impl Session {
    fn start(columns: u16, rows: u16, arguments: &[&str]) -> Session {
        Session::of(columns, rows, env!("CARGO_BIN_EXE_recant"), arguments)
    }

    fn of(columns: u16, rows: u16, program: &str, arguments: &[&str]) -> Session {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let termios_before = format!("{:?}", pair.master.get_termios().unwrap());
        let mut command = CommandBuilder::new(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
        }));
        let shared = seen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                let mut seen = shared.lock().unwrap();
                seen.screen.process(&buffer[..n]);
                seen.bytes.extend_from_slice(&buffer[..n]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Session {
            child,
            master: pair.master,
            keys,
            seen,
            termios_before,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.seen
            .lock()
            .unwrap()
            .screen
            .screen_mut()
            .set_size(cells(rows), cells(columns));
        self.master.resize(size).unwrap();
    }

    fn text(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }

    /// Waits until the screen is as wanted; what it is instead if it never comes.
    fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if wanted(&text) {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "never saw {what}; the screen:\n{text}"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Waits for the end. Returns the exit code, after checking that the terminal is as it was.
    fn end(mut self) -> u32 {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(
                Instant::now() < deadline,
                "does not end; the screen:\n{}",
                self.text()
            );
            std::thread::sleep(Duration::from_millis(10));
        };
        let after = format!("{:?}", self.master.get_termios().unwrap());
        assert_eq!(self.termios_before, after, "the terminal's line modes");
        let deadline = Instant::now() + PATIENCE;
        loop {
            let bytes = self.seen.lock().unwrap().bytes.clone();
            let left = modes_left_on(&bytes);
            if left.is_empty() {
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "modes left on: {left:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Private modes that were switched on last, by number; the cursor counts as a mode that is on
/// while it is hidden.
fn modes_left_on(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut on = std::collections::BTreeMap::new();
    for part in text.split("\u{1b}[?").skip(1) {
        let Some(end) = part.find(['h', 'l']) else {
            continue;
        };
        for mode in part[..end].split(';') {
            let set = part[end..].starts_with('h');
            on.insert(mode.to_owned(), if mode == "25" { !set } else { set });
        }
    }
    on.into_iter()
        .filter(|(_, on)| *on)
        .map(|(mode, _)| mode)
        .collect()
}

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
    session.wait("the small grid", |t| {
        t.lines().count() <= 24 && t.contains("q")
    });
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

#[test]
fn signals_restore_the_terminal_and_exit_with_their_number() {
    for (name, number) in [("TERM", 15), ("HUP", 1), ("QUIT", 3), ("INT", 2)] {
        let session = Session::start(80, 24, &[]);
        session.wait("the first frame", |t| t.contains("planted"));
        session.signal(name);
        assert_eq!(session.end(), 128 + number, "SIG{name}");
    }
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
