//! An inspect_ai log in one JSON object, however long: fed piece by piece, it hands over sample by sample, and
//! keeps one at a time. What else the log holds, its head apart, is passed over.

use super::inspect::{InspectEval, InspectHead, from_inspect};
use super::{Record, tolerant};

/// The longest sample, and the longest head.
const LONGEST: usize = 64 << 20;

/// What is being kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Eval,
    Sample,
}

/// A log under way.
#[derive(Default)]
pub struct InspectLog {
    /// What it says of all its samples; complete at the end.
    pub head: InspectHead,
    depth: usize,
    quoted: bool,
    escaped: bool,
    /// Whether the next text at the top is a key.
    key_next: bool,
    in_key: bool,
    key: Vec<u8>,
    in_samples: bool,
    has_samples: bool,
    keeps: Option<Part>,
    kept: Vec<u8>,
    is_over: bool,
}

impl InspectLog {
    /// Takes the next bytes; `take` gets every sample that they complete, or what is wrong with it.
    ///
    /// # Errors
    /// No log in one JSON object.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        take: &mut dyn FnMut(Result<Record, String>),
    ) -> Result<(), String> {
        for byte in bytes {
            if self.keeps.is_some() && self.kept.len() <= LONGEST {
                self.kept.push(*byte);
            }
            if self.quoted {
                self.within_text(*byte);
                continue;
            }
            match byte {
                b'"' => {
                    self.quoted = true;
                    if self.depth == 1 && self.key_next {
                        self.in_key = true;
                        self.key.clear();
                    }
                }
                b':' if self.depth == 1 => self.key_next = false,
                b',' if self.depth == 1 => self.key_next = true,
                b'{' | b'[' => self.open(*byte)?,
                b'}' | b']' => self.close(take)?,
                b if self.depth == 0 && !b.is_ascii_whitespace() => {
                    return Err(self.odd(*b));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// After the last byte.
    ///
    /// # Errors
    /// The log is cut, or has no samples.
    pub fn finish(self) -> Result<InspectHead, String> {
        match (self.is_over, self.has_samples) {
            (false, _) => Err("not JSON: it ends in the middle of the log".to_owned()),
            (true, false) => Err("a log without samples".to_owned()),
            (true, true) => Ok(self.head),
        }
    }

    fn within_text(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.quoted = false;
                self.in_key = false;
                return;
            }
            _ => {}
        }
        // No key that counts is longer.
        if self.in_key && self.key.len() < 64 {
            self.key.push(byte);
        }
    }

    fn odd(&self, byte: u8) -> String {
        let what = char::from(byte).escape_default();
        match self.is_over {
            true => format!("not JSON: `{what}` after the end of the log"),
            false => format!("not JSON: it begins with `{what}`"),
        }
    }

    fn open(&mut self, byte: u8) -> Result<(), String> {
        match self.depth {
            0 if self.is_over || byte != b'{' => return Err(self.odd(byte)),
            0 => self.key_next = true,
            1 if self.key == b"eval" => self.keep(Part::Eval, byte),
            1 if self.key == b"samples" && byte == b'[' => {
                (self.in_samples, self.has_samples) = (true, true);
            }
            2 if self.in_samples => self.keep(Part::Sample, byte),
            _ => {}
        }
        self.depth += 1;
        Ok(())
    }

    fn keep(&mut self, part: Part, byte: u8) {
        self.keeps = Some(part);
        self.kept.clear();
        self.kept.push(byte);
    }

    fn close(&mut self, take: &mut dyn FnMut(Result<Record, String>)) -> Result<(), String> {
        self.depth = self
            .depth
            .checked_sub(1)
            .ok_or("not JSON: it begins with the end of something")?;
        let is_whole = |kept: &[u8]| match kept.len() > LONGEST {
            true => Err(format!("longer than {} MiB", LONGEST >> 20)),
            false => Ok(()),
        };
        match (self.depth, self.keeps) {
            (2, Some(Part::Sample)) => {
                take(is_whole(&self.kept).and_then(|()| from_inspect(&self.kept)));
                self.keeps = None;
            }
            (1, Some(Part::Eval)) => {
                is_whole(&self.kept).map_err(|what| format!("eval: {what}"))?;
                self.head.eval =
                    tolerant::<InspectEval>(&self.kept).map_err(|what| format!("eval: {what}"))?;
                self.keeps = None;
            }
            (1, None) => self.in_samples = false,
            (0, _) => self.is_over = true,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The samples of a log that comes in pieces of this length.
    fn read(text: &str, piece: usize) -> Result<(String, Vec<String>), String> {
        let mut log = InspectLog::default();
        let mut said = Vec::new();
        for bytes in text.as_bytes().chunks(piece) {
            log.feed(bytes, &mut |record| {
                said.push(match record {
                    Ok(Record::Theirs(one)) => one.item.unwrap_or_default(),
                    Ok(_) => "own".to_owned(),
                    Err(what) => what,
                });
            })?;
        }
        Ok((log.finish()?.eval.model, said))
    }

    #[test]
    fn samples_come_one_by_one_wherever_the_pieces_end() {
        let text = r#" {"version": 2, "results": {"samples": [{"id": "no"}], "eval": 1}, "a\"b": NaN,
            "eval": {"model": "m{}", "task": "t", "x": [NaN]},
            "samples": [
              {"id": "a]}", "output": {"completion": "x \" } ]"}, "scores": {"s": {"value": NaN}}},
              {"id": 2}, {"id": "c", "output": {"completion": "y"}, "events": [[{}]]}
            ], "reductions": [{"samples": [{}]}]} "#;
        for piece in [1, 2, 7, 4096] {
            let (model, said) = read(text, piece).unwrap();
            assert_eq!(model, "m{}");
            assert_eq!(said, ["a]}", "the sample has no output", "c"], "{piece}");
        }
        let end = text.trim_end().len();
        for cut in 1..end {
            assert!(read(&text[..cut], 64).is_err(), "{cut}");
        }
        for wrong in ["[1]", "}", "x", r#"{"eval": {}}"#, r#"{"samples": []} {}"#] {
            assert!(read(wrong, 64).is_err(), "{wrong}");
        }
        assert_eq!(read(r#"{"samples": []}"#, 64).unwrap().1.len(), 0);
    }
}
