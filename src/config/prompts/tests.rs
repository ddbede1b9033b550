use super::*;
use crate::domain::{Kind, Quoted, Slot};

const GOOD: &str = r#"# A plain one.
name: plain
title: a plain question
source: {quoted: ours, place: a test}
answer: both
first:
  - user: "{context} {question} {options}."
    prefill: The answer is
    max_tokens: 24
    gives: answer
review:
  - user: Review it.
    max_tokens: 24
    gives: answer
"#;

const FAMILY: &str = r#"family: fam
title: a family
answer: both
clauses:
  - name: norm
    title: the norm
    levels:
      none: ""
      fair: " Be fair."
  - name: place
    title: where it stands
    levels:
      user: {user: "{norm}", system: ""}
      system: {user: "", system: "{norm}"}
  - name: critic
    title: who comments
    levels:
      none: ""
      other: ""
system: "{place.system}"
first:
  - user: "{question}{place.user}"
    max_tokens: 8
    gives: answer
review:
  - when: {critic: other}
    critic: "What of {answer}?"
    max_tokens: 8
    gives: feedback
  - when: {critic: other}
    user: "Told: {feedback}"
    max_tokens: 8
    gives: answer
  - when: {critic: none}
    user: Again.
    max_tokens: 8
    gives: answer
conditions:
  - name: bare
    title: nothing
    source: {quoted: verbatim, place: a paper}
  - name: fair
    title: fair
    source: {quoted: verbatim, place: a paper}
    groups: [both]
    set: {norm: fair}
  - name: told
    title: told
    source: {quoted: verbatim, place: a paper}
    groups: [both]
    set: {critic: other}
"#;

#[test]
fn the_embedded_prompts_are_right() {
    let all = embedded().unwrap();
    let members = |group_name| -> Vec<String> {
        let bbq = group(&all, group_name).filter(|c| c.fits.contains(&Kind::Bbq));
        bbq.map(|c| c.name.to_string()).collect()
    };
    assert_eq!(members(DEFAULT_GROUP), ["q", "if", "if-cot", "unethical"]);
    assert_eq!(members("ladder"), ["s0", "s1", "s2", "s3"]);
    assert_eq!(members("paraphrases").len(), 10);
    let names: Vec<&str> = all.iter().map(|c| &*c.name).collect();
    for kind in Kind::ALL {
        let here = all.iter().filter(|c| c.fits.contains(&kind));
        let mut here: Vec<&str> = here.map(|c| &*c.name).collect();
        let count = here.len();
        here.sort_unstable();
        here.dedup();
        assert_eq!(here.len(), count, "{kind:?}: a name is given twice");
        assert!(here.contains(&"q") && here.contains(&"if"), "{kind:?}");
    }
    for condition in &all {
        assert_eq!(condition.fault(), None, "{}", condition.name);
        assert!(!condition.source.place.is_empty(), "{}", condition.name);
        for group in &condition.groups {
            assert!(
                !names.contains(&group.as_str()),
                "{group}: group and condition"
            );
        }
    }
}

#[test]
fn the_examples_in_the_description_are_right() {
    let description = include_str!("../../../prompts/README.md");
    let blocks = description.split("```yaml\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|b| b.split("```").next()).collect();
    let [one, family] = blocks.as_slice() else {
        panic!("{} examples", blocks.len())
    };
    assert_eq!(parse("one", one).unwrap().len(), 1);
    let family = parse("family", family).unwrap();
    assert!(family[1].with("place", "system").unwrap().system.is_some());
    for slot in Slot::ALL {
        let written = format!("`{{{}}}`", slot.name());
        assert!(description.contains(&written), "{written} is not described");
    }
}

#[test]
fn clauses_make_other_conditions_of_one() {
    let all = parse("f.yaml", FAMILY).unwrap();
    let bare = &all[0];
    let fair = bare.with("norm", "fair").unwrap();
    assert_eq!(fair, all[1], "levels that have a name are that condition");
    let told = fair.with("critic", "other").unwrap();
    assert_eq!(&*told.name, "fair+critic=other");
    assert_eq!(told.source.quoted, Quoted::Ours);
    assert_eq!(told.review.len(), 2);
    assert!(told.asks_critic() && !bare.asks_critic());
    let standing = fair.with("place", "system").unwrap();
    assert_eq!(standing.system.unwrap().to_string(), "Be fair.");
    assert_eq!(standing.first[0].says.to_string(), "{question}");
    assert_eq!(bare.with("norm", "unfair"), None);
    assert_eq!(bare.with("mood", "fair"), None);
    let next = bare.stepped("norm", 1).unwrap();
    assert_eq!(&next, &fair);
    assert_eq!(next.stepped("norm", 1).as_ref(), Some(bare));
    assert_eq!(bare.stepped("norm", -1), Some(next));
    assert_eq!(bare.stepped("norm", 2), None);
    let levels: Vec<_> = told.clauses().map(|c| c.level_name()).collect();
    assert_eq!(levels, ["fair", "user", "other"]);
    assert_eq!(parse("p.yaml", GOOD).unwrap()[0].with("norm", "fair"), None);
}

#[test]
fn every_key_of_every_embedded_condition_leaves_something_to_ask() {
    let mut whole = 0;
    let mut passed_over = Vec::new();
    for condition in embedded().unwrap() {
        for at in condition.clauses() {
            for level in &at.clause.levels {
                match condition.with(&at.clause.name, &level.name) {
                    Some(_) => whole += 1,
                    None => passed_over.push(format!("{}={}", at.clause.name, level.name)),
                }
            }
        }
    }
    assert!(whole > 1000, "{whole}");
    // Feedback can only be repeated where there is some.
    passed_over.retain(|level| level != "review=p4-feedback" && level != "critic=none");
    assert_eq!(passed_over, Vec::<String>::new());
}

#[test]
fn names_and_groups_choose() {
    let all: Vec<Arc<Condition>> = parse("f", FAMILY)
        .unwrap()
        .into_iter()
        .map(Arc::new)
        .collect();
    let chosen = |names: &[&str]| {
        let names: Vec<String> = names.iter().map(|n| (*n).to_owned()).collect();
        let chosen = choose(&all, &names)?;
        Ok::<Vec<String>, String>(chosen.iter().map(|c| c.name.to_string()).collect())
    };
    assert_eq!(chosen(&["both", "bare"]).unwrap(), ["fair", "told", "bare"]);
    assert_eq!(chosen(&["told", "both"]).unwrap(), ["told", "fair"]);
    assert!(
        chosen(&["fair", "fair"])
            .unwrap_err()
            .contains("named twice")
    );
    let said = chosen(&["fiar"]).unwrap_err();
    assert!(said.contains("did you mean fair?"), "{said}");
    let said = chosen(&["bothh"]).unwrap_err();
    assert!(said.contains("did you mean both?"), "{said}");
}

#[test]
fn mistakes_are_named_with_file_line_and_remedy() {
    let table = [
        (
            GOOD.replace("{context}", "{contxt}"),
            "p.yaml:7: unknown slot {contxt}; did you mean context?",
        ),
        (
            GOOD.replace("answer: both", "answer: bth"),
            "unknown word bth",
        ),
        (
            GOOD.replace("title:", "titel:"),
            "p.yaml:3: unknown key titel",
        ),
        (GOOD.replace("title:", "titel:"), "did you mean title?"),
        (GOOD.replace("prefill:", "prefil:"), "did you mean prefill?"),
        (
            GOOD.replace("gives: answer", "gives: reasoning"),
            "p.yaml:6: first: needs steps of which the last",
        ),
        (
            GOOD.replacen("max_tokens: 24", "max_tokens: 0", 1),
            "p.yaml:9: first: max_tokens is 0",
        ),
        (
            GOOD.replacen("    max_tokens: 24\n", "", 1),
            "p.yaml:7: first: max_tokens is missing",
        ),
        (
            GOOD.replacen("max_tokens: 24", "max_tokens: 24\n    stop: ['']", 1),
            "p.yaml:10: first: an empty stop string",
        ),
        (
            GOOD.replace("{context} {question} {options}", "Who?"),
            "p.yaml:6: first: round 0 never asks",
        ),
        (
            GOOD.replace("{options}", "{options"),
            "a brace without its partner",
        ),
        (
            GOOD.replace("name: plain", "name: 'q q'"),
            "p.yaml:2: family: \"q q\": a name is one word",
        ),
        (
            GOOD.replace("Review it.", "Of {feedback}."),
            "p.yaml:11: review: {feedback} stands where no feedback was given",
        ),
        (
            GOOD.replace("Who", "x")
                .replace("{question}", "{question} {answer}"),
            "first: {answer} stands where no answer",
        ),
        (
            GOOD.replace("- user: Review", "- user: x\n    tool: Review"),
            "p.yaml:11: review: every step has exactly one of",
        ),
        (
            GOOD.replace("source:", "family: f\nsource:"),
            "expected either name and source",
        ),
        (
            "- nothing".to_owned(),
            "p.yaml:1: expected lines like `key: value`",
        ),
        (
            FAMILY.replace("set: {norm: fair}", "set: {nrom: fair}"),
            "p.yaml:46: fair: set: unknown clause nrom; did you mean norm?",
        ),
        (
            FAMILY.replace("set: {norm: fair}", "set: {norm: fiar}"),
            "p.yaml:46: fair: set: norm has no level fiar; did you mean fair?",
        ),
        (
            FAMILY.replace("set: {norm: fair}", "set: {norm: 1}"),
            "fair: set: expected {clause: level}",
        ),
        (
            FAMILY.replace("set: {norm: fair}", "set: {norm: none}"),
            "fair: sets the same levels as bare",
        ),
        (
            FAMILY.replace("name: told", "name: fair"),
            "fair is the name of two conditions",
        ),
        (
            FAMILY.replace("{place.user}", "{place.usr}"),
            "p.yaml:22: unknown slot {place.usr}; did you mean place.user?",
        ),
        (
            FAMILY.replace("when: {critic: none}", "when: {critic: nobody}"),
            "review: when: critic has no level nobody",
        ),
        (
            FAMILY.replace("when: {critic: none}", "when: {norm: fair}"),
            "bare: review: needs steps of which the last",
        ),
        (
            FAMILY.replace(
                "system: {user: \"\", system: \"{norm}\"}",
                "system: {user: \"\"}",
            ),
            "all levels of a clause have the same parts",
        ),
        (
            FAMILY.replace("- name: norm", "- name: question"),
            "question: is a slot or an earlier clause",
        ),
        (
            FAMILY.replace("title: the norm\n", "title: the norm\n    digit: 12\n"),
            "p.yaml:7: norm: digit: 12 is no key; 1 to 9 are",
        ),
        (
            FAMILY.replace(
                "title: the norm\n",
                "title: the norm\n    negation: unfair\n",
            ),
            "p.yaml:7: norm: negation: no level unfair",
        ),
        (
            FAMILY
                .replace("title: the norm\n", "title: the norm\n    digit: 2\n")
                .replacen(
                    "    levels:\n      user:",
                    "    digit: 2\n    levels:\n      user:",
                    1,
                ),
            "digit: 2 already steps norm",
        ),
        (
            GOOD.replacen("max_tokens: 24", "max_tokens: lots", 1),
            "p.yaml:9: max_tokens: expected a whole number, found \"lots\"",
        ),
    ];
    for (text, expected) in table {
        let error = parse("p.yaml", &text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} lacks {expected:?}");
        assert!(error.starts_with("p.yaml"), "{error}");
    }
}

#[test]
fn a_later_file_replaces_only_where_it_fits() {
    let named = |fits: &str, title: &str| {
        GOOD.replace(
            "title: a plain question",
            &format!("title: {title}\nfits: [{fits}]"),
        )
    };
    let files = [
        named("bbq, law, choice", "old"),
        named("law", "new"),
        named("bbq", "newest"),
    ];
    let all = parse_files(files.iter().map(|t| ("f", t.as_str()))).unwrap();
    let of = |kind: Kind| -> Vec<&str> {
        let here = all.iter().filter(|c| c.fits.contains(&kind));
        here.map(|c| c.title.as_str()).collect()
    };
    assert_eq!(of(Kind::Bbq), ["newest"]);
    assert_eq!(of(Kind::Law), ["new"]);
    assert_eq!(of(Kind::Choice), ["old"]);
    let all = parse_files([("f", GOOD), ("f", FAMILY), ("g", GOOD)].into_iter()).unwrap();
    let names: Vec<&str> = all.iter().map(|c| &*c.name).collect();
    assert_eq!(
        names,
        ["plain", "bare", "fair", "told"],
        "it keeps its place"
    );
    let wrong = [("a", "name: x"), ("b", GOOD), ("c", "- y")];
    let mistakes = parse_files(wrong.into_iter()).unwrap_err();
    let files: Vec<&str> = mistakes.iter().map(|m| m.file.as_str()).collect();
    assert_eq!(files, ["a", "c"], "every file's mistake is said");
}

#[test]
fn texts_that_double_at_every_clause_are_refused() {
    let mut text = String::from("family: f\ntitle: t\nanswer: both\nclauses:\n");
    for no in 0..64 {
        let before = match no {
            0 => "x".to_owned(),
            _ => format!("{{c{}}}{{c{}}}", no - 1, no - 1),
        };
        text += &format!("  - name: c{no}\n    title: t\n    levels: {{a: \"{before}\"}}\n");
    }
    text += "first:\n  - {user: \"{question}{c63}\", max_tokens: 8, gives: answer}\n";
    text += "review:\n  - {user: a, max_tokens: 8, gives: answer}\n";
    text += "conditions:\n  - {name: n, title: t, source: {quoted: ours, place: p}}\n";
    let said = parse("p.yaml", &text).unwrap_err().to_string();
    assert!(said.contains("at most 1048576"), "{said}");
}

#[test]
fn every_mistake_of_a_file_is_named() {
    let text = FAMILY
        .replace("{question}{place.user}", "{question}{place.usr}")
        .replace("Told: {feedback}", "Told: {fedback}")
        .replace(
            "user: Again.\n    max_tokens: 8",
            "user: Again.\n    max_tokens: 0",
        )
        .replace("set: {norm: fair}", "set: {norm: fiar}")
        .replace("set: {critic: other}", "set: {crtic: other}");
    let mistakes = parse_files([("f.yaml", text.as_str())].into_iter()).unwrap_err();
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let all = said.join("\n");
    for expected in [
        "{place.usr}; did you mean place.user?",
        "{fedback}; did you mean feedback?",
        "max_tokens is 0",
        "norm has no level fiar; did you mean fair?",
        "unknown clause crtic; did you mean critic?",
    ] {
        assert!(all.contains(expected), "{expected}: {all}");
    }
    assert_eq!(said.len(), 5, "{all}");
    let lines: Vec<_> = mistakes.iter().map(|m| m.line.unwrap()).collect();
    assert!(lines.is_sorted(), "in the file's order: {lines:?}");
    let other = parse("ci.yaml", "name: ci\non: push\njobs:\n  a: 1\n").unwrap_err();
    assert!(other.what.contains("not a prompt file"), "{other}");
}

#[test]
fn one_mistake_hides_no_other() {
    // Keys nobody knows, in steps, clauses, conditions and at the top; a level's text and parts.
    let text = FAMILY
        .replace("title: a family", "titel: x\ntitle: a family")
        .replace("user: Again.", "user: Again.\n    max_token: 8")
        .replace("Be fair.", "Be {fiar}.")
        .replace("set: {critic: other}", "set: {crtic: other}");
    let mistakes = parse_files([("f.yaml", text.as_str())].into_iter()).unwrap_err();
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    let all = said.join("\n");
    for expected in [
        "key titel",
        "key max_token",
        "{fiar}",
        "unknown clause crtic",
    ] {
        let found = said.iter().find(|s| s.contains(expected));
        let found = found.unwrap_or_else(|| panic!("{expected}: {all}"));
        // The line that it names holds what it is about.
        let line: usize = found.split(':').nth(1).unwrap().parse().unwrap();
        let word = expected.trim_matches('`').rsplit(' ').next().unwrap();
        assert!(
            text.lines().nth(line - 1).unwrap().contains(word),
            "{found}"
        );
    }
    let lines: Vec<_> = mistakes.iter().map(|m| m.line.unwrap()).collect();
    assert!(lines.is_sorted(), "in the file's order: {lines:?}");
}
