//! `plot:` of a recipe: `METRIC`, or `{metric: NAME or [NAME, …], figure: KIND}`. Where no figure is named,
//! rounds stand across if there are several, else conditions.

use serde_yaml::Value;

use crate::domain::{Drawing, Kind, Plot};

use super::super::yaml::{Mistake, Source, did_you_mean};

/// Reads it. Only what the recipe measures can be drawn.
///
/// # Errors
/// The first mistake, with its line.
pub fn read(
    source: &Source<'_>,
    raw: &Value,
    measured: &[String],
    kind: Kind,
    rounds: u16,
) -> Result<Plot, Mistake> {
    let at = source.line_of("plot", 0);
    // A long value goes over several lines: the mistake is where its word is.
    let wrong = |word: &str, what: String| {
        source.mistake(source.line_with(word, at), format!("plot: {what}"))
    };
    let kinds = || Drawing::ALL.iter().map(|d| d.name());
    let expected = || {
        let kinds: Vec<&str> = kinds().collect();
        let kinds = kinds.join("|");
        let what = format!("a metric's name, or {{metric: NAME, figure: {kinds}}}");
        wrong("plot", what)
    };
    let (mut metrics, mut drawing) = (Vec::new(), None);
    match raw {
        Value::String(name) => metrics.push(name.clone()),
        Value::Mapping(lines) => {
            for (key, value) in lines {
                match (key.as_str(), value) {
                    (Some("metric"), value) => metrics = names(value).ok_or_else(expected)?,
                    (Some("figure"), Value::String(name)) => {
                        let known = Drawing::ALL.into_iter().find(|d| d.name() == name);
                        let hint = || did_you_mean(name, kinds());
                        let unknown = || wrong(name, format!("unknown figure {name}{}", hint()));
                        drawing = Some(known.ok_or_else(unknown)?);
                    }
                    (Some(other), _) if other != "figure" => {
                        let hint = did_you_mean(other, ["metric", "figure"]);
                        return Err(wrong(other, format!("unknown {other}{hint}")));
                    }
                    _ => return Err(expected()),
                }
            }
        }
        _ => return Err(expected()),
    }
    if metrics.is_empty() {
        return Err(wrong("plot", "metric: name at least one".to_owned()));
    }
    if let Some(other) = metrics.iter().find(|name| !measured.contains(name)) {
        return Err(wrong(other, format!("{other} is none of the metrics")));
    }
    let drawing = drawing.unwrap_or(match rounds {
        1 => Drawing::Conditions,
        _ => Drawing::Rounds,
    });
    match drawing {
        Drawing::Scatter if kind != Kind::Winogender => {
            let kind = kind.name();
            let what = format!(
                "a scatter has occupations on it, and {kind} items have none; conditions or rounds"
            );
            Err(wrong("scatter", what))
        }
        Drawing::Rounds if rounds == 1 => {
            let what = "one round is no line; conditions, or more rounds".to_owned();
            Err(wrong("rounds", what))
        }
        Drawing::Scatter | Drawing::Rounds | Drawing::Conditions => Ok(Plot { metrics, drawing }),
    }
}

/// A name, or a list of them.
fn names(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(name) => Some(vec![name.clone()]),
        Value::Sequence(all) => all.iter().map(|n| Some(n.as_str()?.to_owned())).collect(),
        _ => None,
    }
}
