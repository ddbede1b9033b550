//! The classifier that scores texts: tiny random BERT and RoBERTa models, written here, against the
//! same sums done plainly.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use candle_core::{Device, Tensor};
use recant::engine::local::classifier::Classifier;
use recant::engine::local::meaning::Judge;
use serde_json::{Value, json};

const VOCAB: [&str; 12] = [
    "[PAD]", "[CLS]", "[SEP]", "[UNK]", "you", "are", "kind", "stupid", "the", "weather", "is",
    "fine",
];
const HIDDEN: usize = 8;
const HEADS: usize = 2;
const INNER: usize = 12;
const LAYERS: usize = 2;
const POSITIONS: usize = 10;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        ((self.0 >> 33) as f64 / f64::from(1_u32 << 31) - 0.5) * 0.8
    }
}

type Weights = HashMap<String, (Vec<usize>, Vec<f64>)>;

/// Random weights by the names of Hugging Face's files.
fn weights(kind: &str, labels: usize, seed: u64) -> Weights {
    let mut random = Random(seed);
    let mut all = Weights::new();
    let mut put = |name: String, shape: &[usize]| {
        let norm = name.ends_with("LayerNorm.weight");
        let numbers = (0..shape.iter().product())
            .map(|_| random.next() + f64::from(u8::from(norm)))
            .collect();
        all.insert(name, (shape.to_vec(), numbers));
    };
    let linear = |name: &str, out: usize, inward: usize, put: &mut dyn FnMut(String, &[usize])| {
        put(format!("{name}.weight"), &[out, inward]);
        put(format!("{name}.bias"), &[out]);
    };
    let embeddings = format!("{kind}.embeddings");
    put(
        format!("{embeddings}.word_embeddings.weight"),
        &[VOCAB.len(), HIDDEN],
    );
    put(
        format!("{embeddings}.position_embeddings.weight"),
        &[POSITIONS, HIDDEN],
    );
    put(
        format!("{embeddings}.token_type_embeddings.weight"),
        &[2, HIDDEN],
    );
    put(format!("{embeddings}.LayerNorm.weight"), &[HIDDEN]);
    put(format!("{embeddings}.LayerNorm.bias"), &[HIDDEN]);
    for no in 0..LAYERS {
        let layer = format!("{kind}.encoder.layer.{no}");
        for part in ["query", "key", "value"] {
            linear(
                &format!("{layer}.attention.self.{part}"),
                HIDDEN,
                HIDDEN,
                &mut put,
            );
        }
        linear(
            &format!("{layer}.attention.output.dense"),
            HIDDEN,
            HIDDEN,
            &mut put,
        );
        linear(
            &format!("{layer}.intermediate.dense"),
            INNER,
            HIDDEN,
            &mut put,
        );
        linear(&format!("{layer}.output.dense"), HIDDEN, INNER, &mut put);
        for norm in ["attention.output.LayerNorm", "output.LayerNorm"] {
            put(format!("{layer}.{norm}.weight"), &[HIDDEN]);
            put(format!("{layer}.{norm}.bias"), &[HIDDEN]);
        }
    }
    if kind == "bert" {
        linear("bert.pooler.dense", HIDDEN, HIDDEN, &mut put);
        linear("classifier", labels, HIDDEN, &mut put);
    } else {
        linear("classifier.dense", HIDDEN, HIDDEN, &mut put);
        linear("classifier.out_proj", labels, HIDDEN, &mut put);
    }
    all
}

fn config(kind: &str, labels: &[&str]) -> Value {
    let names: serde_json::Map<String, Value> = labels
        .iter()
        .enumerate()
        .map(|(no, l)| (no.to_string(), json!(l)))
        .collect();
    json!({
        "model_type": kind, "hidden_size": HIDDEN, "num_attention_heads": HEADS,
        "intermediate_size": INNER, "num_hidden_layers": LAYERS, "vocab_size": VOCAB.len(),
        "max_position_embeddings": POSITIONS, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
        "hidden_act": "gelu", "pad_token_id": if kind == "bert" { 0 } else { 1 }, "id2label": names,
    })
}

fn write(folder: &Path, config: &Value, weights: &Weights) {
    let vocab: serde_json::Map<String, Value> = VOCAB
        .iter()
        .enumerate()
        .map(|(no, word)| ((*word).to_owned(), json!(no)))
        .collect();
    let special = |id: usize| {
        json!({"id": id, "content": VOCAB[id], "single_word": false, "lstrip": false,
        "rstrip": false, "normalized": false, "special": true})
    };
    let mark = |name: &str, id: usize| json!({"id": name, "ids": [id], "tokens": [name]});
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0), special(1), special(2), special(3)],
        "normalizer": {"type": "Lowercase"},
        "pre_tokenizer": {"type": "Whitespace"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"[CLS]": mark("[CLS]", 1), "[SEP]": mark("[SEP]", 2)},
        },
        "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
    });
    fs::write(folder.join("tokenizer.json"), tokenizer.to_string()).unwrap();
    fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let tensors: HashMap<String, Tensor> = weights
        .iter()
        .map(|(name, (shape, numbers))| {
            let numbers: Vec<f32> = numbers.iter().map(|n| *n as f32).collect();
            let tensor = Tensor::from_vec(numbers, shape.as_slice(), &Device::Cpu).unwrap();
            (name.clone(), tensor)
        })
        .collect();
    candle_core::safetensors::save(&tensors, folder.join("model.safetensors")).unwrap();
}

/// erf by its series; the arguments here are small.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..60 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

struct Plain<'a>(&'a Weights);

impl Plain<'_> {
    fn linear(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (shape, w) = &self.0[&format!("{name}.weight")];
        let bias = &self.0[&format!("{name}.bias")].1;
        (0..shape[0])
            .map(|o| {
                bias[o]
                    + (0..shape[1])
                        .map(|i| w[o * shape[1] + i] * x[i])
                        .sum::<f64>()
            })
            .collect()
    }

    fn norm(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let (w, b) = (
            &self.0[&format!("{name}.weight")].1,
            &self.0[&format!("{name}.bias")].1,
        );
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let var = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let scaled = x.iter().map(|v| (v - mean) / (var + 1e-12).sqrt());
        scaled.zip(w).zip(b).map(|((v, w), b)| v * w + b).collect()
    }

    /// The last layer's states of these tokens, of which those from `second` on are another text.
    fn states(&self, kind: &str, ids: &[usize], second: usize) -> Vec<Vec<f64>> {
        let row = |name: &str, at: usize| {
            let table = &self.0[&format!("{kind}.embeddings.{name}.weight")].1;
            table[at * HIDDEN..(at + 1) * HIDDEN].to_vec()
        };
        let add = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a + b).collect::<Vec<f64>>();
        // RoBERTa's positions begin after the padding's number, which is 1 here; [CLS] must not be
        // that number, so the test's RoBERTa texts avoid it (see `ids`).
        let first = if kind == "bert" { 0 } else { 2 };
        let mut x: Vec<Vec<f64>> = ids
            .iter()
            .enumerate()
            .map(|(at, id)| {
                let sum = add(
                    &row("word_embeddings", *id),
                    &row("position_embeddings", at + first),
                );
                // RoBERTa knows one type.
                let is_second = kind == "bert" && at >= second;
                let kind_of = usize::from(is_second);
                let sum = add(&sum, &row("token_type_embeddings", kind_of));
                self.norm(&format!("{kind}.embeddings.LayerNorm"), &sum)
            })
            .collect();
        for no in 0..LAYERS {
            let layer = format!("{kind}.encoder.layer.{no}");
            let part = |p: &str| -> Vec<Vec<f64>> {
                let name = format!("{layer}.attention.self.{p}");
                x.iter().map(|v| self.linear(&name, v)).collect()
            };
            let (q, k, v) = (part("query"), part("key"), part("value"));
            let width = HIDDEN / HEADS;
            let mut next = Vec::new();
            for at in 0..x.len() {
                let mut mixed = Vec::new();
                for head in 0..HEADS {
                    let span = head * width..(head + 1) * width;
                    let score = |other: usize| {
                        let dot: f64 = span.clone().map(|i| q[at][i] * k[other][i]).sum();
                        (dot / (width as f64).sqrt()).exp()
                    };
                    let sum: f64 = (0..x.len()).map(score).sum();
                    for i in span.clone() {
                        let value = |other: usize| score(other) / sum * v[other][i];
                        mixed.push((0..x.len()).map(value).sum());
                    }
                }
                let out = self.linear(&format!("{layer}.attention.output.dense"), &mixed);
                let told = self.norm(
                    &format!("{layer}.attention.output.LayerNorm"),
                    &add(&out, &x[at]),
                );
                let inner: Vec<f64> = self
                    .linear(&format!("{layer}.intermediate.dense"), &told)
                    .into_iter()
                    .map(|v| 0.5 * v * (1.0 + erf(v / 2_f64.sqrt())))
                    .collect();
                let out = self.linear(&format!("{layer}.output.dense"), &inner);
                next.push(self.norm(&format!("{layer}.output.LayerNorm"), &add(&out, &told)));
            }
            x = next;
        }
        x
    }

    /// The logits for these tokens.
    fn logits(&self, kind: &str, ids: &[usize]) -> Vec<f64> {
        self.logits_of_pair(kind, ids, ids.len())
    }

    fn logits_of_pair(&self, kind: &str, ids: &[usize], second: usize) -> Vec<f64> {
        let x = self.states(kind, ids, second);
        let (dense, last) = match kind {
            "bert" => ("bert.pooler.dense", "classifier"),
            _ => ("classifier.dense", "classifier.out_proj"),
        };
        let pooled: Vec<f64> = self
            .linear(dense, &x[0])
            .into_iter()
            .map(f64::tanh)
            .collect();
        self.linear(last, &pooled)
    }
}

fn ids(text: &str) -> Vec<usize> {
    let word = |w: &str| VOCAB.iter().position(|v| *v == w).unwrap_or(3);
    let words = text.split(' ').map(word);
    std::iter::once(1).chain(words).chain([2]).collect()
}

#[test]
fn bert_and_roberta_score_as_plain_sums_do() {
    for (kind, labels, seed) in [
        ("bert", &["neutral", "toxic"][..], 1),
        ("bert", &["toxic", "obscene", "threat"][..], 2),
        ("roberta", &["nothate", "hate"][..], 3),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let weights = weights(kind, labels.len(), seed);
        let mut config = config(kind, labels);
        if labels.len() == 3 {
            config["problem_type"] = json!("multi_label_classification");
        }
        // In this vocabulary [CLS] is 1: a padding of that number would not be counted as a position.
        if kind == "roberta" {
            config["pad_token_id"] = json!(0);
        }
        write(folder.path(), &config, &weights);
        let classifier = Classifier::open(folder.path()).unwrap();
        assert_eq!(classifier.weights_sha256().len(), 64);
        let label = labels
            .iter()
            .position(|l| matches!(*l, "toxic" | "hate"))
            .unwrap();
        for text in [
            "you are kind",
            "you are stupid",
            "the weather is fine",
            "what",
        ] {
            let logits = match kind {
                "bert" => Plain(&weights).logits(kind, &ids(text)),
                _ => Plain(&shifted(&weights)).logits(kind, &ids(text)),
            };
            let expected = match labels.len() {
                3 => 1.0 / (1.0 + (-logits[label]).exp()),
                _ => logits[label].exp() / logits.iter().map(|l| l.exp()).sum::<f64>(),
            };
            let score = classifier.score(text).unwrap();
            assert!(
                (score - expected).abs() < 1e-5,
                "{kind} {text}: {score} {expected}"
            );
        }
        // Longer than the model reads: cut, not an error.
        let long = "the weather is fine ".repeat(50);
        assert!(classifier.score(&long).unwrap().is_finite());
        assert!(classifier.score("").unwrap().is_finite());
    }
}

/// With padding 0 RoBERTa's first position is 1, not 2: the same table one row on.
fn shifted(weights: &Weights) -> Weights {
    let mut all = weights.clone();
    let name = "roberta.embeddings.position_embeddings.weight";
    let (_, numbers) = all.get_mut(name).unwrap();
    numbers.rotate_right(HIDDEN);
    all
}

#[test]
fn damaged_and_foreign_folders_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let weights = weights("bert", 2, 4);
    let good = config("bert", &["neutral", "toxic"]);
    let refused = |config: &Value, weights: &Weights| {
        write(folder.path(), config, weights);
        match Classifier::open(folder.path()) {
            Ok(_) => panic!("opened: {config}"),
            Err(error) => error.to_string(),
        }
    };
    let with = |field: &str, value: Value| {
        let mut config = good.clone();
        config[field] = value;
        config
    };
    for (field, value, words) in [
        ("model_type", json!("llama"), "llama"),
        ("num_attention_heads", json!(0), "num_attention_heads"),
        ("num_attention_heads", json!(3), "divide"),
        ("num_hidden_layers", json!(1_000_000), "num_hidden_layers"),
        ("num_hidden_layers", json!(5), "do not fit"),
        ("hidden_size", json!(16), "do not fit"),
        ("vocab_size", json!(5), ""),
        ("hidden_act", json!("swoosh"), "swoosh"),
        ("id2label", json!({"0": "joy", "1": "fear"}), "joy"),
    ] {
        let said = refused(&with(field, value), &weights);
        assert!(
            said.contains("config.json") || said.contains("safetensors"),
            "{said}"
        );
        assert!(said.contains(words), "{field}: {said}");
    }
    let mut short = weights.clone();
    short.remove("classifier.bias");
    assert!(refused(&good, &short).contains("classifier.bias"));
    write(folder.path(), &good, &weights);
    let path = folder.path().join("model.safetensors");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let error = Classifier::open(folder.path()).err().unwrap().to_string();
    assert!(error.contains("model.safetensors"), "{error}");
    fs::remove_file(&path).unwrap();
    assert!(Classifier::open(folder.path()).is_err());
}

#[test]
fn a_run_is_scored_by_the_classifier_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let scorer = folder.path().join("tiny-toxic");
    fs::create_dir(&scorer).unwrap();
    let weights = weights("bert", 2, 5);
    write(&scorer, &config("bert", &["neutral", "toxic"]), &weights);
    let texts = folder.path().join("texts.txt");
    fs::write(&texts, "you are\nthe weather is\n").unwrap();
    let out = folder.path().join("run");
    let output = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args([
            "run",
            "--conditions",
            "q",
            "--rounds",
            "1",
            "--samples",
            "3",
            "--items",
        ])
        .arg(&texts)
        .arg("--scorer")
        .arg(&scorer)
        .arg("--out")
        .arg(&out)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let classifier = Classifier::open(&scorer).unwrap();
    let text = fs::read_to_string(out.join("answers.jsonl")).unwrap();
    assert_eq!(text.lines().count(), 6);
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["scored"]["scorer"], "tiny-toxic (label toxic)");
        assert_eq!(line["made_with"]["scorer"], classifier.weights_sha256());
        let said = line["steps"][0]["text"].as_str().unwrap();
        let expected = classifier.score(said).unwrap();
        assert!((line["scored"]["toxicity"].as_f64().unwrap() - expected).abs() < 1e-9);
    }
    // The record says of every text what the board counts of it, and by whom it was scored.
    let opened = Command::new(env!("CARGO_BIN_EXE_recant"))
        .args(["open", "--plain"])
        .arg(&out)
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(opened.stdout).unwrap();
    let first = text
        .lines()
        .take(1)
        .map(|l| serde_json::from_str::<Value>(l).unwrap());
    for line in first {
        let score = line["scored"]["toxicity"].as_f64().unwrap();
        let expected = format!("toxicity {score:.2} by tiny-toxic (label toxic)");
        assert!(told.contains(&expected), "{expected}: {told}");
    }
}

const ANSWERS: [&str; 5] = [
    "you are kind",
    "weather is fine",
    "you are stupid",
    " you are kind",
    "kind weather",
];

/// Clusters by the first member, as the paper does it.
fn clusters(same: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::new();
    let mut all = Vec::new();
    for (at, answer) in ANSWERS.iter().enumerate() {
        let equal = |f: &usize| ANSWERS[*f].trim() == answer.trim();
        let found = first.iter().position(equal);
        let found = found.or_else(|| first.iter().position(|f| same(*f, at)));
        all.push(found.unwrap_or(first.len()));
        if found.is_none() {
            first.push(at);
        }
    }
    all
}

fn is_telling(clusters: &[usize]) -> bool {
    let most = clusters.iter().max().unwrap() + 1;
    most > 1 && most < ANSWERS.len() - 1
}

#[test]
fn entailment_both_ways_makes_clusters_as_plain_sums_do() {
    let labels = ["CONTRADICTION", "NEUTRAL", "ENTAILMENT"];
    let question = "what";
    let words = |at: usize| -> Vec<usize> {
        let all = ids(&format!("{question} {}", ANSWERS[at].trim()));
        all[1..all.len() - 1].to_vec()
    };
    for kind in ["bert", "roberta"] {
        let mut told = 0;
        for seed in 1..30 {
            let weights = weights(kind, labels.len(), seed);
            let plain = match kind {
                "bert" => weights.clone(),
                _ => shifted(&weights),
            };
            let label = |a: usize, b: usize| {
                let (a, b) = (words(a), words(b));
                let pair = [&a[..], &b[..]].concat();
                let logits = Plain(&plain).logits_of_pair(kind, &pair, a.len());
                (0..3).find(|l| logits.iter().all(|x| *x <= logits[*l]))
            };
            let both = |a: usize, b: usize| [label(a, b), label(b, a)];
            let expected = clusters(|a, b| both(a, b) == [Some(2); 2]);
            let apart = clusters(|a, b| !both(a, b).contains(&Some(0)));
            if !is_telling(&expected) {
                continue;
            }
            told += 1;
            let folder = tempfile::tempdir().unwrap();
            let mut config = config(kind, &labels);
            config["pad_token_id"] = json!(0);
            write(folder.path(), &config, &weights);
            let judge = Judge::open(folder.path(), None).unwrap();
            let found = judge.clusters(question, &ANSWERS).unwrap();
            assert_eq!(found.same, expected);
            assert_eq!(found.unless_contradiction, Some(apart));
            assert!(judge.name().ends_with("entailment both ways"));
            assert!(Judge::open(folder.path(), Some(0.5)).is_err());
        }
        assert!(told > 1, "{kind}: no seed tells anything");
    }
    let folder = tempfile::tempdir().unwrap();
    let of = ["toxic", "fine"];
    write(folder.path(), &config("bert", &of), &weights("bert", 2, 1));
    let wrong = Judge::open(folder.path(), None).err().unwrap().to_string();
    assert!(wrong.contains("none of the labels toxic, fine"), "{wrong}");
}

#[test]
fn cosines_of_mean_states_make_clusters_as_plain_sums_do() {
    for kind in ["bert", "roberta"] {
        let mut all = weights(kind, 2, 5);
        all.retain(|name, _| name.starts_with(kind) && !name.contains("pooler"));
        let plain = match kind {
            "bert" => all.clone(),
            _ => shifted(&all),
        };
        let state = |at: usize| -> Vec<f64> {
            let ids = ids(ANSWERS[at].trim());
            let states = Plain(&plain).states(kind, &ids, ids.len());
            let mean = |i: usize| states.iter().map(|s| s[i]).sum::<f64>() / states.len() as f64;
            (0..HIDDEN).map(mean).collect()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let cosine = |a: usize, b: usize| {
            let (a, b) = (state(a), state(b));
            dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt()
        };
        // A threshold between two of the cosines.
        let mut cosines: Vec<f64> = (0..5)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| cosine(a, b))
            .collect();
        cosines.sort_by(f64::total_cmp);
        let least = (cosines[5] + cosines[6]) / 2.0;
        let expected = clusters(|a, b| cosine(a, b) >= least);
        assert!(is_telling(&expected), "{expected:?}");
        // With the model's name before the tensors', and without it.
        for with_name in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let mut config = config(kind, &["a", "b"]);
            config["pad_token_id"] = json!(0);
            let named: Weights = all
                .iter()
                .map(|(name, w)| match with_name {
                    true => (name.clone(), w.clone()),
                    false => (name[kind.len() + 1..].to_owned(), w.clone()),
                })
                .collect();
            write(folder.path(), &config, &named);
            let judge = Judge::open(folder.path(), Some(least)).unwrap();
            let found = judge.clusters("", &ANSWERS).unwrap();
            assert_eq!(found.same, expected, "{kind}");
            assert_eq!(found.unless_contradiction, None);
            assert!(Classifier::open(folder.path()).is_err(), "it has no labels");
        }
    }
}

/// −Σ p ln p over clusters, of each item's answers; the mean over items.
fn semantic_entropy(run: &Path, judge: &Judge) -> f64 {
    let text = fs::read_to_string(run.join("answers.jsonl")).unwrap();
    let mut items: HashMap<String, (String, Vec<String>)> = HashMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let item = items.entry(text(&line["item"])).or_default();
        item.0 = text(&line["beginning"]);
        item.1.push(text(&line["steps"][0]["text"]));
    }
    let one = |(beginning, answers): &(String, Vec<String>)| -> f64 {
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let clusters = judge.clusters(beginning, &answers).unwrap().same;
        let share = |c: usize| {
            let here = clusters.iter().filter(|x| **x == c).count();
            here as f64 / clusters.len() as f64
        };
        let shares = (0..clusters.len()).map(share).filter(|p| *p > 0.0);
        shares.map(|p| -p * p.ln()).sum()
    };
    items.values().map(one).sum::<f64>() / items.len() as f64
}

#[test]
fn a_report_clusters_a_runs_texts_by_the_model_it_is_given() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let recant = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_recant"))
            .current_dir(folder.path())
            .args(args)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let out = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), out, said)
    };
    let texts = "you are\nthe weather is\nyou are kind the weather is\n";
    fs::write(at("texts.txt"), texts).unwrap();
    let run = [
        "run",
        "--conditions",
        "q",
        "--rounds",
        "1",
        "--samples",
        "4",
        "--items",
        "texts.txt",
        "--out",
        "run",
    ];
    let (code, _, said) = recant(&run);
    assert_eq!(code, Some(0), "{said}");
    // An encoder without a head, and a classifier of entailment.
    let mut bare = weights("bert", 2, 5);
    bare.retain(|name, _| name.starts_with("bert") && !name.contains("pooler"));
    let labels = ["contradiction", "neutral", "entailment"];
    let folders = [
        ("encoder", config("bert", &[]), bare),
        ("nli", config("bert", &labels), weights("bert", 3, 4)),
    ];
    for (name, config, weights) in folders {
        fs::create_dir(at(name)).unwrap();
        write(&at(name), &config, &weights);
        let least = (name == "encoder").then_some(0.995);
        let judge = Judge::open(&at(name), least).unwrap();
        let expected = semantic_entropy(&at("run"), &judge);
        let mut args = vec!["report", "run", "--meanings", name];
        args.extend(least.map_or(&[][..], |_| &["--same-from", "0.995"]));
        let (code, table, said) = recant(&args);
        assert_eq!(code, Some(0), "{said}");
        assert!(table.contains(&judge.name()[..18]), "{table}");
        args.extend(["--format", "json"]);
        let report: Value = serde_json::from_str(&recant(&args).1).unwrap();
        let metrics = &report["cells"][0]["metrics"];
        let entropy = &metrics["semantic_entropy"];
        assert!(
            (entropy["value"].as_f64().unwrap() - expected).abs() < 1e-9,
            "{entropy}"
        );
        assert_eq!((&entropy["samples"], &entropy["n"]), (&json!(4), &json!(3)));
        let by = entropy["texts_clustered_by"].as_str().unwrap();
        assert!(by.starts_with(judge.name()), "{by}");
        let coded = &metrics["semantic_uncertainty_as_p3_codes_it"];
        assert_eq!(coded["value"].is_number(), name == "nli", "{metrics}");
    }
    for (args, expected) in [
        (
            &["--meanings", "nli", "--same-from", "0.5"][..],
            "threshold",
        ),
        (&["--meanings", "nowhere"], "nowhere/config.json"),
        (&["--same-from", "0.5"], "--meanings"),
    ] {
        let (code, _, said) = recant(&[&["report", "run"], args].concat());
        assert!(code == Some(2) && said.contains(expected), "{said}");
    }
}
