//! What ends the program early, and with which code.

use std::fmt;
use std::process::ExitCode;

use crate::app::Safe;

/// A reason to stop, for people, and whose fault it is.
#[derive(Debug)]
pub enum Failure {
    /// A mistake in the command line or in a file it names: exit code 2.
    Usage(String),
    /// The work itself could not be done: exit code 1.
    Work(String),
}

impl Failure {
    /// A mistake of the command line or of a file it names.
    pub fn usage(what: impl fmt::Display) -> Failure {
        Failure::Usage(what.to_string())
    }

    /// The work could not be done.
    pub fn work(what: impl fmt::Display) -> Failure {
        Failure::Work(what.to_string())
    }

    /// The same, with the option in front whose value it is about.
    pub fn of(self, option: &str) -> Failure {
        match self {
            Failure::Usage(what) => Failure::Usage(format!("{option} {what}")),
            Failure::Work(what) => Failure::Work(format!("{option} {what}")),
        }
    }

    /// The process's exit code.
    pub fn code(&self) -> ExitCode {
        match self {
            Failure::Usage(_) => ExitCode::from(2),
            Failure::Work(_) => ExitCode::from(1),
        }
    }
}

impl fmt::Display for Failure {
    /// File names and parsed files are not ours: the text passes the gate.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Failure::Usage(what) | Failure::Work(what)) = self;
        f.write_str(Safe::text(what).as_str())
    }
}
