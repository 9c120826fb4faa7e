//! From numbers to colours: nine shades of the page's sequential or of its diverging scale, both perceptually uniform, and
//! safe for colour-blind viewers because the one runs from light to dark and the other from brown to teal.

use model::Steps;

/// Shades of a scale. An odd number, so that zero has the middle one of a diverging scale.
pub const SHADES: usize = 9;

/// Which number has which colour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scale {
    /// Numbers from the first to the second end; the CSS classes `heat-0` to `heat-8`.
    Sequential(f32, f32),
    /// Numbers from minus this end to this one, zero in the middle; the CSS classes `shade-0` to `shade-8`.
    Diverging(f32),
}

impl Scale {
    /// The scale whose range is that of `values`: diverging where they have signs, or are `signed` by nature.
    pub fn of(values: impl Iterator<Item = f32>, signed: bool) -> Self {
        let (least, most) = values
            .filter(|value| value.is_finite())
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
        match (signed || least < 0.0, least <= most) {
            (true, true) => Self::Diverging(most.max(-least)),
            (true, false) => Self::Diverging(0.0),
            (false, true) => Self::Sequential(least, most),
            (false, false) => Self::Sequential(0.0, 0.0),
        }
    }

    /// Both ends of the range.
    pub fn ends(self) -> [f32; 2] {
        match self {
            Self::Sequential(least, most) => [least, most],
            Self::Diverging(end) => [-end, end],
        }
    }

    /// Which of the [`SHADES`] equal parts of the range holds `value`.
    pub fn shade(self, value: f32) -> usize {
        let [least, most] = self.ends();
        // A range of one number has its middle shade.
        let share = if most > least { (value - least) / (most - least) } else { 0.5 };
        ((share.clamp(0.0, 1.0) * SHADES as f32) as usize).min(SHADES - 1)
    }

    /// The CSS class of a shade: the fill of a shape, the background of a box.
    pub fn class(self, shade: usize) -> String {
        match self {
            Self::Sequential(..) => format!("heat-{shade}"),
            Self::Diverging(_) => format!("shade-{shade}"),
        }
    }
}

/// One path of unit squares for each shade, each square at the x and y that `place` gives for its step and unit.
pub fn shade_paths(values: &Steps<'_>, scale: Scale, place: fn(usize, usize) -> (usize, usize)) -> [String; SHADES] {
    let mut paths = [const { String::new() }; SHADES];
    for (t, step) in values.iter().enumerate() {
        for (unit, &value) in step.iter().enumerate() {
            let (x, y) = place(t, unit);
            paths[scale.shade(value)] += &format!("M{x} {y}h1v1h-1z");
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_that_of_the_data() {
        assert_eq!(Scale::of([0.2, 0.7].into_iter(), false), Scale::Sequential(0.2, 0.7));
        assert_eq!(Scale::of([0.2, -0.7].into_iter(), false), Scale::Diverging(0.7));
        assert_eq!(Scale::of([0.2, 0.7].into_iter(), true), Scale::Diverging(0.7));
        assert_eq!(Scale::of(std::iter::empty(), false), Scale::Sequential(0.0, 0.0));
    }

    #[test]
    fn shades_are_equal_parts() {
        let scale = Scale::Diverging(0.9);
        assert_eq!([-9.0, -0.9, -0.05, 0.0, 0.15, 0.9, 9.0].map(|value| scale.shade(value)), [0, 0, 4, 4, 5, 8, 8]);
        assert_eq!(Scale::Sequential(0.5, 0.5).shade(0.5), 4);
    }

    #[test]
    fn every_number_is_in_the_path_of_its_shade() {
        let values = Steps::new(3, vec![-1.0, 0.0, 1.0, 0.5, -9.0, 9.0]);
        let paths = shade_paths(&values, Scale::Diverging(1.0), |t, unit| (t, unit));
        assert_eq!(paths[0], "M0 0h1v1h-1zM1 1h1v1h-1z");
        assert_eq!(paths[4], "M0 1h1v1h-1z");
        assert_eq!(paths[6], "M1 0h1v1h-1z");
        assert_eq!(paths[8], "M0 2h1v1h-1zM1 2h1v1h-1z");
        let paths = shade_paths(&values, Scale::Diverging(1.0), |_, unit| (unit, 0));
        assert_eq!(paths[6], "M0 0h1v1h-1z");
    }
}
