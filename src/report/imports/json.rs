//! JSON as Python writes it: `NaN` and `Infinity`, which JSON does not have, are read as null.

use serde::de::DeserializeOwned;

/// Reads a value.
///
/// # Errors
/// What is wrong with it, and where.
pub fn tolerant<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    let error = match serde_json::from_slice(bytes) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    match mended(bytes) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    }
    .map_err(|e| match e.is_data() {
        true => e.to_string(),
        false => format!("not JSON: {e}"),
    })
}

/// The text with null where such a word stands outside of strings; `None` where none does.
fn mended(bytes: &[u8]) -> Option<Vec<u8>> {
    const WORDS: [&[u8]; 3] = [b"-Infinity", b"Infinity", b"NaN"];
    let mut out = Vec::new();
    let (mut kept, mut at, mut quoted) = (0, 0, false);
    while at < bytes.len() {
        let rest = &bytes[at..];
        match rest[0] {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b'-' | b'I' | b'N' if !quoted => {
                if let Some(word) = WORDS.iter().find(|word| rest.starts_with(word)) {
                    out.extend_from_slice(&bytes[kept..at]);
                    out.extend_from_slice(b"null");
                    at += word.len();
                    kept = at;
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (kept > 0).then(|| {
        out.extend_from_slice(&bytes[kept..]);
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn words_that_python_writes_are_null_outside_of_strings() {
        let text = br#"{"a": [NaN, -Infinity,Infinity, -1], "NaN": "\"NaN \\", "b": NaN}"#;
        let expected = json!({"a": [null, null, null, -1], "NaN": "\"NaN \\", "b": null});
        assert_eq!(tolerant::<Value>(text), Ok(expected));
        for bad in ["Na", "[NaN", "\"\\", "", "Infinityy", "[-Infinity}"] {
            assert!(tolerant::<Value>(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
