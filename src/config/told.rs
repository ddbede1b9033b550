//! What the YAML library says, in words of those who write the files.

use super::yaml::did_you_mean;

/// `` invalid type: string "lots", expected u32 `` → `expected a whole number, found "lots"`; the nearest right
/// word is named. What is not known stays as it is.
pub(super) fn told(said: &str) -> String {
    // The place is said elsewhere.
    let said = said.split(" at line ").next().unwrap_or(said);
    let words = |of: &str| -> Vec<String> {
        let words = of.split('`').skip(1).step_by(2);
        words.map(str::to_owned).collect()
    };
    let known = |what: &str, of: &str| {
        let words = words(of);
        let Some((word, known)) = words.split_first() else {
            return of.to_owned();
        };
        let hint = did_you_mean(word, known.iter().map(String::as_str));
        format!("unknown {what} {word}{hint}")
    };
    for begin in ["invalid type: ", "invalid value: ", "invalid length "] {
        let parts = said.split_once(begin).and_then(|(_, rest)| {
            let at = rest.rfind(", expected ")?;
            Some((&rest[..at], &rest[at + ", expected ".len()..]))
        });
        if let Some((found, wanted)) = parts {
            return format!("expected {}, found {}", kind(wanted), thing(found));
        }
    }
    for (begin, what) in [("unknown field ", "key"), ("unknown variant ", "word")] {
        if let Some((_, rest)) = said.split_once(begin) {
            return known(what, rest);
        }
    }
    if let Some((_, rest)) = said.split_once("missing field ") {
        return format!("{}: is missing", words(rest).concat());
    }
    if let Some((_, rest)) = said.split_once("duplicate field ") {
        return format!("{}: stands there twice", words(rest).concat());
    }
    said.to_owned()
}

/// What was expected.
fn kind(wanted: &str) -> &str {
    match wanted {
        "a string" | "a borrowed string" | "string" => "text (words like true and 3 in quotes)",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => LINES,
        "u8" | "u16" | "u32" | "u64" | "usize" | "i32" | "i64" => "a whole number",
        "f32" | "f64" => "a number",
        _ if wanted.starts_with("struct ") => LINES,
        _ => wanted,
    }
}

/// What was there.
fn thing(found: &str) -> &str {
    match found {
        "sequence" => "a list",
        "map" => LINES,
        "unit value" | "Option value" => "nothing",
        _ => {
            // Names of types before what was written.
            let names = [
                "string ",
                "integer ",
                "boolean ",
                "floating point ",
                "character ",
            ];
            let bare = names.iter().find_map(|name| found.strip_prefix(name));
            bare.map_or(found, |b| b.trim_matches('`'))
        }
    }
}

const LINES: &str = "lines like `key: value`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_not_told() {
        for (said, wanted) in [
            (
                "first[0].max_tokens: invalid type: string \"lots\", expected u32 at line 6 column 17",
                "expected a whole number, found \"lots\"",
            ),
            (
                "invalid type: integer `3`, expected a string",
                "expected text (words like true and 3 in quotes), found 3",
            ),
            (
                "invalid type: sequence, expected struct File",
                "expected lines like `key: value`, found a list",
            ),
            (
                "unknown variant `bth`, expected one of `letter`, `text`, `both`",
                "unknown word bth; did you mean both?",
            ),
            (
                "unknown field `plot`, expected `metric` or `figure`",
                "unknown key plot; known: metric, figure",
            ),
            ("missing field `title`", "title: is missing"),
            ("duplicate field `name`", "name: stands there twice"),
            (
                "found unexpected end of stream at line 1 column 3",
                "found unexpected end of stream",
            ),
        ] {
            assert_eq!(told(said), wanted, "{said}");
        }
    }
}
