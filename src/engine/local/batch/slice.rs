//! How many further rows a step may carry while panes stream: as many as leave the panes' own pace.
//!
//! A step with more rows takes longer, and how much longer depends on model, machine and company; so it
//! is not reckoned but watched. Every number of rows gives the same text: only its timing hangs on this.
//! Told the durations; reads no clock.

use std::time::Duration;

/// Nobody sees a step that takes less, whatever its share.
const UNSEEN: Duration = Duration::from_millis(12);

/// The smallest slice: fewer rows would save no time, for the weights are read once a step anyway.
const LEAST: usize = 4;

/// Weight of a new duration in the running mean.
const NEW: f64 = 0.2;

/// The number of rows, watched. `most` (times as long as a step without them) is what it may cost.
#[derive(Clone, Debug)]
pub struct Slice {
    rows: usize,
    most: f64,
}

/// How long steps take that carry nothing but the panes' next tokens.
#[derive(Clone, Debug, Default)]
pub struct Plain(Option<f64>);

impl Plain {
    /// Takes note of such a step.
    pub fn observe(&mut self, took: Duration) {
        let took = took.as_secs_f64();
        self.0 = Some(match self.0 {
            // One disturbed step must not count as the rule.
            Some(mean) => mean + NEW * (took.min(4.0 * mean) - mean),
            None => took,
        });
    }

    /// Seconds; `None` before the first.
    pub fn seconds(&self) -> Option<f64> {
        self.0
    }
}

impl Slice {
    /// `rows` at first.
    pub fn new(rows: usize, most: f64) -> Slice {
        Slice { rows, most }
    }

    /// Rows for the next step.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// A step that carried `rows` further rows took so long.
    pub fn observe(&mut self, rows: usize, took: Duration, plain: &Plain) {
        let Some(plain) = plain.seconds() else {
            return;
        };
        let most = (plain * self.most).max(UNSEEN.as_secs_f64());
        let took = took.as_secs_f64();
        if took > most {
            self.rows = (rows.min(self.rows) * 2 / 3).max(LEAST);
        } else if rows >= self.rows && took < 0.75 * most {
            self.rows += self.rows / 4 + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which a step takes `fixed` and `each` more per row.
    fn settled(fixed: f64, each: f64, most: f64) -> usize {
        let (mut slice, mut plain) = (Slice::new(32, most), Plain::default());
        let took = |rows: usize| Duration::from_secs_f64(fixed + each * rows as f64);
        for step in 0..400 {
            if step % 64 == 0 {
                plain.observe(took(0));
                continue;
            }
            slice.observe(slice.rows(), took(slice.rows()), &plain);
        }
        slice.rows()
    }

    #[test]
    fn a_slice_settles_where_the_step_costs_what_it_may() {
        // 50 ms and 2 ms a row: three times as long is 50 rows.
        let rows = settled(0.050, 0.002, 3.0);
        assert!((30..=50).contains(&rows), "{rows}");
        // A tight bound: half as long again is 12 rows.
        let rows = settled(0.050, 0.002, 1.5);
        assert!((6..=13).contains(&rows), "{rows}");
        // A slow machine never starves what waits.
        assert_eq!(settled(0.050, 1.0, 1.5), LEAST);
        // A small model: 12 ms is nothing, whatever the share.
        let rows = settled(0.000_2, 0.000_05, 1.5);
        assert!(rows > 150, "{rows}");
    }

    #[test]
    fn one_disturbed_step_is_not_the_rule() {
        let mut plain = Plain::default();
        for _ in 0..20 {
            plain.observe(Duration::from_millis(10));
        }
        plain.observe(Duration::from_secs(10));
        assert!(plain.seconds().unwrap() < 0.02);
    }
}
