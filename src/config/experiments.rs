//! `fixtures/experiments/*.yaml`, and files of one's own like them → recipes.

mod own;
mod plot;

pub use own::references_asked;

use serde::Deserialize;

use crate::domain::{CellName, ContextKind, Evidence, Kind, Quantity, Recipe, Reference};

use super::yaml::{Mistake, Source, did_you_mean, near};

macro_rules! recipe {
    ($name:literal) => {
        (
            concat!("fixtures/experiments/", $name, ".yaml"),
            include_str!(concat!("../../fixtures/experiments/", $name, ".yaml")),
        )
    };
}

/// The recipes in the program: (file name, text), in the papers' order.
const EMBEDDED: [(&str, &str); 13] = [
    recipe!("p1-specificity"),
    recipe!("p1-negation"),
    recipe!("p1-cot"),
    recipe!("p1-winogender"),
    recipe!("p2-bbq"),
    recipe!("p2-winogender"),
    recipe!("p2-law"),
    recipe!("p3-convergence"),
    recipe!("p3-uncertainty"),
    recipe!("p3-toxicity"),
    recipe!("p3-jailbreak"),
    recipe!("p4-feedback"),
    recipe!("p4-distinguish"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    title: String,
    #[serde(default)]
    paper: String,
    question: String,
    kind: String,
    items: Vec<String>,
    context: Option<FileContext>,
    #[serde(default)]
    only: Vec<String>,
    #[serde(default)]
    paper_items: String,
    conditions: Vec<String>,
    rounds: u16,
    #[serde(default = "one")]
    samples: u16,
    answers: FileAnswers,
    #[serde(default)]
    belief: bool,
    temperature: f64,
    metrics: Vec<String>,
    plot: serde_yaml::Value,
    #[serde(default)]
    references: Vec<FileReference>,
    #[serde(default)]
    apart: Vec<String>,
    #[serde(default)]
    apart_builtin: Vec<String>,
    #[serde(default)]
    missing: Vec<String>,
}

fn one() -> u16 {
    1
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileAnswers {
    Generate,
    Options,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileContext {
    Ambiguous,
    Disambiguated,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileCell {
    condition: String,
    #[serde(default)]
    round: u16,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileReference {
    condition: String,
    #[serde(default)]
    round: u16,
    metric: String,
    less: Option<FileCell>,
    relative_to: Option<FileCell>,
    category: Option<String>,
    value: f64,
    of: String,
    place: Option<String>,
    evidence: String,
    apart: Option<String>,
}

/// Reads a recipe.
///
/// # Errors
/// The first mistake, with its line.
pub fn parse(file: &str, text: &str) -> Result<Recipe, Mistake> {
    let source = Source { file, text };
    let raw: File = source.value().map_err(|m| own::all_missing(&source, m))?;
    for (key, n) in [("rounds", raw.rounds), ("samples", raw.samples)] {
        if n == 0 {
            return Err(source.mistake_at(&format!("{key}:"), format!("{key}: 1 or more")));
        }
    }
    for (key, list) in [
        ("items", &raw.items),
        ("conditions", &raw.conditions),
        ("metrics", &raw.metrics),
    ] {
        if list.is_empty() {
            return Err(source.mistake_at(&format!("{key}:"), format!("{key}: name at least one")));
        }
    }
    let Some(kind) = Kind::of(&raw.kind) else {
        let hint = did_you_mean(&raw.kind, Kind::ALL.iter().map(|k| k.name()));
        return Err(source.mistake_at("kind:", format!("kind: unknown {}{hint}", raw.kind)));
    };
    own::metrics(&source, kind, &raw.metrics)?;
    let plot = plot::read(&source, &raw.plot, &raw.metrics, kind, raw.rounds)?;
    let mut references = Vec::new();
    for reference in raw.references {
        let reference = read(&source, reference, raw.rounds)?;
        own::value(&source, kind, &reference)?;
        references.push(reference);
    }
    Ok(Recipe {
        name: raw.name,
        title: raw.title,
        paper: raw.paper,
        question: raw.question,
        kind,
        items: raw.items,
        context: raw.context.map(|context| match context {
            FileContext::Ambiguous => ContextKind::Ambiguous,
            FileContext::Disambiguated => ContextKind::Disambiguated,
        }),
        only: raw.only,
        paper_items: raw.paper_items,
        conditions: raw.conditions,
        rounds: raw.rounds,
        samples: raw.samples,
        by_options: matches!(raw.answers, FileAnswers::Options),
        belief: raw.belief,
        temperature: raw.temperature,
        metrics: raw.metrics,
        plot,
        references,
        apart: raw.apart,
        apart_builtin: raw.apart_builtin,
        missing: raw.missing,
    })
}

fn read(source: &Source<'_>, raw: FileReference, rounds: u16) -> Result<Reference, Mistake> {
    let evidence = Evidence::ALL.into_iter().find(|e| e.name() == raw.evidence);
    let Some(evidence) = evidence else {
        let hint = near(&raw.evidence, Evidence::ALL.iter().map(|e| e.name()));
        let what = format!("references: unknown evidence {}{hint}", raw.evidence);
        return Err(source.mistake_at(&format!("evidence: {}", raw.evidence), what));
    };
    let cell = |raw: FileCell| CellName {
        condition: raw.condition,
        round: raw.round,
    };
    let quantity = match (raw.less, raw.relative_to) {
        (None, None) => Quantity::Value,
        (Some(other), None) => Quantity::Difference(cell(other)),
        (None, Some(other)) => Quantity::Relative(cell(other)),
        (Some(_), Some(_)) => {
            let what = "references: either less or relative_to, not both";
            return Err(source.mistake_at("relative_to:", what));
        }
    };
    let of = CellName {
        condition: raw.condition,
        round: raw.round,
    };
    let other = match &quantity {
        Quantity::Value => None,
        Quantity::Difference(other) | Quantity::Relative(other) => Some(other),
    };
    if let Some(late) = [Some(&of), other]
        .into_iter()
        .flatten()
        .find(|c| c.round >= rounds)
    {
        let what = format!(
            "references: round {} of {rounds}; the first one is 0",
            late.round
        );
        return Err(source.mistake_at(&format!("round: {}", late.round), what));
    }
    Ok(Reference {
        cell: of,
        metric: raw.metric,
        quantity,
        category: raw.category,
        value: raw.value,
        of: raw.of,
        place: raw.place,
        evidence,
        apart: raw.apart,
    })
}

/// The recipes in the program.
///
/// # Errors
/// Never: a test reads them.
pub fn embedded() -> Result<Vec<Recipe>, Mistake> {
    let recipes = EMBEDDED.iter();
    recipes.map(|(file, text)| parse(file, text)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::prompts;
    use crate::domain::{Drawing, Plot};

    #[test]
    fn the_embedded_recipes_name_conditions_that_there_are() {
        let conditions = prompts::embedded().unwrap();
        let recipes = embedded().unwrap();
        for (recipe, (file, _)) in recipes.iter().zip(EMBEDDED) {
            assert_eq!(file, format!("fixtures/experiments/{}.yaml", recipe.name));
            let here = conditions.iter().filter(|c| c.fits.contains(&recipe.kind));
            let here: Vec<_> = here.cloned().collect();
            let chosen = prompts::choose(&here, &recipe.conditions);
            let chosen = chosen.unwrap_or_else(|e| panic!("{file}: {e}"));
            for reference in &recipe.references {
                let other = match &reference.quantity {
                    Quantity::Value => None,
                    Quantity::Difference(other) | Quantity::Relative(other) => Some(other),
                };
                for cell in [Some(&reference.cell), other].into_iter().flatten() {
                    let asked = chosen.iter().any(|c| *c.name == *cell.condition);
                    assert!(asked, "{file}: {} is not asked", cell.condition);
                }
                assert!(recipe.metrics.contains(&reference.metric), "{file}");
                assert!(reference.value.abs() <= 1.0, "{file}: fractions");
            }
        }
    }

    #[test]
    fn mistakes_are_named_with_file_line_and_remedy() {
        let good = EMBEDDED
            .iter()
            .find(|(file, _)| file.contains("p2-bbq"))
            .unwrap()
            .1;
        let table = [
            (
                good.replace("evidence: paper", "evidence: papr"),
                "unknown evidence papr; did you mean paper?",
            ),
            (good.replace("metrics:", "metric:"), "did you mean metrics?"),
            (good.replace("rounds: 1", "rounds: 0"), "rounds: 1 or more"),
            (
                good.replace("plot: bias_ambiguous", "plot: bias"),
                "plot: bias is none of the metrics",
            ),
            (
                good.replace(
                    "plot: bias_ambiguous",
                    "plot: {metric: bias_ambiguous, figure: scater}",
                ),
                "plot: unknown figure scater; did you mean scatter?",
            ),
            (
                good.replace(
                    "plot: bias_ambiguous",
                    "plot: {metric: bias_ambiguous, figure: scatter}",
                ),
                "plot: a scatter has occupations on it, and bbq items have none; conditions or rounds",
            ),
            (
                good.replace(
                    "plot: bias_ambiguous",
                    "plot: {metric: bias_ambiguous, figure: rounds}",
                ),
                "plot: one round is no line; conditions, or more rounds",
            ),
            (
                good.replace("plot: bias_ambiguous", "plot: {metrc: bias_ambiguous}"),
                "plot: unknown metrc; did you mean metric?",
            ),
            (
                good.replace("plot: bias_ambiguous", "plot: {figure: conditions}"),
                "plot: metric: name at least one",
            ),
            (
                good.replace("plot: bias_ambiguous", "plot: 3"),
                "plot: a metric's name, or {metric: NAME, figure: conditions|rounds|scatter}",
            ),
            (
                good.replacen("condition: q", "condition: q\n    round: 3", 1),
                "round 3 of 1",
            ),
        ];
        for (text, expected) in table {
            let said = parse("r.yaml", &text).unwrap_err().to_string();
            assert!(
                said.contains(expected) && said.starts_with("r.yaml:"),
                "{said}"
            );
        }
        let lines = "plot:\n  metric: bias_ambiguous\n  figure: bars";
        let said = parse("r.yaml", &good.replace("plot: bias_ambiguous", lines));
        let at = good.lines().position(|l| l.starts_with("plot:")).unwrap() + 3;
        let said = said.unwrap_err().to_string();
        assert!(
            said.starts_with(&format!("r.yaml:{at}: plot: unknown figure bars; known: ")),
            "{said}"
        );
    }

    #[test]
    fn a_recipe_of_ones_own_is_checked_before_it_runs() {
        let said = |text: &str| parse("mine.yaml", text).unwrap_err().to_string();
        let few = said("name: mine\ntitle: Mine\nkind: bbq\n");
        let all = "question, items, conditions, rounds, answers, temperature, metrics and plot are missing";
        assert!(few.contains(all), "{few}");
        let mine = "name: mine\ntitle: Mine\nquestion: what?\nkind: bbq\nitems: [builtin]\n\
            conditions: [s0, s1]\nrounds: 2\nanswers: generate\ntemperature: 0\n\
            metrics: [bias_ambiguous]\nplot: bias_ambiguous\nreferences:\n  \
            - {condition: s0, metric: bias_ambiguous, value: 0.3, of: x, evidence: paper}\n";
        let good = parse("mine.yaml", mine).unwrap();
        assert_eq!((&*good.paper, &*good.paper_items), ("", ""));
        assert!(references_asked(("mine.yaml", mine), &good, &["s0", "s1"]).is_ok());
        let why = references_asked(("mine.yaml", mine), &good, &["s2"]).unwrap_err();
        let why = why.to_string();
        assert!(
            why.starts_with("mine.yaml:13: references: s0 is not among the conditions"),
            "{why}"
        );
        for (from, to, expected) in [
            (
                "metrics: [bias_ambiguous]",
                "metrics: [bias_ambigous]",
                "mine.yaml:10: metrics: bbq items have no bias_ambigous; did you mean bias_ambiguous?",
            ),
            (
                "metrics: [bias_ambiguous]",
                "metrics: [toxicity]",
                "mine.yaml:10: metrics: bbq items have no toxicity; ",
            ),
            (
                "value: 0.3",
                "value: 30",
                "mine.yaml:13: references: value 30: bias_ambiguous lies between -1 and 1; 0.3 for 30 %",
            ),
        ] {
            let text = mine.replacen(from, to, 1);
            assert!(said(&text).starts_with(expected), "{}", said(&text));
        }
    }

    #[test]
    fn a_figure_follows_from_the_rounds_where_none_is_named() {
        let of = |name: &str| {
            let recipes = embedded().unwrap();
            recipes.into_iter().find(|r| r.name == name).unwrap().plot
        };
        let plot = |metrics: &[&str], drawing| Plot {
            metrics: metrics.iter().map(|m| (*m).to_owned()).collect(),
            drawing,
        };
        assert_eq!(of("p2-bbq"), plot(&["bias_ambiguous"], Drawing::Conditions));
        assert_eq!(
            of("p3-convergence"),
            plot(&["accuracy_ambiguous"], Drawing::Rounds)
        );
        assert_eq!(
            of("p4-feedback"),
            plot(&["accuracy_ambiguous"], Drawing::Conditions)
        );
        assert_eq!(
            of("p3-uncertainty"),
            plot(&["ece", "option_entropy"], Drawing::Rounds)
        );
        assert_eq!(
            of("p2-winogender"),
            plot(&["pearson_female"], Drawing::Scatter)
        );
    }
}
