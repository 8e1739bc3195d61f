//! The moments at which waits look.

use std::time::Duration;

use tokio::time::Instant;

/// Time between two looks while a wait is young. With the round trip and a margin for a busy machine, a change within the first
/// two minutes is seen within 2 s.
const FIRST: Duration = Duration::from_millis(1500);

/// Age up to which a wait is young.
const YOUNG: Duration = Duration::from_secs(120);

/// Later, the fraction of the time waited that may pass between two looks: 1/25 (4 %), which leaves 1 % of the promised 5 % for
/// the look itself.
const FRACTION: u32 = 25;

/// The possible times between two looks, as multiples of [`FIRST`]. They are few, so that waits of about the same age look at the
/// same moments.
const STEPS: [u32; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/// The least time between two looks: a wait that begins just before a moment of the grid looks at the next one.
const LEAST: Duration = Duration::from_millis(250);

/// The moments at which waits look: the same for all waits, so that one request can serve many.
///
/// The moments lie on a grid that begins when the schedule is created: every 1.5 s for the first two minutes of a wait, then
/// every 3, 4.5, 6, 9, 12, 18, 24, 36 or 48 s, whichever is the longest of at most 4 % of the time waited. The beginning of the
/// grid is shifted by up to one step, drawn from the seed, so that processes that start together do not look together.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    begins: Instant,
}

impl Schedule {
    /// A schedule whose grid begins now, shifted by a value drawn from `seed`.
    pub fn new(seed: u64) -> Self {
        let shift = Duration::from_millis(crate::rest::jitter::mix(seed) % 1500);
        Self {
            begins: Instant::now() + shift,
        }
    }

    /// The time between two looks of a wait that has lasted `waited`.
    fn interval(waited: Duration) -> Duration {
        if waited < YOUNG {
            return FIRST;
        }
        let allowed = waited / FRACTION;
        let longest = STEPS
            .iter()
            .rev()
            .map(|step| FIRST * *step)
            .find(|step| *step <= allowed);
        longest.unwrap_or(FIRST)
    }

    /// The next look of a wait that began at `began` and last looked at `now`.
    pub fn next(&self, began: Instant, now: Instant) -> Instant {
        let step = Self::interval(now.saturating_duration_since(began));
        let earliest = now + LEAST;
        let since = earliest.saturating_duration_since(self.begins);
        let steps = since.as_nanos().div_ceil(step.as_nanos().max(1));
        self.begins + step * u32::try_from(steps).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_change_is_seen_within_two_seconds_at_first_and_within_five_percent_later() {
        for seed in 0..50 {
            let schedule = Schedule::new(seed);
            tokio::time::advance(Duration::from_millis(seed * 77)).await;
            let began = Instant::now();
            let mut now = began;
            while now - began < Duration::from_secs(7200) {
                let next = schedule.next(began, now);
                let gap = next - now;
                let bound = if now - began < YOUNG {
                    Duration::from_millis(1750)
                } else {
                    ((now - began) / 20).max(Duration::from_millis(1750))
                };
                assert!(gap >= LEAST && gap <= bound, "{gap:?} after {:?}", now - began);
                // A look takes a moment.
                now = next + Duration::from_millis(60);
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn waits_that_began_at_different_moments_look_at_the_same_ones() {
        let schedule = Schedule::new(7);
        let first = Instant::now();
        let mut moments = std::collections::BTreeSet::new();
        for offset in 0..100_u64 {
            let began = first + Duration::from_millis(offset * 13);
            let mut now = began;
            while now - first < Duration::from_secs(60) {
                now = schedule.next(began, now);
                moments.insert(now);
            }
        }
        assert!(moments.len() <= 42, "{}", moments.len());
    }

    #[tokio::test(start_paused = true)]
    async fn half_an_hour_of_waiting_takes_few_looks() {
        let schedule = Schedule::new(1);
        let began = Instant::now();
        let mut now = began;
        let mut looks = 0;
        while now - began < Duration::from_secs(1800) {
            now = schedule.next(began, now);
            looks += 1;
        }
        assert!(looks < 170, "{looks}");
    }
}
