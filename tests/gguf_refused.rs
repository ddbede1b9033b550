//! What is wrong with a GGUF file is said with its name, the place in it, and what would be right.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod gguf_files;

use std::collections::HashMap;

use candle_core::{Device, Tensor};
use recant::engine::local::config::DecoderConfig;
use recant::engine::local::gguf::Gguf;
use recant::engine::local::safetensors::Safetensors;
use recant::engine::local::source::Source;

use self::gguf_files::Writer;
use self::gguf_files::seed::{TENSORS, seed};

const NAME: &str = "model.gguf";

fn read(bytes: Vec<u8>) -> Result<Gguf, String> {
    Gguf::read(Source::memory(NAME, bytes)).map_err(|e| e.to_string())
}

#[test]
fn a_file_cut_off_anywhere_says_where() {
    let whole = seed().bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.gguf");
    for i in 0..50 {
        let cut = (whole.len() - 32) * i / 50;
        std::fs::write(&path, &whole[..cut]).unwrap();
        let error = Gguf::open(&path).map(drop).unwrap_err().to_string();
        let place = error.strip_prefix(&format!("{}: byte ", path.display()));
        let place = place.unwrap_or_else(|| panic!("cut at {cut}: {error}"));
        let byte: usize = place.split(':').next().unwrap().parse().unwrap();
        assert!(byte <= cut.max(whole.len()), "cut at {cut}: {error}");
        assert!(
            error.contains("cut off") || cut < 4,
            "cut at {cut}: {error}"
        );
    }
}

#[test]
fn a_safetensors_file_cut_off_anywhere_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let tensor = Tensor::zeros((64, 16), candle_core::DType::F32, &Device::Cpu).unwrap();
    let tensors: HashMap<&str, Tensor> = [("a", tensor.clone()), ("b", tensor)].into();
    candle_core::safetensors::save(&tensors, &path).unwrap();
    let whole = std::fs::read(&path).unwrap();
    assert!(Safetensors::read(Source::open(&path).unwrap()).is_ok());
    for i in 0..50 {
        std::fs::write(&path, &whole[..(whole.len() - 1) * i / 49]).unwrap();
        let error = Safetensors::read(Source::open(&path).unwrap());
        let error = error.map(drop).unwrap_err().to_string();
        assert!(error.starts_with(&path.display().to_string()), "{error}");
        assert!(error.contains("download it again"), "{error}");
    }
}

/// Headers that say what cannot be, or the same thing twice.
#[test]
fn a_safetensors_header_is_held_to_its_file() {
    let refusal = |header: &str, data: usize| {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.as_bytes());
        bytes.resize(bytes.len() + data, 0);
        let read = Safetensors::read(Source::memory("x.safetensors", bytes));
        read.map(drop)
            .map_or_else(|e| e.to_string(), |()| "accepted".into())
    };
    let entry = r#"{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}"#;
    let fine = format!(r#"{{"__metadata__":{{"format":"pt"}},"a":{entry}}}"#);
    assert_eq!(refusal(&fine, 16), "accepted");
    for (header, data, what) in [
        (fine.clone(), 15, "the file ends before"),
        (fine.replace("[2,2]", "[2,3]"), 16, "does not fit"),
        (
            fine.replace("[2,2]", "[4294967296,4294967296]"),
            16,
            "does not fit",
        ),
        (fine.replace("[0,16]", "[16,0]"), 16, "the file ends before"),
        (
            fine.replace(r#""dtype":"F32","#, ""),
            16,
            "missing field `dtype`",
        ),
        (
            format!(r#"{{"a":{entry},"a":{entry}}}"#),
            16,
            "is there twice",
        ),
        ("[]".into(), 0, "tensors by name"),
    ] {
        let error = refusal(&header, data);
        assert!(
            error.starts_with("x.safetensors: ") && error.contains(what),
            "{error}"
        );
    }
    let huge = refusal(&" ".repeat(17 << 20), 0);
    assert!(huge.contains("header"), "{huge}");
}

/// The message about a file that `change` made of the seed.
fn refusal(change: impl FnOnce(&mut Writer)) -> String {
    let mut writer = seed();
    change(&mut writer);
    match read(writer.bytes()).and_then(|gguf| {
        let config = gguf.config().map_err(|e| e.to_string())?;
        DecoderConfig::read(&config).map_err(|e| e.to_string())?;
        gguf.tokenizer().map_err(|e| e.to_string())
    }) {
        Ok(_) => "accepted".into(),
        Err(error) => error,
    }
}

/// Says that the message names the file and holds all `parts`.
#[track_caller]
fn expect(error: &str, parts: &[&str]) {
    assert!(error.starts_with(&format!("{NAME}: ")), "{error}");
    for part in parts {
        assert!(error.contains(part), "no {part:?} in {error:?}");
    }
}

fn find<'a>(writer: &'a mut Writer, name: &str) -> &'a mut gguf_files::Stored {
    writer.tensors.iter_mut().find(|t| t.name == name).unwrap()
}

#[test]
fn each_mistake_has_its_message() {
    let long = u64::MAX.to_le_bytes();
    let norm = "output_norm.weight";
    expect(&refusal(|w| w.version = 1), &["byte 4", "version 1"]);
    expect(&refusal(|w| w.version = 4), &["byte 4", "versions 2 and 3"]);
    expect(&refusal(|w| w.version = 3u32.swap_bytes()), &["big-endian"]);
    let error = refusal(|w| w.count("general.alignment", 0));
    expect(&error, &["byte ", "general.alignment", "power of two"]);
    let error = refusal(|w| w.count("general.alignment", 48));
    expect(&error, &["general.alignment", "power of two"]);
    let error = refusal(|w| w.alignment = 1);
    expect(
        &error,
        &["byte ", "tensor", "multiple of the alignment, 32"],
    );
    let error = refusal(|w| w.raw("x", 13, &[0]));
    expect(&error, &["byte ", "key \"x\"", "unknown value type 13"]);
    let error = refusal(|w| w.raw("x", 7, &[2]));
    expect(&error, &["key \"x\"", "true or false"]);
    let error = refusal(|w| w.raw("x", 8, &long));
    expect(
        &error,
        &["byte ", "key \"x\"", "bytes of text cannot follow"],
    );
    let error = refusal(|w| w.raw("x", 9, &[&4u32.to_le_bytes()[..], &long].concat()));
    expect(&error, &["key \"x\"", "numbers cannot follow"]);
    let error = refusal(|w| w.raw("x", 9, &[&8u32.to_le_bytes()[..], &long].concat()));
    expect(&error, &["key \"x\"", "strings cannot follow"]);
    let deep: Vec<u8> = (0..8)
        .flat_map(|_| [&9u32.to_le_bytes()[..], &1u64.to_le_bytes()].concat())
        .collect();
    expect(&refusal(|w| w.raw("x", 9, &deep)), &["key \"x\"", "4 deep"]);
    let error = refusal(|w| {
        let entry = w.entries[3].clone();
        w.entries.push(entry);
    });
    expect(&error, &["byte ", "key ", "is there twice"]);
    let error = refusal(|w| {
        let tensor = w.tensors[3].clone();
        w.tensors.push(tensor);
    });
    expect(&error, &["byte ", "tensor ", "is there twice"]);
    let error = refusal(|w| find(w, norm).dimensions.clear());
    expect(&error, &["byte ", norm, "0 dimensions"]);
    let error = refusal(|w| find(w, norm).dimensions = vec![1, 1, 1, 1, 32]);
    expect(&error, &[norm, "5 dimensions"]);
    let error = refusal(|w| find(w, norm).dimensions = vec![0, 32]);
    expect(&error, &[norm, "cannot be 0"]);
    let error = refusal(|w| find(w, norm).dimensions = vec![1 << 40, 1 << 40]);
    expect(&error, &[norm, "too large"]);
    let error = refusal(|w| find(w, norm).dimensions = vec![1 << 40]);
    expect(&error, &["byte ", norm, "4398046511104 bytes", "cut off"]);
    let error = refusal(|w| find(w, "token_embd.weight").dimensions = vec![12, 32]);
    expect(&error, &["token_embd.weight", "blocks of 32"]);
    let error = refusal(|w| find(w, norm).name = String::new());
    expect(&error, &["byte ", "tensor ", "the name is empty"]);

    let error = refusal(|w| w.entries.retain(|(k, _)| k != "llama.block_count"));
    expect(&error, &["llama.block_count", "is missing"]);
    let error = refusal(|w| w.text("llama.block_count", "two"));
    expect(&error, &["llama.block_count", "not a string"]);
    let error = refusal(|w| w.count("llama.attention.head_count", 0));
    expect(&error, &["llama.attention.head_count", "from 1 to"]);
    let error = refusal(|w| w.integers("llama.feed_forward_length", &[32, 64]));
    expect(&error, &["llama.feed_forward_length", "layer to layer"]);
    let error = refusal(|w| w.count("llama.rope.dimension_count", 8));
    expect(
        &error,
        &["llama.rope.dimension_count of 8", "not supported"],
    );
    let error = refusal(|w| w.text("llama.rope.scaling.type", "linear"));
    expect(
        &error,
        &["rope_freqs.weight together with", "not supported"],
    );
    let error = refusal(|w| find(w, "rope_freqs.weight").dimensions = vec![4]);
    expect(
        &error,
        &["rope_scaling.factors", "must be a list of 8 numbers"],
    );
    let error = refusal(|w| w.count("llama.expert_count", 8));
    expect(&error, &["experts", "not supported"]);
    let error = refusal(|w| w.tensors.retain(|t| t.name != "token_embd.weight"));
    expect(&error, &["token_embd.weight", "no whole model"]);

    let error = refusal(|w| w.text("general.architecture", "mamba"));
    expect(&error, &["\"mamba\" is not supported", "llama, qwen2"]);
    let error = refusal(|w| w.entries.retain(|(k, _)| k != "general.architecture"));
    expect(&error, &["general.architecture", "is missing"]);
    let error = refusal(|w| w.text("general.type", "mmproj"));
    expect(&error, &["mmproj", "language model"]);
    let error = refusal(|w| w.text("general.architecture", "clip"));
    expect(&error, &["clip", "mmproj"]);
    let error = refusal(|w| w.text("general.type", "adapter"));
    expect(&error, &["adapter", "language model"]);
    let error = refusal(|w| {
        w.raw("split.count", 2, &[3, 0]);
        w.raw("split.no", 2, &[1, 0]);
    });
    expect(&error, &["part 2 of a model split into 3", "--merge"]);

    let error = refusal(|w| w.texts("tokenizer.ggml.tokens", &["a"; 12]));
    expect(&error, &["tokenizer.ggml.tokens", "0 and 1 are the same"]);
    let error = refusal(|w| w.count("tokenizer.ggml.bos_token_id", 99));
    expect(&error, &["tokenizer.ggml.bos_token_id", "no token 99"]);
    let error = refusal(|w| w.reals("tokenizer.ggml.scores", &[0.0]));
    expect(&error, &["tokenizer.ggml.scores", "1 scores for 12 tokens"]);
    let error = refusal(|w| w.reals("tokenizer.ggml.scores", &[f32::NAN; 12]));
    expect(&error, &["tokenizer.ggml.scores", "not finite"]);

    let error = refusal(|w| {
        let long = "a".repeat(600);
        let tokens: Vec<String> = (0..12).map(|i| format!("{i}{long}")).collect();
        w.texts("tokenizer.ggml.tokens", &tokens);
        w.integers(
            "tokenizer.ggml.token_type",
            &[2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
        );
    });
    expect(
        &error,
        &["token 3 is longer than 512 bytes", "tokenizer.json"],
    );
    let error = refusal(|w| {
        let many: Vec<String> = (0..600_000).map(|i| i.to_string()).collect();
        w.texts("tokenizer.ggml.tokens", &many);
    });
    expect(
        &error,
        &["tokenizer.ggml.tokens", "600000 tokens; at most 524288"],
    );

    // Every token has as many ways to be made as it is long: two million, of 90 kB a letter.
    let error = refusal(|w| {
        let runs = ('a'..='q').flat_map(|c| (1..=512).map(move |n| c.to_string().repeat(n)));
        let tokens: Vec<String> = ["<unk>".to_owned()].into_iter().chain(runs).collect();
        let scores: Vec<f32> = (0..tokens.len()).map(|i| -(i as f32)).collect();
        let mut types = vec![1; tokens.len()];
        types[0] = 2;
        w.texts("tokenizer.ggml.tokens", &tokens);
        w.reals("tokenizer.ggml.scores", &scores);
        w.integers("tokenizer.ggml.token_type", &types);
    });
    expect(&error, &["more than 2097152 merges", "tokenizer.json"]);

    let bytes = b"PK\x03\x04 something else".to_vec();
    expect(
        &read(bytes).map(drop).unwrap_err(),
        &["byte 0", "not a GGUF file"],
    );
    expect(&read(Vec::new()).map(drop).unwrap_err(), &["byte 0"]);
}

/// A type that this engine cannot read is no trouble until its tensor is asked for.
#[test]
fn types_nobody_asks_for_do_not_matter() {
    let mut writer = seed();
    writer.tensors.push(gguf_files::Stored {
        name: "extra.weight".into(),
        dimensions: vec![7, 3],
        kind: 39,
        bytes: vec![0; 40],
    });
    let gguf = read(writer.bytes()).unwrap();
    for (name, shape) in TENSORS {
        assert!(gguf.take(name, shape).unwrap().is_some());
    }
    find(&mut writer, "blk.0.ffn_up.weight").kind = 39;
    let gguf = read(writer.bytes()).unwrap();
    let error = gguf.take("model.layers.0.mlp.up_proj.weight", &[32, 32]);
    let error = error.unwrap_err().to_string();
    expect(&error, &["blk.0.ffn_up.weight of type MXFP4 (39)", "Q4_K"]);
    let error = gguf
        .take("model.norm.weight", &[64])
        .unwrap_err()
        .to_string();
    expect(&error, &["output_norm.weight", "[32]", "[64]"]);
    assert!(
        gguf.take("model.layers.5.mlp.up_proj.weight", &[32, 32])
            .unwrap()
            .is_none()
    );
}
