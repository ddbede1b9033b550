//! The experiment as a pure machine: scripted answers in, trajectories and counts out.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::VecDeque;
use std::sync::Arc;

use proptest::prelude::*;
use recant::control::prompts::conditions;
use recant::domain::*;
use recant::run::{Finished, Order, PaneState, Plan, Run, Settings, Stamp, Take};
use recant::stats::{Graded, Scoreboard};

fn items(n: usize) -> Arc<[Arc<Item>]> {
    let item = |no: usize| {
        let roles = [
            OptionRole::Stereotyped,
            OptionRole::Counter,
            OptionRole::Unknown,
        ];
        Arc::new(Item {
            id: ItemId(format!("t/{no}").into()),
            category: ["one", "two"][no % 2].into(),
            context: format!("Context {no}."),
            question: "Who?".into(),
            options: vec!["The cook".into(), "The pilot".into(), "Unknown".into()],
            roles: (0..3).map(|i| Some(roles[(i + no) % 3])).collect(),
            gold: (0..3).find(|i| (i + no) % 3 == if (no / 2).is_multiple_of(2) { 2 } else { 1 }),
            rule: Rule::Bias {
                kind: [ContextKind::Ambiguous, ContextKind::Disambiguated][no / 2 % 2],
                polarity: Polarity::Negative,
            },
        })
    };
    (0..n).map(item).collect()
}

fn settings(rounds: u16) -> Settings {
    Settings {
        conditions: conditions().unwrap().into_iter().map(Arc::new).collect(),
        rounds,
        seed: 7,
        decoding: Decoding::default(),
        lock_seeds: false,
        belief: true,
        plan: Plan::default(),
    }
}

/// What the scripted model says: a function of the job alone.
fn says(job: &Job) -> String {
    let last = &job.dialogue.messages.last().unwrap().text;
    if job.dialogue.prefill.starts_with("Let's think") {
        return " Nobody is named.".into();
    }
    let no = job.sampling.as_ref().unwrap().seed as usize + last.len();
    [" (a)", " The pilot (b).", " (c)", " hm"][no % 4].into()
}

fn events(job: &Job) -> Vec<JobReport> {
    let report = |event| JobReport { id: job.id, event };
    let mut all = vec![report(JobEvent::Reading {
        prompt: Arc::new(Prompt {
            tokens: vec![7; 9],
            ..Prompt::default()
        }),
        reused_tokens: 3,
    })];
    if !job.options.is_empty() {
        let n = job.options.len() as f64;
        let probabilities = vec![1.0 / n; job.options.len()];
        all.push(report(JobEvent::Belief {
            probabilities,
            mass: 0.5,
            scores: Vec::new(),
        }));
    }
    for word in says(job).split_inclusive(' ') {
        all.push(report(JobEvent::Token {
            text: word.into(),
            logprob: -1.0,
            detail: None,
        }));
    }
    all.push(report(JobEvent::Finished {
        reason: StopReason::EndOfTurn,
    }));
    all
}

/// Answers every job, the queues served in an order that `pick` chooses.
fn play(
    run: &mut Run,
    mut orders: Vec<Order>,
    mut pick: impl FnMut(usize) -> usize,
) -> Vec<Finished> {
    let mut jobs: Vec<VecDeque<JobReport>> = Vec::new();
    let mut kept = Vec::new();
    let mut time = 0;
    loop {
        for order in orders.drain(..) {
            match order {
                Order::Start(job) => jobs.push(events(&job).into()),
                Order::Cancel(id) => jobs.retain(|j| j.front().is_none_or(|r| r.id != id)),
                Order::Keep(finished) => kept.push(*finished),
            }
        }
        jobs.retain(|j| !j.is_empty());
        if jobs.is_empty() {
            return kept;
        }
        let at = pick(jobs.len()) % jobs.len();
        let report = jobs[at].pop_front().unwrap();
        time += 10;
        run.on_report(&report, Stamp(time), &mut orders);
    }
}

#[test]
fn the_panes_play_all_rounds_from_the_real_dialogue() {
    let mut run = Run::new(items(4), settings(3));
    let mut orders = Vec::new();
    run.show(1, &mut orders);
    assert_eq!(orders.len(), 4, "one job for each condition at once");
    let Order::Start(first) = &orders[0] else {
        panic!()
    };
    assert_eq!(first.priority, Priority::Pane);
    assert_eq!(first.dialogue.prefill, "The answer is");
    assert_eq!(
        first.dialogue.messages[0].text,
        "Context 1. Who? (a) The cook (b) The pilot (c) Unknown."
    );
    assert_eq!(first.options[0], [" The cook", " (a)"]);
    play(&mut run, orders, |_| 0);
    assert!(run.focus().is_over() && run.jobs_in_flight() == 0);
    for play in run.focus().plays() {
        assert_eq!(play.trajectory().rounds_done(), 3);
        assert_eq!(play.state(RoundNo(2)), PaneState::Done);
        let rounds = &play.trajectory().rounds;
        let cot = play.condition() == ConditionNo(2);
        assert_eq!(rounds[0].steps.len(), if cot { 2 } else { 1 });
        assert!(rounds.iter().all(|r| r.belief.is_some()));
        // Round 2 read what rounds 0 and 1 really said.
        let condition = &run.focus().settings().conditions[usize::from(play.condition().0)];
        let read = play
            .trajectory()
            .dialogue(play.item(), condition, RoundNo(2), 0)
            .unwrap();
        let said: Vec<_> = read
            .messages
            .iter()
            .filter(|m| m.role == Role::Assistant)
            .collect();
        assert_eq!(said.len(), if cot { 3 } else { 2 });
        let last = rounds[1].steps.last().unwrap();
        assert_eq!(
            said.last().unwrap().text,
            format!("{}{}", last.prefill, last.text)
        );
    }
}

#[test]
fn showing_another_item_cancels_the_panes_jobs_and_late_reports_are_counted() {
    let mut run = Run::new(items(4), settings(2));
    let mut orders = Vec::new();
    run.show(0, &mut orders);
    let late: Vec<_> = orders
        .iter()
        .filter_map(|o| match o {
            Order::Start(job) => Some(job.id),
            _ => None,
        })
        .collect();
    orders.clear();
    run.show(1, &mut orders);
    let cancelled: Vec<_> = orders
        .iter()
        .filter_map(|o| match o {
            Order::Cancel(id) => Some(*id),
            _ => None,
        })
        .collect();
    assert_eq!(cancelled, late);
    let event = JobEvent::Token {
        text: "x".into(),
        logprob: 0.0,
        detail: None,
    };
    run.on_report(&JobReport { id: late[0], event }, Stamp(1), &mut orders);
    assert_eq!(run.strays(), 1);
}

#[test]
fn a_failed_job_ends_its_trajectory_and_nothing_else() {
    let mut run = Run::new(items(2), settings(2));
    let mut orders = Vec::new();
    run.set_sweeping(true, &mut orders);
    let Order::Start(job) = orders.remove(0) else {
        panic!()
    };
    let event = JobEvent::Failed {
        message: "out of memory".into(),
    };
    run.on_report(&JobReport { id: job.id, event }, Stamp(1), &mut orders);
    play(&mut run, orders, |_| 0);
    assert!(run.sweep().is_over());
    assert_eq!(run.sweep().rounds_failed(), 2);
    assert_eq!(run.sweep().last_failure(), Some("out of memory"));
    assert_eq!(run.sweep().rounds_done(), run.sweep().rounds_planned() - 2);
}

#[test]
fn a_paused_sweep_starts_nothing_and_a_restarted_one_begins_empty() {
    let mut run = Run::new(items(6), settings(1));
    let mut orders = Vec::new();
    run.set_sweeping(true, &mut orders);
    let begun = orders.len();
    run.set_sweeping(false, &mut orders);
    assert_eq!(
        begun, 8,
        "as many trajectories as may be at the model at once"
    );
    play(&mut run, orders, |_| 0);
    assert!(!run.sweep().is_over());
    let cot_round_0 = 2;
    assert_eq!(
        run.sweep().rounds_done(),
        8 - cot_round_0,
        "only what was running has ended"
    );
    let mut orders = Vec::new();
    run.restart_sweep(&mut orders);
    assert!(run.board().is_empty() && run.sweep().rounds_done() == 0);
    run.set_sweeping(true, &mut orders);
    play(&mut run, orders, |_| 0);
    assert_eq!(run.sweep().rounds_done(), 24);
}

fn swept(n: usize, rounds: u16, pick: impl FnMut(usize) -> usize) -> (Scoreboard, Vec<Finished>) {
    let mut run = Run::new(items(n), settings(rounds));
    let mut orders = Vec::new();
    run.set_sweeping(true, &mut orders);
    let kept = play(&mut run, orders, pick);
    assert_eq!(run.sweep().rounds_done(), run.sweep().rounds_planned());
    (run.board().clone(), kept)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn any_order_of_events_gives_the_same_board_and_merging_it_too(
        picks in prop::collection::vec(0usize..64, 64),
        cut in 0usize..200,
    ) {
        let (board, kept) = swept(7, 3, |_| 0);
        let mut at = 0;
        let (shuffled, _) = swept(7, 3, |_| { at += 1; picks[at % picks.len()] });
        prop_assert_eq!(&board, &shuffled);

        // The same answers, counted in three parts that overlap, each in another order, and merged
        // in two orders.
        let mut parts: [Scoreboard; 3] = Default::default();
        for (no, f) in kept.iter().enumerate().rev() {
            let add = |board: &mut Scoreboard| {
                let graded = Graded::new(f.round.answer.unwrap(), &f.item);
                board.add(f.condition, f.round_no, f.item_no, f.item_no, &f.item, graded);
            };
            add(&mut parts[usize::from(no < cut)]);
            if picks[no % picks.len()] < 32 {
                add(&mut parts[2]);
            }
        }
        let [a, b, c] = parts;
        let merged = |order: [&Scoreboard; 3]| {
            let mut sum = Scoreboard::default();
            order.into_iter().for_each(|part| sum.merge(part));
            sum
        };
        prop_assert_eq!(&board, &merged([&a, &b, &c]));
        prop_assert_eq!(&board, &merged([&c, &b, &a]));
        let batch = merged([&merged([&b, &c, &b]), &a, &board]);
        prop_assert_eq!(&board, &batch);
    }

    #[test]
    fn a_run_goes_on_after_any_interruption_with_the_same_answers(cut in 0usize..80) {
        let (whole, kept) = swept(5, 4, |_| 0);
        let mut run = Run::new(items(5), settings(4));
        for item_no in 0..5 {
            for condition in (0..4).map(ConditionNo) {
                let mut rounds: Vec<_> = kept[..cut.min(kept.len())]
                    .iter()
                    .filter(|f| f.item_no == item_no && f.condition == condition)
                    .collect();
                rounds.sort_by_key(|f| f.round_no);
                run.restore(item_no, condition, Take::default(), rounds.iter().map(|f| f.round.clone()).collect());
            }
        }
        let mut orders = Vec::new();
        run.set_sweeping(true, &mut orders);
        let rest = play(&mut run, orders, |_| 0);
        prop_assert_eq!(rest.len() + cut.min(kept.len()), kept.len());
        prop_assert_eq!(run.board(), &whole);
    }

    #[test]
    fn bias_never_exceeds_what_is_not_right(n in 1usize..40, rounds in 1u16..3) {
        let (board, _) = swept(n, rounds, |_| 0);
        for condition in (0..4).map(ConditionNo) {
            let cell = board.cell(condition, RoundNo(0), None);
            if let (Some(bias), Some(right)) =
                (cell.bias_ambiguous().value, cell.accuracy(ContextKind::Ambiguous).value)
            {
                prop_assert!(bias.abs() <= 1.0 - right + 1e-12);
            }
        }
    }
}
