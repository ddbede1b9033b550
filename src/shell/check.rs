//! `recant control check`: the planted biases, measured through the ordinary pipeline: prompt →
//! engine → parser → scoreboard counts.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use crate::control;
use crate::control::check::{Comparison, ENOUGH, Measured, TOLERANCE, check_items, compare};
use crate::control::documents::truth_of;
use crate::control::planted::{Planted, Truth};
use crate::domain::{Decoding, Item};
use crate::run::{Plan, Run, Settings};

use super::cli::CheckArgs;
use super::drive::drive;
use super::failure::Failure;
use super::headless::IN_FLIGHT;
use super::model::Chosen;
use super::progress::Progress;
use super::signals::Signals;
use super::{model, print};

/// Rounds that are measured: the first answer and three reviews.
const ROUNDS: u16 = 4;

/// Measures, prints planted beside measured, fails if something is off.
///
/// # Errors
/// A model or table that cannot be read.
pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let planted = Planted::embedded().map_err(Failure::work)?;
    let items = items(args.items as usize, args.seed);
    let settings = Settings {
        conditions: control::prompts::conditions()
            .map_err(Failure::work)?
            .into_iter()
            .map(Arc::new)
            .collect(),
        rounds: ROUNDS,
        seed: args.seed,
        decoding: Decoding::default(),
        belief: false,
        plan: Plan::default(),
    };
    let (engine, mut reports) = model::open(&Chosen::control(), None)?;
    let mut run = Run::new(items, settings.clone());
    run.sweep_mut().set_limits(IN_FLIGHT);
    let mut cells: BTreeMap<(u16, Truth, u16), Measured> = BTreeMap::new();
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut progress = Progress::new(run.sweep().rounds_planned(), 0);
        let keep = |run: &mut Run, finished: &crate::run::Finished| {
            let truth = truth_of(&finished.item);
            let name = settings
                .condition(finished.condition)
                .map_or("", |c| &*c.name);
            let cell = cells
                .entry((finished.condition.0, truth, finished.round_no.0))
                .or_insert_with(|| Measured::new(name, finished.round_no.0, truth));
            if let Some(answer) = finished.round.answer {
                cell.count(answer, &finished.item);
            }
            progress.at(run.sweep().rounds_done());
            Ok(())
        };
        let ended = drive(&mut run, &*engine, &mut reports, &mut signals, keep)
            .await
            .map_err(Failure::from);
        progress.end();
        ended
    })?;
    if let Some(ended) = ended {
        return Ok(ended.code());
    }
    if let Some(why) = run.sweep().last_failure() {
        return Err(Failure::work(format!("an answer could not be made: {why}")));
    }
    let measured: Vec<Measured> = cells.into_values().collect();
    let comparison = compare(&planted, &measured);
    print(&table(&comparison))?;
    Ok(match comparison.passes() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// As many held-out items of each kind of context.
fn items(each: usize, seed: u64) -> Arc<[Arc<Item>]> {
    let mut left = Truth::ALL.map(|truth| (truth, each));
    let mut items = Vec::new();
    // Half of the items are ambiguous, a quarter each of the others; 6 times as many as wanted are
    // enough but for bad luck, and then a few fewer are no harm.
    for item in check_items(6 * each.max(50), seed) {
        let truth = truth_of(&item);
        if let Some((_, left)) = left.iter_mut().find(|(t, left)| *t == truth && *left > 0) {
            *left -= 1;
            items.push(Arc::new(item));
        }
    }
    items.into()
}

fn table(comparison: &Comparison) -> String {
    let mut out = format!("{}\n\n", control::LABEL);
    out.push_str(
        "condition   round  context     outcome       planted  measured      off      n\n",
    );
    for row in &comparison.rows {
        out.push_str(&format!(
            "{:<11} {:>5}  {:<10}  {:<12}  {:>7.3}  {:>8.3}  {:>+7.3}  {:>5}{}\n",
            row.condition,
            row.round,
            row.truth.name(),
            row.truth.outcomes()[row.outcome],
            row.planted,
            row.measured,
            row.difference,
            row.n,
            if row.pass { "" } else { "  OFF" },
        ));
    }
    out.push_str("\nfirst answers, disambiguated contexts\n");
    for accuracy in &comparison.accuracy {
        out.push_str(&format!(
            "{:<11} accuracy {:.3} (n {}){}\n",
            accuracy.condition,
            accuracy.share,
            accuracy.n,
            if accuracy.pass { "" } else { "  TOO LOW" },
        ));
    }
    out.push_str(&format!("parsed {:.4} of all answers\n", comparison.parsed));
    if let Some(worst) = comparison.worst() {
        out.push_str(&format!(
            "furthest off: {} round {} {} {}, {:+.3}\n",
            worst.condition,
            worst.round,
            worst.truth.name(),
            worst.truth.outcomes()[worst.outcome],
            worst.difference
        ));
    }
    if !comparison.is_strict() {
        out.push_str(&format!(
            "a cell has only {} answers: what chance explains does not fail; --items {ENOUGH} or more \
             holds every cell to {TOLERANCE}\n",
            comparison.n_min
        ));
    }
    out.push_str(match comparison.passes() {
        true => "passed\n",
        false => "FAILED\n",
    });
    out
}
