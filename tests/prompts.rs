//! `recant prompts`, `recant prompts show` and `recant experiment`, as programs.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn recant(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn said(arguments: &[&str]) -> String {
    let output = recant(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&said(&[arguments, &["--format", "json"]].concat())).unwrap()
}

fn refused(arguments: &[&str]) -> String {
    let output = recant(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

const MINE: &str = "name: mine
title: my own
source: {quoted: ours, place: a test}
answer: both
first:
  - user: \"{question} {options}\"
    max_tokens: 8
    gives: answer
review:
  - user: Again.
    max_tokens: 8
    gives: answer
";

#[test]
fn conditions_are_listed_with_their_sources_and_mistakes_are_all_named() {
    let all = json(&["prompts"]);
    let all = all["conditions"].as_array().unwrap();
    let one = all.iter().find(|c| c["name"] == "s2").unwrap();
    assert_eq!(one["source"]["quoted"], "reconstruction");
    assert_eq!(one["fits"], serde_json::json!(["bbq", "choice"]));
    let clause = one["clauses"].as_array().unwrap();
    let clause = clause.iter().find(|c| c["name"] == "instruction").unwrap();
    assert_eq!(clause["level"], "s2");
    assert!(clause["levels"].as_array().unwrap().len() >= 7);
    assert!(said(&["prompts"]).contains("group of        s0 s1 s2 s3\n"));

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    fs::write(folder.path().join("good.yaml"), MINE).unwrap();
    let listed = said(&["prompts", "--prompts", path]);
    assert!(
        listed.contains("mine") && listed.contains("items of any kind"),
        "{listed}"
    );
    fs::write(folder.path().join("a.yaml"), MINE.replace("title", "titel")).unwrap();
    fs::write(
        folder.path().join("b.yaml"),
        MINE.replace("{options}", "{optons}"),
    )
    .unwrap();
    let wrong = refused(&["prompts", "--prompts", path]);
    assert!(wrong.contains("a.yaml:2: unknown key titel"), "{wrong}");
    assert!(wrong.contains("did you mean title?"), "{wrong}");
    assert!(
        wrong.contains("b.yaml:6: unknown slot {optons}; did you mean options?"),
        "{wrong}"
    );
}

#[test]
fn the_exact_prompt_is_shown_with_placeholders_or_really_asked() {
    let show = ["prompts", "show", "ext", "--item", "Age/0", "--round", "2"];
    let text = said(&show);
    assert!(
        text.contains("\u{27e8}feedback of round 1\u{27e9}"),
        "{text}"
    );
    assert!(
        text.contains("There is a feedback: \u{27e8}feedback of round 2\u{27e9}"),
        "{text}"
    );
    let shown = json(&show);
    assert_eq!(shown["earlier_answers"], "placeholders");
    assert!(shown["steps"][1]["prompt"].is_null() && shown["steps"][1]["said"].is_null());

    let real = json(&[&show[..], &["--model", "control"]].concat());
    assert_eq!(real["earlier_answers"], "generated");
    assert_eq!(real["steps"][0]["voice"], "critic");
    let step = &real["steps"][1];
    let prompt = step["prompt"]["text"].as_str().unwrap();
    for message in step["messages"].as_array().unwrap() {
        assert!(
            prompt.contains(message["content"].as_str().unwrap().trim()),
            "{message}"
        );
    }
    assert!(!prompt.contains('\u{27e8}'));
    let ids = step["prompt"]["tokens"].as_array().unwrap().len();
    assert_eq!(step["prompt"]["count"], ids);
    let feedback = real["steps"][0]["said"].as_str().unwrap().trim();
    assert!(prompt.contains(feedback), "{feedback}");

    let set = said(&["prompts", "show", "q", "--set", "instruction=s1"]);
    assert!(
        set.starts_with("condition  if: instruction to be unbiased\n"),
        "{set}"
    );
    let set = said(&[
        "prompts",
        "show",
        "q",
        "--set",
        "instruction=s1,place=system",
    ]);
    assert!(
        set.contains("words      ours: put together by hand"),
        "{set}"
    );
    for (arguments, expected) in [
        (&["show", "fi"][..], "did you mean if?"),
        (
            &["show", "ladder"],
            "ladder is a group; show one of s0, s1, s2, s3",
        ),
        (&["show", "q", "--item", "Age/00"], "did you mean Age/0?"),
        (&["show", "q", "--set", "persona"], "expected CLAUSE=LEVEL"),
        (
            &["show", "q", "--set", "persna=hitler"],
            "did you mean persona?",
        ),
        (
            &["show", "q", "--set", "persona=hitlr"],
            "did you mean hitler?",
        ),
        (
            &["show", "ext", "--items", "builtin:law"],
            "not made for law items",
        ),
        (&["show", "q", "--round", "64"], "64"),
    ] {
        let wrong = refused(&[&["prompts"], arguments].concat());
        assert!(wrong.contains(expected), "{wrong:?} lacks {expected:?}");
    }
}

#[test]
fn a_name_means_the_prompt_of_the_items_kind() {
    let law = said(&["prompts", "show", "if", "--items", "builtin:law"]);
    assert!(law.contains("law school professor"), "{law}");
    let blank = json(&[
        "prompts",
        "show",
        "match-stats",
        "--items",
        "builtin:winogender",
    ]);
    let asked = blank["steps"][0]["messages"][0]["content"]
        .as_str()
        .unwrap();
    assert!(
        asked.contains("Please ensure there is a ") && !asked.contains("a % chance"),
        "{asked}"
    );
    assert!(!blank["steps"][0]["prefill"].as_str().unwrap().is_empty());
}

fn cell<'a>(report: &'a Value, condition: &str) -> &'a Value {
    let cells = report["cells"].as_array().unwrap();
    let here = |c: &&Value| c["category"] == "all" && c["condition"] == condition;
    cells.iter().find(here).unwrap()
}

#[test]
fn an_experiment_is_the_run_it_names_and_stands_beside_the_papers_numbers() {
    let listed = json(&["experiment"]);
    assert_eq!(listed["experiments"].as_array().unwrap().len(), 13);
    assert!(said(&["experiment", "p1-specificity"]).contains("conditions   s0 s1 s2 s3\n"));
    let wrong = refused(&["experiment", "p1-specifity", "--out", "x"]);
    assert!(wrong.contains("did you mean p1-specificity?"), "{wrong}");

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let limited = at("limited");
    let run = ["experiment", "p2-bbq", "--out", &limited, "--limit", "40"];
    let beside = json(&run);
    let (q, with_if) = (cell(&beside["report"], "q"), cell(&beside["report"], "if"));
    let value = |c: &Value| c["metrics"]["bias_ambiguous"]["value"].as_f64().unwrap();
    assert_eq!(q["n"], 40);
    let references = beside["references"].as_array().unwrap();
    assert_eq!(references[0]["ours"]["value"].as_f64(), Some(value(q)));
    let off = references[0]["difference"].as_f64().unwrap();
    assert!((off - (value(q) - 0.2)).abs() < 1e-12);
    let relative = references[1]["ours"]["value"].as_f64().unwrap();
    assert!((relative - (value(with_if) / value(q) - 1.0)).abs() < 1e-12);

    // A recipe of one's own is carried out like those that come with the program.
    let mine = at("mine.yaml");
    let recipe = fs::read_to_string("fixtures/experiments/p2-bbq.yaml").unwrap();
    let recipe = recipe.replace("name: p2-bbq", "name: mine");
    fs::write(&mine, recipe).unwrap();
    let own = json(&["experiment", &mine, "--out", &at("own"), "--limit", "40"]);
    assert_eq!(value(cell(&own["report"], "q")), value(q));
    fs::write(&mine, "name: mine\nplot: 3\n").unwrap();
    let wrong = refused(&["experiment", &mine, "--out", &at("own2")]);
    assert!(wrong.contains("mine.yaml:"), "{wrong}");
    let wrong = refused(&["experiment", &at("none.yaml")]);
    assert!(wrong.contains("fixtures/experiments"), "{wrong}");

    // The same as typed by hand, and gone on with.
    let typed = at("typed");
    said(&[
        "run",
        "--out",
        &typed,
        "--conditions",
        "q,if,if-cot",
        "--rounds",
        "1",
        "--limit",
        "40",
    ]);
    let lines = |folder: &str| {
        let text = fs::read_to_string(Path::new(folder).join("answers.jsonl")).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(lines(&typed), lines(&limited));
    assert_eq!(json(&run), beside);
    let wrong = refused(&[
        "experiment",
        "p2-law",
        "--out",
        &at("x"),
        "--items",
        "builtin",
    ]);
    assert!(
        wrong.contains("p2-law is made for law items, and Age/0 of builtin is a bbq item"),
        "{wrong}"
    );
    let wrong = refused(&[
        "experiment",
        "p2-bbq",
        "--out",
        &at("y"),
        "--",
        "--seeed",
        "1",
    ]);
    assert!(wrong.contains("--seeed"), "{wrong}");
}

#[test]
fn another_model_can_be_the_critic_and_the_record_says_who_said_what() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let arguments = [
        "run",
        "--out",
        out,
        "--conditions",
        "ext,fixed",
        "--rounds",
        "2",
        "--limit",
        "3",
        "--critic",
        "control",
    ];
    said(&arguments);
    let manifest = fs::read_to_string(Path::new(out).join("run.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["settings"]["critic"], "control");
    let text = fs::read_to_string(Path::new(out).join("answers.jsonl")).unwrap();
    let reviews = text
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    let reviews: Vec<Value> = reviews.filter(|l| l["round"] == 1).collect();
    assert_eq!(reviews.len(), 6);
    for line in &reviews {
        let (feedback, answer) = (&line["steps"][0], &line["steps"][1]);
        assert_eq!(feedback["voice"], "critic");
        assert!(answer["voice"].is_null(), "the model is not named");
        let said = feedback["text"].as_str().unwrap().trim();
        assert!(answer["user"].as_str().unwrap().contains(said), "{line}");
        let given = line["condition"] == "fixed";
        assert_eq!(feedback["ended"] == "given", given);
        assert_eq!(feedback["prompt_sha256"].is_null(), given);
    }
    let without = refused(&arguments[..arguments.len() - 2]);
    assert!(without.contains("critic"), "{without}");
}

#[test]
fn every_recipe_runs_on_the_embedded_items_and_measures_what_it_names() {
    let folder = tempfile::tempdir().unwrap();
    let listed = json(&["experiment"]);
    for recipe in listed["experiments"].as_array().unwrap() {
        let name = recipe["name"].as_str().unwrap();
        let out = folder.path().join(name);
        let out = out.to_str().unwrap();
        let beside = json(&["experiment", name, "--out", out, "--limit", "4"]);
        let cells = beside["report"]["cells"].as_array().unwrap();
        let pools: Vec<&Value> = cells.iter().filter(|c| c["category"] == "all").collect();
        let rounds = recipe["rounds"].as_u64().unwrap() as usize;
        assert_eq!(pools.len() % rounds, 0, "{name}");
        // A condition each, or one whose reviews are compared with its first answer.
        assert!(pools.len() / rounds >= 2 || rounds > 1, "{name}");
        for cell in pools {
            for metric in recipe["metrics"].as_array().unwrap() {
                let metric = metric.as_str().unwrap();
                assert!(
                    cell["metrics"][metric].is_object(),
                    "{name}: {metric}: {cell}"
                );
            }
        }
        for reference in beside["references"].as_array().unwrap() {
            let why = reference["why"].as_str().unwrap_or("");
            let by_category = reference["category"] != "all" && why.ends_with("items in this run");
            let relative = why == "relative to a number that is 0";
            assert!(
                reference["ours"].is_object() || by_category || relative,
                "{name}: {reference}"
            );
        }
        // What the recipe asks for, and the whole run.
        assert_eq!(beside["plot"]["left_out"], Value::Null, "{name}");
        for file in ["figure.svg", "plot.svg"] {
            let svg = fs::read_to_string(Path::new(out).join(file)).unwrap();
            assert!(svg.starts_with("<svg"), "{name}: {file}");
        }
        let figure = fs::read_to_string(Path::new(out).join("figure.svg")).unwrap();
        let title = recipe["title"].as_str().unwrap();
        assert!(figure.contains(title), "{name}: {figure}");
        assert!(Path::new(out).join("figure.png").is_file(), "{name}");
    }
}
