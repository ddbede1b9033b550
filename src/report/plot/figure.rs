//! What a plot is made of: lines, series, bars, markers and words at places, with a look that holds on
//! light and dark pages. Writers ([`super::svg`], [`super::png`]) turn it into files; nothing here knows one.
//!
//! Colours are Okabe & Ito's, which colour-blind people can tell apart, lighter on dark pages; series
//! differ in marker and dash too, so that none is needed. No words leave the page: what does not fit is cut
//! with a mark.

use super::font;

/// Colours, markers and dashes; a second round of markers has the colours moved on by one, so that marker and
/// colour together tell [`LOOKS`]² series apart.
pub const LOOKS: usize = 7;

/// The colour of a look.
pub fn hue(look: usize) -> usize {
    (look + look / LOOKS) % LOOKS
}

/// How the lines of series are broken: lengths drawn and left out, in turn.
pub const DASHES: [&[f32]; LOOKS] = [
    &[],
    &[7.0, 3.0],
    &[2.0, 3.0],
    &[9.0, 3.0, 2.0, 3.0],
    &[4.0, 2.0],
    &[12.0, 4.0],
    &[2.0, 2.0, 6.0, 2.0],
];

/// Free at the right edge.
const MARGIN: f64 = 6.0;

/// Colours as 0xRRGGBB.
pub struct Palette {
    pub text: u32,
    pub muted: u32,
    pub ground: u32,
    pub axis: u32,
    pub grid: u32,
    pub series: [u32; LOOKS],
    /// How much of a pale bar's colour is seen.
    pub pale: f32,
}

/// On paper.
pub const LIGHT: Palette = Palette {
    text: 0x22_22_22,
    muted: 0x55_55_55,
    ground: 0xff_ff_ff,
    axis: 0x55_55_55,
    grid: 0xdd_dd_dd,
    series: [
        0x00_72_b2, 0xd5_5e_00, 0x00_9e_73, 0xaa_44_99, 0xb0_78_00, 0x33_88_bb, 0x44_44_44,
    ],
    pale: 0.15,
};

/// On dark pages.
pub const DARK: Palette = Palette {
    text: 0xee_ee_ee,
    muted: 0xbb_bb_bb,
    ground: 0x16_18_1c,
    axis: 0xaa_aa_aa,
    grid: 0x3a_3d_44,
    series: [
        0x56_b4_e9, 0xff_8c_4b, 0x2f_d1_a5, 0xe5_9b_d0, 0xf0_c0_4a, 0xa6_d8_f5, 0xdd_dd_dd,
    ],
    pale: 0.25,
};

/// A place: across, down.
pub type Place = (f64, f64);

/// What a straight line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Part of an axis.
    Axis,
    /// Part of the grid.
    Grid,
    /// Part of a series' interval.
    Series(usize),
}

/// What words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voice {
    /// Labels.
    Plain,
    /// Remarks.
    Muted,
    /// A panel's title.
    Title,
    /// The page's title.
    Head,
}

impl Voice {
    /// Height in pixels, and whether it is bold.
    pub fn size(self) -> (f64, bool) {
        match self {
            Voice::Plain | Voice::Muted => (12.0, false),
            Voice::Title => (13.0, true),
            Voice::Head => (15.0, true),
        }
    }
}

/// Where a text's position is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// One thing on the page.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A straight line.
    Line { ink: Ink, from: Place, to: Place },
    /// A series' line through points.
    Curve { look: usize, points: Vec<Place> },
    /// A bar of a series; `open` ones are pale with an edge.
    Bar {
        look: usize,
        open: bool,
        corner: Place,
        size: (f64, f64),
    },
    /// A series' marker; `open` ones are outlines.
    Marker { look: usize, open: bool, at: Place },
    /// Words; upright ones run from below to above.
    Words {
        voice: Voice,
        anchor: Anchor,
        at: Place,
        upright: bool,
        text: String,
    },
}

/// A page under way.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What is on it, lowest first.
    pub shapes: Vec<Shape>,
    /// Pixels across.
    pub width: f64,
    /// What it is called, where a file can say so.
    pub title: String,
    /// What it is, where a file can say so.
    pub about: String,
    lowest: f64,
}

impl Figure {
    /// An empty page.
    pub fn new(width: f64) -> Figure {
        Figure {
            shapes: Vec::new(),
            width,
            title: String::new(),
            about: String::new(),
            lowest: 0.0,
        }
    }

    /// Whether any interval is drawn.
    pub fn has_intervals(&self) -> bool {
        let interval = |s: &Shape| {
            matches!(
                s,
                Shape::Line {
                    ink: Ink::Series(_),
                    ..
                }
            )
        };
        self.shapes.iter().any(interval)
    }

    /// Where the lowest thing so far ends.
    pub fn lowest(&self) -> f64 {
        self.lowest
    }

    /// Pixels down.
    pub fn height(&self) -> f64 {
        (self.lowest + 12.0).round()
    }

    fn put(&mut self, lowest: f64, shape: Shape) {
        self.lowest = self.lowest.max(lowest);
        self.shapes.push(shape);
    }

    /// A straight line.
    pub fn line(&mut self, ink: Ink, from: Place, to: Place) {
        self.put(from.1.max(to.1), Shape::Line { ink, from, to });
    }

    /// A series' line through points.
    pub fn curve(&mut self, look: usize, points: &[Place]) {
        let points = points.to_vec();
        self.put(0.0, Shape::Curve { look, points });
    }

    /// A bar of a series.
    pub fn bar(&mut self, look: usize, open: bool, corner: Place, size: (f64, f64)) {
        let bar = Shape::Bar {
            look,
            open,
            corner,
            size,
        };
        self.put(corner.1 + size.1, bar);
    }

    /// A series' marker.
    pub fn marker(&mut self, look: usize, at: Place) {
        let open = false;
        self.put(0.0, Shape::Marker { look, open, at });
    }

    /// The outline of a series' marker: what is somebody else's.
    pub fn open_marker(&mut self, look: usize, at: Place) {
        let open = true;
        self.put(0.0, Shape::Marker { look, open, at });
    }

    /// Words.
    pub fn text(&mut self, voice: Voice, anchor: Anchor, at: Place, text: &str) {
        let room = match anchor {
            Anchor::Start => self.width - MARGIN - at.0,
            Anchor::Middle => 2.0 * (at.0.min(self.width - at.0) - MARGIN),
            Anchor::End => at.0 - MARGIN,
        };
        self.text_within(voice, anchor, at, room, text);
    }

    /// Words that take at most `room` pixels.
    pub fn text_within(&mut self, voice: Voice, anchor: Anchor, at: Place, room: f64, text: &str) {
        if text.is_empty() {
            return;
        }
        let words = Shape::Words {
            voice,
            anchor,
            at,
            upright: false,
            text: fitted(voice, text, room),
        };
        self.put(at.1 + 4.0, words);
    }

    /// Words from below to above, around a middle.
    pub fn upright(&mut self, voice: Voice, at: Place, text: &str) {
        let words = Shape::Words {
            voice,
            anchor: Anchor::Middle,
            at,
            upright: true,
            text: harmless(text),
        };
        self.put(0.0, words);
    }
}

/// A marker's outline.
pub enum Outline {
    /// A disc of this radius.
    Disc(f64),
    /// A filled shape with these corners, from its place.
    Filled(&'static [Place]),
    /// Strokes from one place to another.
    Strokes(&'static [(Place, Place)]),
}

/// The marker of a look.
pub fn outline(look: usize) -> Outline {
    match look % LOOKS {
        0 => Outline::Disc(4.0),
        1 => Outline::Filled(&[(-3.5, -3.5), (3.5, -3.5), (3.5, 3.5), (-3.5, 3.5)]),
        2 => Outline::Filled(&[(0.0, -5.0), (4.5, 3.0), (-4.5, 3.0)]),
        3 => Outline::Filled(&[(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)]),
        4 => Outline::Filled(&[(0.0, 5.0), (4.5, -3.0), (-4.5, -3.0)]),
        5 => Outline::Strokes(&[((-4.0, -4.0), (4.0, 4.0)), ((4.0, -4.0), (-4.0, 4.0))]),
        _ => Outline::Strokes(&[((-4.5, 0.0), (4.5, 0.0)), ((0.0, -4.5), (0.0, 4.5))]),
    }
}

/// Text without what no file may hold: that becomes a mark.
pub fn harmless(text: &str) -> String {
    let strange = |c: char| {
        c.is_control()
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}')
    };
    let mark = |c| if strange(c) { '\u{fffd}' } else { c };
    text.chars().map(mark).collect()
}

/// As much of a text as there is room for.
fn fitted(voice: Voice, text: &str, room: f64) -> String {
    let text = harmless(text);
    if font::width(voice, &text) <= room {
        return text;
    }
    let mut kept: Vec<char> = text.chars().collect();
    while kept.pop().is_some() {
        let cut: String = kept.iter().chain(&['…']).collect();
        if font::width(voice, &cut) <= room {
            return cut;
        }
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place_or_the_page() {
        assert_eq!(harmless("a\u{1b}[2J\u{202e}"), "a\u{fffd}[2J\u{fffd}");
        let mut figure = Figure::new(200.0);
        let long = "models/of/a/very/long/path/".repeat(9);
        for (anchor, x) in [
            (Anchor::Start, 16.0),
            (Anchor::Middle, 60.0),
            (Anchor::End, 90.0),
        ] {
            figure.text(Voice::Head, anchor, (x, 20.0), &long);
        }
        let rooms = [178.0, 108.0, 84.0];
        for (shape, room) in figure.shapes.iter().zip(rooms) {
            let Shape::Words { text, .. } = shape else {
                panic!("{shape:?}");
            };
            let wide = font::width(Voice::Head, text);
            assert!(
                text.ends_with('…') && wide <= room && wide > room - 20.0,
                "{text} {wide}"
            );
        }
    }
}
