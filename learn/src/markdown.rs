//! As much of Markdown as the lesson needs: headings, paragraphs, lists, tables, links, code and bold words.

use crate::format::escaped;

/// A text in HTML.
pub fn html(markdown: &str) -> String {
    let mut html = String::new();
    for block in markdown.split("\n\n").map(str::trim).filter(|block| !block.is_empty()) {
        html += &if let Some(heading) = block.strip_prefix("## ") {
            format!("<h2>{}</h2>", inline(heading))
        } else if let Some(heading) = block.strip_prefix("# ") {
            format!("<h1>{}</h1>", inline(heading))
        } else if block.starts_with("- ") {
            let items = block.split("\n- ").map(|item| format!("<li>{}</li>", inline(item.trim_start_matches("- "))));
            format!("<ul>{}</ul>", items.collect::<String>())
        } else if block.starts_with('|') {
            table(block)
        } else {
            format!("<p>{}</p>", inline(block))
        };
        html.push('\n');
    }
    html
}

/// A table: its first line are headings, its second says that it is one.
fn table(block: &str) -> String {
    let mut rows = block.lines().map(|line| line.trim_matches('|').split('|').map(str::trim));
    let head: String =
        rows.next().into_iter().flatten().map(|cell| format!("<th scope=\"col\">{}</th>", inline(cell))).collect();
    let row = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: String = cells.map(|cell| format!("<td>{}</td>", inline(cell))).collect();
        format!("<tr>{cells}</tr>")
    };
    let body: String = rows.skip(1).map(|mut cells| row(&mut cells)).collect();
    format!("<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
}

/// Links, code and bold words within a text.
fn inline(text: &str) -> String {
    let text = escaped(text);
    let linked = replaced(&text, '[', |rest| {
        let (words, rest) = rest.split_once("](")?;
        let (address, rest) = rest.split_once(')')?;
        Some((format!("<a href=\"{address}\">{words}</a>"), rest))
    });
    let code = replaced(&linked, '`', |rest| {
        let (code, rest) = rest.split_once('`')?;
        Some((format!("<code>{code}</code>"), rest))
    });
    replaced(&code.replace("**", "\u{1}"), '\u{1}', |rest| {
        let (words, rest) = rest.split_once('\u{1}')?;
        Some((format!("<strong>{words}</strong>"), rest))
    })
}

/// The text with everything replaced that begins with `mark`, where `element` finds its end.
fn replaced<'a>(text: &'a str, mark: char, element: impl Fn(&'a str) -> Option<(String, &'a str)>) -> String {
    let (mut html, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(mark) {
        html += before;
        match element(after) {
            Some((found, after)) => {
                html += &found;
                rest = after;
            }
            None => {
                html.push(mark);
                rest = after;
            }
        }
    }
    html + rest
}

#[cfg(test)]
mod tests {
    use super::html;

    #[test]
    fn a_text_has_its_elements() {
        assert_eq!(
            html("# A\n\n## B & C\n\nd `e` [f](g#h=1&i)\n"),
            "<h1>A</h1>\n<h2>B &amp; C</h2>\n<p>d <code>e</code> <a href=\"g#h=1&amp;i\">f</a></p>\n"
        );
        assert_eq!(html("- a\n- **b**"), "<ul><li>a</li><li><strong>b</strong></li></ul>\n");
        assert_eq!(
            html("| a | b |\n|---|---|\n| c | [d](e) |"),
            "<table><thead><tr><th scope=\"col\">a</th><th scope=\"col\">b</th></tr></thead><tbody><tr><td>c</td><td><a href=\"e\">d</a></td></tr></tbody></table>\n"
        );
        assert_eq!(html("a [b and `c"), "<p>a [b and `c</p>\n");
    }
}
