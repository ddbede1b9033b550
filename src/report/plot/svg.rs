//! SVG as text: shapes, words, and a look that holds on light and dark pages.
//!
//! Colours are Okabe & Ito's, which colour-blind people can tell apart, lighter on dark pages; series
//! differ in marker and dash too, so that none is needed. Rules are plain classes: what draws SVG
//! outside browsers knows no variables.

use std::fmt::Write as _;

/// Series that look different; more begin again.
pub const LOOKS: usize = 7;

/// A drawing.
pub struct Svg {
    body: String,
    width: f64,
    height: f64,
}

/// Where a text's position is.
#[derive(Clone, Copy, Debug)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

const STYLE: &str = "\
text{font-family:Helvetica,Arial,sans-serif;font-size:12px;fill:#222}\
.t{font-size:13px;font-weight:bold}.h{font-size:15px;font-weight:bold}.m{fill:#555}\
.bg{fill:#fff}.ax{stroke:#555;stroke-width:1;fill:none}.gr{stroke:#ddd;stroke-width:1;fill:none}\
.s0{stroke:#0072b2;fill:#0072b2}.s1{stroke:#d55e00;fill:#d55e00}.s2{stroke:#009e73;fill:#009e73}\
.s3{stroke:#aa4499;fill:#aa4499}.s4{stroke:#b07800;fill:#b07800}.s5{stroke:#3388bb;fill:#3388bb}\
.s6{stroke:#444;fill:#444}.ln{fill:none;stroke-width:2}.mk{stroke-width:1.5}.op{fill-opacity:.15}\
@media(prefers-color-scheme:dark){text{fill:#eee}.m{fill:#bbb}.bg{fill:#16181c}.ax{stroke:#aaa}\
.gr{stroke:#3a3d44}.s0{stroke:#56b4e9;fill:#56b4e9}.s1{stroke:#ff8c4b;fill:#ff8c4b}\
.s2{stroke:#2fd1a5;fill:#2fd1a5}.s3{stroke:#e59bd0;fill:#e59bd0}.s4{stroke:#f0c04a;fill:#f0c04a}\
.s5{stroke:#a6d8f5;fill:#a6d8f5}.s6{stroke:#ddd;fill:#ddd}.ln{fill:none}.op{fill-opacity:.25}}";

const DASHES: [&str; LOOKS] = ["", "7 3", "2 3", "9 3 2 3", "4 2", "12 4", "2 2 6 2"];

impl Svg {
    /// An empty drawing.
    pub fn new(width: f64) -> Svg {
        Svg {
            body: String::new(),
            width,
            height: 0.0,
        }
    }

    /// Where the lowest thing so far ends.
    pub fn height(&self) -> f64 {
        self.height
    }

    fn grow(&mut self, y: f64) {
        self.height = self.height.max(y);
    }

    /// A straight line of a class.
    pub fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.grow(from.1.max(to.1));
        let _ = writeln!(
            self.body,
            "<line class=\"{class}\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// A series' line through points.
    pub fn curve(&mut self, look: usize, points: &[(f64, f64)]) {
        let path: Vec<String> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let dash = match DASHES[look % LOOKS] {
            "" => String::new(),
            dash => format!(" stroke-dasharray=\"{dash}\""),
        };
        let _ = writeln!(
            self.body,
            "<polyline class=\"s{} ln\" style=\"fill:none\"{dash} points=\"{}\"/>",
            look % LOOKS,
            path.join(" ")
        );
    }

    /// A bar of a series; `open` ones are pale with an edge.
    pub fn bar(&mut self, look: usize, open: bool, corner: (f64, f64), size: (f64, f64)) {
        self.grow(corner.1 + size.1);
        let _ = writeln!(
            self.body,
            "<rect class=\"s{} mk{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
            look % LOOKS,
            if open { " op" } else { "" },
            corner.0,
            corner.1,
            size.0,
            size.1
        );
    }

    /// A series' marker.
    pub fn marker(&mut self, look: usize, (x, y): (f64, f64)) {
        let shape = match look % LOOKS {
            0 => format!("M{:.1} {y:.1}a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", x - 4.0),
            1 => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
            2 => format!("M{x:.1} {:.1}l4.5 8h-9z", y - 5.0),
            3 => format!("M{x:.1} {:.1}l5 5l-5 5l-5 -5z", y - 5.0),
            4 => format!("M{x:.1} {:.1}l4.5 -8h-9z", y + 5.0),
            5 => format!("M{:.1} {:.1}l8 8m0 -8l-8 8", x - 4.0, y - 4.0),
            _ => format!("M{:.1} {y:.1}h9m-4.5 -4.5v9", x - 4.5),
        };
        let _ = writeln!(
            self.body,
            "<path class=\"s{} mk\" d=\"{shape}\"/>",
            look % LOOKS
        );
    }

    /// Words.
    pub fn text(&mut self, class: &str, anchor: Anchor, (x, y): (f64, f64), text: &str) {
        self.words(class, anchor, &format!("x=\"{x:.1}\" y=\"{y:.1}\""), text);
        self.grow(y + 4.0);
    }

    /// Words from below to above, around a middle.
    pub fn upright(&mut self, class: &str, (x, y): (f64, f64), text: &str) {
        let place = format!("transform=\"translate({x:.1} {y:.1}) rotate(-90)\"");
        self.words(class, Anchor::Middle, &place, text);
    }

    fn words(&mut self, class: &str, anchor: Anchor, place: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let _ = writeln!(
            self.body,
            "<text class=\"{class}\" text-anchor=\"{anchor}\" {place}>{}</text>",
            escape(text)
        );
    }

    /// The file.
    pub fn finish(self, title: &str, about: &str) -> String {
        let (width, height) = (self.width, self.height + 12.0);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n\
             <desc>{}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
            escape(title),
            escape(about),
            self.body
        )
    }
}

/// Text that XML takes as it is; what no file may hold becomes a mark.
pub fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}') =>
            {
                out.push('\u{fffd}');
            }
            c => out.push(c),
        }
    }
    out
}
