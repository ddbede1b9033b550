//! The settings file: `option: value`, one line an option, named as on the command line. What the command
//! line says comes first.
//!
//! Knows the file's form, not which options there are: the command line's own table says that.

use serde_yaml::Value;

use super::yaml::{Mistake, Source, did_you_mean};

/// One option with the values that the file gives it, as words of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The option's long name.
    pub name: String,
    /// Its values; none for `null`, which leaves the option as it is.
    pub values: Vec<String>,
    /// Where it stands, 1-based.
    pub line: usize,
}

/// Reads a settings file. `known` are the names that an option can have.
///
/// # Errors
/// The first unknown name or value that is no word of a command line.
pub fn parse(file: &str, text: &str, known: &[&str]) -> Result<Vec<Setting>, Mistake> {
    let source = Source { file, text };
    let map = match source.value()? {
        Value::Null => return Ok(Vec::new()),
        Value::Mapping(map) => map,
        _ => return Err(source.mistake(1, "expected lines like `theme: dark`")),
    };
    let mut settings = Vec::new();
    for (name, value) in &map {
        let Some(name) = name.as_str() else {
            return Err(source.mistake(1, "an option's name must be text"));
        };
        let line = source.line_of(name, 0);
        if !known.contains(&name) {
            let hint = did_you_mean(name, known.iter().copied());
            return Err(source.mistake(line, format!("unknown option {name}{hint}")));
        }
        let word = |value: &Value| {
            word(value).ok_or_else(|| {
                let what = format!("{name}: expected a value or a list like [a, b]");
                source.mistake(line, what)
            })
        };
        let values = match value {
            Value::Null => Vec::new(),
            Value::Sequence(list) => list.iter().map(word).collect::<Result<_, _>>()?,
            one => vec![word(one)?],
        };
        settings.push(Setting {
            name: name.to_owned(),
            values,
            line,
        });
    }
    Ok(settings)
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(word) => Some(word.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        Value::Null | Value::Sequence(_) | Value::Mapping(_) | Value::Tagged(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 4] = ["theme", "rounds", "conditions", "offline"];

    #[test]
    fn values_become_words() {
        let text = "# mine\ntheme: dark\nrounds: 3\nconditions: [q, if]\noffline: true\n";
        let settings = parse("config.yaml", text, &KNOWN).unwrap();
        let shown: Vec<String> = settings
            .iter()
            .map(|s| format!("{}:{}={}", s.line, s.name, s.values.join("|")))
            .collect();
        assert_eq!(
            shown,
            [
                "2:theme=dark",
                "3:rounds=3",
                "4:conditions=q|if",
                "5:offline=true"
            ]
        );
        assert_eq!(parse("c", "theme:\n", &KNOWN).unwrap()[0].values.len(), 0);
        assert_eq!(parse("c", "# nothing\n", &KNOWN).unwrap(), []);
    }

    #[test]
    fn mistakes_say_where_and_what_would_be_right() {
        for (text, said) in [
            (
                "rounds: 2\nthem: dark",
                "c.yaml:2: unknown option them; did you mean theme?",
            ),
            (
                "theme: {a: b}",
                "c.yaml:1: theme: expected a value or a list like [a, b]",
            ),
            ("- theme", "c.yaml:1: expected lines like `theme: dark`"),
            ("theme: [", "c.yaml:2: did not find expected node content"),
        ] {
            let mistake = parse("c.yaml", text, &KNOWN).unwrap_err();
            assert!(mistake.to_string().starts_with(said), "{mistake}");
        }
    }
}
