//! `recant next`: the real binary on the reference folders (optional), on a folder of its own and on
//! the embedded model.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;

use std::path::Path;
use std::process::{Command, Output};

use candle_core::{DType, Device, Tensor};
use engine_models::{TINY, byte_level, write};
use serde_json::Value;

fn next(args: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_recant");
    Command::new(binary)
        .arg("next")
        .args(args)
        .output()
        .unwrap()
}

fn text(args: &[&str]) -> String {
    let output = next(args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn json(args: &[&str]) -> Value {
    let args = [args, &["--format", "json"]].concat();
    let text = text(&args);
    assert!(text.is_ascii());
    serde_json::from_str(&text).unwrap()
}

fn numbers(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn ids(list: &Value) -> Vec<u64> {
    let top = list["top"].as_array().unwrap();
    top.iter().map(|c| c["id"].as_u64().unwrap()).collect()
}

/// What a distribution's JSON must be, from its logits.
fn is_outlook_of(json: &Value, logits: &[f32], count: usize) {
    let sum: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
    let p = |id: usize| f64::from(logits[id]).exp() / sum;
    let entropy: f64 = (0..logits.len()).map(|id| -p(id) * p(id).ln()).sum();
    assert!((json["entropy"].as_f64().unwrap() - entropy).abs() < 1e-3);
    let mut order: Vec<usize> = (0..logits.len()).collect();
    order.sort_by(|a, b| logits[*b].total_cmp(&logits[*a]));
    let top = json["top"].as_array().unwrap();
    assert_eq!(top.len(), count);
    for (c, id) in top.iter().zip(order) {
        assert_eq!(c["id"], id);
        let (probability, logprob) = (
            c["probability"].as_f64().unwrap(),
            c["logprob"].as_f64().unwrap(),
        );
        assert!((probability - p(id)).abs() < 1e-4);
        assert!((logprob - probability.ln()).abs() < 1e-9);
    }
}

#[test]
fn the_reference_models_say_what_transformers_says() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/golden");
    if !golden.is_dir() {
        println!("skipped: no ../shared/golden");
        return;
    }
    let out = tempfile::tempdir().unwrap();
    for family in ["llama", "gemma2", "gpt2", "gpt_neox", "olmo2", "phi3"] {
        let folder = golden.join(family);
        let expected =
            candle_core::safetensors::load(folder.join("expected.safetensors"), &Device::Cpu)
                .unwrap();
        let input = expected["input_ids"].to_dtype(DType::I64).unwrap();
        let input: Vec<i64> = input.flatten_all().unwrap().to_vec1().unwrap();
        let list: Vec<String> = input.iter().map(i64::to_string).collect();
        let file = out.path().join(family);
        let (folder, path) = (folder.to_str().unwrap(), file.to_str().unwrap());
        let args = ["--model", folder, "--ids", &list.join(",")];
        let more = ["--top", "3", "--layers", "--logits", path];
        let said = json(&[&args[..], &more].concat());

        let written = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
        assert_eq!(written.len(), 2);
        assert_eq!(written["input_ids"].to_vec1::<i64>().unwrap(), input);
        assert_eq!(written["logits"].dims(), expected["logits"].dims());
        let (ours, theirs) = (numbers(&written["logits"]), numbers(&expected["logits"]));
        let off = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs());
        assert!(off.fold(0.0, f32::max) < 2e-4, "{family}");

        let vocab = *written["logits"].dims().last().unwrap();
        is_outlook_of(&said["next"], &ours[ours.len() - vocab..], 3);
        assert_eq!(said["family"], family);
        assert!(said["model_warning"].is_null());
        assert_eq!(said["next"]["top"][0]["text"], Value::Null);
        // The embedding and two blocks; the last one is the model itself.
        let layers = said["layers"].as_array().unwrap();
        assert_eq!(layers.len(), 3);
        assert_eq!(layers[2], said["next"]);
        assert_ne!(layers[0], layers[1]);

        let table = text(&[&args[..], &["--top", "2", "--layers"]].concat());
        let best = ids(&said["next"]);
        assert!(table.contains(&format!("({family}): after {} tokens", input.len())));
        assert!(
            table.contains(&format!("#{}", best[0])) && table.contains(&format!("#{}", best[1]))
        );
    }
    let left = std::fs::read_dir(out.path()).unwrap().count();
    assert_eq!(left, 6, "no partial files are left");
}

#[test]
fn the_embedded_model_goes_on_from_raw_text() {
    let said = json(&["--prompt", "The answer is", "--layers", "--top", "4"]);
    assert!(said["model_warning"].as_str().unwrap().contains("planted"));
    assert_eq!(said["model"], "control");
    let layers = said["layers"].as_array().unwrap();
    assert_eq!(layers.last().unwrap(), &said["next"]);
    assert!(said["next"]["entropy"].as_f64().unwrap() > 0.0);
    let top = said["next"]["top"].as_array().unwrap();
    assert_eq!(top.len(), 4);
    // Probable words of the grammar, each with the space before it.
    assert!(top[0]["text"].as_str().unwrap().starts_with(' '));
    assert!(top[0]["probability"].as_f64().unwrap() > 0.05);

    // The same from the ids, and in the table.
    let ids: Vec<String> = said["input_ids"]
        .as_array()
        .unwrap()
        .iter()
        .map(Value::to_string)
        .collect();
    let from_ids = json(&["--ids", &ids.join(","), "--top", "4"]);
    assert_eq!(from_ids["next"], said["next"]);
    assert!(from_ids["layers"].is_null());
    let table = text(&["--prompt", "The answer is", "--layers"]);
    assert!(table.contains("planted") && table.contains("entropy"));
    assert!(table.contains(&format!("\"{}\"", top[0]["text"].as_str().unwrap())));
}

/// A byte-level tokenizer has tokens that are control characters: they must not reach the terminal.
#[test]
fn tokens_that_act_on_a_terminal_are_shown_as_marks() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), TINY, &byte_level(), None);
    let model = folder.path().to_str().unwrap();
    let args = [
        "--model",
        model,
        "--prompt",
        "Who was late?",
        "--top",
        "400",
    ];
    let table = text(&args);
    assert!(!table.chars().any(|c| c.is_control() && c != '\n'));
    assert!(table.contains("‹1B›") && table.contains("‹07›"));
    assert!(table.contains("\"⏎\""), "a newline stays in its line");
    let said = json(&args);
    let top = said["next"]["top"].as_array().unwrap();
    assert!(top.iter().any(|c| c["text"] == "\u{1b}"));
    assert!(
        top.iter().any(|c| c["text"] == "<|user|>"),
        "special tokens are written out"
    );
}

#[test]
fn what_cannot_be_read_is_said() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), TINY, &byte_level(), None);
    std::fs::remove_file(folder.path().join("tokenizer.json")).unwrap();
    let bare = folder.path().to_str().unwrap();
    assert!(next(&["--model", bare, "--ids", "1,2"]).status.success());
    let long = vec!["1"; 600].join(",");
    // A folder stands where the file should go: nothing is left beside it.
    let taken = folder.path().join("taken");
    std::fs::create_dir(&taken).unwrap();
    let taken = taken.to_str().unwrap();
    for (args, code, words) in [
        (
            vec!["--model", bare, "--prompt", "Who"],
            2,
            "no tokenizer.json",
        ),
        (
            vec!["--model", bare, "--ids", "1,400"],
            2,
            "token 400 is not in the model's vocabulary of 400",
        ),
        (vec!["--model", bare, "--ids", &long], 2, "context of 512"),
        (
            vec!["--model", "/nowhere", "--ids", "1"],
            2,
            "no such folder or file",
        ),
        (vec!["--prompt", ""], 2, "no tokens to go on from"),
        (vec!["--ids", "1,x"], 2, "invalid value 'x'"),
        (
            vec!["--ids", "1", "--prompt", "a"],
            2,
            "cannot be used with",
        ),
        (vec![], 2, "required"),
        (
            vec!["--ids", "1", "--logits", "/nowhere/x.safetensors"],
            1,
            "/nowhere/x.safetensors",
        ),
        (vec!["--ids", "1", "--logits", taken], 1, "taken"),
    ] {
        let output = next(&args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {errors}");
        assert!(errors.contains(words), "{args:?}: {errors}");
    }
    assert!(!Path::new(&format!("{taken}.partial")).exists());
}
