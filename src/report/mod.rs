//! Finished answers → tables, plots and machine-readable reports. The scores are the live board's:
//! the same ledger, the same formulas.
//!
//! [`Tally`] counts, [`Findings`] compares, [`sheets`] lays out; [`to_text`] and its like write.

mod beside;
mod compare;
pub mod exports;
mod findings;
mod formats;
pub mod imports;
mod json;
mod listing;
mod mass;
mod measured;
mod plot;
mod scale;
mod sheet;
mod sheets;
mod tally;
mod text;

pub use beside::{Beside, Ours, beside, beside_json, beside_text};
pub use compare::Comparison;
pub use findings::{Course, EPSILON, Findings, Pairing};
pub use formats::{to_csv, to_latex, to_markdown};
pub use json::{ascii, to_json};
pub use listing::{Listed, disagreements, listed_sheet, unparsed};
pub use measured::Measured;
pub use plot::{Figure, asked_figure, asked_scale_figure, figure, scale_figure};
pub use scale::{Ran, Scale};
pub use sheet::{Column, Sheet, Value, fixed};
pub use sheets::sheets;
pub use tally::{Asked, Judged, Judging, Place, ReportError, Tally, shortened};
pub use text::{WIDTH, to_text, wrap};
