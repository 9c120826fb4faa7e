//! The address at which the page will be: what a chat shows of a link has a picture, which needs a whole address.

use std::env;

/// What stands in index.html for the page's address and the slash after it.
pub const PLACEHOLDER: &str = "SITE/";

/// The page's address with a slash at its end, where it is known: what the variable `SITE_URL` says, else where GitHub Pages serves
/// the repository whose workflow this runs in. Empty where it is not known, which makes links relative.
pub fn address() -> String {
    of(env::var("SITE_URL").ok(), env::var("GITHUB_REPOSITORY").ok())
}

fn of(site: Option<String>, repository: Option<String>) -> String {
    let address = site.filter(|site| !site.is_empty()).or_else(|| {
        let (owner, name) = repository.as_deref()?.split_once('/')?;
        let host = format!("{}.github.io", owner.to_ascii_lowercase());
        Some(if name.eq_ignore_ascii_case(&host) {
            format!("https://{host}")
        } else {
            format!("https://{host}/{name}")
        })
    });
    address.map_or_else(String::new, |address| format!("{}/", address.trim_end_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn the_address_is_the_one_that_is_set_or_that_of_the_repository() {
        let address = |site: &str, repository: &str| of(Some(site.to_owned()), Some(repository.to_owned()));
        assert_eq!(address("https://lens.example", "a/b"), "https://lens.example/");
        assert_eq!(address("https://lens.example/x/", ""), "https://lens.example/x/");
        assert_eq!(address("", "Somebody/interest-lens"), "https://somebody.github.io/interest-lens/");
        assert_eq!(address("", "somebody/somebody.github.io"), "https://somebody.github.io/");
        assert_eq!([address("", "nobody"), of(None, None)], ["", ""]);
    }
}
