//! From a dialogue to the text a model was trained to continue.
//!
//! A chat template is a Jinja program from a stranger: it runs with bounded fuel, and its failures are
//! messages. Prefill is rendered **as the beginning of a last assistant turn**, cut where the prefill
//! ends, so that every template puts its own marks and spaces before it.
//!
//! A model without a template gets the plain format:
//!
//! ```text
//! {system}
//!
//! Human: {user}
//!
//! Assistant: {assistant}
//! ```
//!
//! (no system paragraph where there is none; the prompt ends after `Assistant:` and the prefill; the
//! model's turn ends before `\n\nHuman:`).

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Value};
use minijinja::{Environment, Error, ErrorKind, context};
use sha2::{Digest, Sha256};

use super::files::{ModelFiles, Part, json};
use super::weights::hex;
use crate::domain::{Dialogue, Message, Role};
use crate::engine::EngineError;

/// Steps a template may take: published ones need a few thousand for a long dialogue.
const FUEL: u64 = 5_000_000;

/// No published template comes near this.
const TEMPLATE_MAX_BYTES: usize = 1 << 20;

/// Stands where a turn is to be cut; private-use characters that no template treats specially.
const CUT: &str = "\u{e0f0}cut\u{e0f1}";

/// What ends the model's turn in the plain format.
const PLAIN_END: &str = "\n\nHuman:";

/// Templates that print the date get this one, Llama 3's own default: the same dialogue must give the
/// same prompt on any day.
const TODAY: (&str, &str, &str, &str, &str) = ("26", "Jul", "July", "07", "2024");

/// How a model's dialogues are written.
pub struct ChatTemplate {
    environment: Option<Environment<'static>>,
    bos: String,
    eos: String,
    sha256: Option<Arc<str>>,
}

/// A dialogue as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The text.
    pub text: String,
    /// Whether the tokenizer may add its own first token (a template writes it itself).
    pub add_special: bool,
}

impl ChatTemplate {
    /// Finds the template among a model's files; a model may have none.
    pub fn read(files: &ModelFiles) -> Result<ChatTemplate, EngineError> {
        let settings = match &files.tokenizer_config {
            Some(part) => Some((part, json(part)?)),
            None => None,
        };
        let token = |name: &str| match settings.as_ref().and_then(|(_, v)| v.get(name)) {
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(value) => text_at(value, "content").unwrap_or_default(),
            None => String::new(),
        };
        let (bos, eos) = (token("bos_token"), token("eos_token"));
        if let Some(part) = &files.chat_template {
            let text = String::from_utf8(part.bytes.to_vec());
            let text = text.map_err(|_| wrong(part, "is not UTF-8".into()))?;
            return ChatTemplate::parse(&text, bos, eos).map_err(|why| wrong(part, why));
        }
        let found = settings
            .as_ref()
            .and_then(|(part, value)| Some((*part, in_settings(value)?)));
        match found {
            Some((part, text)) => {
                ChatTemplate::parse(&text, bos, eos).map_err(|why| wrong(part, why))
            }
            None => Ok(ChatTemplate {
                environment: None,
                bos,
                eos,
                sha256: None,
            }),
        }
    }

    /// A template from its text; `bos` and `eos` are the texts of those tokens.
    pub fn parse(text: &str, bos: String, eos: String) -> Result<ChatTemplate, String> {
        if text.len() > TEMPLATE_MAX_BYTES {
            return Err("is larger than 1 MiB".into());
        }
        let mut environment = Environment::new();
        let mut syntax = SyntaxConfig::builder();
        syntax.trim_blocks(true).lstrip_blocks(true);
        environment.set_syntax(syntax.build().map_err(|e| explain(&e))?);
        environment.set_fuel(Some(FUEL));
        environment
            .set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", raise);
        environment.add_function("strftime_now", today);
        environment.add_filter("tojson", to_json);
        let text = without_generation_marks(text);
        environment
            .add_template_owned("chat", text.clone())
            .map_err(|e| explain(&e))?;
        Ok(ChatTemplate {
            environment: Some(environment),
            bos,
            eos,
            sha256: Some(hex(&Sha256::digest(text.as_bytes())).into()),
        })
    }

    /// Hash of the template's text, in hexadecimal; `None` for the plain format.
    pub fn sha256(&self) -> Option<Arc<str>> {
        self.sha256.clone()
    }

    /// A text that ends the model's turn although it is not a token.
    pub fn turn_end(&self) -> Option<&'static str> {
        match self.environment {
            Some(_) => None,
            None => Some(PLAIN_END),
        }
    }

    /// The prompt of a dialogue. Errors are for people: what the template refused, and what to change.
    pub fn render(&self, dialogue: &Dialogue) -> Result<Rendered, String> {
        let Some(environment) = &self.environment else {
            return Ok(plain(dialogue));
        };
        let messages = &dialogue.messages;
        let system = messages.first().filter(|m| m.role == Role::System);
        let text = match self.continued(environment, messages, &dialogue.prefill) {
            // Some templates drop a system turn without a word.
            Ok(text) if system.is_none_or(|s| text.contains(s.text.trim())) => Ok(text),
            Ok(_) => self.continued(environment, &folded(messages), &dialogue.prefill),
            Err(first) if system.is_some() => {
                let folded = self.continued(environment, &folded(messages), &dialogue.prefill);
                folded.map_err(|_| first)
            }
            Err(e) => Err(e),
        };
        let text = text.map_err(|why| {
            format!(
                "the model's chat template refused this dialogue: {why}; change the condition's turns, \
                 or give the model folder another chat_template.jinja"
            )
        })?;
        // A turn that the template does not know must not vanish without a word.
        let lost = |m: &&Message| m.role == Role::Tool && !text.contains(m.text.trim());
        if let Some(lost) = messages.iter().find(lost) {
            return Err(format!(
                "the model's chat template leaves out what stands in a {} turn; put it in the user's turn",
                lost.role.name()
            ));
        }
        Ok(Rendered {
            text,
            add_special: false,
        })
    }

    /// The rendered text up to where the model goes on.
    fn continued(
        &self,
        environment: &Environment<'static>,
        messages: &[Message],
        prefill: &str,
    ) -> Result<String, String> {
        if prefill.is_empty() {
            return self.run(environment, messages, true);
        }
        let mut all = messages.to_vec();
        all.push(Message {
            role: Role::Assistant,
            text: format!("{prefill}{CUT}"),
        });
        let text = self.run(environment, &all, false);
        if let Ok(text) = &text
            && let [before, _] = text.split(CUT).collect::<Vec<_>>().as_slice()
            && before.ends_with(prefill.trim_start())
        {
            return Ok((*before).to_owned());
        }
        // The template changes or hides the last turn: open one, and write the prefill ourselves.
        let mut text = self.run(environment, messages, true)?;
        let opens = text.ends_with(char::is_whitespace) || text.ends_with('>');
        if !opens && !prefill.starts_with(char::is_whitespace) {
            text.push(' ');
        }
        Ok(text + prefill)
    }

    fn run(
        &self,
        environment: &Environment<'static>,
        messages: &[Message],
        open_turn: bool,
    ) -> Result<String, String> {
        let turns: Vec<Value> = messages
            .iter()
            .map(|m| context! { role => m.role.name(), content => m.text.clone() })
            .collect();
        let template = environment.get_template("chat").map_err(|e| explain(&e))?;
        let values = context! {
            messages => turns,
            add_generation_prompt => open_turn,
            bos_token => self.bos.clone(),
            eos_token => self.eos.clone(),
        };
        template.render(values).map_err(|e| explain(&e))
    }
}

/// Where Hugging Face's `tokenizer_config.json` keeps it: a text, or a list of named ones.
fn in_settings(value: &serde_json::Value) -> Option<String> {
    match value.get("chat_template")? {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Array(list) => {
            let is_default = |v: &&serde_json::Value| v["name"] == "default";
            let one = list.iter().find(is_default).or_else(|| list.first())?;
            text_at(one, "template")
        }
        _ => None,
    }
}

fn text_at(value: &serde_json::Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn wrong(part: &Part, why: String) -> EngineError {
    EngineError::Template {
        file: part.name.clone(),
        why,
    }
}

fn explain(error: &Error) -> String {
    let line = error
        .line()
        .map(|l| format!("line {l}: "))
        .unwrap_or_default();
    let text = error
        .detail()
        .map_or_else(|| error.to_string(), str::to_owned);
    format!("{line}{text}")
}

/// The system turn's words before the first user turn's.
fn folded(messages: &[Message]) -> Vec<Message> {
    let [system, user, rest @ ..] = messages else {
        return messages.to_vec();
    };
    let mut all = vec![Message {
        role: user.role,
        text: format!("{}\n\n{}", system.text, user.text),
    }];
    all.extend_from_slice(rest);
    all
}

fn plain(dialogue: &Dialogue) -> Rendered {
    let mut text = String::new();
    for message in &dialogue.messages {
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        match message.role {
            Role::System => {}
            Role::User => text.push_str("Human: "),
            Role::Assistant => text.push_str("Assistant: "),
            Role::Tool => text.push_str("Tool: "),
        }
        text.push_str(message.text.trim());
    }
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str("Assistant:");
    if !dialogue.prefill.is_empty() && !dialogue.prefill.starts_with(' ') {
        text.push(' ');
    }
    text.push_str(&dialogue.prefill);
    Rendered {
        text,
        add_special: true,
    }
}

/// `{% generation %}` marks (for training masks) are unknown to the template library; blocks that always
/// run mean the same here. Whitespace markers are kept.
fn without_generation_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("{%") {
        let (before, tag) = rest.split_at(at);
        out.push_str(before);
        let Some(end) = tag.find("%}") else {
            rest = tag;
            break;
        };
        let inside = &tag[2..end];
        let marks = |c: char| c == '-' || c == '+';
        let word = inside.trim_matches(|c: char| marks(c) || c.is_whitespace());
        let statement = match word {
            "generation" => Some("if true"),
            "endgeneration" => Some("endif"),
            _ => None,
        };
        match statement {
            Some(statement) => {
                let open = if inside.starts_with(marks) {
                    &inside[..1]
                } else {
                    ""
                };
                let close = if inside.ends_with(marks) {
                    &inside[inside.len() - 1..]
                } else {
                    ""
                };
                out.push_str(&format!("{{%{open} {statement} {close}%}}"));
            }
            None => out.push_str(&tag[..end + 2]),
        }
        rest = &tag[end + 2..];
    }
    out.push_str(rest);
    out
}

fn raise(message: String) -> Result<Value, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message))
}

fn today(format: String) -> String {
    let (day, short, long, month, year) = TODAY;
    format
        .replace("%d", day)
        .replace("%b", short)
        .replace("%B", long)
        .replace("%m", month)
        .replace("%Y", year)
        .replace("%y", "24")
        .replace("%A", "Friday")
        .replace("%a", "Fri")
}

/// As Python's `json.dumps` writes it; the library's own filter escapes for HTML.
fn to_json(value: Value, kwargs: Kwargs) -> Result<Value, Error> {
    let indent: Option<usize> = kwargs.get("indent")?;
    let _: Option<bool> = kwargs.get("ensure_ascii")?;
    let _: Option<Value> = kwargs.get("separators")?;
    let _: Option<bool> = kwargs.get("sort_keys")?;
    kwargs.assert_all_used()?;
    let bad = |e: serde_json::Error| Error::new(ErrorKind::BadSerialization, e.to_string());
    let value = serde_json::to_value(&value).map_err(bad)?;
    let mut out = String::new();
    dump(&value, indent.map(|n| n.min(16)), 0, &mut out);
    Ok(Value::from_safe_string(out))
}

fn dump(value: &serde_json::Value, indent: Option<usize>, depth: usize, out: &mut String) {
    use serde_json::Value as Json;
    let line = |out: &mut String, depth: usize| {
        if let Some(n) = indent {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', n * depth));
        }
    };
    let comma = if indent.is_some() { "," } else { ", " };
    match value {
        Json::Array(items) if !items.is_empty() => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                out.push_str(if i > 0 { comma } else { "" });
                line(out, depth + 1);
                dump(item, indent, depth + 1, out);
            }
            line(out, depth);
            out.push(']');
        }
        Json::Object(fields) if !fields.is_empty() => {
            out.push('{');
            for (i, (key, item)) in fields.iter().enumerate() {
                out.push_str(if i > 0 { comma } else { "" });
                line(out, depth + 1);
                out.push_str(&Json::from(key.as_str()).to_string());
                out.push_str(": ");
                dump(item, indent, depth + 1, out);
            }
            line(out, depth);
            out.push('}');
        }
        other => out.push_str(&other.to_string()),
    }
}
