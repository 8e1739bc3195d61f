//! Times as the services write them.

use jiff::Timestamp;

/// Reads a time in the forms of the services, all in UTC: without a zone, with `Z` or `+00:00`, with or without a fraction, with `T`
/// or a blank in between.
pub fn parse_time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    civil
        .to_zoned_datetime(jiff::tz::TimeZone::UTC)
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_time_is_read() {
        let expected: Timestamp = "2017-04-18T01:21:52.701973Z".parse().unwrap();
        assert_eq!(parse_time("2017-04-18T01:21:52.701973"), Some(expected));
        assert_eq!(parse_time(" 2017-04-18 01:21:52.701973 "), Some(expected));
        assert_eq!(parse_time("2017-04-18T03:21:52.701973+02:00"), Some(expected));
        assert_eq!(parse_time("2017-04-18T01:21:52.701973+00:00"), Some(expected));
        assert_eq!(parse_time("2017-04-09 14:31:25"), "2017-04-09T14:31:25Z".parse().ok());
        assert_eq!(parse_time(""), None);
        assert_eq!(parse_time("soon"), None);
    }

    proptest! {
        #[test]
        fn any_time_is_read_or_ignored(text in "([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{0,20}Z?|\\PC{0,30})") {
            let _ = parse_time(&text);
        }
    }
}
