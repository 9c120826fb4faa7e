//! A text as a QR code.

use qrcodegen::{QrCode, QrCodeEcc};

/// Modules around the code that stay light, by which readers find it.
const QUIET: i32 = 4;

/// The width of a code with the light border around it, in modules, and its dark modules as the `d` of an SVG path; none for a text
/// that is too long for any code.
pub fn code(text: &str) -> Option<(i32, String)> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let cells = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let dark = cells.filter(|&(x, y)| code.get_module(x, y));
    let path = dark.map(|(x, y)| format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET)).collect();
    Some((size + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_finder_patterns_and_a_light_border() {
        let (width, path) = code("https://example.org/#tour=steps").unwrap();
        let is_dark = |x: i32, y: i32| path.contains(&format!("M{x} {y}h"));
        let far = width - QUIET - 7;
        for (left, top) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            for (y, row) in
                ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"].iter().enumerate()
            {
                for (x, module) in row.bytes().enumerate() {
                    assert_eq!(is_dark(left + x as i32, top + y as i32), module == b'1');
                }
            }
        }
        assert!(!(0..width).any(|at| is_dark(at, QUIET - 1) || is_dark(width - QUIET, at)));
        assert_eq!(code(&"x".repeat(3000)), None);
    }
}
