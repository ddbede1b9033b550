//! The path that graphics processors take, on candle's own CPU kernels: the same code but for the device.
//! Against reference values of Hugging Face transformers (optional) and against our own kernels.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;
mod gguf_files;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use candle_core::{Device, Tensor};
use recant::engine::local::accelerator::{Accelerator, Precision};
use recant::engine::local::compute::Compute;
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::files::{Part, WeightsFile};
use recant::engine::local::gguf::Gguf;
use recant::engine::local::model::{Decoder, Scratch, Segment, Wanted};
use recant::engine::local::source::Source;
use recant::engine::local::weights::Weights;

use self::gguf_files::convert::convert;
use self::gguf_files::{F16, F32, Q8_0};

/// As ggml numbers them.
const Q4_K: u32 = 12;
const Q6_K: u32 = 14;

const FAMILIES: [&str; 12] = [
    "gemma2",
    "gpt2",
    "gpt_neox",
    "llama",
    "llama3_rope",
    "llama_tied_bias",
    "mistral_window",
    "olmo",
    "olmo2",
    "phi3",
    "qwen2",
    "qwen3",
];

fn numbers(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn worst(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let off = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    off.fold(0.0, f32::max)
}

/// Two sequences in one batch, one of them read in two passes: the logits of all tokens of the second.
fn logits(model: &Decoder, ids: &[u32]) -> Vec<f32> {
    let (mut other, mut kv) = (model.start(), model.start());
    let mut scratch = Scratch::default();
    let (begin, rest) = ids.split_at(ids.len() / 2);
    let mut all = Vec::new();
    for tokens in [begin, rest] {
        let mut batch = [
            Segment {
                tokens: &ids[..3],
                kv: &mut other,
                wanted: Wanted::Nothing,
            },
            Segment {
                tokens,
                kv: &mut kv,
                wanted: Wanted::From(0),
            },
        ];
        all.extend_from_slice(model.forward(&mut batch, &mut scratch, None));
        assert_eq!(model.fault(), None);
    }
    all
}

#[test]
fn every_family_agrees_with_transformers() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/golden");
    if !golden.is_dir() {
        println!("skipped: no ../shared/golden");
        return;
    }
    for name in FAMILIES {
        let folder = golden.join(name);
        let config = Part {
            name: "config.json".into(),
            bytes: std::fs::read(folder.join("config.json")).unwrap().into(),
        };
        let weights =
            Weights::read(&[WeightsFile::Path(folder.join("model.safetensors"))]).unwrap();
        let expected: HashMap<String, Tensor> =
            candle_core::safetensors::load(folder.join("expected.safetensors"), &Device::Cpu)
                .unwrap();
        let ids: Vec<i64> = expected["input_ids"]
            .to_dtype(candle_core::DType::I64)
            .and_then(|t| t.flatten_all())
            .and_then(|t| t.to_vec1())
            .unwrap();
        let ids: Vec<u32> = ids.into_iter().map(|id| id as u32).collect();
        let compute = Compute::new(1).with(Some(Accelerator::on_cpu(Precision::F32)));
        let model = Decoder::new(DecoderConfig::read(&config).unwrap(), weights, compute).unwrap();
        assert_eq!(model.kernel(), "candle on the CPU f32");
        let off = worst(&logits(&model, &ids), &numbers(&expected["logits"]));
        println!("{name}: off by {off:.1e}");
        assert!(off <= 2e-4, "{name}: off by {off}");
    }
}

#[test]
fn quantised_and_short_weights_agree_with_our_own_kernels() {
    let size = engine_models::Size {
        hidden: 256,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        inner: 512,
        vocab: 300,
        context: 128,
    };
    let (config, tensors) = (engine_models::config(size), engine_models::tensors(size));
    let ids: Vec<u32> = (0..40).map(|i| i * 7 % 300).collect();
    let decoder = |kind, compute| {
        let writer = convert(&config, &tensors, kind);
        let gguf = Gguf::read(Source::memory("test.gguf", writer.bytes())).unwrap();
        let config = DecoderConfig::read(&gguf.config().unwrap()).unwrap();
        let weights = Weights::read(&[WeightsFile::Gguf(Arc::new(gguf))]).unwrap();
        Decoder::new(config, weights, compute).unwrap()
    };
    for (kind, precision, bound) in [
        (F32, Precision::F32, 1e-5),
        (F32, Precision::Bf16, 0.03),
        (F16, Precision::F16, 0.005),
        (Q8_0, Precision::Bf16, 0.03),
        (Q4_K, Precision::Bf16, 0.03),
        (Q6_K, Precision::Bf16, 0.03),
    ] {
        let own = logits(&decoder(kind, Compute::new(1)), &ids);
        let accelerator = Accelerator::on_cpu(precision);
        let there = decoder(kind, Compute::new(2).with(Some(accelerator)));
        let off = worst(&logits(&there, &ids), &own);
        let size = own.iter().fold(0f32, |a, b| a.max(b.abs()));
        println!("{kind:?} {precision:?}: off by {off:.1e} of {size:.1}");
        assert!(
            off <= bound * size,
            "{kind:?} {precision:?}: {off} of {size}"
        );
    }
}
