//! Titles in readable case, made from the shop's descriptions: "SET/6 RED SPOTTY PAPER CUPS" becomes
//! "Set of 6 Red Spotty Paper Cups".

use std::collections::HashMap;

/// Words that stay in lower case inside a title.
const SMALL_WORDS: [&str; 18] =
    ["a", "an", "and", "as", "at", "by", "de", "du", "en", "for", "from", "in", "of", "on", "or", "the", "to", "with"];

/// Corrections of single words (`words.txt`), by the word in upper case.
pub struct Words(HashMap<&'static str, &'static str>);

impl Words {
    /// The corrections of `words.txt`.
    pub fn new() -> Self {
        let lines = include_str!("words.txt").lines().filter(|line| !line.starts_with('#'));
        Self(lines.filter_map(|line| line.split_once(" = ")).collect())
    }

    /// The description as a title.
    pub fn title(&self, description: &str) -> String {
        let tokens = tokens(description);
        let last = tokens.len().saturating_sub(1);
        let mut title: Vec<String> = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            let (word, comma) = token.strip_suffix(',').map_or((token.as_str(), ""), |word| (word, ","));
            let small = word.to_lowercase();
            let inside = index > 0 && index < last && comma.is_empty();
            title.push(match SMALL_WORDS.contains(&small.as_str()) && inside {
                true => small,
                false => self.word(word) + comma,
            });
        }
        title.join(" ")
    }

    /// A word that may be several, joined by slashes or hyphens.
    fn word(&self, word: &str) -> String {
        let correction = |word: &str| self.0.get(word.to_uppercase().as_str()).map(|&correct| correct.to_owned());
        correction(word).unwrap_or_else(|| {
            let hyphened =
                |word: &str| word.split('-').map(|part| correction(part).unwrap_or_else(|| capitalise(part))).collect();
            let parts: Vec<Vec<String>> = word.split('/').map(hyphened).collect();
            parts.iter().map(|part| part.join("-")).collect::<Vec<_>>().join("/")
        })
    }
}

/// Separates what the shop wrote without spaces, spells out "S/6", "SET 6" and the like, and drops stray punctuation.
fn tokens(description: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut quoted = false;
    for letter in description.chars() {
        match letter {
            '+' | '&' => spaced += " & ",
            ',' => spaced += ", ",
            '(' => spaced += " (",
            '"' if !quoted && spaced.ends_with(char::is_alphabetic) => {
                spaced += " \"";
                quoted = true;
            }
            '"' => {
                spaced.push(letter);
                quoted = !quoted;
            }
            letter => spaced.push(letter),
        }
    }
    let spaced = spaced.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",");
    let words: Vec<&str> = spaced.trim_end_matches([',', ' ']).split(' ').collect();
    let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let mut tokens: Vec<String> = Vec::new();
    for (index, &word) in words.iter().enumerate() {
        let next = |ahead: usize| words.get(index + ahead).copied().unwrap_or_default();
        let count = ["S/", "SET/", "BOX/", "PACK/", "OF"]
            .into_iter()
            .find_map(|start| word.strip_prefix(start).filter(|rest| number(rest)).map(|rest| (start, rest)));
        if let Some((start, count)) = count {
            let kind = match start {
                "BOX/" => &["BOX", "OF"][..],
                "PACK/" => &["PACK", "OF"],
                "OF" => &["OF"],
                _ => &["SET", "OF"],
            };
            tokens.extend(kind.iter().chain([&count]).map(ToString::to_string));
        } else if ["SET", "PACK"].contains(&word) && number(next(1)) && next(2) != "PIECE" {
            tokens.extend([word.to_owned(), "OF".to_owned()]);
        } else if let Some(rest) = word.strip_prefix('-') {
            tokens.push("–".to_owned());
            tokens.extend((!rest.is_empty()).then(|| rest.to_owned()));
        } else if let Some(start) = word.strip_suffix('.').filter(|start| !start.contains('.')) {
            tokens.push(start.to_owned());
        } else {
            tokens.push(word.to_owned());
        }
    }
    tokens
}

/// "HEART" as "Heart", "15CM" as "15 cm", "30CMx30CM" as "30 × 30 cm"; "50's" and "3D" stay.
fn capitalise(word: &str) -> String {
    let lower = word.to_lowercase();
    let number = |text: &str| text.starts_with(|letter: char| letter.is_ascii_digit()) && text.parse::<f64>().is_ok();
    for unit in ["cm", "g"] {
        let Some(size) = lower.strip_suffix(unit) else { continue };
        if number(size) {
            return format!("{size} {unit}");
        }
        if let Some((width, height)) = size.split_once('x') {
            let width = width.trim_end_matches(unit);
            if number(width) && number(height) {
                return format!("{width} × {height} {unit}");
            }
        }
    }
    if lower.starts_with(|letter: char| letter.is_ascii_digit()) {
        return if lower.ends_with("'s") { lower } else { word.to_uppercase() };
    }
    let Some(first) = lower.find(char::is_alphabetic) else { return lower };
    let (before, rest) = lower.split_at(first);
    let mut letters = rest.chars();
    let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{before}{capital}{}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_become_readable() {
        let words = Words::new();
        for (description, title) in [
            ("WHITE HANGING HEART T-LIGHT HOLDER", "White Hanging Heart T-Light Holder"),
            ("SET/6 RED SPOTTY PAPER CUPS", "Set of 6 Red Spotty Paper Cups"),
            ("S/15 SILVER GLASS BAUBLES IN BAG", "Set of 15 Silver Glass Baubles in Bag"),
            ("SET 3 RETROSPOT TEA,COFFEE,SUGAR", "Set of 3 Retrospot Tea, Coffee, Sugar"),
            ("ROUND SNACK BOXES SET OF4 WOODLAND", "Round Snack Boxes Set of 4 Woodland"),
            ("BAKING SET 9 PIECE RETROSPOT ", "Baking Set 9 Piece Retrospot"),
            ("BOX/12 CHICK & EGG IN BASKET", "Box of 12 Chick & Egg in Basket"),
            ("PACK/12 BLUE FOLKART CARDS", "Pack of 12 Blue Folkart Cards"),
            ("PACK 20 ENGLISH ROSE PAPER NAPKINS", "Pack of 20 English Rose Paper Napkins"),
            ("LUNCH BAG  BLACK SKULL.", "Lunch Bag Black Skull"),
            ("COLOUR GLASS. STAR T-LIGHT HOLDER", "Colour Glass Star T-Light Holder"),
            ("ELEPHANT, BIRTHDAY CARD, ", "Elephant, Birthday Card"),
            ("DECORATION , WOBBLY CHICKEN, METAL ", "Decoration, Wobbly Chicken, Metal"),
            ("CHARLIE+LOLA\"EXTREMELY BUSY\" SIGN", "Charlie & Lola \"Extremely Busy\" Sign"),
            ("PINK/WHITE \"KEEP CLEAN\" BULLET BIN", "Pink/White \"Keep Clean\" Bullet Bin"),
            ("RECORD FRAME 7\" SINGLE SIZE ", "Record Frame 7\" Single Size"),
            ("ANTIQUE SILVER T-LIGHT HLDR", "Antique Silver T-Light Holder"),
            ("ASSTD DESIGN 3D PAPER STICKERS", "Assorted Design 3D Paper Stickers"),
            ("50'S CHRISTMAS GIFT BAG LARGE", "50's Christmas Gift Bag Large"),
            ("I'M ON HOLIDAY METAL SIGN", "I'm on Holiday Metal Sign"),
            ("CHILDRENS APRON APPLES DESIGN", "Children's Apron Apples Design"),
            ("POLYESTER FILLER PAD 30CMx30CM", "Polyester Filler Pad 30 × 30 cm"),
            ("POLYESTER FILLER PAD 45x30cm", "Polyester Filler Pad 45 × 30 cm"),
            ("BAG 125g SWIRLY MARBLES", "Bag 125 g Swirly Marbles"),
            ("BLACK CHRISTMAS TREE 120CM", "Black Christmas Tree 120 cm"),
            ("TOAST ITS - BEST MUM", "Toast Its – Best Mum"),
            ("MAGIC TREE -PAPER FLOWERS", "Magic Tree – Paper Flowers"),
            ("SMALL FOLDING SCISSOR(POINTED EDGE)", "Small Folding Scissor (Pointed Edge)"),
            ("ORIGAMI LAVENDER INCENSE/CANDL SET", "Origami Lavender Incense/Candle Set"),
            ("PACK 6 HEART/ICE-CREAM PATCHES", "Pack of 6 Heart/Ice-Cream Patches"),
            ("PLAYING CARDS KEEP CALM & CARRY ON", "Playing Cards Keep Calm & Carry On"),
            ("SMOKEY GREY COLOUR D.O.F. GLASS", "Smokey Grey Colour D.O.F. Glass"),
            ("LAUNDRY 15C METAL SIGN", "Laundry 15C Metal Sign"),
            ("NURSERY A,B,C PAINTED LETTERS", "Nursery A, B, C Painted Letters"),
            ("", ""),
        ] {
            assert_eq!(words.title(description), title);
        }
    }
}
