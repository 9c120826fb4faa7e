//! The settings of a network that can be changed on the page: options that need no other tensors.

use std::collections::BTreeMap;

/// What can be chosen for an option of type `T`.
#[derive(Debug)]
pub struct Options<T> {
    /// The name of the setting, the same for every network that has it.
    pub id: &'static str,
    /// What stands before the list of options.
    pub label: &'static str,
    /// Each option: its name in the list, and what it is called in a sentence.
    pub options: Vec<(T, String, String)>,
}

/// A setting of a network, and which of its options is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The name of the setting.
    pub id: &'static str,
    /// What stands before the list of options.
    pub label: &'static str,
    /// The names of the options in the list.
    pub options: Vec<String>,
    /// The place of the option in use.
    pub place: usize,
    /// What the option in use is called in a sentence.
    pub words: String,
}

/// Options that somebody chose, each by its place and by the name of its setting.
pub type Choices = BTreeMap<&'static str, usize>;

/// Choices in an address: each setting with the place of its option, from 1.
pub fn written(choices: &Choices) -> String {
    let choices: Vec<String> = choices.iter().map(|(id, place)| format!("{id}.{}", place + 1)).collect();
    choices.join(",")
}

/// The choices of which an address has the text; none where they are of none of the settings `known`.
pub fn read(text: &str, known: &[Setting]) -> Option<Choices> {
    let choice = |text: &str| {
        let (id, place) = text.split_once('.')?;
        let place = place.parse::<usize>().ok()?.checked_sub(1)?;
        let setting = known.iter().find(|setting| setting.id == id && place < setting.options.len())?;
        Some((setting.id, place))
    };
    text.split(',').map(choice).collect()
}

/// A walk through the settings of a network, which notes each as it is left behind.
#[derive(Debug)]
pub struct Walk<'a> {
    chosen: &'a Choices,
    settings: Vec<Setting>,
}

impl<'a> Walk<'a> {
    /// A walk that sets what was chosen.
    pub fn new(chosen: &'a Choices) -> Self {
        Self { chosen, settings: Vec::new() }
    }

    /// The settings along the way.
    pub fn noted(self) -> Vec<Setting> {
        self.settings
    }

    /// Sets `value` to what was chosen for it. A value that is none of the options stays as it is, and is no setting.
    pub fn set<T: Copy + PartialEq>(&mut self, options: &Options<T>, value: &mut T) {
        let Some(present) = options.options.iter().position(|(one, ..)| one == value) else { return };
        let chosen = self.chosen.get(options.id).copied().filter(|place| *place < options.options.len());
        let place = chosen.unwrap_or(present);
        *value = options.options[place].0;
        self.settings.push(Setting {
            id: options.id,
            label: options.label,
            options: options.options.iter().map(|(_, name, _)| name.clone()).collect(),
            place,
            words: options.options[place].2.clone(),
        });
    }
}
