//! Numbers as the scoreboard writes them: points, hundredths, thousandths; never `-0`.

/// x100, with its sign, and a plain 0.
pub fn signed(value: f64) -> String {
    let rounded = (value * 100.0).round();
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        format!("{rounded:+.0}")
    }
}

/// `.45`, `1.0`.
pub fn hundredths(value: f64) -> String {
    unsigned(value, 2)
}

/// `+.45`, `-.45`, and 0 without a sign.
pub fn signed_hundredths(value: f64) -> String {
    with_sign(value, 2)
}

/// `.455`, `1.00`.
pub fn thousandths(value: f64) -> String {
    unsigned(value, 3)
}

/// `+.455`, `-.455`, and 0 without a sign.
pub fn signed_thousandths(value: f64) -> String {
    with_sign(value, 3)
}

/// With so many digits behind the point; 1 and more keep their width.
fn unsigned(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    match text.strip_prefix('0') {
        Some(short) => short.to_owned(),
        None => format!("{:.*}", digits - 1, value.abs()),
    }
}

fn with_sign(value: f64, digits: usize) -> String {
    let text = unsigned(value, digits);
    let is_zero = text.chars().all(|c| matches!(c, '.' | '0'));
    match (is_zero, value < 0.0) {
        (true, _) => text,
        (false, true) => format!("-{text}"),
        (false, false) => format!("+{text}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_measures_are_written_as_they_are() {
        assert_eq!(signed_hundredths(-0.123), "-.12");
        assert_eq!(signed_hundredths(0.001), ".00");
        assert_eq!(signed_hundredths(1.0), "+1.0");
        assert_eq!(hundredths(0.996), "1.0");
        assert_eq!(thousandths(0.0042), ".004");
        assert_eq!(thousandths(0.9996), "1.00");
        assert_eq!(signed_thousandths(-0.0042), "-.004");
        assert_eq!(signed_thousandths(-0.0002), ".000");
    }
}
