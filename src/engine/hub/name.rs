//! What may name a model, a file of it, a version of it.
//!
//! Invariant: a value of these types is made of plain ASCII words, so a path joined from them stays
//! below the folder it is joined to, on every system, and can be printed. Everything that comes from a
//! person, a server or an index file becomes one of these before it touches a path or an address.

use std::fmt;
use std::path::PathBuf;

use super::error::HubError;

/// A repository on the hub, `org/name`; old ones have no `org/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RepoId(String);

/// Longest part of an id, as the hub has it.
const ID_PART_MAX: usize = 96;
/// Longest part of a file's path: file systems have 255, and a suffix comes on top.
const FILE_PART_MAX: usize = 200;
/// Most folders and the file.
const FILE_PARTS_MAX: usize = 5;

impl RepoId {
    /// `org/name`, or `name`.
    pub fn parse(text: &str) -> Result<RepoId, HubError> {
        let wrong = |why: &str| HubError::Name {
            text: text.to_owned(),
            why: why.to_owned(),
        };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() > 2 {
            return Err(wrong("a model on the hub is org/name, with one slash"));
        }
        for part in parts {
            if part.is_empty() || part.len() > ID_PART_MAX {
                return Err(wrong("each part of org/name has 1 to 96 characters"));
            }
            if !part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            {
                return Err(wrong("org/name is letters, digits, '.', '_' and '-'"));
            }
            // `--` separates the parts in the cache's folder names.
            if part.starts_with(['.', '-'])
                || part.ends_with(['.', '-'])
                || part.contains("..")
                || part.contains("--")
            {
                return Err(wrong("'.' and '-' stand alone, between other characters"));
            }
        }
        Ok(RepoId(text.to_owned()))
    }

    /// As typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its folder in the cache.
    pub fn folder(&self) -> String {
        format!("models--{}", self.0.replace('/', "--"))
    }

    /// The repository whose folder has this name.
    pub fn of_folder(folder: &str) -> Option<RepoId> {
        let id = folder.strip_prefix("models--")?.replacen("--", "/", 1);
        RepoId::parse(&id).ok()
    }
}

impl fmt::Display for RepoId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A file of a repository: plain words joined by `/`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileName(String);

impl FileName {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<FileName, HubError> {
        let wrong = |why: &str| HubError::Name {
            text: text.to_owned(),
            why: why.to_owned(),
        };
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() > FILE_PARTS_MAX {
            return Err(wrong("a file lies at most four folders deep"));
        }
        for part in parts {
            if part.is_empty() || part.len() > FILE_PART_MAX {
                return Err(wrong("each part of a file's path has 1 to 200 characters"));
            }
            // All of these stand for themselves in an address, and none means anything to a file system.
            let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-+=,@".contains(&b);
            if !part.bytes().all(plain) {
                return Err(wrong("a file's name is letters, digits and . _ - + = , @"));
            }
            if part.starts_with('.') || part.ends_with('.') {
                return Err(wrong("a file's name neither begins nor ends with '.'"));
            }
        }
        Ok(FileName(text.to_owned()))
    }

    /// With `/` between its parts.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Below any folder.
    pub fn path(&self) -> PathBuf {
        self.0.split('/').collect()
    }

    /// How many folders deep it lies.
    pub fn depth(&self) -> usize {
        self.0.matches('/').count()
    }

    /// Whether it is a GGUF file.
    pub fn is_gguf(&self) -> bool {
        self.0.to_ascii_lowercase().ends_with(".gguf")
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A version of a repository: the hash of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commit(String);

impl Commit {
    /// 40 or 64 hexadecimal digits.
    pub fn parse(text: &str) -> Result<Commit, HubError> {
        let is_hash = matches!(text.len(), 40 | 64)
            && text
                .bytes()
                .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        match is_hash {
            true => Ok(Commit(text.to_owned())),
            false => Err(HubError::Name {
                text: text.to_owned(),
                why: "a version is 40 hexadecimal digits".to_owned(),
            }),
        }
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A model on the hub: a repository, or one GGUF file of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModelName {
    /// Where.
    pub repo: RepoId,
    /// The one file that is the model.
    pub file: Option<FileName>,
}

impl ModelName {
    /// `org/name` or `org/name:file.gguf`.
    pub fn parse(text: &str) -> Result<ModelName, HubError> {
        let (repo, file) = match text.split_once(':') {
            Some((repo, file)) => (repo, Some(FileName::parse(file)?)),
            None => (text, None),
        };
        if let Some(file) = file.as_ref().filter(|f| !f.is_gguf()) {
            return Err(HubError::Name {
                text: text.to_owned(),
                why: format!("after the colon stands a .gguf file of the repository, not {file}"),
            });
        }
        Ok(ModelName {
            repo: RepoId::parse(repo)?,
            file,
        })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            Some(file) => write!(f, "{}:{file}", self.repo),
            None => write!(f, "{}", self.repo),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_model_and_what_does_not() {
        for good in [
            "HuggingFaceTB/SmolLM2-135M-Instruct",
            "allenai/OLMo-2-0425-1B",
            "gpt2",
            "a/b",
            "org/name:file.gguf",
            "org/name:Q4_K_M/model-q4_k_m.GGUF",
        ] {
            assert_eq!(ModelName::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "../a",
            "a/..",
            "a/b..c",
            "a/--b",
            "a/b--c",
            ".a/b",
            "a/-b",
            "a b/c",
            "a/b\0",
            "a\\b/c",
            "a/b\u{202e}c",
            "ä/b",
            "a/b:",
            "a/b:../x.gguf",
            "a/b:/x.gguf",
            "a/b:x.bin",
            "a/b:x/./y.gguf",
            "a/b:x//y.gguf",
            "a/b:C:x.gguf",
            "a/b:.x.gguf",
            "a/b:a\\b.gguf",
            "a/b:%2e%2e/x.gguf",
            "a/b:x?y.gguf",
            "a/b:x#.gguf",
        ] {
            assert!(ModelName::parse(bad).is_err(), "{bad:?}");
        }
        assert!(ModelName::parse(&format!("a/{}", "b".repeat(97))).is_err());
        assert!(FileName::parse(&format!("{}.gguf", "b".repeat(300))).is_err());
        assert!(Commit::parse(&"a".repeat(40)).is_ok());
        for bad in ["main", "../../../../../../../../../../../../../x", ""] {
            assert!(Commit::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_cache_folder_and_its_id_belong_together() {
        for id in ["org/name", "gpt2", "a-b/c-d.e"] {
            let id = RepoId::parse(id).unwrap();
            assert_eq!(RepoId::of_folder(&id.folder()), Some(id));
        }
        for other in [
            "datasets--a--b",
            "models--",
            "models--..--x",
            "models--a--b--c",
        ] {
            assert_eq!(RepoId::of_folder(other), None, "{other}");
        }
    }
}
