//! Numbers as people type them: decimal point or comma, groups of thousands, words for "missing".

/// What a text says where a number should stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spelled {
    /// Missing, and said to be.
    Missing,
    /// A number that can be read in one way only; the mark that it shows to be the decimal one, if it shows any.
    Number(f64, Option<Mark>),
    /// A number such as `1.234`: with the given mark as the decimal one, or else with it between thousands.
    Either { decimal: f64, thousands: f64, mark: Mark },
    /// Not a finite number.
    NotFinite,
    /// No number.
    Not,
}

/// What stands before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Point,
    Comma,
}

impl Mark {
    fn of(c: char) -> Option<Self> {
        match c {
            '.' => Some(Self::Point),
            ',' => Some(Self::Comma),
            _ => None,
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Point => Self::Comma,
            Self::Comma => Self::Point,
        }
    }
}

/// Which decimal mark the unambiguous numbers of a column or a sheet show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    point: bool,
    comma: bool,
}

impl Evidence {
    pub(super) fn add(&mut self, spelled: Spelled) {
        match spelled {
            Spelled::Number(_, Some(Mark::Point)) => self.point = true,
            Spelled::Number(_, Some(Mark::Comma)) => self.comma = true,
            _ => (),
        }
    }

    /// The one mark, if there is exactly one; `Err` if there are both.
    pub(super) fn mark(self) -> Result<Option<Mark>, ()> {
        match (self.point, self.comma) {
            (true, true) => Err(()),
            (true, false) => Ok(Some(Mark::Point)),
            (false, true) => Ok(Some(Mark::Comma)),
            (false, false) => Ok(None),
        }
    }
}

const MISSING: &[&str] = &["", "-", "–", "—", "--", "n/a", "na", "..", "...", "…", "null"];

/// Reads a text where a number should stand.
pub(super) fn spell(text: &str) -> Spelled {
    let text = text.trim();
    if MISSING.iter().any(|word| word.eq_ignore_ascii_case(text)) {
        return Spelled::Missing;
    }
    let body = text.strip_suffix('%').map_or(text, str::trim_end);
    let (negative, body) = match body.strip_prefix(['-', '−']) {
        Some(rest) => (true, rest),
        None => (false, body.strip_prefix('+').unwrap_or(body)),
    };
    if ["nan", "inf", "infinity", "∞"].iter().any(|word| word.eq_ignore_ascii_case(body)) {
        return Spelled::NotFinite;
    }
    // No number that people type is longer, and the shortest exact text of an f64 is at most 327 characters.
    if body.len() > 400 {
        return Spelled::Not;
    }
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        Some((mantissa, exponent)) if is_exponent(exponent) => (mantissa, Some(exponent)),
        Some(_) => return Spelled::Not,
        None => (body, None),
    };
    mantissa_of(mantissa, exponent, negative)
}

fn mantissa_of(mantissa: &str, exponent: Option<&str>, negative: bool) -> Spelled {
    let spaced = mantissa.contains(is_space);
    let marks: Vec<(usize, Mark)> =
        mantissa.char_indices().filter_map(|(at, c)| Some((at, Mark::of(c)?))).collect();
    let Some(&(last_at, last)) = marks.last() else {
        return whole(mantissa, spaced.then_some(' '))
            .map_or(Spelled::Not, |digits| number(&digits, "", exponent, negative, None));
    };
    let of_last = marks.iter().filter(|(_, mark)| *mark == last).count();
    let both = of_last < marks.len();
    if both && spaced {
        return Spelled::Not;
    }
    if of_last > 1 {
        if both || spaced || exponent.is_some() {
            return Spelled::Not;
        }
        return whole(mantissa, Some(last.letter()))
            .map_or(Spelled::Not, |digits| number(&digits, "", None, negative, Some(last.other())));
    }
    let (before, decimals) = (&mantissa[..last_at], &mantissa[last_at + 1..]);
    if decimals.is_empty() || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return Spelled::Not;
    }
    let separator = if both { Some(last.other().letter()) } else { spaced.then_some(' ') };
    let digits = match before {
        "" => Some(String::new()),
        _ => whole(before, separator),
    };
    let Some(digits) = digits else { return Spelled::Not };
    let decimal = number(&digits, decimals, exponent, negative, Some(last));
    let groups = separator.is_none()
        && exponent.is_none()
        && decimals.len() == 3
        && (1..=3).contains(&digits.len())
        && !digits.starts_with('0');
    match (decimal, number(&(digits + decimals), "", None, negative, None)) {
        (Spelled::Number(decimal, _), Spelled::Number(thousands, _)) if groups => {
            Spelled::Either { decimal, thousands, mark: last }
        }
        (decimal, _) => decimal,
    }
}

/// The digits of a whole number whose thousands are set apart by `separator`.
fn whole(text: &str, separator: Option<char>) -> Option<String> {
    let is_digits = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    let Some(separator) = separator else { return is_digits(text).then(|| text.to_owned()) };
    let between = |c: char| if separator == ' ' { is_space(c) } else { c == separator };
    let mut groups = text.split(between);
    let first = groups.next()?;
    let well_formed = is_digits(first)
        && first.len() <= 3
        && !first.starts_with('0')
        && groups.all(|group| group.len() == 3 && is_digits(group));
    well_formed.then(|| text.chars().filter(char::is_ascii_digit).collect())
}

fn number(
    digits: &str,
    decimals: &str,
    exponent: Option<&str>,
    negative: bool,
    mark: Option<Mark>,
) -> Spelled {
    let sign = if negative { "-" } else { "" };
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    match format!("{sign}0{digits}.{decimals}0{exponent}").parse::<f64>() {
        Ok(number) if number.is_finite() => Spelled::Number(number, mark),
        Ok(_) => Spelled::NotFinite,
        Err(_) => Spelled::Not,
    }
}

fn is_exponent(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// The spaces that are used between thousands.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

/// A hundred times the number, exact in its decimal digits: a cell that shows `58.9%` holds 0.589, and the product in
/// binary would be 58.900000000000006.
pub(super) fn percent(number: f64) -> f64 {
    let text = format!("{number:e}");
    let shifted = text.split_once('e').and_then(|(digits, exponent)| {
        let exponent: i32 = exponent.parse().ok()?;
        format!("{digits}e{}", exponent + 2).parse().ok()
    });
    shifted.unwrap_or(number * 100.0)
}
