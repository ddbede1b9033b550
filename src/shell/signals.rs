//! Signals as values.

use std::process::ExitCode;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;

/// A signal that ends the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Its number.
    pub signal: u8,
    /// Its name.
    pub name: &'static str,
}

impl Ended {
    /// 128 + n, as shells expect.
    pub fn code(self) -> ExitCode {
        ExitCode::from(128 + self.signal)
    }
}

/// The signals that end the program, and the one that stops it for a while.
pub struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hang_up: Signal,
    quit: Signal,
}

impl Signals {
    /// Listens from now on. Needs a tokio runtime.
    ///
    /// # Errors
    /// What the system said.
    pub fn listen() -> Result<Signals, Failure> {
        let listen = |kind| signal(kind).map_err(|e| Failure::work(format!("signals: {e}")));
        Ok(Signals {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
            hang_up: listen(SignalKind::hangup())?,
            quit: listen(SignalKind::quit())?,
        })
    }

    /// The next signal that ends the program.
    pub async fn next(&mut self) -> Ended {
        let ended = |signal, name| Ended { signal, name };
        tokio::select! {
            _ = self.interrupt.recv() => ended(2, "SIGINT"),
            _ = self.terminate.recv() => ended(15, "SIGTERM"),
            _ = self.hang_up.recv() => ended(1, "SIGHUP"),
            _ = self.quit.recv() => ended(3, "SIGQUIT"),
        }
    }
}

impl Ended {
    /// The terminal has gone.
    pub const HANG_UP: Ended = Ended {
        signal: 1,
        name: "SIGHUP",
    };
}

/// How long the event loop may take to leave after the terminal has gone.
const GRACE: Duration = Duration::from_secs(2);

/// Ends the process some time after SIGHUP if nobody else did. The terminal library can read the end of
/// a terminal that has gone for ever, on the event loop's own thread, which then sees no signal; there
/// is nothing left to restore by then.
///
/// # Errors
/// What the system said.
pub fn end_after_hang_up() -> Result<(), Failure> {
    let told = |e: std::io::Error| Failure::work(format!("signals: {e}"));
    let runtime = super::runtime()?;
    let thread = std::thread::Builder::new().name("hang-up".into());
    let watch = move || {
        let ended = runtime.block_on(async {
            let mut hang_up = signal(SignalKind::hangup()).ok()?;
            hang_up.recv().await?;
            tokio::time::sleep(GRACE).await;
            Some(Ended::HANG_UP)
        });
        if let Some(ended) = ended {
            std::process::exit(128 + i32::from(ended.signal));
        }
    };
    thread.spawn(watch).map(|_| ()).map_err(told)
}

/// What the terminal's own signals tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Somebody wants us to stop.
    Stop,
    /// We were stopped and go on.
    Resume,
    /// The terminal has another size.
    Resized,
}

/// The signals of job control and of the terminal's size.
pub struct Stops {
    stop: Signal,
    resume: Signal,
    resized: Signal,
}

impl Stops {
    /// Listens from now on: a stop signal no longer stops the process by itself.
    ///
    /// # Errors
    /// What the system said.
    pub fn listen() -> Result<Stops, Failure> {
        let listen = |number| {
            signal(SignalKind::from_raw(number)).map_err(|e| Failure::work(format!("signals: {e}")))
        };
        Ok(Stops {
            stop: listen(rustix::process::Signal::TSTP.as_raw())?,
            resume: listen(rustix::process::Signal::CONT.as_raw())?,
            resized: listen(rustix::process::Signal::WINCH.as_raw())?,
        })
    }

    /// The next one.
    pub async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.stop.recv() => Told::Stop,
            _ = self.resume.recv() => Told::Resume,
            _ = self.resized.recv() => Told::Resized,
        }
    }
}

/// Stops the whole process group, as Ctrl-Z does: a `cargo run` around us must stop too, or the
/// shell would wait for it. Returns when somebody resumes us.
///
/// # Errors
/// What the system said.
pub fn stop_group() -> std::io::Result<()> {
    rustix::process::kill_current_process_group(rustix::process::Signal::STOP)?;
    Ok(())
}
