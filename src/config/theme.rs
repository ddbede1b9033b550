//! Theme files: a palette of named colours, and a look for each role.
//!
//! ```yaml
//! name: dusk
//! palette: {rose: "#d08080"}
//! roles:
//!   text: {fg: default, bg: default}
//!   stereotyped: {fg: rose, modifiers: [bold]}
//! ```
//!
//! A role that is not named looks like `text`.

use std::collections::BTreeMap;

use crate::ui::theme::Modifier;
use serde_yaml::{Mapping, Value};

use crate::ui::theme::{Ink, Look, Role, Theme};

use super::yaml::{Mistake, Source, near};

/// The themes in the binary: file name and text. The first one is the default.
const EMBEDDED: [(&str, &str); 5] = [
    (
        "themes/terminal.yaml",
        include_str!("../../themes/terminal.yaml"),
    ),
    ("themes/dark.yaml", include_str!("../../themes/dark.yaml")),
    ("themes/light.yaml", include_str!("../../themes/light.yaml")),
    (
        "themes/high-contrast.yaml",
        include_str!("../../themes/high-contrast.yaml"),
    ),
    (
        "themes/colour-blind.yaml",
        include_str!("../../themes/colour-blind.yaml"),
    ),
];

/// Names of the terminal's own colours.
const ANSI: [&str; 16] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "white",
    "bright-black",
    "bright-red",
    "bright-green",
    "bright-yellow",
    "bright-blue",
    "bright-magenta",
    "bright-cyan",
    "bright-white",
];

const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// The themes in the binary; the first one is the default.
///
/// # Errors
/// A mistake in one of them, which a test rules out.
pub fn embedded() -> Result<Vec<Theme>, Mistake> {
    EMBEDDED
        .iter()
        .map(|(file, text)| parse(file, text))
        .collect()
}

/// Reads a theme file.
///
/// # Errors
/// The first unknown key, role, colour or modifier.
pub fn parse(file: &str, text: &str) -> Result<Theme, Mistake> {
    let source = Source { file, text };
    let Value::Mapping(map) = source.value()? else {
        return Err(source.mistake(1, "expected name, palette and roles"));
    };
    known(&source, &map, &["name", "palette", "roles"], 0, "")?;
    let name = match map.get("name") {
        Some(Value::String(name)) if !name.is_empty() => name.clone(),
        Some(_) => return Err(source.mistake(source.line_of("name", 0), "name must be text")),
        None => return Err(source.mistake(1, "name is missing")),
    };
    let palette = palette(&source, &map)?;
    let line = source.line_of("roles", 0);
    let Some(Value::Mapping(roles)) = map.get("roles") else {
        return Err(source.mistake(line, "roles is missing: a look for each role"));
    };
    let mut looks = BTreeMap::new();
    for (role, look) in roles {
        let written = role.as_str().unwrap_or_default();
        let at = source.line_of(written, line);
        let role = Role::named(written).ok_or_else(|| {
            let hint = near(written, Role::ALL.iter().map(|r| r.name()));
            source.mistake(at, format!("unknown role {written}{hint}"))
        })?;
        looks.insert(role, self::look(&source, &palette, written, at, look)?);
    }
    let text_look = looks.get(&Role::Text).copied().unwrap_or_default();
    // The ground is the page's own unless a role says otherwise.
    let usual = Look {
        bg: None,
        ..text_look
    };
    Ok(Theme::new(&name, |role| {
        let unnamed = Look {
            modifiers: usual.modifiers | mark(role),
            ..usual
        };
        looks.get(&role).copied().unwrap_or(unnamed)
    }))
}

/// What roles that only mark text look like where a theme does not name them: without it they could
/// not be seen.
fn mark(role: Role) -> Modifier {
    match role {
        Role::HeatLow | Role::OnlyLeft => Modifier::UNDERLINED,
        Role::HeatMedium => Modifier::UNDERLINED | Modifier::BOLD,
        Role::HeatHigh => Modifier::UNDERLINED | Modifier::BOLD | Modifier::ITALIC,
        Role::Turn => Modifier::BOLD | Modifier::ITALIC,
        Role::OnlyRight => Modifier::BOLD,
        Role::TokenCursor => Modifier::BOLD | Modifier::REVERSED,
        _ => Modifier::empty(),
    }
}

type Palette = BTreeMap<String, Ink>;

fn palette(source: &Source<'_>, map: &Mapping) -> Result<Palette, Mistake> {
    let line = source.line_of("palette", 0);
    let entries = match map.get("palette") {
        None => return Ok(Palette::new()),
        Some(Value::Mapping(entries)) => entries,
        Some(_) => return Err(source.mistake(line, "palette must name colours: rose: \"#d08080\"")),
    };
    let mut palette = Palette::new();
    for (name, colour) in entries {
        let name = name.as_str().unwrap_or_default();
        let at = source.line_with(name, line);
        let ink = ink(source, &Palette::new(), at, colour)?;
        palette.insert(name.to_owned(), ink);
    }
    Ok(palette)
}

fn known(
    source: &Source<'_>,
    map: &Mapping,
    keys: &[&str],
    line: usize,
    of: &str,
) -> Result<(), Mistake> {
    for key in map.keys() {
        let key = key.as_str().unwrap_or_default();
        if !keys.contains(&key) {
            let at = match line {
                0 => source.line_of(key, 0),
                _ => source.line_with(key, line),
            };
            let hint = near(key, keys.iter().copied());
            return Err(source.mistake(at, format!("{of}unknown key {key}{hint}")));
        }
    }
    Ok(())
}

fn look(
    source: &Source<'_>,
    palette: &Palette,
    role: &str,
    line: usize,
    value: &Value,
) -> Result<Look, Mistake> {
    let Value::Mapping(map) = value else {
        let what = format!("{role}: expected {{fg: …, bg: …, modifiers: […]}}");
        return Err(source.mistake(line, what));
    };
    known(
        source,
        map,
        &["fg", "bg", "modifiers"],
        line,
        &format!("{role}: "),
    )?;
    let colour = |key: &str| match map.get(key) {
        None => Ok(None),
        Some(value) => {
            let at = value
                .as_str()
                .map_or(line, |word| source.line_with(word, line));
            ink(source, palette, at, value).map(Some)
        }
    };
    let mut modifiers = Modifier::empty();
    match map.get("modifiers") {
        None => {}
        Some(Value::Sequence(list)) => {
            for word in list {
                let word = word.as_str().unwrap_or_default();
                let found = MODIFIERS.iter().find(|(name, _)| *name == word);
                modifiers |= found.map(|(_, m)| *m).ok_or_else(|| {
                    let hint = near(word, MODIFIERS.iter().map(|(name, _)| *name));
                    source.mistake(
                        source.line_with(word, line),
                        format!("{role}: unknown modifier {word}{hint}"),
                    )
                })?;
            }
        }
        Some(_) => return Err(source.mistake(line, format!("{role}: modifiers must be a list"))),
    }
    Ok(Look {
        fg: colour("fg")?,
        bg: colour("bg")?,
        modifiers,
    })
}

fn ink(source: &Source<'_>, palette: &Palette, line: usize, value: &Value) -> Result<Ink, Mistake> {
    let word = value.as_str().unwrap_or_default();
    if let Some(ink) = palette.get(word) {
        return Ok(*ink);
    }
    if word == "default" {
        return Ok(Ink::Default);
    }
    if let Some(no) = ANSI.iter().position(|name| *name == word) {
        return Ok(Ink::Ansi(u8::try_from(no).unwrap_or(7)));
    }
    if let Some(hex) = word.strip_prefix('#') {
        let part = |at: usize| {
            hex.get(at..at + 2)
                .and_then(|h| u8::from_str_radix(h, 16).ok())
        };
        if let (6, Some(r), Some(g), Some(b)) = (hex.len(), part(0), part(2), part(4)) {
            return Ok(Ink::Rgb(r, g, b));
        }
        return Err(source.mistake(
            line,
            format!("colour {word}: expected # and six hex digits"),
        ));
    }
    let names = ANSI
        .iter()
        .copied()
        .chain(["default"])
        .chain(palette.keys().map(String::as_str));
    let hint = near(word, names);
    let shown = if word.is_empty() {
        "(put # colours in quotes)"
    } else {
        word
    };
    Err(source.mistake(line, format!("unknown colour {shown}{hint}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_themes_are_whole() {
        let themes = embedded().unwrap();
        let names: Vec<_> = themes.iter().map(Theme::name).collect();
        assert_eq!(
            names,
            ["terminal", "dark", "light", "high-contrast", "colour-blind"]
        );
        for (file, text) in EMBEDDED {
            for role in Role::ALL {
                let line = format!("\n  {}:", role.name());
                assert!(
                    text.contains(&line),
                    "{file} has no look for {}",
                    role.name()
                );
            }
        }
        // The default theme leaves the terminal's own colours alone.
        for role in Role::ALL {
            let look = themes[0].look(role);
            for ink in [look.fg, look.bg].into_iter().flatten() {
                assert!(!matches!(ink, Ink::Rgb(..)), "{role:?}");
            }
        }
    }

    #[test]
    fn mistakes_say_where_and_what_would_be_right() {
        let table = [
            (
                "name: a",
                "t.yaml:1: roles is missing: a look for each role",
            ),
            ("roles: {}", "t.yaml:1: name is missing"),
            (
                "name: a\nrols: {}",
                "t.yaml:2: unknown key rols; did you mean roles?",
            ),
            (
                "name: a\nroles:\n  txt: {fg: red}",
                "t.yaml:3: unknown role txt; did you mean text?",
            ),
            (
                "name: a\nroles:\n  text: {fg: redd}",
                "t.yaml:3: unknown colour redd; did you mean red?",
            ),
            (
                "name: a\nroles:\n  text:\n    fg: red\n    bg: \"#12345\"",
                "t.yaml:5: colour #12345: expected # and six hex digits",
            ),
            (
                "name: a\nroles:\n  text: {fgg: red}",
                "t.yaml:3: text: unknown key fgg; did you mean fg?",
            ),
            (
                "name: a\nroles:\n  text: {fg: red}\n  muted: {modifiers: [bald]}",
                "t.yaml:4: muted: unknown modifier bald; did you mean bold?",
            ),
            (
                "name: a\nroles:\n  text: red",
                "t.yaml:3: text: expected {fg: …, bg: …, modifiers: […]}",
            ),
            (
                "name: a\npalette: {rose: rosy}\nroles: {}",
                "t.yaml:2: unknown colour rosy",
            ),
            ("name: [", "t.yaml:2: did not find expected node content"),
        ];
        for (text, said) in table {
            let got = parse("t.yaml", text).unwrap_err().to_string();
            assert!(got.starts_with(said), "{text}\n{got}");
        }
    }

    #[test]
    fn palettes_name_colours_and_missing_roles_look_like_text() {
        let text = "name: a\npalette: {rose: '#010203'}\nroles:\n  text: {fg: rose, bg: black}";
        let theme = parse("t", text).unwrap();
        assert_eq!(theme.look(Role::Muted).fg, Some(Ink::Rgb(1, 2, 3)));
        assert_eq!(theme.look(Role::Muted).bg, None);
        assert_eq!(theme.look(Role::Text).bg, Some(Ink::Ansi(0)));
    }
}
