//! Which layers see only the last so many positions: `sliding_window`, `layer_types` and the families'
//! own rules.

use serde_json::Value;

use super::family::WindowRule;
use super::fields::Fields;
use super::rope::CONTEXT_MAX;
use crate::engine::EngineError;

/// The window of each layer, `None` where it sees everything.
pub fn windows(
    fields: &Fields<'_>,
    rule: WindowRule,
    layers: usize,
) -> Result<Vec<Option<usize>>, EngineError> {
    let key = "sliding_window";
    let width = |absent: Option<usize>| match (fields.has(key), fields.is_absent(key)) {
        (false, _) => Ok(absent),
        (true, true) => Ok(None),
        (true, false) => fields.count(key, CONTEXT_MAX).map(Some),
    };
    let (width, late_from) = match rule {
        WindowRule::Never => (None, 0),
        WindowRule::All(absent) => (width(absent)?, 0),
        WindowRule::Alternating(absent) => (width(Some(absent))?, 0),
        WindowRule::Late(absent, from) => {
            let from = fields.whole("max_window_layers", from, 0, CONTEXT_MAX)?;
            match fields.flag("use_sliding_window", false)? {
                true => (width(Some(absent))?, from),
                false => (None, from),
            }
        }
    };
    let usual = |layer: usize| match rule {
        WindowRule::Never => false,
        WindowRule::All(_) => width.is_some(),
        WindowRule::Alternating(_) => layer.is_multiple_of(2),
        WindowRule::Late(..) => width.is_some() && layer >= late_from,
    };
    let usual: Vec<bool> = (0..layers).map(usual).collect();
    let slides = match (listed(fields, layers)?, rule) {
        (None, _) => usual,
        (Some(listed), WindowRule::Alternating(_) | WindowRule::Late(..)) => listed,
        (Some(listed), WindowRule::Never | WindowRule::All(_)) if listed == usual => listed,
        (Some(_), WindowRule::Never | WindowRule::All(_)) => {
            let what = "layer_types that differ from layer to layer".to_owned();
            return Err(fields.unsupported(what, "layers that are alike in this family"));
        }
    };
    let window = |slides: bool| match (slides, width) {
        (false, _) => Ok(None),
        (true, Some(width)) => Ok(Some(width)),
        (true, None) => Err(fields.wrong(key, "is missing, but layers are to slide")),
    };
    slides.into_iter().map(window).collect()
}

/// `layer_types`: whether each layer slides.
fn listed(fields: &Fields<'_>, layers: usize) -> Result<Option<Vec<bool>>, EngineError> {
    let key = "layer_types";
    let Some(value) = fields.get(key) else {
        return Ok(None);
    };
    let list = value.as_array().filter(|l| l.len() == layers);
    let Some(list) = list else {
        let why = format!("must be a list of {layers} kinds, one for each layer");
        return Err(fields.wrong(key, why));
    };
    let one = |kind: &Value| match kind.as_str() {
        Some("full_attention") => Ok(false),
        Some("sliding_attention") => Ok(true),
        _ => Err(fields.wrong(key, "must hold full_attention and sliding_attention only")),
    };
    list.iter().map(one).collect::<Result<_, _>>().map(Some)
}
