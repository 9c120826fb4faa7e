//! Points in two dimensions, as SVG draws them.

use crate::ui::format;

/// x and y; y grows upwards.
pub type Point = [f32; 2];

/// Both corners of what is shown, least x and y first.
pub type Area = [Point; 2];

/// Width by height of what is shown.
pub const RATIO: f32 = 1.5;

/// The smallest area of the usual ratio that holds the origin and the points, with a margin.
pub fn area(points: impl Iterator<Item = Point>) -> Area {
    let (mut least, mut most) = ([0.0f32; 2], [0.0f32; 2]);
    for point in points {
        for axis in 0..2 {
            least[axis] = least[axis].min(point[axis]);
            most[axis] = most[axis].max(point[axis]);
        }
    }
    let [width, height] = [0, 1].map(|axis| (most[axis] - least[axis]).max(0.1) * 1.16);
    let size = [width.max(height * RATIO), height.max(width / RATIO)];
    [-0.5, 0.5].map(|side| [0, 1].map(|axis| (least[axis] + most[axis]) / 2.0 + side * size[axis]))
}

/// An area that holds two others.
pub fn union([a, b]: [Area; 2]) -> Area {
    area([a[0], a[1], b[0], b[1]].into_iter())
}

/// Whether the point is shown.
pub fn holds([low, high]: Area, point: Point) -> bool {
    (0..2).all(|axis| (low[axis]..=high[axis]).contains(&point[axis]))
}

/// The area as an SVG's view box.
pub fn view_box([[left, bottom], [right, top]]: Area) -> String {
    format!("{left} {} {} {}", -top, right - left, top - bottom)
}

/// The area of a view box.
pub fn area_of(view_box: &str) -> Option<Area> {
    let numbers: Vec<f32> = view_box.split(' ').map_while(|number| number.parse().ok()).collect();
    let [left, top, width, height] = numbers[..] else { return None };
    Some([[left, -top - height], [left + width, -top]])
}

/// CSS of a place in a box that shows the area.
pub fn place([[left, bottom], [right, top]]: Area, [x, y]: Point) -> String {
    format!("left:{:.3}%;top:{:.3}%", 100.0 * (x - left) / (right - left), 100.0 * (top - y) / (top - bottom))
}

/// SVG of a line.
pub fn line(points: &[Point]) -> String {
    let points: Vec<String> = points.iter().map(|[x, y]| format!("{x} {}", -y)).collect();
    if points.is_empty() { String::new() } else { format!("M{}", points.join("L")) }
}

/// SVG of lines without length: with round ends they are dots.
pub fn dots<'a>(points: impl IntoIterator<Item = &'a Point>) -> String {
    points.into_iter().map(|[x, y]| format!("M{x} {}h0", -y)).collect()
}

/// The points in full precision, for an attribute.
pub fn exact(points: &[Point]) -> String {
    points.iter().map(|[x, y]| format!("{},{}", format::exact(*x), format::exact(*y))).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_holds_every_point_and_the_origin() {
        for points in [vec![], vec![[3.0, -1.0], [0.5, 2.0]], vec![[-8.0, 0.0]]] {
            let shown = area(points.iter().copied());
            assert!(points.iter().chain(&[[0.0, 0.0]]).all(|point| holds(shown, *point)), "{shown:?}");
            let [width, height] = [0, 1].map(|axis| shown[1][axis] - shown[0][axis]);
            assert!((width / height - RATIO).abs() < 1e-5, "{shown:?}");
        }
    }

    #[test]
    fn y_goes_upwards() {
        assert_eq!(line(&[[0.0, 1.0], [2.0, -3.0]]), "M0 -1L2 3");
        assert_eq!(line(&[]), "");
        assert_eq!(dots(&[[0.5, 1.0]]), "M0.5 -1h0");
        assert_eq!(place([[0.0, 0.0], [4.0, 2.0]], [1.0, 2.0]), "left:25.000%;top:0.000%");
        assert_eq!(view_box([[-1.0, 0.0], [3.0, 2.0]]), "-1 -2 4 2");
        assert_eq!(area_of("-1 -2 4 2"), Some([[-1.0, 0.0], [3.0, 2.0]]));
        assert_eq!(area_of("-1 -2 4"), None);
    }
}
