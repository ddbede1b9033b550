//! `recant bench --ui`: what the picture costs. No model and no terminal: a script speaks, and what would
//! go to a terminal is counted.
//!
//! Twelve panes (one round of twelve conditions) at 200x60 speak all at once, each 100 tokens a second; then nothing happens for a while; then keys are pressed beside a short and a very long answer. Only
//! the first picture at a width wraps a whole answer; what that takes is told by itself.

use std::process::ExitCode;

use serde_json::{Value, json};

use super::stage::{Stage, cpu_ms};
use crate::shell::cli::Format;
use crate::shell::failure::Failure;
use crate::shell::print;

const SIZE: (u16, u16) = (200, 60);
/// Conditions, asked one round: all of their panes speak at once.
const PANES: usize = 12;
/// Of each answer while it streams.
const ANSWER: usize = 400;
/// Of each pane.
const PANE_TOKENS_PER_S: usize = 100;
/// Of all of them.
const TOKENS_PER_S: usize = PANES * PANE_TOKENS_PER_S;
/// Seconds of the script's time.
const STREAM_S: usize = 10;
const IDLE_S: usize = 10;
/// Tokens of the short and the long answer beside which keys are pressed.
const HISTORIES: [usize; 2] = [1_000, 1_000_000];
/// How often each key is pressed; its cost is the median.
const PRESSES: usize = 100;

/// Goals, beside the figures.
const FRAME_MS: f64 = 8.0;
const DRAWS_PER_S: f64 = 60.0;
const KEY_RATIO: f64 = 1.2;

/// Keys and what they do; all of them leave things as they were.
const KEYS: [(&str, bool, &[&str]); 7] = [
    ("zoom, and back", false, &["z", "z"]),
    ("scroll by a row, zoomed", true, &["up", "down"]),
    ("scroll by a page, zoomed", true, &["pageup", "pagedown"]),
    ("to the top and the end, zoomed", true, &["home", "end"]),
    ("help, and away", false, &["?", "?"]),
    ("to another pane and back", false, &["right", "left"]),
    ("heat", false, &["H", "H", "H", "H"]),
];

/// The same inside the answer.
const INSIDE: (&str, &[&str]) = ("token cursor, inside the answer", &["left", "right"]);

/// Measures and prints.
///
/// # Errors
/// Standard output that cannot be written to.
pub fn run(format: Format) -> Result<ExitCode, Failure> {
    let told = measure(HISTORIES)?;
    match format {
        Format::Json => print(&format!("{}\n", told.json())),
        Format::Table => print(&told.table()),
    }
}

/// What was measured.
struct Told {
    panes: usize,
    /// Fewest panes that spoke at the same time.
    speaking: usize,
    tokens: usize,
    draws: usize,
    /// Milliseconds, sorted.
    frames_ms: Vec<f64>,
    /// Bytes, sorted.
    frames_bytes: Vec<u64>,
    /// Microseconds, sorted.
    updates_us: Vec<f64>,
    idle_draws: usize,
    histories: [usize; 2],
    keys: Vec<KeyCost>,
    /// Milliseconds to wrap each of the histories as a whole.
    wrap_ms: [f64; 2],
}

struct KeyCost {
    what: &'static str,
    /// Milliseconds for a press and the frame after it, by history.
    ms: [f64; 2],
}

fn measure(histories: [usize; 2]) -> Result<Told, Failure> {
    let mut stage = Stage::new(SIZE, PANES, 1, ANSWER)?;
    let panes = stage.panes();
    let mut speaking = stage.speaking();
    for ms in 0..STREAM_S * 1000 {
        let due = (ms + 1) * TOKENS_PER_S / 1000;
        while stage.tokens < due {
            if stage.say().is_none() {
                // Everything is said: again, with another seed.
                stage.press("s");
            }
        }
        speaking = speaking.min(stage.speaking());
        stage.turn()?;
    }
    let (tokens, draws) = (stage.tokens, stage.frames.len());
    while stage.say().is_some() {}
    for _ in 0..1000 {
        stage.turn()?;
    }
    let before = stage.frames.len();
    for _ in 0..IDLE_S * 1000 {
        stage.turn()?;
    }
    let idle_draws = stage.frames.len() - before;
    // The first frame draws every cell.
    let frames = &stage.frames[1..draws];
    let mut keys: Vec<KeyCost> = Vec::new();
    let mut wrap_ms = [0.0; 2];
    for (no, history) in histories.into_iter().enumerate() {
        let (costs, ms) = key_costs(history)?;
        wrap_ms[no] = ms;
        for (at, (what, ms)) in costs.into_iter().enumerate() {
            if keys.len() <= at {
                keys.push(KeyCost { what, ms: [0.0; 2] });
            }
            keys[at].ms[no] = ms;
        }
    }
    Ok(Told {
        panes,
        speaking,
        tokens,
        draws,
        frames_ms: sorted(frames.iter().map(|f| f.ms)),
        frames_bytes: {
            let mut bytes: Vec<u64> = frames.iter().map(|f| f.bytes).collect();
            bytes.sort_unstable();
            bytes
        },
        updates_us: sorted(stage.updates_us.iter().copied()),
        idle_draws,
        histories,
        keys,
        wrap_ms,
    })
}

/// What a key does, and milliseconds.
type Costs = Vec<(&'static str, f64)>;

/// What each key costs beside an answer of so many tokens, and wrapping all of it.
fn key_costs(history: usize) -> Result<(Costs, f64), Failure> {
    // Too small for a picture: nothing is wrapped before all of it is there.
    let mut stage = Stage::new((20, 5), 2, 1, history)?;
    while stage.say().is_some() {}
    let begun = cpu_ms();
    stage.resize(SIZE)?;
    stage.draw()?;
    let wrap_ms = cpu_ms() - begun;
    let mut costs = Vec::new();
    let cost = |stage: &mut Stage, keys: &[&str]| -> Result<f64, Failure> {
        let mut all = Vec::new();
        while all.len() < PRESSES {
            for key in keys {
                let begun = cpu_ms();
                stage.press(key);
                stage.draw()?;
                all.push(cpu_ms() - begun);
            }
        }
        Ok(quantile(&sorted(all.into_iter()), 0.5))
    };
    let mut zoomed = false;
    for (what, zoom, keys) in KEYS {
        if zoom != zoomed {
            stage.press("z");
            stage.draw()?;
            zoomed = zoom;
        }
        costs.push((what, cost(&mut stage, keys)?));
    }
    stage.press("enter");
    costs.push((INSIDE.0, cost(&mut stage, INSIDE.1)?));
    Ok((costs, wrap_ms))
}

fn sorted(all: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut all: Vec<f64> = all.collect();
    all.sort_by(f64::total_cmp);
    all
}

fn quantile<T: Copy + Default>(sorted: &[T], share: f64) -> T {
    let last = sorted.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    sorted.get(at).copied().unwrap_or_default()
}

impl Told {
    fn draws_per_s(&self) -> f64 {
        self.draws as f64 / STREAM_S as f64
    }

    /// Share of one core that twelve streaming panes take.
    fn load(&self) -> f64 {
        let frames: f64 = self.frames_ms.iter().sum();
        let updates: f64 = self.updates_us.iter().sum();
        (frames + updates / 1e3) / (STREAM_S as f64 * 1e3)
    }

    fn json(&self) -> Value {
        let keys = self.keys.iter().map(|key| {
            json!({
                "what": key.what,
                "ms": key.ms,
                "ratio": key.ms[1] / key.ms[0],
            })
        });
        json!({
            "size": [SIZE.0, SIZE.1],
            "panes": self.panes,
            "speaking": self.speaking,
            "pane_tokens_per_s": PANE_TOKENS_PER_S,
            "seconds": STREAM_S,
            "tokens": self.tokens,
            "draws": self.draws,
            "draws_per_s": self.draws_per_s(),
            "frame_ms_p50": quantile(&self.frames_ms, 0.5),
            "frame_ms_p99": quantile(&self.frames_ms, 0.99),
            "frame_bytes_p50": quantile(&self.frames_bytes, 0.5),
            "frame_bytes_p99": quantile(&self.frames_bytes, 0.99),
            "frame_bytes_max": quantile(&self.frames_bytes, 1.0),
            "update_us_p50": quantile(&self.updates_us, 0.5),
            "update_us_p99": quantile(&self.updates_us, 0.99),
            "load": self.load(),
            "idle_seconds": IDLE_S,
            "idle_draws": self.idle_draws,
            "history_tokens": self.histories,
            "keys": keys.collect::<Vec<Value>>(),
            "wrap_ms": self.wrap_ms,
        })
    }

    fn table(&self) -> String {
        let goal = |met: bool| if met { "met" } else { "MISSED" };
        let (p50, p99) = (
            quantile(&self.frames_ms, 0.5),
            quantile(&self.frames_ms, 0.99),
        );
        let bytes = |share| quantile(&self.frames_bytes, share);
        let mut out = format!(
            "{}x{}, {} panes, at least {} speaking at any time, {PANE_TOKENS_PER_S} tokens/s each, for {STREAM_S} s;\nprocessor time of one core\n\n",
            SIZE.0, SIZE.1, self.panes, self.speaking
        );
        out.push_str(&format!(
            "frame           p50 {p50:.2} ms, p99 {p99:.2} ms (goal <= {FRAME_MS} ms: {})\n",
            goal(p99 <= FRAME_MS)
        ));
        out.push_str(&format!(
            "draws           {:.1} a second (goal <= {DRAWS_PER_S}: {}); for {} tokens\n",
            self.draws_per_s(),
            goal(self.draws_per_s() <= DRAWS_PER_S),
            self.tokens,
        ));
        out.push_str(&format!(
            "bytes a frame   p50 {}, p99 {}, most {}\n",
            bytes(0.5),
            bytes(0.99),
            bytes(1.0)
        ));
        out.push_str(&format!(
            "update          p50 {:.1} us, p99 {:.1} us a token\n",
            quantile(&self.updates_us, 0.5),
            quantile(&self.updates_us, 0.99)
        ));
        out.push_str(&format!(
            "load            {:.1} % of one core\n",
            100.0 * self.load()
        ));
        out.push_str(&format!(
            "idle            {} draws in {IDLE_S} s (goal none: {})\n\n",
            self.idle_draws,
            goal(self.idle_draws == 0)
        ));
        out.push_str(&format!(
            "{:<33} {:>12} {:>12}  (goal <= {KEY_RATIO}x)\n",
            "a key and its frame, tokens said:", self.histories[0], self.histories[1]
        ));
        for key in &self.keys {
            let ratio = key.ms[1] / key.ms[0];
            out.push_str(&format!(
                "{:<33} {:>9.2} ms {:>9.2} ms  {ratio:.2}x {}\n",
                key.what,
                key.ms[0],
                key.ms[1],
                goal(ratio <= KEY_RATIO)
            ));
        }
        out.push_str(&format!(
            "{:<33} {:>9.2} ms {:>9.2} ms  once at each width\n",
            "wrapping all of it", self.wrap_ms[0], self.wrap_ms[1]
        ));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts only: the same on every machine.
    #[test]
    fn twelve_panes_stay_under_sixty_frames_of_few_bytes_and_rest_when_nothing_happens() {
        let told = measure([100, 200]).unwrap();
        assert_eq!((told.panes, told.tokens), (12, STREAM_S * TOKENS_PER_S));
        assert_eq!(told.speaking, 12, "all of them at once");
        assert!(told.draws_per_s() <= DRAWS_PER_S, "{}", told.draws);
        // As many as somebody who watches wants, nevertheless.
        assert!(told.draws_per_s() >= 50.0, "{}", told.draws);
        assert_eq!(told.idle_draws, 0);
        // A screen has 12,000 cells; a frame changes those that tokens came to.
        let bytes = |share| quantile(&told.frames_bytes, share);
        assert!(bytes(0.5) <= 6_000, "{}", bytes(0.5));
        assert!(bytes(1.0) <= 40_000, "{}", bytes(1.0));
        assert_eq!(told.keys.len(), KEYS.len() + 1);
        assert!(told.json()["keys"][0]["ratio"].as_f64().is_some());
        assert!(told.table().contains("idle            0 draws"));
    }
}
