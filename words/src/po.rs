//! Files of translations in gettext's format, which translators' editors know: an English text, and below it the translation.

/// A text and its translation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The English text; of one that counts something, for one thing.
    pub english: String,
    /// The English text for several things, where it counts something.
    pub plural: Option<String>,
    /// The translation; where the text counts something, one for each of the language's plural forms.
    pub translations: Vec<String>,
    /// The line of the file where the entry begins, from 1.
    pub line: usize,
}

/// What is wrong with a file of translations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct PoError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: &'static str,
}

/// The entries of a file, in its order. Comments say nothing here, and neither does the file's header.
///
/// # Errors
/// Where a line is not of the format.
pub fn read(text: &str) -> Result<Vec<Entry>, PoError> {
    let mut entries: Vec<Entry> = Vec::new();
    // What a line in quotes goes on with.
    let mut part = Part::Nothing;
    for (line, content) in (1..).zip(text.lines().map(str::trim)) {
        let wrong = |problem| PoError { line, problem };
        if content.is_empty() || content.starts_with('#') {
            part = Part::Nothing;
            continue;
        }
        let (keyword, rest) = content.split_once('"').ok_or(wrong("there are no quotes"))?;
        let quoted = unquoted(rest).ok_or(wrong("the quotes do not end, or have something behind them"))?;
        let keyword = keyword.trim();
        part = match keyword {
            "" => part,
            "msgid" => {
                let (english, plural, translations) = (String::new(), None, Vec::new());
                entries.push(Entry { english, plural, translations, line });
                Part::English
            }
            "msgid_plural" => Part::Plural,
            _ if keyword.starts_with("msgstr") => Part::Translation,
            _ => return Err(wrong("it begins with something else than msgid, msgid_plural or msgstr")),
        };
        let entry = entries.last_mut().ok_or(wrong("there is no msgid above"))?;
        match part {
            Part::English => entry.english.push_str(&quoted),
            Part::Plural => entry.plural.get_or_insert_default().push_str(&quoted),
            Part::Translation if !keyword.is_empty() => entry.translations.push(quoted),
            Part::Translation => {
                entry.translations.last_mut().ok_or(wrong("there is no msgstr above"))?.push_str(&quoted)
            }
            Part::Nothing => return Err(wrong("it goes on with nothing")),
        }
    }
    // A file's header is the translation of nothing.
    entries.retain(|entry| !entry.english.is_empty());
    Ok(entries)
}

/// The parts of an entry.
#[derive(Clone, Copy)]
enum Part {
    Nothing,
    English,
    Plural,
    Translation,
}

/// The text of a line from behind its first quotes to its last ones.
fn unquoted(rest: &str) -> Option<String> {
    let inner = rest.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => text.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                other => other,
            }),
            _ => text.push(letter),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_with_their_lines() {
        let file = "# A header\nmsgid \"\"\nmsgstr \"Language: zh\\n\"\n\n#. Of the history\nmsgid \"Undo\"\nmsgstr \"撤销\"\n\n\
                    msgid \"{count} click\"\nmsgid_plural \"{count} clicks\"\nmsgstr[0] \"{count} 次\"\n\"点击\"\n\n\
                    msgid \"say \\\"no\\\"\"\nmsgstr \"说“不”\"\n";
        let entry = |english: &str, plural: Option<&str>, translation: &str, line| Entry {
            english: english.to_owned(),
            plural: plural.map(str::to_owned),
            translations: vec![translation.to_owned()],
            line,
        };
        let expected = [
            entry("Undo", None, "撤销", 6),
            entry("{count} click", Some("{count} clicks"), "{count} 次点击", 9),
            entry("say \"no\"", None, "说“不”", 14),
        ];
        assert_eq!(read(file).unwrap(), expected);
    }

    #[test]
    fn what_is_not_of_the_format_is_refused_with_its_line() {
        for (file, line) in [
            ("msgid Undo", 1),
            ("msgid \"Undo", 1),
            ("msgid \"Undo\" now", 1),
            ("\n\"Undo\"", 2),
            ("msgid \"a\"\nmsgctxt \"b\"", 2),
            ("msgstr \"a\"", 1),
            ("msgid \"a\"\nmsgstr \"a \"b\"", 2),
        ] {
            assert_eq!(read(file).unwrap_err().line, line, "{file}");
        }
    }
}
