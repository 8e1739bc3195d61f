//! The three forms in which CBR writes times. All are UTC.

use jiff::Timestamp;

use crate::random::pick;

/// Formats a time. Rough objects use all three forms; `member` selects one together with the ID.
pub(super) fn written(time: Timestamp, rough: bool, id: &str, member: &str) -> String {
    let form = if rough { pick(id, member, 3) } else { 0 };
    let format = match form {
        0 => "%Y-%m-%dT%H:%M:%S%.3f+00:00",
        1 => "%Y-%m-%dT%H:%M:%S%.6f",
        _ => "%Y-%m-%dT%H:%M:%SZ",
    };
    time.strftime(format).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rough_times_have_three_forms() {
        let time = Timestamp::UNIX_EPOCH;
        assert_eq!(written(time, false, "a", "b"), "1970-01-01T00:00:00.000+00:00");
        let forms: std::collections::BTreeSet<_> = (0..32)
            .map(|number| written(time, true, &number.to_string(), "created_at"))
            .collect();
        assert_eq!(
            forms.into_iter().collect::<Vec<_>>(),
            [
                "1970-01-01T00:00:00.000+00:00",
                "1970-01-01T00:00:00.000000",
                "1970-01-01T00:00:00Z"
            ]
        );
    }
}
