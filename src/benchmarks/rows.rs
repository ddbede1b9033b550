//! Lines and records of data files: read one at a time, with a bound on their size, each with the
//! line it begins at.

use std::io::{self, BufRead, Read};

/// Longest accepted line or record, in bytes; published ones are under 10,000.
const LONGEST: usize = 1 << 20;

/// A line, or what is wrong with it.
pub type Row<T> = (usize, Result<T, String>);

/// The lines of a file that are not blank, one after the other.
pub struct Lines<R> {
    reader: R,
    line: usize,
    bytes: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Over a reader.
    pub fn new(reader: R) -> Lines<R> {
        Lines {
            reader,
            line: 0,
            bytes: Vec::new(),
        }
    }

    /// The next line as text without its end; `None` at the end of the file.
    ///
    /// # Errors
    /// What the reader itself reports.
    pub fn next(&mut self) -> io::Result<Option<Row<&str>>> {
        loop {
            self.bytes.clear();
            self.line += 1;
            let mut limited = Read::take(&mut self.reader, LONGEST as u64 + 1);
            if limited.read_until(b'\n', &mut self.bytes)? == 0 {
                return Ok(None);
            }
            if self.bytes.len() > LONGEST && self.bytes.last() != Some(&b'\n') {
                skip_line(&mut self.reader)?;
                let what = format!("the line is longer than {LONGEST} bytes");
                return Ok(Some((self.line, Err(what))));
            }
            if !self.bytes.iter().all(u8::is_ascii_whitespace) {
                break;
            }
        }
        let bytes = match self.line {
            // A byte order mark is no part of the text.
            1 => self
                .bytes
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(&self.bytes),
            _ => &self.bytes,
        };
        let text = std::str::from_utf8(bytes)
            .map_err(|e| format!("not UTF-8 text (byte {} of the line)", e.valid_up_to() + 1));
        Ok(Some((
            self.line,
            text.map(|t| t.trim_end_matches(['\r', '\n'])),
        )))
    }
}

fn skip_line(reader: &mut impl BufRead) -> io::Result<()> {
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let end = chunk.iter().position(|b| *b == b'\n');
        let used = end.map_or(chunk.len(), |at| at + 1);
        reader.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

/// Records of fields: CSV as RFC 4180 has it (quotes may hold separators and line ends), or
/// tab-separated values without quoting.
pub struct Records<R> {
    lines: Lines<R>,
    separator: char,
}

impl<R: BufRead> Records<R> {
    /// Comma-separated.
    pub fn csv(reader: R) -> Records<R> {
        Records {
            lines: Lines::new(reader),
            separator: ',',
        }
    }

    /// Tab-separated.
    pub fn tsv(reader: R) -> Records<R> {
        Records {
            lines: Lines::new(reader),
            separator: '\t',
        }
    }

    /// The next record; `None` at the end of the file.
    ///
    /// # Errors
    /// What the reader itself reports.
    pub fn next(&mut self) -> io::Result<Option<Row<Vec<String>>>> {
        let (begun, mut text) = match self.lines.next()? {
            None => return Ok(None),
            Some((line, Err(what))) => return Ok(Some((line, Err(what)))),
            Some((line, Ok(text))) => (line, text.to_owned()),
        };
        if self.separator == '\t' {
            let fields = text.split('\t').map(str::to_owned).collect();
            return Ok(Some((begun, Ok(fields))));
        }
        loop {
            match split_quoted(&text, self.separator) {
                Some(fields) => return Ok(Some((begun, Ok(fields)))),
                None if text.len() > LONGEST => {
                    let what = format!("a quoted field is longer than {LONGEST} bytes");
                    return Ok(Some((begun, Err(what))));
                }
                // An open quote: the record goes on in the next line.
                None => match self.lines.next()? {
                    None => {
                        let what = "a quote is opened and never closed".to_owned();
                        return Ok(Some((begun, Err(what))));
                    }
                    Some((_, Err(what))) => return Ok(Some((begun, Err(what)))),
                    Some((_, Ok(more))) => {
                        text.push('\n');
                        text.push_str(more);
                    }
                },
            }
        }
    }
}

/// The fields of a record; `None` while a quote is open.
fn split_quoted(text: &str, separator: char) -> Option<Vec<String>> {
    let mut fields = Vec::new();
    let mut field = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            c if c == separator && !quoted => fields.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    fields.push(field);
    (!quoted).then_some(fields)
}

/// Where the columns of a file with a header line stand.
#[derive(Clone, Debug)]
pub struct Header(Vec<String>);

impl Header {
    /// The names in a header's fields.
    pub fn new(fields: Vec<String>) -> Header {
        Header(fields.into_iter().map(|f| f.trim().to_owned()).collect())
    }

    /// Where a column stands; upper and lower case count as the same.
    ///
    /// # Errors
    /// No such column; names those that are there.
    pub fn column(&self, name: &str) -> Result<usize, String> {
        let found = self.0.iter().position(|c| c.eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known: Vec<&str> = self.0.iter().map(String::as_str).collect();
            format!("no column {name:?}; the columns are {}", known.join(", "))
        })
    }
}

/// A field of a record.
///
/// # Errors
/// The record is too short.
pub fn field<'a>(fields: &'a [String], at: usize, name: &str) -> Result<&'a str, String> {
    fields
        .get(at)
        .map(|f| f.trim())
        .ok_or_else(|| format!("no field for column {name:?}: only {} fields", fields.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_separators_line_ends_and_quotes() {
        let text = "\u{feff}a,b\n\n1,\"x, \"\"y\"\"\nz\"\n,\n\"open\n";
        let mut records = Records::csv(text.as_bytes());
        let mut all = Vec::new();
        while let Some(row) = records.next().unwrap() {
            all.push(row);
        }
        let ok = |line, fields: [&str; 2]| (line, Ok(fields.map(str::to_owned).to_vec()));
        assert_eq!(all[0], ok(1, ["a", "b"]));
        assert_eq!(all[1], ok(3, ["1", "x, \"y\"\nz"]));
        assert_eq!(all[2], ok(5, ["", ""]));
        assert!(all[3].1.as_ref().unwrap_err().contains("never closed"));
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn long_and_binary_lines_are_named_and_passed_over() {
        let mut bytes = vec![b'x'; LONGEST + 10];
        bytes.extend(b"\nabc \xff\xfe\r\nlast");
        let mut lines = Lines::new(bytes.as_slice());
        let (line, row) = lines.next().unwrap().unwrap();
        assert!(line == 1 && row.unwrap_err().contains("longer"));
        let (line, row) = lines.next().unwrap().unwrap();
        assert!(line == 2 && row.unwrap_err().contains("byte 5"));
        assert_eq!(lines.next().unwrap().unwrap(), (3, Ok("last")));
        assert!(lines.next().unwrap().is_none());
    }
}
