//! The numbers: counts per condition and round that can be merged in any order, and what follows
//! from them. Plain arithmetic; no IO, nothing sampled.
//!
//! Names and formulas are BBQ's (Parrish et al. 2022, §5): see [`Counts`].

mod admission;
mod counts;
mod interval;
mod measures;
mod scoreboard;
mod toxicity;
mod winogender;

pub use admission::Admissions;
pub use counts::{Counts, Flips};
pub use interval::{Estimate, Interval, multinomial_difference, wilson, wilson_at};
pub use measures::{Measure, Measures, Observation};
pub use scoreboard::{CellKey, Graded, Scoreboard};
pub use toxicity::{TOXIC, Toxicity};
pub use winogender::{Pronouns, pearson};
