//! `recant export`: a run as other tools' files.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::UNIX_EPOCH;

use serde_json::{Value, json};

use crate::report::exports::{
    Course, InspectLog, conversation, courses, lm_eval_results, lm_eval_tasks,
};
use crate::session::{self, AnswerLine, Digest, Manifest};

use super::archive;
use super::cli::{ExportArgs, ExportFormat};
use super::failure::Failure;
use super::print;

/// Writes a run in another tool's format.
///
/// # Errors
/// No run there, or one without answers; a place that cannot be written.
pub fn run(args: &ExportArgs) -> Result<ExitCode, Failure> {
    let (manifest, mut answers) = session::read(&args.folder).map_err(Failure::usage)?;
    let conditions = &args.conditions;
    if let Some(unknown) = conditions
        .iter()
        .find(|name| !answers.iter().any(|line| line.condition == **name))
    {
        let known = answers.iter().map(|line| line.condition.as_str());
        let hint = crate::config::did_you_mean(unknown, known);
        return Err(Failure::usage(format!(
            "--conditions {unknown}: the run has no answer under it{hint}"
        )));
    }
    if !conditions.is_empty() {
        answers.retain(|line| conditions.contains(&line.condition));
    }
    if answers.is_empty() {
        return Err(Failure::work(format!(
            "{}: no answer is finished yet; there is nothing to export",
            args.folder.display()
        )));
    }
    let run = Exported {
        manifest: &manifest,
        answers: &answers,
        courses: courses(&manifest, &answers),
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
    answers: &'a [AnswerLine],
    courses: Vec<Course<'a>>,
    written_s: u64,
}

impl Exported<'_> {
    fn told(&self, out: &Path, what: &str) -> Result<ExitCode, Failure> {
        let out = out.display();
        print(&format!("{} answers in {out}{what}\n", self.answers.len()))
    }

    fn lines(&self, to: ExportFormat, out: Option<&Path>) -> Result<ExitCode, Failure> {
        let records: Vec<Value> = match to {
            ExportFormat::LmEval => lm_eval_tasks(&self.courses)
                .into_iter()
                .flat_map(|task| task.samples)
                .collect(),
            ExportFormat::Openai | ExportFormat::Inspect => {
                self.courses.iter().map(conversation).collect()
            }
        };
        let Some(out) = out else {
            let mut stdout = BufWriter::new(io::stdout().lock());
            return match write_lines(&mut stdout, &records) {
                Ok(()) => Ok(ExitCode::SUCCESS),
                // A reader that has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
                Err(error) => Err(Failure::work(format!("standard output: {error}"))),
            };
        };
        whole(out, |file| write_lines(file, &records))?;
        self.told(out, "")
    }

    /// The folder that `lm_eval --output_path` makes.
    fn lm_eval_folder(&self, out: &Path) -> Result<ExitCode, Failure> {
        let tasks = lm_eval_tasks(&self.courses);
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
        for task in &tasks {
            let name: String = task.name.chars().map(plain).collect();
            let path = folder.join(format!("samples_{name}_{date}.jsonl"));
            whole(&path, |file| write_lines(file, &task.samples))?;
        }
        let results = lm_eval_results(self.manifest, &tasks, self.written_s as f64);
        let path = folder.join(format!("results_{date}.json"));
        whole(&path, |file| {
            serde_json::to_writer_pretty(file, &results).map_err(io::Error::from)
        })?;
        self.told(&folder, &format!(", {} tasks", tasks.len()))
    }

    fn inspect(&self, out: &Path) -> Result<ExitCode, Failure> {
        let created = format!("{}+00:00", date(self.written_s));
        let mut digest = Digest::default();
        digest.add(format!("{:?}", self.manifest.settings).as_bytes());
        digest.add(created.as_bytes());
        let id = digest.finish();
        let id = id.get(..22).unwrap_or(&id);
        let log = InspectLog::new(self.manifest, &self.courses, &created, id);
        match named(out, "json") {
            true => whole(out, |file| self.inspect_json(&log, file))?,
            false => whole(out, |file| self.inspect_archive(&log, file))?,
        }
        self.told(out, &format!(", {} samples", self.courses.len()))
    }

    /// One object; its samples are written one by one, as there can be too many to hold.
    fn inspect_json(&self, log: &InspectLog, file: &mut BufWriter<File>) -> io::Result<()> {
        let header = log.header().to_string();
        let open = header.strip_suffix('}').unwrap_or(&header);
        write!(file, "{open},\"samples\":[")?;
        let samples = self.courses.iter().filter_map(|course| log.sample(course));
        for (no, sample) in samples.enumerate() {
            if no > 0 {
                file.write_all(b",")?;
            }
            serde_json::to_writer(&mut *file, &sample.whole)?;
        }
        file.write_all(b"]}\n")
    }

    fn inspect_archive(&self, log: &InspectLog, file: &mut BufWriter<File>) -> io::Result<()> {
        let mut zip = archive::begin(file);
        let mut add =
            |name: &str, value: &Value| archive::add(&mut zip, name, value.to_string().as_bytes());
        add("_journal/start.json", &log.start())?;
        let mut summaries = Vec::new();
        for sample in self.courses.iter().filter_map(|course| log.sample(course)) {
            let name = format!("samples/{}_epoch_{}.json", sample.id, sample.epoch);
            add(&name, &sample.whole)?;
            summaries.push(sample.summary);
        }
        let summaries = Value::Array(summaries);
        add("_journal/summaries/1.json", &summaries)?;
        add("summaries.json", &summaries)?;
        add("reductions.json", &json!([]))?;
        add("header.json", log.header())?;
        zip.finish().map_err(io::Error::other)?;
        Ok(())
    }
}

fn write_lines(out: &mut impl Write, records: &[Value]) -> io::Result<()> {
    for record in records {
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")?;
    }
    out.flush()
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
