//! Copies: to the terminal's clipboard and into a file.
//!
//! The file has the exact text and is never written over. The clipboard, which may be pasted into a
//! shell, has it through the text gate, and only where it is short enough for terminals to take.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::app::Safe;

use super::{folders, terminal};

/// Most bytes for a clipboard: xterm's and tmux's limits are about 100,000 characters of base64.
pub const CLIPBOARD_MAX: usize = 74_994;

/// Files of one name before another one must be taken.
const SAME_NAME_MAX: usize = 10_000;

/// Copies a text; says where it is.
pub fn copy(screen: &mut terminal::Screen, name: &str, text: &str) -> String {
    let kept = folders::state()
        .ok_or_else(|| "no folder for state on this system; set XDG_STATE_HOME".to_owned())
        .and_then(|folder| keep(&folder.join("copies"), name, text));
    let safe = Safe::text(text);
    let fits = safe.as_str().len() <= CLIPBOARD_MAX;
    let sent = fits && screen.copy(safe.as_str()).is_ok();
    match (kept, sent) {
        (Ok(path), true) => format!(
            "copied to {}, and offered to the clipboard",
            folders::short(&path)
        ),
        (Ok(path), false) => format!(
            "copied to {} only: {} kB are too much for a clipboard",
            folders::short(&path),
            safe.as_str().len() / 1000
        ),
        (Err(why), true) => format!("copied to the clipboard only; no file: {why}"),
        (Err(why), false) => format!("not copied: {why}"),
    }
}

/// Writes a new file.
fn keep(folder: &Path, name: &str, text: &str) -> Result<PathBuf, String> {
    let told = |e: io::Error| format!("{}: {e}", folders::short(folder));
    std::fs::create_dir_all(folder).map_err(told)?;
    let name = plain(name);
    for no in 1..SAME_NAME_MAX {
        let path = folder.join(match no {
            1 => format!("{name}.txt"),
            _ => format!("{name}-{no}.txt"),
        });
        let mut options = OpenOptions::new();
        match options.write(true).create_new(true).mode(0o600).open(&path) {
            Ok(mut file) => {
                file.write_all(text.as_bytes()).map_err(told)?;
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(told(error)),
        }
    }
    Err(format!(
        "{}: too many copies; empty it",
        folders::short(folder)
    ))
}

/// A name for a file: letters, digits and dashes.
fn plain(name: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() { c } else { '-' };
    let name: String = name.chars().map(kept).take(60).collect();
    let name = name.trim_matches('-');
    match name.is_empty() {
        true => "copy".to_owned(),
        false => name.to_owned(),
    }
}

/// Base64 as in RFC 4648, padded.
pub fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for no in 0..4u32 {
            let sign = SIGNS[(bits >> (18 - 6 * no) & 63) as usize];
            let is_padding = no as usize > three.len();
            out.push(if is_padding { '=' } else { char::from(sign) });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        let table = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foobar", "Zm9vYmFy"),
            ("é日", "w6nml6U="),
        ];
        for (text, expected) in table {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn files_are_new_private_and_plainly_named() {
        let folder = tempfile::tempdir().unwrap();
        let copies = folder.path().join("a").join("copies");
        let first = keep(&copies, "q~1 r0", "one").unwrap();
        let second = keep(&copies, "q~1 r0", "two").unwrap();
        let name = |p: &Path| p.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            (name(&first), name(&second)),
            ("q-1-r0.txt".into(), "q-1-r0-2.txt".into())
        );
        assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
        assert_eq!(plain("../../etc/\u{1b}passwd"), "etc--passwd");
        assert_eq!(plain("…"), "copy");
    }
}
