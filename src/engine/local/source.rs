//! The bytes of a file of weights, read piece by piece.
//!
//! With ordinary reads: mapping the file would be faster, but a file that is cut off while mapped kills
//! the process. Knows no format.

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::files::unreadable;
use super::weights::hex;
use crate::engine::EngineError;

/// Bytes read at once where the size of the piece is ours to choose.
pub const PIECE_BYTES: usize = 1 << 20;

/// An open file, or bytes in memory.
#[derive(Debug)]
pub struct Source {
    name: String,
    length: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(PathBuf, File),
    Memory(Cow<'static, [u8]>),
}

impl Source {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Source, EngineError> {
        let file = File::open(path).map_err(|e| unreadable(path, e))?;
        let length = file.metadata().map_err(|e| unreadable(path, e))?.len();
        Ok(Source {
            name: path.display().to_string(),
            length,
            content: Content::File(path.to_owned(), file),
        })
    }

    /// Bytes in memory, under a name for messages.
    pub fn memory(name: &str, bytes: impl Into<Cow<'static, [u8]>>) -> Source {
        let bytes = bytes.into();
        Source {
            name: name.to_owned(),
            length: bytes.len() as u64,
            content: Content::Memory(bytes),
        }
    }

    /// The same bytes, read independently of this one.
    pub fn again(&self) -> Result<Source, EngineError> {
        match &self.content {
            Content::File(path, _) => Source::open(path),
            Content::Memory(bytes) => Ok(Source::memory(&self.name, bytes.clone())),
        }
    }

    /// Path or name, for messages.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Bytes in it.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Fills `out` with what begins at byte `at`.
    pub fn read_at(&self, at: u64, out: &mut [u8]) -> io::Result<()> {
        match &self.content {
            // Has no position in the file that two readers could take from one another.
            Content::File(_, file) => file.read_exact_at(out, at),
            Content::Memory(bytes) => {
                let from = usize::try_from(at).ok();
                let found = from.and_then(|from| bytes.get(from..)?.get(..out.len()));
                out.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }

    /// Hash over the bytes of all `sources`, one after the other, in hexadecimal.
    pub fn sha256(sources: &[Source]) -> Result<String, EngineError> {
        let mut digest = Sha256::new();
        let mut piece = Vec::new();
        for source in sources {
            let mut at = 0;
            while at < source.length {
                let count = (source.length - at).min(PIECE_BYTES as u64);
                piece.resize(count as usize, 0);
                let read = source.read_at(at, &mut piece);
                read.map_err(|e| unreadable(Path::new(&source.name), e))?;
                digest.update(&piece);
                at += count;
            }
        }
        Ok(hex(&digest.finalize()))
    }
}
