//! `recant control check`: the planted biases, measured through the ordinary pipeline: prompt →
//! engine → parser → scoreboard counts.

use std::process::ExitCode;
use std::sync::Arc;

use crate::control;
use crate::control::check::{Comparison, TOLERANCE, compare};
use crate::control::planted::Planted;
use crate::control::prompts::{conditions, planted_conditions};
use crate::control::sets::held_out;
use crate::control::situation::Truth;
use crate::control::tally::{TOLERANCE_OF_FIGURES, Tally};
use crate::domain::{Condition, Decoding, Item, Kind};
use crate::run::{Plan, Run, Settings};

use super::cli::CheckArgs;
use super::drive::drive;
use super::failure::Failure;
use super::headless::IN_FLIGHT;
use super::model::Chosen;
use super::progress::Progress;
use super::signals::Signals;
use super::{model, print};

/// Rounds that are measured of short conditions: the first answer and three reviews.
const ROUNDS: u16 = 4;
/// Of conditions whose reviews take several steps; the control model was trained as far.
const ROUNDS_LONG: u16 = 3;
/// Of admissions, whose reviews are not planted.
const ROUNDS_LAW: u16 = 1;

/// Items of a kind with the conditions they are asked under, all for as many rounds.
struct Part {
    items: Arc<[Arc<Item>]>,
    conditions: Vec<Arc<Condition>>,
    rounds: u16,
}

/// Measures, prints planted beside measured, fails if something is off.
///
/// # Errors
/// A model or table that cannot be read.
pub fn run(args: &CheckArgs) -> Result<ExitCode, Failure> {
    let planted = Planted::embedded().map_err(Failure::work)?;
    let parts = parts(args, &planted)?;
    let (engine, mut reports) = model::open(&Chosen::control(), None)?;
    let mut tally = Tally::new(&planted);
    let runtime = super::runtime()?;
    let planned = |p: &Part| (p.items.len() * p.conditions.len()) as u64 * u64::from(p.rounds);
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let mut progress = Progress::new(parts.iter().map(planned).sum(), 0);
        let mut before = 0;
        for part in parts {
            let rounds = planned(&part);
            let settings = Settings {
                conditions: part.conditions,
                rounds: part.rounds,
                seed: args.seed,
                decoding: Decoding::default(),
                lock_seeds: false,
                belief: false,
                plan: Plan::default(),
            };
            let mut run = Run::new(part.items, settings.clone());
            run.sweep_mut().set_limits(IN_FLIGHT);
            let keep = |run: &mut Run, finished: &crate::run::Finished| {
                let name = settings.condition(finished.condition);
                let said = finished.round.steps.last().map_or("", |s| s.text.as_str());
                if let (Some(condition), Some(answer)) = (name, finished.round.answer) {
                    let round = finished.round_no.0;
                    tally.add(&finished.item, &condition.name, round, answer, said);
                }
                progress.at(before + run.sweep().rounds_done());
                Ok(())
            };
            let ended = drive(&mut run, &*engine, &mut reports, &mut signals, keep);
            if let Some(ended) = ended.await.map_err(Failure::from)? {
                progress.end();
                return Ok(Some(ended));
            }
            if let Some(why) = run.sweep().last_failure() {
                progress.end();
                return Err(Failure::work(format!("an answer could not be made: {why}")));
            }
            before += rounds;
        }
        progress.end();
        Ok::<_, Failure>(None)
    })?;
    if let Some(ended) = ended {
        return Ok(ended.code());
    }
    let comparison = compare(&tally);
    print(&table(&comparison))?;
    Ok(match comparison.passes() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// What is asked: the everyday conditions of questions with options, or everything.
fn parts(args: &CheckArgs, planted: &Planted) -> Result<Vec<Part>, Failure> {
    let each = args.items as usize;
    let of = |kind, conditions: Vec<Condition>, rounds| -> Result<Part, Failure> {
        Ok(Part {
            items: items(kind, each, args.seed)?,
            conditions: conditions.into_iter().map(Arc::new).collect(),
            rounds,
        })
    };
    if !args.all {
        let everyday = conditions().map_err(Failure::work)?;
        return Ok(vec![of(Kind::Bbq, everyday, ROUNDS)?]);
    }
    let mut parts = Vec::new();
    for kind in Kind::ALL {
        let all = planted_conditions(kind, planted).map_err(Failure::work)?;
        let (short, long): (Vec<_>, Vec<_>) = all.into_iter().partition(|c| c.review.len() == 1);
        let rounds = match kind {
            Kind::Law => ROUNDS_LAW,
            _ => ROUNDS,
        };
        for (conditions, rounds) in [(short, rounds), (long, ROUNDS_LONG)] {
            if !conditions.is_empty() {
                parts.push(of(kind, conditions, rounds)?);
            }
        }
    }
    Ok(parts)
}

/// As many held-out items of each state that the table tells apart.
fn items(kind: Kind, each: usize, seed: u64) -> Result<Arc<[Arc<Item>]>, Failure> {
    let held_out = |n| held_out(kind, n, seed).map_err(Failure::work);
    if kind != Kind::Bbq {
        return Ok(held_out(2 * each)?.into_iter().map(Arc::new).collect());
    }
    let mut left = Truth::ALL.map(|truth| (truth, each));
    let mut items = Vec::new();
    // Half of the items are ambiguous, a quarter each of the others; 6 times as many as wanted are
    // enough but for bad luck, and then a few fewer are no harm.
    for item in held_out(6 * each.max(50))? {
        let truth = Truth::of(&item);
        if let Some((_, left)) = left.iter_mut().find(|(t, left)| *t == truth && *left > 0) {
            *left -= 1;
            items.push(Arc::new(item));
        }
    }
    Ok(items.into())
}

fn table(comparison: &Comparison) -> String {
    let mut out = format!("{}\n", control::LABEL);
    let mut kind = "";
    for row in &comparison.rows {
        if row.kind != kind {
            kind = row.kind;
            out.push_str(&format!(
                "\n{kind}\n{:<13} {:>5}  {:<13} {:<13} {:>7} {:>9} {:>7} {:>6}\n",
                "condition", "round", "item", "outcome", "planted", "measured", "off", "n"
            ));
        }
        out.push_str(&format!(
            "{:<13} {:>5}  {:<13} {:<13} {:>7.3} {:>9.3} {:>+7.3} {:>6}{}\n",
            row.condition,
            row.round,
            row.state,
            row.outcome,
            row.planted,
            row.measured,
            row.difference,
            row.n,
            if row.pass { "" } else { " OFF" },
        ));
    }
    if !comparison.figures.is_empty() {
        out.push_str(&format!(
            "\nfigures of first answers (may be {TOLERANCE_OF_FIGURES:.2} apart)\n"
        ));
    }
    for figure in &comparison.figures {
        out.push_str(&format!(
            "{:<13} {:<13} {:<15} planted {:>6.3} measured {:>6.3}  n {}{}\n",
            figure.kind,
            figure.condition,
            figure.name,
            figure.planted,
            figure.measured,
            figure.n,
            if figure.pass { "" } else { " OFF" },
        ));
    }
    out.push_str("\nfirst answers, disambiguated contexts\n");
    for accuracy in &comparison.accuracy {
        out.push_str(&format!(
            "{:<13} accuracy {:.3} (n {}){}\n",
            accuracy.condition,
            accuracy.share,
            accuracy.n,
            if accuracy.pass { "" } else { "  TOO LOW" },
        ));
    }
    out.push_str(&format!("parsed {:.4} of all answers\n", comparison.parsed));
    if let Some(worst) = comparison.worst() {
        out.push_str(&format!(
            "furthest off: {} {} round {} {} {}, {:+.3}\n",
            worst.kind, worst.condition, worst.round, worst.state, worst.outcome, worst.difference
        ));
    }
    let over = comparison
        .rows
        .iter()
        .filter(|r| r.difference.abs() > TOLERANCE);
    out.push_str(&format!(
        "{} of {} shares are more than {TOLERANCE} off\n",
        over.count(),
        comparison.rows.len()
    ));
    if let Some(loosest) = comparison.loosest() {
        out.push_str(&format!(
            "with so few answers chance alone explains up to about {loosest:.3} ({:.1} standard\n\
             errors, {} shares looked at), which does not fail; more --items, less chance\n",
            comparison.chance,
            comparison.rows.len()
        ));
    }
    out.push_str(match comparison.passes() {
        true => "passed\n",
        false => "FAILED\n",
    });
    out
}
