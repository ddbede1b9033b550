//! Looks by role, and what a terminal can show of them. The only place that knows colours.

pub use ratatui::style::Modifier;
use ratatui::style::{Color, Style};

pub use crate::app::Role;

/// How many colours a terminal has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ColourDepth {
    /// None: `NO_COLOR`, `TERM=dumb`. Signs, bold, reverse and underline remain.
    None,
    /// The terminal's own 16.
    Ansi16,
    /// xterm's 256.
    Ansi256,
    /// 24 bits.
    TrueColour,
}

/// A colour as a theme names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The terminal's own foreground or background.
    Default,
    /// One of the terminal's 16, 0 to 15.
    Ansi(u8),
    /// Red, green, blue.
    Rgb(u8, u8, u8),
}

/// How a role looks. What is `None` shows what is below.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// Of the letters.
    pub fg: Option<Ink>,
    /// Behind them.
    pub bg: Option<Ink>,
    /// Bold and so on.
    pub modifiers: Modifier,
}

/// A look for every role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    name: String,
    looks: [Look; Role::ALL.len()],
    depth: ColourDepth,
}

impl Theme {
    /// A theme for a terminal with all colours.
    pub fn new(name: &str, look: impl Fn(Role) -> Look) -> Theme {
        Theme {
            name: name.to_owned(),
            looks: Role::ALL.map(look),
            depth: ColourDepth::TrueColour,
        }
    }

    /// The same theme for a terminal with fewer colours.
    #[must_use]
    pub fn at_depth(mut self, depth: ColourDepth) -> Theme {
        self.depth = depth;
        self
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The look of a role as written.
    pub fn look(&self, role: Role) -> Look {
        self.looks.get(role as usize).copied().unwrap_or_default()
    }

    /// The look of a role as this terminal shows it.
    pub fn style(&self, role: Role) -> Style {
        let look = self.look(role);
        let mut style = Style::new().add_modifier(look.modifiers);
        if self.depth == ColourDepth::None {
            // Where only the ground made the difference, reverse makes it now.
            let ground =
                look.bg.is_some() && role != Role::Text && look.bg != self.look(Role::Text).bg;
            return if ground {
                style.add_modifier(Modifier::REVERSED)
            } else {
                style
            };
        }
        if let Some(ink) = look.fg {
            style = style.fg(colour(ink, self.depth));
        }
        if let Some(ink) = look.bg {
            style = style.bg(colour(ink, self.depth));
        }
        style
    }
}

fn colour(ink: Ink, depth: ColourDepth) -> Color {
    match (ink, depth) {
        (Ink::Default, _) | (_, ColourDepth::None) => Color::Reset,
        (Ink::Ansi(no), _) => ansi(no),
        (Ink::Rgb(r, g, b), ColourDepth::TrueColour) => Color::Rgb(r, g, b),
        (Ink::Rgb(r, g, b), ColourDepth::Ansi256) => Color::Indexed(nearest_256((r, g, b))),
        (Ink::Rgb(r, g, b), ColourDepth::Ansi16) => ansi(nearest_16((r, g, b))),
    }
}

fn ansi(no: u8) -> Color {
    const COLOURS: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    COLOURS[usize::from(no % 16)]
}

type Rgb = (u8, u8, u8);

/// Weighted by how the eye sees them; integer, so it is the same everywhere.
fn distance(a: Rgb, b: Rgb) -> u32 {
    let part = |x: u8, y: u8, weight: u32| u32::from(x.abs_diff(y)).pow(2) * weight;
    part(a.0, b.0, 3) + part(a.1, b.1, 6) + part(a.2, b.2, 1)
}

/// xterm's defaults for the 16.
const XTERM_16: [Rgb; 16] = [
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
];

fn nearest_16(rgb: Rgb) -> u8 {
    let best = (0u8..16).min_by_key(|no| distance(rgb, XTERM_16[usize::from(*no)]));
    best.unwrap_or(7)
}

/// The cube (16 to 231) and the greys (232 to 255); the first 16 differ between terminals.
fn nearest_256(rgb: Rgb) -> u8 {
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    let of = |no: u8| match no {
        0..=15 => XTERM_16[usize::from(no)],
        16..=231 => {
            let at = no - 16;
            (level(at / 36), level(at / 6 % 6), level(at % 6))
        }
        232.. => {
            let grey = 8 + 10 * (no - 232);
            (grey, grey, grey)
        }
    };
    (16u8..=255)
        .min_by_key(|no| distance(rgb, of(*no)))
        .unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_fall_to_their_nearest() {
        assert_eq!(nearest_256((255, 0, 0)), 196);
        assert_eq!(nearest_256((8, 8, 8)), 232);
        assert_eq!(nearest_16((250, 10, 10)), 9);
        assert_eq!(nearest_16((0, 0, 0)), 0);
        let theme = Theme::new("t", |_| Look {
            fg: Some(Ink::Rgb(255, 0, 0)),
            ..Look::default()
        });
        let fg = |depth| theme.clone().at_depth(depth).style(Role::Text).fg;
        assert_eq!(fg(ColourDepth::TrueColour), Some(Color::Rgb(255, 0, 0)));
        assert_eq!(fg(ColourDepth::Ansi256), Some(Color::Indexed(196)));
        assert_eq!(fg(ColourDepth::Ansi16), Some(Color::LightRed));
        assert_eq!(fg(ColourDepth::None), None);
    }

    #[test]
    fn roles_index_their_looks() {
        for (at, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(role as usize, at);
        }
    }
}
