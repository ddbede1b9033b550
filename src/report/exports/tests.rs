use serde_json::{Value, json};

use super::*;
use crate::report::imports::{Record, from_chat, from_inspect, from_lm_eval};
use crate::session::{self, Catalogue, Manifest, ScoreLine, StepLine, Stored, TokenLine, Writer};

/// Two rounds, the first in two steps, of one item under a system turn.
fn lines() -> Vec<AnswerLine> {
    let step = |user: &str, prefill: &str, text: &str, ended: &str| StepLine {
        voice: "model".into(),
        system: None,
        role: "user".into(),
        user: user.into(),
        prefill: prefill.into(),
        prompt_sha256: None,
        prompt_tokens: None,
        text: text.into(),
        tokens: vec![TokenLine(2, -0.5), TokenLine(text.len(), -0.1)],
        ended: ended.into(),
    };
    let one: AnswerLine = serde_json::from_value(json!({
        "item": "Age/7", "item_no": 3, "category": "Age", "context": "ambiguous",
        "polarity": "negative", "gold": 2, "roles": ["stereotyped", "counter", "unknown"],
        "options": ["The old man", "The boy", "Not known"], "condition": "cot", "round": 0,
        "option": 2, "verdict": "abstains", "correct": true, "belief": null, "belief_mass": null,
        "system": "Be fair.", "steps": [],
    }))
    .unwrap();
    let first = AnswerLine {
        steps: vec![
            step("Who? ", "", "Let me see.", "max_tokens"),
            step("So?", "It is", " (c)", "stop_string"),
        ],
        ..one.clone()
    };
    let scores = [-1.5, -2.0, -0.25].map(|p| ScoreLine(Some(p), None));
    let second = AnswerLine {
        round: 1,
        option: Some(0),
        verdict: "stereotyped".into(),
        correct: Some(false),
        option_scores: Some(scores.to_vec()),
        steps: vec![step("Sure?", "I think", " The old man", "scored_only")],
        ..one
    };
    vec![second, first]
}

fn manifest() -> Manifest {
    let settings = json!({"model": "m", "conditions": ["cot"], "items": "Age.jsonl"});
    Manifest::new(settings.as_object().unwrap().clone())
}

/// The lines as a run's folder has them.
fn catalogue(answers: &[AnswerLine]) -> (tempfile::TempDir, Catalogue) {
    let folder = tempfile::tempdir().unwrap();
    let opened = session::open(folder.path(), &manifest(), |_| {}).unwrap();
    let mut writer = Writer::new(opened.file);
    answers.iter().for_each(|line| writer.write(line).unwrap());
    writer.finish().unwrap();
    let catalogue = Catalogue::of(Stored::at(folder.path()).unwrap()).unwrap();
    (folder, catalogue)
}

#[test]
fn what_is_exported_is_read_again_as_the_same_answers() {
    let answers = lines();
    let (_folder, stored) = catalogue(&answers);
    let ranges = stored.courses();
    assert_eq!(ranges.len(), 1);
    let read = stored.read(&ranges[0]).unwrap();
    let course = Course::of(&read);
    let mut expected = answers.clone();
    expected.reverse();
    let own = |record: Result<Record, String>| match record {
        Ok(Record::Ours(lines)) => lines,
        other => panic!("{other:?}"),
    };
    assert_eq!(own(from_chat(&conversation(&course))), expected);
    let log = InspectLog::new(&manifest(), &stored, "2026-01-01T00:00:00+00:00", "x");
    let sample = log.sample(&course).unwrap();
    assert_eq!(
        own(from_inspect(sample.whole.to_string().as_bytes())),
        expected
    );
    let samples = lm_eval_samples(&course);
    let read: Vec<AnswerLine> = samples
        .iter()
        .flat_map(|(_, s)| own(from_lm_eval(s)))
        .collect();
    assert_eq!(read, expected);
}

/// The other tools' own fields, read as if another tool had written them.
#[test]
fn what_is_exported_says_the_same_without_our_own_field() {
    let answers = lines();
    let (_folder, stored) = catalogue(&answers);
    let course = Course::of(&answers);
    let mut chat = conversation(&course);
    chat.as_object_mut().unwrap().remove(OURS);
    let Ok(Record::Theirs(foreign)) = from_chat(&chat) else {
        panic!("{chat}");
    };
    assert_eq!(foreign.item.as_deref(), Some("Age/7"));
    assert_eq!(foreign.system.as_deref(), Some("Be fair."));
    let said: Vec<&str> = foreign.exchanges.iter().map(|(_, said)| &**said).collect();
    assert_eq!(said, ["Let me see.", "It is (c)", "I think The old man"]);
    let log = InspectLog::new(&manifest(), &stored, "2026-01-01T00:00:00+00:00", "x");
    let mut sample = log.sample(&course).unwrap().whole;
    assert_eq!(sample["scores"]["round_0"]["value"], "C");
    assert_eq!(sample["scores"]["round_1"]["value"], "I");
    assert_eq!(sample["input"].as_array().unwrap().len(), 2);
    assert_eq!(
        sample["output"]["choices"][0]["logprobs"]["content"][1]["token"],
        "he old man"
    );
    sample["metadata"].as_object_mut().unwrap().remove(OURS);
    let Ok(Record::Theirs(foreign)) = from_inspect(sample.to_string().as_bytes()) else {
        panic!("{sample}");
    };
    assert_eq!((foreign.gold, foreign.options.len()), (Some(2), 3));
    let (name, mut task) = lm_eval_samples(&course).remove(1);
    assert!(name.ends_with("_cot_round1"), "{name}");
    assert_eq!(task["acc"], json!(0.0));
    task.as_object_mut().unwrap().remove(OURS);
    let Ok(Record::Theirs(foreign)) = from_lm_eval(&task) else {
        panic!("{task}");
    };
    assert_eq!(foreign.gold, Some(2));
    let expected = crate::report::imports::Said::Scores(vec![-1.5, -2.0, -0.25]);
    assert_eq!(foreign.said, expected);
}

#[test]
fn a_prompt_is_called_exact_only_where_its_hash_says_so() {
    let mut answers = lines();
    let text =
        "Be fair.\n\nHuman: Who?\n\nAssistant: Let me see.\n\nHuman: So?\n\nAssistant: It is";
    answers[1].steps[1].prompt_sha256 = Some(sha256(text));
    let course = Course::of(&answers);
    assert_eq!(course.prompt(0), (text.to_owned(), true));
    assert!(!course.prompt(1).1);
    let samples = lm_eval_samples(&course);
    let first = &samples[0].1;
    assert_eq!(first["prompt_is_exact"], Value::Bool(true));
    assert_eq!(first["prompt_hash"], json!(sha256(text)));
    // From Python: hash_string(json.dumps(doc, indent=2, ensure_ascii=False)).
    let expected = "94ec172ec9799706cfc4b2b1bc7d6a793f45cab9cd51f53825e951d8aa6f1b8a";
    assert_eq!(first["doc_hash"], expected);
}

#[test]
fn a_log_has_the_accuracy_of_each_condition_and_none_where_nothing_is_right() {
    let head = |answers: &[AnswerLine]| {
        let (_folder, stored) = catalogue(answers);
        let log = InspectLog::new(&manifest(), &stored, "2026-01-01T00:00:00+00:00", "x");
        log.header()["results"]["scores"].clone()
    };
    // Round 0 is right, round 1 wrong.
    let one = lines();
    let scores = head(&one);
    assert_eq!(scores[0]["metrics"]["accuracy"]["value"], 1.0);
    assert_eq!(scores[1]["metrics"]["accuracy"]["value"], 0.0);
    // Another condition: wrong in round 0, not read in round 1.
    let mut two = one.clone();
    for line in &one {
        two.push(AnswerLine {
            condition: "q".to_owned(),
            correct: (line.round == 0).then_some(false),
            ..line.clone()
        });
    }
    let scores = head(&two);
    let values = |no: usize| {
        let metrics = scores[no]["metrics"].as_object().unwrap();
        metrics
            .iter()
            .map(|(name, m)| (name.clone(), m["value"].as_f64().unwrap()))
            .collect::<Vec<_>>()
    };
    let named = |cot: f64| {
        vec![
            ("accuracy/cot".to_owned(), cot),
            ("accuracy/q".to_owned(), 0.0),
        ]
    };
    assert_eq!((values(0), values(1)), (named(1.0), named(0.0)));
    // Nothing is right: no accuracy, not one of 0.
    let none: Vec<AnswerLine> = one
        .iter()
        .map(|line| AnswerLine {
            gold: None,
            correct: None,
            ..line.clone()
        })
        .collect();
    assert_eq!(head(&none)[0]["metrics"], json!({}));
}
