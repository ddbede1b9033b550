//! The tensor types of GGML, by their id in the file.

use candle_core::quantized::GgmlDType;

use super::super::numbers::Format;

/// What this engine reads, for messages.
pub const SUPPORTED: &str =
    "F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K";

/// How to read numbers of type `id`; `None` for those this engine does not read.
pub fn format(id: u32) -> Option<Format> {
    Some(match id {
        0 => Format::F32,
        1 => Format::F16,
        2 => Format::Blocks(GgmlDType::Q4_0),
        3 => Format::Blocks(GgmlDType::Q4_1),
        6 => Format::Blocks(GgmlDType::Q5_0),
        7 => Format::Blocks(GgmlDType::Q5_1),
        8 => Format::Blocks(GgmlDType::Q8_0),
        10 => Format::Blocks(GgmlDType::Q2K),
        11 => Format::Blocks(GgmlDType::Q3K),
        12 => Format::Blocks(GgmlDType::Q4K),
        13 => Format::Blocks(GgmlDType::Q5K),
        14 => Format::Blocks(GgmlDType::Q6K),
        30 => Format::BF16,
        _ => return None,
    })
}

/// What GGML calls the types that this engine does not read.
pub fn name(id: u32) -> &'static str {
    match id {
        9 => "Q8_1",
        15 => "Q8_K",
        16 => "IQ2_XXS",
        17 => "IQ2_XS",
        18 => "IQ3_XXS",
        19 => "IQ1_S",
        20 => "IQ4_NL",
        21 => "IQ3_S",
        22 => "IQ2_S",
        23 => "IQ4_XS",
        24 => "I8",
        25 => "I16",
        26 => "I32",
        27 => "I64",
        28 => "F64",
        29 => "IQ1_M",
        34 => "TQ1_0",
        35 => "TQ2_0",
        39 => "MXFP4",
        40 => "NVFP4",
        _ => "unknown",
    }
}
