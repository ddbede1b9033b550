//! Files as written to checked values. Errors carry the file, the line and what would be right.
//!
//! Reads text, never files: whoever calls has the bytes.

pub mod keys;
pub mod theme;
mod yaml;

pub use yaml::Mistake;
