//! Models by name, against a hub on this machine: what is fetched, checked, gone on with, refused; and
//! what a token and hostile names can do (nothing).

#![cfg(feature = "hub")]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod engine_models;
mod hub_server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use hub_server::{COMMIT, Fault, Host, REPO, Server, sha256};
use recant::engine::hub::{Hub, HubError, ModelName, Patience, Progress, Settings, Token};
use serde_json::json;

const CANARY: &str = "hf_canaryCANARYcanary";

fn settings(server: &Server, cache: &Path) -> Settings {
    Settings {
        cache: cache.to_owned(),
        endpoint: server.endpoint.clone(),
        token: Ok(Some(Token::parse(CANARY, "test").unwrap())),
        offline: false,
        patience: Patience {
            pause: Duration::ZERO,
            tries: 3,
            ..Patience::default()
        },
    }
}

fn get(server: &Server, cache: &Path, name: &str) -> Result<PathBuf, HubError> {
    let name = ModelName::parse(name)?;
    Hub::new(settings(server, cache)).model(&name, &mut |_| {})
}

/// Not `assert_eq`: nobody wants to read a hundred thousand numbers.
fn holds(file: &Path, bytes: &[u8]) {
    assert!(std::fs::read(file).unwrap() == bytes, "{}", file.display());
}

fn weights() -> Vec<u8> {
    (0..300_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect()
}

/// A model in one file of weights, with files around it that nobody needs.
fn tiny() -> Server {
    let weights = weights();
    let files: [(&str, &[u8]); 8] = [
        ("README.md", b"no"),
        ("config.json", b"{}"),
        ("tokenizer.json", b"{\"t\":1}"),
        ("tokenizer_config.json", b"{\"c\":1}"),
        ("pytorch_model.bin", b"no"),
        ("onnx/model.onnx", b"no"),
        ("model.safetensors", &weights),
        ("q/tiny-q4.gguf", &weights[..1000]),
    ];
    Server::new(&files, &["model.safetensors", "q/tiny-q4.gguf"])
}

/// All files below a folder, links followed, by path.
fn files_below(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, root: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, root, out),
                false => {
                    let name = path.strip_prefix(root).unwrap().display().to_string();
                    out.insert(name, std::fs::read(&path).unwrap_or_default());
                }
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

#[test]
fn a_model_is_fetched_once_and_only_what_it_needs() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let path = get(&server, folder.path(), REPO).unwrap();
    let repo = folder.path().join("models--org--tiny");
    assert_eq!(path, repo.join("snapshots").join(COMMIT));
    let found = files_below(&path);
    let names: Vec<&str> = found.keys().map(String::as_str).collect();
    let wanted = [
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    ];
    assert_eq!(names, wanted);
    assert!(found["model.safetensors"] == weights());
    assert_eq!(
        std::fs::read_to_string(repo.join("refs/main")).unwrap(),
        COMMIT
    );
    let blob = repo.join("blobs").join(sha256(&weights()));
    holds(&blob, &weights());
    assert!(path.join("model.safetensors").is_symlink());
    assert!(
        files_below(&repo)
            .keys()
            .all(|n| !n.ends_with(".incomplete"))
    );

    let before = server.asked().len();
    assert_eq!(get(&server, folder.path(), REPO).unwrap(), path);
    assert_eq!(
        server.asked().len(),
        before,
        "what is in the cache is not asked for"
    );

    let gguf = get(&server, folder.path(), "org/tiny:q/tiny-q4.gguf").unwrap();
    holds(&gguf, &weights()[..1000]);
    assert_eq!(
        server.contents("model.safetensors?signature=secret").len(),
        1
    );
}

#[test]
fn shards_come_by_their_index() {
    let index = json!({"weight_map": {"a": "m-00002.safetensors", "b": "m-00001.safetensors",
        "c": "m-00002.safetensors"}});
    let index = index.to_string();
    let files: [(&str, &[u8]); 6] = [
        ("config.json", b"{}"),
        ("tokenizer.json", b"{}"),
        ("model.safetensors.index.json", index.as_bytes()),
        ("m-00001.safetensors", b"one"),
        ("m-00002.safetensors", b"two"),
        ("m-00003.safetensors", b"not in the index"),
    ];
    let server = Server::new(&files, &["m-00001.safetensors", "m-00002.safetensors"]);
    let folder = tempfile::tempdir().unwrap();
    let path = get(&server, folder.path(), REPO).unwrap();
    let names: Vec<String> = files_below(&path).into_keys().collect();
    let wanted = [
        "config.json",
        "m-00001.safetensors",
        "m-00002.safetensors",
        "model.safetensors.index.json",
        "tokenizer.json",
    ];
    assert_eq!(names, wanted);
    // One shard gone: only it is fetched again.
    std::fs::remove_file(path.join("m-00002.safetensors")).unwrap();
    std::fs::remove_file(
        folder
            .path()
            .join("models--org--tiny/blobs")
            .join(sha256(b"two")),
    )
    .unwrap();
    get(&server, folder.path(), REPO).unwrap();
    assert_eq!(
        server
            .contents("m-00001.safetensors?signature=secret")
            .len(),
        1
    );
    assert_eq!(
        server
            .contents("m-00002.safetensors?signature=secret")
            .len(),
        2
    );
}

#[test]
fn a_cut_is_gone_on_with_where_it_was() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    server.set(|w| w.faults = vec![Fault::CutAfter(100_000), Fault::Status(503)]);
    let mut again = 0;
    let mut heard = Vec::new();
    let name = ModelName::parse(REPO).unwrap();
    let path = Hub::new(settings(&server, folder.path())).model(&name, &mut |p| match p {
        Progress::Again(_) => again += 1,
        Progress::Total(n) => heard.push(n),
        Progress::At(_) | Progress::File { .. } | Progress::Kept | Progress::Waiting(_) => {}
    });
    holds(&path.unwrap().join("model.safetensors"), &weights());
    assert_eq!((again, heard), (2, vec![300_000]));
    let ranges: Vec<_> = server.contents("model.safetensors?signature=secret");
    let ranges: Vec<_> = ranges.into_iter().map(|a| a.range).collect();
    let on = Some("bytes=100000-".to_owned());
    assert_eq!(ranges, [None, on.clone(), on]);
}

#[test]
fn a_later_run_goes_on_and_a_silent_server_is_not_waited_for() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    // One attempt, which ends in silence.
    server.set(|w| w.faults = vec![Fault::SilentAfter(200_000)]);
    let mut one = settings(&server, folder.path());
    one.patience.tries = 1;
    one.patience.silence = Duration::from_secs(1);
    let name = ModelName::parse(REPO).unwrap();
    let why = Hub::new(one).model(&name, &mut |_| {}).unwrap_err();
    assert!(matches!(why, HubError::Network { .. }), "{why}");
    let blobs = folder.path().join("models--org--tiny/blobs");
    let partial = blobs.join(format!("{}.incomplete", sha256(&weights())));
    assert_eq!(std::fs::metadata(&partial).unwrap().len(), 200_000);

    let mut have = None;
    Hub::new(settings(&server, folder.path()))
        .model(&name, &mut |p| {
            if let Progress::File {
                have: h,
                name: "model.safetensors",
                ..
            } = p
            {
                have = Some(h);
            }
        })
        .unwrap();
    assert_eq!(have, Some(200_000));
    holds(&blobs.join(sha256(&weights())), &weights());
    assert!(!partial.exists());
}

#[test]
fn servers_without_ranges_and_foreign_beginnings_start_afresh() {
    for (beginning, faults) in [
        // Right so far, but the server sends all of it.
        (weights()[..50_000].to_vec(), vec![Fault::NoRanges]),
        // Somebody else's bytes: found by the hash at the end.
        (vec![7; 50_000], vec![]),
        // Longer than the whole.
        (vec![7; 400_000], vec![]),
    ] {
        let server = tiny();
        let folder = tempfile::tempdir().unwrap();
        let blobs = folder.path().join("models--org--tiny/blobs");
        std::fs::create_dir_all(&blobs).unwrap();
        let hash = sha256(&weights());
        std::fs::write(blobs.join(format!("{hash}.incomplete")), beginning).unwrap();
        server.set(|w| w.faults = faults);
        let path = get(&server, folder.path(), REPO).unwrap();
        holds(&path.join("model.safetensors"), &weights());
    }
}

#[test]
fn what_is_not_as_promised_is_not_kept() {
    let name = "model.safetensors".to_owned();
    let other_hash = sha256(b"something else");
    type Change = Box<dyn Fn(&mut hub_server::World)>;
    let changes: [(&str, Change); 5] = [
        (
            "SHA-256",
            Box::new(move |w| {
                w.etags.insert(name.clone(), other_hash.clone());
            }),
        ),
        (
            "sends 300000 bytes where the hub says 300001",
            Box::new(|w| {
                w.sizes.insert("model.safetensors".into(), 300_001);
            }),
        ),
        (
            "where the hub says",
            Box::new(|w| w.faults = vec![Fault::Longer(5)]),
        ),
        (
            "sends more than",
            Box::new(|w| w.faults = vec![Fault::Unsaid(1)]),
        ),
        (
            "too many for such a file",
            Box::new(|w| {
                w.large.push("tokenizer.json".into());
                w.sizes.insert("tokenizer.json".into(), 1 << 40);
            }),
        ),
    ];
    for (wanted, change) in changes {
        let server = tiny();
        server.set(change);
        let folder = tempfile::tempdir().unwrap();
        let why = get(&server, folder.path(), REPO).unwrap_err();
        assert!(matches!(why, HubError::Damaged { .. }), "{wanted}: {why}");
        assert!(why.to_string().contains(wanted), "{wanted}: {why}");
        let repo = folder.path().join("models--org--tiny");
        assert!(
            !repo.join("refs/main").exists(),
            "{wanted}: it must not count as there"
        );
        let snapshot = repo.join("snapshots").join(COMMIT);
        assert!(!snapshot.join("model.safetensors").exists(), "{wanted}");
    }
}

#[test]
fn a_disk_without_room_is_told_before_anything_large_is_fetched() {
    let server = tiny();
    server.set(|w| {
        w.sizes.insert("model.safetensors".into(), u64::MAX);
    });
    let folder = tempfile::tempdir().unwrap();
    let why = get(&server, folder.path(), REPO).unwrap_err();
    assert!(matches!(why, HubError::DiskFull { .. }), "{why}");
    let why = why.to_string();
    assert!(
        why.contains("18.4 EB are needed") && why.contains("HF_HUB_CACHE"),
        "{why}"
    );
    assert!(
        server
            .contents("model.safetensors?signature=secret")
            .is_empty()
    );
}

#[test]
fn refusals_say_what_to_do() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let why = |name: &str| get(&server, folder.path(), name).unwrap_err().to_string();
    for (wanted, name) in [
        ("is not on http://127.0.0.1", "org/other"),
        (
            "has no none.gguf; name one of its files, like org/tiny:q/tiny-q4.gguf",
            "org/tiny:none.gguf",
        ),
    ] {
        assert!(why(name).contains(wanted), "{}", why(name));
    }
    for (status, code, wanted) in [
        (401, "GatedRepo", "is gated: accept its terms on"),
        (403, "", "a token was sent; check that it is valid"),
        (404, "RepoNotFound", "private or gated"),
        (401, "", "private or gated"),
        (429, "", "too many requests"),
        (500, "", "answered 500"),
    ] {
        server.set(|w| w.refusal = Some((status, code)));
        let why = why(REPO);
        assert!(why.contains(wanted), "{status} {code}: {why}");
        assert!(!why.contains(CANARY), "{why}");
    }
    let mut without = settings(&server, folder.path());
    server.set(|w| w.refusal = Some((401, "GatedRepo")));
    without.token = Ok(None);
    let name = ModelName::parse(REPO).unwrap();
    let why = Hub::new(without).model(&name, &mut |_| {}).unwrap_err();
    assert!(why.to_string().contains("set HF_TOKEN"), "{why}");
    // Nobody there, and a hub that is none.
    let mut nobody = settings(&server, folder.path());
    nobody.endpoint = "http://127.0.0.1:1".into();
    let why = Hub::new(nobody).model(&name, &mut |_| {}).unwrap_err();
    assert!(why.to_string().contains("give --offline"), "{why}");
    for endpoint in [
        "huggingface.co",
        "ftp://x",
        "https://me:secret@hub.test",
        "",
        "https://a b",
    ] {
        let mut wrong = settings(&server, folder.path());
        wrong.endpoint = endpoint.into();
        let why = Hub::new(wrong)
            .model(&name, &mut |_| {})
            .unwrap_err()
            .to_string();
        assert!(
            why.starts_with("HF_ENDPOINT: ") && !why.contains("secret"),
            "{why}"
        );
    }
    server.set(|w| {
        w.refusal = None;
        w.listing = Some(json!({"sha": COMMIT, "siblings": [{"rfilename": "model.bin"}]}));
    });
    let why = get(&server, folder.path(), REPO).unwrap_err().to_string();
    assert!(why.contains("org/tiny has no config.json"), "{why}");
}

#[test]
fn offline_asks_nobody() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let mut offline = settings(&server, folder.path());
    offline.offline = true;
    let name = ModelName::parse(REPO).unwrap();
    let hub = Hub::new(offline);
    let why = hub.model(&name, &mut |_| {}).unwrap_err().to_string();
    assert!(
        why.contains("not in the cache") && why.contains("--offline"),
        "{why}"
    );
    assert!(server.asked().is_empty());
    let path = get(&server, folder.path(), REPO).unwrap();
    assert_eq!(hub.model(&name, &mut |_| {}).unwrap(), path);
    std::fs::remove_file(path.join("tokenizer.json")).unwrap();
    let why = hub.model(&name, &mut |_| {}).unwrap_err().to_string();
    assert!(why.contains("tokenizer.json missing"), "{why}");
}

#[test]
fn a_token_goes_to_the_hub_alone() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    get(&server, folder.path(), REPO).unwrap();
    let asked = server.asked();
    assert!(asked.iter().any(|a| a.host == Host::Other));
    for a in &asked {
        let expected = (a.host == Host::Hub).then(|| format!("Bearer {CANARY}"));
        assert_eq!(a.token, expected, "{a:?}");
    }
    // Redirects that must not be followed, and one that leads nowhere.
    for (target, wanted) in [
        (
            format!(
                "{}/{REPO}/resolve/{COMMIT}/model.safetensors",
                server.endpoint
            ),
            "too many",
        ),
        ("ftp://127.0.0.1/x".to_owned(), "must begin with https"),
        (
            server.other.replace("http://", "http://127.0.0.1@"),
            "user or password",
        ),
        ("http://[".to_owned(), "not followed"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        server.set(|w| w.redirect = Some(target.clone()));
        let why = get(&server, folder.path(), REPO).unwrap_err();
        assert!(why.to_string().contains(wanted), "{target}: {why}");
    }
}

#[test]
fn a_token_is_shown_nowhere() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        command.args(more);
        command.env("HF_HUB_CACHE", folder.path().join("cache"));
        command.env("HF_HOME", folder.path());
        command.env("HF_ENDPOINT", &server.endpoint);
        command.env("HF_TOKEN", CANARY);
        command.env_remove("HF_HUB_OFFLINE");
        let output = command.output().unwrap();
        format!(
            "{}{}",
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap()
        )
    };
    let out = folder.path().join("out").display().to_string();
    let mut said = String::new();
    // A server that throws the token back in every way it has.
    let echo = format!("X-Error-Message: bad token {CANARY}\r\n");
    server.set(|w| w.headers = echo);
    for refusal in [
        Some((400, "")),
        Some((401, CANARY)),
        Some((404, "EntryNotFound")),
        None,
    ] {
        server.set(|w| w.refusal = refusal);
        said += &run(&["run", "--model", REPO, "--out", &out]);
    }
    server.set(|w| w.redirect = Some(format!("{}/blobs/{CANARY}", w.asked[0].path)));
    said += &run(&["run", "--model", REPO, "--out", &out]);
    let hostile = [
        json!({"sha": CANARY, "siblings": []}),
        json!({"sha": COMMIT, "siblings": [{"rfilename": format!("{CANARY}.gguf")}]}),
    ];
    for listing in hostile {
        server.set(|w| w.listing = Some(listing));
        said += &run(&["run", "--model", "org/tiny:x.gguf", "--out", &out]);
    }
    said += &run(&["doctor"]);
    said += &run(&["doctor", "--format", "json"]);
    said += &run(&["models"]);
    assert!(
        server.asked().iter().any(|a| a.token.is_some()),
        "the token was in use"
    );
    assert!(
        said.contains("(token)") && said.contains("token: set"),
        "{said}"
    );
    assert!(!said.contains("canary"), "{said}");
    for (name, bytes) in files_below(folder.path()) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert!(
            !text.contains("canary") && !name.contains("canary"),
            "{name}"
        );
    }
}

/// Names that try to leave the folder, or to look like something else.
fn hostile_names(target: &Path) -> Vec<String> {
    let target = target.display().to_string();
    let up = [
        "..",
        "../..",
        "../../../../../..",
        "./..",
        "..\\..",
        "%2e%2e",
        "..%2f..",
        ". ./",
    ];
    let ends = [
        "evil",
        "evil.gguf",
        "evil.safetensors",
        "config.json",
        "\0evil",
        "evil\0.gguf",
        "\u{202e}fgug.live",
        "\u{200b}evil",
        "e\u{301}vil",
        "evil\u{1b}[2J",
        "evil\r\nX: y",
        "a".repeat(5000).as_str(),
        "CON",
        "nul.gguf",
        "x:y",
        "evil.",
        "evil ",
        "~",
        "-rf",
        "$(touch evil)",
    ]
    .map(str::to_owned);
    let mut names = Vec::new();
    for up in up {
        for end in &ends {
            names.push(format!("{up}/{end}"));
            names.push(format!("a/{up}/{end}"));
            names.push(format!("{up}\\{end}"));
            names.push(format!("/{up}/{end}"));
            names.push(format!("a/{up}/{end}/b"));
        }
    }
    for end in &ends {
        names.extend([
            end.clone(),
            format!("{target}/{end}"),
            format!("C:\\{end}"),
            format!("\\\\host\\share\\{end}"),
            format!("//{end}"),
            format!("file://{target}/{end}"),
            format!("a//{end}"),
            format!(".{end}"),
            format!("a/.{end}"),
            format!("{end}/.."),
        ]);
    }
    names
}

/// Nothing that a file system or a reader could take for something else.
fn is_plain(name: &str) -> bool {
    let word = |part: &str| {
        (1..=200).contains(&part.len())
            && !part.starts_with('.')
            && !part.ends_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
    };
    name.split('/').all(word)
}

#[test]
fn a_thousand_hostile_names_write_nothing_outside_the_cache() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let outside = folder.path().join("outside");
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("mine"), "mine").unwrap();
    let cache = folder.path().join("deep/er/cache");
    let names = hostile_names(&outside);
    assert!(names.len() >= 1000, "{}", names.len());
    let index = "model.safetensors.index.json";
    for (no, name) in names.iter().enumerate() {
        // From a server that has whatever it is asked for: as version, as content's name, as shard, in
        // turn; and in every listing.
        server.set(|w| {
            w.has_anything = true;
            w.files
                .insert(index.into(), b"{\"weight_map\":{}}".to_vec());
            w.etags.clear();
            let siblings = [name.as_str(), "config.json", "tokenizer.json", index];
            let siblings = siblings.map(|n| json!({"rfilename": n}));
            w.listing = Some(json!({"sha": COMMIT, "siblings": siblings}));
            match no % 3 {
                0 => w.listing = Some(json!({"sha": name, "siblings": siblings})),
                1 => {
                    w.etags.insert("config.json".into(), name.clone());
                }
                _ => {
                    let shards = json!({"weight_map": {"a": name}}).to_string();
                    w.files.insert(index.into(), shards.into_bytes());
                    w.etags.insert(index.into(), format!("index{no}"));
                }
            }
        });
        let served = get(&server, &cache, REPO);
        // From a person.
        let repo = get(&server, &cache, name);
        let file = get(&server, &cache, &format!("{REPO}:{name}"));
        if !is_plain(name) {
            let refused = served.is_err() && repo.is_err() && file.is_err();
            assert!(refused, "{name:?}");
        }
    }
    let found = files_below(folder.path());
    for name in found.keys().filter(|n| *n != "outside/mine") {
        let inside = ["models--org--tiny/", ".locks/models--org--tiny/"];
        let inside = inside
            .iter()
            .any(|i| name.starts_with(&format!("deep/er/cache/{i}")));
        assert!(inside, "{name:?}");
    }
    assert_eq!(found["outside/mine"], b"mine");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[test]
fn two_at_once_fetch_every_file_once() {
    let server = tiny();
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<PathBuf> = std::thread::scope(|scope| {
        let one = || get(&server, folder.path(), REPO).unwrap();
        let both = [scope.spawn(one), scope.spawn(one)];
        both.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert_eq!(paths[0], paths[1]);
    holds(&paths[0].join("model.safetensors"), &weights());
    assert_eq!(
        server.contents("model.safetensors?signature=secret").len(),
        1
    );
}

#[test]
fn a_run_fetches_its_model_and_the_next_one_needs_no_network() {
    let folder = tempfile::tempdir().unwrap();
    let model = folder.path().join("model");
    std::fs::create_dir(&model).unwrap();
    let tokenizer = engine_models::byte_level();
    engine_models::write(
        &model,
        engine_models::TINY,
        &tokenizer,
        Some(engine_models::TEMPLATE),
    );
    let files = files_below(&model);
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (n.as_str(), &**b)).collect();
    let server = Server::new(&files, &["model.safetensors"]);
    let run = |endpoint: &str, more: &[&str]| {
        let out = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_recant"));
        command.args(["run", "--model", REPO, "--limit", "1", "--rounds", "1"]);
        command
            .args(["--conditions", "q", "--out"])
            .arg(out.path().join("o"))
            .args(more);
        command
            .env("HF_HOME", folder.path().join("hf"))
            .env("HF_ENDPOINT", endpoint);
        for name in [
            "HF_HUB_CACHE",
            "HF_HUB_OFFLINE",
            "HF_TOKEN",
            "XDG_CACHE_HOME",
        ] {
            command.env_remove(name);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let manifest = std::fs::read_to_string(out.path().join("o/run.json"));
        (output.status.code(), said, manifest.unwrap_or_default())
    };
    let (code, said, _) = run("http://127.0.0.1:1", &["--offline"]);
    assert!(
        code == Some(2) && said.contains("org/tiny is not in the cache"),
        "{said}"
    );
    let (code, said, manifest) = run(&server.endpoint, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("fetching model.safetensors"), "{said}");
    assert!(
        !said.contains(['\u{1b}', '\r']),
        "no bars where there is no terminal: {said:?}"
    );
    assert!(manifest.contains("\"org/tiny\""), "{manifest}");
    let (code, said, again) = run("http://127.0.0.1:1", &["--offline"]);
    assert!(code == Some(0) && !said.contains("fetching"), "{said}");
    assert_eq!(manifest, again);
}
