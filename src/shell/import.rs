//! `recant import`: other tools' logs → a run's folder, to report, compare and export like any other.
//! Here files become records; `imported` grades them.

use std::path::Path;
use std::process::ExitCode;

use serde_json::{Map, Value};

use crate::report::imports::{
    InspectHead, InspectLog, Record, from_chat, from_inspect, from_lm_eval, tolerant,
};
use crate::session::Digest;

use super::archive::Archive;
use super::cli::{ContextArg, ImportArgs, ItemArgs};
use super::failure::Failure;
use super::imported::{Format, Import, Source};
use super::lines::Lines;

/// Imports and says what there is.
///
/// # Errors
/// A file that cannot be read or is none of the formats (2); no record that could be used (1).
pub fn run(args: &ImportArgs) -> Result<ExitCode, Failure> {
    let file = args.file.display().to_string();
    let told = |e: std::io::Error| Failure::usage(format!("{file}: {e}"));
    let format = format(&args.file).map_err(|what| Failure::usage(format!("{file}: {what}")))?;
    let mut digest = Digest::default();
    let mut reader = digest.through(std::fs::File::open(&args.file).map_err(told)?);
    std::io::copy(&mut reader, &mut std::io::sink()).map_err(told)?;
    drop(reader);
    let sha256 = digest.finish();
    let set = match args.items.is_empty() {
        true => None,
        false => Some(super::items::items(&ItemArgs {
            items: args.items.clone(),
            map: args.map.clone(),
            only: Vec::new(),
            context: ContextArg::All,
        })?),
    };
    let mut head = InspectHead::default();
    let mut import = Import::new(args, set.as_ref().map_or(&[], |set| &set.items))?;
    match format {
        Format::LmEval => import.lines(&args.file, from_lm_eval).map_err(told)?,
        Format::Chat => import.lines(&args.file, from_chat).map_err(told)?,
        Format::InspectJson => {
            head = import
                .log(&args.file)
                .map_err(|what| Failure::usage(format!("{file}: {what}")))?;
        }
        Format::InspectArchive => {
            head = import
                .archive(&args.file)
                .map_err(|what| Failure::usage(format!("{file}: {what}")))?;
        }
    }
    import.finish(&Source {
        file,
        sha256,
        format,
        head,
        items: set
            .as_ref()
            .map(|set| (set.name.clone(), set.sha256.clone())),
    })
}

/// What a file is, by its beginning.
fn format(path: &Path) -> Result<Format, String> {
    use std::io::Read as _;
    if path.is_dir() {
        return Err("this is a folder; name a file in it (samples_….jsonl, ….eval)".to_owned());
    }
    let mut opened = std::fs::File::open(path).map_err(|e| e.to_string())?;
    let mut head = [0; 4];
    let read = opened.read(&mut head).map_err(|e| e.to_string())?;
    if head[..read].starts_with(b"PK") {
        return Ok(Format::InspectArchive);
    }
    let mut lines = Lines::open(path).map_err(|e| e.to_string())?;
    let expected = "expected lm-evaluation-harness samples (jsonl), an inspect_ai log (.eval, .json) or OpenAI chat lines (jsonl)";
    // The first whole record tells; what is before it is skipped and named later.
    let mut seen = 0;
    while let Some(line) = lines.next().map_err(|e| e.to_string())? {
        seen += 1;
        let record = line.bytes.ok().and_then(|b| tolerant::<Value>(&b).ok());
        let Some(record) = record else {
            // A log in one object, over many lines or on one that is too long for a record.
            if seen == 1 && is_log(path)? {
                return Ok(Format::InspectJson);
            }
            continue;
        };
        return match () {
            () if record.get("messages").is_some() => Ok(Format::Chat),
            () if record.get("doc").is_some() => Ok(Format::LmEval),
            () if record.get("eval").is_some() => Ok(Format::InspectJson),
            () => Err(format!("line {}: {expected}", line.no)),
        };
    }
    Err(match seen {
        0 => "the file is empty".to_owned(),
        _ => format!("no line is a record; {expected}"),
    })
}

/// Whether a file begins as an inspect_ai log does.
fn is_log(path: &Path) -> Result<bool, String> {
    use std::io::Read as _;
    let mut head = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| e.to_string())?;
    file.take(4096)
        .read_to_end(&mut head)
        .map_err(|e| e.to_string())?;
    let text: String = String::from_utf8_lossy(&head)
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect();
    Ok(text.starts_with("{\"version\":")
        || text.starts_with("{\"status\":")
        || text.starts_with("{\"eval\":"))
}

impl Import<'_> {
    fn lines(
        &mut self,
        path: &Path,
        read: impl Fn(&Value) -> Result<Record, String>,
    ) -> std::io::Result<()> {
        let mut lines = Lines::open(path)?;
        while let Some(line) = lines.next()? {
            let record = line.bytes.and_then(|bytes| read(&tolerant(&bytes)?));
            self.take(format!("{}:{}", path.display(), line.no), record);
        }
        Ok(())
    }

    /// A log in one JSON object, sample by sample.
    fn log(&mut self, path: &Path) -> Result<InspectHead, String> {
        use std::io::Read as _;
        let mut file = std::fs::File::open(path).map_err(|e| e.to_string())?;
        let mut log = InspectLog::default();
        let mut piece = vec![0; 1 << 16];
        let mut no = 0;
        loop {
            match file.read(&mut piece).map_err(|e| e.to_string())? {
                0 => return log.finish(),
                read => log.feed(&piece[..read], &mut |sample| {
                    no += 1;
                    self.take(format!("{}:sample {no}", path.display()), sample);
                })?,
            }
        }
    }

    fn archive(&mut self, path: &Path) -> Result<InspectHead, String> {
        let mut archive = Archive::open(path)?;
        let mut head = InspectHead::default();
        // A log that is still being written has only the journal's.
        for name in ["_journal/start.json", "header.json"] {
            if let Some(bytes) = archive.read(name)? {
                head = tolerant(&bytes).map_err(|what| format!("{name}: {what}"))?;
            }
        }
        for name in archive.names() {
            let Some(rest) = name.strip_prefix("samples/") else {
                continue;
            };
            let in_chunks = rest.strip_suffix("/sample.json");
            if in_chunks.is_none() && !is_sample(rest) {
                continue;
            }
            let mut read = || {
                let bytes = archive.read(&name)?.ok_or("not there")?;
                let Some(folder) = in_chunks else {
                    return from_inspect(&bytes);
                };
                let mut sample: Map<String, Value> = tolerant(&bytes)?;
                let beside = format!("samples/{folder}/metadata.json");
                if let Some(bytes) = archive.read(&beside)? {
                    sample.insert("metadata".to_owned(), tolerant(&bytes)?);
                }
                from_inspect(Value::Object(sample).to_string().as_bytes())
            };
            let record = read();
            self.take(format!("{}:{name}", path.display()), record);
        }
        Ok(head)
    }
}

/// `Age_1_epoch_1.json` and not a part of a sample in chunks.
fn is_sample(name: &str) -> bool {
    let Some((_, epoch)) = name.rsplit_once("_epoch_") else {
        return false;
    };
    let number = epoch.strip_suffix(".json");
    number.is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}
