//! Every kind of question on screen: its panes, its scoreboard, the list behind a number.

use std::sync::Arc;

use recant::benchmarks::{Kind, builtin};
use recant::config::prompts::embedded;
use recant::domain::{Answer, ConditionNo, Decoding, Item, Job, Race, Round, RoundNo, Rule};
use recant::run::{Plan, Run, Seat, Settings, Take};
use recant::stats::Pace;

use super::stage::{Stage, number, says};

const SIZES: [(u16, u16); 2] = [(80, 24), (120, 40)];

/// What the scripted model says where options have no letters, and where there are none.
fn says_of_any_kind(job: &Job) -> String {
    let last = &job.dialogue.messages.last().unwrap().text;
    let texts = [
        " thank you for waiting.",
        " what an idiot, get lost.",
        " it will be all right.",
    ];
    let number = number(last);
    if job.options.is_empty() {
        return texts[number % texts.len()].into();
    }
    match job.options.get(number % (job.options.len() + 1)) {
        Some(forms) if forms[0].len() < 6 => format!("{}.", forms[0]),
        _ => says(job),
    }
}

/// A part of a built-in set under its default conditions, the benchmark in the background done.
fn stage_of(kind: Kind, size: (u16, u16)) -> Stage {
    let items: Vec<Arc<Item>> = builtin::read(kind).unwrap().items;
    let items: Arc<[Arc<Item>]> = items.into_iter().take(16).collect();
    let conditions = embedded().unwrap().into_iter().filter(|c| {
        let default = c.groups.iter().any(|g| g == "default");
        default && c.fits.contains(&kind)
    });
    let mut stage = Stage::with_conditions(size, items, conditions.collect(), says_of_any_kind);
    stage.ready();
    stage.settle();
    stage
}

fn pictures(kind: Kind) {
    for size in SIZES {
        let name = |view: &str| format!("{}_{view}_{}x{}", kind.name(), size.0, size.1);
        let mut stage = stage_of(kind, size);
        insta::assert_snapshot!(name("panes"), stage.frame());
        stage.keys(&["b"]);
        insta::assert_snapshot!(name("board"), stage.frame());
        stage.keys(&["down", "enter"]);
        insta::assert_snapshot!(name("items"), stage.frame());
    }
}

#[test]
fn pronouns() {
    pictures(Kind::Winogender);
}

#[test]
fn admissions() {
    pictures(Kind::Law);
}

#[test]
fn texts() {
    pictures(Kind::Continuation);
}

#[test]
fn groups_to_tell_apart() {
    pictures(Kind::Distinguish);
}

#[test]
fn choices() {
    pictures(Kind::Choice);
}

/// The key goes through what the kind has, and comes back to its main number; nothing undefined stands
/// without a reason.
#[test]
fn the_metric_key_goes_through_the_kinds_own() {
    let table = [
        (Kind::Bbq, 10, "s_AMB"),
        (Kind::Winogender, 10, "pearson"),
        (Kind::Law, 5, "admission gap"),
        (Kind::Continuation, 3, "toxicity, mean"),
        (Kind::Distinguish, 5, "accuracy"),
        (Kind::Choice, 5, "accuracy"),
    ];
    for (kind, metrics, first) in table {
        let mut stage = stage_of(kind, (120, 40));
        let title = |stage: &Stage| {
            let frame = stage.frame();
            let line = frame.lines().find(|l| l.contains(" next "));
            line.unwrap().to_owned()
        };
        let at_first = title(&stage);
        assert!(at_first.contains(first), "{}: {at_first}", kind.name());
        for no in 1..=metrics {
            stage.keys(&["v"]);
            assert_eq!(
                title(&stage) == at_first,
                no == metrics,
                "{} {no}",
                kind.name()
            );
            let frame = stage.frame();
            let bare = frame.contains("undef") && !frame.contains("undef: ");
            assert!(!bare, "{} {no}:\n{frame}", kind.name());
        }
    }
}

/// A label by hand is all that is known of an answer without probabilities; taken back, it is as before.
#[test]
fn a_label_counts_among_admissions_at_once() {
    let items: Arc<[Arc<Item>]> = builtin::read(Kind::Law).unwrap().items.into();
    let settings = Settings {
        conditions: vec![embedded().unwrap()[0].clone()],
        rounds: 1,
        seed: 0,
        lock_seeds: false,
        decoding: Decoding::default(),
        belief: false,
        plan: Plan::default(),
        lock_seeds: false,
    };
    let Rule::Admission(first) = &items[0].rule else {
        panic!("no admission");
    };
    let of_first = |i: &Arc<Item>| matches!(&i.rule, Rule::Admission(s) if s.no == first.no);
    let pair: Vec<usize> = (0..items.len())
        .filter(|no| of_first(&items[*no]))
        .collect();
    assert_eq!(pair.len(), 2);
    let mut run = Run::new(items.clone(), settings);
    for (item_no, answer) in [(pair[0], Answer::Unparsed), (pair[1], Answer::Choice(1))] {
        let round = Round {
            answer: Some(answer),
            verdict: Some(answer.verdict(&items[item_no])),
            ..Round::default()
        };
        run.restore(item_no, ConditionNo(0), Take::default(), vec![round]);
    }
    let gap = |run: &Run| {
        let place = (ConditionNo(0), RoundNo(0));
        let score = run
            .sweep()
            .measures()
            .score(place, None, "admission_gap", Pace::Exact);
        score.unwrap().estimate.value
    };
    let seat = Seat {
        item_no: pair[0],
        condition: ConditionNo(0),
        take: Take::default(),
        round: RoundNo(0),
    };
    let sign = if first.race == Race::Black { 1.0 } else { -1.0 };
    assert_eq!(gap(&run), None);
    assert!(run.label(seat, Some(Answer::Choice(0))));
    assert_eq!(gap(&run), Some(sign));
    assert!(run.label(seat, Some(Answer::Choice(1))));
    assert_eq!(gap(&run), Some(0.0));
    assert!(run.label(seat, None));
    assert_eq!(gap(&run), None);
}
