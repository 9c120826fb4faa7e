//! What names of features say.

/// Usual names of the item.
pub(super) const ITEMS: [&str; 8] = ["item_id", "item", "iid", "mid", "adgroup_id", "goods_id", "video_id", "movie_id"];
/// Usual names of its category.
pub(super) const CATEGORIES: [&str; 9] =
    ["cate_id", "cate", "category_id", "category", "cat_id", "cat", "cid", "genre", "genres"];
/// Words of features that say something about the user or the situation, and not about the product.
pub(super) const OF_USERS: [&str; 17] = [
    "user",
    "userid",
    "uid",
    "gender",
    "sex",
    "age",
    "occupation",
    "job",
    "zip",
    "city",
    "country",
    "hour",
    "day",
    "weekday",
    "week",
    "month",
    "device",
];
/// What names of histories have in them.
pub(super) const OF_HISTORY: [&str; 6] = ["hist", "seq", "neg", "click", "behavior", "behaviour"];

/// Whether one of these words is in a name.
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    let lower = name.to_ascii_lowercase();
    lower.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|word| words.contains(&word))
}

/// Whether a feature is a history of another by its name: "hist_item_id" and "item_id_seq" of "item_id", "item_history" of
/// "item" or "item_id".
pub fn is_history_of(history: &str, feature: &str) -> bool {
    let mut stem = history;
    for prefix in ["neg_", "noclk_", "hist_", "click_"] {
        stem = stem.strip_prefix(prefix).unwrap_or(stem);
    }
    for suffix in ["_history", "_hist", "_his", "_sequence", "_seq", "_list"] {
        stem = stem.strip_suffix(suffix).unwrap_or(stem);
    }
    stem != history && (stem == feature || Some(stem) == feature.strip_suffix("_id"))
}
