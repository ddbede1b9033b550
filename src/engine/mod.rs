//! The models: one small seam, and what stands behind it.
mod error;
pub mod local;
pub use error::EngineError;
