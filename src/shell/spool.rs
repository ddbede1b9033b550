//! Answers on their way into a run whose settings are not known before all have been read: they wait on
//! the disk beside the run's folder, not in memory. The file goes with the value.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::session::AnswerLine;

use super::failure::Failure;

/// The waiting answers.
pub struct Spool {
    /// How many there are.
    pub count: usize,
    path: PathBuf,
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

impl Spool {
    /// Begins one beside a folder that need not be there yet.
    ///
    /// # Errors
    /// A place that cannot be written.
    pub fn beside(folder: &Path) -> Result<Spool, Failure> {
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(format!(".importing-{}", std::process::id()));
        let path = folder.with_file_name(name);
        let wrong = |e: io::Error| Failure::work(format!("{}: {e}", path.display()));
        if let Some(parent) = path.parent().filter(|p| !p.as_os_str().is_empty()) {
            std::fs::create_dir_all(parent).map_err(wrong)?;
        }
        let file = BufWriter::new(File::create(&path).map_err(wrong)?);
        Ok(Spool {
            count: 0,
            path,
            file,
            failed: None,
        })
    }

    /// Adds an answer. What the disk says is said by [`Spool::each`].
    pub fn put(&mut self, line: &AnswerLine) {
        self.count += 1;
        if self.failed.is_none() {
            let written = serde_json::to_writer(&mut self.file, line).map_err(io::Error::from);
            self.failed = written.and_then(|()| self.file.write_all(b"\n")).err();
        }
    }

    /// Hands over every answer in its order.
    ///
    /// # Errors
    /// What the disk said, now or earlier; what `each` says.
    pub fn each(&mut self, mut each: impl FnMut(&AnswerLine) -> io::Result<()>) -> io::Result<()> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.file.flush()?;
        for line in BufReader::new(File::open(&self.path)?).split(b'\n') {
            each(&serde_json::from_slice(&line?)?)?;
        }
        Ok(())
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // That it is gone already is fine.
        let _ = std::fs::remove_file(&self.path);
    }
}
