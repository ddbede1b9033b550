//! Finished answers → tables and machine-readable reports. The scores are the live board's: the
//! same counts, the same formulas.

mod json;
mod measured;
mod table;
mod tally;

pub use json::{ascii, to_json, to_json_text};
pub use measured::Measured;
pub use table::to_table;
pub use tally::{ReportError, Tally};
