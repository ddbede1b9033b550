//! Inside answers with a real model: what the belief trace, branches and the pane to the left say
//! agrees with what the model itself said.

#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::HashMap;
use std::sync::Arc;

use recant::app::inspect;
use recant::benchmarks::{BUILTIN, bbq};
use recant::control::{self, prompts::conditions};
use recant::domain::{ConditionNo, Decoding, JobId, JobReport, RoundNo};
use recant::engine::local::files::{EmbeddedFiles, ModelFiles};
use recant::engine::local::{LocalEngine, Options};
use recant::engine::{Engine, JobHandle};
use recant::run::{
    Fork, Neighbours, Order, Place, Plan, PlayNo, Point, Run, Settings, Stamp, Watched, stations,
};
use tokio::sync::mpsc::{Receiver, channel};

struct Live {
    run: Run,
    engine: LocalEngine,
    reports: Receiver<JobReport>,
    handles: HashMap<JobId, JobHandle>,
}

impl Live {
    /// The control model, its first question, greedy, under all conditions in two rounds.
    fn new() -> Live {
        let settings = Settings {
            conditions: conditions().unwrap().into_iter().map(Arc::new).collect(),
            rounds: 2,
            seed: 3,
            decoding: Decoding {
                temperature: 0.0,
                ..Decoding::default()
            },
            lock_seeds: false,
            belief: true,
            plan: Plan::default(),
        };
        let items = bbq::read(BUILTIN).unwrap().items.into();
        let (sender, reports) = channel(1024);
        let options = Options {
            threads: Some(1),
            is_control: true,
            ..Options::default()
        };
        let files = ModelFiles::embedded(EmbeddedFiles {
            name: "control",
            config: control::CONFIG,
            tokenizer: control::TOKENIZER,
            tokenizer_config: control::TOKENIZER_CONFIG,
            weights: control::WEIGHTS,
        });
        let engine = LocalEngine::open(&files, sender, options).unwrap();
        let mut live = Live {
            run: Run::new(items, settings),
            engine,
            reports,
            handles: HashMap::new(),
        };
        live.does(|run, orders| run.show(0, orders));
        live
    }

    /// Asks for something and lets the model answer all of it.
    fn does<T>(&mut self, ask: impl FnOnce(&mut Run, &mut Vec<Order>) -> T) -> T {
        let mut orders = Vec::new();
        let out = ask(&mut self.run, &mut orders);
        loop {
            for order in orders.drain(..) {
                match order {
                    Order::Start(job) => {
                        self.handles.insert(job.id, self.engine.start(job));
                    }
                    Order::Cancel(id) => {
                        self.handles.remove(&id);
                    }
                    Order::Keep(_) => {}
                }
            }
            if self.run.jobs_in_flight() == 0 {
                return out;
            }
            let report = self.reports.blocking_recv().unwrap();
            self.run.on_report(&report, Stamp(0), &mut orders);
        }
    }

    fn text(&self, play: PlayNo, round: u16) -> String {
        let round = self.run.focus().play(play).unwrap().round(RoundNo(round));
        round.unwrap().steps.last().unwrap().text.clone()
    }
}

#[test]
fn a_greedy_branch_that_says_the_same_goes_on_the_same() {
    let mut live = Live::new();
    for play in [PlayNo(0), PlayNo(3)] {
        let own = [live.text(play, 0), live.text(play, 1)];
        let spoken = live.run.focus().play(play).unwrap().trajectory().rounds[0].steps[0].clone();
        for kept_tokens in 0..spoken.tokens.len() {
            let words = inspect::text(&spoken, kept_tokens).to_owned();
            let fork = Fork {
                parent: play,
                round: RoundNo(0),
                step: 0,
                kept_tokens,
                words,
                token: None,
                is_sample: false,
            };
            let branch = live.does(|run, orders| run.branch(fork, orders)).unwrap();
            assert_eq!(live.text(branch, 0), own[0], "after {kept_tokens} tokens");
            assert_eq!(live.text(branch, 1), own[1], "round 1 of that branch");
        }
        assert_eq!([live.text(play, 0), live.text(play, 1)], own, "the parent");
    }
}

#[test]
fn another_word_leads_elsewhere_and_undo_and_redo_lead_back_and_forth() {
    let mut live = Live::new();
    let condition = ConditionNo(0);
    let own = live.text(PlayNo(0), 0);
    let first = own.trim_start().split(' ').next().unwrap().to_owned();
    let words = if first == "The" { " Cannot" } else { " The" };
    let fork = Fork {
        parent: PlayNo(0),
        round: RoundNo(0),
        step: 0,
        kept_tokens: 0,
        words: words.into(),
        token: None,
        is_sample: false,
    };
    let branch = live.does(|run, orders| run.branch(fork, orders)).unwrap();
    assert!(live.text(branch, 0).starts_with(words));
    let answer = |live: &Live, no| {
        live.run
            .focus()
            .play(no)
            .unwrap()
            .round(RoundNo(0))
            .unwrap()
            .answer
    };
    assert_ne!(answer(&live, branch), answer(&live, PlayNo(0)));
    assert_eq!(live.run.focus().shown_no(condition), Some(branch));
    assert!(live.does(|run, orders| run.undo(condition, orders)));
    assert!(!live.does(|run, orders| run.undo(condition, orders)));
    assert_eq!(live.run.focus().shown_no(condition), Some(PlayNo(0)));
    assert!(live.does(|run, orders| run.redo(condition, orders)));
    assert!(!live.does(|run, orders| run.redo(condition, orders)));
    assert_eq!(live.run.focus().shown_no(condition), Some(branch));
}

/// At every token of every round there is a belief, and it sums to 1. Where the answer begins it is
/// the round's own; once an option is begun and no other begins like that, it is sure of that one.
#[test]
fn the_trace_is_whole_and_agrees_with_what_was_said() {
    let mut live = Live::new();
    for no in (0..4).map(PlayNo) {
        let belief = Some((no, RoundNo(1)));
        live.does(|run, orders| {
            let surprise = Vec::new();
            run.watch(
                Watched {
                    belief,
                    surprise,
                    ..Watched::default()
                },
                orders,
            );
        });
        let play = live.run.focus().play(no).unwrap();
        for (round, r) in (0..).map(RoundNo).zip(&play.trajectory().rounds) {
            for (step, spoken) in r.steps.iter().enumerate() {
                let last = step + 1 == r.steps.len();
                for tokens in stations(spoken) {
                    let place = Place {
                        play: no,
                        round,
                        step,
                        tokens,
                    };
                    let Some(Point::Known {
                        probabilities,
                        mass,
                    }) = live.run.trace().point(&place)
                    else {
                        panic!("nothing known at {place:?}");
                    };
                    assert!((probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                    if last && tokens == 0 {
                        assert_eq!(Some(probabilities), r.belief.as_ref());
                    }
                    let said = inspect::text(spoken, 0);
                    if last && tokens == 1 && said != " The" {
                        let option = r.answer.unwrap().option(play.item()).unwrap();
                        assert!(probabilities[option] > 0.99 && *mass > 0.5, "{place:?}");
                    }
                }
            }
        }
    }
}

/// Beside itself nothing is surprising: the probability in a pane to the left that is the same pane
/// is the token's own.
#[test]
fn a_token_is_as_probable_in_the_same_place_once_more() {
    let mut live = Live::new();
    let of = Neighbours {
        play: PlayNo(2),
        round: RoundNo(0),
        left: PlayNo(2),
        left_round: RoundNo(0),
    };
    live.does(|run, orders| {
        let surprise = vec![of];
        let watched = Watched {
            surprise,
            belief: None,
            ..Watched::default()
        };
        run.watch(watched, orders);
    });
    let play = live.run.focus().play(PlayNo(2)).unwrap();
    let mut compared = 0;
    for (step, spoken) in play.trajectory().rounds[0].steps.iter().enumerate() {
        for (token, own) in spoken.tokens.iter().enumerate() {
            let Some(again) = live.run.trace().surprise(&of, step, token) else {
                assert!(
                    inspect::text(spoken, token).is_empty(),
                    "step {step} token {token}"
                );
                continue;
            };
            assert!(
                (again - f64::from(own.logprob)).abs() < 1e-3,
                "step {step} token {token}"
            );
            compared += 1;
        }
    }
    assert!(compared > 8);
}

/// Words that were put into an answer are not one of its draws: not the branch that says them, and
/// not when that branch is what the column shows.
#[test]
fn a_branch_is_none_of_the_draws() {
    let mut live = Live::new();
    let fork = |words: &str, is_sample| Fork {
        parent: PlayNo(0),
        round: RoundNo(0),
        step: 0,
        kept_tokens: 0,
        words: words.into(),
        token: None,
        is_sample,
    };
    let branch = fork(" The zebra", false);
    let branch = live.does(|run, orders| run.branch(branch, orders)).unwrap();
    let drawn = live.does(|run, orders| run.branch(fork("", true), orders));
    let drawn = drawn.unwrap();
    for from in [PlayNo(0), branch, drawn] {
        let draws = live.run.focus().draws(from, RoundNo(0));
        assert_eq!(draws, [PlayNo(0), drawn], "from {from:?}");
    }
    // What was said before counts as dialogue in the next round.
    let next = live.run.focus().draws(branch, RoundNo(1));
    assert_eq!(next, [branch]);
}
