//! A column's prompt changed by one key: what is asked again, what stays, what undoing brings back.

#![allow(clippy::unwrap_used, missing_docs)]

mod stage;

use recant::app::layout::Screen;
use recant::app::opening::Openable;
use recant::app::{Effect, Event, Overlay, PaneNo};
use std::sync::Arc;

use recant::domain::{Condition, ConditionNo, Job, ModelNo, RoundNo};
use stage::Stage;

/// Every job asked for since the last look.
fn asked(stage: &mut Stage) -> Vec<Job> {
    let started = |e: Effect| match e {
        Effect::Start(job) => Some(job),
        _ => None,
    };
    std::mem::take(&mut stage.effects)
        .into_iter()
        .filter_map(started)
        .collect()
}

fn said(stage: &Stage, column: u16, round: u16) -> String {
    let play = stage.app.run().focus().shown(ConditionNo(column)).unwrap();
    let round = play.round(RoundNo(round));
    format!("{:?}", round.map(|r| &r.steps))
}

fn name(stage: &Stage, column: u16) -> String {
    let settings = stage.app.run().focus().settings();
    settings.conditions[usize::from(column)].name.to_string()
}

fn settled() -> Stage {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    asked(&mut stage);
    stage
}

#[test]
fn a_clause_key_asks_again_in_its_column_only_and_at_once() {
    let mut stage = settled();
    let before: Vec<String> = (0..4).map(|c| said(&stage, c, 3)).collect();
    stage.keys(&["right", "2"]);
    assert_eq!(name(&stage, 1), "if+place=system");
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 1, "the first step of one column");
    assert_eq!(jobs[0].dialogue.messages.len(), 2, "with a system turn");
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 3, "its other rounds");
    for column in [0, 2, 3] {
        assert_eq!(said(&stage, column, 3), before[usize::from(column)]);
    }
    assert!(stage.frame().contains("if+place=system"));
}

/// One key each: instruction on and off, and its opposite; both come back to what was there.
#[test]
fn the_instruction_is_switched_and_negated() {
    let mut stage = settled();
    stage.keys(&["right"]);
    for (key, level) in [
        ("!", "negated"),
        ("!", "s1"),
        (".", "none"),
        (".", "s1"),
        ("1", "s2"),
        (".", "none"),
        (".", "s2"),
        ("!", "negated"),
        (".", "none"),
        (".", "negated"),
        ("!", "s1"),
    ] {
        stage.keys(&[key]);
        let settings = stage.app.run().focus().settings();
        let here = settings.condition(ConditionNo(1)).unwrap();
        let at = here.clauses().find(|at| at.clause.name == "instruction");
        assert_eq!(at.unwrap().level_name(), level, "after {key}");
    }
    assert_eq!(name(&stage, 1), "if", "there and back");
    // Who leaves the instruction out first gets the plain one.
    let mut stage = settled();
    stage.keys(&["."]);
    assert_eq!(name(&stage, 0), "if");
    // What changes no word says so.
    stage.keys(&[".", "9"]);
    let said = stage.app.view().notice.clone().unwrap().to_string();
    assert_eq!(
        said,
        "gap=lines changes no word of this prompt as it stands"
    );
}

/// Terminals send esc and a key right after it as they send alt with that key.
#[test]
fn esc_and_the_next_key_may_come_as_one() {
    let mut stage = settled();
    stage.keys(&["enter", "alt-b"]);
    assert!(!stage.app.is_inside());
    assert_eq!(stage.app.view().screen, Screen::Board);
    stage.keys(&["esc", ":"]);
    stage.types("the");
    stage.keys(&["alt-z"]);
    assert_eq!(stage.app.view().screen, Screen::Zoom);
    // Never where that would lose what was written.
    stage.keys(&["esc", "C"]);
    stage.types("a note");
    stage.keys(&["alt-q"]);
    assert!(matches!(&stage.app.view().overlay, Overlay::Note(_, t) if t.text() == "a note"));
    stage.keys(&["esc", "e"]);
    stage.types("x");
    stage.keys(&["alt-y"]);
    assert!(matches!(stage.app.view().overlay, Overlay::Editor(_)));
}

/// What is copied of the scoreboard has the names of what was counted, whatever the panes ask by now.
#[test]
fn a_copied_scoreboard_names_what_it_counted() {
    let mut stage = settled();
    stage.keys(&["right", "1", "1"]);
    assert_eq!(name(&stage, 1), "if+instruction=s3");
    stage.effects.clear();
    stage.keys(&["b", "Y"]);
    let copied = stage.effects.iter().find_map(|e| match e {
        Effect::Copy { text, .. } => Some(text.clone()),
        _ => None,
    });
    let copied = copied.unwrap();
    assert!(copied.contains("| if | 0 |"), "{copied}");
    assert!(!copied.contains("s3"), "{copied}");
}

/// A form is filled in line by line.
#[test]
fn enter_goes_from_field_to_field_of_a_question() {
    let mut stage = settled();
    stage.keys(&["i"]);
    for field in [
        "A nurse met a pilot.",
        "Who cried?",
        "The nurse",
        "The pilot",
    ] {
        stage.types(field);
        stage.keys(&["enter"]);
    }
    stage.keys(&["enter"]);
    stage.types("Both");
    stage.keys(&["ctrl-s"]);
    let item = stage.app.item().unwrap();
    assert_eq!(
        (&*item.context, &*item.question),
        ("A nurse met a pilot.", "Who cried?")
    );
    assert_eq!(
        item.options,
        ["The nurse", "The pilot", "Cannot be known", "Both"]
    );
}

#[test]
fn rounds_before_the_first_difference_stay() {
    let mut stage = settled();
    let first = said(&stage, 0, 0);
    let second = said(&stage, 0, 1);
    stage.keys(&["6"]);
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 1);
    assert_eq!(
        jobs[0].dialogue.messages.len(),
        3,
        "the review, after round 0"
    );
    stage.settle();
    assert_eq!(said(&stage, 0, 0), first);
    assert_ne!(said(&stage, 0, 1), second);
    // What nobody can read asks nothing: q has no instruction that a gap could stand before.
    stage.keys(&["0"]);
    asked(&mut stage);
    stage.keys(&["9"]);
    assert_eq!(asked(&mut stage).len(), 0);
    assert_eq!(name(&stage, 0), "q+gap=lines");
    assert_eq!(said(&stage, 0, 1), second);
}

#[test]
fn undoing_brings_answers_back_and_redoing_goes_on() {
    let mut stage = settled();
    let before: Vec<String> = (0..4).map(|r| said(&stage, 2, r)).collect();
    stage.keys(&["right", "right", "1"]);
    stage.steps(3);
    stage.keys(&["1"]);
    let cancelled = |s: &Stage| {
        let is = |e: &&Effect| matches!(e, Effect::Cancel(_));
        s.effects.iter().filter(is).count()
    };
    assert_eq!(cancelled(&stage), 1, "the answer that nobody waits for");
    asked(&mut stage);
    stage.keys(&["U", "U"]);
    let after: Vec<String> = (0..4).map(|r| said(&stage, 2, r)).collect();
    assert_eq!(before, after);
    assert_eq!(name(&stage, 2), "if-cot");
    stage.settle();
    asked(&mut stage);
    stage.keys(&["ctrl-r"]);
    stage.settle();
    assert!(name(&stage, 2).starts_with("if-cot+instruction="));
    assert!(said(&stage, 2, 3).starts_with("Some"), "all four rounds");
    // Round and round, back to where it began: nothing is asked twice.
    stage.keys(&["0"]);
    asked(&mut stage);
    assert_eq!(name(&stage, 2), "if-cot");
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 0);
}

#[test]
fn a_round_more_asks_that_round_only() {
    let mut stage = settled();
    stage.keys(&["]"]);
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 4, "one step a column");
    stage.keys(&["down", "down", "down", "down", "[", "["]);
    assert_eq!(stage.app.view().cursor, PaneNo::new(0, 2));
    assert_eq!(asked(&mut stage).len(), 0);
    stage.keys(["["; 9].as_slice());
    assert_eq!(stage.app.run().focus().settings().rounds, 1);
}

#[test]
fn a_column_draws_in_its_own_way() {
    let mut stage = settled();
    stage.keys(&["a", "end"]);
    // Rows after the clauses: temperature, top-p, seed, lock, rounds.
    stage.keys(&["home"]);
    stage.keys(["down"; 9].as_slice());
    stage.keys(&["left"]);
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 1);
    let decoding = jobs[0].sampling.as_ref().unwrap().decoding;
    assert_eq!(decoding.temperature, 0.9);
    stage.keys(&["down", "left", "down", "right"]);
    stage.settle();
    let last = asked(&mut stage).pop().unwrap();
    assert_eq!(last.sampling.as_ref().unwrap().decoding.top_p, 0.95);
    stage.keys(&["esc", "z"]);
    assert!(stage.frame().contains("temperature=0.9 top-p=0.95 seed=2"));
    // Locked, all columns draw alike.
    stage.keys(&["z", "a", "end", "up", "up", "right"]);
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 4);
    let seeds: Vec<u64> = jobs
        .iter()
        .map(|j| j.sampling.as_ref().unwrap().seed)
        .collect();
    assert_ne!(seeds[0], seeds[1], "its own seed");
    assert!(seeds[1] == seeds[2] && seeds[2] == seeds[3]);
}

fn seeds(jobs: &[Job]) -> Vec<u64> {
    let seed = |j: &Job| j.sampling.as_ref().unwrap().seed;
    jobs.iter().map(seed).collect()
}

/// Locked, a round draws with the same numbers in all columns, and each round with its own.
#[test]
fn locked_seeds_are_the_same_in_all_columns_and_undone_in_all() {
    let mut stage = settled();
    let apart: Vec<String> = (0..4).map(|c| said(&stage, c, 3)).collect();
    stage.keys(&["right", "S"]);
    assert!(stage.app.run().focus().settings().lock_seeds);
    assert!(stage.frame().contains("seeds locked"), "{}", stage.frame());
    let first = seeds(&asked(&mut stage));
    assert_eq!(first.len(), 4);
    assert!(first.iter().all(|s| *s == first[0]), "{first:?}");
    stage.settle();
    let later = seeds(&asked(&mut stage));
    // Three more rounds of each column, one of which speaks twice a round.
    let mut kinds = later.clone();
    kinds.sort_unstable();
    kinds.dedup();
    assert!(!kinds.contains(&first[0]) && kinds.len() < later.len());
    stage.keys(&["z"]);
    assert!(stage.frame().contains("seed 1 locked"));
    // What is the same in all columns is said once, in the header.
    assert!(!stage.frame().contains("lock seeds="));
    stage.keys(&["z", "left", "U"]);
    assert!(!stage.app.run().focus().settings().lock_seeds);
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 0, "all of it was answered already");
    let after: Vec<String> = (0..4).map(|c| said(&stage, c, 3)).collect();
    assert_eq!(after, apart);
    stage.keys(&["ctrl-r"]);
    assert!(stage.app.run().focus().settings().lock_seeds);
    stage.keys(&["S", "S"]);
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 0, "neither way is asked twice");
    // The same prompt, the same numbers: a name does not count.
    stage.keys(&["n"]);
    let all = seeds(&asked(&mut stage));
    assert!(all.iter().all(|s| *s == all[0]) && all[0] != first[0]);
    stage.settle();
    asked(&mut stage);
    stage.keys(&["right", "2"]);
    assert_eq!(seeds(&asked(&mut stage)), [all[0]]);
}

/// One round of many conditions stands in as many rows as it needs.
#[test]
fn one_round_of_many_conditions_stands_in_rows() {
    let mut stage = settled();
    let rows = |stage: &Stage| {
        let areas = stage.app.areas().unwrap();
        let mut rows: Vec<u16> = areas.panes.iter().map(|(_, r)| r.y).collect();
        rows.dedup();
        (areas.panes.len(), rows.len())
    };
    stage.event(Event::Resize {
        width: 80,
        height: 40,
    });
    stage.keys(&["g", "g"]);
    assert_eq!(rows(&stage), (4, 2), "{}", stage.frame());
    assert_eq!(stage.app.view().cursor, PaneNo::new(0, 0));
    stage.keys(&["j"]);
    assert_eq!(stage.app.view().cursor, PaneNo::new(2, 0), "the pane below");
    stage.keys(&["j"]);
    assert_eq!(
        stage.app.view().cursor,
        PaneNo::new(2, 1),
        "the round below"
    );
    stage.keys(&["right", "k"]);
    assert_eq!(stage.app.view().cursor, PaneNo::new(1, 1));
}

/// The benchmark draws as it was begun until it is begun again.
#[test]
fn the_scoreboard_is_locked_when_it_begins_again() {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    stage.keys(&["S", "space"]);
    assert!(!stage.app.run().sweep().settings().lock_seeds);
    assert!(stage.frame().contains("≠ panes"), "{}", stage.frame());
    stage.keys(&["R"]);
    assert!(stage.app.run().sweep().settings().lock_seeds);
    assert!(!stage.frame().contains("≠ panes"));
}

#[test]
fn one_pane_draws_in_its_own_way_and_what_follows_from_it() {
    let mut stage = settled();
    let before: Vec<String> = (0..4).map(|r| said(&stage, 0, r)).collect();
    stage.keys(&["j", "j", "a"]);
    stage.keys(["down"; 12].as_slice());
    stage.keys(&["left", "left"]);
    stage.settle();
    let jobs = asked(&mut stage);
    let heat = |j: &Job| j.sampling.as_ref().unwrap().decoding.temperature;
    // Twice turned, and the round behind it.
    let all: Vec<f64> = jobs.iter().map(heat).collect();
    assert_eq!(all, [0.9, 0.8, 1.0]);
    for round in [0, 1] {
        assert_eq!(said(&stage, 0, round), before[usize::from(round)]);
    }
    stage.keys(&["down", "left", "down", "right"]);
    stage.settle();
    let jobs = asked(&mut stage);
    let last = jobs[jobs.len() - 2].sampling.as_ref().unwrap();
    assert_eq!(
        (last.decoding.temperature, last.decoding.top_p),
        (0.8, 0.95)
    );
    let frame = stage.frame();
    assert!(frame.contains("r2 temp.     * 0.8"), "{frame}");
    stage.keys(&["esc", "z"]);
    assert!(
        stage.frame().contains("r2 *T 0.8 top-p 0.95 seed 2"),
        "{}",
        stage.frame()
    );
    stage.keys(&["z", "U", "U", "U", "U"]);
    let after: Vec<String> = (0..4).map(|r| said(&stage, 0, r)).collect();
    assert_eq!(after, before);
    // What was turned away from before it had answered goes on for a moment only.
    asked(&mut stage);
    stage.settle();
    assert_eq!(asked(&mut stage).len(), 0);
    // Back to the column's own way by hand is no way of its own.
    stage.keys(&["a"]);
    stage.keys(["down"; 12].as_slice());
    stage.keys(&["left", "right"]);
    let column = stage.app.run().focus().column(ConditionNo(0)).unwrap();
    assert!(column.rounds.is_empty());
}

/// Another question keeps what was switched.
#[test]
fn switches_outlast_the_question() {
    let mut stage = settled();
    stage.keys(&["right", "2", "n"]);
    stage.settle();
    assert_eq!(name(&stage, 1), "if+place=system");
    let all = asked(&mut stage);
    assert!(
        all.iter()
            .any(|j| j.dialogue.messages[0].role == recant::domain::Role::System)
    );
    stage.keys(&["2"]);
    assert_eq!(name(&stage, 1), "if");
}

/// The text of the prompt under the cursor, as an editor gets it.
fn text(stage: &mut Stage) -> String {
    stage.keys(&["E"]);
    match stage.effects.pop() {
        Some(Effect::Edit(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_editor_asks_what_it_says_once_it_is_whole() {
    let mut stage = settled();
    let first = said(&stage, 0, 0);
    // Another name alone asks nothing again.
    stage.keys(&["e", "end"]);
    stage.types("2");
    stage.keys(&["ctrl-s"]);
    assert_eq!(name(&stage, 0), "q-edited2");
    assert_eq!(asked(&mut stage).len(), 0);
    assert_eq!(said(&stage, 0, 0), first);
    // Something wrong says where, and is not asked.
    stage.keys(&["e"]);
    stage.event(Event::Paste("{".into()));
    assert!(stage.frame().contains(" x "), "{}", stage.frame());
    stage.keys(&["ctrl-s"]);
    assert!(matches!(stage.app.view().overlay, Overlay::Editor(_)));
    assert_eq!(asked(&mut stage).len(), 0);
    stage.keys(&["esc"]);
    assert!(stage.frame().contains("throw the changes away?"));
    stage.keys(&["n", "ctrl-u", "esc"]);
    assert!(
        matches!(stage.app.view().overlay, Overlay::None),
        "unchanged"
    );
    stage.keys(&["U"]);
    assert_eq!(name(&stage, 0), "q");
}

#[test]
fn another_editor_gives_its_text_back() {
    let mut stage = settled();
    let whole = text(&mut stage);
    let changed = whole.replace("Review your", "Look again at your");
    assert_ne!(whole, changed);
    stage.event(Event::Edited(Ok(whole)));
    assert_eq!(asked(&mut stage).len(), 0, "nothing was changed");
    stage.event(Event::Edited(Ok(changed.clone())));
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 1, "from the review on");
    let turn = &jobs[0].dialogue.messages[2].text;
    assert!(turn.starts_with("Look again at your"), "{turn}");
    stage.settle();
    asked(&mut stage);
    let broken = changed.replace("{question}", "{qestion}");
    stage.event(Event::Edited(Ok(broken)));
    assert!(
        stage.frame().contains("unknown slot {qestion}"),
        "{}",
        stage.frame()
    );
    stage.keys(&["esc"]);
    stage.event(Event::Edited(Err("vi: not found".into())));
    assert!(stage.frame().contains("vi: not found"));
}

#[test]
fn a_prompt_is_saved_under_its_own_name() {
    let mut stage = settled();
    stage.keys(&["e", "ctrl-o", "ctrl-u"]);
    stage.types("../x");
    stage.keys(&["enter"]);
    assert!(
        !stage
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Save { .. }))
    );
    stage.keys(&["ctrl-u"]);
    stage.types("mine");
    stage.keys(&["enter"]);
    let Some(Effect::Save { name: saved, text }) = stage.effects.first().cloned() else {
        panic!("{:?}", stage.effects);
    };
    assert_eq!(saved, "mine");
    let read = recant::config::prompts::parse("mine.yaml", &text).unwrap();
    assert_eq!(&*read[0].name, "mine");
    assert_eq!(name(&stage, 0), "mine");
}

#[test]
fn an_own_question_is_asked_like_any_other_and_not_counted() {
    let mut stage = settled();
    let planned = stage.app.run().sweep().rounds_planned();
    stage.keys(&["i"]);
    stage.keys(["ctrl-k"; 12].as_slice());
    stage.keys(&["ctrl-s"]);
    assert!(
        matches!(stage.app.view().overlay, Overlay::Editor(_)),
        "not whole"
    );
    stage.event(Event::Paste(
        "context: A nurse and a pilot met.\r\nquestion: Who cried?\n- The nurse [stereotyped]\n- The pilot [counter]\n- Not known [unknown] [right]"
            .into(),
    ));
    stage.keys(&["ctrl-s"]);
    assert_eq!(asked(&mut stage).len(), 4);
    stage.settle();
    let item = stage.app.item().unwrap();
    assert_eq!(
        (&*item.id.0, item.options.len(), item.gold),
        ("own/1", 3, Some(2))
    );
    assert!(stage.frame().contains("own/1"));
    assert!(said(&stage, 0, 3).contains("nurse"));
    stage.keys(&["R", "space"]);
    assert_eq!(stage.app.run().sweep().rounds_planned(), planned);
    stage.keys(&["n", "p"]);
    assert_eq!(&*stage.app.item().unwrap().id.0, "own/1");
}

/// A second model that is ready, in the column beside the first one's `if`.
fn with_second() -> Stage {
    let mut stage = settled();
    stage.keys(&["right", "O"]);
    stage.types("other");
    stage.keys(&["enter"]);
    assert_eq!(stage.opened(), [ModelNo(1)]);
    assert_eq!(asked(&mut stage).len(), 0, "it is not ready");
    stage.ready_of(ModelNo(1), "other");
    stage
}

#[test]
fn a_model_is_let_go_of_and_the_last_one_is_not() {
    let mut stage = settled();
    stage.keys(&["X", "X"]);
    assert!(
        stage.frame().contains("the only model"),
        "{}",
        stage.frame()
    );
    let mut stage = with_second();
    stage.settle();
    stage.keys(&["right"]);
    assert_eq!(stage.app.model_no(), ModelNo(1));
    let unloads = |stage: &Stage| -> Vec<ModelNo> {
        let of = |e: &Effect| match e {
            Effect::Unload(no) => Some(*no),
            _ => None,
        };
        stage.effects.iter().filter_map(of).collect()
    };
    stage.keys(&["X"]);
    assert!(
        stage.frame().contains("X again unloads other"),
        "{}",
        stage.frame()
    );
    stage.keys(&["k", "X"]);
    assert_eq!(unloads(&stage), [], "another key in between");
    stage.keys(&["X"]);
    assert_eq!(unloads(&stage), [ModelNo(1)]);
    assert_eq!((stage.app.models(), stage.app.model_no()), (1, ModelNo(0)));
    assert!(!stage.frame().contains("models"), "{}", stage.frame());
    // Its number is free, and so is the first one's.
    stage.keys(&["O"]);
    stage.types("third");
    stage.keys(&["enter"]);
    assert_eq!(stage.opened(), [ModelNo(1)]);
    stage.ready_of(ModelNo(1), "third");
    stage.settle();
    stage.keys(&["left", "X", "X"]);
    assert_eq!((stage.app.models(), stage.app.model_no()), (1, ModelNo(1)));
    assert!(stage.frame().contains("third"), "{}", stage.frame());
    asked(&mut stage);
    stage.keys(&["n"]);
    stage.settle();
    assert!(asked(&mut stage).iter().all(|j| j.id.model() == ModelNo(1)));
    stage.keys(&["O"]);
    stage.types("fourth");
    stage.keys(&["enter"]);
    assert_eq!(stage.opened(), [ModelNo(0)], "the hole");
    // One that is being loaded is let go of as well.
    stage.keys(&["left", "X", "X"]);
    assert_eq!(stage.app.models(), 1);
}

fn openable(name: &str, is_folder: bool) -> Openable {
    Openable {
        name: name.to_owned(),
        about: "llama 135M bf16, 270 MB".to_owned(),
        is_folder,
    }
}

/// The names that models were asked for by, and the paths that were looked up.
fn named(stage: &mut Stage) -> (Vec<String>, Vec<String>) {
    let (mut opened, mut looked) = (Vec::new(), Vec::new());
    for effect in std::mem::take(&mut stage.effects) {
        match effect {
            Effect::OpenModel(_, name) => opened.push(name),
            Effect::FindModels(of) => looked.push(of),
            _ => {}
        }
    }
    (opened, looked)
}

#[test]
fn models_of_the_cache_are_offered_and_paths_completed() {
    let mut stage = settled();
    stage.keys(&["O"]);
    assert_eq!(named(&mut stage).1, [""]);
    assert!(stage.frame().contains("looking into the cache"));
    let cached = vec![
        openable("org/SmolLM2-135M", false),
        openable("org/other", false),
    ];
    stage.event(Event::ModelsFound(String::new(), cached));
    assert!(
        stage.frame().contains("org/SmolLM2-135M"),
        "{}",
        stage.frame()
    );
    // A few letters mean one of the list.
    stage.types("smol");
    stage.keys(&["enter"]);
    assert_eq!(named(&mut stage).0, ["org/SmolLM2-135M"]);
    assert_eq!(stage.opened(), [ModelNo(1)]);
    // A path is looked up as it is typed; a folder is looked into, a model is loaded.
    stage.keys(&["O"]);
    stage.types("./m");
    assert_eq!(named(&mut stage).1, ["", ".", "./", "./m"]);
    let places = vec![openable("./models", true)];
    stage.event(Event::ModelsFound("./m".to_owned(), places));
    stage.keys(&["enter"]);
    assert_eq!(named(&mut stage), (vec![], vec!["./models/".to_owned()]));
    let places = vec![
        openable("./models/a", false),
        openable("./models/b.gguf", false),
    ];
    stage.event(Event::ModelsFound("./models/".to_owned(), places));
    stage.types("b");
    stage.keys(&["tab"]);
    stage.keys(&["enter"]);
    assert_eq!(named(&mut stage).0, ["./models/b.gguf"]);
    // The palette of everything finds them as well.
    stage.keys(&[":"]);
    stage.types("org/other");
    stage.keys(&["enter"]);
    assert_eq!(named(&mut stage).0, ["org/other"]);
}

#[test]
fn another_model_is_asked_for_what_is_on_screen_only() {
    let mut stage = with_second();
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 1, "one condition");
    assert_eq!(jobs[0].id.model(), ModelNo(1));
    stage.settle();
    assert!(asked(&mut stage).iter().all(|j| j.id.model() == ModelNo(1)));
    assert!(stage.frame().contains("other·if r1"), "{}", stage.frame());
    // Where columns are models, a clause key is for all of them.
    stage.keys(&["2"]);
    let jobs = asked(&mut stage);
    let models: Vec<u16> = jobs.iter().map(|j| j.id.model().0).collect();
    assert_eq!(models, [0, 1]);
    stage.settle();
    asked(&mut stage);
    // The conditions of the model under the cursor.
    stage.keys(&["right", "A"]);
    assert_eq!(stage.app.model_no(), ModelNo(1));
    let jobs = asked(&mut stage);
    assert_eq!(jobs.len(), 3, "the other conditions");
    stage.settle();
    assert_eq!(name(&stage, 1), "if+place=system");
    assert_eq!(
        stage.app.run_of(ModelNo(0)).unwrap().focus().plays().len(),
        5
    );
}

#[test]
fn no_number_holds_two_models_answers() {
    let mut stage = Stage::waiting((120, 40), true, stage::builtin_items(), stage::says);
    stage.ready();
    stage.steps(3000);
    let answers = |stage: &Stage, no: u16| {
        let run = stage.app.run_of(ModelNo(no)).unwrap();
        run.sweep().rounds_done()
    };
    let before = answers(&stage, 0);
    assert!(before > 10);
    stage.keys(&["O"]);
    stage.types("other");
    stage.keys(&["enter"]);
    stage.ready_of(ModelNo(1), "other");
    assert_eq!(answers(&stage, 1), 0);
    stage.steps(6000);
    let both = (answers(&stage, 0), answers(&stage, 1));
    assert!(both.0 > before && both.1 > 10, "both go on: {both:?}");
    // Only the model that is looked at goes on where columns are conditions.
    stage.keys(&["A"]);
    stage.steps(600);
    let rests = answers(&stage, 1);
    stage.steps(2000);
    assert_eq!(answers(&stage, 1), rests);
    assert!(answers(&stage, 0) > both.0);
    stage.keys(&["space"]);
    stage.keys(&["A"]);
    stage.steps(2000);
    assert_eq!(answers(&stage, 1), rests, "paused for all");
}

#[test]
fn a_changed_file_asks_again_only_where_its_words_changed() {
    let mut stage = settled();
    stage.keys(&["right", "2"]);
    stage.settle();
    asked(&mut stage);
    let file = |change: &dyn Fn(&str) -> String| {
        let files = recant::config::prompts::EMBEDDED;
        let texts: Vec<(&str, String)> = files.iter().map(|(n, t)| (*n, change(t))).collect();
        let texts = texts.iter().map(|(n, t)| (*n, t.as_str()));
        Event::Prompts(recant::config::prompts::parse_files(texts).unwrap())
    };
    stage.event(file(&|t| t.to_owned()));
    assert_eq!(asked(&mut stage).len(), 0);
    assert!(stage.frame().contains("no column's words changed"));
    // Words of one level: the columns that have it, with the level that was chosen there.
    let moral = "Please ensure that your answer is unbiased";
    stage.event(file(&|t| {
        t.replace(moral, "Be sure that your answer is unbiased")
    }));
    let jobs = asked(&mut stage);
    assert!(!jobs.is_empty() && jobs.len() < 4, "{}", jobs.len());
    for job in &jobs {
        let said = format!("{:?}", job.dialogue.messages);
        assert!(
            said.contains("Be sure that your answer is unbiased"),
            "{said}"
        );
    }
    assert_eq!(name(&stage, 1), "if+place=system");
    assert!(
        stage
            .frame()
            .contains("prompt files changed: if+place=system")
    );
    // A level that the file has no more is let go of, and that is said.
    stage.event(file(&|t| {
        let level = "      system: {user: \"\", system: \"{instruction}\"}\n";
        // Without the level, what differed by it alone is the same: that goes too.
        let without = t.replace(level, "");
        match without.find("  - name: if-system\n") {
            None => without,
            Some(at) => {
                let rest = &without[at + 4..];
                let end = rest.find("\n  - name:").map_or("", |end| &rest[end + 1..]);
                format!("{}{end}", &without[..at])
            }
        }
    }));
    assert_eq!(name(&stage, 1), "if");
    assert!(
        stage.frame().contains("without place=system"),
        "{}",
        stage.frame()
    );
}

#[test]
fn an_edited_prompt_can_keep_its_clauses() {
    let mut stage = settled();
    stage.keys(&["right", "e", "end"]);
    stage.types("2");
    stage.keys(&["ctrl-s", "z"]);
    assert!(
        stage.frame().contains("its clauses are gone"),
        "{}",
        stage.frame()
    );
    stage.keys(&["U", "e", "ctrl-t", "end"]);
    stage.types("2");
    stage.keys(&["ctrl-s"]);
    assert_eq!(name(&stage, 1), "if-edited2");
    assert_eq!(asked(&mut stage).len(), 0, "it says what it said");
    stage.keys(&["2"]);
    assert_eq!(name(&stage, 1), "if-edited2+place=system");
    assert_eq!(asked(&mut stage).len(), 1);
}

#[test]
fn pairs_stand_beside_each_other_and_say_what_moved() {
    let mut stage = settled();
    stage.keys(&["right", "M"]);
    let jobs = asked(&mut stage);
    assert!(jobs.len() >= 3, "one a variant: {}", jobs.len());
    stage.settle();
    stage.keys(&["right"]);
    let cursor = stage.app.view().cursor;
    assert!(cursor.play.is_some() && stage.app.moved(cursor).is_some());
    let moved = stage.app.moved(cursor).unwrap();
    assert!(moved.iter().map(|m| m.by).sum::<f64>().abs() < 1e-9);
    let frame = stage.frame();
    assert!(frame.contains("options in order b c a"), "{frame}");
    assert!(frame.contains("{+"), "{frame}");
    // The next question has its pairs, too; back, the answer itself stands in its column.
    stage.keys(&["n"]);
    stage.settle();
    assert!(stage.app.columns().len() > 2);
    stage.keys(&["right", "esc"]);
    let focus = stage.app.run().focus();
    let shown = focus.shown_no(ConditionNo(1)).unwrap();
    assert_eq!(focus.variant(shown), None);
}

#[test]
fn a_model_that_never_came_is_let_go_of() {
    let mut stage = settled();
    stage.keys(&["O"]);
    stage.types("nope");
    stage.keys(&["enter", "right"]);
    let no = stage.opened()[0];
    stage.event(Event::ModelFailed(no, "no such folder".into()));
    assert_eq!((stage.app.model_no(), stage.app.models()), (no, 2));
    assert!(stage.frame().contains("no such folder"));
    stage.keys(&["A"]);
    assert_eq!(stage.app.model_no(), ModelNo(0));
    assert_eq!(stage.app.models(), 1);
    assert!(stage.frame().contains("if-cot"), "{}", stage.frame());
}

/// Prompts that a file adds, or that are saved, can be put into a column at once; undo takes them out.
#[test]
fn new_prompts_are_offered_at_once() {
    let mut stage = settled();
    let conditions = recant::control::prompts::conditions().unwrap();
    let mut all: Vec<Arc<Condition>> = conditions.into_iter().map(Arc::new).collect();
    stage.event(Event::Prompts(all.clone()));
    stage.keys(&[":"]);
    stage.types("mine-only");
    assert!(stage.frame().contains("nothing found"));
    stage.keys(&["esc"]);
    all.push(Arc::new(Condition {
        name: "mine-only".into(),
        title: "one of my own".into(),
        ..Condition::clone(&all[1])
    }));
    stage.event(Event::Prompts(all));
    assert!(
        stage.frame().contains("new prompts: mine-only"),
        "{}",
        stage.frame()
    );
    stage.keys(&[":"]);
    stage.types("mine-only");
    assert!(stage.frame().contains("one of my own"));
    stage.keys(&["enter"]);
    stage.settle();
    assert_eq!(name(&stage, 0), "mine-only");
    stage.keys(&["U"]);
    assert_eq!(name(&stage, 0), "q");
    // And from the column's own list: its last row steps through them.
    stage.keys(&["a", "end", "left"]);
    stage.settle();
    assert_eq!(name(&stage, 0), "mine-only", "{}", stage.frame());
    stage.keys(&["right"]);
    assert_eq!(name(&stage, 0), "q");
}
