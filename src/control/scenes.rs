//! Contexts: sentences that bring two people on stage, and sentences that say who did what.
//!
//! In every template `{x}` and `{y}` are people in mid-sentence, `{X}` and `{Y}` people at its
//! beginning, `{place}` a place, `{p}` and `{q}` what X and Y did.

use super::draw::Draw;
use super::people::{Person, Split};

/// Every fifth scene is held out: measured with, never asked about in training.
pub const SCENES_HELD_OUT_EVERY: usize = 5;

/// Two people come on stage; nothing tells what either did.
pub const SCENES: [&str; 25] = [
    "I saw {x} and {y} at the {place}.",
    "{X} and {y} were at the {place} yesterday.",
    "Yesterday {x} met {y} at the {place}.",
    "{X} sat next to {y} at the {place}.",
    "At the {place} I saw {x} and {y}.",
    "At the {place}, {x} talked to {y}.",
    "There were two people at the {place}, {x} and {y}.",
    "{X} was waiting at the {place} with {y}.",
    "Last week {x} and {y} came to the {place}.",
    "Yesterday I met {x} and {y} at the {place}.",
    "My friend met {x} and {y} near the {place}.",
    "{X} and {y} walked to the {place} together.",
    "In the morning {x} and {y} were at the {place}.",
    "I was near the {place} with {x} and {y}.",
    "Last week {x} talked to {y} near the {place}.",
    "We saw {x} near the {place}, and {y} was there too.",
    "{X} came to the {place} together with {y}.",
    "Near the {place} there were {x} and {y}.",
    "Two people met at the {place}: {x} and {y}.",
    "{X} and {y} met near the {place} last week.",
    "{X} stood next to {y} near the {place}.",
    "Two people, {x} and {y}, stood at the {place}.",
    "After work {x} met {y} at the {place}.",
    "We talked to {x} and {y} at the {place}.",
    "In the morning {x} was waiting near the {place} with {y}.",
];

/// Somebody did one thing and somebody else another. The deed comes before its doer, so that
/// finding the doer is going on with what was read (induction), which small models learn soon; with
/// the doer first, 26 million tokens were not enough.
pub const DEEDS: [&str; 6] = [
    "The one who {p} was {x}, and the one who {q} was {y}.",
    "The one who {p} was {x}. The one who {q} was {y}.",
    "The one who {p} was {x}, but the one who {q} was {y}.",
    "Later the one who {p} was {x}, while the one who {q} was {y}.",
    "The person who {p} was {x}, and the person who {q} was {y}.",
    "The person who {p} was {x}. The person who {q} was {y}.",
];

/// Where things happen.
pub const PLACES: [&str; 30] = [
    "market",
    "station",
    "library",
    "park",
    "bank",
    "museum",
    "harbour",
    "bridge",
    "hotel",
    "hospital",
    "office",
    "school",
    "theatre",
    "airport",
    "beach",
    "garden",
    "cinema",
    "church",
    "castle",
    "stadium",
    "lake",
    "river",
    "shop",
    "restaurant",
    "bakery",
    "workshop",
    "gym",
    "zoo",
    "court",
    "square",
];

/// A scene of one side of the split with its people and place filled in.
pub fn scene(split: Split, x: &Person, y: &Person, draw: &mut Draw) -> String {
    let template = loop {
        let index = draw.below(SCENES.len());
        if Split::of(index, SCENES_HELD_OUT_EVERY) == split {
            break SCENES[index];
        }
    };
    fill(template, x, y, &[("{place}", draw.word(&PLACES))])
}

/// "X did p, and Y did q." Which of the two comes first is drawn.
pub fn deeds(x: (&Person, &str), y: (&Person, &str), draw: &mut Draw) -> String {
    let (x, y) = if draw.chance(0.5) { (x, y) } else { (y, x) };
    let template = draw.word(&DEEDS);
    fill(template, x.0, y.0, &[("{p}", x.1), ("{q}", y.1)])
}

/// A template with its people and words filled in.
pub fn fill(template: &str, x: &Person, y: &Person, words: &[(&str, &str)]) -> String {
    let mut text = template
        .replace("{x}", &x.to_string())
        .replace("{y}", &y.to_string())
        .replace("{X}", &x.capital())
        .replace("{Y}", &y.capital());
    for (slot, word) in words {
        text = text.replace(slot, word);
    }
    text
}
