//! Which failed calls are repeated, and when.

use std::time::Duration;

use jiff::Timestamp;

use super::ApiError;
use crate::http::Delivery;

/// What a call does, and so what repeating it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Changes nothing: repeated freely.
    Read,
    /// Changes something, and a second time changes nothing more (deletion by ID, setting tags, `PUT`): repeated like a read.
    Idempotent,
    /// Changes something each time (a protect action above all): repeated only when it is certain that the service did not
    /// take it up.
    ///
    /// That is when no connection was made, and after 429, which the gateway answers before anything is done. It is not so
    /// after 503: a gateway says that as well when the service dies while it works. Then the caller looks first.
    NonIdempotent,
}

impl Effect {
    /// Whether the call changes anything.
    pub(super) fn is_write(self) -> bool {
        self != Self::Read
    }

    /// Whether a call of this kind that failed in this way may be repeated as it is.
    pub(super) fn may_repeat(self, error: &ApiError) -> bool {
        let certainly_nothing_happened = match error {
            ApiError::Transport { source, .. } => source.delivery == Delivery::NotSent,
            ApiError::Service(error) => error.status == 429,
            ApiError::Identity { .. } => error.is_transient(),
            _ => false,
        };
        match error {
            // What was changed stays changed, and would be answered in the same way again.
            ApiError::Decode { .. } => self == Self::Read,
            _ => certainly_nothing_happened || (self != Self::NonIdempotent && error.is_transient()),
        }
    }
}

/// The longest wait of a call's own, and the longest that the service can ask for.
const LONGEST: Duration = Duration::from_secs(20);
const LONGEST_ASKED: Duration = Duration::from_secs(120);

/// How long to wait before repetition number `attempt` (from 0): 0.5 s, doubled each time, 20 s at most; before jitter.
pub(super) fn back_off(attempt: u32) -> Duration {
    (Duration::from_millis(500) * 2_u32.pow(attempt.min(6))).min(LONGEST)
}

/// Reads `Retry-After`: seconds, or a date that is compared with the answer's own `Date` (or with `now`); 2 minutes at most.
pub(super) fn retry_after(headers: &::http::HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(::http::header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else if let Some(seconds) = text.parse::<f64>().ok().filter(|seconds| (0.0..1e6).contains(seconds)) {
        Duration::from_secs_f64(seconds)
    } else {
        let then = date(text)?;
        let from = headers
            .get(::http::header::DATE)
            .and_then(|value| value.to_str().ok())
            .and_then(date)
            .unwrap_or(now);
        Duration::try_from(then.duration_since(from)).unwrap_or_default()
    };
    Some(wait.min(LONGEST_ASKED))
}

fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new()
        .relaxed_weekday(true)
        .parse_timestamp(text)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::TransportError;

    fn headers(pairs: &[(&'static str, &str)]) -> ::http::HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (::http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let read = |pairs: &[(&'static str, &str)]| retry_after(&headers(pairs), now);
        assert_eq!(read(&[("retry-after", "7")]), Some(Duration::from_secs(7)));
        assert_eq!(read(&[("retry-after", "1.5")]), Some(Duration::from_millis(1500)));
        assert_eq!(read(&[("retry-after", "99999999999")]), Some(LONGEST_ASKED));
        assert_eq!(
            read(&[("retry-after", "Mon, 23 Nov 2026 10:00:30 GMT")]),
            Some(Duration::from_secs(30))
        );
        assert_eq!(
            read(&[
                ("retry-after", "Mon, 23 Nov 2026 12:00:30 GMT"),
                ("date", "Mon, 23 Nov 2026 12:00:25 GMT")
            ]),
            Some(Duration::from_secs(5))
        );
        assert_eq!(
            read(&[("retry-after", "Mon, 23 Nov 2020 10:00:30 GMT")]),
            Some(Duration::ZERO)
        );
        assert_eq!(read(&[("retry-after", "soon")]), None);
        assert_eq!(read(&[("retry-after", "-1")]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_protect_action_is_repeated_only_when_it_cannot_have_happened() {
        let lost = |delivery| ApiError::Transport {
            operation: "protect",
            source: TransportError {
                delivery,
                message: String::new(),
            },
            write: true,
        };
        for (delivery, once) in [
            (Delivery::NotSent, true),
            (Delivery::Unknown, false),
            (Delivery::Answered, false),
        ] {
            assert_eq!(Effect::NonIdempotent.may_repeat(&lost(delivery)), once, "{delivery:?}");
            assert!(Effect::Read.may_repeat(&lost(delivery)), "{delivery:?}");
            assert!(Effect::Idempotent.may_repeat(&lost(delivery)), "{delivery:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_retry_after_is_read_or_ignored(
            text in "([0-9]{0,22}|[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{1,6} [0-9:]{0,9} (GMT)?|[ -~]{0,30})",
            date in "([ -~]{0,30}|Mon, 23 Nov 2026 12:00:25 GMT)",
        ) {
            let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
            let wait = retry_after(&headers(&[("retry-after", &text), ("date", &date)]), now);
            proptest::prop_assert!(wait.is_none_or(|wait| wait <= LONGEST_ASKED));
        }
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        let waits: Vec<_> = (0..10).map(back_off).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[0], Duration::from_millis(500));
        assert_eq!(back_off(u32::MAX), LONGEST);
    }
}
