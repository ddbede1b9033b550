//! Logits as a safetensors file, written position by position as they come.
//!
//! Invariant: a file of the asked name is complete; until then it has another name, and none if it is
//! never finished. Knows no model.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::failure::Failure;

/// A file being written.
pub struct LogitsFile {
    path: PathBuf,
    partial: PathBuf,
    out: BufWriter<File>,
    is_done: bool,
}

impl LogitsFile {
    /// Begins a file of `input_ids` (I64, `[T]`) and `logits` (F32, `[T, vocab]`).
    ///
    /// # Errors
    /// The file cannot be made, or the disk is full.
    pub fn create(
        path: &Path,
        model: &str,
        ids: &[u32],
        vocab: usize,
    ) -> Result<LogitsFile, Failure> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let file = File::create(&partial).map_err(|e| failure(&partial, e))?;
        let mut file = LogitsFile {
            path: path.to_owned(),
            partial,
            out: BufWriter::new(file),
            is_done: false,
        };
        file.write(&header(model, ids.len(), vocab))?;
        for id in ids {
            file.write(&i64::from(*id).to_le_bytes())?;
        }
        Ok(file)
    }

    /// Adds the logits of some positions, in order.
    ///
    /// # Errors
    /// The disk is full.
    pub fn add(&mut self, logits: &[f32]) -> Result<(), Failure> {
        for x in logits {
            self.write(&x.to_le_bytes())?;
        }
        Ok(())
    }

    /// All positions have been added.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(mut self) -> Result<(), Failure> {
        let done = self
            .out
            .flush()
            .and_then(|()| std::fs::rename(&self.partial, &self.path));
        self.is_done = done.is_ok();
        done.map_err(|e| failure(&self.path, e))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let written = self.out.write_all(bytes);
        written.map_err(|e| failure(&self.partial, e))
    }
}

impl Drop for LogitsFile {
    fn drop(&mut self) {
        if !self.is_done {
            // Whatever stopped the writing was reported; this is only tidying.
            let _ = std::fs::remove_file(&self.partial);
        }
    }
}

/// The length of the JSON part (u64), then the JSON, padded with spaces so that numbers are aligned.
fn header(model: &str, count: usize, vocab: usize) -> Vec<u8> {
    let ids_end = 8 * count;
    let json = json!({
        "__metadata__": {"recant": env!("CARGO_PKG_VERSION"), "model": model},
        "input_ids": {"dtype": "I64", "shape": [count], "data_offsets": [0, ids_end]},
        "logits": {
            "dtype": "F32",
            "shape": [count, vocab],
            "data_offsets": [ids_end, ids_end + 4 * count * vocab],
        },
    });
    let mut text = json.to_string().into_bytes();
    text.resize(text.len().next_multiple_of(8), b' ');
    let mut header = (text.len() as u64).to_le_bytes().to_vec();
    header.append(&mut text);
    header
}

fn failure(path: &Path, why: std::io::Error) -> Failure {
    Failure::work(format!("{}: {why}", path.display()))
}
