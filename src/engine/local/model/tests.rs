use std::collections::HashMap;

use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};

use super::*;
use crate::engine::local::files::{Part, WeightsFile};
use crate::engine::local::kernel;
use crate::engine::local::quant::Matrix;

const CONFIG: &str = r#"{
    "model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 512,
    "vocab_size": 300, "max_position_embeddings": 128, "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu",
    "bos_token_id": 1, "eos_token_id": 2
}"#;

/// A llama with random weights.
fn random(threads: usize) -> Decoder {
    random_on(Compute::new(threads))
}

fn random_on(compute: Compute) -> Decoder {
    let part = Part {
        name: "config.json".into(),
        bytes: CONFIG.as_bytes().into(),
    };
    let config = DecoderConfig::read(&part).unwrap();
    let mut state = 7u64;
    let mut tensors = HashMap::new();
    let mut add = |name: String, shape: &[usize]| {
        let scale = 1.7 / (shape[shape.len() - 1] as f32).sqrt();
        let mut next = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let x = (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0;
            if shape.len() == 1 {
                1.0 + 0.1 * x
            } else {
                x * scale
            }
        };
        let numbers: Vec<f32> = (0..shape.iter().product()).map(|_| next()).collect();
        let tensor = Tensor::from_vec(numbers, shape, &Device::Cpu).unwrap();
        tensors.insert(name, tensor);
    };
    add("model.embed_tokens.weight".into(), &[300, 256]);
    add("model.norm.weight".into(), &[256]);
    for i in 0..2 {
        for (name, shape) in [
            ("self_attn.q_proj", &[256, 256][..]),
            ("self_attn.k_proj", &[128, 256]),
            ("self_attn.v_proj", &[128, 256]),
            ("self_attn.o_proj", &[256, 256]),
            ("mlp.gate_proj", &[512, 256]),
            ("mlp.up_proj", &[512, 256]),
            ("mlp.down_proj", &[256, 512]),
            ("input_layernorm", &[256]),
            ("post_attention_layernorm", &[256]),
        ] {
            add(format!("model.layers.{i}.{name}.weight"), shape);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    candle_core::safetensors::save(&tensors, &path).unwrap();
    let weights = Weights::read(&[WeightsFile::Path(path)]).unwrap();
    Decoder::new(config, weights, compute).unwrap()
}

/// With all matrices in blocks of `kind`; or with the values of such blocks, in f32.
fn requantise(model: &mut Decoder, kind: GgmlDType, in_f32: bool) {
    let blocks = |linear: &Linear, inputs: usize| {
        let mut rows = vec![0f32; linear.outputs() * inputs];
        for (i, row) in rows.chunks_exact_mut(inputs).enumerate() {
            linear.weight_row(i, row);
        }
        let shape = (linear.outputs(), inputs);
        let rows = Tensor::from_vec(rows, shape, &Device::Cpu).unwrap();
        let bytes = QTensor::quantize(&rows, kind).unwrap();
        let bytes = bytes.data().unwrap().into_owned();
        let mut matrix = Matrix::read(kind, shape.0, inputs, bytes).unwrap();
        if in_f32 {
            matrix = Matrix::F32(matrix.numbers().unwrap());
        }
        Linear::of_parts(vec![matrix], inputs, None)
    };
    for layer in &mut model.layers {
        layer.qkv = blocks(&layer.qkv, 256);
        layer.out = blocks(&layer.out, 256);
        layer.up = blocks(&layer.up, 256);
        layer.down = blocks(&layer.down, 512);
    }
    model.head = blocks(&model.head, 256);
    model.forms = model.head.forms();
}

fn logits(model: &Decoder, tokens: &[u32], chunk: usize) -> Vec<f32> {
    let mut kv = model.start();
    let mut scratch = Scratch::default();
    let mut all = Vec::new();
    for tokens in tokens.chunks(chunk) {
        let segment = Segment {
            tokens,
            kv: &mut kv,
            wanted: Wanted::From(0),
        };
        all.extend_from_slice(model.forward(&mut [segment], &mut scratch, None));
    }
    all
}

/// Root mean square of the difference, in units of that of `b`.
fn apart(a: &[f32], b: &[f32]) -> f64 {
    let square = |x: f32| f64::from(x) * f64::from(x);
    let off: f64 = a.iter().zip(b).map(|(a, b)| square(a - b)).sum();
    (off / b.iter().map(|b| square(*b)).sum::<f64>()).sqrt()
}

#[test]
fn a_quantised_model_computes_what_its_weights_say_in_any_chunks_on_any_threads() {
    let tokens: Vec<u32> = (0..40).map(|i| i * 37 % 300).collect();
    let plain = logits(&random(1), &tokens, 40);
    for (kind, to_plain) in [(GgmlDType::Q8_0, 0.04), (GgmlDType::Q4K, 0.3)] {
        let [mut blocks, mut values, mut shared] = [random(1), random(1), random(2)];
        requantise(&mut blocks, kind, false);
        requantise(&mut values, kind, true);
        requantise(&mut shared, kind, false);
        let all = logits(&blocks, &tokens, 40);
        let values = logits(&values, &tokens, 40);
        // What is left is the rounding of the rows to 8 bits.
        assert!(
            apart(&all, &values) < 0.03,
            "{kind:?}: {}",
            apart(&all, &values)
        );
        assert!(
            apart(&all, &plain) < to_plain,
            "{kind:?}: {}",
            apart(&all, &plain)
        );
        for chunk in [1, 7] {
            assert_eq!(all, logits(&blocks, &tokens, chunk), "{kind:?}, {chunk}");
            assert_eq!(all, logits(&shared, &tokens, chunk), "{kind:?}, {chunk}");
        }
    }
}

/// Some sequences in one pass, of which different rows are wanted.
fn together(model: &Decoder) -> Vec<f32> {
    let tokens: Vec<u32> = (0..90).map(|i| i * 53 % 300).collect();
    let parts = [
        (0..30, Wanted::From(28)),
        (30..35, Wanted::Nothing),
        (35..36, Wanted::From(0)),
        (36..90, Wanted::From(50)),
    ];
    let mut kvs: Vec<_> = parts.iter().map(|_| model.start()).collect();
    let mut scratch = Scratch::default();
    let mut segments: Vec<Segment<'_>> = kvs
        .iter_mut()
        .zip(&parts)
        .map(|(kv, (range, wanted))| Segment {
            tokens: &tokens[range.clone()],
            kv,
            wanted: *wanted,
        })
        .collect();
    let mut all = model.forward(&mut segments, &mut scratch, None).to_vec();
    // What the first pass left behind is what the next one goes on from.
    let mut segments: Vec<Segment<'_>> = kvs
        .iter_mut()
        .map(|kv| Segment {
            tokens: &tokens[7..14],
            kv,
            wanted: Wanted::From(6),
        })
        .collect();
    all.extend_from_slice(model.forward(&mut segments, &mut scratch, None));
    all
}

#[test]
fn neither_threads_apart_nor_instructions_nor_rows_left_out_change_a_bit() {
    let one = together(&random(1));
    assert_eq!(one.len(), 300 * (2 + 1 + 4 + 4));
    // Small enough for shares of their own; and with products shared.
    let two = random(2);
    let rows = |n| vec![0; n];
    let (long, mut kvs) = (rows(20), [two.start(), two.start()]);
    let segments = kvs.each_mut().map(|kv| Segment {
        tokens: &long,
        kv,
        wanted: Wanted::Nothing,
    });
    assert_eq!(two.cuts(&segments), Some(vec![1]));
    assert_eq!(one, together(&two));
    // Where somebody looks on, all rows go through the last block.
    let tokens: Vec<u32> = (0..30).map(|i| i * 53 % 300).collect();
    let mut seen = 0;
    let mut tap = |_: usize, rows: &[f32]| seen += rows.len();
    let mut kv = two.start();
    let segment = Segment {
        tokens: &tokens,
        kv: &mut kv,
        wanted: Wanted::From(28),
    };
    let mut scratch = Scratch::default();
    let tapped = two.forward(&mut [segment], &mut scratch, Some(&mut tap));
    assert_eq!(tapped, &one[..2 * 300]);
    assert_eq!(seen, 3 * 30 * 256);
    for arch in kernel::available() {
        let compute = Compute {
            arch,
            ..Compute::new(1)
        };
        let other = together(&random_on(compute));
        match arch {
            // Two roundings where there is no fused multiply-add.
            pulp::Arch::Scalar => assert!(apart(&one, &other) < 1e-5),
            _ => assert_eq!(one, other, "{arch:?}"),
        }
    }
}
