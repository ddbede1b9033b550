//! What a hand expects of a terminal program: search, copies, help for where one is, a tour, and keys
//! that close before they quit.

use ratatui::layout::Rect;
use recant::app::editor::Reading;
use recant::app::{Effect, Event, Overlay};
use recant::domain::ModelNo;
use recant::ui::ColourDepth;

use super::stage::{Stage, marks, says, themes};
use super::{SIZES, pictures};

#[test]
fn a_model_that_stops_in_the_middle() {
    pictures("stopped", |stage| {
        stage.steps(60);
        let why = "the model's thread has ended; start recant again (its answers stay on screen)";
        stage.event(Event::ModelFailed(ModelNo(0), why.into()));
    });
}

#[test]
fn looking_for_words() {
    pictures("search", |stage| {
        stage.settle();
        stage.keys(&["/"]);
        stage.types("elder");
    });
}

#[test]
fn from_match_to_match() {
    pictures("search_kept", |stage| {
        stage.settle();
        stage.keys(&["/"]);
        stage.types("answer");
        stage.keys(&["enter", "n", "n", "N"]);
    });
}

/// Matches can be seen without colour, and the one that was gone to among them.
#[test]
fn matches_without_colour() {
    let theme = themes()[0].clone().at_depth(ColourDepth::None);
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["/"]);
    stage.types("answer");
    stage.keys(&["enter", "n"]);
    let seen = marks(&stage.picture(&theme));
    assert!(seen.contains("IIIIII") && seen.contains("rrrrrr"), "{seen}");
    stage.keys(&["esc"]);
    assert!(!marks(&stage.picture(&theme)).contains("IIIIII"));
}

#[test]
fn a_search_ends_with_esc_and_gives_its_keys_back() {
    let mut stage = Stage::new((120, 40));
    stage.settle();
    let before = stage.frame();
    stage.keys(&["/"]);
    stage.types("q");
    stage.keys(&["esc"]);
    assert_eq!(stage.frame(), before);
    stage.keys(&["/"]);
    stage.types("answer");
    stage.keys(&["enter", "n", "n"]);
    assert_eq!(stage.app.view().item_no, 0, "n goes to matches");
    stage.keys(&["q", "n"]);
    assert_eq!(stage.app.view().item_no, 1, "and to questions again");
    stage.keys(&["/"]);
    stage.types("not anywhere");
    stage.keys(&["enter"]);
    assert!(
        stage
            .frame()
            .contains("not in the panes on screen: not anywhere")
    );
}

#[test]
fn what_is_copied() {
    let copied = |keys: &[&str]| {
        let mut stage = Stage::new((120, 40));
        stage.settle();
        stage.keys(&["space"]);
        stage.steps(2_000);
        stage.keys(&["space"]);
        stage.keys(keys);
        match stage.effects.pop() {
            Some(Effect::Copy { name, text }) => (name, text),
            other => panic!("{other:?}"),
        }
    };
    let (name, text) = copied(&["right", "y"]);
    assert_eq!(name, "if r0");
    assert!(
        text.contains("answer") && !text.contains("Human:"),
        "{text}"
    );
    let (_, text) = copied(&["right", "P", "y"]);
    assert!(text.contains("Human:") || text.contains("<|"), "{text}");
    let (_, text) = copied(&["Y"]);
    assert!(
        text.contains("## q r0") && text.contains("## if r1"),
        "{text}"
    );
    let (_, row) = copied(&["b", "down", "y"]);
    assert_eq!(
        row.lines().filter(|l| l.starts_with("| q |")).count(),
        1,
        "{row}"
    );
    let (_, table) = copied(&["b", "Y"]);
    assert_eq!(
        table.lines().filter(|l| l.starts_with("| q |")).count(),
        4,
        "{table}"
    );
    assert!(table.contains("model: scripted"));
    let (_, both) = copied(&["down", "d", "Y"]);
    assert!(
        both.contains("## q r0") && both.contains("## q r1"),
        "{both}"
    );
}

#[test]
fn the_help_with_all_keys() {
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["B"]);
    stage.keys(&["enter", "down", "enter", "B", "?"]);
    let here = stage.frame();
    assert!(here.contains("keys that work here"));
    stage.keys(&["end"]);
    stage.keys(&["tab"]);
    insta::assert_snapshot!("help_all_80x24", stage.frame());
    stage.keys(&["?"]);
    assert!(
        stage.frame().contains("branches of this condition"),
        "what it covered"
    );
}

#[test]
fn the_tour() {
    for size in SIZES {
        let mut stage = Stage::new(size);
        stage.app = std::mem::replace(&mut stage.app, Stage::new(size).app).with_tour();
        stage.settle();
        let steps: [&[&str]; 5] = [&["right"], &["enter"], &["q"], &["2"], &["b"]];
        for (no, keys) in steps.into_iter().enumerate() {
            let shown = stage.frame();
            assert!(shown.contains(&format!("tour {}/5", no + 1)), "{shown}");
            if no == 0 || no == 2 {
                let name = format!("tour_{}_{}x{}", no + 1, size.0, size.1);
                insta::assert_snapshot!(name, shown);
            }
            stage.keys(&["t"]);
            assert!(
                stage.frame().contains(&format!("tour {}/5", no + 1)),
                "not by any key"
            );
            stage.keys(keys);
            stage.settle();
        }
        let shown = stage.frame();
        assert!(!shown.contains("tour 5/5") && shown.contains("opens the tour again"));
        stage.keys(&["f2"]);
        assert!(stage.frame().contains("tour 1/5"));
        stage.keys(&["esc"]);
        assert!(!stage.frame().contains("tour 1/5"), "esc ends it");
    }
}

#[test]
fn the_palette_finds_settings_and_conditions() {
    pictures("palette_settings", |stage| {
        stage.keys(&[":"]);
        stage.types("temp");
    });
    let mut stage = Stage::new((120, 40));
    stage.settle();
    for (typed, seen) in [("temperature 0.7", "T 0.7"), ("unethical", "┏━ unethical")] {
        stage.keys(&[":"]);
        stage.types(typed);
        stage.keys(&["enter"]);
        assert!(stage.frame().contains(seen), "{typed}:\n{}", stage.frame());
    }
}

#[test]
fn the_key_that_quits_closes_what_is_open_first_and_names_what_would_be_lost() {
    let quits = |stage: &Stage| stage.effects.contains(&Effect::Quit);
    let mut stage = Stage::new((80, 24));
    stage.settle();
    stage.keys(&["enter", "down", "enter", "B", "q"]);
    assert!(!quits(&stage) && stage.frame().contains("token 1/"));
    stage.keys(&["q"]);
    assert!(!quits(&stage) && !stage.frame().contains("token 1/"));
    stage.keys(&["q"]);
    assert!(!quits(&stage));
    assert!(
        stage
            .frame()
            .contains("q again leaves; recant --continue brings")
    );
    // Anything else in between, and it is said again.
    stage.keys(&["right", "q"]);
    assert!(!quits(&stage));
    stage.keys(&["q"]);
    assert!(quits(&stage));
    let mut stage = Stage::new((80, 24));
    stage.keys(&[":", "ctrl-c"]);
    assert!(quits(&stage), "from everywhere, at once");
}

#[test]
fn a_key_that_does_nothing_says_so() {
    let said = |keys: &[&str]| {
        let mut stage = Stage::new((80, 24));
        stage.settle();
        stage.keys(keys);
        stage.frame().lines().last().unwrap().trim().to_owned()
    };
    assert_eq!(said(&["&"]), "& does nothing here; ? lists the keys");
    assert_eq!(said(&["f"]), "f does nothing here; ? lists the keys");
    assert_eq!(said(&["esc"]), "nothing is open; q leaves");
    assert!(said(&["b", "v"]).starts_with("all numbers are in this table"));
    assert!(said(&["g"]).starts_with("layout: one condition's rounds"));
    let jump = said(&["#", "q"]);
    assert!(jump.contains("name: q"), "{jump}");
}

/// A list, a comparison, a token, what is open on top: a session that is gone on with is there again.
#[test]
fn where_the_reader_was() {
    let scripts: [&[&str]; 8] = [
        &["b", "down", "down", "enter", "down", "down"],
        &["b", "down", "enter", "v", "down", "enter"],
        &["right", "enter", "w", "w"],
        &["down", "d"],
        &["P", "down"],
        &["right", "a", "down", "down"],
        &["z", "I"],
        &["?", "down", "down"],
    ];
    for keys in scripts {
        let mut first = Stage::new((80, 24));
        first.settle();
        first.keys(&["space"]);
        first.steps(2_000);
        first.keys(&["space"]);
        first.settle();
        first.keys(keys);
        first.settle();
        let kept = first.app.kept();
        let mut second = Stage::waiting((80, 24), false, super::stage::builtin_items(), says);
        assert!(second.app.put_back(&kept.screen, kept.focus.clone()));
        // What the first one's scoreboard had counted, as the shell keeps it.
        let mut counted: std::collections::BTreeMap<_, Vec<_>> = Default::default();
        for effect in &first.effects {
            if let Effect::Counted(_, f) = effect {
                let rounds = counted.entry((f.item_no, f.condition)).or_default();
                rounds.push(f.round.clone());
            }
        }
        assert!(counted.len() > 20, "{}", counted.len());
        for ((item_no, condition), rounds) in counted {
            second
                .app
                .run_mut()
                .restore(item_no, condition, Default::default(), rounds);
        }
        second.app.after_counts();
        second.ready();
        second.settle();
        assert_eq!(second.app.kept().screen, kept.screen, "{keys:?}");
        assert_eq!(
            second.app.run().sweep().rounds_done(),
            first.app.run().sweep().rounds_done()
        );
        // Counts of prompt tokens, of columns and of prompts, begin anew.
        let lines = |stage: &Stage| -> Vec<String> {
            let frame = stage.frame();
            let fresh = |l: &&str| !l.contains(" computed") && !l.contains('=');
            frame.lines().filter(fresh).map(str::to_owned).collect()
        };
        assert_eq!(lines(&second), lines(&first), "{keys:?}");
    }
}

/// What has no room in its row is told in full below the list, in the editor, above the bottom line.
#[test]
fn nothing_that_explains_is_cut() {
    for size in SIZES {
        let mut stage = Stage::new(size);
        stage.settle();
        let told = |stage: &Stage, area: Rect, words: &str| {
            let buffer = stage.picture(&themes()[0]);
            let area = area.intersection(buffer.area);
            let mut seen = String::new();
            for y in area.y..area.bottom() {
                (area.x..area.right()).for_each(|x| seen.push_str(buffer[(x, y)].symbol()));
                seen.push(' ');
            }
            let seen: Vec<&str> = seen.split_whitespace().collect();
            let seen = seen.join(" ");
            assert!(seen.contains(words), "{size:?} {words}\n{}", stage.frame());
        };
        stage.keys(&[":"]);
        stage.types("axis");
        let foot = stage.app.listed().unwrap().foot;
        told(&stage, foot, recant::app::Action::Axis.about());
        stage.keys(&["esc", "a"]);
        for no in 0..stage.app.knobs().len() {
            let setting = stage
                .app
                .setting(stage.app.view().cursor, stage.app.knobs()[no]);
            let listed = stage.app.listed().unwrap();
            let area = match listed.foot.height {
                0 => listed.rows,
                _ => listed.foot,
            };
            told(&stage, area, setting.unwrap().about.as_str());
            stage.keys(&["down"]);
        }
        stage.keys(&["esc", "e"]);
        stage.types(
            "family: x\nconditions: these words make it too long for one line, \
                     which is why they have to go on in the next\n",
        );
        let Overlay::Editor(open) = &stage.app.view().overlay else {
            panic!("no editor");
        };
        let Reading::Wrong(mistake) = open.reading() else {
            panic!("no mistake");
        };
        let last = Rect::new(0, size.1 - 2, size.0, 1);
        let below = stage.app.editor_areas()[1].union(last);
        told(&stage, below, &mistake.what);
        stage.keys(&["esc", "y"]);
        let long = "not saved: /a/folder/with/a/long/name/mine.yaml was there before this session; \
                    take another name, which may be anything that is not taken yet";
        stage.event(Event::Told(long.to_owned()));
        told(&stage, Rect::new(0, size.1 - 5, size.0, 5), long);
        let name = format!("notice_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, stage.frame());
    }
}
