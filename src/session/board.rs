//! The lines of what the scoreboard of an explorer's session has counted: `board.jsonl`, a head, then a
//! line a finished round.

use serde::{Deserialize, Serialize};

use super::explorer::RoundLine;

/// Version of the file's format.
pub const BOARD_FORMAT: u32 = 1;

/// What the answers of a file depend on: its first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BoardHead {
    /// [`BOARD_FORMAT`].
    pub format: u32,
    /// Name of the session.
    pub session: String,
    /// SHA-256 of the model's weights.
    pub weights: String,
    /// SHA-256 of the questions.
    pub items: String,
    /// SHA-256 of the settings.
    pub settings: String,
}

/// A finished round: where it belongs, and all of it but its tokens.
#[derive(Serialize, Deserialize)]
pub struct BoardLine {
    /// Position of the question in the set.
    pub item_no: usize,
    /// Which condition, in the settings' order.
    pub condition: u16,
    /// Which sample of it.
    pub sample: u16,
    /// By how many places its options were turned.
    pub rotation: u16,
    /// 0 is the first answer.
    pub round_no: u16,
    /// What was said and how it was graded.
    pub round: RoundLine,
}

/// A line as it is written, its end included; `None` for what JSON cannot hold.
pub fn json_line(line: &impl Serialize) -> Option<Vec<u8>> {
    let mut bytes = serde_json::to_vec(line).ok()?;
    bytes.push(b'\n');
    Some(bytes)
}
