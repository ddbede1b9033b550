//! `recant doctor`: what this build and this machine can do, for people and for bug reports.
//!
//! Says `unknown` where the system does not tell, and never what a token is.

use std::io::IsTerminal;
use std::process::ExitCode;

use serde_json::{Map, Value, json};

use crate::engine::hub::{Settings, free_bytes};
use crate::engine::local::accelerator::{Accelerator, Place, Precision};
use crate::engine::local::machine;
use crate::engine::size_text;
use crate::report::ascii;
use crate::ui::theme::ColourDepth;

use super::cli::{DoctorArgs, Format};
use super::failure::Failure;
use super::find::hub_settings;
use super::look;
use super::memory::Memory;
use super::model::{self, Chosen};

/// One line: its name, for people, for machines.
struct Line {
    name: &'static str,
    text: String,
    value: Value,
}

/// Looks, and prints what it saw. Exit code 1 if the embedded model does not open.
///
/// # Errors
/// A standard output that cannot be written.
pub fn run(args: &DoctorArgs) -> Result<ExitCode, Failure> {
    let (embedded, works) = embedded();
    let settings = hub_settings(false);
    let lines = [
        version(),
        features(),
        threads(),
        instructions(),
        kernels(),
        memory(),
        terminal(|name| std::env::var(name).ok()),
        cache(&settings),
        hub(&settings),
        embedded,
    ];
    super::print(&match args.format {
        Format::Json => {
            let all: Map<String, Value> = lines
                .into_iter()
                .map(|l| (l.name.replace(' ', "_"), l.value))
                .collect();
            ascii(&Value::Object(all))
        }
        Format::Table => {
            let lines = lines.iter().map(|l| format!("{:<15} {}\n", l.name, l.text));
            lines.collect()
        }
    })?;
    Ok(match works {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn version() -> Line {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let number = env!("CARGO_PKG_VERSION");
    Line {
        name: "version",
        text: format!("recant {number}, {os} {arch}"),
        value: json!({"recant": number, "os": os, "arch": arch}),
    }
}

/// What was chosen when this binary was built.
fn features() -> Line {
    let gpu = [
        ("cuda", cfg!(feature = "cuda")),
        ("metal", cfg!(feature = "metal")),
        ("accelerate", cfg!(feature = "accelerate")),
        ("mkl", cfg!(feature = "mkl")),
    ];
    let built: Vec<&str> = gpu
        .iter()
        .filter(|(_, on)| *on)
        .map(|(name, _)| *name)
        .collect();
    let downloads = cfg!(feature = "hub");
    let found = match Accelerator::find(Place::Auto, Precision::default()) {
        Ok(Some(device)) => format!("found: {}", device.name()),
        Ok(None) | Err(_) => "none found on this machine".to_owned(),
    };
    let text = format!(
        "accelerators: {}; downloads: {}",
        match built.is_empty() {
            true => "none, models compute on the CPU".to_owned(),
            false => format!("{} ({found})", built.join(", ")),
        },
        yes(downloads)
    );
    Line {
        name: "built with",
        text,
        value: json!({"accelerators": built, "downloads": downloads}),
    }
}

fn threads() -> Line {
    let (cores, used) = (machine::cores(), machine::threads());
    Line {
        name: "threads",
        text: format!("{used} for the model, of {cores} this process may use"),
        value: json!({"available": cores, "used": used}),
    }
}

fn instructions() -> Line {
    let all = machine::instructions();
    let text: Vec<String> = all
        .iter()
        .map(|(name, on)| format!("{name} {}", yes(*on)))
        .collect();
    let value: Map<String, Value> = all
        .iter()
        .map(|(name, on)| ((*name).to_owned(), json!(on)))
        .collect();
    Line {
        name: "instructions",
        text: match text.is_empty() {
            true => "not looked for on this processor".to_owned(),
            false => text.join(", "),
        },
        value: Value::Object(value),
    }
}

fn kernels() -> Line {
    let kernels = machine::kernels();
    let text = kernels.iter().map(|(what, path)| format!("{what}: {path}"));
    let text: Vec<String> = text.collect();
    let value = kernels
        .into_iter()
        .map(|(what, path)| (what.to_owned(), json!(path)));
    Line {
        name: "kernels",
        text: text.join("; "),
        value: Value::Object(value.collect()),
    }
}

fn memory() -> Line {
    let memory = Memory::now();
    let text = match memory {
        None => "unknown: this system does not say; too large models are not refused".to_owned(),
        Some(m) => {
            let limit = m
                .limit
                .map(|l| format!(", limited to {} for this process", size_text(l)));
            format!(
                "{} available of {}, {} more by swapping{}",
                size_text(m.available),
                size_text(m.total),
                size_text(m.swap),
                limit.unwrap_or_default()
            )
        }
    };
    let value = memory.map(|m| {
        json!({
            "total_bytes": m.total, "available_bytes": m.available,
            "swap_bytes": m.swap, "limit_bytes": m.limit,
        })
    });
    Line {
        name: "memory",
        text,
        value: json!(value),
    }
}

fn terminal(variable: impl Fn(&str) -> Option<String>) -> Line {
    let term = variable("TERM").filter(|t| !t.is_empty());
    let colours = match look::depth(&variable) {
        ColourDepth::None => "none",
        ColourDepth::Ansi16 => "16",
        ColourDepth::Ansi256 => "256",
        ColourDepth::TrueColour => "true colour",
    };
    // Elsewhere a default would be told for a size.
    let is_terminal = std::io::stdout().is_terminal();
    let size = crossterm::terminal::size().ok().filter(|_| is_terminal);
    let unicode = is_unicode(&variable);
    let text = format!(
        "TERM {}, colours: {colours}, size {}, locale {}",
        term.as_deref().unwrap_or("not set"),
        size.map_or("unknown".to_owned(), |(w, h)| format!("{w}x{h}")),
        match unicode {
            Some(true) => "UTF-8",
            Some(false) => "not UTF-8: borders and blocks may look wrong",
            None => "not set",
        }
    );
    Line {
        name: "terminal",
        text,
        value: json!({
            "term": term, "colours": colours, "columns": size.map(|s| s.0),
            "rows": size.map(|s| s.1), "utf8_locale": unicode,
        }),
    }
}

/// Whether the locale is one of UTF-8: the first of these variables that is set decides.
fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> Option<bool> {
    let set = |name| variable(name).filter(|v| !v.is_empty());
    let locale = set("LC_ALL")
        .or_else(|| set("LC_CTYPE"))
        .or_else(|| set("LANG"))?;
    let locale = locale.to_ascii_lowercase();
    Some(locale.contains("utf-8") || locale.contains("utf8"))
}

fn cache(settings: &Settings) -> Line {
    let folder = &settings.cache;
    let free = free_bytes(folder);
    let state = if folder.is_dir() {
        ""
    } else {
        " (not there yet)"
    };
    Line {
        name: "cache",
        text: format!(
            "{}{state}, {} free",
            folder.display(),
            free.map_or("unknown".to_owned(), size_text)
        ),
        value: json!({
            "folder": folder.display().to_string(), "exists": folder.is_dir(),
            "free_bytes": free,
        }),
    }
}

fn hub(settings: &Settings) -> Line {
    let (token, problem) = match &settings.token {
        Ok(Some(_)) => ("set".to_owned(), None),
        Ok(None) => ("none".to_owned(), None),
        Err(why) => (format!("cannot be used: {why}"), Some(why)),
    };
    let offline = if settings.offline { ", offline" } else { "" };
    Line {
        name: "hub",
        text: format!("{}{offline}, token: {token}", settings.endpoint_shown()),
        value: json!({
            "endpoint": settings.endpoint_shown(), "offline": settings.offline,
            "token": matches!(settings.token, Ok(Some(_))), "token_problem": problem,
        }),
    }
}

/// Opens the embedded model: every shape and number of it is checked on the way.
fn embedded() -> (Line, bool) {
    let name = "embedded model";
    match model::open(&Chosen::control(), None) {
        Ok((engine, _reports)) => {
            let about = engine.about();
            let line = Line {
                name,
                text: format!(
                    "opens; {} {} parameters, sha256 {}",
                    about.family, about.parameters, about.weights_sha256
                ),
                value: json!({"opens": true, "weights_sha256": about.weights_sha256}),
            };
            (line, true)
        }
        Err(why) => {
            let why = why.to_string();
            let line = Line {
                name,
                text: format!("DAMAGED: {why}; install the program again"),
                value: json!({"opens": false, "problem": why}),
            };
            (line, false)
        }
    }
}

fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_is_read_as_the_system_reads_it() {
        let table = [
            (vec![], None),
            (vec![("LANG", "en_GB.UTF-8")], Some(true)),
            (vec![("LANG", "en_GB.UTF-8"), ("LC_ALL", "C")], Some(false)),
            (vec![("LC_CTYPE", "C.utf8"), ("LANG", "C")], Some(true)),
            (vec![("LC_ALL", ""), ("LANG", "POSIX")], Some(false)),
        ];
        for (variables, expected) in table {
            let variable = |name: &str| {
                let found = variables.iter().find(|(n, _)| *n == name);
                found.map(|(_, v)| (*v).to_owned())
            };
            assert_eq!(is_unicode(variable), expected, "{variables:?}");
        }
    }
}
