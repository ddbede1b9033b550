//! Tokenizers from GGUF metadata against the libraries that models are trained with. What is expected
//! lies in `fixtures/gguf/tokenizers.json`, which also says how it was made.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;
mod gguf_files;

use std::path::Path;

use recant::engine::local::files::{ModelFiles, Part};
use recant::engine::local::gguf::Gguf;
use recant::engine::local::source::Source;
use recant::engine::local::template::ChatTemplate;
use recant::engine::local::tokens::Tokens;
use serde_json::Value;

use self::gguf_files::convert::convert;
use self::gguf_files::{F32, Writer};

struct Fixture(Value);

impl Fixture {
    fn load() -> Fixture {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/gguf/tokenizers.json");
        Fixture(serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
    }

    fn texts(&self, value: &Value) -> Vec<String> {
        let list = value.as_array().unwrap().iter();
        list.map(|v| v.as_str().unwrap().to_owned()).collect()
    }

    /// The texts to encode, and the ids that `name` gives.
    fn cases(&self, kind: &str, name: &str) -> Vec<(String, Vec<u32>)> {
        let mut texts = self.texts(&self.0["samples"]);
        texts.extend(self.texts(&self.0["marked"][kind]));
        let ids = self.0["ids"][name].as_array().unwrap().iter();
        let ids = ids.map(|row| {
            let row = row.as_array().unwrap().iter();
            row.map(|id| id.as_u64().unwrap() as u32).collect()
        });
        texts.into_iter().zip(ids).collect()
    }

    /// A file with this tokenizer and next to nothing else.
    fn writer(&self, kind: &str) -> Writer {
        let mut writer = Writer::new("llama");
        writer.count("llama.attention.head_count", 2);
        let tokenizer = &self.0[kind];
        writer.texts("tokenizer.ggml.tokens", &self.texts(&tokenizer["tokens"]));
        let types = tokenizer["types"].as_array().unwrap().iter();
        let types: Vec<i32> = types.map(|t| t.as_i64().unwrap() as i32).collect();
        writer.integers("tokenizer.ggml.token_type", &types);
        if kind == "sentencepiece" {
            writer.text("tokenizer.ggml.model", "llama");
            let scores = tokenizer["scores"].as_array().unwrap().iter();
            let scores: Vec<f32> = scores.map(|s| s.as_f64().unwrap() as f32).collect();
            writer.reals("tokenizer.ggml.scores", &scores);
            writer.count("tokenizer.ggml.bos_token_id", 1);
            writer.count("tokenizer.ggml.eos_token_id", 2);
        } else {
            writer.text("tokenizer.ggml.model", "gpt2");
            writer.texts("tokenizer.ggml.merges", &self.texts(&tokenizer["merges"]));
        }
        writer
    }

    fn id(&self, kind: &str, text: &str) -> u32 {
        let tokens = self.texts(&self.0[kind]["tokens"]);
        tokens.iter().position(|t| t == text).unwrap() as u32
    }
}

fn tokens(writer: &Writer) -> Result<Tokens, String> {
    let gguf = Gguf::read(Source::memory("test.gguf", writer.bytes()));
    let part = gguf.and_then(|gguf| gguf.tokenizer());
    let part = part.map_err(|e| e.to_string())?;
    Tokens::read(&part, 4096).map_err(|e| e.to_string())
}

const CHAINS: [(&str, &[&str]); 12] = [
    (
        "llama-bpe",
        &["llama3", "llama-v3", "falcon3", "pixtral", "midm-2.0"],
    ),
    ("dbrx", &["smaug-bpe"]),
    ("qwen2", &["deepseek-r1-qwen", "megrez"]),
    ("gpt-2", &["phi-2", "mellum", "trillion"]),
    ("olmo", &["gpt-neox"]),
    ("smollm", &["starcoder", "refact", "minerva-7b"]),
    ("falcon", &[]),
    ("default", &[]),
    ("tekken", &[]),
    ("gpt-4o", &["llama4"]),
    ("deepseek-v3", &[]),
    ("seed-coder", &[]),
];

#[test]
fn byte_level_tokens_are_those_of_each_familys_own_chain() {
    let fixture = Fixture::load();
    let mut writer = fixture.writer("byte_pairs");
    let bos = fixture.id("byte_pairs", "<|endoftext|>");
    writer.count("tokenizer.ggml.bos_token_id", bos);
    for (name, others) in CHAINS {
        let cases = fixture.cases("byte_pairs", name);
        assert!(cases.len() > 25);
        for pre in [name].iter().chain(others) {
            writer.text("tokenizer.ggml.pre", pre);
            let tokens = tokens(&writer).unwrap();
            for (text, ids) in &cases {
                let got = tokens.encode(text, false).unwrap();
                assert_eq!(&got, ids, "{pre}: {text:?}");
                if !matches!(name, "qwen2" | "olmo") {
                    assert_eq!(&tokens.decode(&got).unwrap(), text, "{pre}");
                }
            }
            // What begins a text, where the file does not say.
            let first = tokens.encode("x", true).unwrap()[0];
            let begins = matches!(name, "llama-bpe" | "tekken");
            assert_eq!(first == bos, begins, "{pre}");
        }
    }
    // The chains tell themselves apart, or the test above would not see a wrong one.
    let all = CHAINS.map(|(name, _)| fixture.cases("byte_pairs", name));
    for (i, a) in all.iter().enumerate() {
        assert!(all[..i].iter().all(|b| a != b), "{}", CHAINS[i].0);
    }
}

#[test]
fn sentencepiece_tokens_are_sentencepieces() {
    let fixture = Fixture::load();
    let mut writer = fixture.writer("sentencepiece");
    for (prefix, name) in [
        (true, "sentencepiece"),
        (false, "sentencepiece without a space before"),
    ] {
        writer.flag("tokenizer.ggml.add_space_prefix", prefix);
        let tokens = tokens(&writer).unwrap();
        let cases = fixture.cases("sentencepiece", name);
        assert!(cases.len() >= 25);
        for (text, ids) in cases {
            let got = tokens.encode(&text, false).unwrap();
            assert_eq!(got, ids, "{name}: {text:?}");
            if !text.contains('▁') {
                assert_eq!(tokens.decode(&got).unwrap(), text, "{name}");
            }
        }
        assert_eq!(tokens.encode("x", true).unwrap()[0], 1, "begins with <s>");
    }
    writer.flag("tokenizer.ggml.add_bos_token", false);
    writer.flag("tokenizer.ggml.add_eos_token", true);
    let tokens = tokens(&writer).unwrap();
    let ids = tokens.encode("x", true).unwrap();
    assert_ne!(ids[0], 1);
    assert_eq!(ids.last(), Some(&2), "ends with </s>");
}

#[test]
fn types_of_tokens_say_what_is_shown() {
    let fixture = Fixture::load();
    let mut writer = fixture.writer("byte_pairs");
    writer.text("tokenizer.ggml.pre", "qwen2");
    let bytes = tokens(&writer).unwrap();
    let id = |text: &str| fixture.id("byte_pairs", text);
    // <think> is text that people should see; turn marks are not.
    assert!(!bytes.is_special(id("<think>")));
    assert!(bytes.is_special(id("<|im_end|>")));
    assert_eq!(bytes.id("<|im_end|>"), Some(id("<|im_end|>")));
    assert_eq!(
        bytes.encode("a<think>", false).unwrap().last(),
        Some(&id("<think>"))
    );
    let pieces = tokens(&fixture.writer("sentencepiece")).unwrap();
    let id = |text: &str| fixture.id("sentencepiece", text);
    assert!(pieces.is_special(id("<|user|>")) && pieces.is_special(0));
    assert!(!pieces.is_special(id("<think>")) && !pieces.is_special(id("<0x0A>")));
    // What ends a turn is no text even if a converter says it is.
    let mut types = vec![1; fixture.texts(&fixture.0["byte_pairs"]["tokens"]).len()];
    types[fixture.id("byte_pairs", "<|im_end|>") as usize] = 4;
    writer.integers("tokenizer.ggml.token_type", &types);
    let bytes = tokens(&writer).unwrap();
    assert!(bytes.is_special(fixture.id("byte_pairs", "<|im_end|>")));
    assert!(!bytes.is_special(fixture.id("byte_pairs", "<|im_start|>")));
}

/// Phi-3's marks take the line break after them away, as its published tokenizer does.
#[test]
fn phi_3_has_its_own_way_with_white_space() {
    let fixture = Fixture::load();
    let mut writer = fixture.writer("sentencepiece");
    let after = |writer: &Writer| {
        let tokens = tokens(writer).unwrap();
        (
            tokens.encode("<|user|>\nx", false).unwrap(),
            tokens.encode("<|user|>x", false).unwrap(),
        )
    };
    let (with, without) = after(&writer);
    assert_ne!(with, without);
    writer.text("general.architecture", "phi3");
    writer.count("phi3.attention.head_count", 2);
    let (with, without) = after(&writer);
    assert_eq!(with, without);
}

#[test]
fn what_is_not_known_is_refused_with_a_way_out() {
    let fixture = Fixture::load();
    let hint = "put the model's tokenizer.json beside the file";
    let mut writer = fixture.writer("byte_pairs");
    let error = tokens(&writer).map(drop).unwrap_err();
    assert!(
        error.contains("tokenizer.ggml.pre is missing") && error.contains(hint),
        "{error}"
    );
    writer.text("tokenizer.ggml.pre", "bloom");
    let error = tokens(&writer).map(drop).unwrap_err();
    assert!(
        error.contains("\"bloom\" is not known") && error.contains(hint),
        "{error}"
    );
    for model in ["t5", "bert", "rwkv", "none"] {
        writer.text("tokenizer.ggml.model", model);
        let error = tokens(&writer).map(drop).unwrap_err();
        assert!(error.contains(model) && error.contains(hint), "{error}");
    }
    let mut writer = fixture.writer("sentencepiece");
    let mut texts = fixture.texts(&fixture.0["sentencepiece"]["tokens"]);
    texts.iter_mut().for_each(|t| *t = t.replace("<0x", "<1x"));
    writer.texts("tokenizer.ggml.tokens", &texts);
    writer.integers("tokenizer.ggml.token_type", &vec![1; texts.len()]);
    let error = tokens(&writer).map(drop).unwrap_err();
    assert!(
        error.contains("all bytes") && error.contains(hint),
        "{error}"
    );
}

/// Saves a tiny model's file into `folder`.
fn save(folder: &Path, change: impl FnOnce(&mut Writer)) -> std::path::PathBuf {
    let fixture = Fixture::load();
    let mut size = engine_models::TINY;
    size.vocab = 1100;
    let mut writer = convert(
        &engine_models::config(size),
        &engine_models::tensors(size),
        F32,
    );
    let tokenizer = fixture.writer("sentencepiece");
    let entries = tokenizer.entries.into_iter();
    writer
        .entries
        .extend(entries.filter(|(k, _)| k.starts_with("tokenizer.ggml.tok")));
    writer.entries.extend(
        fixture
            .writer("sentencepiece")
            .entries
            .into_iter()
            .filter(|(k, _)| {
                matches!(k.as_str(), "tokenizer.ggml.model" | "tokenizer.ggml.scores")
            }),
    );
    writer.text("tokenizer.chat_template", engine_models::TEMPLATE);
    change(&mut writer);
    let path = folder.join("Tiny-1.1k.F32.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    path
}

fn hello() -> recant::domain::Dialogue {
    recant::domain::Dialogue {
        messages: vec![recant::domain::Message {
            role: recant::domain::Role::User,
            text: "Hello".into(),
        }],
        prefill: String::new(),
    }
}

#[test]
fn the_chat_template_comes_with_its_tokens() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), |_| {});
    let files = ModelFiles::open(&path).unwrap();
    assert_eq!(files.name, "Tiny-1.1k.F32");
    let template = ChatTemplate::read(&files).unwrap();
    let prompt = template.render(&hello()).unwrap();
    assert_eq!(prompt.text, "<s><|user|> Hello<|assistant|>");
    assert!(!prompt.add_special);
}

#[test]
fn a_tokenizer_beside_the_file_comes_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = save(folder.path(), |w| w.text("tokenizer.ggml.model", "t5"));
    assert!(ModelFiles::open(&path).is_err());
    let own = serde_json::to_vec(&engine_models::byte_level()).unwrap();
    std::fs::write(folder.path().join("tokenizer.json"), &own).unwrap();
    let files = ModelFiles::open(&path).unwrap();
    assert_eq!(files.tokenizer.bytes, own);
    // The file's own template still counts, until one lies beside it too.
    let text = |files: &ModelFiles| {
        let template = ChatTemplate::read(files).unwrap();
        template.render(&hello()).unwrap().text
    };
    assert_eq!(text(&files), "<s><|user|> Hello<|assistant|>");
    let beside = folder.path().join("chat_template.jinja");
    std::fs::write(beside, "{{ messages[0].content }}!").unwrap();
    assert_eq!(text(&ModelFiles::open(&path).unwrap()), "Hello!");
}

/// A folder is a folder, and what is neither says what it should be.
#[test]
fn other_paths_say_what_a_model_is() {
    let folder = tempfile::tempdir().unwrap();
    let error = ModelFiles::open(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("config.json") && error.contains(".gguf"),
        "{error}"
    );
    let missing = folder.path().join("missing.gguf");
    let error = ModelFiles::open(&missing).unwrap_err().to_string();
    assert!(error.contains("missing.gguf"), "{error}");
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "no model").unwrap();
    let error = ModelFiles::open(&text).unwrap_err().to_string();
    assert!(
        error.contains("notes.txt") && error.contains("not a GGUF file"),
        "{error}"
    );
    let part = Part {
        name: "x".into(),
        bytes: b"{}".to_vec().into(),
    };
    assert!(Tokens::read(&part, 10).is_err());
}
