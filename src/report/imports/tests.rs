use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn theirs(record: Result<Record, String>) -> Foreign {
    match record {
        Ok(Record::Theirs(foreign)) => *foreign,
        other => panic!("{other:?}"),
    }
}

/// A sample as lm-evaluation-harness 0.4.13 saves it, shortened.
fn lm_eval_sample() -> Value {
    json!({
        "doc_id": 4, "target": "2",
        "doc": {"example_id": 9, "category": "Age", "answer_info": {}, "context": "c"},
        "arguments": {
            "gen_args_0": {"arg_0": "Q: who?\nA:", "arg_1": " one"},
            "gen_args_10": {"arg_0": "Q: who?\nA:", "arg_1": " three"},
            "gen_args_2": {"arg_0": "Q: who?\nA:", "arg_1": " two"},
        },
        "resps": [[["-2.5", "False"]], [["-1.0", "True"]], [["-3.0", "False"]]],
        "filtered_resps": [["-2.5", "False"], ["-1.0", "True"], ["nan", "False"]],
        "filter": "none", "acc": 0.0,
    })
}

#[test]
fn samples_of_lm_evaluation_harness_are_read_in_all_their_forms() {
    let sample = lm_eval_sample();
    let foreign = theirs(from_lm_eval(&sample));
    assert_eq!(foreign.options, ["one", "two", "three"]);
    let scores = vec![-2.5, -1.0, f64::NEG_INFINITY];
    assert_eq!(foreign.said, Said::Scores(scores));
    assert_eq!((foreign.order, foreign.gold), (Some(4), Some(2)));
    assert_eq!(foreign.item.as_deref(), Some("9"));
    assert!(foreign.row.is_some());
    let mut older = sample.clone();
    older["arguments"] = json!([["q", " A"], ["q", " B"]]);
    older["filtered_resps"] = json!([[-2.5, false], [-1.0, true]]);
    older["doc"] = json!({"choices": ["x", "y"]});
    let foreign = theirs(from_lm_eval(&older));
    assert_eq!(foreign.options, ["x", "y"]);
    let mut text = sample.clone();
    text["filtered_resps"] = json!(["The cook"]);
    assert_eq!(
        theirs(from_lm_eval(&text)).said,
        Said::Text("The cook".into())
    );
    for (field, value) in [
        ("filtered_resps", json!([])),
        ("filtered_resps", json!([["-1", "True"]])),
        ("filtered_resps", json!([7])),
        ("arguments", json!(null)),
    ] {
        let mut bad = sample.clone();
        bad[field] = value;
        assert!(from_lm_eval(&bad).is_err(), "{bad}");
    }
}

#[test]
fn samples_of_inspect_take_the_scorers_answer_before_the_text() {
    let sample = json!({
        "id": 7, "epoch": 2, "input": "who?", "choices": ["x", "y"], "target": ["B"],
        "messages": [
            {"role": "system", "content": "s"},
            {"role": "user", "content": [{"type": "text", "text": "who?"}]},
            {"role": "assistant", "content": "attachment://q"},
        ],
        "output": {"choices": [{"message": {"content": "attachment://q"}}]},
        "scores": {"f1": {"value": 0.5}, "choice": {"value": "I", "answer": "A"}},
        "attachments": {"q": "ANSWER: A"},
        "events": [{"deep": [[[[]]]]}],
    });
    let foreign = theirs(from_inspect(sample.to_string().as_bytes()));
    assert_eq!(foreign.said, Said::Option(0));
    assert_eq!((foreign.gold, foreign.sample), (Some(1), 1));
    assert_eq!(foreign.exchanges, [("who?".into(), "ANSWER: A".into())]);
    let failed = json!({"id": 1, "output": {"choices": []}, "error": {"message": "boom"}});
    let told = from_inspect(failed.to_string().as_bytes()).unwrap_err();
    assert_eq!(told, "the sample failed: boom");
}

#[test]
fn dialogues_without_an_answer_and_lines_of_ours_that_lie_are_refused() {
    let line = |roles: &[&str]| {
        let messages: Vec<Value> = roles
            .iter()
            .map(|r| json!({"role": r, "content": r}))
            .collect();
        json!({"messages": messages, "id": 5})
    };
    let foreign = theirs(from_chat(&line(&[
        "developer",
        "user",
        "assistant",
        "user",
        "assistant",
    ])));
    assert_eq!(foreign.exchanges.len(), 2);
    assert_eq!(foreign.item.as_deref(), Some("5"));
    for bad in [
        &["user"][..],
        &[],
        &["assistant", "user"],
        &["user", "mage"],
    ] {
        assert!(from_chat(&line(bad)).is_err(), "{bad:?}");
    }
    let ours = json!({"recant": {
        "item": "a/1", "item_no": 0, "category": "a", "context": "ambiguous", "polarity": null,
        "gold": null, "roles": [null, null], "condition": "q", "round": 0, "option": 9,
        "verdict": "ungraded", "correct": null, "belief": null, "belief_mass": null, "steps": [],
    }});
    let told = from_chat(&ours).unwrap_err();
    assert!(told.contains("does not fit itself"), "{told}");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        "[a-c(). -]{0,6}".prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "doc",
        "doc_id",
        "target",
        "arguments",
        "resps",
        "filtered_resps",
        "messages",
        "role",
        "content",
        "metadata",
        "output",
        "choices",
        "completion",
        "scores",
        "answer",
        "id",
        "epoch",
        "attachments",
        "recant",
        "answer_info",
        "arg_1",
        "text",
        "message",
    ]);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..8).prop_map(|all| Value::Object(
                all.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_record_panics(value in value(), at in 0usize..9) {
        let mut sample = lm_eval_sample();
        let keys: Vec<String> = sample.as_object().unwrap().keys().cloned().collect();
        if let Some(key) = keys.get(at) {
            sample[key] = value.clone();
        }
        for record in [&value, &sample] {
            let _ = from_lm_eval(record);
            let _ = from_chat(record);
            let _ = from_inspect(record.to_string().as_bytes());
            let _ = InspectLog::default().feed(record.to_string().as_bytes(), &mut |_| ());
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = InspectLog::default().feed(&bytes, &mut |_| ());
        let _ = from_inspect(&bytes);
        let _ = tolerant::<Value>(&bytes);
    }
}
