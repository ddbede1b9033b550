//! The bias scores against published numbers: UnifiedQA-11B's predictions on BBQ, as released,
//! must give the scores of the BBQ paper (Parrish et al. 2022, figures 3 and 5).
//!
//! Needs BBQ's own files in `../shared/data/bbq`; says so and passes where they are not.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use recant::benchmarks::bbq;
use recant::domain::{Answer, ConditionNo, ContextKind, Item, RoundNo};
use recant::stats::{Graded, Scoreboard};

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bbq");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no ../shared/data");
    None
}

/// How the released predictions name an option: exactly, or by the first two words of the
/// option's `answer_info` text.
fn match_prediction(prediction: &str, item: &Item, infos: &[String; 3]) -> Answer {
    let plain = |s: &str| {
        s.to_lowercase()
            .trim_end_matches(['.', '}'])
            .replace("o'brien", "obrien")
            .replace("pantsu", "pantsuit")
            .replace("pantsuitit", "pantsuit")
            .trim()
            .to_owned()
    };
    let said = plain(prediction);
    let two = |s: &str| plain(s).split(' ').take(2).collect::<Vec<_>>().join(" ");
    let exact = item.options.iter().position(|o| plain(o) == said);
    let by_info = || infos.iter().position(|i| two(i) == two(&said));
    match exact.or_else(by_info) {
        Some(option) => Answer::of_option(item, option),
        None => Answer::Unparsed,
    }
}

#[test]
fn unifiedqa_scores_are_those_of_the_paper() {
    let Some(folder) = data() else { return };
    // Accuracy and bias, ambiguous then disambiguated, in points; ARC and RACE input format.
    let table = [
        ("Age", "arc", [33.9, 48.9, 89.6, 3.3]),
        ("Age", "race", [54.7, 29.8, 93.5, 1.2]),
        ("Nationality", "arc", [41.6, 14.5, 92.9, -0.2]),
        ("Nationality", "race", [66.0, 6.0, 93.7, 1.2]),
        ("Religion", "arc", [43.8, 24.5, 85.2, 3.5]),
        ("Religion", "race", [65.0, 14.3, 88.0, 0.2]),
    ];
    for (category, format, expected) in table {
        let text =
            fs::read_to_string(folder.join(format!("unifiedqa_preds_{category}.jsonl"))).unwrap();
        let loaded = bbq::read(text.as_bytes()).unwrap();
        assert!(
            loaded.skipped.is_empty() && loaded.ungraded.is_empty(),
            "{category}"
        );
        let mut board = Scoreboard::default();
        for (no, (line, item)) in text.lines().zip(&loaded.items).enumerate() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let info = |k: &str| row["answer_info"][k][0].as_str().unwrap().to_owned();
            let infos = [info("ans0"), info("ans1"), info("ans2")];
            let said = row[format!("unifiedqa-t5-11b_pred_{format}")]
                .as_str()
                .unwrap();
            let answer = match_prediction(said, item, &infos);
            board.add(
                ConditionNo(0),
                RoundNo(0),
                no,
                no,
                item,
                Graded::new(answer, item),
            );
        }
        let cell = board.cell(ConditionNo(0), RoundNo(0), None);
        let ours = [
            cell.accuracy(ContextKind::Ambiguous),
            cell.bias_ambiguous(),
            cell.accuracy(ContextKind::Disambiguated),
            cell.bias_disambiguated(),
        ];
        for (ours, expected) in ours.iter().zip(expected) {
            let ours = 100.0 * ours.value.unwrap();
            assert!(
                (ours - expected).abs() <= 0.1,
                "{category} {format}: {ours:.2} {expected}"
            );
        }
    }
}

#[test]
fn published_files_load_whole_with_every_item_graded() {
    let Some(folder) = data() else { return };
    for (category, rows) in [("Age", 3680), ("Nationality", 3080), ("Religion", 1200)] {
        let file = fs::File::open(folder.join(format!("{category}.jsonl"))).unwrap();
        let loaded = bbq::read(BufReader::new(file)).unwrap();
        assert_eq!(loaded.items.len(), rows, "{category}");
        assert_eq!(
            (loaded.skipped.count(), loaded.ungraded.count()),
            (0, 0),
            "{category}"
        );
        for item in &loaded.items {
            // A disambiguated item's gold answer names somebody; an ambiguous one's does not.
            let named = item.gold_is_stereotyped().is_some();
            assert_eq!(
                named,
                item.kind() == ContextKind::Disambiguated,
                "{}",
                item.id
            );
        }
    }
}
