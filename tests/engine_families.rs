//! Every family, and the switches its published models use, against a plain implementation in f64;
//! and that neither cuts nor neighbours nor forks change a bit, across LongRoPE's edge too.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;

use std::collections::HashMap;

use candle_core::Tensor;
use engine_models::families::{configs, shapes, tensors};
use engine_models::plain;
use recant::engine::EngineError;
use recant::engine::local::compute::Compute;
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::files::{Part, WeightsFile};
use recant::engine::local::kv::Kv;
use recant::engine::local::model::{Decoder, Scratch, Segment, Wanted};
use recant::engine::local::weights::Weights;
use serde_json::{Value, json};

fn read(config: &Value) -> DecoderConfig {
    DecoderConfig::read(&Part {
        name: "config.json".into(),
        bytes: serde_json::to_vec(config).unwrap().into(),
    })
    .unwrap()
}

fn open(config: &Value, tensors: &HashMap<String, Tensor>) -> Result<Decoder, EngineError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    candle_core::safetensors::save(tensors, &path).unwrap();
    let weights = Weights::read(&[WeightsFile::Path(path)])?;
    Decoder::new(read(config), weights, Compute::new(1))
}

fn config(family: &str, more: Value) -> Value {
    let is_it = |c: &Value| c["model_type"] == family;
    let mut config = configs().into_iter().find(is_it).unwrap();
    let map = config.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    config
}

/// Logits of every new token.
fn pass(model: &Decoder, kv: &mut Kv, tokens: &[u32]) -> Vec<f32> {
    let segment = Segment {
        tokens,
        kv,
        wanted: Wanted::From(0),
    };
    let mut scratch = Scratch::default();
    model.forward(&mut [segment], &mut scratch, None).to_vec()
}

fn ids(seed: u32, count: u32) -> Vec<u32> {
    (0..count)
        .map(|i| (i * 37 + i * i * 11 + seed) % 101)
        .collect()
}

fn check(config: &Value) {
    let name = config.to_string();
    let tensors = tensors(&shapes(&read(config)));
    let model = open(config, &tensors).unwrap();
    let ids = ids(5, 40);
    let vocab = model.config().vocab;
    let whole = pass(&model, &mut model.start(), &ids);
    let is_long = config["rope_scaling"]["type"] == "longrope";
    let plain = match is_long {
        false => plain::logits(config, &tensors, &ids),
        // What the model says after a token is what it says for the sequence that ends there.
        true => (1..=ids.len())
            .map(|n| plain::logits(config, &tensors, &ids[..n]).pop().unwrap())
            .collect(),
    };
    for (no, (ours, plain)) in whole.chunks_exact(vocab).zip(&plain).enumerate() {
        let most = plain.iter().fold(0f64, |a, b| a.max(b.abs()));
        assert!(
            most > 0.3 && most < 200.0,
            "{name}: logits up to {most} say little"
        );
        for (a, b) in ours.iter().zip(plain) {
            let off = (f64::from(*a) - b).abs();
            assert!(off < 2e-4, "{name}: row {no} off by {off}");
        }
    }

    for chunk in [1, 3, 7, 33] {
        let mut kv = model.start();
        let cut: Vec<f32> = ids
            .chunks(chunk)
            .flat_map(|part| pass(&model, &mut kv, part))
            .collect();
        assert_eq!(cut, whole, "{name}: chunks of {chunk}");
    }

    // Three sequences in different places of the same text, in one pass.
    let (mut a, mut b, mut c) = (model.start(), model.start(), model.start());
    let _ = pass(&model, &mut b, &ids[..5]);
    let _ = pass(&model, &mut c, &ids[..39]);
    let segment = |tokens, kv, wanted| Segment { tokens, kv, wanted };
    let mut batch = [
        segment(&ids[..9], &mut a, Wanted::From(8)),
        segment(&ids[5..], &mut b, Wanted::From(3)),
        segment(&ids[39..], &mut c, Wanted::From(0)),
    ];
    let mut scratch = Scratch::default();
    let mut rows_seen = Vec::new();
    let mut tap = |_: usize, rows: &[f32]| rows_seen.push(rows.len());
    let got = model
        .forward(&mut batch, &mut scratch, Some(&mut tap))
        .to_vec();
    let mut want = whole[8 * vocab..9 * vocab].to_vec();
    want.extend_from_slice(&whole[8 * vocab..]);
    want.extend_from_slice(&whole[39 * vocab..]);
    assert_eq!(got, want, "{name}: ragged batch");
    assert_eq!(rows_seen, [45 * model.config().hidden; 4], "{name}: taps");

    // A fork goes on as a sequence that was never anything else.
    let other = self::ids(77, 12);
    for at in [1, 10, 23, 24, 25, 31, 40] {
        let mut fork = b.fork(at);
        let mut fresh = model.start();
        let _ = pass(&model, &mut fresh, &ids[..at]);
        assert_eq!(
            pass(&model, &mut fork, &other),
            pass(&model, &mut fresh, &other),
            "{name}: fork at {at}"
        );
    }
}

#[test]
fn every_family_agrees_with_the_plain_one() {
    configs().iter().for_each(check);
}

#[test]
fn switches_of_published_models_agree_with_the_plain_one() {
    let layers = json!(["sliding_attention", "full_attention", "sliding_attention"]);
    for (family, more) in [
        (
            "llama",
            json!({"rope_scaling": {"rope_type": "linear", "factor": 2.5}, "mlp_bias": false}),
        ),
        (
            "llama",
            json!({"attention_bias": false, "head_dim": null, "tie_word_embeddings": true}),
        ),
        ("mistral", json!({"sliding_window": null, "head_dim": 20})),
        (
            "phi3",
            json!({"rope_scaling": null, "partial_rotary_factor": 1.0, "sliding_window": null}),
        ),
        ("phi3", json!({"sliding_window": null})),
        (
            "gemma2",
            json!({"attn_logit_softcapping": null, "final_logit_softcapping": null, "attention_bias": false}),
        ),
        (
            "gemma2",
            json!({"layer_types": ["full_attention", "sliding_attention", "full_attention"]}),
        ),
        (
            "qwen2",
            json!({"use_sliding_window": false, "tie_word_embeddings": true}),
        ),
        (
            "qwen3",
            json!({"use_sliding_window": true, "sliding_window": 5, "layer_types": layers, "attention_bias": true}),
        ),
        (
            "olmo",
            json!({"clip_qkv": null, "tie_word_embeddings": true}),
        ),
        ("olmo2", json!({"num_key_value_heads": 1})),
        (
            "gpt2",
            json!({"scale_attn_weights": false, "scale_attn_by_inverse_layer_idx": false}),
        ),
        (
            "gpt_neox",
            json!({"use_parallel_residual": true, "rotary_pct": 0.17}),
        ),
        (
            "gpt_neox",
            json!({"attention_bias": false, "tie_word_embeddings": true}),
        ),
    ] {
        check(&config(family, more));
    }
}

/// Files of the decoder alone leave its prefix out; newer GPT-NeoX files say lm_head.
#[test]
fn tensors_are_found_by_their_other_names() {
    for (family, from, to) in [
        ("gpt2", "transformer.", ""),
        ("gpt_neox", "gpt_neox.", ""),
        ("llama", "model.", ""),
        ("gpt_neox", "embed_out", "lm_head"),
    ] {
        let config = config(family, json!({}));
        let tensors = tensors(&shapes(&read(&config)));
        let renamed = tensors
            .iter()
            .map(|(n, t)| (n.replacen(from, to, 1), t.clone()));
        let (one, two) = (
            open(&config, &tensors).unwrap(),
            open(&config, &renamed.collect()).unwrap(),
        );
        let ids = ids(1, 9);
        assert_eq!(
            pass(&one, &mut one.start(), &ids),
            pass(&two, &mut two.start(), &ids),
            "{family}"
        );
    }
}

/// A tensor that is missing or misshapen is named, whatever the family calls it.
#[test]
fn every_tensor_is_needed_and_checked() {
    for config in configs() {
        let shapes = shapes(&read(&config));
        // One of each kind: those of the first layer and those outside.
        for (name, shape) in shapes
            .iter()
            .filter(|(n, _)| !n.contains(".1.") && !n.contains(".2."))
        {
            let mut all = tensors(&shapes);
            all.remove(name);
            let message = open(&config, &all).err().expect(name).to_string();
            assert!(
                message.contains(name) && message.contains("missing"),
                "{message}"
            );
            let mut wrong = shape.clone();
            wrong[0] += 1;
            all.extend(tensors(&[(name.clone(), wrong)]));
            let message = open(&config, &all).err().expect(name).to_string();
            assert!(
                message.contains(name) && message.contains("has shape"),
                "{message}"
            );
        }
    }
}
