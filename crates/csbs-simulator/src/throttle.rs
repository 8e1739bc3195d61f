//! The rate limit of the gateway.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

/// Rate limit: a token bucket.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests per second, by `tokio::time`.
    pub per_second: f64,
    /// Size of the bucket: number of requests that may arrive at once after a pause.
    pub burst: u32,
    /// Sends `Retry-After` with a refusal.
    pub retry_after: bool,
}

/// Token bucket.
#[derive(Debug, Default)]
pub(crate) struct Throttle {
    limit: Option<RateLimit>,
    level: f64,
    filled: Option<Instant>,
}

impl Throttle {
    pub(crate) fn new(limit: Option<RateLimit>) -> Self {
        Self {
            level: limit.map_or(0.0, |limit| f64::from(limit.burst.max(1))),
            filled: None,
            limit,
        }
    }

    /// Admits a request. A refusal has the seconds to wait, if the gateway sends them.
    pub(crate) fn admit(&mut self, now: Instant) -> Result<(), Option<u64>> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        let passed = self
            .filled
            .map_or(Duration::ZERO, |filled| now.saturating_duration_since(filled));
        self.filled = Some(now);
        let most = f64::from(limit.burst.max(1));
        self.level = (self.level + passed.as_secs_f64() * limit.per_second).min(most);
        if self.level >= 1.0 {
            self.level -= 1.0;
            return Ok(());
        }
        let wait = ((1.0 - self.level) / limit.per_second.max(0.001)).ceil().max(1.0);
        Err(limit.retry_after.then_some(wait as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_is_admitted_and_then_the_rate() {
        let mut throttle = Throttle::new(Some(RateLimit {
            per_second: 2.0,
            burst: 3,
            retry_after: true,
        }));
        let now = Instant::now();
        let admitted = (0..5).filter(|_| throttle.admit(now).is_ok()).count();
        assert_eq!(admitted, 3);
        assert_eq!(throttle.admit(now), Err(Some(1)));
        let admitted = (0..5)
            .filter(|_| throttle.admit(now + Duration::from_secs(1)).is_ok())
            .count();
        assert_eq!(admitted, 2);
    }
}
