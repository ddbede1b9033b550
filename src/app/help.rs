//! The help screen's text, made from the key table.

use super::App;
use super::action::{Action, Group};
use super::example::hanging;
use super::role::{Line, Role};
use super::transcript::Safe;

/// What the signs on screen mean.
const SIGNS: [(&str, &str); 17] = [
    (
        "S C A",
        "answer: agrees with the stereotype, goes against it, abstains",
    ),
    (
        "- ?",
        "answer: no bias grade in the data; could not be read as one option",
    ),
    (
        "+ x",
        "right, wrong (in ambiguous contexts only abstaining is right)",
    ),
    ("(a)", "the option that was chosen; by its letter"),
    (
        "belief",
        "the model's own probability of each option where its answer begins; they sum to 1",
    ),
    (
        "s_AMB",
        "bias x100 in ambiguous contexts: (stereotyped - counter) / graded; 0 is none",
    ),
    (
        "s_DIS",
        "bias x100 in disambiguated contexts: 2 stereotyped / (stereotyped + counter) - 1",
    ),
    (
        "[ , ]",
        "95% interval; undef: these answers do not define the number",
    ),
    (
        "w>r r>w",
        "answers that changed from wrong to right, right to wrong, since the round before",
    ),
    (
        "P ln rank H",
        "a token's probability, its natural log, 1 for the most probable one, entropy in nats",
    ),
    (
        "=60 +30",
        "above a column: prompt tokens that were computed before, and those computed for it",
    ),
    ("• ▸", "what came, or is in the column; what is chosen"),
    (
        "A B C ^",
        "in the belief trace: the option that leads from here on; the token under the cursor",
    ),
    (
        "h, by hand",
        "somebody labelled the answer, where the parser could not read it; the label counts; (h): it does not, as the answer is not in the scoreboard, or the parser read it",
    ),
    (
        "live",
        "beside a record: asked now, and not the record's; what the record holds has no sign",
    ),
    (
        "q~1 q*people",
        "a branch of q; q with the question changed (a minimal pair)",
    ),
    (
        "[- -] {+ +}",
        "in a comparison: only the left text says it, only the right one does",
    ),
];

/// Keys of prompt lines, which the table does not hold.
const PROMPT: [(&str, &str); 4] = [
    ("enter", "takes the chosen row, or the number typed"),
    ("esc", "closes"),
    ("up, down", "choose; ctrl-n and ctrl-p too"),
    ("ctrl-u", "empties the line; ctrl-w takes back a word"),
];

/// From this width on the names that a key file uses stand beside the keys.
const NAMES_FROM: u16 = 84;

/// All rows of the help, `columns` wide: keys that do something here, or all of them, those that do
/// nothing here dimmed.
pub fn lines(app: &App, columns: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let all = app.view().help_all;
    for group in Group::ALL {
        let shown = Action::ALL.into_iter().filter(|a| a.group() == group);
        let mut shown = shown.filter(|a| all || app.applies(*a)).peekable();
        if shown.peek().is_none() {
            continue;
        }
        heading(&mut lines, group.title());
        for action in shown {
            let keys = app.keymap().keys(action).iter().map(ToString::to_string);
            let mut keys = keys.collect::<Vec<_>>().join("  ");
            if keys.is_empty() {
                keys = "no key".to_owned();
            }
            let (key, about) = match app.applies(action) {
                true => (Role::Key, Role::Text),
                false => (Role::Muted, Role::Muted),
            };
            let mut head = vec![(key, Safe::from(format!("  {keys:<18}")))];
            if columns >= NAMES_FROM {
                head.push((Role::Muted, Safe::from(format!("{:<14}", action.name()))));
            }
            row(&mut lines, head, (about, app.about(action)), columns);
        }
    }
    if all {
        pairs(&mut lines, "In a prompt line", &PROMPT, columns);
    }
    pairs(&mut lines, "Signs and numbers", &SIGNS, columns);
    lines
}

fn heading(lines: &mut Vec<Line>, title: &str) {
    if !lines.is_empty() {
        lines.push(Vec::new());
    }
    lines.push(vec![(Role::Heading, title.into())]);
}

fn pairs(lines: &mut Vec<Line>, title: &str, rows: &[(&str, &str)], columns: u16) {
    heading(lines, title);
    for (name, about) in rows {
        let head = vec![(Role::Key, Safe::from(format!("  {name:<18}")))];
        row(lines, head, (Role::Text, about), columns);
    }
}

/// What it does beside its head; what does not fit goes on below, under itself.
fn row(lines: &mut Vec<Line>, head: Line, (role, about): (Role, &str), columns: u16) {
    lines.extend(hanging(head, &vec![(role, about.into())], columns));
}
