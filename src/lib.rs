//! *recant*: a terminal explorer of moral self-correction in language models.
pub mod app;
pub mod config;
pub mod control;
pub mod domain;
pub mod engine;
pub mod run;
pub mod stats;
pub mod ui;
