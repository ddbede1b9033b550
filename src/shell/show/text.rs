//! A prompt for people.

use super::super::prompts::quoted_name;
use super::{Shown, View, gives_name};
use crate::app::Safe;
use crate::control;
use crate::domain::{Role, Voice};
use crate::report::{WIDTH, wrap};

impl View<'_> {
    pub(super) fn text(&self) -> String {
        let c = self.condition;
        let mut out = String::new();
        let mut field = |name: &str, text: &str| {
            for (no, line) in wrap(text, WIDTH - 11).iter().enumerate() {
                let name = if no == 0 { name } else { "" };
                out.push_str(&format!("{name:<9}  {line}\n"));
            }
        };
        let (name, title) = (Safe::line(&c.name), Safe::line(&c.title));
        field("condition", &format!("{name}: {title}"));
        let (quoted, place) = (quoted_name(c.source.quoted), Safe::line(&c.source.place));
        field("words", &format!("{quoted}: {place}"));
        let clauses = c
            .clauses()
            .map(|at| format!("{}={}", at.clause.name, at.level_name()));
        let clauses: Vec<String> = clauses.collect();
        if !clauses.is_empty() {
            field("clauses", &clauses.join(" "));
        }
        let item = Safe::line(&self.item.id.0);
        field("item", &format!("{item}, round {}", self.round.0));
        match &self.model {
            Some(name) => {
                let name = Safe::line(name);
                field(
                    "model",
                    &format!("{name}: everything below was really read and said"),
                );
                if self.is_control {
                    field("", control::LABEL);
                }
                if let Some(critic) = &self.critic {
                    field("critic", Safe::line(critic).as_str());
                }
            }
            None => field(
                "model",
                "none: what a model would have said is \u{27e8}marked like this\u{27e9}; --model NAME shows what it really reads",
            ),
        }
        let mut shown_before = 0;
        for (no, step) in self.steps.iter().enumerate() {
            out.push_str(&format!(
                "\n== step {} of {}: {}\n",
                no + 1,
                self.steps.len(),
                self.heading(step)
            ));
            let from = match step.spoken.voice {
                // What the step before has shown already is not said again.
                Voice::Model => {
                    std::mem::replace(&mut shown_before, step.dialogue.messages.len() + 1)
                }
                Voice::Critic => 0,
            };
            if from > 0 {
                out.push_str("   (goes on from the step before)\n");
            }
            for message in step.dialogue.messages.iter().skip(from) {
                out.push_str(&turn(message.role, &message.text));
            }
            let given = self.is_given(step);
            let said = match (given, &self.model) {
                (true, _) | (_, Some(_)) => {
                    format!("{}{}", step.dialogue.prefill, step.spoken.text)
                }
                (false, None) => format!("{}\u{2026}", step.dialogue.prefill),
            };
            let who = match step.spoken.voice {
                Voice::Model => "assistant",
                Voice::Critic => "critic",
            };
            out.push_str(&format!("-- {who}\n{}\n", Safe::text(&said).as_str()));
            if let Some(prompt) = &step.spoken.prompt {
                let template = match &prompt.template_sha256 {
                    Some(hash) => format!("chat template {}", hash.get(..12).unwrap_or(hash)),
                    None => "plain format, the model has no chat template".to_owned(),
                };
                let ids: Vec<String> = prompt.tokens.iter().map(u32::to_string).collect();
                out.push_str(&format!(
                    "-- as the model reads it: {} tokens, sha256 {}, {template}\n{}\n-- token ids\n{}\n",
                    prompt.tokens.len(),
                    prompt.sha256.get(..12).unwrap_or(&prompt.sha256),
                    Safe::text(&prompt.text).as_str(),
                    ids.join(" ")
                ));
            }
        }
        out
    }

    fn heading(&self, step: &Shown) -> String {
        let gives = gives_name(step.gives);
        match (self.is_given(step), step.spoken.voice) {
            (true, Voice::Model) => format!("{gives}, given by the prompt file"),
            (true, Voice::Critic) => {
                format!("{gives}, given by the prompt file, outside the model's dialogue")
            }
            (false, Voice::Model) => format!(
                "the model gives its {gives}, at most {} tokens",
                step.max_tokens
            ),
            (false, Voice::Critic) => format!(
                "the critic gives its {gives}, at most {} tokens, in a dialogue of its own",
                step.max_tokens
            ),
        }
    }
}

fn turn(role: Role, text: &str) -> String {
    format!("-- {}\n{}\n", role.name(), Safe::text(text).as_str())
}
