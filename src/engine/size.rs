//! Large numbers for people.

/// Bytes in powers of ten, as disks and the hub count them: `1.2 GB`.
pub fn size_text(bytes: u64) -> String {
    scaled(bytes, &["B", "kB", "MB", "GB", "TB", "PB", "EB"], " ")
}

/// Counts: `135M`, `1.1B`.
pub fn count_text(count: u64) -> String {
    scaled(count, &["", "k", "M", "B", "T", "Q", "Qi"], "")
}

fn scaled(number: u64, units: &[&str], gap: &str) -> String {
    let mut value = number as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && value < 99.95);
    format!("{value:.digits$}{gap}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_at_most() {
        for (bytes, text) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (99_960, "100 kB"),
            (1_234_567_890, "1.2 GB"),
            (999_999_999, "1.0 GB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(size_text(bytes), text);
        }
        assert_eq!(count_text(134_515_008), "135M");
        assert_eq!(count_text(1_100_048_384), "1.1B");
    }
}
