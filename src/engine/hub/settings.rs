//! What the environment says about the hub, by the names that Hugging Face's own library reads.
//!
//! Invariant: reading them never fails, so that what is in the cache can be used whatever they hold; a
//! value that cannot be used is told when it is needed. A token is never shown, not even by `Debug`.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::HubError;

/// The hub itself.
const ENDPOINT: &str = "https://huggingface.co";
/// No token is longer.
const TOKEN_MAX_BYTES: u64 = 4096;

/// What lets a person in.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Checks that it can stand in a header. `from` names its source for messages.
    pub fn parse(text: &str, from: &str) -> Result<Token, HubError> {
        let text = text.trim();
        match !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic()) {
            true => Ok(Token(text.to_owned())),
            false => Err(HubError::Setting {
                name: from.to_owned(),
                why: "is not a token; a token is one word, like hf_…".to_owned(),
            }),
        }
    }

    /// For the one header that it belongs into.
    #[cfg(feature = "hub")]
    pub(super) fn secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(hidden)")
    }
}

/// How long to wait, how often to try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes of an answer.
    pub silence: Duration,
    /// Attempts at one file that bring nothing new before giving up.
    pub tries: u32,
    /// Before the second attempt; doubles each time.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            tries: 5,
            pause: Duration::from_millis(500),
        }
    }
}

/// All of it.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder with `models--org--name` in it.
    pub cache: PathBuf,
    /// The hub's address as given, not yet checked.
    pub endpoint: String,
    /// The token, or why what is given is none.
    pub token: Result<Option<Token>, String>,
    /// Use only what is in the cache.
    pub offline: bool,
    /// Waiting.
    pub patience: Patience,
}

impl Settings {
    /// From the environment (`var`) and the home folder. Reads the token file, nothing else.
    pub fn from_env(var: impl Fn(&str) -> Option<OsString>, home: Option<&Path>) -> Settings {
        let set = |name: &str| var(name).filter(|v| !v.is_empty());
        let text = |name: &str| set(name).and_then(|v| v.into_string().ok());
        let path = |name: &str| set(name).map(|v| expanded(v, home));
        let is_on = |name: &str| {
            let value = text(name).map(|v| v.to_ascii_lowercase());
            value.is_some_and(|v| matches!(v.as_str(), "1" | "true" | "yes" | "on"))
        };
        let hf_home = path("HF_HOME").unwrap_or_else(|| {
            let cache = path("XDG_CACHE_HOME");
            let cache = cache.or_else(|| home.map(|h| h.join(".cache")));
            cache
                .unwrap_or_else(|| PathBuf::from(".cache"))
                .join("huggingface")
        });
        let cache = path("HF_HUB_CACHE")
            .or_else(|| path("HUGGINGFACE_HUB_CACHE"))
            .unwrap_or_else(|| hf_home.join("hub"));
        let given = ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]
            .into_iter()
            .find_map(|name| set(name).map(|value| (name, value)));
        let token = match given {
            Some((name, value)) => Token::parse(&value.to_string_lossy(), name).map(Some),
            None if is_on("HF_HUB_DISABLE_IMPLICIT_TOKEN") => Ok(None),
            None => {
                let file = path("HF_TOKEN_PATH").unwrap_or_else(|| hf_home.join("token"));
                token_file(&file)
            }
        };
        Settings {
            cache,
            endpoint: text("HF_ENDPOINT").unwrap_or_else(|| ENDPOINT.to_owned()),
            token: token.map_err(|e| e.to_string()),
            offline: is_on("HF_HUB_OFFLINE"),
            patience: Patience::default(),
        }
    }
}

impl Settings {
    /// The hub's address without a user or password that may stand in it.
    pub fn endpoint_shown(&self) -> String {
        match (
            self.endpoint.split_once("://"),
            self.endpoint.rsplit_once('@'),
        ) {
            (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://(hidden)@{rest}"),
            (None, Some((_, rest))) => format!("(hidden)@{rest}"),
            (_, None) => self.endpoint.clone(),
        }
    }
}

fn token_file(file: &Path) -> Result<Option<Token>, HubError> {
    use std::io::Read;
    let Ok(opened) = std::fs::File::open(file) else {
        return Ok(None);
    };
    let name = file.display().to_string();
    let mut text = String::new();
    let read = opened.take(TOKEN_MAX_BYTES).read_to_string(&mut text);
    match read {
        Ok(_) if text.trim().is_empty() => Ok(None),
        Ok(_) => Token::parse(&text, &name).map(Some),
        Err(why) => Err(HubError::Setting {
            name,
            why: why.to_string(),
        }),
    }
}

/// A leading `~/` is the home folder: in a variable no shell has replaced it.
fn expanded(value: OsString, home: Option<&Path>) -> PathBuf {
    let path = PathBuf::from(value);
    match (path.strip_prefix("~"), home) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Settings {
        let var = |name: &str| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, v)| OsString::from(v))
        };
        Settings::from_env(var, Some(Path::new("/home/me")))
    }

    #[test]
    fn the_cache_is_where_the_variables_say() {
        let table: [(&[(&str, &str)], &str); 6] = [
            (&[], "/home/me/.cache/huggingface/hub"),
            (&[("HF_HOME", "")], "/home/me/.cache/huggingface/hub"),
            (&[("XDG_CACHE_HOME", "/x")], "/x/huggingface/hub"),
            (
                &[("HF_HOME", "~/hf"), ("XDG_CACHE_HOME", "/x")],
                "/home/me/hf/hub",
            ),
            (&[("HF_HUB_CACHE", "/c"), ("HF_HOME", "/h")], "/c"),
            (&[("HUGGINGFACE_HUB_CACHE", "/old")], "/old"),
        ];
        for (variables, expected) in table {
            assert_eq!(
                settings(variables).cache,
                Path::new(expected),
                "{variables:?}"
            );
        }
        assert_eq!(settings(&[]).endpoint, "https://huggingface.co");
        assert_eq!(
            settings(&[("HF_ENDPOINT", "http://m")]).endpoint,
            "http://m"
        );
        let with_user = settings(&[("HF_ENDPOINT", "https://me:canary@hub.test/x")]);
        assert_eq!(with_user.endpoint_shown(), "https://(hidden)@hub.test/x");
        for (value, on) in [("1", true), ("True", true), ("0", false), ("", false)] {
            assert_eq!(
                settings(&[("HF_HUB_OFFLINE", value)]).offline,
                on,
                "{value}"
            );
        }
    }

    #[test]
    fn a_token_is_found_and_never_shown() {
        let given = settings(&[("HF_TOKEN", " hf_canary\n")]);
        assert_eq!(given.token, Ok(Some(Token("hf_canary".into()))));
        assert!(!format!("{given:?}").contains("canary"));

        let bad = settings(&[("HF_TOKEN", "hf canary\u{7}")]).token;
        let why = bad.unwrap_err();
        assert!(why.contains("HF_TOKEN") && !why.contains("canary"), "{why}");

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "hf_from_file\n").unwrap();
        let home = folder.path().to_str().unwrap();
        let token = Ok(Some(Token("hf_from_file".into())));
        assert_eq!(settings(&[("HF_HOME", home)]).token, token);
        let path = file.to_str().unwrap();
        assert_eq!(settings(&[("HF_TOKEN_PATH", path)]).token, token);
        let off = [("HF_HOME", home), ("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1")];
        assert_eq!(settings(&off).token, Ok(None));
        std::fs::write(&file, [0xff, 0xfe, b'c']).unwrap();
        assert!(settings(&[("HF_HOME", home)]).token.is_err());
    }
}
