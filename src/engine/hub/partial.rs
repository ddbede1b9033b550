//! A file that is being fetched: it grows, keeps the hash of what is there, and has one owner at a time.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::client::Meta;

/// Read at once.
const BUFFER_BYTES: usize = 1 << 18;

/// A blob that is not whole yet, and the hash of what is there.
pub struct Partial {
    /// Where it lies.
    pub path: PathBuf,
    /// Open for writing, at its end.
    pub file: File,
    /// Bytes there are.
    pub have: u64,
    hash: Option<Sha256>,
}

impl Partial {
    /// Opens what an earlier run left, or begins anew; more than there should be is thrown away.
    pub fn open(path: &Path, meta: &Meta) -> io::Result<Partial> {
        let mut file = OpenOptions::new()
            .create(true)
            .read(true)
            .write(true)
            .truncate(false)
            .open(path)?;
        let mut partial = Partial {
            path: path.to_owned(),
            have: file.metadata()?.len(),
            hash: meta.etag.sha256().map(|_| Sha256::new()),
            file: file.try_clone()?,
        };
        if partial.have > meta.bytes {
            partial.clear()?;
        }
        if let Some(hash) = &mut partial.hash {
            let mut buffer = vec![0; BUFFER_BYTES];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    n => hash.update(&buffer[..n]),
                }
            }
        }
        partial.file.seek(SeekFrom::Start(partial.have))?;
        Ok(partial)
    }

    /// Begins anew.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.seek(SeekFrom::Start(0))?;
        self.have = 0;
        if let Some(hash) = &mut self.hash {
            *hash = Sha256::new();
        }
        Ok(())
    }

    /// Appends bytes.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.have += bytes.len() as u64;
        if let Some(hash) = &mut self.hash {
            hash.update(bytes);
        }
        Ok(())
    }

    /// Whether it has the promised hash, where one was promised. Can be asked once.
    pub fn is_right(&mut self, meta: &Meta) -> bool {
        let Some(expected) = meta.etag.sha256() else {
            return true;
        };
        let found = self.hash.take().map(|h| h.finalize());
        self.hash = Some(Sha256::new());
        let found = found.map(|h| h.iter().map(|b| format!("{b:02x}")).collect::<String>());
        found.as_deref() == Some(expected)
    }
}

/// Holds the lock file until dropped; `waiting` is called if another process holds it.
pub fn lock(path: &Path, waiting: impl FnOnce()) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            waiting();
            file.lock()?;
        }
        // Some network file systems have no locks: then it is as it was without.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => {}
        Err(TryLockError::Error(e)) => return Err(e),
    }
    Ok(file)
}
