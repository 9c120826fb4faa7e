//! The page's texts in other languages than English, a file for each, as the page loads them.

use std::fs;
use std::path::Path;

use words::Dictionaries;

use crate::files;
use crate::step::Error;

/// Where translators edit the texts.
const FOLDER: &str = "app/languages";

/// The pseudo-language whose words are longer than English ones, for those who look whether the page has room for them.
const LONG: &str = "x-long";

/// Writes a file for each language into `to`.
///
/// # Errors
/// Where a dictionary cannot be read, or a file not be written.
pub fn write(root: &Path, to: &Path) -> Result<(), Error> {
    let all = Dictionaries::read(&root.join(FOLDER))?;
    files::empty(to)?;
    let languages = all.by_language.iter().map(|(language, dictionary)| (language.as_str(), dictionary.to_file()));
    for (language, text) in languages.chain([(LONG, all.long_file())]) {
        let path = to.join(language).with_extension("txt");
        fs::write(&path, text).map_err(Error::file(&path))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    #[test]
    fn every_language_has_a_line_for_each_text_of_the_page() {
        let folder = tempfile::tempdir().unwrap();
        write(&Workspace::new(false).root, folder.path()).unwrap();
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        let [chinese, long] = ["zh.txt", "x-long.txt"].map(read);
        assert_eq!(chinese.lines().count(), long.lines().count());
        assert!(long.len() > chinese.len() / 2, "{} {}", long.len(), chinese.len());
    }
}
