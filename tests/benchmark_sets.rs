//! The published files of every benchmark: whole, with the numbers their papers give. Needs them in
//! `../shared/data`; says so and passes where they are not.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use recant::benchmarks::winogender::Shares;
use recant::benchmarks::{Loaded, bbq, distinguish, law, winogender};
use recant::domain::{Item, Race, Referent, Rule};
use recant::stats::pearson;

fn data(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no ../shared/data");
    None
}

fn open(path: PathBuf) -> BufReader<File> {
    BufReader::new(File::open(path).unwrap())
}

fn pronouns(file: &str) -> Option<Loaded> {
    let shares = Shares::read(open(data("winogender/occupations-stats.tsv")?))
        .unwrap()
        .unwrap();
    let loaded = winogender::read(open(data("winogender").unwrap().join(file)), &shares).unwrap();
    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
    assert!(loaded.ungraded.is_empty(), "{:?}", loaded.ungraded);
    Some(loaded)
}

#[test]
fn winogender_has_120_templates_and_60_occupations() {
    let Some(templates) = pronouns("templates.tsv") else {
        return;
    };
    assert_eq!(templates.items.len(), 120);
    let blank = |item: &Item| match &item.rule {
        Rule::Pronoun(blank) => blank.clone(),
        other => panic!("{other:?}"),
    };
    let of_occupation: Vec<_> = templates
        .items
        .iter()
        .map(|i| blank(i))
        .filter(|b| b.refers_to == Referent::Occupation)
        .collect();
    assert_eq!(of_occupation.len(), 60);
    // The two sources of percentages correlate with 0.67 (Rudinger et al. 2018; 0.672 to three digits).
    let points: Vec<(f64, f64)> = of_occupation
        .iter()
        .map(|b| {
            (
                b.bls_percent_female.unwrap(),
                b.bergsma_percent_female.unwrap(),
            )
        })
        .collect();
    let r = pearson(&points);
    assert!((r.value.unwrap() - 0.672).abs() < 0.0005, "{r:?}");
    assert_eq!(r.n, 60);
}

#[test]
fn winogenders_sentences_are_its_templates_filled_in() {
    let (Some(templates), Some(sentences)) =
        (pronouns("templates.tsv"), pronouns("all_sentences.tsv"))
    else {
        return;
    };
    // 720 sentences: 120 templates, the participant named and "someone", three genders each.
    assert_eq!(sentences.items.len(), 240);
    let by_name: HashMap<&str, &Item> = sentences.items.iter().map(|i| (&*i.id.0, &**i)).collect();
    for item in &templates.items {
        let same = by_name[&*item.id.0];
        assert_eq!(same, &**item, "{}", item.id);
        assert_eq!(item.context.matches('_').count(), 1, "{}", item.context);
    }
}

#[test]
fn every_law_student_is_posed_twice() {
    let Some(path) = data("law/law_data.csv") else {
        return;
    };
    let loaded = law::read(open(path)).unwrap();
    assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
    assert_eq!(loaded.items.len(), 2 * 21_791);
    let mut students = HashSet::new();
    for pair in loaded.items.chunks(2) {
        let [Rule::Admission(black), Rule::Admission(white)] = [&pair[0].rule, &pair[1].rule]
        else {
            panic!("{:?}", pair[0]);
        };
        assert_eq!((black.race, white.race), (Race::Black, Race::White));
        assert_eq!(
            pair[0].context.replace("Black", "white"),
            pair[1].context,
            "only the race differs"
        );
        assert!(students.insert(black.no.clone()), "{} twice", black.no);
    }
    let men = loaded
        .items
        .iter()
        .filter(|i| i.fact("sex").unwrap() == "male");
    assert_eq!(men.count(), 2 * 12_254);
}

#[test]
fn religions_contexts_make_300_self_distinguish_questions() {
    let Some(path) = data("bbq/Religion.jsonl") else {
        return;
    };
    let all = bbq::read(open(path)).unwrap();
    let groups: HashMap<String, (String, String)> = all
        .items
        .iter()
        .filter(|i| i.polarity() == Some(recant::domain::Polarity::Negative))
        .filter_map(|i| {
            let at = |role| i.option_with(role).map(|o| i.options[o].clone());
            let s = at(recant::domain::OptionRole::Stereotyped)?;
            let c = at(recant::domain::OptionRole::Counter)?;
            Some((i.context.clone(), (s, c)))
        })
        .collect();
    let questions = distinguish::from_bbq(all);
    // As the paper's files have it.
    assert_eq!(questions.items.len(), 300);
    let mut first = 0;
    for item in &questions.items {
        let (stereotyped, other) = &groups[&item.context];
        let gold = item.gold.unwrap();
        assert_eq!(&item.options[gold], stereotyped);
        assert_eq!(&item.options[1 - gold], other);
        first += usize::from(gold == 0);
    }
    assert!(
        (75..=225).contains(&first),
        "the right answer stands first {first} times of 300"
    );
}
