//! Limits the rate of requests: none until the service answers 429, then the rate that it accepts.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep_until};

/// The lowest rate, in requests per second.
const SLOWEST: f64 = 0.2;

/// The rate above which no limit is needed, in requests per second.
const FREE: f64 = 500.0;

/// Time over which the rate of accepted requests is measured.
const WINDOW: Duration = Duration::from_secs(2);

/// Limits the rate of all requests of a client.
///
/// Additive increase, multiplicative decrease: the first 429 sets the rate to half of what the service accepted in the last two
/// seconds. Every later one halves it, once per round, because answers to requests that were under way at the last cut have no
/// new information. Without refusals, the rate grows each second by 5 % of the rate before the cut, and by 1 % near it.
/// `Retry-After` of a 429 stops all requests until then.
#[derive(Debug)]
pub(crate) struct Limiter {
    slots: Semaphore,
    /// Held by the next request, so that no later one is scheduled at a rate that may change.
    turn: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests per second; no limit until the first 429.
    rate: Option<f64>,
    /// The rate before the last cut.
    ceiling: f64,
    /// When the last request was sent.
    last: Option<Instant>,
    /// No request is sent before.
    paused: Option<Instant>,
    /// When the rate was last cut.
    cut: Option<Instant>,
    /// When the rate last grew.
    grown: Option<Instant>,
    /// When answers other than 429 came, within the window.
    accepted: VecDeque<Instant>,
    /// Number of such answers in all.
    total: u64,
}

/// Allows one request. The caller keeps it until the answer has arrived.
#[derive(Debug)]
pub(crate) struct Permit<'a> {
    _slot: Option<SemaphorePermit<'a>>,
    sent: Instant,
}

impl Limiter {
    pub(crate) fn new(at_once: usize) -> Self {
        Self {
            slots: Semaphore::new(at_once.clamp(1, Semaphore::MAX_PERMITS)),
            turn: tokio::sync::Mutex::new(()),
            state: Mutex::new(State {
                rate: None,
                ceiling: FREE,
                last: None,
                paused: None,
                cut: None,
                grown: None,
                accepted: VecDeque::new(),
                total: 0,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until a request may be sent.
    pub(crate) async fn acquire(&self) -> Permit<'_> {
        // The semaphore is never closed; without a slot the request would be sent all the same.
        let slot = self.slots.acquire().await.ok();
        let turn = self.turn.lock().await;
        loop {
            let now = Instant::now();
            let at = {
                let mut state = self.state();
                let at = state.earliest(now);
                if at <= now {
                    state.last = Some(now);
                    break;
                }
                at
            };
            // The rate may have changed meanwhile.
            sleep_until(at).await;
        }
        drop(turn);
        Permit {
            _slot: slot,
            sent: Instant::now(),
        }
    }

    /// Records that the service answered the request with anything but 429.
    pub(crate) fn accepted(&self) {
        self.state().accept(Instant::now());
    }

    /// Records that the service answered 429 to the request that `permit` allowed.
    pub(crate) fn refused(&self, permit: &Permit<'_>, retry_after: Option<Duration>) {
        self.state().refuse(Instant::now(), permit.sent, retry_after);
    }

    /// Number of accepted requests in all. If it has grown, other requests succeed.
    pub(crate) fn total_accepted(&self) -> u64 {
        self.state().total
    }
}

impl State {
    /// The earliest moment of the next request.
    fn earliest(&self, now: Instant) -> Instant {
        let at_rate = match (self.rate, self.last) {
            (Some(rate), Some(last)) => last + Duration::from_secs_f64(1.0 / rate.max(SLOWEST)),
            _ => now,
        };
        self.paused.map_or(at_rate, |paused| at_rate.max(paused))
    }

    fn accept(&mut self, now: Instant) {
        self.total += 1;
        self.forget(now);
        self.accepted.push_back(now);
        let Some(rate) = self.rate else {
            return;
        };
        let elapsed = self.grown.map_or(0.0, |grown| (now - grown).as_secs_f64()).min(5.0);
        self.grown = Some(now);
        let share = if rate < 0.9 * self.ceiling { 0.05 } else { 0.01 };
        let faster = rate + elapsed * (self.ceiling * share).max(0.05);
        self.rate = (faster < FREE).then_some(faster);
    }

    fn refuse(&mut self, now: Instant, sent: Instant, retry_after: Option<Duration>) {
        if let Some(wait) = retry_after {
            let until = now + wait;
            if self.paused.is_none_or(|paused| paused < until) {
                self.paused = Some(until);
            }
        }
        if self.cut.is_some_and(|cut| sent < cut) {
            return;
        }
        self.forget(now);
        let seen = f64::from(u32::try_from(self.accepted.len()).unwrap_or(u32::MAX)) / WINDOW.as_secs_f64();
        let before = self.rate.unwrap_or(seen);
        self.ceiling = before.max(SLOWEST);
        self.rate = Some((before / 2.0).max(SLOWEST));
        self.cut = Some(now);
        self.grown = Some(now);
        tracing::debug!(rate = self.rate, "the service limits the rate of requests");
    }

    fn forget(&mut self, now: Instant) {
        while self.accepted.front().is_some_and(|at| now - *at > WINDOW) {
            self.accepted.pop_front();
        }
        // A higher rate needs no exact measure.
        while self.accepted.len() > 4096 {
            self.accepted.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    /// A service that takes `rate` requests per second and bursts of `burst`; answers take 50 ms.
    struct Service {
        rate: f64,
        burst: f64,
        bucket: Mutex<(f64, Instant)>,
        retry_after: Option<Duration>,
    }

    impl Service {
        async fn ask(&self) -> bool {
            tokio::time::sleep(Duration::from_millis(50)).await;
            let mut bucket = self.bucket.lock().unwrap();
            let now = Instant::now();
            bucket.0 = (bucket.0 + (now - bucket.1).as_secs_f64() * self.rate).min(self.burst);
            bucket.1 = now;
            if bucket.0 >= 1.0 {
                bucket.0 -= 1.0;
                return true;
            }
            false
        }
    }

    async fn drive(rate: f64, requests: u32, retry_after: Option<Duration>) -> (Duration, u32) {
        let limiter = Arc::new(Limiter::new(32));
        let service = Arc::new(Service {
            rate,
            burst: rate,
            bucket: Mutex::new((rate, Instant::now())),
            retry_after,
        });
        let began = Instant::now();
        let refused = Arc::new(Mutex::new(0));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..requests {
            let (limiter, service, refused) = (Arc::clone(&limiter), Arc::clone(&service), Arc::clone(&refused));
            tasks.spawn(async move {
                loop {
                    let permit = limiter.acquire().await;
                    if service.ask().await {
                        limiter.accepted();
                        return;
                    }
                    *refused.lock().unwrap() += 1;
                    limiter.refused(&permit, service.retry_after);
                    drop(permit);
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
        while tasks.join_next().await.is_some() {}
        let refused = *refused.lock().unwrap();
        (began.elapsed(), refused)
    }

    #[tokio::test(start_paused = true)]
    async fn no_request_waits_before_the_first_429() {
        let (took, refused) = drive(1_000_000.0, 640, None).await;
        assert_eq!(refused, 0);
        assert!(took <= Duration::from_millis(1010), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_settles_near_the_limit_of_the_service() {
        for rate in [2.0, 10.0, 50.0] {
            let (took, refused) = drive(rate, 1000, None).await;
            let floor = 1000.0 / rate;
            assert!(took.as_secs_f64() < floor * 1.6 + 20.0, "{rate}/s: {took:?}");
            assert!(refused < 120, "{rate}/s: {refused} refused");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn retry_after_stops_everything() {
        let limiter = Limiter::new(8);
        let permit = limiter.acquire().await;
        limiter.accepted();
        limiter.refused(&permit, Some(Duration::from_secs(30)));
        let began = Instant::now();
        let _second = limiter.acquire().await;
        assert!(began.elapsed() >= Duration::from_secs(30));
        let (_, refused) = drive(5.0, 200, Some(Duration::from_secs(2))).await;
        assert!(refused < 60, "{refused}");
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_are_under_way_at_once() {
        let limiter = Limiter::new(2);
        let _first = limiter.acquire().await;
        let second = limiter.acquire().await;
        let third = tokio::time::timeout(Duration::from_secs(60), limiter.acquire()).await;
        assert!(third.is_err());
        drop(second);
        let _third = limiter.acquire().await;
    }

    /// A state that has accepted `count` requests now.
    async fn accepted(count: usize) -> State {
        let limiter = Limiter::new(1);
        for _ in 0..count {
            limiter.accepted();
        }
        limiter.state.into_inner().unwrap()
    }

    fn rate(state: &State) -> f64 {
        state.rate.unwrap()
    }

    fn is(actual: f64, expected: f64) {
        assert!((actual - expected).abs() < 1e-9, "{actual} instead of {expected}");
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_429_sets_half_of_the_rate_of_the_last_two_seconds() {
        for (age, expected) in [(0, 2.0), (2000, 2.0), (2001, SLOWEST)] {
            let mut state = accepted(8).await;
            let now = Instant::now() + Duration::from_millis(age);
            state.refuse(now, now, None);
            is(rate(&state), expected);
            is(state.ceiling, if age > 2000 { SLOWEST } else { 4.0 });
            assert_eq!(state.earliest(now), now, "no request was sent yet");
            state.last = Some(now);
            assert_eq!(state.earliest(now), now + Duration::from_secs_f64(1.0 / expected));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_later_429_halves_the_rate_once_per_round() {
        let mut state = accepted(80).await;
        let first = Instant::now();
        state.refuse(first, first, None);
        is(rate(&state), 20.0);
        let later = first + Duration::from_millis(100);
        state.refuse(later, first - Duration::from_millis(1), None);
        is(rate(&state), 20.0);
        state.refuse(later, first, None);
        is(rate(&state), 10.0);
        is(state.ceiling, 20.0);
    }

    #[tokio::test(start_paused = true)]
    async fn the_rate_grows_fast_far_below_the_ceiling_and_slowly_near_it() {
        let mut state = accepted(160).await;
        let now = Instant::now();
        state.refuse(now, now, None);
        let second = now + Duration::from_secs(1);
        state.accept(second);
        is(rate(&state), 40.0 + 80.0 * 0.05);
        // 90 % of the ceiling.
        state.rate = Some(72.0);
        state.accept(second + Duration::from_secs(1));
        is(rate(&state), 72.0 + 80.0 * 0.01);
        state.rate = Some(71.9);
        state.accept(second + Duration::from_secs(2));
        is(rate(&state), 71.9 + 80.0 * 0.05);
        // A long pause counts as five seconds, and a low rate grows, too.
        state.accept(second + Duration::from_secs(100));
        is(rate(&state), 71.9 + 80.0 * 0.05 + 5.0 * 80.0 * 0.01);
        (state.rate, state.ceiling) = (Some(0.2), 0.2);
        state.accept(second + Duration::from_secs(101));
        is(rate(&state), 0.25);
        state.rate = Some(FREE);
        state.accept(second + Duration::from_secs(102));
        assert_eq!(state.rate, None);
    }

    #[tokio::test(start_paused = true)]
    async fn the_longest_pause_that_the_service_asks_for_counts() {
        let now = Instant::now();
        for (first, second) in [(10, 30), (30, 10)] {
            let mut state = accepted(8).await;
            for seconds in [first, second] {
                state.refuse(now, now, Some(Duration::from_secs(seconds)));
            }
            assert_eq!(state.earliest(now), now + Duration::from_secs(30));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_record_of_accepted_requests_is_bounded() {
        let state = accepted(10_000).await;
        assert!(state.accepted.len() <= 4097);
        assert_eq!(state.total, 10_000);
    }
}
