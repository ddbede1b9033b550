//! How often to draw: pure, told the time.

use crate::run::Stamp;

/// At most this many frames a second.
const FRAMES_PER_S: u64 = 60;

/// Lets a frame through when something changed and the last one is long enough ago.
#[derive(Debug, Default)]
pub struct Pacer {
    last: Option<Stamp>,
    dirty: bool,
}

impl Pacer {
    /// Something on the screen changed.
    pub fn mark(&mut self) {
        self.dirty = true;
    }

    /// Milliseconds until a frame may be drawn: 0 is now, `None` is nothing to draw.
    pub fn wait_ms(&self, now: Stamp) -> Option<u64> {
        if !self.dirty {
            return None;
        }
        let gap = 1000_u64.div_ceil(FRAMES_PER_S);
        Some(
            self.last
                .map_or(0, |last| (last.0 + gap).saturating_sub(now.0)),
        )
    }

    /// A frame was drawn.
    pub fn drawn(&mut self, now: Stamp) {
        self.last = Some(now);
        self.dirty = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_draws_nothing_and_a_storm_draws_sixty_a_second() {
        let mut pacer = Pacer::default();
        assert_eq!(pacer.wait_ms(Stamp(5)), None);
        let mut drawn = 0;
        for ms in 0..1000 {
            pacer.mark();
            if pacer.wait_ms(Stamp(ms)) == Some(0) {
                pacer.drawn(Stamp(ms));
                drawn += 1;
            }
        }
        assert!((55..=60).contains(&drawn), "{drawn}");
        assert_eq!(pacer.wait_ms(Stamp(2000)), Some(0));
    }
}
