//! A figure as a PNG file: the light look of the SVG, two dots a pixel, words in the embedded font, so that
//! it is the same picture on every machine.

use tiny_skia::{
    Color, FillRule, LineCap, Paint, Path, PathBuilder, Pixmap, Rect, Stroke, StrokeDash, Transform,
};
use ttf_parser::OutlineBuilder;

use super::figure::{
    Anchor, DASHES, Figure, Ink, LIGHT, LOOKS, Outline, Shape, Voice, hue, outline,
};
use super::font;

/// Dots a pixel of the SVG.
pub const DOTS: f32 = 2.0;

/// The file's bytes.
///
/// # Errors
/// A page too large to draw; says how large.
pub fn png(figure: &Figure) -> Result<Vec<u8>, String> {
    let (width, height) = (figure.width, figure.height());
    let dots = |pixels: f64| (f64::from(DOTS) * pixels).round() as u32;
    let (across, down) = (dots(width), dots(height));
    let too_large = || {
        format!(
            "{across} x {down} dots are more than a PNG can be drawn with; --plot FILE.svg has no such limit"
        )
    };
    let fits = u64::from(across) * u64::from(down) <= 1 << 28;
    let map = fits.then(|| Pixmap::new(across, down)).flatten();
    let mut page = Page {
        map: map.ok_or_else(too_large)?,
    };
    page.map.fill(colour(LIGHT.ground, 1.0));
    figure.shapes.iter().for_each(|s| page.shape(s));
    page.map.encode_png().map_err(|e| e.to_string())
}

fn colour(rgb: u32, shown: f32) -> Color {
    let [_, r, g, b] = rgb.to_be_bytes();
    let mut colour = Color::from_rgba8(r, g, b, 255);
    colour.set_alpha(shown);
    colour
}

struct Page {
    map: Pixmap,
}

impl Page {
    fn fill(&mut self, path: &Path, colour: Color) {
        let paint = paint(colour);
        let scale = Transform::from_scale(DOTS, DOTS);
        self.map
            .fill_path(path, &paint, FillRule::Winding, scale, None);
    }

    fn stroke(&mut self, path: &Path, colour: Color, width: f32, dash: &[f32]) {
        let stroke = Stroke {
            width,
            line_cap: LineCap::Butt,
            dash: StrokeDash::new(dash.to_vec(), 0.0),
            ..Stroke::default()
        };
        let scale = Transform::from_scale(DOTS, DOTS);
        self.map
            .stroke_path(path, &paint(colour), &stroke, scale, None);
    }

    fn shape(&mut self, shape: &Shape) {
        let series = |look: &usize| colour(LIGHT.series[hue(*look)], 1.0);
        match shape {
            Shape::Line { ink, from, to } => {
                let (colour, width) = match ink {
                    Ink::Axis => (colour(LIGHT.axis, 1.0), 1.0),
                    Ink::Grid => (colour(LIGHT.grid, 1.0), 1.0),
                    Ink::Series(look) => (series(look), 1.5),
                };
                if let Some(path) = through(&[*from, *to], false) {
                    self.stroke(&path, colour, width, &[]);
                }
            }
            Shape::Curve { look, points } => {
                if let Some(path) = through(points, false) {
                    self.stroke(&path, series(look), 2.0, DASHES[look % LOOKS]);
                }
            }
            Shape::Bar {
                look,
                open,
                corner: (x, y),
                size: (w, h),
            } => {
                let rect = Rect::from_xywh(*x as f32, *y as f32, *w as f32, *h as f32);
                let Some(rect) = rect else { return };
                let path = PathBuilder::from_rect(rect);
                let shown = if *open { LIGHT.pale } else { 1.0 };
                self.fill(&path, colour(LIGHT.series[hue(*look)], shown));
                self.stroke(&path, series(look), 1.5, &[]);
            }
            Shape::Marker { look, open, at } => self.marker(series(look), (*look, *open), *at),
            Shape::Words {
                voice,
                anchor,
                at,
                upright,
                text,
            } => self.words(*voice, *anchor, *at, *upright, text),
        }
    }

    fn marker(&mut self, colour: Color, (look, open): (usize, bool), (x, y): (f64, f64)) {
        let filled = match outline(look) {
            Outline::Disc(r) => PathBuilder::from_circle(x as f32, y as f32, r as f32),
            Outline::Filled(corners) => {
                let corners: Vec<_> = corners.iter().map(|c| (x + c.0, y + c.1)).collect();
                through(&corners, true)
            }
            Outline::Strokes(strokes) => {
                for (a, b) in strokes {
                    let ends = [(x + a.0, y + a.1), (x + b.0, y + b.1)];
                    if let Some(path) = through(&ends, false) {
                        self.stroke(&path, colour, 1.5, &[]);
                    }
                }
                None
            }
        };
        if let Some(path) = filled {
            if !open {
                self.fill(&path, colour);
            }
            self.stroke(&path, colour, 1.5, &[]);
        }
    }

    fn words(
        &mut self,
        voice: Voice,
        anchor: Anchor,
        (x, y): (f64, f64),
        upright: bool,
        text: &str,
    ) {
        let ink = match voice {
            Voice::Muted => LIGHT.muted,
            Voice::Plain | Voice::Title | Voice::Head => LIGHT.text,
        };
        let wide = font::width(voice, text);
        let before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => wide / 2.0,
            Anchor::End => wide,
        };
        let pen = |along: f64, unit: f64| Pen {
            path: PathBuilder::new(),
            at: (x as f32, y as f32),
            along: (along - before) as f32,
            unit: unit as f32,
            upright,
        };
        let ink = colour(ink, 1.0);
        font::draw(voice, text, pen, |pen| {
            if let Some(path) = pen.path.finish() {
                self.fill(&path, ink);
            }
        });
    }
}

fn paint(colour: Color) -> Paint<'static> {
    let mut paint = Paint::default();
    paint.set_color(colour);
    paint
}

/// A line through places; `None` where there is nothing to draw.
fn through(places: &[(f64, f64)], closed: bool) -> Option<Path> {
    let (first, rest) = places.split_first()?;
    let mut path = PathBuilder::new();
    path.move_to(first.0 as f32, first.1 as f32);
    for place in rest {
        path.line_to(place.0 as f32, place.1 as f32);
    }
    if closed {
        path.close();
    }
    path.finish()
}

/// Takes a glyph's outline, in units that run upwards, to its place on the page.
struct Pen {
    path: PathBuilder,
    at: (f32, f32),
    along: f32,
    unit: f32,
    upright: bool,
}

impl Pen {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        let (along, up) = (self.along + self.unit * x, self.unit * y);
        match self.upright {
            true => (self.at.0 - up, self.at.1 - along),
            false => (self.at.0 + along, self.at.1 - up),
        }
    }
}

impl OutlineBuilder for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let (a, b, c) = (self.place(x1, y1), self.place(x2, y2), self.place(x, y));
        self.path.cubic_to(a.0, a.1, b.0, b.1, c.0, c.1);
    }

    fn close(&mut self) {
        self.path.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How much darker than the ground a rectangle of pixels is on average, 0 to 255.
    fn ink(map: &Pixmap, corner: (f64, f64), size: (f64, f64)) -> f64 {
        let dots = |pixels: f64| (f64::from(DOTS) * pixels) as u32;
        let (left, top) = (dots(corner.0), dots(corner.1));
        let (right, bottom) = (left + dots(size.0), top + dots(size.1));
        let mut sum = 0.0;
        for y in top..bottom {
            for x in left..right {
                let p = map.pixel(x, y).unwrap();
                sum +=
                    255.0 - (f64::from(p.red()) + f64::from(p.green()) + f64::from(p.blue())) / 3.0;
            }
        }
        sum / (f64::from(right - left) * f64::from(bottom - top))
    }

    #[test]
    fn ink_is_where_the_figure_says_in_its_colours() {
        let mut figure = Figure::new(200.0);
        figure.line(Ink::Axis, (10.0, 20.0), (190.0, 20.0));
        figure.bar(0, false, (20.0, 30.0), (30.0, 20.0));
        figure.bar(0, true, (60.0, 30.0), (30.0, 20.0));
        for look in 0..LOOKS {
            figure.marker(look, (20.0 + 20.0 * look as f64, 70.0));
        }
        figure.text(Voice::Head, Anchor::Start, (10.0, 100.0), "Bias ↑");
        figure.text(Voice::Plain, Anchor::End, (190.0, 100.0), "Bias");
        figure.upright(Voice::Plain, (190.0, 60.0), "up");
        figure.curve(2, &[(10.0, 110.0), (190.0, 110.0)]);
        let map = Pixmap::decode_png(&png(&figure).unwrap()).unwrap();
        assert_eq!(
            (map.width(), map.height()),
            (400, 2 * figure.height() as u32)
        );
        let full = map.pixel(2 * 35, 2 * 40).unwrap();
        assert_eq!([full.red(), full.green(), full.blue()], [0x00, 0x72, 0xb2]);
        let pale = map.pixel(2 * 75, 2 * 40).unwrap();
        assert!(pale.red() > 200 && pale.blue() > 235, "{pale:?}");
        for look in 0..LOOKS {
            let x = 20.0 + 20.0 * look as f64;
            assert!(ink(&map, (x - 5.0, 65.0), (10.0, 10.0)) > 20.0, "{look}");
            assert!(ink(&map, (x + 7.0, 65.0), (6.0, 10.0)) < 1e-9, "{look}");
        }
        // Words: between their ends, above the line they stand on, and nowhere else.
        let wide = font::width(Voice::Head, "Bias ↑");
        assert!(ink(&map, (10.0, 88.0), (wide, 14.0)) > 30.0);
        assert!(ink(&map, (11.0 + wide, 88.0), (40.0, 14.0)) < 1e-9);
        let wide = font::width(Voice::Plain, "Bias");
        assert!(ink(&map, (190.0 - wide, 90.0), (wide, 11.0)) > 25.0);
        assert!(ink(&map, (190.5, 90.0), (9.0, 11.0)) < 1e-9);
        assert!(ink(&map, (181.0, 52.0), (12.0, 16.0)) > 25.0);
        // A dashed line has gaps.
        let dash: Vec<bool> = (20..380)
            .map(|x| map.pixel(x, 220).unwrap().red() < 128)
            .collect();
        assert!(dash.iter().any(|d| *d) && dash.iter().any(|d| !*d));
    }

    #[test]
    fn a_page_too_large_is_refused_with_its_size() {
        let mut figure = Figure::new(900.0);
        figure.line(Ink::Axis, (0.0, 0.0), (0.0, 1e6));
        let mistake = png(&figure).unwrap_err();
        assert!(mistake.contains("1800 x 2000024 dots"), "{mistake}");
    }
}
