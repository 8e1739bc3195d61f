//! The clock of the simulated service.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// What moves the time of the service.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "mode", rename_all = "snake_case")]
pub enum ClockMode {
    /// Only [`SimClock::advance`].
    Manual,
    /// Real time. Everything takes `1 / speed` of its usual duration.
    Real {
        /// With 1, durations are realistic; with 600, a backup of half an hour takes 3 seconds.
        speed: f64,
    },
    /// Every CSBS request advances the time by `step` seconds, so that clients need not wait between polls. The service's time
    /// runs ahead of real time; this misleads a client that compares both to find the object of a lost request.
    PerRequest {
        /// Seconds per request.
        step: f64,
    },
    /// Follows `tokio::time` from a base date, including paused time.
    TokioTime,
}

/// Clock of the service. All dates and durations of the service follow it.
///
/// Signatures and lifetimes of tokens follow [`SimClock::wall`], since clients compare them with their own clock.
#[derive(Debug)]
pub struct SimClock {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    mode: ClockMode,
    base: Timestamp,
    began: Instant,
    moved: Duration,
    wall_moved: Duration,
}

/// Default start of the time, in the modes that do not follow real time.
pub const FIRST_DAY: &str = "2026-01-01T12:00:00Z";

impl SimClock {
    /// Creates a clock that shows `base` now. The default is [`FIRST_DAY`] for manual and tokio time, and the current time otherwise.
    ///
    /// With [`ClockMode::TokioTime`], it must be called inside the runtime whose time it follows.
    pub fn new(mode: ClockMode, base: Option<Timestamp>) -> Self {
        let base = base.unwrap_or_else(|| match mode {
            ClockMode::Manual | ClockMode::TokioTime => FIRST_DAY.parse().unwrap_or_default(),
            ClockMode::Real { .. } | ClockMode::PerRequest { .. } => Timestamp::now(),
        });
        Self {
            inner: Mutex::new(Inner {
                mode,
                base,
                began: Instant::now(),
                moved: Duration::ZERO,
                wall_moved: Duration::ZERO,
            }),
        }
    }

    /// Returns the time of the service.
    pub fn now(&self) -> Timestamp {
        self.inner().now()
    }

    /// Returns the time for signatures, tokens and the `Date` header: real time, or tokio's.
    pub fn wall(&self) -> Timestamp {
        let inner = self.inner();
        let time = match inner.mode {
            ClockMode::TokioTime => later(inner.base, inner.began.elapsed()),
            _ => Timestamp::now(),
        };
        later(time, inner.wall_moved)
    }

    /// Advances the time of the service.
    pub fn advance(&self, by: Duration) {
        let mut inner = self.inner();
        inner.moved = inner.moved.saturating_add(by);
    }

    /// Advances [`SimClock::wall`]: tokens expire earlier, and the client's clock seems slow.
    pub fn advance_wall(&self, by: Duration) {
        let mut inner = self.inner();
        inner.wall_moved = inner.wall_moved.saturating_add(by);
    }

    /// Changes the mode. The time continues from its current value.
    pub fn set_mode(&self, mode: ClockMode) {
        let mut inner = self.inner();
        inner.base = inner.now();
        inner.moved = Duration::ZERO;
        inner.began = Instant::now();
        inner.mode = mode;
    }

    /// Counts a CSBS request.
    pub(crate) fn request(&self) {
        let mut inner = self.inner();
        if let ClockMode::PerRequest { step } = inner.mode {
            let step = Duration::try_from_secs_f64(step).unwrap_or_default();
            inner.moved = inner.moved.saturating_add(step);
        }
    }

    /// Returns the duration of something that usually takes `time`.
    pub(crate) fn scale(&self, time: Duration) -> Duration {
        match self.inner().mode {
            ClockMode::Real { speed } if speed > 0.0 => {
                Duration::try_from_secs_f64(time.as_secs_f64() / speed).unwrap_or(time)
            }
            _ => time,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn now(&self) -> Timestamp {
        let time = match self.mode {
            ClockMode::Manual | ClockMode::PerRequest { .. } => self.base,
            ClockMode::Real { .. } => Timestamp::now(),
            ClockMode::TokioTime => later(self.base, self.began.elapsed()),
        };
        later(time, self.moved)
    }
}

/// Returns `time` plus `by`, or the largest timestamp if that is out of range.
pub(crate) fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// Formats a time as the service does: UTC without a zone, with microseconds.
pub(crate) fn stamp(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manual_time_moves_only_on_request() {
        let clock = SimClock::new(ClockMode::Manual, None);
        assert_eq!(clock.now().to_string(), FIRST_DAY);
        clock.advance(Duration::from_secs(90));
        clock.request();
        assert_eq!(stamp(clock.now()), "2026-01-01T12:01:30.000000");
    }

    #[test]
    fn each_request_advances_the_time_by_a_step() {
        let clock = SimClock::new(ClockMode::PerRequest { step: 60.0 }, Some(Timestamp::UNIX_EPOCH));
        clock.request();
        clock.request();
        assert_eq!(clock.now().as_second(), 120);
    }

    #[tokio::test(start_paused = true)]
    async fn paused_time_drives_the_service() {
        let clock = SimClock::new(ClockMode::TokioTime, Some(Timestamp::UNIX_EPOCH));
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(clock.now().as_second(), 3600);
        assert_eq!(clock.wall(), clock.now());
    }

    #[test]
    fn a_change_of_mode_keeps_the_time() {
        let clock = SimClock::new(ClockMode::Manual, Some(Timestamp::UNIX_EPOCH));
        clock.advance(Duration::from_secs(5));
        clock.set_mode(ClockMode::PerRequest { step: 1.0 });
        clock.request();
        assert_eq!(clock.now().as_second(), 6);
    }

    #[test]
    fn speed_shortens_durations() {
        let clock = SimClock::new(ClockMode::Real { speed: 600.0 }, None);
        assert_eq!(clock.scale(Duration::from_secs(1800)), Duration::from_secs(3));
    }
}
