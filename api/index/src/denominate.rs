//! Step 1: values per inhabitant, per enterprise, per unit of GRDP.

/// value / denominator for each unit; missing where either is missing or the denominator is 0.
/// Both slices hold one value per unit, in raw units. COINr: `Denominate`.
pub fn denominate(values: &[f64], denominators: &[f64]) -> Vec<f64> {
    let divide = |(&value, &by): (&f64, &f64)| {
        let quotient = value / by;
        if quotient.is_finite() { quotient } else { f64::NAN }
    };
    values.iter().zip(denominators).map(divide).collect()
}
