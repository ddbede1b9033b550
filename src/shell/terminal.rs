//! The terminal guard: every mode that is switched on is switched off again, however we leave.

use std::io::{self, BufWriter, Stdout, Write};
use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::layout::Rect;

mod rows;

use super::copies::base64;
use rows::Rows;

/// Threads whose panics are caught and shown inside the program; any other panic ends it.
pub const CAUGHT_THREADS: &str = "recant-engine";

/// The terminal while the explorer owns it.
pub struct Screen {
    /// Never dropped: its own drop would print, and panic, where the terminal has gone.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
    owned: Arc<AtomicBool>,
    mouse: bool,
    rows: Rows,
}

impl Screen {
    /// Takes the terminal over: raw mode, alternate screen, bracketed paste, no cursor; and installs
    /// the panic hook that gives it back.
    ///
    /// # Errors
    /// What the terminal said; it is given back.
    pub fn enter() -> io::Result<Screen> {
        let owned = Arc::new(AtomicBool::new(false));
        give_back_on_panic(owned.clone());
        let backend = CrosstermBackend::new(BufWriter::with_capacity(1 << 16, io::stdout()));
        let mut screen = Screen {
            terminal: ManuallyDrop::new(Terminal::new(backend)?),
            owned,
            mouse: false,
            rows: Rows::default(),
        };
        screen.take()?;
        Ok(screen)
    }

    /// Takes the terminal over again after [`Screen::give_back`].
    ///
    /// # Errors
    /// What the terminal said; it is given back.
    pub fn take(&mut self) -> io::Result<()> {
        self.owned.store(true, Ordering::SeqCst);
        let taken = enable_raw_mode().and_then(|()| {
            execute!(
                io::stdout(),
                EnterAlternateScreen,
                EnableBracketedPaste,
                Hide
            )
        });
        if let Err(error) = taken {
            self.give_back();
            return Err(error);
        }
        if self.mouse {
            execute!(io::stdout(), EnableMouseCapture)?;
        }
        self.repaint()
    }

    /// Gives the terminal back as it was found. Safe to call twice.
    pub fn give_back(&mut self) {
        give_back(&self.owned);
    }

    /// Mouse reports on or off.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn set_mouse(&mut self, on: bool) -> io::Result<()> {
        self.mouse = on;
        match on {
            true => execute!(io::stdout(), EnableMouseCapture),
            false => execute!(io::stdout(), DisableMouseCapture),
        }
    }

    /// Makes the next frame draw every cell.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn repaint(&mut self) -> io::Result<()> {
        let size = self.terminal.size()?;
        self.rows.forget();
        self.terminal
            .resize(Rect::new(0, 0, size.width, size.height))
    }

    /// Draws one frame, as one synchronised update where the terminal knows them.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn draw(&mut self, picture: impl FnOnce(&mut ratatui::Frame)) -> io::Result<()> {
        if !self.owned.load(Ordering::SeqCst) {
            return Ok(());
        }
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        let mut whole = Vec::new();
        let rows = &mut self.rows;
        self.terminal.draw(|frame| {
            picture(frame);
            whole = rows.changed(frame.buffer_mut());
        })?;
        let backend = self.terminal.backend_mut();
        for row in &whole {
            queue!(backend, MoveTo(0, row.y), Clear(ClearType::UntilNewLine))?;
            backend.draw(row.cells.iter().map(|(x, cell)| (*x, row.y, cell)))?;
        }
        queue!(self.terminal.backend_mut(), EndSynchronizedUpdate)?;
        Backend::flush(self.terminal.backend_mut())
    }

    /// Puts a text onto the clipboard, where the terminal takes it (OSC 52). It must have passed the
    /// text gate: who pastes it may paste it into a shell.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let backend = self.terminal.backend_mut();
        write!(backend, "\x1b]52;c;{}\x07", base64(text.as_bytes()))?;
        Backend::flush(backend)
    }

    /// Columns and rows.
    ///
    /// # Errors
    /// What the terminal said.
    pub fn size(&self) -> io::Result<(u16, u16)> {
        let size = self.terminal.size()?;
        Ok((size.width, size.height))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.give_back();
    }
}

fn give_back(owned: &AtomicBool) {
    if !owned.swap(false, Ordering::SeqCst) {
        return;
    }
    // Each on its own: if one fails (the terminal is gone), the others are still tried.
    let mut out = io::stdout();
    let _ = execute!(out, EndSynchronizedUpdate);
    let _ = execute!(out, DisableMouseCapture);
    let _ = execute!(out, DisableBracketedPaste);
    let _ = execute!(
        out,
        SetAttribute(Attribute::Reset),
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

fn give_back_on_panic(owned: Arc<AtomicBool>) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        let caught = thread.name().is_some_and(|n| n.starts_with(CAUGHT_THREADS));
        if caught && owned.load(Ordering::SeqCst) {
            // The engine reports its own failure on the screen; printing here would tear it.
            return;
        }
        let on_screen = owned.load(Ordering::SeqCst);
        give_back(&owned);
        before(info);
        if on_screen && thread.name() != Some("main") {
            // Without this thread (input, runtime) the explorer would hang.
            std::process::exit(101);
        }
    }));
}
