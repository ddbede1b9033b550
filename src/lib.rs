//! *recant*: a terminal explorer of moral self-correction in language models.
pub mod benchmarks;
pub mod config;
pub mod control;
pub mod domain;
pub mod engine;
pub mod report;
pub mod run;
pub mod session;
pub mod stats;
