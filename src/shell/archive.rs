//! Zip archives of inspect_ai (`.eval`): written with deflate, which every reader has; read with
//! deflate or zstd, each entry and all of them together only up to a bound.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// Longest entry, unpacked. A sample with many tokens' log-probabilities is a few megabytes.
const ENTRY_MAX: u64 = 64 << 20;

/// All that is unpacked of one archive.
const ALL_MAX: u64 = 16 << 30;

/// An archive to read.
pub struct Archive {
    zip: ZipArchive<BufReader<File>>,
    left: u64,
}

impl Archive {
    /// Opens one.
    ///
    /// # Errors
    /// Not a zip archive, or one whose end is missing.
    pub fn open(path: &Path) -> Result<Archive, String> {
        let file = File::open(path).map_err(|e| e.to_string())?;
        let zip = ZipArchive::new(BufReader::new(file));
        let zip = zip.map_err(|e| format!("not a whole zip archive: {e}"))?;
        Ok(Archive { zip, left: ALL_MAX })
    }

    /// The entries' names, in the archive's order; those that are no text are left out.
    pub fn names(&self) -> Vec<String> {
        let names = self.zip.file_names();
        names.filter_map(|n| Some(n.ok()?.into_owned())).collect()
    }

    /// An entry's bytes; `None` where there is none of this name.
    ///
    /// # Errors
    /// Damaged, packed in another way, or too large.
    pub fn read(&mut self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let Some(at) = self.zip.index_for_name(name) else {
            return Ok(None);
        };
        let most = ENTRY_MAX.min(self.left);
        let method = {
            let raw = self.zip.by_index_raw(at).map_err(|e| e.to_string())?;
            if raw.encrypted() {
                return Err("it is encrypted".to_owned());
            }
            raw.compression()
        };
        let damaged = |e: &dyn std::fmt::Display| format!("damaged: {e}");
        let mut bytes = Vec::new();
        if method == CompressionMethod::ZSTD {
            // What inspect_ai writes; it may be several frames one after the other.
            let mut raw = self.zip.by_index_raw(at).map_err(|e| e.to_string())?;
            let mut packed = Vec::new();
            let read = Read::by_ref(&mut raw)
                .take(most + 1)
                .read_to_end(&mut packed);
            read.map_err(|e| damaged(&e))?;
            let mut rest = packed.as_slice();
            while !rest.is_empty() && bytes.len() as u64 <= most {
                let frame = ruzstd::decoding::StreamingDecoder::new(&mut rest);
                let frame = frame.map_err(|e| damaged(&e))?;
                let room = most + 1 - bytes.len() as u64;
                let read = frame.take(room).read_to_end(&mut bytes);
                read.map_err(|e| damaged(&e))?;
            }
        } else {
            let entry = self.zip.by_index(at).map_err(|e| e.to_string())?;
            let read = entry.take(most + 1).read_to_end(&mut bytes);
            read.map_err(|e| damaged(&e))?;
        }
        if bytes.len() as u64 > most {
            return Err(format!(
                "unpacks to more than {} MiB; the archive is not read further into it",
                most >> 20
            ));
        }
        self.left -= bytes.len() as u64;
        Ok(Some(bytes))
    }
}

/// Begins an archive.
pub fn begin<W: Write + Seek>(out: W) -> ZipWriter<W> {
    ZipWriter::new(out)
}

/// Adds an entry. The time is the same in all archives: what is equal is equal byte for byte.
///
/// # Errors
/// What the disk says.
pub fn add<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str, bytes: &[u8]) -> io::Result<()> {
    enter(zip, name)?;
    zip.write_all(bytes)
}

/// Begins an entry: what is written to the archive from here on is its content.
///
/// # Errors
/// What the disk says.
pub fn enter<W: Write + Seek>(zip: &mut ZipWriter<W>, name: &str) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(zip::DateTime::default());
    zip.start_file(name, options).map_err(io::Error::other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_unpacks_without_end_is_refused_and_a_cut_archive_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bomb.eval");
        let mut zip = begin(File::create(&path).unwrap());
        add(&mut zip, "header.json", b"{}").unwrap();
        zip.start_file("samples/1_epoch_1.json", SimpleFileOptions::default())
            .unwrap();
        let zeros = vec![b' '; 1 << 20];
        for _ in 0..(ENTRY_MAX >> 20) + 1 {
            zip.write_all(&zeros).unwrap();
        }
        zip.finish().unwrap();
        assert!(std::fs::metadata(&path).unwrap().len() < 1 << 20);
        let mut archive = Archive::open(&path).unwrap();
        assert_eq!(archive.read("header.json"), Ok(Some(b"{}".to_vec())));
        let refused = archive.read("samples/1_epoch_1.json").unwrap_err();
        assert!(refused.contains("more than 64 MiB"), "{refused}");
        assert_eq!(archive.read("no"), Ok(None));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
        assert!(Archive::open(&path).is_err());
    }
}
