//! The mouse: what is in sight can be chosen, opened and scrolled with it, and a press does what a key
//! does.

use proptest::prelude::*;
use recant::app::layout::Screen;
use recant::app::{Event, Mouse, MouseKind, Overlay};

use super::stage::Stage;

fn at(stage: &mut Stage, kind: MouseKind, (column, row): (u16, u16)) {
    stage.event(Event::Mouse(Mouse { kind, column, row }));
}

/// A press long after the one before.
fn press(stage: &mut Stage, place: (u16, u16)) {
    at(stage, MouseKind::Press, place);
    let later = stage.time() + 1_000;
    stage.set_time(later);
}

/// Where some words stand, the `nth` time.
fn find(stage: &Stage, words: &str, nth: usize) -> (u16, u16) {
    let frame = stage.frame();
    let mut found = frame.lines().enumerate().flat_map(|(y, line)| {
        let places: Vec<usize> = line.match_indices(words).map(|(at, _)| at).collect();
        let column = |at: usize| (line[..at].chars().count(), y);
        places.into_iter().map(column).collect::<Vec<_>>()
    });
    let (x, y) = found
        .nth(nth)
        .unwrap_or_else(|| panic!("no {words:?} in\n{frame}"));
    (u16::try_from(x).unwrap(), u16::try_from(y).unwrap())
}

fn settled(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size);
    stage.settle();
    stage
}

/// With some of the scoreboard counted.
fn counted(size: (u16, u16)) -> Stage {
    let mut stage = settled(size);
    stage.keys(&["space"]);
    stage.steps(2_000);
    stage.keys(&["space"]);
    stage.settle();
    stage
}

#[test]
fn a_press_chooses_a_pane_and_two_show_it_alone() {
    let mut stage = settled((80, 24));
    let place = find(&stage, "if r0", 0);
    press(&mut stage, place);
    assert_eq!(stage.app.view().cursor.condition.0, 1);
    assert_eq!(stage.app.view().screen, Screen::Panes);
    at(&mut stage, MouseKind::Press, place);
    at(&mut stage, MouseKind::Press, place);
    assert_eq!(stage.app.view().screen, Screen::Zoom);
    // A third one begins anew.
    at(&mut stage, MouseKind::Press, place);
    assert_eq!(stage.app.view().screen, Screen::Zoom);
}

#[test]
fn every_key_that_the_bottom_line_names_can_be_pressed() {
    for (width, height) in super::SIZES {
        let count = settled((width, height)).app.hints(usize::from(width) - 2);
        for no in 0..count.unwrap().keys.len() {
            let mut by_mouse = settled((width, height));
            let hints = by_mouse.app.hints(usize::from(width) - 2).unwrap();
            let hint = hints.keys[no].clone();
            let x = u16::try_from(1 + hint.x + hint.width() - 1).unwrap();
            let shown = find(&by_mouse, &format!("{} {}", hint.name, hint.label), 0);
            assert_eq!(shown, (u16::try_from(1 + hint.x).unwrap(), height - 1));
            let mut by_key = settled((width, height));
            by_key.keys(&[&key_name(&hint.name)]);
            press(&mut by_mouse, (x, height - 1));
            assert_eq!(by_mouse.frame(), by_key.frame(), "{}", hint.name);
        }
    }
}

fn key_name(shown: &str) -> String {
    let arrows = [("←", "left"), ("→", "right"), ("↑", "up"), ("↓", "down")];
    arrows
        .iter()
        .fold(shown.to_owned(), |n, (sign, name)| n.replace(sign, name))
}

#[test]
fn rows_are_chosen_and_the_chosen_one_opens() {
    let mut stage = counted((120, 40));
    press(&mut stage, (60, 38));
    assert_eq!(stage.app.view().screen, Screen::Board, "the small board");
    let row = find(&stage, "r2", 1);
    press(&mut stage, row);
    let cursor = stage.app.view().cursor;
    assert_eq!((cursor.condition.0, cursor.round.0), (1, 2));
    press(&mut stage, row);
    assert_eq!(stage.app.view().screen, Screen::Items);
    let (_, y) = find(&stage, "▸", 0);
    press(&mut stage, (9, y + 2));
    let list = stage.app.view().items.as_ref().unwrap();
    let (chosen, wanted) = (list.selected, list.rows[2].item_no);
    assert_eq!(chosen, 2);
    at(&mut stage, MouseKind::ScrollUp, (9, y));
    assert_eq!(stage.app.view().items.as_ref().unwrap().selected, 1);
    press(&mut stage, (9, y + 2));
    press(&mut stage, (9, y + 2));
    assert_eq!(
        (stage.app.view().screen, stage.app.view().item_no),
        (Screen::Panes, wanted)
    );
}

#[test]
fn lists_on_top_answer_and_a_press_beside_them_closes() {
    let mut stage = settled((120, 40));
    stage.keys(&[":"]);
    stage.types("theme light");
    let row = find(&stage, "▸ theme", 0);
    press(&mut stage, row);
    assert!(matches!(stage.app.view().overlay, Overlay::None));
    assert_eq!(
        stage.app.view().themes[stage.app.theme_no()].as_str(),
        "light"
    );
    // The strip above a column opens its switches; a press on the chosen one steps it.
    let strip = (50, find(&stage, "if r0", 0).1 - 1);
    press(&mut stage, strip);
    assert!(matches!(stage.app.view().overlay, Overlay::Column(_)));
    assert_eq!(stage.app.view().cursor.condition.0, 1);
    let row = find(&stage, "place ", 0);
    let before = stage.app.run().focus().settings().conditions[1]
        .name
        .clone();
    press(&mut stage, row);
    assert_eq!(
        stage.app.run().focus().settings().conditions[1].name,
        before
    );
    press(&mut stage, row);
    assert_ne!(
        stage.app.run().focus().settings().conditions[1].name,
        before
    );
    press(&mut stage, (0, 0));
    assert!(matches!(stage.app.view().overlay, Overlay::None));
    stage.keys(&["?"]);
    at(&mut stage, MouseKind::ScrollDown, (5, 5));
    assert!(matches!(stage.app.view().overlay, Overlay::Help(3)));
    press(&mut stage, (0, 0));
    assert!(matches!(stage.app.view().overlay, Overlay::None));
    let question = find(&stage, "question 1/", 0);
    press(&mut stage, question);
    assert!(matches!(stage.app.view().overlay, Overlay::Example(_)));
}

#[test]
fn a_press_on_a_token_or_on_the_trace_moves_the_cursor_inside() {
    for size in super::SIZES {
        let mut stage = settled(size);
        stage.keys(&["enter", "home"]);
        stage.settle();
        assert_eq!(stage.app.view().inspect.unwrap().token, 0);
        let round = stage.app.inside().unwrap().round.clone();
        let last = recant::app::inspect::count(&round) - 1;
        stage.keys(&["end"]);
        stage.settle();
        let end = stage.app.view().inspect.unwrap().token;
        assert_eq!(end, last);
        let marked = find(&stage, "belief after", 0);
        stage.keys(&["home"]);
        // The next round's part of the chart begins behind the first `┆` below its title.
        let frame = stage.frame();
        let y = usize::from(marked.1) + 1;
        let line: Vec<char> = frame.lines().nth(y).unwrap().chars().collect();
        let from = usize::from(marked.0);
        let gap = (from..line.len()).find(|x| line[*x] == '┆').unwrap();
        // One, two or three columns a token.
        let x = gap + 3;
        press(
            &mut stage,
            (u16::try_from(x).unwrap(), u16::try_from(y).unwrap()),
        );
        assert_eq!(stage.app.view().cursor.round.0, 1, "{size:?}");
        assert!(stage.app.is_inside());
    }
    let mut stage = settled((80, 24));
    stage.keys(&["enter", "home"]);
    stage.settle();
    // What the model says in the first pane: "The answer is …", of which "The answer is" is put there.
    let (x, y) = find(&stage, "The answer is", 0);
    let mut token = |at: (u16, u16)| {
        press(&mut stage, at);
        stage.app.view().inspect.unwrap().token
    };
    // From there on, cell by cell, then the row below, wherever the row ends: later and later tokens.
    let row: Vec<usize> = (x + 13..x + 24).map(|x| token((x, y))).collect();
    assert!(row[0] <= 1 && row.is_sorted(), "{row:?}");
    let below = token((x, y + 1));
    assert!(below > row[0] && below >= row[10], "{below} {row:?}");
    assert_eq!(token((x + 4, y)), below, "words put there are no tokens");
}

#[test]
fn the_wheel_moves_what_is_under_the_pointer() {
    let mut stage = settled((80, 24));
    let (x, y) = find(&stage, "if-cot r0", 0);
    let top = |stage: &Stage| {
        stage
            .app
            .view()
            .text(recant::app::PaneNo::new(2, 0))
            .unwrap()
            .top()
    };
    let before = top(&stage);
    assert!(before > 0, "there is something to scroll");
    at(&mut stage, MouseKind::ScrollUp, (x, y + 2));
    assert!(top(&stage) < before);
    assert_eq!(
        stage.app.view().cursor.condition.0,
        0,
        "it stays where it was"
    );
    // Inside an answer the cursor goes along.
    stage.keys(&["right", "right", "enter", "end"]);
    stage.settle();
    let token = stage.app.view().inspect.unwrap().token;
    at(&mut stage, MouseKind::ScrollUp, (x, y + 2));
    assert!(stage.app.view().inspect.unwrap().token < token);
}

#[test]
fn a_press_puts_the_editors_cursor() {
    let mut stage = settled((80, 24));
    stage.keys(&["e"]);
    let (x, y) = find(&stage, "title:", 0);
    press(&mut stage, (x + 7, y));
    stage.types("Z");
    assert!(stage.frame().contains("title: Z"), "{}", stage.frame());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Wherever it is pressed, whatever is open: nothing breaks, and esc and keys go on working.
    #[test]
    fn anywhere(
        open in proptest::sample::select(vec!["a", "B", "?", "I", "P", "K", ":", "e", "enter", "b", "d", "z", "M", "L"]),
        places in proptest::collection::vec((0u16..82, 0u16..26, 0u8..4), 1..12),
    ) {
        let mut stage = settled((80, 24));
        stage.keys(&[open]);
        stage.steps(40);
        for (column, row, kind) in places {
            let kind = match kind {
                0 => MouseKind::ScrollUp,
                1 => MouseKind::ScrollDown,
                _ => MouseKind::Press,
            };
            // The last hint of the bottom line leaves.
            if row != 23 {
                at(&mut stage, kind, (column, row));
            }
            stage.frame();
        }
        stage.keys(&["esc", "y", "esc", "esc"]);
        stage.frame();
    }
}
