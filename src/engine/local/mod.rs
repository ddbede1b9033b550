//! x
pub mod attention;
pub mod config;
pub mod files;
pub mod kernel;
pub mod kv;
pub mod linear;
pub mod model;
pub mod weights;
