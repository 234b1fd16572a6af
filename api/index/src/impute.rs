//! Step 2: missing values from the unit's group, where the method asks for it.

use crate::method::Imputation;

/// One column with its missing values filled from the present ones of the same group; a group
/// without any stays missing. `groups` numbers each unit's group from 0.
/// COINr: `i_mean_grp`, `i_median_grp`.
pub fn impute(values: &[f64], groups: &[u32], how: Imputation) -> Vec<f64> {
    let count = groups.iter().max().map_or(0, |&g| g as usize + 1);
    let mut members = vec![Vec::new(); count];
    for (&value, &group) in values.iter().zip(groups) {
        if !value.is_nan() {
            members[group as usize].push(value);
        }
    }
    let fill: Vec<f64> = members.into_iter().map(|members| centre(members, how)).collect();
    let or_fill = |(&x, &group): (&f64, &u32)| if x.is_nan() { fill[group as usize] } else { x };
    values.iter().zip(groups).map(or_fill).collect()
}

/// Sorted first: the sum must not depend on the order of units, and equal members must give their
/// own value, else a column of equal values would get a range of one rounding error.
fn centre(mut members: Vec<f64>, how: Imputation) -> f64 {
    members.sort_unstable_by(f64::total_cmp);
    let n = members.len();
    let (Some(&first), Some(&last)) = (members.first(), members.last()) else { return f64::NAN };
    match how {
        Imputation::None => f64::NAN,
        _ if first == last => first,
        Imputation::GroupMean => members.iter().sum::<f64>() / n as f64,
        Imputation::GroupMedian => f64::midpoint(members[(n - 1) / 2], members[n / 2]),
    }
}
