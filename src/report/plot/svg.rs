//! A figure as SVG text. Rules are plain classes: what draws SVG outside browsers knows no variables.

use std::fmt::Write as _;

use super::figure::{
    Anchor, DARK, DASHES, Figure, Ink, LIGHT, LOOKS, Outline, Palette, Shape, Voice, hue, outline,
};

/// The file.
pub fn svg(figure: &Figure) -> String {
    let (width, height) = (figure.width, figure.height());
    let mut body = String::new();
    figure.shapes.iter().for_each(|s| shape(&mut body, s));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\">\n<title>{}</title>\n\
         <desc>{}</desc>\n<style>{}</style>\n\
         <rect class=\"bg\" width=\"100%\" height=\"100%\"/>\n{body}</svg>\n",
        escape(&figure.title),
        escape(&figure.about),
        style(),
    )
}

fn style() -> String {
    format!(
        "text{{font-family:Helvetica,Arial,sans-serif;font-size:12px}}\
         .t{{font-size:13px;font-weight:bold}}.h{{font-size:15px;font-weight:bold}}\
         .ax,.gr{{stroke-width:1;fill:none}}.ln{{stroke-width:2}}.mk{{stroke-width:1.5}}{}\
         @media(prefers-color-scheme:dark){{{}}}",
        colours(&LIGHT),
        colours(&DARK)
    )
}

fn colours(p: &Palette) -> String {
    let mut out = format!(
        "text{{fill:#{:06x}}}.m{{fill:#{:06x}}}.bg{{fill:#{:06x}}}.ax{{stroke:#{:06x}}}.gr{{stroke:#{:06x}}}",
        p.text, p.muted, p.ground, p.axis, p.grid
    );
    for (look, colour) in p.series.iter().enumerate() {
        let _ = write!(out, ".s{look}{{stroke:#{colour:06x};fill:#{colour:06x}}}");
    }
    let _ = write!(out, ".ln,.em{{fill:none}}.op{{fill-opacity:{}}}", p.pale);
    out
}

fn shape(out: &mut String, shape: &Shape) {
    // Writing to a string does not fail.
    let _ = match shape {
        Shape::Line { ink, from, to } => {
            let class = match ink {
                Ink::Axis => "ax".to_owned(),
                Ink::Grid => "gr".to_owned(),
                Ink::Series(look) => format!("s{} mk", hue(*look)),
            };
            let ((x1, y1), (x2, y2)) = (from, to);
            writeln!(
                out,
                "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
            )
        }
        Shape::Curve { look, points } => {
            let (dash, look) = (DASHES[look % LOOKS], hue(*look));
            let path: Vec<String> = points
                .iter()
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            let dash: Vec<String> = dash.iter().map(f32::to_string).collect();
            let dash = match dash.is_empty() {
                true => String::new(),
                false => format!(" stroke-dasharray=\"{}\"", dash.join(" ")),
            };
            let path = path.join(" ");
            writeln!(
                out,
                "<polyline class=\"s{look} ln\" style=\"fill:none\"{dash} points=\"{path}\"/>"
            )
        }
        Shape::Bar {
            look,
            open,
            corner: (x, y),
            size: (w, h),
        } => {
            let (look, open) = (hue(*look), if *open { " op" } else { "" });
            writeln!(
                out,
                "<rect class=\"s{look} mk{open}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{w:.1}\" height=\"{h:.1}\"/>"
            )
        }
        Shape::Marker { look, open, at } => marker(out, *look, *open, *at),
        Shape::Words {
            voice,
            anchor,
            at: (x, y),
            upright,
            text,
        } => {
            let class = match voice {
                Voice::Plain => "",
                Voice::Muted => "m",
                Voice::Title => "t",
                Voice::Head => "h",
            };
            let anchor = match anchor {
                Anchor::Start => "start",
                Anchor::Middle => "middle",
                Anchor::End => "end",
            };
            let place = match upright {
                true => format!("transform=\"translate({x:.1} {y:.1}) rotate(-90)\""),
                false => format!("x=\"{x:.1}\" y=\"{y:.1}\""),
            };
            let text = escape(text);
            writeln!(
                out,
                "<text class=\"{class}\" text-anchor=\"{anchor}\" {place}>{text}</text>"
            )
        }
    };
}

fn marker(out: &mut String, look: usize, open: bool, (x, y): (f64, f64)) -> std::fmt::Result {
    let class = format!("s{} mk{}", hue(look), if open { " em" } else { "" });
    let path = match outline(look) {
        Outline::Disc(r) => {
            return writeln!(
                out,
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{r}\"/>"
            );
        }
        Outline::Filled(corners) => {
            let corners: Vec<String> = corners
                .iter()
                .map(|(right, down)| format!("{:.1} {:.1}", x + right, y + down))
                .collect();
            format!("M{}z", corners.join("L"))
        }
        Outline::Strokes(strokes) => {
            let one = |(a, b): &((f64, f64), (f64, f64))| {
                let (x1, y1, x2, y2) = (x + a.0, y + a.1, x + b.0, y + b.1);
                format!("M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}")
            };
            strokes.iter().map(one).collect()
        }
    };
    writeln!(out, "<path class=\"{class}\" d=\"{path}\"/>")
}

/// Text that XML takes as it is.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in super::figure::harmless(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn names_cannot_leave_their_place() {
        assert_eq!(
            escape("a<b>&\"c\"\u{1b}[2J\u{202e}"),
            "a&lt;b&gt;&amp;&quot;c&quot;\u{fffd}[2J\u{fffd}"
        );
    }
}
