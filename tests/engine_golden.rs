//! The decoder against reference values of Hugging Face transformers, family by family, and against
//! candle-transformers. The reference folder is optional: without it these tests say so and pass.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use recant::engine::local::compute::Compute;
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::files::{Part, WeightsFile};
use recant::engine::local::kv::Kv;
use recant::engine::local::model::{Decoder, Scratch, Segment, Wanted};
use recant::engine::local::weights::Weights;

const TOLERANCE: f32 = 2e-4;

/// Every folder there must be, and how many spellings of its config.
const FAMILIES: [(&str, usize); 12] = [
    ("gemma2", 2),
    ("gpt2", 1),
    ("gpt_neox", 2),
    ("llama", 2),
    ("llama3_rope", 2),
    ("llama_tied_bias", 2),
    ("mistral_window", 2),
    ("olmo", 2),
    ("olmo2", 2),
    ("phi3", 2),
    ("qwen2", 2),
    ("qwen3", 2),
];

fn golden() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/golden");
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no ../shared/golden");
    None
}

fn open(folder: &Path, config: &str, threads: usize) -> Decoder {
    let path = folder.join(config);
    let part = Part {
        name: config.into(),
        bytes: std::fs::read(path).unwrap().into(),
    };
    let config = DecoderConfig::read(&part).unwrap();
    let weights = Weights::read(&[WeightsFile::Path(folder.join("model.safetensors"))]).unwrap();
    Decoder::new(config, weights, Compute::new(threads)).unwrap()
}

fn numbers(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn close(what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    let worst = ours
        .iter()
        .zip(theirs)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, f32::max);
    println!("{what}: off by {worst:.1e}");
    assert!(worst <= TOLERANCE, "{what}: off by {worst}");
}

/// Logits and hidden states of a pass over `tokens`.
fn pass(model: &Decoder, kv: &mut Kv, tokens: &[u32]) -> (Vec<f32>, Vec<Vec<f32>>) {
    let mut hidden = Vec::new();
    let mut scratch = Scratch::default();
    let mut tap = |_: usize, rows: &[f32]| hidden.push(rows.to_vec());
    let segment = Segment {
        tokens,
        kv,
        wanted: Wanted::From(0),
    };
    let logits = model
        .forward(&mut [segment], &mut scratch, Some(&mut tap))
        .to_vec();
    (logits, hidden)
}

fn argmax(row: &[f32]) -> u32 {
    let best = (0..row.len()).max_by(|a, b| row[*a].total_cmp(&row[*b]));
    best.unwrap() as u32
}

fn as_tokens(t: &Tensor) -> Vec<u32> {
    let t = t.to_dtype(candle_core::DType::I64).unwrap();
    let t: Vec<i64> = t.flatten_all().unwrap().to_vec1().unwrap();
    t.into_iter().map(|x| x as u32).collect()
}

/// One spelling of one family's config against its reference values.
fn check(name: &str, folder: &Path, config: &str) {
    let expected: HashMap<String, Tensor> =
        candle_core::safetensors::load(folder.join("expected.safetensors"), &Device::Cpu).unwrap();
    let ids = as_tokens(&expected["input_ids"]);
    let model = open(folder, config, 1);
    let vocab = model.config().vocab;
    let (whole, states) = pass(&model, &mut model.start(), &ids);
    let name = format!("{name}/{config}");
    close(&name, &whole, &numbers(&expected["logits"]));
    let hidden = numbers(&expected["hidden"]);
    assert_eq!(states.len(), model.config().layers + 1);
    let layers = hidden.chunks_exact(hidden.len() / states.len());
    for (no, (ours, theirs)) in states.iter().zip(layers).enumerate() {
        close(&format!("{name} hidden {no}"), ours, theirs);
    }

    // The logit lens at the last layer is the model itself.
    let mut scratch = Scratch::default();
    let last = states.last().unwrap();
    assert_eq!(
        model.read_out(last, true, &mut scratch),
        whole,
        "{name}: lens"
    );

    for chunk in [1, 3, 7, 33] {
        let mut kv = model.start();
        let cut: Vec<f32> = ids
            .chunks(chunk)
            .flat_map(|part| pass(&model, &mut kv, part).0)
            .collect();
        assert_eq!(cut, whole, "{name}: chunks of {chunk}");
    }

    // Ragged: three sequences of different lengths, two of them in the middle of their text.
    let (mut a, mut b, mut c) = (model.start(), model.start(), model.start());
    let _ = pass(&model, &mut b, &ids[..5]);
    let _ = pass(&model, &mut c, &ids[..ids.len() - 1]);
    let segment = |tokens, kv, wanted| Segment { tokens, kv, wanted };
    let mut batch = [
        segment(&ids[..9], &mut a, Wanted::From(8)),
        segment(&ids[5..], &mut b, Wanted::From(0)),
        segment(&ids[ids.len() - 1..], &mut c, Wanted::From(0)),
    ];
    let got = model.forward(&mut batch, &mut scratch, None).to_vec();
    let row = |i: usize| whole[i * vocab..(i + 1) * vocab].to_vec();
    let mut want = row(8);
    want.extend_from_slice(&whole[5 * vocab..]);
    want.extend(row(ids.len() - 1));
    assert_eq!(got, want, "{name}: ragged batch");

    let mut kv = model.start();
    let (first, _) = pass(&model, &mut kv, &ids);
    let mut next = argmax(&first[first.len() - vocab..]);
    for want in as_tokens(&expected["greedy"]) {
        assert_eq!(next, want, "{name}: greedy");
        next = argmax(&pass(&model, &mut kv, &[next]).0);
    }
}

#[test]
fn every_family_in_both_spellings_agrees_with_transformers() {
    let Some(golden) = golden() else { return };
    for (name, spellings) in FAMILIES {
        let folder = golden.join(name);
        let configs = ["config.json", "config.v4.json"];
        let configs: Vec<&str> = configs
            .into_iter()
            .filter(|c| folder.join(c).is_file())
            .collect();
        assert_eq!(configs.len(), spellings, "{name}");
        for config in configs {
            check(name, &folder, config);
        }
    }
}

/// The control model in this repository, in both decoders: the last row of every prefix.
#[test]
fn the_control_model_agrees_with_candle_transformers() {
    use candle_transformers::models::llama::{Cache, Llama, LlamaConfig};
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/control");
    let ours = open(&folder, "config.json", 1);
    let vocab = ours.config().vocab;
    let config = std::fs::read(folder.join("config.json")).unwrap();
    let config: LlamaConfig = serde_json::from_slice(&config).unwrap();
    let config = config.into_config(false);
    let (device, wide) = (Device::Cpu, candle_core::DType::F32);
    let bytes = std::fs::read(folder.join("model.safetensors")).unwrap();
    let weights = candle_nn::VarBuilder::from_buffered_safetensors(bytes, wide, &device).unwrap();
    let theirs = Llama::load(weights, &config).unwrap();

    let ids: Vec<u32> = (0..96)
        .map(|i| (i * 37 + i * i * 11) % vocab as u32)
        .collect();
    let (logits, _) = pass(&ours, &mut ours.start(), &ids);
    let mut cache = Cache::new(true, wide, &config, &device).unwrap();
    for (at, id) in ids.iter().enumerate() {
        let input = Tensor::new(&[[*id]], &device).unwrap();
        let row = numbers(&theirs.forward(&input, at, &mut cache).unwrap());
        close(
            &format!("row {at}"),
            &logits[at * vocab..(at + 1) * vocab],
            &row,
        );
    }
}
