//! A real terminal (a PTY) around a program, watched through a terminal emulator.

#![allow(clippy::unwrap_used, dead_code)] // every test file uses its own part

mod mouse;

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longest wait for anything to appear; only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

fn cells(n: u16) -> std::num::NonZeroU16 {
    std::num::NonZeroU16::new(n).unwrap()
}

/// What the terminal shows, and all that was ever written to it.
pub struct Seen {
    pub screen: vt100::Parser,
    pub bytes: Vec<u8>,
}

/// A program in a terminal of its own.
pub struct Session {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    pub seen: Arc<Mutex<Seen>>,
    termios_before: String,
    /// The reader lets go of the terminal.
    closed: Arc<AtomicBool>,
    /// Where sessions are kept, unless the test says so itself: never in anybody's home.
    _state: tempfile::TempDir,
}

impl Session {
    pub fn start(columns: u16, rows: u16, arguments: &[&str]) -> Session {
        Session::of(columns, rows, env!("CARGO_BIN_EXE_recant"), arguments)
    }

    pub fn of(columns: u16, rows: u16, program: &str, arguments: &[&str]) -> Session {
        Session::with(columns, rows, program, arguments, &[])
    }

    /// Any program, with further environment variables.
    pub fn with(
        columns: u16,
        rows: u16,
        program: &str,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Session {
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
        // A place of its own, where the tour was taken.
        let state = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(state.path().join("recant")).unwrap();
        std::fs::write(state.path().join("recant").join("tour"), "").unwrap();
        command.env("XDG_STATE_HOME", state.path());
        for (name, value) in variables {
            command.env(name, value);
        }
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let seen = Arc::new(Mutex::new(Seen {
            screen: vt100::Parser::new(cells(rows), cells(columns), 0),
            bytes: Vec::new(),
        }));
        let shared = seen.clone();
        let closed = Arc::new(AtomicBool::new(false));
        let is_closed = closed.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                let mut seen = shared.lock().unwrap();
                seen.screen.process(&buffer[..n]);
                seen.bytes.extend_from_slice(&buffer[..n]);
                if is_closed.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Session {
            child,
            master: pair.master,
            keys,
            seen,
            termios_before,
            closed,
            _state: state,
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
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

    pub fn text(&self) -> String {
        self.seen.lock().unwrap().screen.screen().contents()
    }

    /// Waits until the screen is as wanted; what it is instead if it never comes.
    pub fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = self.text();
            if wanted(&text) {
                return text;
            }
            assert!(
                Instant::now() < deadline,
                "never saw {what}; the screen:\n{text}\nlast written: {:?}",
                self.last_written()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// The end of what was written, as it was.
    fn last_written(&self) -> String {
        let seen = self.seen.lock().unwrap();
        let from = seen.bytes.len().saturating_sub(400);
        String::from_utf8_lossy(&seen.bytes[from..]).into_owned()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.process_id().unwrap().to_string();
        let sent = std::process::Command::new("kill")
            .args(["-s", name, &id])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// Closes the terminal, as a terminal emulator does whose window is closed; returns the exit code.
    pub fn close(mut self) -> u32 {
        // The reader's copy goes with the next thing that is drawn, ours now.
        self.closed.store(true, Ordering::Relaxed);
        drop(self.keys);
        drop(self.master);
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(Instant::now() < deadline, "does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the end. Returns the exit code, after checking that the terminal is as it was.
    pub fn end(mut self) -> u32 {
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
