//! A jsonl file line by line, each at most so long.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Longest accepted line, in bytes.
const LINE_MAX: u64 = 1 << 24;

/// A file's lines that are not blank.
pub struct Lines<R> {
    reader: R,
    line: usize,
}

/// One of them.
pub struct Line {
    /// 1-based.
    pub no: usize,
    /// Its bytes; what is wrong where it is too long.
    pub bytes: Result<Vec<u8>, String>,
}

impl Lines<BufReader<File>> {
    /// Opens a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> io::Result<Lines<BufReader<File>>> {
        Ok(Lines::new(BufReader::new(File::open(path)?)))
    }
}

impl<R: BufRead> Lines<R> {
    /// The lines of anything that can be read.
    pub fn new(reader: R) -> Lines<R> {
        Lines { reader, line: 0 }
    }

    /// The next line that is not blank.
    ///
    /// # Errors
    /// What the reader says.
    pub fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            self.line += 1;
            let mut bytes = Vec::new();
            let mut limited = Read::take(&mut self.reader, LINE_MAX + 1);
            if limited.read_until(b'\n', &mut bytes)? == 0 {
                return Ok(None);
            }
            let no = self.line;
            if bytes.len() as u64 > LINE_MAX && bytes.last() != Some(&b'\n') {
                self.reader.skip_until(b'\n')?;
                let what = format!("the line is longer than {LINE_MAX} bytes");
                return Ok(Some(Line {
                    no,
                    bytes: Err(what),
                }));
            }
            if !bytes.iter().all(u8::is_ascii_whitespace) {
                return Ok(Some(Line {
                    no,
                    bytes: Ok(bytes),
                }));
            }
        }
    }
}
