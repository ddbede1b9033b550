//! How soon the first frame comes, how soon a clause key brings a new token, and how soon a key shows on the
//! screen, idle and while the model
//! works on all cores, also with an answer looked into, marked by heat: `cargo bench --bench latency`. The
//! real binary in a real terminal (a PTY).

#![cfg(unix)]
#![allow(clippy::unwrap_used, missing_docs)]

use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

const COLUMNS: u16 = 200;
const ROWS: u16 = 60;
const STARTS: usize = 20;
const KEYS: usize = 300;
const CLAUSES: usize = 60;
/// The levels of the second clause in the order of its key.
const LEVELS: [&str; 17] = [
    "s1", "s2", "s3", "s3-must", "negated", "attack", "w1", "w2", "w3", "w4", "w5", "w6", "w7",
    "w8", "w9", "w10", "none",
];
const PATIENCE: Duration = Duration::from_secs(30);

struct Session {
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
    _master: Box<dyn MasterPty + Send>,
}

impl Session {
    fn start() -> Session {
        let size = PtySize {
            rows: ROWS,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_recant"));
        command.arg("--no-tour");
        command.env("TERM", "xterm-256color");
        command.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(command).unwrap();
        let mut output = pair.master.try_clone_reader().unwrap();
        let cells = |n| NonZeroU16::new(n).unwrap();
        let parser = vt100::Parser::new(cells(ROWS), cells(COLUMNS), 0);
        let screen = Arc::new((Mutex::new(parser), Condvar::new()));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 1 << 16];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                shared.0.lock().unwrap().process(&buffer[..n]);
                shared.1.notify_all();
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Session {
            child,
            keys,
            screen,
            _master: pair.master,
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Milliseconds from `since` until the screen is as wanted.
    fn wait(&self, since: Instant, wanted: impl Fn(&str) -> bool) -> f64 {
        let (parser, changed) = &*self.screen;
        let mut parser = parser.lock().unwrap();
        loop {
            let text = parser.screen().contents();
            if wanted(&text) {
                return since.elapsed().as_secs_f64() * 1e3;
            }
            assert!(
                since.elapsed() < PATIENCE,
                "never seen; the screen:\n{text}"
            );
            parser = changed.wait_timeout(parser, PATIENCE).unwrap().0;
        }
    }

    /// Milliseconds from pressing the help key to the help screen, and away again, many times.
    /// `before` is pressed each time, first.
    fn keys_ms(&mut self, before: &str) -> Vec<f64> {
        let open = |t: &str| t.contains("pane to the left");
        let mut all = Vec::new();
        for no in 0..KEYS {
            self.press(before);
            // Not in step with the frames.
            std::thread::sleep(Duration::from_millis(20 + no as u64 * 7 % 31));
            let pressed = Instant::now();
            self.press("?");
            all.push(self.wait(pressed, open));
            let pressed = Instant::now();
            self.press("?");
            all.push(self.wait(pressed, |t| !open(t)));
        }
        all
    }

    /// Milliseconds from a clause key to the first new token on the screen, for one question after the
    /// other: nothing of the answer was asked before.
    fn clauses_ms(&mut self) -> Vec<f64> {
        let is_over = |l: &str| ["right", "wrong", "unparsed"].iter().any(|w| l.contains(w));
        let mut all = Vec::new();
        for no in 0..CLAUSES {
            self.press("n");
            std::thread::sleep(Duration::from_millis(300 + no as u64 * 7 % 31));
            self.wait(Instant::now(), |t| {
                t.lines().any(|l| l.contains(" r0 ") && is_over(l))
            });
            let strip = format!(" instruction={} ", LEVELS[no % LEVELS.len()]);
            let pressed = Instant::now();
            self.press("1");
            all.push(self.wait(pressed, |t| {
                let mut titles = t.lines().filter(|l| l.contains(" r0 "));
                let speaks = |l: &str| l.contains("tok/s") || l.contains("streaming");
                t.contains(&strip) && titles.any(|l| speaks(l) || is_over(l))
            }));
        }
        all
    }

    fn end(mut self) {
        // Changed columns make q ask first.
        self.press("\x03");
        self.child.wait().unwrap();
    }
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted[((sorted.len() - 1) as f64 * share).round() as usize]
}

/// Prints the quantiles of `ms` and returns the 0.99 quantile.
fn tell(what: &str, mut ms: Vec<f64>) -> f64 {
    ms.sort_by(f64::total_cmp);
    let at = |share| quantile(&ms, share);
    let n = ms.len();
    println!(
        "{what:<44} p50 {:6.1} ms  p99 {:6.1} ms  max {:6.1} ms  (n {n})",
        at(0.5),
        at(0.99),
        at(1.0)
    );
    at(0.99)
}

fn main() {
    let (mut frames, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let begun = Instant::now();
        let session = Session::start();
        frames.push(session.wait(begun, |t| t.contains("planted")));
        answers.push(session.wait(begun, |t| t.matches(" S a.").count() >= 2));
        session.end();
    }
    tell("start to first frame", frames);
    tell("start to two panes with beliefs", answers);

    let mut session = Session::start();
    let begun = Instant::now();
    session.wait(begun, |t| t.contains("running"));
    // A new seed each time: 16 panes stream, and the benchmark begins again behind them.
    let busy = tell(
        "key to screen, 16 panes stream, sweep runs",
        session.keys_ms("s"),
    );
    // Inside an answer, with the belief after every token, and every pane's tokens scored in the pane to
    // its left: each key begins all of that again.
    session.press("\r");
    session.wait(Instant::now(), |t| t.contains("belief after each token"));
    session.press("HHH");
    session.wait(Instant::now(), |t| t.contains("against the left"));
    tell(
        "the same, inside an answer, marked by heat",
        session.keys_ms("s"),
    );
    session.press("\x1b");
    session.wait(Instant::now(), |t| !t.contains("belief after each token"));
    session.press(" ");
    session.wait(Instant::now(), |t| !t.contains("running"));
    std::thread::sleep(Duration::from_secs(1));
    let idle = tell("key to screen, idle", session.keys_ms(""));
    println!("busy to idle, p99: {:.1}", busy / idle);
    session.end();

    let mut session = Session::start();
    session.wait(Instant::now(), |t| t.contains("running"));
    session.press("z");
    tell(
        "clause key to first new token, sweep runs",
        session.clauses_ms(),
    );
    session.end();
    let mut session = Session::start();
    session.wait(Instant::now(), |t| t.contains("running"));
    session.press("z ");
    tell("clause key to first new token, idle", session.clauses_ms());
    session.end();
}
