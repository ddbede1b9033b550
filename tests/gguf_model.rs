//! Models in GGUF files against the same models in Hugging Face's format. The reference folder is
//! optional: without it those tests say so and pass.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;
mod gguf_files;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candle_core::{Device, Tensor};
use recant::engine::EngineError;
use recant::engine::local::compute::Compute;
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::files::{Part, WeightsFile};
use recant::engine::local::gguf::Gguf;
use recant::engine::local::model::{Decoder, Scratch, Segment, Wanted};
use recant::engine::local::source::Source;
use recant::engine::local::weights::Weights;
use serde_json::{Value, json};

use self::gguf_files::convert::convert;
use self::gguf_files::{BF16, F16, F32, Q4_0, Q8_0, QUANTISED, Writer, stored};

const TOLERANCE: f32 = 2e-4;

const FAMILIES: [&str; 12] = [
    "llama",
    "llama3_rope",
    "llama_tied_bias",
    "mistral_window",
    "qwen2",
    "qwen3",
    "phi3",
    "gemma2",
    "gpt2",
    "olmo",
    "olmo2",
    "gpt_neox",
];

fn golden(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/golden")
        .join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no ../shared/golden");
    None
}

type Tensors = HashMap<String, Tensor>;

fn load(folder: &Path) -> (Value, Tensors) {
    let config = std::fs::read(folder.join("config.json")).unwrap();
    let tensors = candle_core::safetensors::load(folder.join("model.safetensors"), &Device::Cpu);
    (serde_json::from_slice(&config).unwrap(), tensors.unwrap())
}

fn open(writer: &Writer) -> Result<Gguf, EngineError> {
    Gguf::read(Source::memory("test.gguf", writer.bytes()))
}

fn decoder(writer: &Writer) -> Result<Decoder, EngineError> {
    let gguf = open(writer)?;
    let config = DecoderConfig::read(&gguf.config()?)?;
    let weights = Weights::read(&[WeightsFile::Gguf(Arc::new(gguf))])?;
    Decoder::new(config, weights, Compute::new(1))
}

fn numbers(t: &Tensor) -> Vec<f32> {
    t.flatten_all().unwrap().to_vec1().unwrap()
}

fn logits(model: &Decoder, ids: &[u32]) -> Vec<f32> {
    let mut kv = model.start();
    let segment = Segment {
        tokens: ids,
        kv: &mut kv,
        wanted: Wanted::From(0),
    };
    let mut scratch = Scratch::default();
    model.forward(&mut [segment], &mut scratch, None).to_vec()
}

fn worst(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let differences = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs());
    differences.fold(0.0, f32::max)
}

/// The size of what differs, as a share of the size of `theirs` (root mean squares).
fn share(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    let square = |x: f32| f64::from(x) * f64::from(x);
    let off: f64 = ours.iter().zip(theirs).map(|(a, b)| square(a - b)).sum();
    let size: f64 = theirs.iter().map(|b| square(*b)).sum();
    (off / size).sqrt() as f32
}

/// A made-up Llama whose rows hold whole blocks of 256.
fn wide() -> (Value, Tensors) {
    let size = engine_models::Size {
        hidden: 256,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        inner: 512,
        vocab: 300,
        context: 128,
    };
    (engine_models::config(size), engine_models::tensors(size))
}

/// The decoder of Hugging Face's files with `tensors` as its weights.
fn from_safetensors(config: &Value, tensors: &Tensors) -> Decoder {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    candle_core::safetensors::save(tensors, &path).unwrap();
    let part = Part {
        name: "config.json".into(),
        bytes: config.to_string().into_bytes().into(),
    };
    let config = DecoderConfig::read(&part).unwrap();
    let weights = Weights::read(&[WeightsFile::Path(path)]).unwrap();
    Decoder::new(config, weights, Compute::new(1)).unwrap()
}

/// Every tensor, asked for as Hugging Face names and shapes it, is bit for bit what was converted.
#[test]
fn tensors_of_every_family_come_back_as_they_were() {
    for name in FAMILIES {
        let Some(folder) = golden(name) else { return };
        let (config, tensors) = load(&folder);
        let writer = convert(&config, &tensors, F32);
        let gguf = Arc::new(open(&writer).unwrap());
        let mut weights = Weights::read(&[WeightsFile::Gguf(gguf.clone())]).unwrap();
        for (tensor, values) in &tensors {
            assert!(weights.has(tensor), "{name}: {tensor}");
            let got = weights.take(tensor, values.dims()).unwrap();
            // (w + 1) - 1 loses the last bits of w; what is computed with is w + 1.
            let near = if name == "gemma2" { 1.2e-7 } else { 0.0 };
            assert!(worst(&got, &numbers(values)) <= near, "{name}: {tensor}");
            let bare = tensor.trim_start_matches("model.");
            assert_eq!(weights.take(bare, values.dims()).unwrap(), got);
        }
        let count: usize = tensors.values().map(Tensor::elem_count).sum();
        assert_eq!(weights.parameters(), count as u64, "{name}");
        assert!(!weights.has("model.layers.7.input_layernorm.weight"));
    }
}

/// Quantised rows move as a whole: dequantising what was moved is moving what was dequantised.
#[test]
fn blocks_of_every_family_are_in_hugging_faces_order() {
    for name in FAMILIES {
        let Some(folder) = golden(name) else { return };
        let (config, tensors) = load(&folder);
        let writer = convert(&config, &tensors, Q8_0);
        let gguf = Arc::new(open(&writer).unwrap());
        let mut weights = Weights::read(&[WeightsFile::Gguf(gguf)]).unwrap();
        for (tensor, values) in &tensors {
            let blocks = weights.take_blocks(tensor, values.dims()).unwrap();
            let [rows, columns] = values.dims()[..] else {
                assert!(blocks.is_none(), "{name}: {tensor} is not quantised");
                continue;
            };
            let blocks = blocks.unwrap();
            let numbers = weights.take(tensor, values.dims()).unwrap();
            // GPT-2 alone has its weights the other way round; blocks are always [outputs, inputs].
            let turned = name == "gpt2" && tensor.contains(".c_");
            let numbers = match turned {
                true => {
                    assert_eq!((blocks.rows, blocks.columns), (columns, rows));
                    let t = Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap();
                    let t = t.t().unwrap().contiguous().unwrap();
                    t.flatten_all().unwrap().to_vec1().unwrap()
                }
                false => {
                    assert_eq!((blocks.rows, blocks.columns), (rows, columns));
                    numbers
                }
            };
            let mut decoded = Vec::new();
            let format = recant::engine::local::numbers::Format::Blocks(blocks.kind);
            format.decode(&blocks.bytes, &mut decoded).unwrap();
            assert_eq!(decoded, numbers, "{name}: {tensor}");
            let change = worst(&numbers, &stored(Q8_0, &numbers));
            assert!(change < 1e-6, "{name}: {tensor}: quantised twice: {change}");
        }
    }
}

/// What the file says about the model is what the `config.json` said.
#[test]
fn configurations_of_every_family_come_back() {
    let keys = [
        "activation_function",
        "attention_bias",
        "attn_logit_softcapping",
        "clip_qkv",
        "final_logit_softcapping",
        "hidden_activation",
        "hidden_size",
        "intermediate_size",
        "layer_norm_eps",
        "layer_norm_epsilon",
        "max_position_embeddings",
        "mlp_bias",
        "n_embd",
        "n_head",
        "n_layer",
        "n_positions",
        "num_attention_heads",
        "num_hidden_layers",
        "num_key_value_heads",
        "original_max_position_embeddings",
        "query_pre_attn_scalar",
        "rms_norm_eps",
        "sliding_window",
        "tie_word_embeddings",
        "use_parallel_residual",
        "vocab_size",
    ];
    let mut compared = 0;
    for name in FAMILIES {
        let Some(folder) = golden(name) else { return };
        let (config, tensors) = load(&folder);
        let gguf = open(&convert(&config, &tensors, F32)).unwrap();
        let part = gguf.config().unwrap();
        let written: Value = serde_json::from_slice(&part.bytes).unwrap();
        let family = match name {
            "mistral_window" => "llama",
            _ => config["model_type"].as_str().unwrap(),
        };
        assert_eq!(written["model_type"], family);
        for key in keys {
            let (Some(was), Some(is)) = (config.get(key), written.get(key)) else {
                continue;
            };
            let same = match (was.as_f64(), is.as_f64()) {
                (Some(a), Some(b)) => a as f32 == b as f32,
                _ => was == is,
            };
            assert!(same, "{name}: {key} was {was}, is {is}");
            compared += 1;
        }
        assert_eq!(written["eos_token_id"], json!([2]), "{name}");
        let head_dim = written.get("head_dim").cloned().unwrap_or(json!(16));
        assert_eq!(head_dim, json!(16), "{name}");
        let theta = written.get("rope_theta").or(written.get("rotary_emb_base"));
        let was = &config["rope_parameters"]["rope_theta"];
        assert_eq!(theta.unwrap_or(&Value::Null), was, "{name}");
    }
    assert!(compared > 100, "only {compared} values compared");
}

/// What stretches the wavelengths: in the metadata, or in tensors of their own.
#[test]
fn stretched_positions_come_back() {
    let written = |writer: &Writer| -> Value {
        let part = open(writer).unwrap().config().unwrap();
        serde_json::from_slice(&part.bytes).unwrap()
    };
    let (mut config, tensors) = wide();
    config["rope_scaling"] = json!({"rope_type": "linear", "factor": 2.5});
    let value = written(&convert(&config, &tensors, F32));
    assert_eq!(value["rope_scaling"], config["rope_scaling"]);
    let Some(folder) = golden("phi3") else { return };
    let (config, tensors) = load(&folder);
    let mut writer = convert(&config, &tensors, F32);
    writer.count("phi3.rope.dimension_count", 12);
    writer.count("phi3.attention.sliding_window", 64);
    writer.real("phi3.rope.scaling.attn_factor", 1.25);
    let short: Vec<f32> = (0..6).map(|i| 1.0 + i as f32 / 8.0).collect();
    let long: Vec<f32> = (0..6).map(|i| 2.0 + i as f32).collect();
    writer.tensor("rope_factors_short.weight", &[6], F32, &short);
    writer.tensor("rope_factors_long.weight", &[6], F32, &long);
    let value = written(&writer);
    let scaling = json!({
        "rope_type": "longrope", "short_factor": short, "long_factor": long,
        "attention_factor": 1.25,
    });
    assert_eq!(value["rope_scaling"], scaling);
    assert_eq!(value["partial_rotary_factor"], 0.75);
    assert_eq!(value["sliding_window"], 64);
    assert_eq!(value["original_max_position_embeddings"], 128);
}

#[test]
fn logits_are_those_of_the_reference() {
    let mut ran = 0;
    for name in FAMILIES {
        // llama.cpp's `llama` has no window to say.
        if name == "mistral_window" {
            continue;
        }
        let Some(folder) = golden(name) else { return };
        let (config, tensors) = load(&folder);
        let model = match decoder(&convert(&config, &tensors, F32)) {
            Ok(model) => model,
            Err(EngineError::Unsupported { what, .. }) if what.starts_with("model_type") => {
                println!("skipped: {name}: {what} is not supported by the decoder yet");
                continue;
            }
            Err(e) => panic!("{name}: {e}"),
        };
        let expected = folder.join("expected.safetensors");
        let expected = candle_core::safetensors::load(expected, &Device::Cpu).unwrap();
        let ids = expected["input_ids"].to_dtype(candle_core::DType::F32);
        let ids: Vec<u32> = numbers(&ids.unwrap()).iter().map(|x| *x as u32).collect();
        let off = worst(&logits(&model, &ids), &numbers(&expected["logits"]));
        println!("{name}: off by {off:e}");
        assert!(off <= TOLERANCE, "{name}: off by {off}");
        ran += 1;
    }
    assert!(ran >= 3, "only {ran} families ran");
}

/// The decoder of `tensors` after they were stored as `kind`.
fn from_stored(config: &Value, tensors: &Tensors, kind: u32) -> Decoder {
    let as_stored = tensors.iter().map(|(name, t)| {
        let numbers = match t.rank() {
            1 => numbers(t),
            _ => stored(kind, &numbers(t)),
        };
        let tensor = Tensor::from_vec(numbers, t.dims(), &Device::Cpu).unwrap();
        (name.clone(), tensor)
    });
    from_safetensors(config, &as_stored.collect())
}

/// Formats whose products are of integers: the rows are rounded to 8 bits as well.
const IN_INTEGERS: [u32; 6] = [Q8_0, Q4_0, 6, 12, 13, 14];

/// The logits are those of the numbers that the format stores: exactly, where the products are of floats.
fn computes_what_it_stores(kind: u32, got: &[f32], want: &[f32]) {
    match IN_INTEGERS.contains(&kind) {
        true => {
            let off = share(got, want);
            println!("type {kind}: off by {off:.5} through rounded rows");
            assert!(off > 0.0 && off <= 0.04, "type {kind}: off by {off}");
        }
        false => assert_eq!(got, want, "type {kind}"),
    }
}

/// In every format the logits are those of the numbers that the format stores, and differ from
/// those of the numbers it was made from by what the format loses.
#[test]
fn every_format_computes_what_it_stores() {
    let (config, tensors) = wide();
    let ids: Vec<u32> = (0..24).map(|i| (i * 37 + 11) % 300).collect();
    let exact = logits(&from_safetensors(&config, &tensors), &ids);
    // By the bits of a number: random weights forgive least.
    let bars = [
        (F32, 1e-6),
        (F16, 1.5e-3),
        (BF16, 1e-2),
        (Q8_0, 2e-2),
        (Q4_0, 0.4),
        (3, 0.4),
        (6, 0.2),
        (7, 0.2),
        (10, 1.2),
        (11, 0.8),
        (12, 0.4),
        (13, 0.2),
        (14, 0.1),
    ];
    assert_eq!(bars.len(), QUANTISED.len() + 3);
    for (kind, bar) in bars {
        let model = decoder(&convert(&config, &tensors, kind)).unwrap();
        let got = logits(&model, &ids);
        let want = logits(&from_stored(&config, &tensors, kind), &ids);
        computes_what_it_stores(kind, &got, &want);
        let off = share(&got, &exact);
        println!("type {kind}: off by {off:.5} of the logits");
        assert!(off <= bar, "type {kind}: off by {off}");
    }
}

/// The 64-wide reference model, in the formats whose blocks fit.
#[test]
fn the_reference_survives_the_common_formats() {
    let Some(folder) = golden("llama") else {
        return;
    };
    let (config, tensors) = load(&folder);
    let expected = folder.join("expected.safetensors");
    let expected = candle_core::safetensors::load(expected, &Device::Cpu).unwrap();
    let want = numbers(&expected["logits"]);
    let ids = expected["input_ids"].to_dtype(candle_core::DType::F32);
    let ids: Vec<u32> = numbers(&ids.unwrap()).iter().map(|x| *x as u32).collect();
    for (kind, bar) in [(F16, 3e-3), (BF16, 2.5e-2), (Q8_0, 0.08), (Q4_0, 1.0)] {
        let model = decoder(&convert(&config, &tensors, kind)).unwrap();
        let got = logits(&model, &ids);
        let stored = logits(&from_stored(&config, &tensors, kind), &ids);
        computes_what_it_stores(kind, &got, &stored);
        let off = share(&got, &want);
        println!("type {kind}: off by {off:.5} of the logits");
        assert!(off <= bar, "type {kind}: off by {off}");
    }
}

#[test]
fn version_2_and_other_alignments_read_the_same() {
    let (config, tensors) = wide();
    let mut writer = convert(&config, &tensors, Q8_0);
    let bytes = |w: &Writer| {
        let gguf = open(w).unwrap();
        let shape = [256, 256];
        let name = "model.layers.1.self_attn.q_proj.weight";
        gguf.take_blocks(name, &shape).unwrap().unwrap()
    };
    let first = bytes(&writer);
    writer.version = 2;
    assert_eq!(bytes(&writer), first);
    for alignment in [1, 8, 256, 4096] {
        writer.alignment = alignment;
        writer.count("general.alignment", alignment as u32);
        assert_eq!(bytes(&writer), first);
    }
}

/// The whole way: the same model as a folder and as a file gives the same text, and says what it is.
#[test]
fn a_file_speaks_like_the_folder_it_was_made_from() {
    use recant::domain::{
        Dialogue, Job, JobEvent, JobId, Message, Priority, Role, Sampling, Voice,
    };
    use recant::engine::Engine;
    use recant::engine::local::files::ModelFiles;
    use recant::engine::local::{LocalEngine, Options};
    use sha2::{Digest, Sha256};

    let folder = tempfile::tempdir().unwrap();
    let tokenizer = engine_models::byte_level();
    let template = Some(engine_models::TEMPLATE);
    engine_models::write(folder.path(), engine_models::TINY, &tokenizer, template);
    let (config, tensors) = load(folder.path());
    let mut writer = convert(&config, &tensors, F32);
    // The fixture's ids are those of its special tokens' texts.
    let vocab = tokenizer["model"]["vocab"].as_object().unwrap();
    let mut texts = vec![String::new(); vocab.len()];
    for (text, id) in vocab {
        texts[id.as_u64().unwrap() as usize] = text.clone();
    }
    let types: Vec<i32> = (0..texts.len())
        .map(|i| if i < 258 { 1 } else { 3 })
        .collect();
    writer.text("tokenizer.ggml.model", "gpt2");
    writer.text("tokenizer.ggml.pre", "gpt-2");
    writer.texts("tokenizer.ggml.tokens", &texts);
    writer.integers("tokenizer.ggml.token_type", &types);
    writer.texts("tokenizer.ggml.merges", &["Ġ t", "Ġt h"]);
    for (key, text) in [("bos", "<s>"), ("eos", "</s>")] {
        let id = texts.iter().position(|t| t == text).unwrap();
        writer.count(&format!("tokenizer.ggml.{key}_token_id"), id as u32);
    }
    writer.text("tokenizer.chat_template", engine_models::TEMPLATE);
    let other = tempfile::tempdir().unwrap();
    let file = other.path().join("Tiny.gguf");
    std::fs::write(&file, writer.bytes()).unwrap();

    let said = |path: &Path| {
        let files = ModelFiles::open(path).unwrap();
        let (send, mut reports) = tokio::sync::mpsc::channel(64);
        let options = Options {
            threads: Some(1),
            ..Options::default()
        };
        let engine = LocalEngine::open(&files, send, options).unwrap();
        let message = Message {
            role: Role::User,
            text: "Who was late: the cook or the pilot?".into(),
        };
        let job = Job {
            voice: Voice::Model,
            id: JobId(1),
            priority: Priority::Pane,
            dialogue: Dialogue {
                messages: vec![message],
                prefill: "The".into(),
            },
            options: Vec::new(),
            sampling: Some(Sampling {
                decoding: recant::domain::Decoding::default(),
                seed: 7,
                max_tokens: 40,
                stop: Vec::new(),
            }),
            alternatives: 0,
        };
        let handle = engine.start(job);
        let mut text = String::new();
        loop {
            match reports.blocking_recv().unwrap().event {
                JobEvent::Token { text: piece, .. } => text += &piece,
                JobEvent::Finished { .. } => break,
                JobEvent::Failed { message } => panic!("{message}"),
                JobEvent::Reading { .. } | JobEvent::Belief { .. } => {}
            }
        }
        drop(handle);
        (text, engine.about().clone())
    };
    let (folder_text, folder_about) = said(folder.path());
    let (file_text, file_about) = said(&file);
    assert_eq!(file_text, folder_text);
    assert!(!file_text.is_empty());
    assert_eq!(file_about.name, "Tiny");
    assert_eq!(file_about.parameters, folder_about.parameters);
    assert_eq!(file_about.context_tokens, folder_about.context_tokens);
    assert_eq!(file_about.template_sha256, folder_about.template_sha256);
    let digest = Sha256::digest(std::fs::read(&file).unwrap());
    let digest: String = digest.iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(file_about.weights_sha256, digest);
}
