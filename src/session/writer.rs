//! The append-only writer: its own thread, one `fdatasync` for all lines that are waiting.
//!
//! Invariant: the file holds whole lines only, whatever fails; a line that could not be written
//! whole is cut off again.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::line::AnswerLine;

/// Lines that may wait for the disk before the run has to.
const QUEUE: usize = 1024;

/// Appends answers to a run's file.
#[derive(Debug)]
pub struct Writer {
    queue: Option<SyncSender<Vec<u8>>>,
    thread: Option<JoinHandle<io::Result<u64>>>,
}

impl Writer {
    /// Takes over an open file, at whose end the next line goes.
    pub fn new(file: File) -> Writer {
        let (queue, lines) = sync_channel(QUEUE);
        Writer {
            queue: Some(queue),
            thread: Some(std::thread::spawn(move || append(file, &lines))),
        }
    }

    /// Hands over one answer; waits while the queue is full.
    ///
    /// # Errors
    /// What the disk said about an earlier line.
    pub fn write(&mut self, line: &AnswerLine) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        let sent = self.queue.as_ref().map(|q| q.send(bytes));
        match sent {
            Some(Ok(())) => Ok(()),
            _ => Err(match self.finish() {
                Err(error) => error,
                Ok(_) => io::Error::other("the writer has ended"),
            }),
        }
    }

    /// Waits until everything is on the disk. Returns how many lines were written.
    ///
    /// # Errors
    /// What the disk said; the lines before the failure are whole.
    pub fn finish(&mut self) -> io::Result<u64> {
        self.queue = None;
        match self.thread.take() {
            None => Ok(0),
            Some(thread) => thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the writer's thread panicked"))),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure here; `finish` is for those who want to.
        let _ = self.finish();
    }
}

fn append(mut file: File, lines: &Receiver<Vec<u8>>) -> io::Result<u64> {
    let mut written = 0;
    let mut end = file.seek(SeekFrom::End(0))?;
    while let Ok(first) = lines.recv() {
        let mut batch = vec![first];
        batch.extend(lines.try_iter());
        for line in &batch {
            if let Err(error) = file.write_all(line) {
                file.set_len(end)?;
                file.sync_data()?;
                return Err(error);
            }
            end += line.len() as u64;
            written += 1;
        }
        file.sync_data()?;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_only_file_is_an_error_that_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers.jsonl");
        std::fs::write(&path, "").unwrap();
        let mut writer = Writer::new(File::open(&path).unwrap());
        let line = AnswerLine {
            item: "a/1".into(),
            item_no: 0,
            benchmark: "bbq".into(),
            category: "a".into(),
            context: "ambiguous".into(),
            polarity: Some("negative".into()),
            gold: Some(0),
            roles: vec![],
            options: vec![],
            pronoun: None,
            admission: None,
            beginning: None,
            condition: "q".into(),
            sample: 0,
            rotation: 0,
            round: 0,
            option: None,
            verdict: "unparsed".into(),
            correct: None,
            belief: None,
            belief_mass: None,
            option_scores: None,
            scored: None,
            made_with: None,
            system: None,
            steps: vec![],
        };
        let first = writer.write(&line);
        assert!(first.is_err() || writer.finish().is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"");
    }
}
