//! Tokenizers of published models: the `ggml-vocab-*.gguf` files that llama.cpp ships under `models/`,
//! each with texts (`.inp`) and the ids that the model's own tokenizer gives for them (`.out`).
//!
//! Optional, for the files are not ours: `RECANT_VOCABULARIES=llama.cpp/models cargo test --release
//! --test gguf_vocabularies -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use std::path::{Path, PathBuf};

use recant::engine::local::gguf::Gguf;
use recant::engine::local::tokens::Tokens;

/// Between two texts.
const MARK: &str = "\n__ggml_vocab_test__\n";

/// Those of the models that this program loads.
const NEEDED: [&str; 5] = ["gpt-2", "llama-bpe", "llama-spm", "phi-3", "qwen2"];

fn beside(path: &Path, more: &str) -> Option<String> {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    std::fs::read_to_string(PathBuf::from(name)).ok()
}

#[test]
fn published_vocabularies_give_the_ids_of_their_own_tokenizers() {
    let Some(folder) = std::env::var_os("RECANT_VOCABULARIES") else {
        println!("skipped: RECANT_VOCABULARIES is not set");
        return;
    };
    let mut failures = Vec::new();
    for name in NEEDED {
        let path = Path::new(&folder).join(format!("ggml-vocab-{name}.gguf"));
        let part = Gguf::open(&path).and_then(|gguf| gguf.tokenizer());
        let tokens = part.and_then(|part| Tokens::read(&part, 1 << 20));
        let tokens = match tokens {
            Ok(tokens) => tokens,
            Err(why) => {
                failures.push(format!("{name}: {why}"));
                continue;
            }
        };
        let (Some(texts), Some(ids)) = (beside(&path, ".inp"), beside(&path, ".out")) else {
            failures.push(format!("{name}: no .inp and .out beside it"));
            continue;
        };
        let (mut right, mut all) = (0, 0);
        for (text, line) in texts.split(MARK).zip(ids.lines()) {
            let wanted: Vec<u32> = line
                .split_whitespace()
                .map(|n| n.parse().unwrap())
                .collect();
            let got = tokens.encode(text, false).unwrap();
            all += 1;
            if got == wanted {
                right += 1;
            } else {
                failures.push(format!(
                    "{name}: {text:?}:\n  got    {got:?}\n  wanted {wanted:?}"
                ));
            }
        }
        println!("{name}: {right} of {all} texts");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
