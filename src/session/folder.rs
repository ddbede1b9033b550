//! A run's folder: begun, gone on with, or only read.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::line::AnswerLine;
use super::manifest::{FORMAT, Manifest};

/// Longest line that can be an answer, in bytes; a context's worth of tokens is far below.
const LINE_MAX: u64 = 64 << 20;

/// Why a run's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The disk said no.
    #[error("{path}: {error}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What it said.
        error: io::Error,
    },
    /// Where a folder is wanted there is a file.
    #[error("{path} is a file, and --out wants a folder: one that is not there yet, or a run's")]
    IsFile {
        /// The file.
        path: PathBuf,
    },
    /// There is no run here.
    #[error("{path}: no run here (no run.json); give the folder that `recant run --out` made")]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// `run.json` cannot be read.
    #[error("{path}: {what}")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// Why.
        what: String,
    },
    /// Another process writes to it.
    #[error("{path}: another recant is working in this folder; wait for it or use another --out")]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// It was made under other settings.
    #[error(
        "{path}: this run was made with other settings; use another --out, or the same settings:\n  {}",
        .differences.join("\n  ")
    )]
    Differs {
        /// The folder.
        path: PathBuf,
        /// One sentence per setting.
        differences: Vec<String>,
    },
    /// A line that is not the last one cannot be read.
    #[error("{path}:{line}: {what}; mend or remove the line")]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based.
        line: usize,
        /// Why.
        what: String,
    },
}

/// A run to append to.
#[derive(Debug)]
pub struct Opened {
    /// Its answers file, locked, positioned at the end of the last whole line.
    pub file: File,
    /// Bytes of a torn last line that were moved aside; 0 normally.
    pub torn_bytes: usize,
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> SessionError + '_ {
    move |error| SessionError::Io {
        path: path.to_owned(),
        error,
    }
}

/// Begins a run in `folder`, or goes on with the one that is there. The answers it holds already are
/// handed to `each`, one at a time and in the order of the file: a large run does not have to fit
/// into memory. A file may hold an answer twice; the first one counts.
///
/// # Errors
/// Other settings, another process, an unreadable file, a full disk.
pub fn open(
    folder: &Path,
    manifest: &Manifest,
    each: impl FnMut(AnswerLine),
) -> Result<Opened, SessionError> {
    if let Some(file) = folder.ancestors().find(|p| p.is_file()) {
        let path = file.to_owned();
        return Err(SessionError::IsFile { path });
    }
    fs::create_dir_all(folder).map_err(io_error(folder))?;
    let answers_path = folder.join("answers.jsonl");
    let file = OpenOptions::new()
        .read(true)
        .append(true)
        .create(true)
        .open(&answers_path)
        .map_err(io_error(&answers_path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(SessionError::Busy {
                path: folder.to_owned(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(io_error(&answers_path)(error)),
    }
    let manifest_path = folder.join("run.json");
    if manifest_path.exists() {
        let there = read_manifest(&manifest_path)?;
        let differences = there.differences(manifest);
        if !differences.is_empty() {
            return Err(SessionError::Differs {
                path: folder.to_owned(),
                differences,
            });
        }
    } else {
        write_whole(folder, &manifest_path, manifest)?;
    }
    let (whole, torn) = read_lines(&answers_path, u64::MAX, each)?;
    mend(&file, &answers_path, whole, &torn)?;
    Ok(Opened {
        file,
        torn_bytes: torn.len(),
    })
}

/// Moves what a crash left of a last line into a file beside it.
pub(super) fn mend(file: &File, path: &Path, whole: u64, torn: &[u8]) -> Result<(), SessionError> {
    if torn.is_empty() {
        return Ok(());
    }
    let aside = path.with_extension("jsonl.torn");
    let mut options = OpenOptions::new();
    let keep = options.append(true).create(true).open(&aside);
    let mut keep = keep.map_err(io_error(&aside))?;
    keep.write_all(torn)
        .and_then(|()| keep.write_all(b"\n"))
        .and_then(|()| keep.sync_data())
        .map_err(io_error(&aside))?;
    file.set_len(whole)
        .and_then(|()| file.sync_data())
        .map_err(io_error(path))
}

/// Where a line lies in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineAt {
    /// Bytes before it.
    pub begin: u64,
    /// Its bytes, the end of line included.
    pub len: u32,
}

/// A run's answers where they lie: to be gone through as often as needed, one at a time.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Under which settings they were made.
    pub manifest: Manifest,
    path: PathBuf,
    /// What is written later is left out, so that every time is the same.
    bytes: u64,
}

impl Stored {
    /// Looks at a run without touching it.
    ///
    /// # Errors
    /// No run, an unreadable manifest.
    pub fn at(folder: &Path) -> Result<Stored, SessionError> {
        let manifest_path = folder.join("run.json");
        if !manifest_path.exists() {
            return Err(SessionError::NoRun {
                path: folder.to_owned(),
            });
        }
        let manifest = read_manifest(&manifest_path)?;
        let path = folder.join("answers.jsonl");
        let bytes = match fs::metadata(&path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(io_error(&path)(error)),
        };
        Ok(Stored {
            manifest,
            path,
            bytes,
        })
    }

    /// Hands over every whole line in the order of the file, as an [`AnswerLine`] or as what of one is
    /// needed. A torn last line is left out; an answer may be there twice.
    ///
    /// # Errors
    /// An unreadable file or line.
    pub fn each<T: DeserializeOwned>(&self, each: impl FnMut(T)) -> Result<(), SessionError> {
        read_lines(&self.path, self.bytes, each).map(|_| ())
    }

    /// The same, saying where each line lies.
    ///
    /// # Errors
    /// As for [`Stored::each`].
    pub fn each_at<T: DeserializeOwned>(
        &self,
        each: impl FnMut(LineAt, T),
    ) -> Result<(), SessionError> {
        lines_at(&self.path, self.bytes, each).map(|_| ())
    }

    /// Reads single lines again.
    ///
    /// # Errors
    /// A file that cannot be read, or that is another one by now.
    pub fn at_lines(&self, lines: &[LineAt]) -> Result<Vec<AnswerLine>, SessionError> {
        let mut file = File::open(&self.path).map_err(io_error(&self.path))?;
        let mut read = |at: &LineAt| -> io::Result<AnswerLine> {
            file.seek(SeekFrom::Start(at.begin))?;
            let mut bytes = vec![0; usize::try_from(at.len).unwrap_or(usize::MAX)];
            file.read_exact(&mut bytes)?;
            Ok(serde_json::from_slice(&bytes)?)
        };
        let all: io::Result<Vec<AnswerLine>> = lines.iter().map(&mut read).collect();
        all.map_err(io_error(&self.path))
    }
}

fn read_manifest(path: &Path) -> Result<Manifest, SessionError> {
    let bytes = fs::read(path).map_err(io_error(path))?;
    let wrong = |what: String| SessionError::Manifest {
        path: path.to_owned(),
        what,
    };
    let manifest: Manifest =
        serde_json::from_slice(&bytes).map_err(|e| wrong(format!("not a run's manifest: {e}")))?;
    if manifest.format != FORMAT {
        return Err(wrong(format!(
            "format {} was made by recant {}; this one reads format {FORMAT}",
            manifest.format, manifest.recant
        )));
    }
    Ok(manifest)
}

/// Writes a file so that after a crash it is there whole or not at all.
fn write_whole(folder: &Path, path: &Path, manifest: &Manifest) -> Result<(), SessionError> {
    let temporary = path.with_extension("json.new");
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(io_error(path))
}

/// Hands every whole line of the first `bytes` to `each`. Returns how many bytes those are, and the
/// torn rest.
pub(super) fn read_lines<T: DeserializeOwned>(
    path: &Path,
    bytes: u64,
    mut each: impl FnMut(T),
) -> Result<(u64, Vec<u8>), SessionError> {
    lines_at(path, bytes, |_, line| each(line))
}

fn lines_at<T: DeserializeOwned>(
    path: &Path,
    bytes: u64,
    mut each: impl FnMut(LineAt, T),
) -> Result<(u64, Vec<u8>), SessionError> {
    let mut reader = match File::open(path) {
        Ok(file) => BufReader::new(io::Read::take(file, bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((0, Vec::new())),
        Err(error) => return Err(io_error(path)(error)),
    };
    let mut line = Vec::new();
    let mut whole = 0;
    for no in 1.. {
        line.clear();
        let mut limited = io::Read::take(&mut reader, LINE_MAX + 1);
        limited
            .read_until(b'\n', &mut line)
            .map_err(io_error(path))?;
        let wrong = |what: String| SessionError::Line {
            path: path.to_owned(),
            line: no,
            what,
        };
        if line.len() as u64 > LINE_MAX {
            return Err(wrong(format!(
                "longer than {LINE_MAX} bytes: not an answer"
            )));
        }
        if line.last() != Some(&b'\n') {
            break;
        }
        match serde_json::from_slice::<T>(&line) {
            Ok(answer) => {
                let len = u32::try_from(line.len()).unwrap_or(u32::MAX);
                each(LineAt { begin: whole, len }, answer);
            }
            Err(error) => {
                // A power cut can leave a last line of the right length with the wrong bytes.
                if reader.fill_buf().map_err(io_error(path))?.is_empty() {
                    break;
                }
                return Err(wrong(format!("not a line of this file: {error}")));
            }
        }
        whole += line.len() as u64;
    }
    Ok((whole, line))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::writer::Writer;
    use super::*;
    use serde_json::{Map, json};

    /// A whole run; the first of two answers counts.
    fn read(folder: &Path) -> Result<(Manifest, Vec<AnswerLine>), SessionError> {
        let stored = Stored::at(folder)?;
        let mut answers = Vec::new();
        let mut seen = HashSet::new();
        stored.each(|answer: AnswerLine| {
            if seen.insert(answer.place()) {
                answers.push(answer);
            }
        })?;
        Ok((stored.manifest, answers))
    }

    fn manifest(seed: u64) -> Manifest {
        let mut settings = Map::new();
        settings.insert("seed".into(), json!(seed));
        Manifest::new(settings)
    }

    fn line(no: usize) -> AnswerLine {
        AnswerLine {
            item: format!("Täst/{no}"),
            item_no: no,
            benchmark: "bbq".into(),
            category: "Täst".into(),
            context: "ambiguous".into(),
            polarity: Some("negative".into()),
            gold: Some(2),
            roles: vec![Some("stereotyped".into()), None, Some("unknown".into())],
            options: vec![],
            pronoun: None,
            admission: None,
            beginning: None,
            condition: "q".into(),
            sample: 0,
            rotation: 0,
            round: 0,
            option: Some(2),
            verdict: "abstains".into(),
            correct: Some(true),
            belief: Some(vec![0.25, 0.25, 0.5]),
            belief_mass: Some(0.9),
            option_scores: None,
            scored: None,
            made_with: None,
            system: None,
            steps: vec![],
        }
    }

    #[test]
    fn a_file_cut_at_every_byte_gives_its_whole_lines_and_can_be_appended_to() {
        // Thousands of syncs: in memory where there is such a place.
        let memory = Path::new("/dev/shm");
        let folder = match memory.is_dir() {
            true => tempfile::tempdir_in(memory).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        let path = folder.path().join("answers.jsonl");
        let opened = open(folder.path(), &manifest(0), |_| ()).unwrap();
        let mut writer = Writer::new(opened.file);
        for no in 0..5 {
            writer.write(&line(no)).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), 5);
        let bytes = fs::read(&path).unwrap();
        for cut in 0..=bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let whole = bytes[..cut].iter().filter(|b| **b == b'\n').count();
            let mut answers = Vec::new();
            let opened = open(folder.path(), &manifest(0), |a| answers.push(a)).unwrap();
            assert_eq!(answers.len(), whole, "cut at {cut}");
            assert_eq!(answers, (0..whole).map(line).collect::<Vec<_>>());
            let mut writer = Writer::new(opened.file);
            writer.write(&line(9)).unwrap();
            writer.finish().unwrap();
            drop(writer);
            let (_, again) = read(folder.path()).unwrap();
            assert_eq!(again.len(), whole + 1, "after appending at {cut}");
        }
    }

    #[test]
    fn other_settings_and_a_second_process_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path(), &manifest(0), |_| ()).unwrap();
        let busy = open(folder.path(), &manifest(0), |_| ()).unwrap_err();
        assert!(matches!(busy, SessionError::Busy { .. }), "{busy}");
        drop(first);
        let differs = open(folder.path(), &manifest(1), |_| ())
            .unwrap_err()
            .to_string();
        assert!(
            differs.contains("seed: the run has 0, this command 1"),
            "{differs}"
        );
        assert!(open(folder.path(), &manifest(0), |_| ()).is_ok());
    }

    #[test]
    fn a_bad_line_in_the_middle_is_named() {
        let folder = tempfile::tempdir().unwrap();
        drop(open(folder.path(), &manifest(0), |_| ()).unwrap());
        let path = folder.path().join("answers.jsonl");
        let good = serde_json::to_string(&line(0)).unwrap();
        fs::write(&path, format!("{good}\nnonsense\n{good}\n")).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(
            error.contains("answers.jsonl:2: not a line of this file"),
            "{error}"
        );
    }
}
