//! From numbers to places on the sheet.

/// A straight axis from one number and place to another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    low: f64,
    high: f64,
    from: f32,
    to: f32,
}

impl Scale {
    pub fn new((low, high): (f64, f64), from: f32, to: f32) -> Self {
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, from, to }
    }

    /// One that has nought and all the numbers on it.
    pub fn from_nought(numbers: impl IntoIterator<Item = f64>, from: f32, to: f32) -> Self {
        let (low, high) =
            numbers.into_iter().fold((0.0_f64, 0.0_f64), |(low, high), n| (low.min(n), high.max(n)));
        Self::new((low, high), from, to)
    }

    pub fn at(&self, number: f64) -> f32 {
        self.from + ((number - self.low) / (self.high - self.low)) as f32 * (self.to - self.from)
    }

    /// Whether it has numbers below nought.
    pub fn has_negative(&self) -> bool {
        self.low < 0.0
    }
}

/// Round steps over the numbers, about five of them, and how many decimals they need.
pub(super) fn ticks(least: f64, most: f64) -> (Vec<f64>, usize) {
    let span = if most > least { most - least } else { (most.abs() * 0.1).max(1.0) };
    let rough = span / 4.0;
    let power = rough.log10().floor();
    let unit = 10_f64.powf(power);
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().find(|m| m * unit >= rough * 0.999).unwrap_or(10.0) * unit;
    let whole = |places: &usize| {
        let scaled = step * 10_f64.powi(*places as i32);
        (scaled - scaled.round()).abs() < 1e-6 * scaled
    };
    let places = (0..9).find(whole).unwrap_or(9);
    let first = (least / step).floor();
    let last = (most / step).ceil().max(first + 1.0);
    let count = (last - first).round() as usize;
    ((0..=count).map(|n| (first + n as f64) * step).collect(), places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_cover_the_numbers() {
        assert_eq!(ticks(31.2, 44.8), (vec![30.0, 35.0, 40.0, 45.0], 0));
        assert_eq!(ticks(0.0, 100.0), (vec![0.0, 25.0, 50.0, 75.0, 100.0], 0));
        assert_eq!(ticks(5.0, 5.0).0.len(), 2);
        for (least, most) in [(0.0, 0.0), (-3.3, 0.02), (1e7, 1e7), (0.001, 0.0011), (-1e7, 1e7)] {
            let (all, places) = ticks(least, most);
            assert!((2..=8).contains(&all.len()), "{least} {most} {all:?}");
            assert!(all[0] <= least + 1e-9 && all[all.len() - 1] >= most - 1e-9 && places <= 9);
        }
    }

    #[test]
    fn nought_is_always_on_the_scale() {
        let scale = Scale::from_nought([-5.0, 15.0], 100.0, 300.0);
        assert_eq!((scale.at(0.0), scale.at(15.0), scale.has_negative()), (150.0, 300.0, true));
        assert_eq!(Scale::from_nought([], 0.0, 10.0).at(0.0), 0.0);
    }
}
