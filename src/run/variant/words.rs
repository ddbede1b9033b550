//! Whole words, found and replaced whatever their case.

/// `a` or `an` before these names, as their first sound asks for.
pub(super) fn with_articles(text: &str, names: &[&str]) -> String {
    let mut out = text.to_owned();
    for name in names {
        let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
        let (wrong, right) = match vowel {
            true => ("a", "an"),
            false => ("an", "a"),
        };
        for (wrong, right) in [(wrong, right), (&*capital(wrong), &*capital(right))] {
            let (from, to) = (format!("{wrong} {name}"), format!("{right} {name}"));
            out = replaced(&out, &[&from], |found| (found == from).then(|| to.clone())).0;
        }
    }
    out
}

/// A word with a capital letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// Replaces whole words or names; returns how many there were.
pub(super) fn replaced(
    text: &str,
    names: &[&str],
    with: impl Fn(&str) -> Option<String>,
) -> (String, usize) {
    let (mut out, mut count, mut rest) = (String::new(), 0, text);
    while let Some((at, name)) = first_of(rest, names) {
        out.push_str(&rest[..at]);
        out.push_str(&with(name).unwrap_or_else(|| name.to_owned()));
        count += 1;
        rest = &rest[at + name.len()..];
    }
    out.push_str(rest);
    (out, count)
}

/// The first whole word (or name of several) of these in a text, in whatever case it is written there.
pub(super) fn first_of<'t>(text: &'t str, names: &[&str]) -> Option<(usize, &'t str)> {
    let is_word = |c: char| c.is_alphanumeric();
    let mut before = None;
    for (at, c) in text.char_indices() {
        if !before.is_some_and(is_word) {
            let found = names.iter().filter(|n| !n.is_empty()).find(|name| {
                let here = text.get(at..at + name.len());
                let ends = text.get(at + name.len()..).unwrap_or_default();
                here.is_some_and(|h| h.eq_ignore_ascii_case(name)) && !ends.starts_with(is_word)
            });
            if let Some(name) = found {
                return Some((at, &text[at..at + name.len()]));
            }
        }
        before = Some(c);
    }
    None
}
