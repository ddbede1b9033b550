//! `recant prompts show`: the exact prompt of one condition, item and round. Without a model, what
//! would have been said before stands as placeholders; with one, it is really said.

mod text;

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::config::did_you_mean;
use crate::control;
use crate::domain::{
    Condition, Decoding, Dialogue, Gives, Item, Message, Round, RoundNo, Spoken, StopReason,
    Trajectory,
};
use crate::engine::Engine;
use crate::report;
use crate::run::{Plan, Run, Settings};

use super::cli::{ComputeArgs, Format, ModelArgs, ShowArgs};
use super::drive::drive;
use super::failure::Failure;
use super::model::Chosen;
use super::prompts::quoted_name;
use super::signals::Signals;
use super::{items, model, print, setup};

/// Shows a prompt.
///
/// # Errors
/// An unknown name; a model that cannot be had, or that could not answer.
pub fn run(args: &ShowArgs) -> Result<ExitCode, Failure> {
    let all = setup::all_conditions(args.prompts.as_deref())?;
    let item = item(args)?;
    let condition = condition(args, &all, &item)?;
    let round = RoundNo(args.round);
    let mut view = View {
        condition: &condition,
        item: &item,
        round,
        model: None,
        critic: None,
        is_control: false,
        steps: Vec::new(),
    };
    let rounds = match &args.model {
        None => placeholders(&item, &condition, round),
        Some(_) => {
            let (engine, rounds) = spoken(args, &item, &condition)?;
            view.is_control = engine.about().is_control;
            view.model = Some(engine.about().name.clone());
            view.critic = engine.critic().map(|c| c.name.clone());
            rounds
        }
    };
    view.steps = steps(&item, &condition, round, rounds)?;
    match args.format {
        Format::Table => print(&view.text()),
        Format::Json => print(&report::ascii(&view.json())),
    }
}

fn condition(
    args: &ShowArgs,
    all: &[Arc<Condition>],
    item: &Arc<Item>,
) -> Result<Condition, Failure> {
    let names = std::slice::from_ref(&args.condition);
    let chosen = setup::chosen(all, names, std::slice::from_ref(item))?;
    let [one] = chosen.as_slice() else {
        let names: Vec<&str> = chosen.iter().map(|c| &*c.name).collect();
        return Err(Failure::usage(format!(
            "{} is a group; show one of {}",
            args.condition,
            names.join(", ")
        )));
    };
    let mut condition = (**one).clone();
    for change in &args.set {
        condition = changed(&condition, change)?;
    }
    Ok(condition)
}

fn changed(condition: &Condition, change: &str) -> Result<Condition, Failure> {
    let Some((clause, level)) = change.split_once('=') else {
        let what = format!("--set {change}: expected CLAUSE=LEVEL, as in instruction=s2");
        return Err(Failure::usage(what));
    };
    if let Some(changed) = condition.with(clause, level) {
        return Ok(changed);
    }
    let clauses: Vec<&str> = condition
        .clauses()
        .map(|c| c.clause.name.as_str())
        .collect();
    let what = match condition.clauses().find(|c| c.clause.name == clause) {
        None if clauses.is_empty() => {
            format!("{} stands alone and has no clauses", condition.name)
        }
        None => format!("no clause {clause}{}", did_you_mean(clause, clauses)),
        Some(at) => {
            let levels = at.clause.levels.iter().map(|l| l.name.as_str());
            match at.clause.levels.iter().any(|l| l.name == level) {
                true => format!(
                    "{clause}={level} does not go with the other clauses of {}",
                    condition.name
                ),
                false => format!(
                    "{clause} has no level {level}{}",
                    did_you_mean(level, levels)
                ),
            }
        }
    };
    Err(Failure::usage(format!("--set {change}: {what}")))
}

fn item(args: &ShowArgs) -> Result<Arc<Item>, Failure> {
    let set = items::items(&args.items)?;
    let found = match &args.item {
        None => set.items.first(),
        Some(id) => set.items.iter().find(|i| *i.id.0 == **id),
    };
    found.cloned().ok_or_else(|| {
        let id = args.item.as_deref().unwrap_or("");
        let hint = did_you_mean(id, set.items.iter().take(500).map(|i| &*i.id.0));
        let hint = match hint.starts_with("; known") {
            true => set
                .items
                .first()
                .map_or(String::new(), |i| format!("; the first one is {}", i.id)),
            false => hint,
        };
        Failure::usage(format!("no item {id} in {}{hint}", set.name))
    })
}

/// Every round before and at `round`, what would be generated as a placeholder.
fn placeholders(item: &Item, condition: &Condition, round: RoundNo) -> Vec<Round> {
    let mut trajectory = Trajectory::new(item.id.clone());
    for no in 0..=round.0 {
        trajectory.rounds.push(Round::default());
        for step in 0..condition.steps(RoundNo(no)).len() {
            let opening = trajectory.opening(item, condition, RoundNo(no), step);
            let Some(mut spoken) = opening else { break };
            if spoken.ended.is_none() {
                let what = gives_name(condition.steps(RoundNo(no))[step].gives);
                spoken.text = format!(" \u{27e8}{what} of round {no}\u{27e9}");
                spoken.ended = Some(StopReason::Given);
            }
            if let Some(last) = trajectory.rounds.last_mut() {
                last.steps.push(spoken);
            }
        }
    }
    trajectory.rounds
}

fn gives_name(gives: Gives) -> &'static str {
    match gives {
        Gives::Setting => "setting",
        Gives::Reasoning => "reasoning",
        Gives::Feedback => "feedback",
        Gives::Answer => "answer",
    }
}

/// Every round up to the wanted one, really asked.
fn spoken(
    args: &ShowArgs,
    item: &Arc<Item>,
    condition: &Condition,
) -> Result<(Box<dyn Engine>, Vec<Round>), Failure> {
    let named = ModelArgs {
        model: args.model.clone(),
        compute: ComputeArgs {
            offline: args.offline,
            ..ComputeArgs::default()
        },
    };
    let critic = Chosen::critic(args.critic.as_deref(), &named)?;
    let (engine, mut reports) = model::open_with(&Chosen::from(&named)?, critic.as_ref(), None)?;
    let settings = Settings {
        conditions: vec![Arc::new(condition.clone())],
        rounds: args.round + 1,
        seed: args.seed,
        decoding: Decoding::default(),
        lock_seeds: false,
        belief: false,
        plan: Plan::default(),
    };
    let mut run = Run::new([item.clone()].into(), settings);
    let mut rounds = Vec::new();
    let runtime = super::runtime()?;
    let ended = runtime.block_on(async {
        let mut signals = Signals::listen()?;
        let keep = |_: &mut Run, finished: &crate::run::Finished| {
            rounds.push(finished.round.clone());
            Ok(())
        };
        drive(&mut run, &*engine, &mut reports, &mut signals, keep)
            .await
            .map_err(Failure::from)
    })?;
    if ended.is_some() {
        return Err(Failure::work("stopped before the prompt was there"));
    }
    match run.sweep().last_failure() {
        Some(why) => Err(Failure::work(why)),
        None => Ok((engine, rounds)),
    }
}

/// One step of the round that is shown.
struct Shown {
    dialogue: Dialogue,
    spoken: Spoken,
    gives: Gives,
    max_tokens: u32,
}

fn steps(
    item: &Item,
    condition: &Condition,
    round: RoundNo,
    rounds: Vec<Round>,
) -> Result<Vec<Shown>, Failure> {
    let mut trajectory = Trajectory::new(item.id.clone());
    trajectory.rounds = rounds;
    let recipes = condition.steps(round).iter().enumerate();
    let shown = |(no, recipe): (usize, &crate::domain::Step)| {
        let now = trajectory.rounds.get(usize::from(round.0))?;
        Some(Shown {
            dialogue: trajectory.dialogue(item, condition, round, no)?,
            spoken: now.steps.get(no)?.clone(),
            gives: recipe.gives,
            max_tokens: recipe.max_tokens,
        })
    };
    let all: Option<Vec<Shown>> = recipes.map(shown).collect();
    all.ok_or_else(|| Failure::work("the dialogue before this round is not whole"))
}

/// What is shown.
struct View<'a> {
    condition: &'a Condition,
    item: &'a Item,
    round: RoundNo,
    model: Option<String>,
    critic: Option<String>,
    is_control: bool,
    steps: Vec<Shown>,
}

impl View<'_> {
    fn json(&self) -> Value {
        let message = |m: &Message| json!({"role": m.role.name(), "content": m.text});
        let step = |s: &Shown| {
            let given = s.spoken.ended == Some(StopReason::Given) && self.is_given(s);
            let prompt = s.spoken.prompt.as_ref().map(|p| {
                json!({
                    "text": p.text,
                    "tokens": p.tokens,
                    "count": p.tokens.len(),
                    "sha256": p.sha256,
                    "template_sha256": p.template_sha256.as_deref(),
                })
            });
            let messages: Vec<Value> = s.dialogue.messages.iter().map(message).collect();
            json!({
                "voice": s.spoken.voice.name(),
                "gives": gives_name(s.gives),
                "messages": messages,
                "prefill": s.dialogue.prefill,
                "max_tokens": (!given).then_some(s.max_tokens),
                "given": given,
                "said": (given || self.model.is_some()).then_some(&s.spoken.text),
                "prompt": prompt,
            })
        };
        let mut clauses = Map::new();
        for at in self.condition.clauses() {
            clauses.insert(at.clause.name.clone(), json!(at.level_name()));
        }
        json!({
            "recant": env!("CARGO_PKG_VERSION"),
            "condition": &*self.condition.name,
            "title": self.condition.title,
            "source": {
                "quoted": quoted_name(self.condition.source.quoted),
                "place": self.condition.source.place,
            },
            "clauses": clauses,
            "item": &*self.item.id.0,
            "round": self.round.0,
            "model": self.model,
            "model_warning": self.is_control.then_some(control::LABEL),
            "critic": self.critic,
            "earlier_answers": match (&self.model, self.round.0) {
                (Some(_), _) => "generated",
                (None, _) => "placeholders",
            },
            "steps": self.steps.iter().map(step).collect::<Vec<_>>(),
        })
    }

    fn is_given(&self, shown: &Shown) -> bool {
        shown.max_tokens == 0
    }
}
