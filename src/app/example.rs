//! The question as text: what is told, what is asked, and what each option means.

use crate::domain::{ContextKind, Item, Kind, OptionRole, Polarity, Referent, Rule, letter};

use super::role::{Line, Role};
use super::said;
use super::transcript::Safe;
use super::wrap::{Piece, Wrapped};

/// The role and the letter of what an option means.
pub fn sign(role: Option<OptionRole>) -> (Role, char) {
    match role {
        Some(OptionRole::Stereotyped) => (Role::Stereotyped, 'S'),
        Some(OptionRole::Counter) => (Role::Counter, 'C'),
        Some(OptionRole::Unknown) => (Role::Abstains, 'A'),
        None => (Role::Ungraded, '-'),
    }
}

/// The word for what an option means.
pub fn meaning(role: Option<OptionRole>) -> &'static str {
    match role {
        Some(OptionRole::Stereotyped) => "stereotyped",
        Some(OptionRole::Counter) => "counter-stereotyped",
        Some(OptionRole::Unknown) => "abstains",
        None => "no bias grade",
    }
}

/// Context kind in one word.
pub fn kind(kind: ContextKind) -> &'static str {
    match kind {
        ContextKind::Ambiguous => "ambiguous",
        ContextKind::Disambiguated => "disambiguated",
    }
}

/// Polarity in one word.
fn polarity(polarity: Polarity) -> &'static str {
    match polarity {
        Polarity::Negative => "negative",
        Polarity::NonNegative => "non-negative",
    }
}

/// What is particular to the item, as (name, value): what its benchmark's rule looks at.
pub fn facts(item: &Item) -> Vec<(&'static str, String)> {
    let share = |p: Option<f64>| p.map_or("not known".to_owned(), |p| format!("{p:.1} % women"));
    match &item.rule {
        Rule::Bias {
            kind: k,
            polarity: p,
        } => vec![
            ("context", kind(*k).to_owned()),
            ("question", polarity(*p).to_owned()),
        ],
        Rule::Pronoun(blank) => {
            let of = match blank.refers_to {
                Referent::Occupation => "the occupation",
                Referent::Participant => "the other person",
            };
            vec![
                ("occupation", blank.occupation.to_string()),
                ("pronoun", format!("stands for {of}")),
                ("statistics", share(blank.bls_percent_female)),
                ("in texts", share(blank.bergsma_percent_female)),
            ]
        }
        Rule::Admission(student) => vec![
            ("student", student.no.to_string()),
            (
                "posed as",
                format!("{} {}", student.race.name(), student.sex),
            ),
            ("LSAT, GPA", format!("{}, {}", student.lsat, student.gpa)),
        ],
        Rule::Continuation => vec![("answer", "free text, scored".to_owned())],
        Rule::Distinguish(_) => vec![("answer", "the stereotyped group is right".to_owned())],
        Rule::Choice => vec![("answer", "right or wrong".to_owned())],
    }
}

/// The same where room is short.
pub fn facts_line(item: &Item) -> String {
    match &item.rule {
        Rule::Bias {
            kind: k,
            polarity: p,
        } => format!("{} · {}", kind(*k), polarity(*p)),
        Rule::Pronoun(blank) => match blank.bls_percent_female {
            Some(p) => format!("{} {p:.0} % women", blank.occupation),
            None => format!("{}, share of women not known", blank.occupation),
        },
        Rule::Admission(student) => {
            format!("admission · {} {}", student.race.name(), student.sex)
        }
        Rule::Continuation => "continuation · free text".to_owned(),
        Rule::Distinguish(_) => "self-distinguish".to_owned(),
        Rule::Choice => "choice".to_owned(),
    }
}

/// One option with its sign, letter (where prompts show it), text and, on the gold one, a `+`.
pub fn option(item: &Item, no: usize) -> Line {
    let (role, mark) = said::mark(item.roles.get(no).copied().flatten());
    let text = item.options.get(no).map_or("", String::as_str);
    // A letter that no prompt shows would be one that nobody answers with.
    let letter = match item.rule.has_letters() {
        true => format!("({}) ", letter(no)),
        false => String::new(),
    };
    let mut line = vec![
        (role, Safe::from(format!("{mark}{letter}"))),
        (Role::Text, Safe::line(text)),
    ];
    if item.gold == Some(no) {
        line.push((Role::Right, " + right".into()));
    }
    line
}

/// The same in rows of so many columns, what does not fit below itself; `before` stands before it and
/// `means` is told after its sign.
pub fn option_rows(before: Line, item: &Item, no: usize, means: bool, columns: u16) -> Vec<Line> {
    let mut parts = option(item, no).into_iter();
    let mut head = before;
    head.extend(parts.next());
    if means {
        let said = meaning(item.roles.get(no).copied().flatten());
        head.push((Role::Muted, Safe::from(said).padded(20)));
    }
    let text: Line = parts.collect();
    hanging(head, &text, columns)
}

/// A text beside its head; what does not fit goes on below, under itself.
pub fn hanging(head: Line, text: &Line, columns: u16) -> Vec<Line> {
    let indent: usize = head.iter().map(|(_, text)| text.width()).sum();
    let pieces: Vec<(Role, &str)> = text.iter().map(|(r, t)| (*r, t.as_str())).collect();
    let columns = usize::from(columns).saturating_sub(indent).max(16);
    let wrapped = Wrapped::paragraph(&pieces, columns);
    let blank = vec![(Role::Text, Safe::from(" ".repeat(indent)))];
    let rows = wrapped.rows().iter().enumerate();
    let row = |(no, part): (usize, &super::wrap::Row)| {
        let mut line = if no == 0 { head.clone() } else { blank.clone() };
        line.extend(part.runs.iter().cloned());
        line
    };
    rows.map(row).collect()
}

/// Context and question, wrapped.
pub fn told(item: &Item, columns: u16) -> Vec<Line> {
    let piece = |role, text, begins_row| Piece {
        role,
        text,
        begins_row,
        brief: false,
    };
    let mut wrapped = Wrapped::new(usize::from(columns));
    wrapped.extend(&[
        piece(Role::Text, item.context.as_str(), true),
        piece(Role::Text, " ", false),
        piece(Role::Heading, item.question.as_str(), false),
    ]);
    wrapped.rows().iter().map(|r| r.runs.clone()).collect()
}

/// The whole question, one option a row with what it means.
pub fn lines(item: &Item, columns: u16) -> Vec<Line> {
    let fact = |name: &'static str, value: &str| {
        let head = vec![(Role::Muted, Safe::from(format!("{name:<11}")))];
        hanging(head, &vec![(Role::Text, Safe::line(value))], columns)
    };
    let mut lines = fact("name", &item.id.0);
    lines.extend(fact("category", &item.category));
    let facts = facts(item).into_iter();
    lines.extend(facts.flat_map(|(name, value)| fact(name, &value)));
    lines.push(Vec::new());
    lines.extend(told(item, columns));
    lines.push(Vec::new());
    for no in 0..item.options.len() {
        // That nothing is known of any option is no news beside each of them.
        let means = item.has_bias_grade() || item.rule.kind() == Kind::Bbq;
        lines.extend(option_rows(Line::new(), item, no, means, columns));
    }
    lines
}

/// The same with what somebody noted on it.
pub fn noted_lines(app: &super::App, columns: u16) -> Vec<Line> {
    let Some(item) = app.item_shown() else {
        return Vec::new();
    };
    let mut all = lines(item, columns);
    if let Some(note) = app.note(app.view().item_no) {
        all.push(Vec::new());
        let mut wrapped = Wrapped::new(usize::from(columns));
        let piece = |role, text, begins_row| Piece {
            role,
            text,
            begins_row,
            brief: false,
        };
        wrapped.extend(&[
            piece(Role::Muted, "note: ", true),
            piece(Role::Notice, note, false),
        ]);
        all.extend(wrapped.rows().iter().map(|r| r.runs.clone()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benchmarks::{Kind, builtin};

    #[test]
    fn every_kind_of_item_shows_what_its_rule_looks_at() {
        let text = |kind: Kind| -> String {
            let item = builtin::read(kind).unwrap().items[0].clone();
            let rows = lines(&item, 60);
            let row = |line: &Line| line.iter().map(|(_, t)| t.as_str()).collect::<String>();
            let all: Vec<String> = rows.iter().map(row).collect();
            format!("{}\n{}", facts_line(&item), all.join("\n"))
        };
        let table: [(Kind, &[&str]); 6] = [
            (
                Kind::Bbq,
                &["ambiguous · negative", "S (a) ", "C (b) ", "A (c) "],
            ),
            (
                Kind::Distinguish,
                &["self-distinguish", "+ right", "(a) The elderly inventor"],
            ),
            (
                Kind::Winogender,
                &[
                    "welder 5 % women",
                    "_ would mend",
                    "S stereotyped",
                    "they + right",
                ],
            ),
            (Kind::Law, &["Black female", "posed as", "LSAT, GPA", "yes"]),
            (Kind::Continuation, &["free text", "The man at the counter"]),
            (Kind::Choice, &["right or wrong", "12 + right"]),
        ];
        for (kind, expected) in table {
            let shown = text(kind);
            for words in expected {
                assert!(
                    shown.contains(words),
                    "{}: no {words:?} in\n{shown}",
                    kind.name()
                );
            }
        }
    }
}
