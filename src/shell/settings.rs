//! The settings file and the command line together: what the file says becomes the options' defaults, so
//! that both are checked by the same rules and the command line comes first.
//!
//! The file is `$RECANT_CONFIG`, or `recant/config.yaml` in the system's folder for settings.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command, CommandFactory};
use etcetera::BaseStrategy;
use serde_json::{Map, Value, json};

use crate::app::Safe;
use crate::config::Mistake;
use crate::config::settings::{Setting, parse};
use crate::report;

use super::cli::{Cli, ConfigShowArgs, Format};
use super::failure::Failure;
use super::print;

/// Names the settings file; empty means none.
pub const VARIABLE: &str = "RECANT_CONFIG";

/// Options that are about one call, not about how a person likes to work.
const NOT_SETTINGS: [&str; 3] = ["help", "version", "continue"];

/// What `recant open` takes from the record unless the command line says otherwise.
const OF_RECORDS: [&str; 5] = ["model", "items", "map", "prompts", "critic"];

/// The settings file, whether it is there or not; `None` where the system has no folder for it.
pub fn path() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return (!named.is_empty()).then(|| named.into());
    }
    let folders = etcetera::choose_base_strategy().ok()?;
    Some(folders.config_dir().join("recant").join("config.yaml"))
}

/// The command line with the settings file's values as defaults.
pub struct Settings {
    /// The command, its defaults replaced.
    pub command: Command,
    /// Where the settings come from, if there are any.
    file: Option<PathBuf>,
    settings: Vec<Setting>,
}

impl Settings {
    /// Reads the settings file, if there is one.
    ///
    /// # Errors
    /// A file that cannot be read, or a mistake in it.
    pub fn read() -> Result<Settings, Failure> {
        let Some(path) = path() else {
            return Ok(Settings::none());
        };
        match std::fs::read_to_string(&path) {
            Ok(text) => Settings::of(&path, &text).map_err(Failure::usage),
            // One that was named must be there.
            Err(error)
                if error.kind() == std::io::ErrorKind::NotFound
                    && std::env::var_os(VARIABLE).is_none() =>
            {
                Ok(Settings::none())
            }
            Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
        }
    }

    fn none() -> Settings {
        Settings {
            command: Cli::command(),
            file: None,
            settings: Vec::new(),
        }
    }

    fn of(path: &Path, text: &str) -> Result<Settings, Mistake> {
        let file = path.display().to_string();
        let mut command = Cli::command();
        let names = names(&command);
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let settings = parse(&file, text, &known)?;
        for setting in &settings {
            check(setting).map_err(|what| Mistake {
                file: file.clone(),
                line: Some(setting.line),
                what,
            })?;
            command = with(command, setting);
        }
        Ok(Settings {
            command,
            file: Some(path.to_owned()),
            settings,
        })
    }

    /// The explorer's options that the command line names, as it writes them; `--continue` itself apart.
    pub fn typed(&self, matches: &ArgMatches) -> Vec<String> {
        let all = self.command.get_arguments();
        let named = all.filter_map(|arg| Some((arg.get_id().as_str(), arg.get_long()?)));
        let typed = named.filter(|(id, long)| {
            let source = matches.value_source(id);
            source == Some(ValueSource::CommandLine) && *long != "continue"
        });
        typed.map(|(_, long)| format!("--{long}")).collect()
    }

    /// Where an option's value comes from, for people.
    fn origin(&self, name: &str, matches: &ArgMatches, id: &str) -> String {
        let setting = self.settings.iter().find(|s| s.name == name);
        match (matches.value_source(id), setting, &self.file) {
            (Some(ValueSource::CommandLine), ..) => "command line".to_owned(),
            (Some(ValueSource::DefaultValue), Some(setting), Some(file)) => {
                format!("{}:{}", file.display(), setting.line)
            }
            (Some(ValueSource::EnvVariable), ..) => "environment".to_owned(),
            _ => "default".to_owned(),
        }
    }
}

/// The long names of the explorer's options: those of runs are among them or their own.
fn names(command: &Command) -> Vec<String> {
    let longs = command.get_arguments().filter_map(|a| a.get_long());
    let wanted = longs.filter(|name| !NOT_SETTINGS.contains(name));
    wanted.map(str::to_owned).collect()
}

/// Whether the command line would take it.
fn check(setting: &Setting) -> Result<(), String> {
    if setting.values.is_empty() {
        return Ok(());
    }
    let is_flag = Cli::command()
        .get_arguments()
        .any(|a| a.get_long() == Some(&setting.name) && !a.get_action().takes_values());
    let option = format!("--{}", setting.name);
    let mut words = vec!["recant".to_owned()];
    match (is_flag, setting.values.as_slice()) {
        (false, values) => words.extend(values.iter().map(|v| format!("{option}={v}"))),
        (true, [one]) if one == "true" || one == "false" => {}
        (true, _) => return Err(format!("{}: expected true or false", setting.name)),
    }
    match Cli::command().try_get_matches_from(words) {
        Ok(_) => Ok(()),
        Err(error) => {
            let said = error.to_string();
            let first = said.lines().next().unwrap_or_default();
            Err(first.trim_start_matches("error: ").to_owned())
        }
    }
}

/// The command and all its commands, with a setting's values as an option's default where there is one
/// of that name.
fn with(command: Command, setting: &Setting) -> Command {
    if setting.values.is_empty() {
        return command;
    }
    let named = |a: &&clap::Arg| a.get_long() == Some(&setting.name);
    let id = command
        .get_arguments()
        .find(named)
        .map(|a| a.get_id().clone());
    let mut command = match id {
        Some(id) => command.mut_arg(id, |a| a.default_values(setting.values.clone())),
        None => command,
    };
    let inner: Vec<String> = command
        .get_subcommands()
        .map(|c| c.get_name().to_owned())
        .collect();
    for name in inner {
        // What a record was made with, its own file says.
        if name == "open" && OF_RECORDS.contains(&setting.name.as_str()) {
            continue;
        }
        command = command.mut_subcommand(name, |c| with(c, setting));
    }
    command
}

/// `recant config show`.
///
/// # Errors
/// A standard output that cannot be written.
pub fn show(settings: Settings, args: &ConfigShowArgs) -> Result<ExitCode, Failure> {
    // The explorer's own options, as a call without any of them would have them.
    let matches = settings
        .command
        .clone()
        .try_get_matches_from(["recant"])
        .map_err(Failure::usage)?;
    let mut all = Map::new();
    let mut out = match (&settings.file, path()) {
        (Some(file), _) => format!("# {}\n", Safe::line(&file.display().to_string())),
        (None, Some(path)) => format!(
            "# no settings file; it would be {}\n",
            Safe::line(&path.display().to_string())
        ),
        (None, None) => String::new(),
    };
    // In the order of the help; replacing a default moves an option to the end.
    for arg in Cli::command().get_arguments() {
        let Some(name) = arg.get_long().filter(|n| !NOT_SETTINGS.contains(n)) else {
            continue;
        };
        let id = arg.get_id().as_str();
        let values: Vec<String> = match matches.try_get_raw(id) {
            Ok(Some(values)) => values.map(|v| v.to_string_lossy().into_owned()).collect(),
            Ok(None) | Err(_) => Vec::new(),
        };
        let origin = settings.origin(name, &matches, id);
        let text = match values.as_slice() {
            [] => "null".to_owned(),
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let line = format!("{name}: {}", Safe::line(&text));
        match args.origin {
            true => out.push_str(&format!("{line:<34} # {}\n", Safe::line(&origin))),
            false => out.push_str(&format!("{line}\n")),
        }
        all.insert(name.to_owned(), json!({"values": values, "origin": origin}));
    }
    match args.format {
        Format::Json => print(&report::ascii(&Value::Object(all))),
        Format::Table => print(&out),
    }
}

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;

    fn read(text: &str) -> Result<Settings, String> {
        Settings::of(Path::new("config.yaml"), text).map_err(|m| m.to_string())
    }

    fn cli(settings: &Settings, words: &[&str]) -> Cli {
        let words = ["recant"].iter().chain(words);
        let matches = settings.command.clone().try_get_matches_from(words);
        Cli::from_arg_matches(&matches.unwrap()).unwrap()
    }

    #[test]
    fn the_file_gives_defaults_and_the_command_line_comes_first() {
        let text = "theme: dark\nrounds: 2\nconditions: [q, if]\noffline: true\nseed: 7\n";
        let settings = read(text).unwrap();
        let explore = cli(&settings, &[]).explore;
        assert_eq!(explore.look.theme, "dark");
        assert_eq!((explore.experiment.rounds, explore.experiment.seed), (2, 7));
        assert_eq!(explore.experiment.conditions, ["q", "if"]);
        assert!(explore.model.compute.offline);
        let explore = cli(&settings, &["--theme", "light", "--conditions", "q"]).explore;
        assert_eq!(explore.look.theme, "light");
        assert_eq!(explore.experiment.conditions, ["q"]);
        match cli(&settings, &["run", "--out", "x", "--seed", "1"]).command {
            Some(super::super::cli::Command::Run(run)) => {
                assert_eq!((run.experiment.rounds, run.experiment.seed), (2, 1));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_wrong_value_is_said_with_its_place() {
        for (text, said) in [
            (
                "seed: 1\nrounds: 0",
                "config.yaml:2: invalid value '0' for '--rounds",
            ),
            (
                "temperature: hot",
                "config.yaml:1: invalid value 'hot' for '--temperature",
            ),
            (
                "offline: maybe",
                "config.yaml:1: offline: expected true or false",
            ),
            ("out: x", "config.yaml:1: unknown option out"),
        ] {
            let why = read(text).err().unwrap();
            assert!(why.starts_with(said), "{why}");
        }
    }
}
