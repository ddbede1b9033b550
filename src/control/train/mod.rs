//! The trainer: from the grammar and the planted table to `fixtures/control/`.
//!
//! One command, `cargo run --release --features train --bin recant-train`, makes the tokenizer,
//! trains the model from its seed and writes the files. Users do not build this.

pub mod attention;
pub mod batch;
pub mod checkpoint;
pub mod course;
pub mod evaluate;
pub mod floats;
pub mod lessons;
mod mix;
pub mod network;
pub mod optimizer;
pub mod speak;
pub mod weights;
