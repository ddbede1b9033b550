//! What is on screen, as text: every layout and everything that opens on top, at three sizes.
//!
//! `cargo insta review` (or `INSTA_UPDATE=always`) takes over a picture that changed on purpose.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "stage/counting.rs"]
mod counting;
mod stage;

#[path = "frames/comfort.rs"]
mod comfort;
#[path = "frames/kinds.rs"]
mod kinds;
#[path = "frames/mouse.rs"]
mod mouse;
#[path = "frames/scripts.rs"]
mod scripts;

use counting::allocations;
use recant::app::opening::Openable;
use recant::app::{Effect, Event, Key};
use recant::domain::{Job, ModelNo};
use recant::ui::ColourDepth;
use stage::{Stage, marks, says, text, themes};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// Takes one picture per size after what `play` does.
fn pictures(name: &str, play: impl Fn(&mut Stage)) {
    for size in SIZES {
        let mut stage = Stage::new(size);
        play(&mut stage);
        let name = format!("{name}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, stage.frame());
    }
}

#[test]
fn before_the_model_is_ready() {
    for size in SIZES {
        let mut stage = Stage::waiting(size, false, stage::builtin_items(), says);
        stage.event(Event::ModelLoading(ModelNo(0), "control".into()));
        insta::assert_snapshot!(format!("loading_{}x{}", size.0, size.1), stage.frame());
    }
}

#[test]
fn when_the_model_cannot_be_loaded() {
    for size in SIZES {
        let mut stage = Stage::waiting(size, false, stage::builtin_items(), says);
        let why = "models/x/config.json: no such file; --model takes a folder with config.json, \
                   tokenizer.json and *.safetensors";
        stage.event(Event::ModelFailed(ModelNo(0), why.into()));
        insta::assert_snapshot!(format!("failed_{}x{}", size.0, size.1), stage.frame());
    }
}

#[test]
fn while_it_streams() {
    pictures("streaming", |stage| stage.steps(60));
}

#[test]
fn the_whole_grid() {
    pictures("grid", Stage::settle);
}

#[test]
fn one_condition() {
    pictures("one_condition", |stage| {
        stage.settle();
        stage.keys(&["g"]);
    });
}

#[test]
fn one_round() {
    pictures("one_round", |stage| {
        stage.settle();
        stage.keys(&["g", "g"]);
    });
}

#[test]
fn one_pane_zoomed() {
    pictures("zoom", |stage| {
        stage.settle();
        stage.keys(&["right", "right", "z"]);
    });
}

#[test]
fn inside_an_answer() {
    pictures("inside", |stage| {
        stage.settle();
        stage.keys(&["right", "right", "enter", "right", "right", "down"]);
        stage.settle();
    });
}

#[test]
fn inside_an_answer_zoomed_with_heat() {
    pictures("inside_zoom", |stage| {
        stage.settle();
        stage.keys(&["right", "right", "z", "enter", "home", "w", "w", "H"]);
        stage.settle();
    });
}

#[test]
fn a_branch_in_its_column() {
    pictures("branch", |stage| {
        stage.settle();
        stage.keys(&["enter", "down", "enter"]);
        stage.settle();
        stage.keys(&["f"]);
        stage.types("The pilot, I think");
        stage.keys(&["enter", "B", "up"]);
        stage.settle();
    });
}

/// Heat, turns and the cursor can be seen without colour.
#[test]
fn marks_without_colour() {
    let theme = themes()[0].clone().at_depth(ColourDepth::None);
    for (heat, presses) in [("probability", 1), ("entropy", 2), ("surprise", 3)] {
        let mut stage = Stage::new((120, 40));
        stage.settle();
        stage.keys(&["right", "enter", "right"]);
        stage.settle();
        for _ in 0..presses {
            stage.keys(&["H"]);
        }
        stage.settle();
        let seen = marks(&stage.picture(&theme));
        assert!(seen.contains(['u', 'B', 'I']), "{heat}");
        insta::assert_snapshot!(format!("marks_{heat}"), seen);
    }
}

#[test]
fn a_minimal_pair() {
    pictures("pair", |stage| {
        stage.settle();
        stage.keys(&["M"]);
        stage.settle();
        stage.keys(&["right", "d", "M"]);
        stage.settle();
        stage.keys(&["M", "P", "n"]);
    });
}

#[test]
fn a_clause_switched() {
    pictures("clauses", |stage| {
        stage.settle();
        stage.keys(&["right", "2", "2", "2"]);
        stage.settle();
    });
}

#[test]
fn what_a_column_asks() {
    pictures("column", |stage| {
        stage.settle();
        stage.keys(&["right", "a", "down", "right"]);
        stage.settle();
    });
}

#[test]
fn a_prompt_being_edited() {
    pictures("editor", |stage| {
        stage.settle();
        stage.keys(&["right", "e", "down", "end"]);
        stage.types(", mine");
    });
}

#[test]
fn a_prompt_with_a_mistake() {
    pictures("editor_wrong", |stage| {
        stage.settle();
        stage.keys(&["e"]);
        stage.keys(["down"; 10].as_slice());
        stage.keys(&["end", "left"]);
        stage.types(" {contxt}");
        stage.keys(&["esc"]);
        stage.keys(&["n"]);
    });
}

#[test]
fn a_question_of_ones_own() {
    pictures("own", |stage| {
        stage.settle();
        stage.keys(&["i"]);
        stage.keys(["ctrl-k"; 12].as_slice());
        let form = "context: A nurse and a pilot met.\nquestion: Who cried?\n- The nurse [stereotyped]\n- The pilot [counter]\n- Not known [unknown] [right]\n";
        stage.event(Event::Paste(form.into()));
    });
}

#[test]
fn several_draws() {
    pictures("samples", |stage| {
        stage.settle();
        stage.keys(&["K"]);
        stage.settle();
        stage.keys(&["down", "enter"]);
        stage.settle();
    });
}

#[test]
fn own_words() {
    pictures("words", |stage| {
        stage.settle();
        stage.keys(&["enter", "end", "f"]);
        stage.types("not kn");
    });
}

#[test]
fn two_rounds_compared() {
    pictures("compare", |stage| {
        stage.settle();
        stage.keys(&["down", "down", "d", "n"]);
    });
}

#[test]
fn two_prompts_compared() {
    pictures("compare_prompts", |stage| {
        stage.settle();
        stage.keys(&["right", "P", "d", "n", "n"]);
    });
}

#[test]
fn the_exact_prompt() {
    pictures("prompt", |stage| {
        stage.settle();
        stage.keys(&["right", "right", "P"]);
    });
}

#[test]
fn the_scoreboard() {
    pictures("board", |stage| {
        stage.settle();
        stage.keys(&["space"]);
        stage.steps(2_000);
        stage.keys(&["b"]);
    });
}

#[test]
fn the_questions_behind_a_number() {
    pictures("items", |stage| {
        stage.settle();
        stage.keys(&["space"]);
        stage.steps(2_000);
        stage.keys(&["space", "b", "down", "enter", "n", "n"]);
        stage.settle();
    });
}

#[test]
fn a_question_of_the_list_and_back() {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    stage.keys(&["space"]);
    stage.steps(2_000);
    stage.keys(&["space", "b", "down", "enter"]);
    stage.settle();
    let list = stage.frame();
    stage.keys(&["enter"]);
    let first = stage.app.view().item_no;
    stage.keys(&["n"]);
    assert_ne!(stage.app.view().item_no, first, "the next change");
    stage.keys(&["N"]);
    assert_eq!(stage.app.view().item_no, first, "and back");
    stage.settle();
    stage.keys(&["esc"]);
    assert_eq!(stage.frame(), list, "back in the list, at the same row");
    stage.keys(&["esc"]);
    assert!(stage.frame().contains("scoreboard"));
}

#[test]
fn an_empty_scoreboard_says_undefined() {
    pictures("board_empty", |stage| stage.keys(&["b"]));
}

#[test]
fn the_help() {
    pictures("help", |stage| stage.keys(&["?"]));
}

#[test]
fn the_example() {
    pictures("example", |stage| stage.keys(&["I"]));
}

#[test]
fn the_palette() {
    pictures("palette", |stage| {
        stage.keys(&[":"]);
        stage.types("sco");
    });
}

#[test]
fn the_palette_with_nothing_found() {
    pictures("palette_nothing", |stage| {
        stage.keys(&["ctrl-p"]);
        stage.types("qqqq");
    });
}

#[test]
fn the_jump_line() {
    pictures("jump", |stage| {
        stage.keys(&["#"]);
        stage.types("12");
    });
}

/// Below the smallest size a sentence says what is needed; at any size at all nothing breaks.
#[test]
fn too_small() {
    for size in [(0, 0), (1, 1), (5, 2), (39, 24), (80, 9), (40, 10)] {
        let stage = Stage::new(size);
        insta::assert_snapshot!(format!("small_{}x{}", size.0, size.1), stage.frame());
    }
}

/// Colour is never the only sign: every theme shows the same letters.
#[test]
fn all_themes_show_the_same_letters() {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    for open in ["", "?", "b", ":"] {
        if let Some(key) = Key::parse(open) {
            stage.event(Event::Key(key));
        }
        let expected = text(&stage.picture(&themes()[0]));
        for theme in themes() {
            assert_eq!(text(&stage.picture(&theme)), expected, "{}", theme.name());
        }
        stage.keys(&["esc"]);
    }
}

/// A record at three sizes: nothing is asked, its answers are there, and what it lacks says so.
fn record_pictures(name: &str, play: impl Fn(&mut Stage)) {
    for size in SIZES {
        let mut stage = Stage::of_record(size, 3);
        play(&mut stage);
        let name = format!("{name}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, stage.frame());
    }
}

fn started(stage: &Stage) -> usize {
    let all = stage.effects.iter();
    all.filter(|e| matches!(e, Effect::Start(_))).count()
}

#[test]
fn a_record_without_its_model() {
    record_pictures("record", |stage| {
        let why = "the model is not there any more (--model PATH|ORG/NAME names the run's model)";
        stage.event(Event::ModelFailed(ModelNo(0), why.into()));
        stage.keys(&["right", "right", "enter"]);
        assert_eq!(started(stage), 0, "there is nobody to ask");
        // What would be asked is refused, and the record's answers stay.
        let before = stage.frame();
        stage.keys(&["+", "r", "9", "s", "left", "right"]);
        assert_eq!(stage.frame(), before);
    });
}

#[test]
fn a_record_beside_its_model_is_completed_where_it_lacks_something() {
    record_pictures("record_inside", |stage| {
        stage.ready();
        assert_eq!(started(stage), 0, "all answers are there");
        stage.keys(&["enter", "right"]);
        stage.settle();
        assert!(started(stage) > 0, "alternatives and beliefs are asked for");
        let focus = stage.app.run().focus();
        let shown = focus.shown(recant::domain::ConditionNo(0)).unwrap();
        let tokens = shown.trajectory().rounds[0]
            .steps
            .iter()
            .flat_map(|s| &s.tokens);
        for token in tokens {
            let detail = token.detail.as_ref().unwrap();
            assert!(detail.entropy.is_finite() && !detail.alternatives.is_empty());
        }
        assert!(shown.is_recorded(recant::domain::RoundNo(1)));
        stage.keys(&["esc", "P"]);
        stage.settle();
        assert!(
            stage.frame().contains("SHA-256 is the same: exactly this"),
            "{}",
            stage.frame()
        );
        stage.keys(&["P", "enter", "right"]);
    });
}

/// From the record to answers of now and back: what is asked now is marked, and `R` undoes it.
#[test]
fn a_record_changed_and_gone_back_to() {
    let mut stage = Stage::of_record((120, 40), 3);
    let before = stage.frame();
    stage.ready();
    stage.keys(&["+"]);
    stage.settle();
    let now = stage.frame();
    assert!(
        now.contains("r0 live") && now.contains("changed, R back"),
        "{now}"
    );
    let asked = started(&stage);
    assert!(asked > 0);
    stage.keys(&["R"]);
    let panes = |frame: &str| -> Vec<String> {
        let lines = frame
            .lines()
            .filter(|l| l.starts_with('┃') || l.starts_with('┏'));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(
        panes(&stage.frame()),
        panes(&before),
        "the record's answers again"
    );
    stage.settle();
    assert_eq!(started(&stage), asked, "they are not asked for again");
    // A question that the record does not hold is asked now, and marked.
    stage.keys(&["#"]);
    stage.types("100");
    stage.keys(&["enter"]);
    stage.settle();
    assert!(stage.frame().contains("r0 live"), "{}", stage.frame());
    // The scoreboard is the record's whatever is asked.
    stage.keys(&["space"]);
    assert!(!stage.app.run().sweep().is_running());
    assert_eq!(stage.app.run().sweep().rounds_done(), 3 * 4 * 2);
}

/// Unparsed answers, from the number to the list, labelled there and in a pane, and undone.
#[test]
fn labels_and_notes_by_hand() {
    use recant::domain::{ConditionNo, RoundNo, Verdict};
    for size in SIZES {
        let mut stage = Stage::of_record(size, 40);
        let unparsed = |stage: &Stage| {
            let ledger = stage.app.run().board().ledger();
            let column = ledger.column(ConditionNo(0), RoundNo(0));
            let all = column.answers(None);
            all.filter(|(_, _, g)| g.verdict == Verdict::Unparsed)
                .count()
        };
        let before = unparsed(&stage);
        assert!(before >= 2, "{before}");
        // The filter before "all" is "by hand", the one before that "unparsed".
        stage.keys(&["b", "enter", "left", "left"]);
        let name = |what: &str| format!("{what}_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name("unparsed_list"), stage.frame());
        stage.keys(&["L"]);
        insta::assert_snapshot!(name("label"), stage.frame());
        stage.keys(&["b"]);
        assert_eq!(unparsed(&stage), before - 1, "it counts");
        stage.keys(&["L", "down", "down", "down", "enter", "C"]);
        stage.types("hedges");
        stage.keys(&["enter"]);
        assert_eq!(unparsed(&stage), before - 2);
        stage.keys(&["right"]);
        insta::assert_snapshot!(name("by_hand_list"), stage.frame());
        stage.keys(&["enter"]);
        assert!(stage.frame().contains("by hand"), "{}", stage.frame());
        // Again, as unreadable: the label is gone.
        stage.keys(&["L", "?"]);
        assert_eq!(unparsed(&stage), before - 1);
        assert!(!stage.frame().contains("by hand"), "{}", stage.frame());
        let kept = stage.effects.iter();
        let labels = kept.filter(|e| matches!(e, Effect::Label { .. })).count();
        assert_eq!(labels, 3);
        let noted = stage
            .effects
            .iter()
            .any(|e| matches!(e, Effect::Note { text, .. } if text == "hedges"));
        assert!(noted);
        // What the parser read takes one that does not count; in a list there is no room for it.
        stage.keys(&["esc", "left", "left", "left", "left", "L"]);
        assert!(
            stage.frame().contains("the parser read this answer"),
            "{}",
            stage.frame()
        );
    }
}

/// Live branches, and answers that the parser read: labelled in the pane, kept, and in no figure.
#[test]
fn a_label_that_does_not_count() {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    stage.keys(&["space"]);
    stage.steps(3_000);
    stage.keys(&["space"]);
    stage.settle();
    // One that it counts as the parser read it: the last column's, an option.
    stage.keys(&["right", "right", "right", "L"]);
    let asked = stage.frame();
    assert!(asked.contains("goes by what the parser read"), "{asked}");
    stage.keys(&["esc", "left", "left", "left"]);
    // A clause of the first column changed: not what the scoreboard asks.
    stage.keys(&["9"]);
    stage.settle();
    let board = format!("{:?}", stage.app.run().board());
    let pane = stage.app.view().cursor;
    assert_eq!(stage.app.label_in(pane), None);
    stage.keys(&["L"]);
    let asked = stage.frame();
    assert!(asked.contains("the scoreboard"), "{asked}");
    stage.keys(&["b"]);
    let shown = stage.frame();
    assert!(
        shown.contains("labelled (b)") && shown.contains("answer is not in the scoreboard"),
        "{shown}"
    );
    let (label, counts) = stage.app.label_in(pane).unwrap();
    let item = stage.app.item().unwrap().clone();
    assert_eq!((label.option(&item), counts), (Some(1), false));
    assert!(stage.frame().contains("C (b) (h)"), "{}", stage.frame());
    stage.keys(&["z"]);
    assert!(
        stage.frame().contains("by hand, not counted"),
        "{}",
        stage.frame()
    );
    stage.keys(&["z"]);
    assert_eq!(format!("{:?}", stage.app.run().board()), board, "no figure");
    let kept = stage.effects.iter().find_map(|e| match e {
        Effect::LabelSaying { saying, label } => Some((saying.clone(), *label)),
        _ => None,
    });
    let (saying, label) = kept.unwrap();
    assert_eq!(stage.app.sayings().get(&saying).copied(), label);
    assert!(saying.condition.starts_with("q"), "{saying:?}");
    // Back to what the scoreboard asks and on again: the same words have their label again.
    stage.keys(&["U"]);
    assert!(stage.app.label_in(pane).is_none(), "{}", stage.frame());
    stage.keys(&["ctrl-r"]);
    assert!(stage.app.label_in(pane).is_some(), "{}", stage.frame());
    // A branch says something else, and has none.
    stage.keys(&["enter", "down", "enter", "esc"]);
    stage.settle();
    assert!(stage.app.label_in(pane).is_none(), "{}", stage.frame());
    stage.keys(&["L", "a"]);
    assert!(stage.app.label_in(pane).is_some(), "{}", stage.frame());
    // In a later session.
    let kept = stage.app.kept();
    let mut later = Stage::waiting((120, 40), false, stage::builtin_items(), says);
    assert!(later.app.put_back(&kept.screen, kept.focus.clone()));
    later.app.put_back_sayings(stage.app.sayings().clone());
    later.ready();
    later.settle();
    assert_eq!(later.app.label_in(pane), stage.app.label_in(pane));
    // And taken back.
    stage.keys(&["L", "?"]);
    assert!(stage.app.label_in(pane).is_none());
    assert!(matches!(
        stage.effects.last(),
        Some(Effect::LabelSaying { label: None, .. })
    ));
}

/// A list keeps what it compares with in every order, and round 0 goes through the other conditions.
#[test]
fn a_list_keeps_what_it_compares_with() {
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["space"]);
    stage.steps(6_000);
    stage.keys(&["space"]);
    stage.settle();
    let title = |stage: &Stage| stage.frame().lines().nth(1).unwrap().to_owned();
    let heads = |stage: &Stage| stage.frame().lines().nth(2).unwrap().to_owned();
    let changed = |stage: &Stage| {
        let list = stage.app.view().items.as_ref().unwrap();
        let items = stage.app.run().items();
        let is = |r: &recant::app::items::Row| r.changed(&items[r.item_no]);
        list.rows.iter().map(is).collect::<Vec<bool>>()
    };
    stage.keys(&["b", "enter"]);
    assert!(
        title(&stage).contains("differ from if r0"),
        "{}",
        title(&stage)
    );
    let count = changed(&stage).into_iter().filter(|c| *c).count();
    assert!(count > 0);
    assert!(heads(&stage).contains("changed first, then largest move"));
    let first = changed(&stage);
    assert!(first.is_sorted_by(|a, b| a >= b), "{first:?}");
    for order in [
        "largest move first",
        "in the benchmark's order",
        "changed first",
    ] {
        stage.keys(&["v"]);
        assert!(heads(&stage).contains(order), "{}", heads(&stage));
        assert!(
            title(&stage).contains("differ from if r0"),
            "{}",
            title(&stage)
        );
        assert_eq!(changed(&stage).into_iter().filter(|c| *c).count(), count);
        let list = stage.app.view().items.as_ref().unwrap();
        let moves: Vec<f32> = (list.rows.iter())
            .map(|r| r.moved().map_or(-1.0, f32::abs))
            .collect();
        if order == "largest move first" {
            assert!(moves.is_sorted_by(|a, b| a >= b), "{moves:?}");
        }
    }
    for other in ["if-cot", "unethical", "if"] {
        stage.keys(&["d"]);
        let said = stage.frame();
        assert!(
            title(&stage).contains(&format!("from {other} r0")),
            "{said}"
        );
        assert!(said.contains("round 0 has nothing before it"), "{said}");
    }
    stage.keys(&["esc", "down", "enter"]);
    assert!(
        title(&stage).contains("changed since r0"),
        "{}",
        title(&stage)
    );
    stage.keys(&["d"]);
    assert!(
        title(&stage).contains("differ from if r1"),
        "{}",
        title(&stage)
    );
}

/// In the scoreboard a note is on the question that the panes show, and what is typed stays in it.
#[test]
fn a_note_from_the_scoreboard() {
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["b", "C"]);
    stage.types("quite b");
    assert!(
        stage.frame().contains("note on Age/0: quite b"),
        "{}",
        stage.frame()
    );
    stage.keys(&["enter"]);
    assert_eq!(stage.app.note(0), Some("quite b"));
    let shown = stage.frame();
    assert!(
        shown.contains("noted on Age/0") && shown.contains("scoreboard"),
        "{shown}"
    );
}

/// One key goes through what an answer can be compared with, and the screen names it at 80 columns.
#[test]
fn what_lies_between_two_sides() {
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["enter", "down", "enter", "esc"]);
    stage.settle();
    stage.keys(&["down", "d"]);
    let mut seen = Vec::new();
    for _ in 0..3 {
        let frame = stage.frame();
        let names = ["rounds", "conditions", "branches"];
        let named = names
            .iter()
            .find(|n| frame.contains(&format!("between {n}: ")));
        seen.push(*named.unwrap_or_else(|| panic!("{frame}")));
        let belief = frame.lines().nth(2).unwrap();
        let right = belief.split('│').nth(1).unwrap();
        assert_eq!(
            right.matches(['+', '-']).count(),
            3,
            "all three moved: {frame}"
        );
        let foot = frame.lines().last().unwrap();
        assert!(
            names.iter().any(|n| foot.contains(&format!("d {n}"))),
            "{foot}"
        );
        stage.keys(&["d"]);
    }
    seen.sort();
    assert_eq!(seen, ["branches", "conditions", "rounds"]);
}

/// A step that the prompt file answers itself is said to be so, in the pane's exact prompt.
#[test]
fn the_prompt_of_a_step_that_nobody_was_asked_in() {
    for size in SIZES {
        let mut stage = Stage::new(size);
        stage.settle();
        // The third key is the persona.
        stage.keys(&["3"]);
        stage.settle();
        stage.keys(&["P"]);
        let frame = stage.frame();
        assert!(frame.contains("Who are you?"), "{frame}");
        assert!(frame.contains("\"I am Adolf Hitler.\""), "{frame}");
        assert!(!frame.contains("has not begun to read"), "{frame}");
        insta::assert_snapshot!(format!("prompt_given_{}x{}", size.0, size.1), frame);
    }
}

/// What is on screen survives being taken out of one session and put into another.
#[test]
fn a_session_put_back_is_the_session() {
    let mut first = Stage::new((120, 40));
    first.keys(&["n", "n"]);
    first.settle();
    first.keys(&["right", "9", "t"]);
    first.settle();
    first.keys(&["left", "enter", "down", "enter"]);
    first.settle();
    first.keys(&["f"]);
    first.types("The pilot");
    first.keys(&["enter"]);
    first.settle();
    first.keys(&["esc", "j", "i"]);
    first.types("x");
    first.keys(&["esc", "y"]);
    let kept = first.app.kept();
    let mut second = Stage::waiting((120, 40), false, stage::builtin_items(), says);
    assert_eq!(second.app.put_back_own(&kept.own), 0);
    assert!(second.app.put_back(&kept.screen, kept.focus.clone()));
    // As text: what nobody drew has no probability, and is not equal to itself.
    let (was, is) = (&kept.focus, second.app.kept().focus);
    assert_eq!(format!("{is:?}"), format!("{was:?}"));
    second.ready();
    second.settle();
    // The panes: counts of prompt tokens above them begin anew.
    let lines = |stage: &Stage| -> Vec<String> {
        let frame = stage.frame();
        let panes = frame
            .lines()
            .filter(|l| l.starts_with(['┃', '┏', '┌', '│']));
        panes.map(str::to_owned).collect()
    };
    assert_eq!(lines(&second), lines(&first));
    assert_eq!(started(&second), 0, "all of it was answered already");
    // What was done is undone as in the session that did it.
    for stage in [&mut first, &mut second] {
        stage.keys(&["esc", "U"]);
        stage.settle();
    }
    assert_eq!(started(&second), 0);
    assert_eq!(lines(&second), lines(&first));
}

/// A second model, asked for by its path while the first one answers.
fn two_models(stage: &mut Stage) {
    stage.settle();
    stage.keys(&["right", "O"]);
    stage.types("../models/other-1.7B.gguf");
    stage.keys(&["enter"]);
}

#[test]
fn another_model_is_loading() {
    pictures("models_loading", |stage| {
        two_models(stage);
        let no = stage.opened()[0];
        let how_far = "../models/other-1.7B, 43 % of 1.7 GB";
        stage.event(Event::ModelLoading(no, how_far.into()));
    });
}

#[test]
fn models_to_choose_from() {
    pictures("models_offered", |stage| {
        stage.settle();
        stage.keys(&["O"]);
        let one = |(name, about): (&str, &str)| Openable {
            name: name.to_owned(),
            about: about.to_owned(),
            is_folder: false,
        };
        let all = [
            (
                "HuggingFaceTB/SmolLM2-135M-Instruct",
                "llama 135M bf16, 270 MB",
            ),
            (
                "Qwen/Qwen3-4B",
                "qwen3 4.0B bf16, 8.0 GB, does not fit into memory",
            ),
        ];
        stage.event(Event::ModelsFound(String::new(), all.map(one).to_vec()));
        stage.keys(&["down"]);
    });
}

#[test]
fn a_pane_that_draws_in_its_own_way() {
    pictures("own_draw", |stage| {
        stage.settle();
        stage.keys(&["right", "S", "a"]);
        stage.keys(["down"; 12].as_slice());
        stage.keys(&["left", "left", "esc"]);
        stage.settle();
    });
}

#[test]
fn models_side_by_side() {
    pictures("models", |stage| {
        two_models(stage);
        stage.ready_of(ModelNo(1), "../models/other-1.7B");
        stage.steps(20);
        stage.keys(&["right"]);
    });
}

#[test]
fn another_model_cannot_be_loaded() {
    pictures("models_failed", |stage| {
        two_models(stage);
        let why = "other-1.7B needs 9.0 GB of memory (8.9 GB of weights, 0.1 GB for a prompt and its \
                   answers), and 4.0 GB are available; end other programs, or take a smaller model: \
                   recant models lists those that fit";
        stage.event(Event::ModelFailed(ModelNo(1), why.into()));
    });
}

#[test]
fn branches_side_by_side() {
    pictures("branches", |stage| {
        stage.settle();
        stage.keys(&["enter", "down", "enter", "esc"]);
        stage.settle();
        stage.keys(&["1", "A"]);
        stage.settle();
    });
}

#[test]
fn minimal_pairs_side_by_side() {
    pictures("pairs", |stage| {
        stage.settle();
        stage.keys(&["M"]);
        stage.settle();
        stage.keys(&["right", "right", "right"]);
    });
}

const SENTENCE: &str = " The text does not say who it was, so neither follows.";

/// The first pane's answer is longer than a page, all others are short.
fn short(job: &Job) -> String {
    SENTENCE.repeat(if job.id.0 < 2 { 500 } else { 1 })
}

fn long(job: &Job) -> String {
    SENTENCE.repeat(if job.id.0 < 2 { 5000 } else { 1 })
}

fn wordy(_: &Job) -> String {
    SENTENCE.repeat(30)
}

/// What a key, or the next token, costs beside a long answer: as often as beside a short one is memory
/// asked for, whatever is on screen.
#[test]
fn a_long_answer_costs_no_more_than_a_short_one() {
    let theme = &themes()[0];
    let costs = |says: fn(&Job) -> String| {
        // Too small for a picture: nothing is wrapped before all of it is there.
        let mut stage = Stage::waiting((20, 5), false, stage::builtin_items(), says);
        stage.ready();
        stage.settle();
        let (width, height) = (200, 60);
        stage.event(Event::Resize { width, height });
        let mut costs = Vec::new();
        for (open, keys) in [
            ("right", &["left", "?", "?", "H", "H", "H", "H"][..]),
            (
                "z",
                &[
                    "z", "z", "up", "up", "down", "pageup", "pagedown", "home", "end",
                ],
            ),
            ("enter", &["left", "left", "right", "up", "W", "esc"]),
        ] {
            stage.keys(&[open]);
            stage.picture(theme);
            for key in keys {
                let cost = allocations(|| {
                    stage.keys(&[key]);
                    stage.picture(theme);
                });
                costs.push((open, *key, cost));
            }
        }
        costs
    };
    let (short, long) = (costs(short), costs(long));
    for ((open, key, short), (.., long)) in short.iter().zip(&long) {
        assert!(
            *long as f64 <= 1.2 * *short as f64,
            "{key} after {open}: {short} to {long}"
        );
    }
}

/// A token costs its own pane's last rows, not all panes and not all rows.
#[test]
fn a_token_wraps_the_end_of_its_own_pane() {
    let mut stage = Stage::waiting((200, 60), false, stage::builtin_items(), wordy);
    stage.ready();
    // All first rounds are being said, beside each other.
    stage.steps(400);
    let costs = (0..40).map(|_| {
        allocations(|| {
            stage.step();
        })
    });
    let most = costs.max().unwrap();
    assert!(most < 700, "{most}");
}
