//! Moving and zooming in a plane: by buttons and keys, by the wheel, by dragging, and by two fingers.
//!
//! Places on the screen are shares of the plane's width and, from below, of its height.

use leptos::prelude::*;

use super::plane::{Area, Point, RATIO};
use crate::ui::memo::Memo;

/// How much closer, or further, one step of the zoom is.
pub const ZOOM: f32 = 1.5;
/// Where buttons and keys zoom.
pub const MIDDLE: [f32; 2] = [0.5, 0.5];
/// How many times closer than the whole the zoom gets.
const CLOSEST: f32 = 60.0;
/// Pixels of a wheel's turn that make one step of the zoom.
const WHEEL: f32 = 240.0;
/// A pointer that went less far than this share of the width was not dragged.
const STILL: f32 = 0.01;

/// The part of a plane that is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Zoom {
    /// All there is to be seen.
    whole: Memo<Area>,
    /// The area that is shown.
    pub shown: RwSignal<Area>,
    hand: StoredValue<Hand>,
}

impl Zoom {
    /// Shows the whole, and that again whenever it changes.
    pub fn new(whole: Memo<Area>) -> Self {
        let shown = RwSignal::new([[0.0, 0.0], [1.0, 1.0]]);
        Effect::new(move || shown.set(whole.get()));
        Self { whole, shown, hand: StoredValue::new(Hand::default()) }
    }

    /// Shows the whole.
    pub fn all(self) {
        self.shown.set(self.whole.get_untracked());
    }

    /// What is shown, as an address says it: where its middle is, in shares of the whole, and how many times closer; none for the
    /// whole. Reactive.
    pub fn text(self) -> Option<String> {
        text(self.whole.get(), self.shown.get())
    }

    /// Shows the area of which an address has the text; none where it is no area.
    pub fn read(self, text: &str) -> Option<()> {
        self.shown.set(read(self.whole.get_untracked(), text)?);
        Some(())
    }

    /// Goes so many times closer around a place: no closer than [`CLOSEST`] times, no further than the whole.
    pub fn closer(self, times: f32, centre: [f32; 2]) {
        let before = self.shown.get_untracked();
        self.shown.set(limited(self.whole.get_untracked(), before, zoomed(before, times, centre)));
    }

    /// Shows a point in the middle, four times as close as the whole.
    pub fn go_to(self, point: Point) {
        let [low, high] = zoomed(self.whole.get_untracked(), 4.0, [0.5, 0.5]);
        let middle = [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0);
        self.shown.set(moved([low, high], [point[0] - middle[0], point[1] - middle[1]]));
    }

    /// Moves by so many of the width and of the height shown.
    pub fn step(self, [x, y]: [f32; 2]) {
        let [low, high] = self.shown.get_untracked();
        self.shown.set(moved([low, high], [x * (high[0] - low[0]), y * (high[1] - low[1])]));
    }

    /// The point of the plane at a place.
    pub fn point(self, place: [f32; 2]) -> Point {
        point(self.shown.get_untracked(), place)
    }

    /// The wheel was turned by so many pixels, downwards, at a place: whether that changes anything.
    pub fn wheel(self, pixels: f32, place: [f32; 2]) -> bool {
        let before = self.shown.get_untracked();
        self.closer(ZOOM.powf(-pixels / WHEEL), place);
        self.shown.get_untracked() != before
    }

    /// A pointer begins to hold the plane.
    pub fn hold(self, pointer: i32, place: [f32; 2]) {
        self.hand.update_value(|hand| {
            if hand.pointers.is_empty() {
                hand.went = 0.0;
            }
            hand.pointers.retain(|(other, _)| *other != pointer);
            hand.pointers.push((pointer, place));
        });
    }

    /// A pointer lets go.
    pub fn let_go(self, pointer: i32) {
        self.hand.update_value(|hand| hand.pointers.retain(|(other, _)| *other != pointer));
    }

    /// A pointer is at another place now, and what it holds follows: whether it holds anything.
    pub fn pull(self, pointer: i32, place: [f32; 2]) -> bool {
        let pulled = self.hand.try_update_value(|hand| hand.pull(pointer, place)).flatten();
        let Some([from, to]) = pulled else { return false };
        let before = self.shown.get_untracked();
        self.shown.set(limited(self.whole.get_untracked(), before, pinched(before, from, to)));
        true
    }

    /// Whether the plane was dragged since the first pointer that now holds it, or last held it.
    pub fn was_dragged(self) -> bool {
        self.hand.with_value(|hand| hand.went > STILL)
    }
}

/// The pointers that hold the plane: a mouse, or fingers.
#[derive(Debug, Clone, Default)]
struct Hand {
    /// Identifiers and places of the pointers.
    pointers: Vec<(i32, [f32; 2])>,
    /// How far the pointers went, in widths.
    went: f32,
}

impl Hand {
    /// The grips before and after one of the pointers moves; none where it holds nothing.
    fn pull(&mut self, pointer: i32, to: [f32; 2]) -> Option<[Grip; 2]> {
        let before = self.grip();
        let (_, place) = self.pointers.iter_mut().find(|(other, _)| *other == pointer)?;
        self.went += distance(*place, to);
        *place = to;
        Some([before, self.grip()])
    }

    /// The grip of the first two pointers.
    fn grip(&self) -> Grip {
        match self.pointers[..] {
            [(_, a), (_, b), ..] => {
                Grip { centre: [0, 1].map(|axis| (a[axis] + b[axis]) / 2.0), spread: Some(distance(a, b)) }
            }
            [(_, a)] => Grip { centre: a, spread: None },
            [] => Grip { centre: [0.5, 0.5], spread: None },
        }
    }
}

/// Where the plane is held.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Grip {
    centre: [f32; 2],
    /// How far two pointers are apart, in widths.
    spread: Option<f32>,
}

/// How far two places are apart, in widths.
fn distance(a: [f32; 2], b: [f32; 2]) -> f32 {
    (a[0] - b[0]).hypot((a[1] - b[1]) / RATIO)
}

fn point([low, high]: Area, [x, y]: [f32; 2]) -> Point {
    [low[0] + x * (high[0] - low[0]), low[1] + y * (high[1] - low[1])]
}

/// The area, `closer` times as close, around the same `centre`.
fn zoomed([low, high]: Area, closer: f32, centre: [f32; 2]) -> Area {
    let mut area = [low, high];
    for axis in 0..2 {
        let size = high[axis] - low[axis];
        let at = low[axis] + centre[axis] * size;
        area[0][axis] = at - centre[axis] * size / closer;
        area[1][axis] = area[0][axis] + size / closer;
    }
    area
}

fn moved([low, high]: Area, by: Point) -> Area {
    [low, high].map(|corner| [corner[0] + by[0], corner[1] + by[1]])
}

/// The area after a grip became another: what was held is held at the same points of the plane.
fn pinched(area: Area, from: Grip, to: Grip) -> Area {
    let closer = match (from.spread, to.spread) {
        (Some(before), Some(now)) if before > 0.0 && now > 0.0 => now / before,
        _ => 1.0,
    };
    let (held, now) = (point(area, from.centre), point(area, to.centre));
    zoomed(moved(area, [held[0] - now[0], held[1] - now[1]]), closer, to.centre)
}

/// The area `next` after `before`, unless it is too close; the whole where it is further away than that.
fn limited(all: Area, before: Area, next: Area) -> Area {
    let width = |[low, high]: Area| high[0] - low[0];
    let times = width(all) / width(next);
    // To the rounding of the sizes: what is only moved is as large as it was.
    if times < 0.9999 || !times.is_finite() {
        all
    } else if times > CLOSEST && width(next) < width(before) {
        before
    } else {
        next
    }
}

fn text([low, high]: Area, [from, to]: Area) -> Option<String> {
    // To less than a pixel of the screen, however close.
    let rounded = |value: f32, digits: f64| (f64::from(value) * digits).round() / digits;
    let [x, y] =
        [0, 1].map(|axis| rounded(((from[axis] + to[axis]) / 2.0 - low[axis]) / (high[axis] - low[axis]), 1e5));
    let times = rounded((high[0] - low[0]) / (to[0] - from[0]), 1e3);
    ([x, y, times] != [0.5, 0.5, 1.0]).then(|| format!("{x},{y},{times}"))
}

fn read(all: Area, text: &str) -> Option<Area> {
    let numbers: Vec<f32> = text.split(',').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    let [x, y, times] = numbers[..] else { return None };
    // What is shown may lie beside the whole, but not far away.
    let is_near = [x, y].iter().all(|share| (-9.0..=10.0).contains(share));
    if !is_near || !(1.0..=CLOSEST * 1.001).contains(&times) {
        return None;
    }
    let [from, to] = zoomed(all, times, MIDDLE);
    let middle = point(all, [x, y]);
    Some(moved([from, to], [0, 1].map(|axis| middle[axis] - (from[axis] + to[axis]) / 2.0)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AREA: Area = [[0.0, 0.0], [6.0, 4.0]];

    /// To the rounding of a few 32-bit operations.
    fn close(a: Area, b: Area) -> bool {
        a.iter().flatten().zip(b.iter().flatten()).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn zooming_keeps_the_place_under_the_pointer() {
        let area = zoomed([[0.0, 0.0], [8.0, 4.0]], 2.0, [0.25, 0.5]);
        assert_eq!(area, [[1.0, 1.0], [5.0, 3.0]]);
        assert_eq!(moved(area, [1.0, -1.0]), [[2.0, 0.0], [6.0, 2.0]]);
    }

    #[test]
    fn there_is_an_end_to_both_sides() {
        let near = zoomed(AREA, 50.0, [0.5, 0.5]);
        assert_eq!(limited(AREA, near, zoomed(near, 1.5, [0.5, 0.5])), near);
        assert_eq!(limited(AREA, near, moved(near, [9.0, 0.0])), moved(near, [9.0, 0.0]));
        assert_eq!(limited(AREA, near, zoomed(near, 1.0 / 60.0, [0.5, 0.5])), AREA);
        assert_eq!(limited(AREA, near, zoomed(near, f32::MIN_POSITIVE, [0.5, 0.5])), AREA);
        // The whole may be moved.
        assert_eq!(limited(AREA, AREA, moved(AREA, [1.0, 1.0])), moved(AREA, [1.0, 1.0]));
    }

    proptest! {
        #[test]
        fn what_an_address_says_of_an_area_is_that_area(
            corner in [-50f32..50.0, -50f32..50.0],
            width in 0.1f32..80.0,
            times in 1f32..60.0,
            middle in [-1f32..2.0, -1f32..2.0],
        ) {
            let all = [corner, [corner[0] + width, corner[1] + width / RATIO]];
            let near = zoomed(all, times, MIDDLE);
            let shown = moved(near, [0, 1].map(|axis| point(all, middle)[axis] - (near[0][axis] + near[1][axis]) / 2.0));
            let Some(said) = text(all, shown) else { return Ok(()) };
            let again = read(all, &said).unwrap();
            // A thousandth of what is shown: less than a pixel, or two.
            let far = [0, 1].map(|axis| (again[0][axis] - shown[0][axis]).abs() / (near[1][axis] - near[0][axis]));
            prop_assert!(far.iter().all(|far| *far < 2e-3), "{said}: {far:?}");
        }

        #[test]
        fn of_any_text_an_area_is_read_or_none(text in "[-0-9.,eEinfNa]{0,16}|.{0,16}") {
            if let Some([low, high]) = read(AREA, &text) {
                prop_assert!([low, high].iter().flatten().all(|value| value.is_finite()) && low[0] < high[0]);
            }
        }
    }

    #[test]
    fn the_whole_is_not_in_an_address() {
        assert_eq!(text(AREA, AREA), None);
        assert_eq!(text(AREA, zoomed(AREA, 4.0, [0.5, 0.5])).as_deref(), Some("0.5,0.5,4"));
        assert_eq!(read(AREA, "0.5,0.5,1"), Some(AREA));
        for broken in
            ["", "0.5,0.5", "0.5,0.5,0.5", "0.5,0.5,61", "99,0.5,2", "NaN,0.5,2", "0.5,0.5,inf", "a,b,c", "0,0,1,1"]
        {
            assert_eq!(read(AREA, broken), None, "{broken}");
        }
    }

    #[test]
    fn one_pointer_drags_and_two_pinch() {
        let mut hand = Hand::default();
        assert_eq!(hand.pull(7, [0.5, 0.5]), None);
        hand.pointers.push((7, [0.25, 0.5]));
        let [from, to] = hand.pull(7, [0.5, 0.5]).expect("it holds the plane");
        // A quarter of the width to the right: what is shown moves to the left.
        assert!(close(pinched(AREA, from, to), [[-1.5, 0.0], [4.5, 4.0]]));
        assert_eq!(hand.went, 0.25);

        // The second finger goes away from the first: twice as far apart, and the first stays where it was.
        hand.pointers.push((8, [0.5, 0.75]));
        let [from, to] = hand.pull(8, [0.5, 1.0]).expect("it holds the plane, too");
        let area = pinched(AREA, from, to);
        assert!(close(area, [[1.5, 1.0], [4.5, 3.0]]), "{area:?}");
        let same = |place: [f32; 2], was: [f32; 2]| point(area, place) == point(AREA, was);
        assert!(same([0.5, 0.5], [0.5, 0.5]) && same([0.5, 1.0], [0.5, 0.75]));
    }
}
