//! Which key does what: the one table behind input, help and footer.
//!
//! Invariant: a key has at most one action, and every action keeps its keys in the order given (the
//! first is the one the footer shows). Prompt lines (palette, jump) read text, not this table.

use std::collections::HashMap;
use std::fmt;

use super::action::Action;
use super::event::Key;

/// The default keys.
const DEFAULT: [(Action, &[&str]); 75] = [
    (Action::Left, &["h", "left"]),
    (Action::Right, &["l", "right"]),
    (Action::Up, &["k", "up"]),
    (Action::Down, &["j", "down"]),
    (Action::NextPane, &["tab"]),
    (Action::PreviousPane, &["shift-tab"]),
    (Action::Open, &["enter"]),
    (Action::Zoom, &["z"]),
    (Action::NextLayout, &["g"]),
    (Action::Axis, &["A"]),
    (Action::OpenModel, &["O"]),
    (Action::UnloadModel, &["X"]),
    (Action::Board, &["b"]),
    (Action::NextMetric, &["v"]),
    (Action::PageUp, &["pageup", "ctrl-b"]),
    (Action::PageDown, &["pagedown", "ctrl-f"]),
    (Action::Top, &["home", "<"]),
    (Action::Bottom, &["end", "G", ">"]),
    (Action::Turns, &["u"]),
    (Action::NextWord, &["w", "ctrl-right"]),
    (Action::PreviousWord, &["W", "ctrl-left"]),
    (Action::Heat, &["H"]),
    (Action::Words, &["f"]),
    (Action::Undo, &["U", "backspace"]),
    (Action::Redo, &["ctrl-r"]),
    (Action::Branches, &["B"]),
    (Action::Compare, &["d"]),
    (Action::Prompt, &["P"]),
    (Action::Samples, &["K"]),
    (Action::Pairs, &["M"]),
    (Action::Search, &["/"]),
    (Action::Copy, &["y"]),
    (Action::CopyAll, &["Y"]),
    (Action::NextItem, &["n"]),
    (Action::PreviousItem, &["p", "N"]),
    (Action::RandomItem, &["x"]),
    (Action::JumpToItem, &["o", "#"]),
    (Action::ShowItem, &["I"]),
    (Action::OwnQuestion, &["i"]),
    (Action::Label, &["L"]),
    (Action::Note, &["C"]),
    (Action::Category, &["c"]),
    (Action::Rerun, &["r"]),
    (Action::NewSeed, &["s"]),
    (Action::LockSeeds, &["S"]),
    (Action::Hotter, &["+", "="]),
    (Action::Cooler, &["-", "_"]),
    (Action::Column, &["a"]),
    (Action::Clause1, &["1"]),
    (Action::Clause2, &["2"]),
    (Action::Clause3, &["3"]),
    (Action::Clause4, &["4"]),
    (Action::Clause5, &["5"]),
    (Action::Clause6, &["6"]),
    (Action::Clause7, &["7"]),
    (Action::Clause8, &["8"]),
    (Action::Clause9, &["9"]),
    (Action::LevelBefore, &["0"]),
    (Action::Instruct, &["."]),
    (Action::Negate, &["!"]),
    (Action::FewerRounds, &["["]),
    (Action::MoreRounds, &["]"]),
    (Action::Edit, &["e"]),
    (Action::EditOutside, &["E"]),
    (Action::PauseSweep, &["space"]),
    (Action::RestartSweep, &["R"]),
    (Action::Palette, &[":", "ctrl-p"]),
    (Action::Help, &["?", "f1"]),
    (Action::Tour, &["f2"]),
    (Action::NextTheme, &["t"]),
    (Action::Mouse, &["m"]),
    (Action::Repaint, &["ctrl-l"]),
    (Action::Close, &["esc"]),
    (Action::Suspend, &["ctrl-z"]),
    (Action::Quit, &["q", "ctrl-c"]),
];

/// The table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keymap {
    keys: HashMap<Action, Vec<Key>>,
    actions: HashMap<Key, Action>,
}

/// Two actions want the same key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key.
    pub key: Key,
    /// Who has it.
    pub holder: Action,
    /// Who wants it too.
    pub claimant: Action,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, holder) = (self.key, self.holder.name());
        write!(
            f,
            "key {key} is taken by {holder}; give {holder} another key, or {} another one",
            self.claimant.name()
        )
    }
}

impl std::error::Error for Conflict {}

impl Default for Keymap {
    fn default() -> Keymap {
        // The table above is checked by a test: no conflict, every name is a key.
        Keymap::with(&[]).unwrap_or_else(|_| Keymap {
            keys: HashMap::new(),
            actions: HashMap::new(),
        })
    }
}

impl Keymap {
    /// The default keys with some actions' keys replaced.
    ///
    /// # Errors
    /// The first key that two actions want.
    pub fn with(replaced: &[(Action, Vec<Key>)]) -> Result<Keymap, Conflict> {
        let mut map = Keymap {
            keys: HashMap::new(),
            actions: HashMap::new(),
        };
        // Kept defaults first, so that a conflict names the replacement as the newcomer.
        for (action, names) in DEFAULT {
            if !replaced.iter().any(|(a, _)| *a == action) {
                map.bind(action, names.iter().filter_map(|n| Key::parse(n)).collect())?;
            }
        }
        for (action, keys) in replaced {
            map.bind(*action, keys.clone())?;
        }
        Ok(map)
    }

    fn bind(&mut self, action: Action, keys: Vec<Key>) -> Result<(), Conflict> {
        for key in &keys {
            match self.actions.insert(*key, action) {
                Some(holder) if holder != action => {
                    return Err(Conflict {
                        key: *key,
                        holder,
                        claimant: action,
                    });
                }
                _ => {}
            }
        }
        self.keys.insert(action, keys);
        Ok(())
    }

    /// What a key does.
    pub fn action(&self, key: Key) -> Option<Action> {
        self.actions.get(&key).copied()
    }

    /// The keys of an action.
    pub fn keys(&self, action: Action) -> &[Key] {
        self.keys.get(&action).map_or(&[], Vec::as_slice)
    }

    /// The first key of an action, as written on screen.
    pub fn key_name(&self, action: Action) -> Option<String> {
        self.keys(action).first().map(Key::to_string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_table_is_whole() {
        let map = Keymap::with(&[]).unwrap();
        for (action, names) in DEFAULT {
            assert_eq!(map.keys(action).len(), names.len(), "{action:?}");
        }
        for action in Action::ALL {
            assert!(!map.keys(action).is_empty(), "{action:?} has no key");
        }
    }

    #[test]
    fn a_taken_key_is_a_conflict() {
        let q = Key::parse("q").unwrap();
        let conflict = Keymap::with(&[(Action::Rerun, vec![q])]).unwrap_err();
        assert_eq!(
            (conflict.holder, conflict.claimant),
            (Action::Quit, Action::Rerun)
        );
        let map = Keymap::with(&[
            (Action::Quit, vec![Key::parse("Q").unwrap()]),
            (Action::Rerun, vec![q]),
        ]);
        assert_eq!(map.unwrap().action(q), Some(Action::Rerun));
    }
}
