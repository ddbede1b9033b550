//! `recant export`: a run as other tools' files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use serde_json::Value;

use crate::report::exports::{Course, InspectLog, LmEvalTasks, conversation, lm_eval_samples};
use crate::session::{Catalogue, Digest, Manifest, Stored};

use super::archive;
use super::cli::{ExportArgs, ExportFormat};
use super::failure::Failure;
use super::print;

/// Writes a run in another tool's format.
///
/// # Errors
/// No run there, or one without answers; a place that cannot be written.
pub fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let stored = Stored::at(&args.folder).map_err(Failure::usage)?;
    let manifest = stored.manifest.clone();
    let nothing = || {
        Failure::work(format!(
            "{}: no answer is finished yet; there is nothing to export",
            args.folder.display()
        ))
    };
    if !args.folder.join("answers.jsonl").exists() {
        return Err(nothing());
    }
    let mut answers = Catalogue::of(stored).map_err(Failure::usage)?;
    let wanted = &args.conditions;
    let mut there: Vec<&str> = Vec::new();
    for entry in answers.entries() {
        let name = answers.conditions[entry.condition].as_str();
        // Entries stand in order of their conditions.
        if there.last() != Some(&name) {
            there.push(name);
        }
    }
    if let Some(unknown) = wanted.iter().find(|name| !there.contains(&name.as_str())) {
        let hint = crate::config::did_you_mean(unknown, there);
        return Err(Failure::usage(format!(
            "--conditions {unknown}: the run has no answer under it{hint}"
        )));
    }
    if !wanted.is_empty() {
        answers.keep(|name| wanted.iter().any(|w| w == name));
    }
    if answers.entries().is_empty() {
        return Err(nothing());
    }
    let run = Exported {
        manifest: &manifest,
        answers,
        written_s: written_s(&args.folder),
    };
    match (args.to, &args.out) {
        (ExportFormat::LmEval, Some(out)) if !named(out, "jsonl") => run.lm_eval_folder(out),
        (ExportFormat::LmEval | ExportFormat::Openai, out) => run.lines(args.to, out.as_deref()),
        (ExportFormat::Inspect, Some(out)) if named(out, "json") || named(out, "eval") => {
            run.inspect(out)
        }
        (ExportFormat::Inspect, _) => Err(Failure::usage(
            "--to inspect needs --out FILE.eval or --out FILE.json",
        )),
    }
}

fn named(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|e| e == extension)
}

/// When the run was last written to, in seconds since 1970: an export of the same run is the same.
fn written_s(folder: &Path) -> u64 {
    let written = std::fs::metadata(folder.join("answers.jsonl")).and_then(|m| m.modified());
    let since = written.ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |d| d.as_secs())
}

struct Exported<'a> {
    manifest: &'a Manifest,
    answers: Catalogue,
    written_s: u64,
}

impl Exported<'_> {
    fn told(&self, out: &Path, what: &str) -> Result<ExitCode, Failure> {
        let out = out.display();
        let count = self.answers.entries().len();
        print(&format!("{count} answers in {out}{what}\n"))
    }

    /// Hands over one course after the other: a run need not fit into memory.
    fn each(&mut self, mut each: impl FnMut(&Course<'_>) -> io::Result<()>) -> io::Result<()> {
        for range in self.answers.courses() {
            let lines = self.answers.read(&range).map_err(io::Error::other)?;
            each(&Course::of(&lines))?;
        }
        Ok(())
    }

    fn lines(mut self, to: ExportFormat, out: Option<&Path>) -> Result<ExitCode, Failure> {
        let mut write = |out: &mut dyn Write| -> io::Result<()> {
            self.each(|course| match to {
                ExportFormat::LmEval => lm_eval_samples(course)
                    .iter()
                    .try_for_each(|(_, sample)| write_line(out, sample)),
                ExportFormat::Openai | ExportFormat::Inspect => {
                    write_line(out, &conversation(course))
                }
            })?;
            out.flush()
        };
        let Some(out) = out else {
            let mut stdout = BufWriter::new(io::stdout().lock());
            return match write(&mut stdout) {
                Ok(()) => Ok(ExitCode::SUCCESS),
                // A reader that has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
                Err(error) => Err(Failure::work(format!("standard output: {error}"))),
            };
        };
        whole(out, |file| write(file))?;
        self.told(out, "")
    }

    /// The folder that `lm_eval --output_path` makes.
    fn lm_eval_folder(mut self, out: &Path) -> Result<ExitCode, Failure> {
        let model = self.manifest.settings.get("model").and_then(Value::as_str);
        let plain = |c: char| match c {
            c if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') => c,
            _ => '_',
        };
        let model: String = model.unwrap_or("model").chars().map(plain).collect();
        let folder = out.join(model.trim_matches('.'));
        std::fs::create_dir_all(&folder)
            .map_err(|e| Failure::usage(format!("{}: {e}", folder.display())))?;
        let date = date(self.written_s).replace(':', "-");
        let mut tasks = LmEvalTasks::default();
        // A task's file, and what it is called once it is whole.
        let mut files: Vec<(BufWriter<File>, PathBuf, PathBuf)> = Vec::new();
        let mut write = |tasks: &mut LmEvalTasks| -> io::Result<()> {
            self.each(|course| {
                for (name, sample) in lm_eval_samples(course) {
                    let at = tasks.add(&name, &sample);
                    if at == files.len() {
                        let name: String = name.chars().map(plain).collect();
                        let path = folder.join(format!("samples_{name}_{date}.jsonl"));
                        let temporary = path.with_extension("jsonl.new");
                        let file = BufWriter::new(File::create(&temporary)?);
                        files.push((file, temporary, path));
                    }
                    write_line(&mut files[at].0, &sample)?;
                }
                Ok(())
            })?;
            for (file, temporary, path) in &mut files {
                file.flush()?;
                std::fs::rename(temporary, path)?;
            }
            Ok(())
        };
        let written = write(&mut tasks);
        if let Err(error) = written {
            for (_, temporary, _) in &files {
                // What is half written helps nobody; that it is gone already is fine.
                let _ = std::fs::remove_file(temporary);
            }
            return Err(Failure::work(format!("{}: {error}", folder.display())));
        }
        let results = tasks.results(self.manifest, self.written_s as f64);
        let path = folder.join(format!("results_{date}.json"));
        whole(&path, |file| {
            serde_json::to_writer_pretty(file, &results).map_err(io::Error::from)
        })?;
        self.told(&folder, &format!(", {} tasks", tasks.0.len()))
    }

    fn inspect(mut self, out: &Path) -> Result<ExitCode, Failure> {
        let created = format!("{}+00:00", date(self.written_s));
        let mut digest = Digest::default();
        digest.add(format!("{:?}", self.manifest.settings).as_bytes());
        digest.add(created.as_bytes());
        let id = digest.finish();
        let id = id.get(..22).unwrap_or(&id);
        let log = InspectLog::new(self.manifest, &self.answers, &created, id);
        match named(out, "json") {
            true => whole(out, |file| self.inspect_json(&log, file))?,
            false => whole(out, |file| self.inspect_archive(&log, file))?,
        }
        let samples = self.answers.courses().len();
        self.told(out, &format!(", {samples} samples"))
    }

    /// One object; its samples are written one by one, as there can be too many to hold.
    fn inspect_json(&mut self, log: &InspectLog, file: &mut BufWriter<File>) -> io::Result<()> {
        let header = log.header().to_string();
        let open = header.strip_suffix('}').unwrap_or(&header);
        write!(file, "{open},\"samples\":[")?;
        let mut is_first = true;
        self.each(|course| {
            let Some(sample) = log.sample(course) else {
                return Ok(());
            };
            if !std::mem::take(&mut is_first) {
                file.write_all(b",")?;
            }
            serde_json::to_writer(&mut *file, &sample.whole).map_err(io::Error::from)
        })?;
        file.write_all(b"]}\n")
    }

    fn inspect_archive(&mut self, log: &InspectLog, file: &mut BufWriter<File>) -> io::Result<()> {
        let mut zip = archive::begin(file);
        archive::add(
            &mut zip,
            "_journal/start.json",
            log.start().to_string().as_bytes(),
        )?;
        self.each(|course| {
            let Some(sample) = log.sample(course) else {
                return Ok(());
            };
            let name = format!("samples/{}_epoch_{}.json", sample.id, sample.epoch);
            archive::add(&mut zip, &name, sample.whole.to_string().as_bytes())
        })?;
        // Read again rather than held: a summary has the whole question in it.
        for name in ["_journal/summaries/1.json", "summaries.json"] {
            archive::enter(&mut zip, name)?;
            let mut before = "[";
            self.each(|course| {
                let Some(sample) = log.sample(course) else {
                    return Ok(());
                };
                zip.write_all(std::mem::replace(&mut before, ",").as_bytes())?;
                serde_json::to_writer(&mut zip, &sample.summary).map_err(io::Error::from)
            })?;
            zip.write_all(if before == "[" { b"[]" } else { b"]" })?;
        }
        archive::add(&mut zip, "reductions.json", b"[]")?;
        archive::add(&mut zip, "header.json", log.header().to_string().as_bytes())?;
        zip.finish().map_err(io::Error::other)?;
        Ok(())
    }
}

fn write_line(out: &mut (impl Write + ?Sized), record: &Value) -> io::Result<()> {
    serde_json::to_writer(&mut *out, record)?;
    out.write_all(b"\n")
}

/// Writes a file so that it is there whole or not at all.
fn whole(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let make = || -> io::Result<()> {
        let mut file = BufWriter::new(File::create(&temporary)?);
        write(&mut file)?;
        file.flush()?;
        drop(file);
        std::fs::rename(&temporary, path)
    };
    make().map_err(|e| {
        // What is half written helps nobody; that it is gone already is fine.
        let _ = std::fs::remove_file(&temporary);
        Failure::work(format!("--out {}: {e}", path.display()))
    })
}

/// Seconds since 1970 as `2026-11-24T11:03:59`, UTC (Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", civil_from_days).
fn date(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let of_era = shifted % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00"),
            (951_782_399, "2000-02-28T23:59:59"),
            (951_782_400, "2000-02-29T00:00:00"),
            (1_795_518_239, "2026-11-24T11:03:59"),
            (4_107_542_400, "2100-03-01T00:00:00"),
        ] {
            assert_eq!(date(seconds), expected);
        }
    }
}
