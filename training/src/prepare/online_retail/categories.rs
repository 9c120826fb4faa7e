//! Categories, which the data do not have, derived from titles by ordered keyword rules (`categories.txt`).

/// The category of products whose title holds no keyword.
pub const OTHER: &str = "Other";

/// The keyword rules.
pub struct Rules(Vec<(&'static str, Vec<String>)>);

impl Rules {
    /// The rules of `categories.txt`.
    pub fn new() -> Self {
        let lines = include_str!("categories.txt").lines().filter(|line| !line.starts_with('#'));
        let rules = lines.filter_map(|line| line.split_once(": "));
        Self(rules.map(|(category, keywords)| (category, keywords.split(", ").map(words).collect())).collect())
    }

    /// The category of the first rule with a keyword in `title`.
    pub fn category(&self, title: &str) -> &'static str {
        let title = words(title);
        let found = |keyword: &String| {
            let stem = keyword.trim_end();
            title.contains(keyword.as_str()) || title.contains(&format!("{stem}s "))
        };
        self.0.iter().find(|(_, keywords)| keywords.iter().any(found)).map_or(OTHER, |(category, _)| category)
    }
}

/// The words in lower case with one space before and after each, so that a search finds whole words only.
fn words(text: &str) -> String {
    let separator = |letter: char| !(letter.is_alphanumeric() || "&'-".contains(letter));
    let words: Vec<String> =
        text.split(separator).filter(|word| !word.is_empty()).map(|word| word.to_lowercase()).collect();
    format!(" {} ", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_rule_with_a_whole_word_decides() {
        let rules = Rules::new();
        for (title, category) in [
            ("White Hanging Heart T-Light Holder", "Candles & Lights"),
            ("Set of 6 T-Lights Santa", "Christmas"),
            ("Travel Card Wallet Keep Calm", "Bags & Travel"),
            ("Botanical Rose Greeting Card", "Cards & Gift Wrap"),
            ("Card Holder Gingham Star", "Storage & Furniture"),
            ("Mini Cake Stand T-Light Holder", "Candles & Lights"),
            ("Regency Cake Stand 3 Tier", "Tableware"),
            ("Jumbo Bag Red Retrospot", "Bags & Travel"),
            ("Doctor's Bag Soft Toy", "Toys & Games"),
            ("Bathroom Metal Sign", "Signs, Clocks & Frames"),
            ("Pink/Purple Retro Radio", OTHER),
            // "pen" is no part of "open", nor "cup" of "cupboard".
            ("Open", OTHER),
            ("", OTHER),
        ] {
            assert_eq!(rules.category(title), category, "{title}");
        }
    }

    #[test]
    fn every_line_of_the_rules_is_understood() {
        let lines = include_str!("categories.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let Rules(rules) = Rules::new();
        assert_eq!(rules.len(), lines.count());
        let categories: std::collections::BTreeSet<_> = rules.iter().map(|(category, _)| category).collect();
        assert_eq!(categories.len(), 16);
    }
}
