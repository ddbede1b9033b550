//! How far the reading of a model has come: told by whoever reads, looked at by whoever shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A counter that both sides hold.
#[derive(Clone, Debug, Default)]
pub struct Gauge(Arc<[AtomicU64; 2]>);

impl Gauge {
    /// There are this many numbers to read.
    pub fn expect(&self, numbers: u64) {
        self.0[1].store(numbers, Ordering::Relaxed);
    }

    /// So many more were read.
    pub fn add(&self, numbers: u64) {
        self.0[0].fetch_add(numbers, Ordering::Relaxed);
    }

    /// Whole percent, at most 100; `None` before it is known how much there is.
    pub fn percent(&self) -> Option<u64> {
        let [done, all] = [0, 1].map(|i| self.0[i].load(Ordering::Relaxed));
        let percent = done.saturating_mul(100).checked_div(all)?;
        Some(percent.min(100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_see_the_same() {
        let reader = Gauge::default();
        let shower = reader.clone();
        assert_eq!(shower.percent(), None);
        reader.expect(8);
        reader.add(3);
        assert_eq!(shower.percent(), Some(37));
        reader.add(9);
        assert_eq!(shower.percent(), Some(100));
    }
}
