//! The numbers: answers per item, condition and round that can be merged in any order, and what
//! follows from them. Plain arithmetic; no IO; what is drawn is drawn from a seed.
//!
//! | what | where |
//! |---|---|
//! | single answers, two bytes each | [`Ledger`] |
//! | counts of a cell, BBQ's metrics (Parrish et al. 2022, §5) | [`Counts`], [`Scoreboard`] |
//! | the same counts under other rules | [`Scorer`] |
//! | intervals: Wilson, adjusted Wald, bootstrap, Fisher | [`Estimate`], [`Resampling`], [`pearson`] |
//! | two answers to the same items | [`Flips`], [`Change`], [`mcnemar`] |
//! | many rounds | [`Chain`], [`converged`], [`Stabilisation`] |
//! | Winogender, admissions, toxicity | [`Measures`] |
//! | how sure against how right | [`calibration`] |
//! | how many things repeated answers say | [`Semantic`] |
//! | what no model at all would score, and which letters are chosen | [`Baseline`], [`Positions`] |

mod admission;
mod baseline;
mod bootstrap;
mod by_item;
pub mod calibration;
mod chain;
mod change;
mod convergence;
mod counts;
mod draw;
mod flips;
mod interval;
mod ledger;
mod mcnemar;
mod measures;
mod pearson;
mod position;
mod scope;
mod scoreboard;
mod scorer;
mod semantic;
mod standing;
mod student;
mod swap;
mod toxicity;
mod winogender;

pub use admission::Admissions;
pub use baseline::Baseline;
pub use bootstrap::{Resampling, Spread, quantile};
pub use by_item::scores_by_item;
pub use chain::Chain;
pub use change::{Change, Compared, Quantity, Test};
pub use convergence::{Stabilisation, converged};
pub use counts::Counts;
pub use draw::Draw;
pub use flips::Flips;
pub use interval::{Estimate, Interval, multinomial_difference, wilson, wilson_at, wilson_share};
pub use ledger::{Column, Entry, Facts, Ledger, Mark};
pub use mcnemar::{McNemar, holm, mcnemar, normal_p, sign_flip};
pub use measures::{Measures, Observation, Reading, measures_of};
pub use pearson::pearson;
pub use position::Positions;
pub use scope::Scope;
pub use scoreboard::{CellKey, Graded, Scoreboard};
pub use scorer::{Score, Scorer, Treatment};
pub use semantic::{Meaning, Semantic, entropy};
pub use standing::Pace;
pub use toxicity::{TOXIC, Toxicity};
pub use winogender::Pronouns;
