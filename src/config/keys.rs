//! The key file: `action: [key, key]`, one line an action. What is not named keeps its keys.

use serde_yaml::Value;

use crate::app::{Action, Key, Keymap};

use super::yaml::{Mistake, Source, near};

/// Reads a key file.
///
/// # Errors
/// The first unknown action, unknown key, or key that two actions want.
pub fn parse(file: &str, text: &str) -> Result<Keymap, Mistake> {
    let source = Source { file, text };
    let map = match source.value()? {
        Value::Null => return Ok(Keymap::default()),
        Value::Mapping(map) => map,
        _ => return Err(source.mistake(1, "expected lines like `quit: [q, ctrl-c]`")),
    };
    let mut replaced = Vec::new();
    for (name, keys) in &map {
        let Some(name) = name.as_str() else {
            return Err(source.mistake(1, "an action's name must be text"));
        };
        let line = source.line_of(name, 0);
        let action = Action::named(name).ok_or_else(|| {
            let hint = near(name, Action::ALL.iter().map(|a| a.name()));
            source.mistake(line, format!("unknown action {name}{hint}"))
        })?;
        replaced.push((action, keys_of(&source, name, line, keys)?));
    }
    Keymap::with(&replaced).map_err(|conflict| {
        let line = source.line_of(conflict.claimant.name(), 0);
        source.mistake(line, conflict.to_string())
    })
}

fn keys_of(
    source: &Source<'_>,
    action: &str,
    line: usize,
    keys: &Value,
) -> Result<Vec<Key>, Mistake> {
    let list = match keys {
        Value::Sequence(list) => list.as_slice(),
        Value::Null => return Ok(Vec::new()),
        one => std::slice::from_ref(one),
    };
    let mut found = Vec::new();
    for key in list {
        let word = match key {
            Value::String(word) => word.clone(),
            Value::Number(digit) => digit.to_string(),
            _ => {
                let what = format!("{action}: expected keys like [q, ctrl-c]; put signs in quotes");
                return Err(source.mistake(line, what));
            }
        };
        let key = Key::parse(&word).ok_or_else(|| {
            let at = source.line_with(&word, line);
            let bare = word.rsplit('-').next().unwrap_or(&word);
            let hint = near(bare, Key::names());
            source.mistake(at, format!("{action}: unknown key {word}{hint}"))
        })?;
        found.push(key);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_say_where_and_what_would_be_right() {
        let table = [
            (
                "qiut: [q]",
                "keys.yaml:1: unknown action qiut; did you mean quit?",
            ),
            (
                "# mine\nquit: [Q]\nrerun: [entr]",
                "keys.yaml:3: rerun: unknown key entr; did you mean enter?",
            ),
            (
                "quit:\n  - Q\n  - ctrl-pageupp",
                "keys.yaml:3: quit: unknown key ctrl-pageupp; did you mean pageup?",
            ),
            (
                "rerun: [q]",
                "keys.yaml:1: key q is taken by quit; give quit another key, or rerun another one",
            ),
            (
                "help: [ctrl-g]\nzoom: [ctrl-g]",
                "keys.yaml:2: key ctrl-g is taken by help; give help another key, or zoom another one",
            ),
            (
                "quit: {a: b}",
                "keys.yaml:1: quit: expected keys like [q, ctrl-c]; put signs in quotes",
            ),
            (
                "- quit",
                "keys.yaml:1: expected lines like `quit: [q, ctrl-c]`",
            ),
            (
                "quit: [a\nhelp: [b]",
                "keys.yaml:2: did not find expected ',' or ']'",
            ),
        ];
        for (text, said) in table {
            assert_eq!(
                parse("keys.yaml", text).unwrap_err().to_string(),
                said,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_named_is_replaced_and_the_rest_stays() {
        let map = parse(
            "k",
            "quit: [Q, ctrl-c]\nrerun: q\nhotter: ['+', ctrl-g]\nmouse:",
        )
        .unwrap();
        let action = |name| map.action(Key::parse(name).unwrap());
        assert_eq!(action("Q"), Some(Action::Quit));
        assert_eq!(action("q"), Some(Action::Rerun));
        assert_eq!(action("r"), None);
        assert_eq!(action("ctrl-g"), Some(Action::Hotter));
        assert_eq!(action("m"), None);
        assert_eq!(action("?"), Some(Action::Help));
        assert_eq!(parse("k", "").unwrap(), Keymap::default());
    }
}
