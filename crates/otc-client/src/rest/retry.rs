//! Decides which failed calls are repeated, and when.

use std::time::Duration;

use jiff::Timestamp;

use super::ApiError;
use crate::http::Delivery;

/// The effect of a call, which decides whether it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Changes nothing: repeated freely.
    Read,
    /// Changes something, and has no further effect when repeated (deletion by ID, setting tags, `PUT`): repeated like a read.
    Idempotent,
    /// Changes something each time (above all, a protect action): repeated only if the service certainly did not process it.
    ///
    /// That is the case if no connection was made, and after 429, which the gateway answers before anything is done. It is not
    /// the case after 503, which a gateway also answers when the service fails during its work. The caller has to look first then.
    NonIdempotent,
}

impl Effect {
    /// Returns whether the call changes anything.
    pub(crate) fn is_write(self) -> bool {
        self != Self::Read
    }

    /// Returns whether a call with this effect and this failure may be repeated.
    pub(crate) fn may_repeat(self, error: &ApiError) -> bool {
        let is_certainly_unprocessed = match error {
            ApiError::Transport { source, .. } => source.delivery == Delivery::NotSent,
            ApiError::Service(error) => error.status == 429,
            ApiError::Identity { .. } => error.is_transient() || error.is_unreadable(),
            _ => false,
        };
        match error {
            // A repeated write would get the same answer.
            ApiError::Decode { .. } => self == Self::Read,
            _ => is_certainly_unprocessed || (self != Self::NonIdempotent && error.is_transient()),
        }
    }
}

/// The longest pause between two attempts, and the longest that the service can ask for.
const LONGEST: Duration = Duration::from_secs(20);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);

/// The pause before repetition number `attempt` (from 0): 0.5 s, doubled each time, 20 s at most; before jitter.
pub(crate) fn back_off(attempt: u32) -> Duration {
    (Duration::from_millis(500) * 2_u32.pow(attempt.min(6))).min(LONGEST)
}

/// Reads `Retry-After`: seconds, or a date that is compared with the answer's own `Date` (or with `now`); 2 minutes at most.
pub(crate) fn retry_after(headers: &::http::HeaderMap, now: Timestamp) -> Option<Duration> {
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
    Some(wait.min(MAX_RETRY_AFTER))
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
        assert_eq!(read(&[("retry-after", "99999999999")]), Some(MAX_RETRY_AFTER));
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
    fn a_protect_action_is_repeated_only_if_it_was_not_processed() {
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
            proptest::prop_assert!(wait.is_none_or(|wait| wait <= MAX_RETRY_AFTER));
        }
    }

    #[test]
    fn waits_grow_and_are_bounded() {
        let waits: Vec<_> = (0..10).map(back_off).collect();
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(waits[0], Duration::from_millis(500));
        assert_eq!(back_off(u32::MAX), LONGEST);
    }

    #[test]
    fn only_a_read_changes_nothing() {
        assert!(!Effect::Read.is_write());
        assert!(Effect::Idempotent.is_write() && Effect::NonIdempotent.is_write());
    }

    #[test]
    fn a_failed_sign_in_is_repeated_if_it_may_succeed_later() {
        use crate::identity::IdentityError;
        let lost = IdentityError::Transport(TransportError {
            delivery: Delivery::Unknown,
            message: String::new(),
        });
        let unreadable = IdentityError::Decode {
            host: String::new(),
            status: 200,
            reason: String::new(),
        };
        let final_one = IdentityError::Lookup(String::new());
        for (source, expected) in [(lost, true), (unreadable, true), (final_one, false)] {
            let error = ApiError::Identity {
                operation: "protect",
                source,
            };
            // Nothing was sent to the service, so even a protect action may be repeated.
            for effect in [Effect::Read, Effect::Idempotent, Effect::NonIdempotent] {
                assert_eq!(effect.may_repeat(&error), expected, "{error:?} {effect:?}");
            }
        }
    }
}
