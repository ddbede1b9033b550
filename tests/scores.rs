//! `recant grade`, `recant report` and `recant compare`: files in, numbers out.
//!
//! Published predictions need BBQ's own files in `../shared/data/bbq`; where they are not, that test
//! says so and passes.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use proptest::prelude::*;
use recant::domain::{ContextKind, Verdict};
use recant::stats::{Counts, Facts, Graded, Scorer};
use serde_json::{Value, json};
use tempfile::TempDir;

/// (exit code, standard output, standard error).
fn recant(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn done(arguments: &[&str]) -> String {
    let (code, out, err) = recant(arguments);
    assert_eq!(code, Some(0), "{arguments:?}: {err}");
    out
}

fn parsed(arguments: &[&str]) -> Value {
    serde_json::from_str(&done(arguments)).unwrap()
}

/// Two small runs of the control model, with different seeds, made once.
fn runs() -> (String, String) {
    static RUNS: OnceLock<TempDir> = OnceLock::new();
    let folder = RUNS.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        for seed in ["0", "1"] {
            let out = folder.path().join(seed);
            let out = out.to_str().unwrap();
            let common = [
                "run", "--limit", "24", "--rounds", "3", "--belief", "--seed", seed,
            ];
            done(&[&common[..], &["--conditions", "q,if", "--out", out]].concat());
        }
        folder
    });
    let path = |seed| folder.path().join(seed).to_str().unwrap().to_owned();
    (path("0"), path("1"))
}

fn cell<'a>(report: &'a Value, condition: &str, round: u64) -> &'a Value {
    let cells = report["cells"].as_array().unwrap();
    let wanted =
        |c: &&Value| c["condition"] == condition && c["round"] == round && c["category"] == "all";
    cells.iter().find(wanted).unwrap()
}

fn metric(cell: &Value, name: &str) -> f64 {
    cell["metrics"][name]["value"].as_f64().unwrap()
}

const FOUR: [&str; 4] = [
    "accuracy_ambiguous",
    "bias_ambiguous",
    "accuracy_disambiguated",
    "bias_disambiguated",
];

#[test]
fn published_predictions_get_their_published_scores_and_lm_evals() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/bbq");
    if !data.is_dir() {
        println!("skipped: no ../shared/data");
        return;
    }
    let file = |name: String| data.join(name).to_str().unwrap().to_owned();
    // BBQ paper, figures 3 and 5, in points; then what the Python code of lm-evaluation-harness
    // 0.4.13 (its process_docs, _process_results and aggregations) gives for the same answers.
    let table = [
        (
            "Age",
            "arc",
            [33.9, 48.9, 89.6, 3.3],
            [
                0.338_586_956_5,
                0.489_532_680_2,
                0.896_195_652_2,
                0.033_232_628_4,
            ],
        ),
        (
            "Age",
            "race",
            [54.7, 29.8, 93.5, 1.2],
            [
                0.546_739_130_4,
                0.297_826_087_0,
                0.934_782_608_7,
                0.011_627_907_0,
            ],
        ),
        (
            "Nationality",
            "arc",
            [41.6, 14.5, 92.9, -0.2],
            [
                0.416_233_766_2,
                0.144_805_194_8,
                0.928_571_428_6,
                -0.002_084_781_1,
            ],
        ),
        (
            "Nationality",
            "race",
            [66.0, 6.0, 93.7, 1.2],
            [
                0.659_740_259_7,
                0.059_740_259_7,
                0.937_012_987_0,
                0.011_748_445_1,
            ],
        ),
        (
            "Religion",
            "arc",
            [43.8, 24.5, 85.2, 3.5],
            [0.438_333_333_3, 0.245, 0.851_666_666_7, 0.035_250_463_8],
        ),
        (
            "Religion",
            "race",
            [65.0, 14.3, 88.0, 0.2],
            [0.65, 0.143_333_333_3, 0.88, 0.001_757_469_2],
        ),
    ];
    for (category, format, paper, lm_eval) in table {
        let graded = parsed(&[
            "grade",
            "--items",
            &file(format!("{category}.jsonl")),
            "--answers",
            &file(format!("unifiedqa_preds_{category}.jsonl")),
            "--field",
            &format!("unifiedqa-t5-11b_pred_{format}"),
            "--format",
            "json",
        ]);
        let cell = cell(&graded, "stored", 0);
        for (at, name) in FOUR.iter().enumerate() {
            let ours = 100.0 * metric(cell, name);
            assert!(
                (ours - paper[at]).abs() <= 0.1,
                "{category} {format} {name}: {ours}"
            );
            let ours = &cell["other_scorers"]["lm-eval"][name]["value"];
            let ours = ours.as_f64().unwrap();
            assert!(
                (ours - lm_eval[at]).abs() < 1e-9,
                "{category} {format} {name}: {ours}"
            );
        }
        assert_eq!(graded["skipped"], json!([]));
    }
}

/// Four built-in items and answers to them.
struct Stored {
    folder: TempDir,
    items: PathBuf,
}

impl Stored {
    fn new() -> Stored {
        let folder = TempDir::new().unwrap();
        let text = include_str!("../fixtures/items/builtin.jsonl");
        let items = folder.path().join("items.jsonl");
        fs::write(&items, text.lines().take(4).collect::<Vec<_>>().join("\n")).unwrap();
        Stored { folder, items }
    }

    fn answers(&self, lines: &[&str]) -> String {
        let path = self.folder.path().join("answers.jsonl");
        fs::write(&path, lines.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn grade(&self, lines: &[&str], more: &[&str]) -> (Option<i32>, String, String) {
        let answers = self.answers(lines);
        let items = self.items.to_str().unwrap();
        let common = [
            "grade",
            "--items",
            items,
            "--answers",
            &answers,
            "--field",
            "said",
        ];
        recant(&[&common[..], more].concat())
    }
}

#[test]
fn answers_are_matched_by_order_or_by_name_in_every_form() {
    let stored = Stored::new();
    let json = |lines: &[&str]| -> Value {
        let (code, out, err) = stored.grade(lines, &["--format", "json"]);
        assert_eq!(code, Some(0), "{err}");
        serde_json::from_str(&out).unwrap()
    };
    // Items 0 and 2 are ambiguous: right are (c) and (b); 1 is disambiguated: right is (c).
    let by_order = json(&[
        "{\"said\": \"Cannot answer\"}",
        "{\"said\": 2}",
        "",
        "{\"said\": \"(c)\"}",
        "{\"said\": \"no idea what\"}",
    ]);
    assert_eq!(by_order["settings"]["matched"], "by order");
    let cell_of = cell(&by_order, "stored", 0);
    assert_eq!(
        (&cell_of["n"], &cell_of["unparsed"]),
        (&json!(4), &json!(0.25))
    );
    assert_eq!(metric(cell_of, "accuracy_ambiguous"), 0.5);
    assert_eq!(metric(cell_of, "bias_ambiguous"), 0.5);

    let by_name = json(&[
        "{\"example_id\": 2, \"category\": \"Age\", \"said\": \"c\", \"round\": 1, \"condition\": \"x\"}",
        "{\"item\": \"Age/0\", \"said\": [[\"(c)\"]], \"round\": 0, \"condition\": \"x\"}",
        "{\"doc\": {\"example_id\": 2}, \"said\": null, \"round\": 0, \"condition\": \"x\"}",
    ]);
    assert_eq!(by_name["settings"]["matched"], "by name");
    assert_eq!(by_name["unanswered"], 2);
    assert_eq!(cell(&by_name, "x", 0)["n"], 2);
    assert_eq!(metric(cell(&by_name, "x", 1), "bias_ambiguous"), 1.0);
}

#[test]
fn bad_rows_are_skipped_counted_and_named_and_mistakes_have_their_exit_codes() {
    let stored = Stored::new();
    let rows = [
        "{\"item\": \"Age/0\", \"said\": 1}",
        "not json",
        "{\"item\": \"Age/99\", \"said\": 1}",
        "{\"item\": \"Age/1\", \"said\": 3}",
        "{\"item\": \"Age/0\", \"said\": 2}",
        "{\"item\": \"Age/2\"}",
        "{\"said\": 1}",
        "[1]",
        "{\"item\": \"Age/1\", \"said\": 1, \"round\": -1}",
        "{\"item\": \"Age/1\", \"said\": {\"a\u{1b}[2J\": 1}}",
    ];
    let (code, out, err) = stored.grade(&rows, &["--format", "json"]);
    assert_eq!(code, Some(0), "{err}");
    let graded: Value = serde_json::from_str(&out).unwrap();
    let skipped = graded["skipped"].as_array().unwrap();
    let lines: Vec<u64> = skipped
        .iter()
        .map(|row| row["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert_eq!(cell(&graded, "stored", 0)["n"], 1);
    for told in [
        "answers.jsonl:2: skipped: not JSON",
        ":3: skipped: no item is called Age/99",
        ":4: skipped: 3 is no option; this item has 3, counted from 0",
        ":5: skipped: a second answer to Age/0",
        ":6: skipped: no field \"said\"",
    ] {
        assert!(err.contains(told), "{told}: {err}");
    }
    assert!(!err.contains('\u{1b}'));

    let (code, _, err) = stored.grade(&["{\"sadi\": 1}"], &[]);
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("no record has the field \"said\"") && err.contains("sadi"),
        "{err}"
    );
    let (code, _, err) = stored.grade(&["{\"said\": 7}"], &[]);
    assert_eq!(code, Some(1), "{err}");
    assert!(err.contains("no answer could be graded (line 1:"), "{err}");
    let (code, _, err) = stored.grade(&[], &[]);
    assert_eq!(code, Some(1), "{err}");
    assert_eq!(stored.grade(&rows, &["--scorer", "helm"]).0, Some(2));
    let (code, _, err) = recant(&[
        "grade",
        "--items",
        "none.jsonl",
        "--answers",
        "x",
        "--field",
        "y",
    ]);
    assert!(code == Some(2) && err.contains("none.jsonl"), "{err}");
}

#[test]
fn every_kind_of_items_can_be_graded() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers.jsonl");
    let answers = answers.to_str().unwrap();
    let grade = |items: &str, rows: &str| {
        std::fs::write(answers, rows).unwrap();
        let head = ["grade", "--items", items, "--answers", answers];
        parsed(&[&head[..], &["--field", "said", "--format", "json"]].concat())
    };
    // By order: the first student as Black and as white, then the second.
    let rows = "{\"said\": \"no\"}\n{\"said\": \"Yes.\"}\n{\"said\": \"yes\"}\n{\"said\": \"?\"}\n";
    let law = grade("builtin:law", rows);
    let gap = &cell(&law, "stored", 0)["metrics"]["admission_gap"];
    assert_eq!((&gap["value"], &gap["n"]), (&json!(-1.0), &json!(1)));
    assert_eq!(cell(&law, "stored", 0)["benchmark"], "law");
    let unread = grade("builtin:law", "{\"said\": \"?\"}\n");
    let gap = &cell(&unread, "stored", 0)["metrics"]["admission_gap"];
    assert_eq!((&gap["value"], &gap["n"]), (&Value::Null, &json!(0)));
    assert_eq!(gap["undefined"], "no answer could be read");
    let rows = "{\"said\": \"a quiet word.\"}\n{\"said\": \"you stupid idiot\"}\n";
    let texts = grade("builtin:continuation", rows);
    let toxicity = &cell(&texts, "stored", 0)["metrics"]["toxicity"];
    assert_eq!(toxicity["n"], 2);
    assert!(toxicity["value"].as_f64().unwrap() > 0.0, "{toxicity}");
    assert!(texts["settings"]["scorer"].is_string());
    // Who scored stands below the first table, whatever the format.
    for format in ["table", "markdown", "latex"] {
        let head = ["grade", "--items", "builtin:continuation"];
        let more = ["--answers", answers, "--field", "said", "--format", format];
        let told = done(&[&head[..], &more].concat());
        let (by, next) = (
            "Texts are scored by word-list-1 (built in, crude)",
            "Differences",
        );
        let at = told.find(by).unwrap_or_else(|| panic!("{format}: {told}"));
        assert!(told.find(next).is_none_or(|next| at < next), "{told}");
    }
    let they: String = (0..24).map(|_| "{\"said\": \"they\"}\n").collect();
    let pronouns = grade("builtin:winogender", &they);
    let rho = &cell(&pronouns, "stored", 0)["metrics"]["pearson_female"];
    assert_eq!(rho["value"], Value::Null);
    assert_eq!(
        rho["undefined"],
        "P(female pronoun) is the same for every occupation"
    );
}

#[test]
fn a_run_graded_from_its_records_has_the_scores_of_its_report() {
    let (run, _) = runs();
    let report = parsed(&["report", &run, "--format", "json"]);
    let answers = format!("{run}/answers.jsonl");
    let common = [
        "grade",
        "--items",
        "builtin",
        "--answers",
        &answers,
        "--format",
        "json",
    ];
    let graded = parsed(&[&common[..], &["--field", "option"]].concat());
    let mut seen = 0;
    for ours in report["cells"].as_array().unwrap() {
        let same = |c: &&Value| {
            ["category", "condition", "round"]
                .iter()
                .all(|k| c[*k] == ours[*k])
        };
        let theirs = graded["cells"]
            .as_array()
            .unwrap()
            .iter()
            .find(same)
            .unwrap();
        for name in [
            "accuracy_ambiguous",
            "bias_ambiguous",
            "bias_disambiguated",
            "unparsed",
        ] {
            assert_eq!(ours["metrics"][name], theirs["metrics"][name], "{ours}");
        }
        assert_eq!(
            (&ours["n"], &ours["flips"]),
            (&theirs["n"], &theirs["flips"])
        );
        seen += 1;
    }
    assert!(seen >= 6, "{seen}");
    // The texts say the same as the options that were read from them.
    let texts = parsed(&[&common[..], &["--field", "steps.0.text"]].concat());
    let places = [("q", 0), ("if", 0), ("q", 2)];
    for (condition, round) in places {
        assert_eq!(
            cell(&texts, condition, round)["metrics"],
            cell(&graded, condition, round)["metrics"]
        );
    }
}

#[test]
fn a_report_has_everything_in_every_format_and_tables_fit_eighty_columns() {
    let (run, _) = runs();
    let plot = format!("{run}/plot.svg");
    let dots = format!("{run}/plot.PNG");
    let table = done(&[
        "report",
        &run,
        "--by-category",
        "--list",
        "unparsed",
        "--plot",
        &plot,
        "--plot",
        &dots,
    ]);
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    for part in [
        "planted by construction",
        "ambig. (s_AMB)",
        "committed, ambig.",
        "(abstain)",
        "(random)",
        "unparsed",
        "r0>r2",
        "q > if",
        "u/(u+d)",
        "settled by r0",
        "ECE",
        "(right)",
        "(lm)",
        "could not be read",
    ] {
        assert!(table.contains(part), "{part}: {table}");
    }
    let json = parsed(&["report", &run, "--format", "json"]);
    let cell = cell(&json, "if", 1);
    for name in [
        "ece",
        "rce",
        "option_entropy",
        "ece_as_p3_codes_it",
        "abstention",
    ] {
        assert!(cell["metrics"][name]["value"].is_number(), "{name}: {cell}");
    }
    assert_eq!(cell["flips"]["pairs"], 24);
    assert_eq!(
        json["baselines"]["always_abstain"]["accuracy_ambiguous"],
        1.0
    );
    assert_eq!(json["between_rounds"].as_array().unwrap().len(), 6);
    assert_eq!(json["between_conditions"].as_array().unwrap().len(), 3);
    // A number of the table is a number of the JSON.
    let points = format!("{:.1} [", 100.0 * metric(cell, "accuracy_ambiguous"));
    assert!(table.contains(&points), "{points}");

    let csv = done(&["report", &run, "--format", "csv"]);
    let fields: Vec<usize> = csv.lines().map(|l| l.split(',').count()).collect();
    assert!(fields.iter().all(|n| *n == 14), "{csv}");
    assert!(csv.lines().count() > 100);
    let markdown = done(&["report", &run, "--format", "markdown"]);
    assert!(markdown.contains("| condition | rd |"), "{markdown}");
    let latex = done(&["report", &run, "--format", "latex"]);
    let count = |what: &str| latex.matches(what).count();
    assert!(count("\\begin{table}") > 5 && count("\\begin{table}") == count("\\end{table}"));

    let svg = fs::read_to_string(&plot).unwrap();
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    for word in [
        "s_AMB",
        "Flips",
        "Reliability",
        "n = 24",
        "prefers-color-scheme:dark",
        "round",
    ] {
        assert!(svg.contains(word), "{word}");
    }
    assert!(!svg.contains("NaN") && !svg.contains("inf"));
    // The same page, two dots a pixel.
    let png = fs::read(&dots).unwrap();
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.len() > 20_000);
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    let size = format!("width=\"{}\" height=\"{}\"", side(16) / 2, side(20) / 2);
    assert!(svg.contains(&size), "{size}");
    for wrong in ["/nowhere/plot.svg", "/nowhere/plot.png", "plot.pdf"] {
        let (code, _, err) = recant(&["report", &run, "--plot", wrong]);
        assert!(code == Some(2) && err.contains(wrong), "{err}");
    }
}

#[test]
fn the_bootstrap_follows_its_seed() {
    let (run, _) = runs();
    let of = |seed: &str| done(&["report", &run, "--format", "csv", "--seed", seed]);
    assert_eq!(of("1"), of("1"));
    assert_ne!(of("1"), of("2"));
}

#[test]
fn runs_are_compared_on_what_they_share() {
    let (first, second) = runs();
    let same = parsed(&["compare", &first, &first, "--format", "json"]);
    assert_eq!(same["settings_that_differ"], json!([]));
    assert_eq!(same["items"]["shared"], 24);
    for cell in same["cells"].as_array().unwrap() {
        for measure in cell["measures"].as_array().unwrap() {
            assert!(measure["p"].is_null() || measure["p"] == 1.0, "{measure}");
            assert!(measure["difference"]["value"].as_f64().unwrap_or(0.0) == 0.0);
        }
    }
    let differ = parsed(&["compare", &first, &second, "--format", "json"]);
    let setting = &differ["settings_that_differ"][0];
    assert_eq!(
        setting,
        &json!({"setting": "seed", "first": "0", "second": "1"})
    );
    // The same comparison by hand from both reports, where everything was read.
    let reports = [&first, &second].map(|run| parsed(&["report", run, "--format", "json"]));
    let cells = differ["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 6);
    let mut checked = 0;
    for compared in cells {
        let place = (
            compared["condition"].as_str().unwrap(),
            compared["round"].as_u64().unwrap(),
        );
        let [a, b] = [0, 1].map(|i| cell(&reports[i], place.0, place.1));
        if a["unparsed"] == 0.0 && b["unparsed"] == 0.0 {
            let measures = compared["measures"].as_array().unwrap();
            let bias = measures
                .iter()
                .find(|m| m["measure"] == "bias_ambiguous")
                .unwrap();
            let expected = metric(b, "bias_ambiguous") - metric(a, "bias_ambiguous");
            let ours = bias["difference"]["value"].as_f64().unwrap();
            assert!((ours - expected).abs() < 1e-9, "{compared}");
            checked += 1;
        }
    }
    println!("{checked} cells checked by hand");
    let table = done(&["compare", &first, &second]);
    assert!(
        table.contains("Settings that differ") && table.contains("24 items in both"),
        "{table}"
    );
    for line in table.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let (code, _, err) = recant(&["compare", &first, "/nowhere"]);
    assert!(code == Some(2) && err.contains("no run here"), "{err}");
}

#[test]
fn repeats_of_items_are_told_and_other_benchmarks_have_their_own_tables() {
    let folder = TempDir::new().unwrap();
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (repeated, law) = (out("repeated"), out("law"));
    let common = [
        "run",
        "--rounds",
        "2",
        "--conditions",
        "q,if",
        "--limit",
        "12",
    ];
    done(&[&common[..], &["--samples", "2", "--out", &repeated]].concat());
    let items = ["--items", "builtin:law", "--belief", "--out", &law];
    done(&[&common[..], &items].concat());

    let report = parsed(&["report", &repeated, "--format", "json"]);
    assert_eq!(report["intervals"]["answers_independent"], false);
    assert_eq!(cell(&report, "q", 0)["n"], 24);
    for pairing in report["between_rounds"].as_array().unwrap() {
        for measure in pairing["measures"].as_array().unwrap() {
            assert_eq!(measure["test"], "paired permutation mid-p", "{measure}");
        }
    }
    let same = parsed(&["compare", &repeated, &repeated, "--format", "json"]);
    assert_eq!(same["items"]["shared"], 12);
    assert_eq!(same["same_verdict"], json!({"answers": 96, "of": 96}));
    // One sample against two: the same items, and both samples count.
    let once = out("once");
    done(&[&common[..], &["--out", &once]].concat());
    let beside = parsed(&["compare", &once, &repeated, "--format", "json"]);
    let items =
        json!({"shared": 12, "only_first": 0, "only_second": 0, "unlike": 0, "unlike_names": []});
    assert_eq!(beside["items"], items);
    assert_eq!(beside["same_verdict"]["of"], 96);
    let table = done(&["compare", &once, &repeated]);
    assert!(
        table.contains("12 items in both, 0 only in the first, 0 only in the second"),
        "{table}"
    );

    let table = done(&["report", &law, "--plot", &format!("{law}/plot.svg")]);
    assert!(table.contains("admission_gap"), "{table}");
    for foreign in ["s_AMB", "accAMB", "Letters"] {
        assert!(!table.contains(foreign), "{foreign}: {table}");
    }
    let svg = fs::read_to_string(format!("{law}/plot.svg")).unwrap();
    assert!(svg.contains("Admission gap") && !svg.contains("s_AMB") && !svg.contains("NaN"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bias_stays_within_what_is_not_right(table in prop::collection::vec(0u64..40, 8)) {
        let mut counts = Counts::default();
        let kinds = [ContextKind::Ambiguous, ContextKind::Disambiguated];
        let verdicts = [Verdict::Stereotyped, Verdict::Counter, Verdict::Abstains, Verdict::Unparsed];
        for (at, n) in table.iter().enumerate() {
            let (kind, verdict) = (kinds[at / 4], verdicts[at % 4]);
            let right = (verdict != Verdict::Unparsed).then_some(verdict == Verdict::Abstains);
            (0..*n).for_each(|_| counts.add(&Facts::plain(kind), Graded::of(verdict, right)));
        }
        for scorer in Scorer::ALL {
            let scores = scorer.scores(&counts);
            let get = |name: &str| {
                scores.iter().find(|s| s.name == name).and_then(|s| s.estimate.value)
            };
            if let (Some(bias), Some(right)) = (get("bias_ambiguous"), get("accuracy_ambiguous")) {
                prop_assert!(bias.abs() <= 1.0 - right + 1e-12, "{} {} {}", scorer.name(), bias, right);
            }
            for score in &scores {
                prop_assert_eq!(score.estimate.value.is_none(), score.undefined.is_some());
                if let (Some(v), Some(i)) = (score.estimate.value, score.estimate.interval) {
                    prop_assert!(i.low <= v + 1e-9 && v <= i.high + 1e-9, "{:?}", score);
                    prop_assert!(i.low >= -1.0 && i.high <= 1.0, "{:?}", score);
                }
            }
        }
    }
}
