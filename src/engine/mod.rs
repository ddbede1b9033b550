//! The models: one small seam, and what stands behind it.
