//! The font that PNG files are drawn with, and how wide words are: Arimo (SIL OFL 1.1, beside it in
//! `fixtures/fonts/`), whose widths are those of Arial and Helvetica, which SVG files ask for. A subset:
//! Latin, Greek, arrows and signs; anything else is drawn as a box.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::figure::Voice;

const REGULAR: &[u8] = include_bytes!("../../../fixtures/fonts/Arimo-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../../fixtures/fonts/Arimo-Bold.ttf");

/// The face of a voice, and pixels a unit of its outlines. `None` cannot be: a test reads both files.
fn face(voice: Voice) -> Option<(Face<'static>, f64)> {
    let (size, bold) = voice.size();
    let face = Face::parse(if bold { BOLD } else { REGULAR }, 0).ok()?;
    let unit = size / f64::from(face.units_per_em());
    Some((face, unit))
}

/// A character's glyph; the box where there is none.
fn glyph(face: &Face<'_>, c: char) -> GlyphId {
    face.glyph_index(c).unwrap_or_default()
}

/// Pixels that words take.
pub fn width(voice: Voice, text: &str) -> f64 {
    let Some((face, unit)) = face(voice) else {
        return 0.0;
    };
    let advance = |c| face.glyph_hor_advance(glyph(&face, c)).unwrap_or(0);
    unit * text.chars().map(|c| f64::from(advance(c))).sum::<f64>()
}

/// Hands the words' outlines to `pen` one glyph after the other, each with the pixels it stands to the right
/// of the beginning, and pixels a unit; units run upwards.
pub fn draw<P: OutlineBuilder>(
    voice: Voice,
    text: &str,
    mut pen: impl FnMut(f64, f64) -> P,
    mut done: impl FnMut(P),
) {
    let Some((face, unit)) = face(voice) else {
        return;
    };
    let mut x = 0.0;
    for c in text.chars() {
        let glyph = glyph(&face, c);
        let mut outline = pen(x, unit);
        if face.outline_glyph(glyph, &mut outline).is_some() {
            done(outline);
        }
        x += unit * f64::from(face.glyph_hor_advance(glyph).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_as_wide_as_arial_makes_them() {
        // Arial's advances, in 1/2048 em: H 1479, i 455; bold H 1479, i 569.
        assert!((width(Voice::Plain, "Hi") - 12.0 * 1934.0 / 2048.0).abs() < 1e-9);
        assert!((width(Voice::Title, "Hi") - 13.0 * 2048.0 / 2048.0).abs() < 1e-9);
        for voice in [Voice::Muted, Voice::Head] {
            let (face, _) = face(voice).unwrap();
            let missing = "↑↓→±−ρΔκ…≥≤\u{fffd}éß"
                .chars()
                .find(|c| face.glyph_index(*c).is_none());
            assert_eq!(missing, None);
        }
    }
}
