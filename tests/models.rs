//! `recant models`, `recant doctor`, and what a model too large for this machine meets.

#![allow(clippy::unwrap_used, missing_docs)]

mod engine_models;
mod gguf_files;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const OLDER: &str = "fedcba9876543210fedcba9876543210fedcba98";

fn recant(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
    command.args(arguments).env("HF_HOME", home);
    for name in [
        "HF_HUB_CACHE",
        "HF_HUB_OFFLINE",
        "HF_TOKEN",
        "HF_ENDPOINT",
        "COLUMNS",
    ] {
        command.env_remove(name);
    }
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(output.stdout.is_ascii());
    serde_json::from_slice(&output.stdout).unwrap()
}

fn model(folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let tokenizer = engine_models::byte_level();
    engine_models::write(
        folder,
        engine_models::TINY,
        &tokenizer,
        Some(engine_models::TEMPLATE),
    );
}

/// Rows in whole blocks.
const BLOCKS: engine_models::Size = engine_models::Size {
    inner: 64,
    ..engine_models::TINY
};

/// A model as a GGUF file, quantised.
fn gguf(folder: &Path, name: &str) {
    std::fs::create_dir_all(folder).unwrap();
    let config = engine_models::config(BLOCKS);
    let tensors = engine_models::tensors(BLOCKS);
    let mut writer = gguf_files::convert::convert(&config, &tensors, gguf_files::Q8_0);
    writer.text("tokenizer.chat_template", engine_models::TEMPLATE);
    std::fs::write(folder.join(name), writer.bytes()).unwrap();
    let tokenizer = engine_models::byte_level().to_string();
    std::fs::write(folder.join("tokenizer.json"), tokenizer).unwrap();
}

fn named<'a>(models: &'a Value, end: &str) -> &'a Value {
    let all = models["models"].as_array().unwrap();
    let found = all
        .iter()
        .find(|m| m["name"].as_str().unwrap().ends_with(end));
    found.unwrap_or_else(|| panic!("no {end} in {models:#}"))
}

/// A cache as Hugging Face's library leaves it.
fn cache(home: &Path) {
    let hub = home.join("hub");
    let whole = hub.join("models--org--whole");
    model(&whole.join("snapshots").join(COMMIT));
    model(&whole.join("snapshots").join(OLDER));
    std::fs::create_dir_all(whole.join("refs")).unwrap();
    std::fs::write(whole.join("refs/main"), COMMIT).unwrap();
    let quant = hub.join("models--org--quant");
    let files = quant.join("snapshots").join(COMMIT);
    gguf(&files.join("q8"), "x.gguf");
    std::fs::create_dir_all(quant.join("refs")).unwrap();
    std::fs::write(quant.join("refs/main"), format!("{COMMIT}\n")).unwrap();
    let half = hub.join("models--org--half/snapshots").join(COMMIT);
    model(&half);
    std::fs::remove_file(half.join("model.safetensors")).unwrap();
    std::fs::create_dir_all(hub.join("datasets--org--data/snapshots")).unwrap();
    std::fs::create_dir_all(hub.join("models--org--nothing/blobs")).unwrap();
}

#[test]
fn the_cache_and_folders_are_listed_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("hf");
    cache(&home);
    let more = folder.path().join("my models");
    model(&more.join("llama"));
    std::fs::write(more.join("y.gguf"), [0; 10]).unwrap();
    let unknown = more.join("unknown");
    model(&unknown);
    std::fs::write(unknown.join("config.json"), r#"{"model_type": "nonesuch"}"#).unwrap();
    let torn = more.join("torn\u{1b}[2J");
    model(&torn);
    let weights = std::fs::read(torn.join("model.safetensors")).unwrap();
    std::fs::write(
        torn.join("model.safetensors"),
        &weights[..weights.len() - 1],
    )
    .unwrap();
    // Many projects have a config.json that is no model's; and links may lead in circles.
    std::fs::create_dir(more.join("project")).unwrap();
    std::fs::write(more.join("project/config.json"), "{}").unwrap();
    std::os::unix::fs::symlink(&more, more.join("circle")).unwrap();
    let arguments = ["models", more.to_str().unwrap(), "--format", "json"];
    let models = json(&recant(&home, &arguments));

    let whole = named(&models, "org/whole");
    assert_eq!(whole["name"], "org/whole");
    assert_eq!(whole["use"], "recant --model org/whole");
    assert_eq!(whole["family"], "llama");
    assert_eq!(whole["format"], "f32");
    assert_eq!(whole["context_tokens"], 512);
    assert_eq!(whole["chat_template"], true);
    assert_eq!(whole["fits"], "yes");
    let size = engine_models::TINY;
    let count = |size| {
        let tensors = engine_models::tensors(size);
        tensors.values().map(|t| t.elem_count()).sum::<usize>()
    };
    assert_eq!(whole["parameters"], count(size));
    // Without the five norms; and keys and values of all 512 tokens: 2 layers, 2 heads of 8, padded to
    // 16 for the values.
    let memory = 4 * (count(size) - 5 * size.hidden + 512 * 2 * 2 * (8 + 16));
    assert_eq!(whole["memory_bytes"], memory);
    assert!(
        named(&models, OLDER)["path"]
            .as_str()
            .unwrap()
            .contains("models--org--whole")
    );
    let quant = named(&models, "org/quant:q8/x.gguf");
    let shown = "recant --model org/quant:q8/x.gguf";
    assert_eq!(quant["use"], shown, "{quant:#}");
    assert!(
        quant["format"].as_str().unwrap().starts_with("Q8_0"),
        "{quant:#}"
    );
    assert_eq!(quant["parameters"], count(BLOCKS));
    assert_eq!(quant["chat_template"], true);
    assert!(quant["memory_bytes"].as_u64().unwrap() < memory as u64);
    let half = named(&models, &format!("models--org--half/snapshots/{COMMIT}"));
    assert!(
        half["problem"]
            .as_str()
            .unwrap()
            .contains("model.safetensors missing")
    );
    let problem = |end| named(&models, end)["problem"].as_str().unwrap().to_owned();
    assert!(problem("/unknown").contains("nonesuch"));
    assert!(problem("torn\u{1b}[2J").contains("download it again"));
    assert!(problem("/my models/y.gguf").contains("GGUF"), "{models:#}");
    let quoted = named(&models, "/my models/llama")["use"].as_str().unwrap();
    assert!(quoted.ends_with("/my models/llama'"), "{quoted}");
    assert_eq!(models["models"].as_array().unwrap().len(), 8, "{models:#}");

    let table = recant(&home, &["models", more.to_str().unwrap()]);
    let table = text(&table.stdout);
    assert!(
        table.contains("org/whole") && table.contains("not usable:"),
        "{table}"
    );
    assert!(
        table.contains("torn‹1B›[2J") && !table.contains('\u{1b}'),
        "{table}"
    );
}

#[test]
fn an_empty_machine_is_told_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let output = recant(folder.path(), &["models", "no/such/folder"]);
    let said = text(&output.stdout);
    // What was asked for is not there.
    assert_eq!(output.status.code(), Some(2), "{said}");
    let fetches = said.contains("recant --model HuggingFaceTB/");
    assert_eq!(fetches, cfg!(feature = "hub"), "{said}");
    assert!(
        said.contains("no/such/folder: no such file or folder"),
        "{said}"
    );
}

#[test]
fn a_cached_model_runs_by_its_name_and_a_mistyped_one_is_told() {
    let folder = tempfile::tempdir().unwrap();
    cache(folder.path());
    let run = |model: &str, more: &[&str]| {
        let out = folder.path().join("out");
        let mut arguments = vec!["run", "--model", model, "--limit", "1", "--rounds", "1"];
        arguments.extend(["--conditions", "q", "--out", out.to_str().unwrap()]);
        arguments.extend(more);
        let output = recant(folder.path(), &arguments);
        (output.status.code(), text(&output.stderr))
    };
    let (code, said) = run("org/whole", &[]);
    assert_eq!(code, Some(0), "{said}");
    for (wrong, wanted) in [
        ("org/whol", "did you mean org/whole?"),
        ("whole", "a model of the hub is org/name"),
        ("./org/whole", "no such folder or file"),
        ("org/half", "is not in the cache"),
        ("a/../b", "no such folder or file"),
        ("org/..", "no folder or file"),
        ("org/whole:x.bin", "a .gguf file of the repository"),
    ] {
        let (code, said) = run(wrong, &["--offline"]);
        assert!(code == Some(2) && said.contains(wanted), "{wrong}: {said}");
    }
}

/// A folder whose config and weights claim (and, as a file with holes, have) a size that no machine's
/// memory has.
fn huge(folder: &Path) -> Option<PathBuf> {
    model(folder);
    let mut config = engine_models::config(engine_models::TINY);
    config["hidden_size"] = (1 << 16).into();
    config["num_hidden_layers"] = 1000.into();
    config["num_attention_heads"] = 512.into();
    config["intermediate_size"] = (1 << 18).into();
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let count: u64 = 1 << 40;
    let header = format!(
        r#"{{"model.embed_tokens.weight":{{"dtype":"F32","shape":[{},{}],"data_offsets":[0,{}]}}}}"#,
        1 << 20,
        1 << 20,
        4 * count
    );
    let path = folder.join("model.safetensors");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(&(header.len() as u64).to_le_bytes())
        .unwrap();
    file.write_all(header.as_bytes()).unwrap();
    file.set_len(8 + header.len() as u64 + 4 * count).ok()?;
    Some(folder.to_owned())
}

#[test]
fn a_model_that_cannot_fit_is_refused_with_the_numbers_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let Some(huge) = huge(&folder.path().join("huge")) else {
        return println!("skipped: this file system has no files of 4 TiB with holes");
    };
    let huge = huge.to_str().unwrap();
    let out = folder.path().join("out");
    let output = recant(
        folder.path(),
        &["run", "--model", huge, "--out", out.to_str().unwrap()],
    );
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("huge needs ") && said.contains("(4.4 TB of weights"),
        "{said}"
    );
    assert!(said.contains("are available"), "{said}");
    assert!(!out.exists());
    let models = json(&recant(
        folder.path(),
        &["models", huge, "--format", "json"],
    ));
    assert_eq!(named(&models, "huge")["fits"], "no");
    std::fs::remove_file(Path::new(huge).join("model.safetensors")).unwrap();
}

#[test]
fn the_doctor_says_what_is_here() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(&recant(folder.path(), &["doctor", "--format", "json"]));
    assert_eq!(report["version"]["recant"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["built_with"]["downloads"], cfg!(feature = "hub"));
    assert_eq!(report["embedded_model"]["opens"], true);
    let used = report["threads"]["used"].as_u64().unwrap();
    assert!((1..=report["threads"]["available"].as_u64().unwrap()).contains(&used));
    assert!(report["kernels"]["f32"].is_string() && report["kernels"]["int8"].is_string());
    assert!(
        report["cache"]["folder"]
            .as_str()
            .unwrap()
            .ends_with("/hub")
    );
    if cfg!(target_os = "linux") {
        assert!(report["memory"]["available_bytes"].as_u64().unwrap() > 0);
        assert!(report["cache"]["free_bytes"].is_u64());
    }
    let said = text(&recant(folder.path(), &["doctor"]).stdout);
    for line in [
        "version",
        "built with",
        "threads",
        "kernels",
        "memory",
        "terminal",
        "cache",
    ] {
        assert!(said.lines().any(|l| l.starts_with(line)), "{line}: {said}");
    }
}
