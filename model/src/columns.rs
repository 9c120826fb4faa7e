//! What people call the columns of a log of clicks or purchases. Capitals, spaces, hyphens and underscores do not matter:
//! "Customer ID" is customerid.

/// Names of the column that says who it was; a session stands for its visitor where there is nothing better.
pub const USER: [&str; 21] = [
    "user",
    "userid",
    "uid",
    "customer",
    "customerid",
    "client",
    "clientid",
    "visitor",
    "visitorid",
    "member",
    "memberid",
    "shopper",
    "shopperid",
    "buyer",
    "buyerid",
    "reviewer",
    "reviewerid",
    "account",
    "accountid",
    "session",
    "sessionid",
];

/// Names of the column that says which product it was. Amazon's parent_asin is the product, its asin one of the variants.
pub const ITEM: [&str; 17] = [
    "item",
    "itemid",
    "product",
    "productid",
    "parentasin",
    "asin",
    "article",
    "articleid",
    "sku",
    "stockcode",
    "movieid",
    "bookid",
    "songid",
    "trackid",
    "newsid",
    "iid",
    "id",
];

/// Names of the column that says when it was.
pub const TIME: [&str; 12] = [
    "time",
    "timestamp",
    "datetime",
    "eventtime",
    "eventtimestamp",
    "eventdate",
    "unixreviewtime",
    "invoicedate",
    "orderdate",
    "createdat",
    "tdat",
    "date",
];

/// Names of the column with the category of the product.
pub const CATEGORY: [&str; 14] = [
    "category",
    "categoryname",
    "categorycode",
    "maincategory",
    "itemcategory",
    "productcategory",
    "categories",
    "categoryid",
    "genre",
    "genres",
    "class",
    "department",
    "producttype",
    "producttypename",
];

/// Names of the column with the name of the product.
pub const TITLE: [&str; 10] = [
    "title",
    "name",
    "itemname",
    "itemtitle",
    "productname",
    "producttitle",
    "movietitle",
    "description",
    "productdescription",
    "itemdescription",
];

/// Names of the column with the price of one piece.
pub const PRICE: [&str; 4] = ["price", "unitprice", "itemprice", "productprice"];

/// Names of the column that says what was done: looked at, put into the cart, bought.
pub const EVENT: [&str; 9] = [
    "event",
    "eventtype",
    "eventname",
    "behavior",
    "behaviour",
    "behaviortype",
    "behaviourtype",
    "action",
    "actiontype",
];

/// Names of the column with the stars that the product was given.
pub const RATING: [&str; 4] = ["rating", "overall", "stars", "score"];

/// The place in `columns` of the first of `names` that is among them.
pub fn find(columns: &[String], names: &[&str]) -> Option<usize> {
    let plain: Vec<String> = columns.iter().map(|column| plain(column)).collect();
    names.iter().find_map(|name| plain.iter().position(|column| column == name))
}

/// A name without what does not matter in it: capitals, spaces, hyphens and underscores.
pub fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, ' ' | '-' | '_')).map(|letter| letter.to_ascii_lowercase()).collect()
}
