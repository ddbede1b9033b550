//! Files as written → checked values. Every error names the file, the line where it can, what is
//! wrong and what would be right.

pub mod experiments;
pub mod keys;
pub mod prompts;
pub mod settings;
pub mod theme;
mod told;
mod yaml;

pub use yaml::{Mistake, did_you_mean, near};
