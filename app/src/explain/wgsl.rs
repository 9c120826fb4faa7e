//! WGSL to be read: tokens, the numbers of the equations that a line computes, constants, and bindings with what lies in them.

use crate::ui::format::escaped;

/// The kind of a token, which is its CSS class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Comment,
    Attribute,
    Keyword,
    Type,
    Number,
    /// A size or option: a name in capitals.
    Constant,
    Plain,
}

const KEYWORDS: [&str; 15] = [
    "break", "const", "continue", "else", "false", "fn", "for", "if", "let", "override", "return", "struct", "true",
    "var", "while",
];
const TYPES: [&str; 17] = [
    "array",
    "atomic",
    "bool",
    "f16",
    "f32",
    "function",
    "i32",
    "mat4x4",
    "private",
    "read",
    "read_write",
    "storage",
    "u32",
    "uniform",
    "vec2",
    "vec3",
    "vec4",
];

/// One line of WGSL.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// With its tokens marked up, as HTML.
    pub html: String,
    /// Numbers of the equations that it computes a part of.
    pub equations: Vec<u32>,
}

/// An equation in the comment with which a file begins.
#[derive(Debug, Clone, PartialEq)]
pub struct Equation {
    /// The number of the equation.
    pub number: u32,
    /// The equation as written.
    pub text: String,
}

/// The lines of `source`, with the values of the `constants` that they name as titles.
pub fn lines(source: &str, constants: &[(String, String)]) -> Vec<Line> {
    source.lines().map(|line| Line { html: marked_up(line, constants), equations: numbers_at_end(line) }).collect()
}

/// The equations of the comment with which `source` begins.
pub fn equations(source: &str) -> Vec<Equation> {
    let comments = source.lines().map_while(|line| line.strip_prefix("//"));
    comments
        .filter_map(|comment| {
            let (text, numbers) = comment.rsplit_once("    (")?;
            let number = numbers.strip_suffix(')')?.parse().ok()?;
            Some(Equation { number, text: text.trim().to_owned() })
        })
        .collect()
}

/// Name and value of each `const` of `source` that is one number or flag.
pub fn constants(source: &str) -> Vec<(String, String)> {
    let declared =
        source.lines().filter_map(|line| line.trim().strip_prefix("const ")?.strip_suffix(';')?.split_once(" = "));
    declared
        .map(|(name, value)| {
            let name = name.split(':').next().unwrap_or(name).trim();
            let value = value.trim();
            let number = value.trim_end_matches('u');
            let value = if number.parse::<f64>().is_ok() { number } else { value };
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

/// A buffer that a stage is bound to.
#[derive(Debug, Clone, PartialEq)]
pub struct Binding {
    /// The name of the buffer in the shader.
    pub name: String,
    /// uniform, read or read_write.
    pub access: String,
    /// The type of the buffer, with sizes in place of their names. An array without a length is as long as the buffer.
    pub shape: String,
    /// What its structs hold, in the order in which it lies there; of an array, its first element.
    pub fields: Vec<Field>,
}

/// A field of a struct in a buffer.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// How the shader says it, after the buffer's name: `.layers[i].bias`.
    pub path: String,
    /// The type, with sizes in place of their names.
    pub shape: String,
    /// Where it begins, in bytes from the beginning of the buffer.
    pub offset: u32,
    /// The size in bytes.
    pub bytes: u32,
}

/// A struct that WGSL declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Struct {
    name: String,
    /// Names and types of its fields.
    fields: Vec<(String, String)>,
}

/// The structs that `source` declares.
pub fn structs(source: &str, constants: &[(String, String)]) -> Vec<Struct> {
    let field = |line: &str| {
        let (field, _) = line.split_once("//").unwrap_or((line, ""));
        let (name, shape) = field.trim().strip_suffix(',')?.split_once(": ")?;
        Some((name.to_owned(), with_values(shape, constants)))
    };
    let declared = source.split("\nstruct ").skip(1).filter_map(|declared| {
        let (name, fields) = declared.split_once(" {")?;
        let (fields, _) = fields.split_once('}')?;
        Some(Struct { name: name.to_owned(), fields: fields.lines().filter_map(field).collect() })
    });
    declared.collect()
}

/// Size and alignment of a type in bytes, as WGSL lays it out (section "Alignment and Size"); none of an array without a length.
fn extent(shape: &str, structs: &[Struct]) -> Option<[u32; 2]> {
    match shape {
        "f32" | "i32" | "u32" => return Some([4, 4]),
        "vec2<f32>" | "vec2<u32>" => return Some([8, 8]),
        "vec4<f32>" | "vec4<u32>" => return Some([16, 16]),
        _ => {}
    }
    if let Some((element, count)) = array(shape) {
        let [bytes, align] = extent(element, structs)?;
        return Some([bytes.next_multiple_of(align) * count?, align]);
    }
    let declared = structs.iter().find(|declared| declared.name == shape)?;
    declared
        .fields
        .iter()
        .try_fold([0u32, 1], |[end, most], (_, shape)| {
            let [bytes, align] = extent(shape, structs)?;
            Some([end.next_multiple_of(align) + bytes, most.max(align)])
        })
        .map(|[end, align]| [end.next_multiple_of(align), align])
}

/// The type of an array's elements, and how many there are, where it says so.
fn array(shape: &str) -> Option<(&str, Option<u32>)> {
    let inner = shape.strip_prefix("array<")?.strip_suffix('>')?;
    let counted = inner.rsplit_once(", ").and_then(|(element, count)| Some((element, count.parse().ok()?)));
    Some(counted.map_or((inner, None), |(element, count)| (element, Some(count))))
}

/// The fields of the structs in `shape`, which begins at `offset` and is named by `path`.
fn fields(shape: &str, path: &str, offset: u32, structs: &[Struct]) -> Vec<Field> {
    let (mut shape, mut path) = (shape, path.to_owned());
    while let Some((element, _)) = array(shape) {
        let index = char::from(b'i' + path.matches('[').count() as u8);
        path += &format!("[{index}]");
        shape = element;
    }
    let Some(declared) = structs.iter().find(|declared| declared.name == shape) else { return Vec::new() };
    let (mut end, mut found) = (offset, Vec::new());
    for (name, shape) in &declared.fields {
        let Some([bytes, align]) = extent(shape, structs) else { break };
        let (path, offset) = (format!("{path}.{name}"), end.next_multiple_of(align));
        let inner = fields(shape, &path, offset, structs);
        found.push(Field { path, shape: shape.clone(), offset, bytes });
        found.extend(inner);
        end = offset + bytes;
    }
    found
}

/// The bindings that `source` declares, in their order.
pub fn bindings(source: &str, constants: &[(String, String)], structs: &[Struct]) -> Vec<Binding> {
    let declared = source.lines().filter(|line| line.starts_with("@group(0)")).filter_map(|line| {
        let (_, declared) = line.split_once("var<")?;
        let (access, declared) = declared.split_once('>')?;
        let (name, shape) = declared.strip_suffix(';')?.split_once(':')?;
        let access = access.rsplit(", ").next().unwrap_or(access);
        let shape = with_values(shape.trim(), constants);
        Some(Binding {
            name: name.trim().to_owned(),
            access: access.to_owned(),
            fields: fields(&shape, "", 0, structs),
            shape,
        })
    });
    declared.collect()
}

/// Invocations of a workgroup in x and y, as the entry point of `source` says.
pub fn workgroup_size(source: &str, constants: &[(String, String)]) -> Option<[u32; 2]> {
    let (_, rest) = source.split_once("@workgroup_size(")?;
    let (sizes, _) = rest.split_once(')')?;
    let mut sizes = sizes.split(',').map(|size| with_values(size.trim(), constants).parse::<u32>().ok());
    Some([sizes.next()??, sizes.next().unwrap_or(Some(1))?])
}

/// `code` with the values of constants in place of their names.
fn with_values(code: &str, constants: &[(String, String)]) -> String {
    tokens(code)
        .into_iter()
        .map(|(kind, text)| match constants.iter().find(|(name, _)| kind == Kind::Constant && name == text) {
            Some((_, value)) => value.as_str(),
            None => text,
        })
        .collect()
}

/// The numbers in a comment such as `// (1, 3)` at the end of a line of code.
fn numbers_at_end(line: &str) -> Vec<u32> {
    let numbers = || {
        let (code, comment) = line.rsplit_once("// (")?;
        let numbers = comment.strip_suffix(')')?.split(", ").map(|number| number.parse().ok());
        if code.trim().is_empty() { None } else { numbers.collect::<Option<Vec<u32>>>() }
    };
    numbers().unwrap_or_default()
}

fn marked_up(line: &str, constants: &[(String, String)]) -> String {
    tokens(line)
        .into_iter()
        .map(|(kind, text)| {
            let class = match kind {
                Kind::Plain => return escaped(text),
                Kind::Comment => "comment",
                Kind::Attribute => "attribute",
                Kind::Keyword => "keyword",
                Kind::Type => "type",
                Kind::Number => "number",
                Kind::Constant => "constant",
            };
            let value = constants.iter().find(|(name, _)| kind == Kind::Constant && name == text);
            let title = value.map(|(_, value)| format!(" title=\"{}\"", escaped(value))).unwrap_or_default();
            format!("<span class=\"{class}\"{title}>{}</span>", escaped(text))
        })
        .collect()
}

/// The tokens of one line, spaces and signs included.
fn tokens(line: &str) -> Vec<(Kind, &str)> {
    let mut tokens = Vec::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
        let word = |text: &str| text.find(|letter| !is_word(letter)).unwrap_or(text.len());
        let (kind, length) = if rest.starts_with("//") {
            (Kind::Comment, rest.len())
        } else if first == '@' {
            (Kind::Attribute, 1 + word(&rest[1..]))
        } else if first.is_ascii_digit() {
            let length = rest.find(|letter: char| !is_word(letter) && letter != '.').unwrap_or(rest.len());
            (Kind::Number, length)
        } else if is_word(first) {
            let length = word(rest);
            let name = &rest[..length];
            let is_constant = name.len() > 1
                && name.chars().all(|letter| letter.is_uppercase() || letter.is_numeric() || letter == '_');
            let is_struct = first.is_uppercase();
            let kind = match name {
                name if KEYWORDS.contains(&name) => Kind::Keyword,
                name if TYPES.contains(&name) => Kind::Type,
                _ if is_constant => Kind::Constant,
                _ if is_struct => Kind::Type,
                _ => Kind::Plain,
            };
            (kind, length)
        } else {
            (Kind::Plain, first.len_utf8())
        };
        let (token, after) = rest.split_at(length);
        tokens.push((kind, token));
        rest = after;
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "const HIDDEN: u32 = 24u;\nconst SCALE: f32 = 0.5;\nconst FITS: bool = true;";

    #[test]
    fn tokens_have_their_kinds() {
        let constants = constants(SOURCE);
        assert_eq!(
            marked_up("    let x = vec4(1.5) < a[HIDDEN - 1u]; // x<y (1)", &constants),
            "    <span class=\"keyword\">let</span> x = <span class=\"type\">vec4</span>(<span class=\"number\">1.5</span>) &lt; \
             a[<span class=\"constant\" title=\"24\">HIDDEN</span> - <span class=\"number\">1u</span>]; \
             <span class=\"comment\">// x&lt;y (1)</span>"
        );
        assert!(marked_up("@compute fn", &constants).starts_with("<span class=\"attribute\">@compute</span>"));
        // No letter is lost.
        let line = "ũ·h'_{t−1} ≠ @ 1.0e-5 // ⊙";
        assert_eq!(tokens(line).into_iter().map(|(_, text)| text).collect::<String>(), line);
    }

    #[test]
    fn equations_and_lines_have_the_same_numbers() {
        let source = "// Of which:\n//     a = b    (1)\n//     c = d (e)    (2)\n\nlet a = b; // (1, 2)\nlet c = 1; // no (1)\n// (3)";
        let found = equations(source);
        assert_eq!(
            found.iter().map(|one| (one.number, one.text.as_str())).collect::<Vec<_>>(),
            [(1, "a = b"), (2, "c = d (e)")]
        );
        let numbers: Vec<Vec<u32>> = lines(source, &[]).into_iter().map(|line| line.equations).collect();
        assert_eq!(numbers, [vec![], vec![], vec![], vec![], vec![1, 2], vec![], vec![]]);
    }

    #[test]
    fn sizes_take_the_place_of_their_names() {
        let constants = constants(SOURCE);
        assert_eq!(constants[1], ("SCALE".to_owned(), "0.5".to_owned()));
        let source =
            "@group(0) @binding(1) var<storage, read> keys: array<array<f32, HIDDEN>>;\n@workgroup_size(HIDDEN, 4)";
        let binding = |name: &str, access: &str, shape: &str| Binding {
            name: name.to_owned(),
            access: access.to_owned(),
            shape: shape.to_owned(),
            fields: Vec::new(),
        };
        assert_eq!(bindings(source, &constants, &[]), [binding("keys", "read", "array<array<f32, 24>>")]);
        assert_eq!(workgroup_size(source, &constants), Some([24, 4]));
        assert_eq!(workgroup_size("@workgroup_size(64)", &[]), Some([64, 1]));
        assert_eq!(workgroup_size("fn", &[]), None);
    }

    #[test]
    fn fields_lie_where_wgsl_puts_them() {
        let constants = constants(SOURCE);
        let source = "\nstruct Pair {\n    one: f32, // a comment, with a comma\n    two: vec4<f32>,\n}\n\nstruct Whole {\n    \
                      pairs: array<Pair, 3>,\n    more: array<array<f32, HIDDEN>, 2>,\n    last: u32,\n}";
        let structs = structs(source, &constants);
        let found = fields("array<Whole>", "", 0, &structs);
        let found: Vec<_> = found.iter().map(|f| (f.path.as_str(), f.shape.as_str(), f.offset, f.bytes)).collect();
        assert_eq!(
            found,
            [
                ("[i].pairs", "array<Pair, 3>", 0, 96),
                ("[i].pairs[j].one", "f32", 0, 4),
                ("[i].pairs[j].two", "vec4<f32>", 16, 16),
                ("[i].more", "array<array<f32, 24>, 2>", 96, 192),
                ("[i].last", "u32", 288, 4),
            ]
        );
    }
}
