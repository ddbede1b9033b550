//! Questions in scripts that are not read from left to right, or whose letters are two columns wide, or
//! none: borders, cursor, search and comparison stay right.

use recant::app::layout::pane_text;

use super::SIZES;
use super::stage::Stage;

/// Hebrew with points, Arabic, Japanese, emoji joined of several, flags, marks without end.
const FORM: &str = "context: הָרוֹפְאָה דיברה עם الطبيبة 👨‍👩‍👧‍👦 e\u{301}e\u{301} 日本語テスト\n\
    question: 誰が遅れましたか？ من تأخر؟\n\
    - הרופאה [stereotyped]\n- 👩🏽‍⚕️ 看護師 ✈️ 🇮🇱 [counter]\n- ไม่ทราบ [unknown] [right]\n";

fn asked(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size);
    stage.settle();
    stage.keys(&["i"]);
    // In the place of the empty form.
    // As terminals send it.
    stage.event(recant::app::Event::Paste(FORM.replace('\n', "\r")));
    stage
}

/// Every row is as wide as the screen, cell by cell, and borders stand where they stand in plain text.
fn borders_stand(stage: &Stage) {
    let buffer = stage.picture(&super::stage::themes()[0]);
    let areas = stage.app.areas().unwrap();
    for (_, rect) in areas.panes {
        for y in rect.y + 1..rect.bottom() {
            let symbol = buffer[(rect.x, y)].symbol();
            assert!(
                "│┃".contains(symbol),
                "{symbol:?} at {},{y}\n{}",
                rect.x,
                stage.frame()
            );
        }
        let text = pane_text(rect);
        for y in text.y..text.bottom() {
            let edge = buffer[(text.right(), y)].symbol();
            assert_eq!(edge, " ", "beside a pane's text\n{}", stage.frame());
        }
    }
}

#[test]
fn a_question_in_other_scripts() {
    for size in SIZES {
        let mut stage = asked(size);
        insta::assert_snapshot!(
            format!("scripts_editor_{}x{}", size.0, size.1),
            stage.frame()
        );
        stage.keys(&["ctrl-s"]);
        stage.settle();
        assert_eq!(
            stage.app.item().unwrap().options.len(),
            3,
            "{}",
            stage.frame()
        );
        borders_stand(&stage);
        insta::assert_snapshot!(format!("scripts_{}x{}", size.0, size.1), stage.frame());
        for keys in [
            &["z"][..],
            &["u"],
            &["esc", "g"],
            &["g", "H"],
            &["H"],
            &["enter"],
        ] {
            stage.keys(keys);
            stage.settle();
            borders_stand(&stage);
        }
        stage.keys(&["esc", "I"]);
        insta::assert_snapshot!(
            format!("scripts_question_{}x{}", size.0, size.1),
            stage.frame()
        );
    }
}

#[test]
fn words_of_other_scripts_are_found() {
    let mut stage = asked((120, 40));
    stage.keys(&["ctrl-s"]);
    stage.settle();
    stage.keys(&["u"]);
    for word in ["الطبيبة", "遅れ", "👨‍👩‍👧‍👦", "ไม่ทราบ"] {
        stage.keys(&["/"]);
        stage.types(word);
        assert!(
            stage.app.view().search.as_ref().unwrap().hits().len() > 1,
            "{word}"
        );
        borders_stand(&stage);
        stage.keys(&["esc"]);
    }
}

/// The cursor stands on what it stands before, and one key passes a whole letter.
#[test]
fn the_editors_cursor_goes_by_letters() {
    use ratatui::style::Modifier;
    let mut stage = asked((120, 40));
    let theme = super::stage::themes()[0]
        .clone()
        .at_depth(recant::ui::ColourDepth::None);
    stage.keys(&["pageup", "home"]);
    let text = FORM.lines().next().unwrap();
    let clusters = unicode_segmentation::UnicodeSegmentation::graphemes(text, true);
    for cluster in clusters {
        let buffer = stage.picture(&theme);
        let cell = buffer
            .content
            .iter()
            .find(|c| c.modifier.contains(Modifier::REVERSED));
        assert_eq!(cell.map(|c| c.symbol()), Some(cluster), "{}", stage.frame());
        stage.keys(&["right"]);
    }
}

/// Typing an emoji's parts one by one and taking them back leaves nothing behind.
#[test]
fn one_key_takes_back_one_letter() {
    let mut stage = asked((120, 40));
    stage.keys(&["esc", "y", "/"]);
    stage.types("a👨‍👩‍👧‍👦e\u{301}");
    stage.keys(&["backspace", "backspace"]);
    assert_eq!(
        stage.app.view().search.as_ref().unwrap().typed().text(),
        "a"
    );
}
