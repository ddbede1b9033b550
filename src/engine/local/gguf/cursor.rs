//! Reading a header front to back, with a bound on the file and a bound on memory.
//!
//! Invariant: nothing is allocated by a number found in the file before that many bytes are known to
//! follow, and before the memory was taken from the [`METADATA_MAX_BYTES`] that a header may use in all.
//! Every fault knows the byte at which the thing at fault begins.

use std::fmt::Display;

use super::super::source::Source;
use crate::engine::EngineError;

/// Memory that one header's content may take. The largest published ones (256,000 tokens) need 20 MB.
pub const METADATA_MAX_BYTES: usize = 64 << 20;

/// Bytes read ahead.
const BUFFER_BYTES: u64 = 1 << 16;

/// What is wrong, and where.
#[derive(Debug)]
pub struct Fault {
    /// Byte of the file.
    pub at: u64,
    /// Key or tensor, once known.
    pub place: Option<String>,
    /// What is wrong.
    pub why: String,
}

impl Fault {
    /// At a byte; the place is added by whoever knows it.
    pub fn new(at: u64, why: impl Into<String>) -> Fault {
        Fault {
            at,
            place: None,
            why: why.into(),
        }
    }

    /// Names the place around what was named before.
    pub fn within(mut self, place: impl Display) -> Fault {
        self.place = Some(match self.place {
            Some(inner) => format!("{place}, {inner}"),
            None => place.to_string(),
        });
        self
    }

    /// As an error about `file`.
    pub fn of(self, file: &str) -> EngineError {
        EngineError::Damaged {
            file: file.to_owned(),
            at: self.at,
            place: self.place.unwrap_or_else(|| "header".into()),
            why: self.why,
        }
    }
}

/// A place in a file's header, moving forward.
pub struct Cursor<'a> {
    source: &'a Source,
    buffer: Vec<u8>,
    /// Where the buffer's first byte lies in the file.
    begins: u64,
    /// How much of the buffer was read.
    used: usize,
    memory_left: usize,
}

impl<'a> Cursor<'a> {
    /// At the file's first byte.
    pub fn new(source: &'a Source) -> Cursor<'a> {
        Cursor {
            source,
            buffer: Vec::new(),
            begins: 0,
            used: 0,
            memory_left: METADATA_MAX_BYTES,
        }
    }

    /// The byte that comes next.
    pub fn at(&self) -> u64 {
        self.begins + self.used as u64
    }

    /// Bytes that follow.
    pub fn left(&self) -> u64 {
        self.source.length() - self.at()
    }

    /// Takes `bytes` from the memory that is left.
    pub fn charge(&mut self, bytes: usize) -> Result<(), Fault> {
        match self.memory_left.checked_sub(bytes) {
            Some(left) => {
                self.memory_left = left;
                Ok(())
            }
            None => {
                let most = METADATA_MAX_BYTES >> 20;
                let why = format!("the metadata would take more than {most} MiB of memory");
                Err(Fault::new(self.at(), why))
            }
        }
    }

    /// A count of things that take at least `each` bytes of the file and `memory` bytes here.
    pub fn count(&mut self, what: &str, each: u64, memory: usize) -> Result<usize, Fault> {
        let at = self.at();
        let count = self.u64()?;
        if count > self.left() / each.max(1) {
            let left = self.left();
            let why = format!(
                "{count} {what} cannot follow: the file ends {left} bytes after; it is damaged or cut off"
            );
            return Err(Fault::new(at, why));
        }
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        self.charge(count.saturating_mul(memory))?;
        Ok(count)
    }

    /// A string's bytes. Its memory is charged here.
    pub fn text(&mut self) -> Result<Vec<u8>, Fault> {
        let count = self.count("bytes of text", 1, 1)?;
        self.bytes(count)
    }

    /// The next `count` bytes; they were counted and charged before.
    pub fn bytes(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        let mut bytes = vec![0; count];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Fills `out` with the next bytes.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<(), Fault> {
        let at = self.at();
        let ends = |left: u64, n: usize| {
            let why = format!("{n} bytes expected, {left} left; the file is cut off");
            Fault::new(at, why)
        };
        if out.len() as u64 > self.left() {
            return Err(ends(self.left(), out.len()));
        }
        let buffered = (self.buffer.len() - self.used).min(out.len());
        let (head, rest) = out.split_at_mut(buffered);
        head.copy_from_slice(&self.buffer[self.used..self.used + buffered]);
        self.used += buffered;
        if rest.is_empty() {
            return Ok(());
        }
        // The buffer is used up: read long pieces straight to where they belong.
        let unread = |e: std::io::Error| Fault::new(at, format!("cannot be read: {e}"));
        let begins = self.at();
        if rest.len() as u64 >= BUFFER_BYTES {
            self.source.read_at(begins, rest).map_err(unread)?;
            self.begins = begins + rest.len() as u64;
            self.buffer.clear();
            self.used = 0;
            return Ok(());
        }
        let ahead = BUFFER_BYTES.min(self.source.length() - begins);
        self.buffer.resize(ahead as usize, 0);
        self.source
            .read_at(begins, &mut self.buffer)
            .map_err(unread)?;
        self.begins = begins;
        self.used = rest.len();
        rest.copy_from_slice(&self.buffer[..self.used]);
        Ok(())
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// The next four bytes as a number.
    pub fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    /// The next eight bytes as a number.
    pub fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }
}
