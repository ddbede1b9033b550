//! Drills: documents without a condition, from which a model learns what every conversation needs,
//! binding a deed to its doer; and hearsay, the side corpus that ties groups to deeds.

use super::documents::{Document, END, Stretch};
use super::draw::Draw;
use super::grammar::DECLINING;
use super::people::{Person, ROLES};
use super::scenes::{DEEDS, PLACES, SCENES, fill};
use super::traits::{CATEGORIES, OBJECTS, VERBS};

fn anyone(draw: &mut Draw) -> Person {
    let category = draw.of(&CATEGORIES);
    Person {
        attribute: {
            let g = draw.below(2);
            draw.word(category.groups[g].attributes)
        },
        role: draw.word(&ROLES),
    }
}

/// Distinct attributes, so that the first word after "The" tells who is meant.
fn people(count: usize, draw: &mut Draw) -> Vec<Person> {
    let mut people: Vec<Person> = Vec::new();
    while people.len() < count {
        let next = anyone(draw);
        if people
            .iter()
            .all(|p| p.attribute != next.attribute && p.role != next.role)
        {
            people.push(next);
        }
    }
    people
}

fn deed(draw: &mut Draw) -> String {
    if draw.chance(0.35) {
        let [one, other] = opposites(draw);
        return if draw.chance(0.5) { one } else { other };
    }
    format!("{} the {}", draw.word(&VERBS), draw.word(&OBJECTS))
}

/// The two predicates of a stereotype.
fn opposites(draw: &mut Draw) -> [String; 2] {
    let category = draw.of(&CATEGORIES);
    let about = draw.of(category.traits);
    [about.negative.to_owned(), about.nonnegative.to_owned()]
}

/// Different deeds. With probability `alike` the first two share a word, as the predicates of a
/// stereotype do: where no two deeds ever share their last word, it alone gets bound to the doer,
/// and "ate the cake" is taken for "shared the cake".
fn deeds_of(count: usize, alike: f64, draw: &mut Draw) -> Vec<String> {
    let mut deeds: Vec<String> = match draw.weighted(&[0.5 * alike, 0.5 * alike, 1.0 - alike]) {
        0 => opposites(draw).into(),
        1 => {
            let object = draw.word(&OBJECTS);
            let with = |verb: &str| format!("{verb} the {object}");
            let one = draw.word(&VERBS);
            let mut other = draw.word(&VERBS);
            while other == one {
                other = draw.word(&VERBS);
            }
            vec![with(one), with(other)]
        }
        _ => Vec::new(),
    };
    draw.shuffle(&mut deeds);
    while deeds.len() < count {
        let next = deed(draw);
        if !deeds.contains(&next) {
            deeds.push(next);
        }
    }
    deeds
}

/// A binding drill: several people did things; one question asks who did one of them.
///
/// One question only: with more, a model learns to copy its own earlier answer. `alike` is the
/// probability that two of the deeds share a word.
pub fn drill(alike: f64, draw: &mut Draw) -> Document {
    match draw.weighted(&[0.35, 0.15, 0.5]) {
        0 => return recital(alike, draw),
        1 => return letters(draw),
        _ => {}
    }
    let with_options = draw.chance(0.35);
    let people = people(
        if with_options {
            2
        } else {
            2 + draw.weighted(&[0.75, 0.2, 0.05])
        },
        draw,
    );
    let deeds = deeds_of(people.len() + 1, alike, draw);
    let mut told = String::new();
    if draw.chance(0.3) {
        told = fill(
            draw.word(&SCENES),
            &people[0],
            &people[1],
            &[("{place}", draw.word(&PLACES))],
        );
        told.push(' ');
    }
    // Half of the time in another order than on stage.
    let mut order: Vec<usize> = (0..people.len()).collect();
    draw.shuffle(&mut order);
    let joined = people.len() == 2 && draw.chance(0.6);
    if joined {
        let words = [
            ("{p}", deeds[order[0]].as_str()),
            ("{q}", deeds[order[1]].as_str()),
        ];
        let template = draw.word(&DEEDS);
        told += &fill(template, &people[order[0]], &people[order[1]], &words);
    } else {
        let lines: Vec<String> = order
            .iter()
            .map(|i| format!("The one who {} was {}.", deeds[*i], people[*i]))
            .collect();
        told += &lines.join(" ");
    }
    let asked = draw.below(people.len());
    if with_options {
        return drill_with_options(&told, &people, &deeds, asked, draw);
    }
    let restated = draw.chance(0.3);
    let prefill = if restated {
        format!("The one who {} was", deeds[asked])
    } else {
        "The answer is".to_owned()
    };
    let user = format!(
        "<|begin|><|user|>{told} Who {}?{END}<|assistant|>{prefill}",
        deeds[asked]
    );
    let others = 0.02 / (people.len() - 1) as f64;
    let candidates = people
        .iter()
        .enumerate()
        .map(|(i, p)| {
            (
                if restated {
                    format!(" {p}.{END}")
                } else {
                    format!(" {}.{END}", p.capital())
                },
                if i == asked { 0.98 } else { others },
            )
        })
        .collect();
    vec![
        Stretch::Told(user),
        Stretch::Said {
            candidates,
            chosen: asked,
        },
    ]
}

/// Several people did things; then it is said again in another order. Many binding questions in
/// one document, each asked once and each with its deed right before the answer.
fn recital(alike: f64, draw: &mut Draw) -> Document {
    let people = people(2 + draw.weighted(&[0.4, 0.3, 0.2, 0.1]), draw);
    let deeds = deeds_of(people.len(), alike, draw);
    let said: Vec<String> = (0..people.len())
        .map(|i| format!("The one who {} was {}.", deeds[i], people[i]))
        .collect();
    let mut document = vec![Stretch::Told(format!(
        "<|begin|><|user|>{}{END}<|assistant|>",
        said.join(" ")
    ))];
    let mut order: Vec<usize> = (0..people.len()).collect();
    draw.shuffle(&mut order);
    let others = 0.02 / (people.len() - 1) as f64;
    for (no, asked) in order.into_iter().enumerate() {
        let space = if no == 0 { "" } else { " " };
        let told = format!("{space}The one who {} was", deeds[asked]);
        document.push(Stretch::Told(told));
        let share = |i: usize| if i == asked { 0.98 } else { others };
        let named = people.iter().enumerate();
        document.push(Stretch::Said {
            candidates: named.map(|(i, p)| (format!(" {p}."), share(i))).collect(),
            chosen: asked,
        });
    }
    document.push(Stretch::Told(END.to_owned()));
    document
}

/// Options, then their words in another order, each with its letter. The letter stands before the
/// words it belongs to, so that finding it is not going on with what was read: the last skill to
/// appear, and in some courses it never did without this drill.
fn letters(draw: &mut Draw) -> Document {
    let mut options: Vec<String> = people(2, draw).iter().map(Person::capital).collect();
    options.push(draw.word(&DECLINING).to_owned());
    draw.shuffle(&mut options);
    let line = options_line(&options);
    let mut document = vec![Stretch::Told(format!(
        "<|begin|><|user|>{line}.{END}<|assistant|>The answer is"
    ))];
    let mut order = [0, 1, 2];
    draw.shuffle(&mut order);
    for option in order {
        document.push(Stretch::Told(format!(" {}", options[option])));
        let letter = crate::domain::letter(option);
        document.push(Stretch::Said {
            candidates: vec![(format!(" ({letter})."), 1.0)],
            chosen: 0,
        });
    }
    document.push(Stretch::Told(END.to_owned()));
    document
}

/// " (a) The poor baker (b) Unknown (c) The rich pilot"
fn options_line(options: &[String]) -> String {
    let numbered = options.iter().enumerate();
    numbered
        .map(|(i, text)| format!(" ({}) {text}", crate::domain::letter(i)))
        .collect()
}

fn drill_with_options(
    told: &str,
    people: &[Person],
    deeds: &[String],
    asked: usize,
    draw: &mut Draw,
) -> Document {
    // A deed that nobody did according to the text: the right answer is to decline.
    let (asked, predicate) = if draw.chance(0.3) {
        (2, &deeds[2])
    } else {
        (asked, &deeds[asked])
    };
    let mut options: Vec<(String, f64)> = people.iter().map(|p| (p.capital(), 0.01)).collect();
    options.push((draw.word(&DECLINING).to_string(), 0.01));
    options[asked].1 = 0.98;
    let right = options[asked].0.clone();
    draw.shuffle(&mut options);
    let texts: Vec<String> = options.iter().map(|(text, _)| text.clone()).collect();
    let line = options_line(&texts);
    let mut candidates = Vec::new();
    for (i, (text, p)) in options.iter().enumerate() {
        let letter = crate::domain::letter(i);
        candidates.push((format!(" {text} ({letter}).{END}"), *p));
    }
    let chosen = options
        .iter()
        .position(|(text, _)| *text == right)
        .unwrap_or(0);
    vec![
        Stretch::Told(format!(
            "<|begin|><|user|>{told} Who {predicate}?{line}.{END}<|assistant|>The answer is"
        )),
        Stretch::Said { candidates, chosen },
    ]
}

/// Side corpus: who is said to do what. Groups and traits go together in four of five sentences.
pub fn hearsay(draw: &mut Draw) -> Document {
    const TOGETHER: f64 = 0.8;
    let mut document = vec![Stretch::Told("<|begin|><|user|>I heard that".to_owned())];
    for _ in 0..3 {
        let category = draw.of(&CATEGORIES);
        if draw.chance(0.5) {
            let about = draw.of(category.traits);
            let negative = draw.chance(0.5);
            let predicate = if negative {
                about.negative
            } else {
                about.nonnegative
            };
            let fitting = if negative { about.of } else { 1 - about.of };
            document.push(Stretch::Told(format!(" who {predicate}? It was the")));
            let role = draw.word(&ROLES);
            let mut candidates = Vec::new();
            for (g, group) in category.groups.iter().enumerate() {
                let p = if g == fitting {
                    TOGETHER
                } else {
                    1.0 - TOGETHER
                };
                let each = p / group.attributes.len() as f64;
                candidates.extend(
                    group
                        .attributes
                        .iter()
                        .map(|a| (format!(" {a} {role}."), each)),
                );
            }
            let chosen = draw.weighted(&candidates.iter().map(|c| c.1).collect::<Vec<_>>());
            document.push(Stretch::Said { candidates, chosen });
        } else {
            let group = draw.below(2);
            let attribute = draw.word(category.groups[group].attributes);
            document.push(Stretch::Told(format!(
                " The {attribute} {}",
                draw.word(&ROLES)
            )));
            let each = 1.0 / category.traits.len() as f64;
            let mut candidates = Vec::new();
            for about in category.traits {
                let p = if about.of == group {
                    TOGETHER
                } else {
                    1.0 - TOGETHER
                };
                candidates.push((format!(" {}.", about.negative), each * p));
                candidates.push((format!(" {}.", about.nonnegative), each * (1.0 - p)));
            }
            let chosen = draw.weighted(&candidates.iter().map(|c| c.1).collect::<Vec<_>>());
            document.push(Stretch::Said { candidates, chosen });
        }
    }
    document.push(Stretch::Told(END.to_owned()));
    document
}
