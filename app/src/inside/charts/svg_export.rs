//! A chart as an SVG file of its own: whatever the page draws, where it draws it, with every colour and font written out.

use js_sys::{Array, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, CanvasRenderingContext2d, CssStyleDeclaration, DomRect, Element, HtmlAnchorElement,
    HtmlCanvasElement, Node, Range, SvgElement, Url, XmlSerializer,
};

use crate::ui::format::escaped;

/// What a shape needs to look outside the page as it does in it.
const STYLES: [&str; 14] = [
    "fill",
    "fill-opacity",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "vector-effect",
    "opacity",
    "font-family",
    "font-size",
    "font-weight",
    "text-anchor",
    "visibility",
];
/// The attribute of what is not saved, such as the number under the pointer.
const PASSING: &str = "data-passing";
/// The margin around the picture, in CSS pixels.
const MARGIN: f64 = 16.0;
/// Room for the heading and the sentence.
const HEAD: f64 = 58.0;

/// Offers a file.
pub fn save(name: &str, kind: &str, contents: impl AsRef<[u8]>) {
    let offer = || -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let parts = Array::of1(&Uint8Array::from(contents.as_ref()));
        let url = Url::create_object_url_with_blob(&Blob::new_with_u8_array_sequence_and_options(&parts, &options)?)?;
        let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        Url::revoke_object_url(&url)
    };
    // A browser that saves no files says so itself.
    let _ = offer();
}

/// The SVG of what `chart` shows.
pub fn picture(chart: &Element, title: &str, sentence: &str) -> String {
    let area = chart.get_bounding_client_rect();
    let (width, height) = (area.width() + 2.0 * MARGIN, f64::from(chart.scroll_height()) + HEAD + 2.0 * MARGIN);
    let mut picture = Picture {
        shapes: String::new(),
        colours: Colours::new(),
        left: area.left() - MARGIN,
        top: area.top() - HEAD - MARGIN,
    };
    // A browser that does not tell how something looks leaves it out.
    let _ = picture.draw(chart);
    let root = style(&document().body().map(Into::into).unwrap_or_else(|| chart.clone()));
    let ink = root.as_ref().map_or_else(String::new, |style| picture.colours.resolved(&value(style, "color")));
    let paper = document()
        .document_element()
        .and_then(|page| style(&page))
        .map_or_else(String::new, |style| picture.colours.resolved(&value(&style, "background-color")));
    let family = root.as_ref().map_or_else(String::new, |style| escaped(&value(style, "font-family")));
    let shapes = picture.shapes;
    let (title, sentence) = (escaped(title), escaped(sentence));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" aria-labelledby=\"title desc\" font-family=\"{family}\">\n\
         <title id=\"title\">{title}</title>\n<desc id=\"desc\">{sentence}</desc>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{paper}\"/>\n\
         <text x=\"{MARGIN}\" y=\"36\" font-size=\"17\" font-weight=\"650\" fill=\"{ink}\">{title}</text>\n\
         <text x=\"{MARGIN}\" y=\"56\" font-size=\"12\" fill=\"{ink}\">{sentence}</text>\n{shapes}</svg>\n"
    )
}

struct Picture {
    shapes: String,
    colours: Colours,
    /// Where the picture begins on the screen.
    left: f64,
    top: f64,
}

impl Picture {
    /// An element and what is in it.
    fn draw(&mut self, element: &Element) -> Result<(), JsValue> {
        let Some(style) = style(element) else { return Ok(()) };
        let area = element.get_bounding_client_rect();
        let is_hidden = value(&style, "display") == "none" || value(&style, "visibility") == "hidden";
        // What passes with the pointer is no part of the picture, and what is there for screen readers alone is a pixel wide.
        if is_hidden
            || element.has_attribute(PASSING)
            || (area.width() <= 1.0 && area.height() <= 1.0 && value(&style, "display") != "contents")
        {
            return Ok(());
        }
        if let Some(svg) = element.dyn_ref::<SvgElement>() {
            return self.embed(svg, &area);
        }
        self.frame(&style, &area);
        // A letter with its accent is one letter: drawn alone, the accent would be as large as the letter.
        if let (true, Some(letter)) = (element.local_name() == "mover", element.first_element_child()) {
            let accent = if element.text_content().unwrap_or_default().ends_with('^') { '\u{302}' } else { '\u{303}' };
            return letter.first_child().map_or(Ok(()), |text| self.write(&text, &style, Some(accent)));
        }
        let children = element.child_nodes();
        for child in (0..children.length()).filter_map(|index| children.item(index)) {
            if let Some(element) = child.dyn_ref::<Element>() {
                self.draw(element)?;
            } else if child.node_type() == Node::TEXT_NODE {
                self.write(&child, &style, None)?;
            }
        }
        Ok(())
    }

    /// A drawing, with all styles in it.
    fn embed(&mut self, svg: &SvgElement, area: &DomRect) -> Result<(), JsValue> {
        let copy: Element = svg.clone_node_with_deep(true)?.unchecked_into();
        let (from, to) = (svg.query_selector_all("*")?, copy.query_selector_all("*")?);
        for index in 0..from.length() {
            if let (Some(from), Some(to)) = (from.item(index), to.item(index)) {
                self.take_over(from.unchecked_ref(), to.unchecked_ref())?;
            }
        }
        self.take_over(svg, &copy)?;
        let attributes = [
            ("x", area.left() - self.left),
            ("y", area.top() - self.top),
            ("width", area.width()),
            ("height", area.height()),
        ];
        for (name, value) in attributes {
            copy.set_attribute(name, &value.to_string())?;
        }
        self.shapes += &XmlSerializer::new()?.serialize_to_string(&copy)?;
        self.shapes.push('\n');
        Ok(())
    }

    fn take_over(&mut self, from: &Element, to: &Element) -> Result<(), JsValue> {
        let Some(style) = style(from) else { return Ok(()) };
        let mut styles = String::new();
        for name in STYLES {
            let value = match name {
                "fill" | "stroke" => self.colours.resolved(&value(&style, name)),
                _ => value(&style, name),
            };
            styles += &format!("{name}:{value};");
        }
        to.remove_attribute("class")?;
        to.set_attribute("style", &styles)
    }

    /// Background and border of a box.
    fn frame(&mut self, style: &CssStyleDeclaration, area: &DomRect) {
        let length = |name: &str| value(style, name).trim_end_matches("px").parse::<f64>().unwrap_or(0.0);
        let mut colour = |name: &str| self.colours.resolved(&value(style, name));
        let (fill, stroke) = (colour("background-color"), colour("border-top-color"));
        let border = if value(style, "border-top-style") == "none" {
            0.0
        } else {
            length("border-top-width").min(length("border-left-width"))
        };
        let is_clear = |colour: &str| colour == "transparent" || colour.ends_with(", 0)");
        if is_clear(&fill) && (border == 0.0 || is_clear(&stroke)) {
            return;
        }
        let (x, y) = (area.left() - self.left + border / 2.0, area.top() - self.top + border / 2.0);
        let (width, height) = ((area.width() - border).max(0.0), (area.height() - border).max(0.0));
        let (radius, stroke) =
            (length("border-top-left-radius"), if border > 0.0 { stroke } else { "none".to_owned() });
        self.shapes += &format!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\" fill=\"{fill}\" stroke=\"{stroke}\" \
             stroke-width=\"{border}\"/>\n"
        );
    }

    /// A text, word by word, each where the page has it and as long as there; `accent` comes above the last letter.
    fn write(&mut self, text: &Node, style: &CssStyleDeclaration, accent: Option<char>) -> Result<(), JsValue> {
        let words = text.text_content().unwrap_or_default();
        let fill = self.colours.resolved(&value(style, "color"));
        let (size, weight) = (value(style, "font-size"), value(style, "font-weight"));
        let range = Range::new()?;
        let mut from = 0;
        // Places in a text are counted in UTF-16.
        for word in words.split_inclusive([' ', '\n']) {
            let to = from + word.encode_utf16().count() as u32;
            let shown = word.trim();
            if !shown.is_empty() {
                range.set_start(text, from)?;
                range.set_end(text, from + word.trim_end().encode_utf16().count() as u32)?;
                let area = range.get_bounding_client_rect();
                // Letters stand a fifth of their height above the lower edge.
                let (x, y) = (area.left() - self.left, area.top() - self.top + 0.79 * area.height());
                if area.width() > 0.0 {
                    // In equations, names of one letter are in italics.
                    let is_math = value(style, "font-family").contains("math");
                    let is_letter = shown.chars().count() == 1 && shown.chars().all(char::is_alphabetic);
                    let face = match (is_math, is_letter) {
                        (true, true) => " font-family=\"math, serif\" font-style=\"italic\"",
                        (true, false) => " font-family=\"math, serif\"",
                        _ => "",
                    };
                    let word = escaped(shown) + &accent.map(String::from).unwrap_or_default();
                    let width = area.width();
                    self.shapes += &format!(
                        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" font-weight=\"{weight}\" fill=\"{fill}\"{face} \
                         textLength=\"{width:.1}\" lengthAdjust=\"spacingAndGlyphs\">{word}</text>\n"
                    );
                }
            }
            from = to;
        }
        Ok(())
    }
}

/// How an element looks.
pub(super) fn style(element: &Element) -> Option<CssStyleDeclaration> {
    window().get_computed_style(element).ok().flatten()
}

/// One property of how an element looks.
pub(super) fn value(style: &CssStyleDeclaration, name: &str) -> String {
    style.get_property_value(name).unwrap_or_default()
}

/// Colours as every program knows them.
pub(super) struct Colours {
    canvas: Option<CanvasRenderingContext2d>,
    known: Vec<(String, String)>,
}

impl Colours {
    pub fn new() -> Self {
        let canvas = || -> Option<CanvasRenderingContext2d> {
            let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
            canvas.set_width(1);
            canvas.set_height(1);
            canvas.get_context("2d").ok()??.dyn_into().ok()
        };
        Self { canvas: canvas(), known: Vec::new() }
    }

    /// A mixed colour, such as `oklab(…)`, as red, green and blue.
    fn resolved(&mut self, colour: &str) -> String {
        if !colour.starts_with("okl") && !colour.starts_with("color") {
            return colour.to_owned();
        }
        if let Some((_, known)) = self.known.iter().find(|(of, _)| of == colour) {
            return known.clone();
        }
        let resolved = self.painted(colour).unwrap_or_else(|| colour.to_owned());
        self.known.push((colour.to_owned(), resolved.clone()));
        resolved
    }

    /// Red, green, blue and opacity of a colour, from 0 to 1; nothing where it is none.
    pub fn components(&mut self, colour: &str) -> [f32; 4] {
        let resolved = self.resolved(colour);
        let mut numbers =
            resolved.split(|sign: char| !sign.is_ascii_digit() && sign != '.').filter_map(|part| part.parse().ok());
        let mut next = |otherwise: f32| numbers.next().unwrap_or(otherwise);
        match [next(f32::NAN), next(0.0), next(0.0), next(1.0)] {
            [red, ..] if red.is_nan() => [0.0; 4],
            [red, green, blue, opacity] => [red / 255.0, green / 255.0, blue / 255.0, opacity],
        }
    }

    /// What a pixel of this colour is.
    fn painted(&self, colour: &str) -> Option<String> {
        let canvas = self.canvas.as_ref()?;
        canvas.clear_rect(0.0, 0.0, 1.0, 1.0);
        canvas.set_fill_style_str(colour);
        canvas.fill_rect(0.0, 0.0, 1.0, 1.0);
        let pixel = canvas.get_image_data(0.0, 0.0, 1.0, 1.0).ok()?.data();
        let [red, green, blue, alpha] = <[u8; 4]>::try_from(pixel.0.as_slice()).ok()?;
        Some(format!("rgba({red}, {green}, {blue}, {})", f32::from(alpha) / 255.0))
    }
}
