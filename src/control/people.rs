//! The people of the grammar: an attribute and a role, "the poor baker".
//!
//! The group is in the attribute; the role carries nothing. So many people can be made from few
//! words that a model cannot remember them and has to read. Some roles are held out: no training
//! question is ever about them.

use std::fmt;

use super::draw::Draw;

/// One of the two groups of a category.
#[derive(Debug, PartialEq, Eq)]
pub struct Group {
    /// The tag in BBQ files.
    pub name: &'static str,
    /// Words that put a person into the group.
    pub attributes: &'static [&'static str],
}

/// Somebody a question can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Person {
    /// Carries the group.
    pub attribute: &'static str,
    /// Carries nothing.
    pub role: &'static str,
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the {} {}", self.attribute, self.role)
    }
}

impl Person {
    /// The same words as the beginning of a sentence: "The poor baker".
    pub fn capital(&self) -> String {
        format!("The {} {}", self.attribute, self.role)
    }
}

/// Whether something may stand in a training question, or only in questions that measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Split {
    /// Training questions.
    Train,
    /// Built-in questions and the control's check.
    HeldOut,
}

impl Split {
    /// The split of position `index` in a list of which every `every`-th element is held out.
    pub fn of(index: usize, every: usize) -> Split {
        if index % every == every - 1 {
            Split::HeldOut
        } else {
            Split::Train
        }
    }
}

/// Every fifth role is held out.
pub const ROLES_HELD_OUT_EVERY: usize = 5;

/// The roles of one side of the split.
pub fn roles(split: Split) -> impl Iterator<Item = &'static str> {
    ROLES
        .iter()
        .enumerate()
        .filter(move |(i, _)| Split::of(*i, ROLES_HELD_OUT_EVERY) == split)
        .map(|(_, role)| *role)
}

/// A role of one side of the split.
pub fn role(split: Split, draw: &mut Draw) -> &'static str {
    loop {
        let index = draw.below(ROLES.len());
        if Split::of(index, ROLES_HELD_OUT_EVERY) == split {
            return ROLES[index];
        }
    }
}

/// All roles. None of them stands in a trait, a place or a template.
pub const ROLES: [&str; 150] = [
    "baker",
    "pilot",
    "nurse",
    "teacher",
    "driver",
    "farmer",
    "lawyer",
    "doctor",
    "painter",
    "singer",
    "dancer",
    "writer",
    "actor",
    "banker",
    "barber",
    "butcher",
    "carpenter",
    "cashier",
    "chef",
    "clerk",
    "coach",
    "cook",
    "dentist",
    "designer",
    "detective",
    "diver",
    "editor",
    "engineer",
    "fisherman",
    "florist",
    "gardener",
    "guard",
    "guide",
    "hunter",
    "jeweller",
    "janitor",
    "jockey",
    "judge",
    "juggler",
    "librarian",
    "lifeguard",
    "locksmith",
    "magician",
    "mason",
    "mechanic",
    "merchant",
    "miner",
    "model",
    "musician",
    "notary",
    "optician",
    "packer",
    "pharmacist",
    "photographer",
    "pianist",
    "plumber",
    "poet",
    "porter",
    "potter",
    "printer",
    "professor",
    "publisher",
    "ranger",
    "reporter",
    "roofer",
    "sailor",
    "scholar",
    "scientist",
    "sculptor",
    "secretary",
    "shepherd",
    "shopkeeper",
    "soldier",
    "surgeon",
    "surveyor",
    "tailor",
    "tanner",
    "teller",
    "translator",
    "trader",
    "tutor",
    "typist",
    "undertaker",
    "usher",
    "valet",
    "vendor",
    "vet",
    "violinist",
    "warden",
    "watchmaker",
    "weaver",
    "welder",
    "accountant",
    "analyst",
    "architect",
    "artist",
    "astronomer",
    "athlete",
    "auditor",
    "author",
    "biologist",
    "blacksmith",
    "bookseller",
    "boxer",
    "brewer",
    "bricklayer",
    "broker",
    "builder",
    "butler",
    "captain",
    "cellist",
    "chemist",
    "cleaner",
    "cobbler",
    "comedian",
    "composer",
    "consultant",
    "courier",
    "cyclist",
    "dealer",
    "decorator",
    "drummer",
    "economist",
    "electrician",
    "explorer",
    "firefighter",
    "flutist",
    "forester",
    "geologist",
    "glazier",
    "golfer",
    "goldsmith",
    "grocer",
    "hairdresser",
    "historian",
    "innkeeper",
    "inspector",
    "instructor",
    "interpreter",
    "inventor",
    "investor",
    "juror",
    "lecturer",
    "logger",
    "masseur",
    "mathematician",
    "messenger",
    "midwife",
    "miller",
    "novelist",
];
