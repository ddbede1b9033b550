//! What recipes there are, and what one does.

use std::process::ExitCode;

use serde_json::json;

use crate::domain::{Drawing, Plot, Recipe};
use crate::report::{WIDTH, ascii, wrap};

use super::super::cli::{ContextArg, Format};
use super::super::failure::Failure;
use super::super::print;

/// All recipes.
///
/// # Errors
/// Standard output is gone.
pub fn list(format: Format, recipes: &[Recipe]) -> Result<ExitCode, Failure> {
    if format == Format::Json {
        let one = |r: &Recipe| {
            json!({
                "name": r.name, "title": r.title, "paper": r.paper, "question": r.question,
                "items": r.items, "context": r.context.map(|c| ContextArg::of(c).name()),
                "only": r.only, "paper_items": r.paper_items, "conditions": r.conditions,
                "rounds": r.rounds, "samples": r.samples, "metrics": r.metrics,
                "plot": {"metrics": r.plot.metrics, "figure": r.plot.drawing.name()},
                "references": r.references.len(), "apart": r.apart,
                "apart_builtin": r.apart_builtin, "missing": r.missing,
            })
        };
        let all: Vec<_> = recipes.iter().map(one).collect();
        return print(&ascii(
            &json!({"recant": env!("CARGO_PKG_VERSION"), "experiments": all}),
        ));
    }
    let width = recipes.iter().map(|r| r.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for r in recipes {
        out.push_str(&format!("{:<width$}  {}\n", r.name, r.title));
    }
    out.push_str("\nrecant experiment NAME says what it does; with --out FOLDER it does it\n");
    print(&out)
}

/// What a recipe does, before it is done.
pub fn about(recipe: &Recipe) -> String {
    let r = recipe;
    let answers = match r.by_options {
        true => "the most probable option",
        false => "what the model says",
    };
    let mut out = String::new();
    for line in [&r.title, &r.paper, &r.question] {
        if line.is_empty() {
            continue;
        }
        out.push_str(&(wrap(line, WIDTH).join("\n") + "\n"));
    }
    out.push('\n');
    let mut put = |name: &str, text: &str| {
        for (no, line) in wrap(text, WIDTH - 13).iter().enumerate() {
            let name = if no == 0 { name } else { "" };
            out.push_str(&format!("{name:<11}  {line}\n"));
        }
    };
    let mut items = r.items.join(" ");
    if let Some(context) = r.context {
        items += &format!(", {} contexts", ContextArg::of(context).name());
    }
    if !r.only.is_empty() {
        items += &format!(", only {}", r.only.join(", "));
    }
    put("items", &items);
    if !r.paper_items.is_empty() {
        put("the paper's", &r.paper_items);
    }
    put("conditions", &r.conditions.join(" "));
    put("rounds", &r.rounds.to_string());
    put(
        "answers",
        &format!("{answers}, temperature {}", r.temperature),
    );
    put("metrics", &r.metrics.join(" "));
    put("figure", &figure(&r.plot));
    put(
        "references",
        &match r.references.len() {
            0 => "none are known".to_owned(),
            n => format!("{n} numbers of the paper or its data to hold ours against"),
        },
    );
    for (title, lines) in [("apart", &r.apart), ("missing", &r.missing)] {
        for line in lines {
            put(title, line);
        }
    }
    out.push_str("\n--out FOLDER carries it out; --items, --model, --limit N narrow or widen it\n");
    out
}

/// A figure in words.
pub fn figure(plot: &Plot) -> String {
    let metrics = plot.metrics.join(" and ");
    match plot.drawing {
        Drawing::Conditions => format!("{metrics} by condition"),
        Drawing::Rounds => format!("{metrics} by round, a line a condition"),
        Drawing::Scatter => "P(she) of every occupation against its share of women".to_owned(),
    }
}
