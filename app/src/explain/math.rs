//! Equations in MathML, written in one line.

/// MathML of `equation`, as in `h_t = (1 − ũ_t) ⊙ h_{t−1} + ũ_t ⊙ n_t`.
///
/// Letters that stand together are one name, numbers are numbers, every other sign is an operator; `_` puts what follows low
/// and `^` high, braces hold together, `√` is the root of what follows. A space between names is a product.
pub fn math(equation: &str) -> String {
    let mut letters = equation.chars().collect::<Vec<_>>().into_iter().peekable();
    format!("<math>{}</math>", row(&mut letters))
}

type Letters = std::iter::Peekable<std::vec::IntoIter<char>>;

/// Everything up to the closing brace or the end.
fn row(letters: &mut Letters) -> String {
    let mut parts: Vec<String> = Vec::new();
    while let Some(&letter) = letters.peek() {
        match letter {
            '}' => {
                letters.next();
                break;
            }
            ' ' => {
                letters.next();
            }
            '_' | '^' => {
                letters.next();
                let base = parts.pop().unwrap_or_default();
                let tag = if letter == '_' { "msub" } else { "msup" };
                parts.push(format!("<{tag}>{base}{}</{tag}>", part(letters)));
            }
            _ => parts.push(part(letters)),
        }
    }
    format!("<mrow>{}</mrow>", parts.concat())
}

/// One name, number, operator or group.
fn part(letters: &mut Letters) -> String {
    let Some(first) = letters.next() else { return String::new() };
    // An accent that follows its letter belongs to it.
    let is_name = |letter: &char| letter.is_alphabetic() || *letter == '′' || ('\u{300}'..='\u{36f}').contains(letter);
    let is_number = |letter: &char| letter.is_ascii_digit() || matches!(letter, '.' | ',');
    let run = |letters: &mut Letters, belongs: &dyn Fn(&char) -> bool| {
        let mut text = first.to_string();
        while let Some(letter) = letters.next_if(belongs) {
            text.push(letter);
        }
        text
    };
    match first {
        '{' => row(letters),
        '√' => format!("<msqrt>{}</msqrt>", part(letters)),
        first if is_name(&first) => name(&run(letters, &is_name)),
        first if first.is_ascii_digit() => format!("<mn>{}</mn>", run(letters, &is_number)),
        '<' => "<mo>&lt;</mo>".to_owned(),
        '>' => "<mo>&gt;</mo>".to_owned(),
        // Bars and brackets keep their size.
        '(' | ')' | '[' | ']' => format!("<mo stretchy=\"false\">{first}</mo>"),
        operator => format!("<mo>{operator}</mo>"),
    }
}

/// A name: one letter in italics, with what is above or behind it, or a word.
fn name(name: &str) -> String {
    const ABOVE: [(&str, &str); 4] = [("ũ", "u~"), ("k\u{303}", "k~"), ("q\u{303}", "q~"), ("q\u{302}", "q^")];
    if let Some((_, accented)) = ABOVE.into_iter().find(|(accented, _)| *accented == name) {
        let (letter, accent) = accented.split_at(1);
        return format!("<mover accent=\"true\"><mi>{letter}</mi><mo>{accent}</mo></mover>");
    }
    match name.strip_suffix('′') {
        Some(letter) => format!("<mrow><mi>{letter}</mi><mo>′</mo></mrow>"),
        None => format!("<mi>{name}</mi>"),
    }
}

#[cfg(test)]
mod tests {
    use super::math;

    #[test]
    fn equations_have_their_parts() {
        assert_eq!(
            math("ũ_t = a_t·u_t"),
            "<math><mrow><msub><mover accent=\"true\"><mi>u</mi><mo>~</mo></mover><mi>t</mi></msub><mo>=</mo><msub><mi>a</mi><mi>t</mi></msub><mo>·</mo>\
             <msub><mi>u</mi><mi>t</mi></msub></mrow></math>"
        );
        assert_eq!(
            math("h′_{t−1} √d"),
            "<math><mrow><msub><mrow><mi>h</mi><mo>′</mo></mrow><mrow><mi>t</mi><mo>−</mo><mn>1</mn></mrow></msub><msqrt><mi>d</mi></msqrt>\
             </mrow></math>"
        );
        assert_eq!(math("0.5 × −1"), "<math><mrow><mn>0.5</mn><mo>×</mo><mo>−</mo><mn>1</mn></mrow></math>");
    }
}
