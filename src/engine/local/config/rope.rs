//! Rotary positions as a config describes them: `rope_theta` and `rope_scaling`, or `rope_parameters`.
//!
//! Invariant of [`Rope`]: its width is even, from 2 to a head's; lists of factors have half that length.

use super::family::Positions;
use super::fields::{Fields, cut};
use crate::engine::EngineError;

/// How positions turn the queries and keys.
#[derive(Clone, Debug, PartialEq)]
pub struct Rope {
    /// Base of the geometric series of wavelengths.
    pub theta: f64,
    /// How many of a head's elements are turned, from the first on; the first half of them with the
    /// second.
    pub width: usize,
    /// How the wavelengths are stretched for longer contexts.
    pub scaling: RopeScaling,
}

/// Stretching of rotary wavelengths.
#[derive(Clone, Debug, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All by the same factor.
    Linear {
        /// At least 1.
        factor: f64,
    },
    /// Each by its own factor: as GGUF files have what Llama 3 computes.
    Each {
        /// One for each pair of turned elements.
        factors: Vec<f32>,
    },
    /// Llama 3: long wavelengths by `factor`, short ones not at all, those between smoothly.
    Llama3 {
        /// Stretch of the longest.
        factor: f64,
        /// Wavelengths above `original_context / low` are stretched in full.
        low: f64,
        /// Wavelengths below `original_context / high` are not stretched.
        high: f64,
        /// Context length before stretching.
        original_context: f64,
    },
    /// LongRoPE (Phi-3): each by its own factor, one set of factors for sequences as long as before
    /// stretching, one for longer ones.
    Long {
        /// For sequences of at most `original_context` tokens.
        short: Vec<f32>,
        /// For longer ones.
        long: Vec<f32>,
        /// Context length before stretching.
        original_context: usize,
        /// Sines and cosines are multiplied by it.
        attention: f32,
    },
}

/// Longest context length that is believed.
pub const CONTEXT_MAX: usize = 1 << 24;

/// Reads them; `None` where positions are learned. `context` is the longest sequence.
pub fn rope(
    fields: &Fields<'_>,
    positions: Positions,
    head_dim: usize,
    context: usize,
) -> Result<Option<Rope>, EngineError> {
    let Positions::Rotary {
        theta: theta_key,
        share,
        original_context,
    } = positions
    else {
        return Ok(None);
    };
    // Where both spellings are there, transformers takes the older one.
    let inner = match fields.inside("rope_scaling", "rope_scaling.")? {
        Some(inner) => Some(inner),
        None => fields.inside("rope_parameters", "rope_parameters.")?,
    };
    let number = |key: &str, old: &str, low: f64, high: f64| {
        let inside = inner.map_or(Ok(None), |inner| inner.number(key, low, high))?;
        match inside {
            Some(x) => Ok(Some(x)),
            None => fields.number(old, low, high),
        }
    };
    let theta = number("rope_theta", theta_key, 1e-3, 1e12)?.unwrap_or(10_000.0);
    let (share_key, share_default) = share.unwrap_or(("partial_rotary_factor", 1.0));
    let turned = number("partial_rotary_factor", share_key, 0.0, 1.0)?.unwrap_or(share_default);
    if share.is_none() && turned != 1.0 {
        let what = format!("partial_rotary_factor {turned} in this family");
        return Err(fields.unsupported(what, "1"));
    }
    let width = (head_dim as f64 * turned) as usize;
    if width == 0 || !width.is_multiple_of(2) {
        let (key, why) = match turned == 1.0 {
            true => (
                "head_dim",
                format!("a head must have an even width, not {width}"),
            ),
            false => (
                share_key,
                format!("{turned:?} of a head of {head_dim} is {width}; must be even, at least 2"),
            ),
        };
        return Err(fields.wrong(key, why));
    }
    let scaling = match inner {
        None => RopeScaling::None,
        Some(inner) => {
            for layers in ["full_attention", "sliding_attention"] {
                if inner.has(layers) {
                    return Err(inner.unsupported(layers.to_owned(), "one rope for all layers"));
                }
            }
            let original = || original(fields, &inner, original_context, context);
            scaling(&inner, width, original_context.is_some(), context, original)?
        }
    };
    Ok(Some(Rope {
        theta,
        width,
        scaling,
    }))
}

fn scaling(
    fields: &Fields<'_>,
    width: usize,
    is_phi: bool,
    context: usize,
    original: impl Fn() -> Result<usize, EngineError>,
) -> Result<RopeScaling, EngineError> {
    // Older files say `type`.
    let kind = match fields.text("rope_type")? {
        Some(kind) => Some(kind),
        None => fields.text("type")?,
    };
    let need = |name: &str| fields.number_of(name, 1e-6, 1e9);
    match kind {
        None | Some("default") => Ok(RopeScaling::None),
        Some("linear") => Ok(RopeScaling::Linear {
            factor: need("factor")?,
        }),
        Some("llama3") => {
            let (low, high) = (need("low_freq_factor")?, need("high_freq_factor")?);
            if high <= low {
                let why = format!("must be above low_freq_factor, which is {low}, not {high}");
                return Err(fields.wrong("high_freq_factor", why));
            }
            Ok(RopeScaling::Llama3 {
                factor: need("factor")?,
                low,
                high,
                original_context: original()? as f64,
            })
        }
        // Not Hugging Face's: what is read from a GGUF file says it so.
        Some("frequencies") => Ok(RopeScaling::Each {
            factors: fields.numbers("factors", width / 2, 1e-6, 1e9)?,
        }),
        Some("longrope") => long(fields, width, context, original()?),
        Some("su" | "yarn") if is_phi => long(fields, width, context, original()?),
        Some(other) => Err(fields.unsupported(
            format!("rope_type {:?}", cut(other)),
            "default, linear, llama3, longrope",
        )),
    }
}

fn long(
    fields: &Fields<'_>,
    width: usize,
    context: usize,
    original: usize,
) -> Result<RopeScaling, EngineError> {
    let factor = fields.number("factor", 1e-6, 1e9)?;
    let factor = factor.unwrap_or(context as f64 / original as f64);
    let attention = match fields.number("attention_factor", 1e-6, 1e6)? {
        Some(attention) => attention,
        None if factor <= 1.0 => 1.0,
        None if original == 1 => {
            let why = "1 leaves attention_factor undefined; give attention_factor";
            return Err(fields.wrong("original_max_position_embeddings", why));
        }
        None => (1.0 + factor.ln() / (original as f64).ln()).sqrt(),
    };
    Ok(RopeScaling::Long {
        short: fields.numbers("short_factor", width / 2, 1e-6, 1e9)?,
        long: fields.numbers("long_factor", width / 2, 1e-6, 1e9)?,
        original_context: original,
        attention: attention as f32,
    })
}

/// The context length before stretching. transformers lets the outer key win; where the two
/// contradict each other, nobody knows which one the model was made with.
fn original(
    outer: &Fields<'_>,
    inner: &Fields<'_>,
    outer_default: Option<usize>,
    context: usize,
) -> Result<usize, EngineError> {
    const KEY: &str = "original_max_position_embeddings";
    let read = |fields: &Fields<'_>| match fields.is_absent(KEY) {
        true => Ok(None),
        false => fields.count(KEY, CONTEXT_MAX).map(Some),
    };
    let outside = read(outer)?.or(outer_default);
    let inside = read(inner)?;
    match (outside, inside) {
        (Some(a), Some(b)) if a != b => {
            let why = format!("is {b}, but {a} outside (or by default); they must be the same");
            Err(inner.wrong(KEY, why))
        }
        (Some(n), _) | (None, Some(n)) => Ok(n),
        (None, None) => Ok(context),
    }
}
