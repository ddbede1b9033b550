//! The words: plain data that every other module speaks in.
//!
//! Invariant: nothing here reads a clock, a file or a channel, and nothing here can fail
//! except where text written by a person is parsed ([`Template::parse`]).

mod answer;
mod condition;
mod decoding;
mod family;
mod item;
mod job;
mod prompt;
mod recipe;
mod slot;
mod template;
mod trajectory;

pub use answer::{Answer, Verdict, parse_answer};
pub use condition::{AnswerStyle, Condition, Gives, Kind, Quoted, Source, Step, Voice};
pub use decoding::Decoding;
pub use family::{Clause, ClauseAt, DraftStep, Family, Level, MadeOf, Variant};
pub use item::{
    Blank, ContextKind, Discussed, Item, ItemId, OptionNo, OptionRole, Polarity, PronounCase, Race,
    Referent, Rule, Student, letter,
};
pub use job::{
    Alternative, CONTEXT_TOO_SHORT, Dialogue, Job, JobEvent, JobId, JobReport, Message, ModelNo,
    OptionScore, Priority, Role, Sampling, StopReason, TokenDetail,
};
pub use prompt::Prompt;
pub use recipe::{CellName, Drawing, Evidence, Plot, Quantity, Recipe, Reference};
pub use slot::Slot;
pub use template::{PartNo, Quotes, Template, UnknownSlot, Wording};
pub use trajectory::{
    ConditionNo, MASS_ENOUGH, PromptMark, Round, RoundNo, Spoken, Token, Trajectory,
};
