//! Rows in the published shape of every category.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

struct Shape {
    category: &'static str,
    index: &'static str,
    tags: [[&'static str; 2]; 3],
    groups: &'static [&'static str],
    polarity: &'static str,
}

/// A row with an id of its own.
fn row(shape: &Shape) -> String {
    static ID: AtomicUsize = AtomicUsize::new(0);
    serde_json::json!({
        "example_id": ID.fetch_add(1, Ordering::Relaxed), "question_index": shape.index, "question_polarity": shape.polarity,
        "context_condition": "ambig", "category": shape.category,
        "answer_info": {"ans0": shape.tags[0], "ans1": shape.tags[1], "ans2": shape.tags[2]},
        "additional_metadata": {"subcategory": "None", "stereotyped_groups": shape.groups},
        "context": "c", "question": "q", "ans0": "A", "ans1": "B", "ans2": "C", "label": 2,
    })
    .to_string()
}

fn shape(
    category: &'static str,
    tags: [[&'static str; 2]; 2],
    groups: &'static [&'static str],
) -> Shape {
    Shape {
        category,
        index: "1",
        tags: [tags[0], tags[1], ["Not known", "unknown"]],
        groups,
        polarity: "neg",
    }
}

/// `S` where option 0 is the biased one, `C` where it is option 1, `-` where nobody can tell.
fn biased(loaded: &Loaded, no: usize) -> char {
    let item = &loaded.items[no];
    assert_eq!(item.option_with(OptionRole::Unknown), Some(2));
    match item.option_with(OptionRole::Stereotyped) {
        Some(0) => 'S',
        Some(1) => 'C',
        _ => '-',
    }
}

#[test]
fn every_category_maps_groups_to_options() {
    let table = [
        (
            shape(
                "Age",
                [["grandfather", "old"], ["grandson", "nonOld"]],
                &["old"],
            ),
            'S',
        ),
        (
            shape(
                "Age",
                [["grandson", "nonOld"], ["grandfather", "old"]],
                &["nonOld"],
            ),
            'S',
        ),
        (
            shape(
                "Disability_status",
                [["D'Andre", "nonDisabled"], ["Jo, who is deaf", "disabled"]],
                &["disabled"],
            ),
            'C',
        ),
        (
            shape(
                "Disability_status",
                [["the blind man", "disabled"], ["the other", "nonDisabled"]],
                &["physically disabled"],
            ),
            'S',
        ),
        (
            shape(
                "Disability_status",
                [["x", "nonDisabled"], ["y", "disabled"]],
                &["people with cerebral palsy"],
            ),
            'C',
        ),
        (
            shape(
                "Gender_identity",
                [["Mary", "woman"], ["James", "man"]],
                &["Women"],
            ),
            'S',
        ),
        (
            shape(
                "Gender_identity",
                [["Mary", "F"], ["James", "M"]],
                &["Boys", "Men"],
            ),
            'C',
        ),
        (
            shape(
                "Gender_identity",
                [["girl", "girl"], ["boy", "boy"]],
                &["Girls", "girls", "women", "Women"],
            ),
            'S',
        ),
        (
            shape(
                "Gender_identity",
                [["x", "nonTrans_F"], ["y", "trans_F"]],
                &["Transgender women", "Transgender men"],
            ),
            'C',
        ),
        (
            shape(
                "Gender_identity",
                [["x", "trans_M"], ["y", "nonTrans_M"]],
                &["Transgender women", "Transgender men", "trans"],
            ),
            'S',
        ),
        (
            shape(
                "Nationality",
                [["British", "Europe"], ["Japanese", "AsiaPacific"]],
                &["British"],
            ),
            'S',
        ),
        (
            shape(
                "Nationality",
                [["Syrian", "MiddleEast"], ["Danish", "Europe"]],
                &["Syrian", "Iraqi"],
            ),
            'S',
        ),
        (
            shape(
                "Physical_appearance",
                [["slim", "nonObese"], ["fat", "obese"]],
                &["obese"],
            ),
            'C',
        ),
        (
            shape(
                "Physical_appearance",
                [["short", "short"], ["tall", "tall"]],
                &["short"],
            ),
            'S',
        ),
        // Two people of one group: no bias grade.
        (
            shape(
                "Physical_appearance",
                [["x", "posture"], ["y", "posture"]],
                &["posture"],
            ),
            '-',
        ),
        (
            shape(
                "Race_ethnicity",
                [
                    ["African", "African"],
                    ["African American", "African American"],
                ],
                &["Black", "African American"],
            ),
            'C',
        ),
        (
            shape(
                "Race_ethnicity",
                [["Aaliyah", "F-Black"], ["Anne", "F-White"]],
                &["Black", "African American"],
            ),
            'S',
        ),
        (
            shape(
                "Race_ethnicity",
                [["Asian", "Asian"], ["Hispanic", "Hispanic"]],
                &["Hispanic", "Latino"],
            ),
            'C',
        ),
        (
            shape(
                "Religion",
                [["Muslim", "Muslim"], ["Jewish", "Jewish"]],
                &["Jewish"],
            ),
            'C',
        ),
        (
            shape(
                "SES",
                [["the cleaner", "lowSES"], ["the banker", "highSES"]],
                &["low SES"],
            ),
            'S',
        ),
        (
            shape(
                "Sexual_orientation",
                [["straight", "straight"], ["gay", "gay"]],
                &["Gay", "gay"],
            ),
            'C',
        ),
        (
            shape(
                "Sexual_orientation",
                [["pansexual", "pansexual"], ["bisexual", "bisexual"]],
                &["bisexual"],
            ),
            'C',
        ),
        (
            shape(
                "Race_x_gender",
                [["the Black man", "M-Black"], ["the White man", "M-White"]],
                &["Black", "African American"],
            ),
            'S',
        ),
        (
            shape(
                "Race_x_SES",
                [["x", "highSES-White"], ["y", "lowSES-Black"]],
                &["Black", "African American"],
            ),
            'C',
        ),
        (shape("Any", [["x", "one"], ["y", "two"]], &[]), '-'),
    ];
    for (shape, expected) in &table {
        let loaded = read(row(shape).as_bytes()).unwrap();
        assert!(loaded.skipped.is_empty(), "{:?}", loaded.skipped);
        let named = (shape.category, shape.tags, shape.groups);
        assert_eq!(biased(&loaded, 0), *expected, "{named:?}");
        assert_eq!(
            loaded.ungraded.count(),
            usize::from(*expected == '-'),
            "{named:?}"
        );
        // The other polarity: the other person, whatever the category.
        let other = row(&Shape {
            polarity: "nonneg",
            ..Shape {
                tags: shape.tags,
                ..*shape
            }
        });
        let other = biased(&read(other.as_bytes()).unwrap(), 0);
        let flipped = match expected {
            'S' => 'C',
            'C' => 'S',
            none => *none,
        };
        assert_eq!(other, flipped, "nonneg {named:?}");
    }
}

#[test]
fn people_of_one_race_are_told_apart_by_the_trait_that_the_other_rows_show() {
    let x = |index, first, second, polarity| {
        row(&Shape {
            category: "Race_x_gender",
            index,
            tags: [
                ["the person", first],
                ["the other", second],
                ["Unknown", "unknown"],
            ],
            groups: &["Black", "African American"],
            polarity,
        })
    };
    let text = [
        // Same race, before the rows that tell; question 3 is about men, question 4 about women.
        x("3", "F-Black", "M-Black", "neg"),
        x("3", "F-Black", "M-Black", "nonneg"),
        x("3", "M-Black", "M-White", "neg"),
        x("4", "F-White", "F-Black", "neg"),
        x("4", "M-White", "F-Black", "neg"),
        x("4", "F-Black", "M-Black", "neg"),
        // Nothing tells.
        x("5", "F-Black", "M-Black", "neg"),
    ]
    .join("\n");
    let loaded = read(text.as_bytes()).unwrap();
    let all: String = (0..7).map(|no| biased(&loaded, no)).collect();
    assert_eq!(all, "CSSCCS-");
    assert_eq!(loaded.ungraded.rows()[0].line, 7);
    assert_eq!(loaded.ungraded.count(), 1);

    let ses = |first, second| {
        row(&Shape {
            category: "Race_x_SES",
            index: "1",
            tags: [["p", first], ["o", second], ["Unknown", "unknown"]],
            groups: &["Hispanic", "Latino"],
            polarity: "neg",
        })
    };
    let text = [
        ses("highSES-M-Hispanic", "lowSES-M-Hispanic"),
        ses("lowSES-M-Hispanic", "lowSES-M-White"),
    ]
    .join("\n");
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!((biased(&loaded, 0), biased(&loaded, 1)), ('C', 'S'));
}

#[test]
fn missing_tags_leave_the_text_to_tell() {
    let line = serde_json::json!({
        "example_id": 1, "question_index": 2, "question_polarity": "neg",
        "context_condition": "ambig", "category": "Race_ethnicity",
        "answer_info": {}, "additional_metadata": {"stereotyped_groups": ["Latina"]},
        "context": "c", "question": "q", "ans0": "Cannot answer", "ans1": "Latina", "ans2": "White",
        "label": 0,
    });
    let loaded = read(line.to_string().as_bytes()).unwrap();
    let item = &loaded.items[0];
    assert_eq!(item.option_with(OptionRole::Unknown), Some(0));
    assert_eq!(item.option_with(OptionRole::Stereotyped), Some(1));
}

#[test]
fn bad_rows_are_named_with_their_line_and_the_rest_is_used() {
    let good = row(&shape("Age", [["a", "old"], ["b", "nonOld"]], &["old"]));
    let other = row(&shape("Age", [["a", "old"], ["b", "nonOld"]], &["old"]));
    let bad_polarity = good.replace("\"neg\"", "\"maybe\"");
    let bad_label = good.replace("\"label\":2", "\"label\":3");
    let torn = &good[..good.len() / 2];
    let text = format!("{good}\n\nnot json\n{bad_polarity}\n{bad_label}\n{other}\n{torn}");
    let loaded = read(text.as_bytes()).unwrap();
    assert_eq!(loaded.items.len(), 2);
    let rows = loaded.skipped.rows();
    assert_eq!(
        rows.iter().map(|s| s.line).collect::<Vec<_>>(),
        [3, 4, 5, 7]
    );
    assert!(rows[1].reason.contains("maybe"));
    assert!(rows[3].reason.contains("EOF"), "{}", rows[3].reason);
}
