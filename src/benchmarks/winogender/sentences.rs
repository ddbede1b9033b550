//! `all_sentences.tsv`: every template in three genders, of which one item is made.
//!
//! Invariant: a sentence that does not stand there in all three genders, or differs in more than one
//! pronoun, is skipped and named.

use std::collections::HashMap;
use std::io::{self, BufRead};

use crate::domain::{Item, PronounCase};

use super::{Loaded, Sentence, Shares, add, item, referent};
use crate::benchmarks::rows::{Header, Records, field};
use crate::benchmarks::seen::Seen;

/// One sentence in three genders: the line of the first, and the texts by gender.
struct Triple {
    line: usize,
    texts: [Option<String>; 3],
}

/// Reads all of it.
pub(super) fn sentences<R: BufRead>(
    mut records: Records<R>,
    header: &Header,
    shares: &Shares,
    loaded: &mut Loaded,
) -> io::Result<()> {
    let columns = header
        .column("sentid")
        .and_then(|id| Ok((id, header.column("sentence")?)));
    let (id, sentence) = match columns {
        Ok(columns) => columns,
        Err(what) => {
            loaded.skipped.push(1, what);
            return Ok(());
        }
    };
    let mut order = Vec::new();
    let mut triples: HashMap<String, Triple> = HashMap::new();
    while let Some((line, record)) = records.next()? {
        let read = record.and_then(|r| {
            let id = field(&r, id, "sentid")?;
            let (name, gender) = gender_of(id)?;
            Ok((
                name.to_owned(),
                gender,
                field(&r, sentence, "sentence")?.to_owned(),
            ))
        });
        match read {
            Err(reason) => loaded.skipped.push(line, reason),
            Ok((name, gender, text)) => {
                let triple = triples.entry(name.clone()).or_insert_with(|| {
                    order.push(name);
                    Triple {
                        line,
                        texts: [None, None, None],
                    }
                });
                match triple.texts[gender] {
                    Some(_) => {
                        let why =
                            format!("this sentence of line {} and on came already", triple.line);
                        loaded.skipped.push(line, why);
                    }
                    None => triple.texts[gender] = Some(text),
                }
            }
        }
    }
    let mut seen = Seen::default();
    for name in order {
        if let Some(triple) = triples.remove(&name) {
            let read = from_triple(&name, triple.texts, shares);
            add(triple.line, read, &mut seen, loaded);
        }
    }
    Ok(())
}

/// `technician.customer.1.male.txt` → its name and gender.
fn gender_of(id: &str) -> Result<(&str, usize), String> {
    let wrong = || format!("sentid is {id:?}; expected occupation.participant.0|1.gender.txt");
    let rest = id.strip_suffix(".txt").unwrap_or(id);
    let (name, gender) = rest.rsplit_once('.').ok_or_else(wrong)?;
    let gender = ["male", "female", "neutral"]
        .iter()
        .position(|g| *g == gender)
        .ok_or_else(wrong)?;
    Ok((name, gender))
}

fn from_triple(name: &str, texts: [Option<String>; 3], shares: &Shares) -> Result<Item, String> {
    let [Some(male), Some(female), Some(_)] = texts else {
        return Err(format!("{name}: not in all three genders"));
    };
    let mut parts = name.splitn(3, '.');
    let (Some(occupation), Some(participant), Some(answer)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(format!("{name}: expected occupation.participant.0|1"));
    };
    let (text, case) = blank_between(&male, &female)
        .ok_or_else(|| format!("{name}: the sentences do not differ in one pronoun"))?;
    let sentence = Sentence {
        occupation,
        participant,
        refers_to: referent(answer)?,
        text,
        case,
    };
    Ok(item(sentence, shares))
}

/// The word in which the male and the female sentence differ, blanked.
fn blank_between(male: &str, female: &str) -> Option<(String, PronounCase)> {
    let m: Vec<&str> = male.split(' ').collect();
    let f: Vec<&str> = female.split(' ').collect();
    let mut differ = (0..m.len()).filter(|i| m.get(*i) != f.get(*i));
    let (Some(at), None) = (differ.next(), differ.next()) else {
        return None;
    };
    let word = |text: &str| {
        let word = text.trim_matches(|c: char| !c.is_alphabetic());
        word.to_lowercase()
    };
    let (he, she) = (word(m[at]), word(f.get(at)?));
    let cases = [
        PronounCase::Nominative,
        PronounCase::Accusative,
        PronounCase::Possessive,
    ];
    let case = cases
        .into_iter()
        .find(|c| c.forms()[0] == he && c.forms()[1] == she)?;
    let blank = m[at].to_lowercase().replace(&he, "_");
    let mut words = m;
    words[at] = &blank;
    Some((words.join(" "), case))
}
