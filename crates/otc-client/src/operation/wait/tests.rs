//! The behaviour that all waits share.

use super::*;
use crate::operation::{
    Schedule,
    timing::{TRANSIENT_ERRORS, UNKNOWN_STATUS, UNKNOWN_STATUS_LOOKS},
};

/// Waits on the grid while looks return what `script` says for the second since the beginning. Returns the result, the time that
/// it took, and the number of looks.
async fn run<T, E>(
    timeout: Duration,
    cancel: &CancellationToken,
    mut script: impl FnMut(Look, u64) -> Verdict<T, E>,
) -> (Result<T, WaitError<E>>, Duration, u32) {
    let began = Instant::now();
    let schedule = Schedule::new(3);
    let mut looks = 0;
    let outcome = Wait::until(deadline(began, timeout))
        .or_stopped(cancel)
        .run(
            |now| schedule.next(began, now),
            async |_| (),
            |look: Look, ()| {
                looks += 1;
                script(look, (look.began - began).as_secs())
            },
        )
        .await;
    (outcome, began.elapsed(), looks)
}

/// A wait of half an hour.
async fn run_long<T, E>(script: impl FnMut(Look, u64) -> Verdict<T, E>) -> (Result<T, WaitError<E>>, Duration, u32) {
    let cancel = CancellationToken::new();
    run(Duration::from_secs(1800), &cancel, script).await
}

#[tokio::test(start_paused = true)]
async fn the_result_is_seen_soon_after_it_is_there() {
    let (outcome, took, looks) = run_long(|_, second| match second {
        0..=59 => Verdict::Continue::<_, ()>,
        _ => Verdict::Done("available"),
    })
    .await;
    assert_eq!(outcome.unwrap(), "available");
    assert!(took < Duration::from_secs(62), "{took:?}");
    assert!((39..=42).contains(&looks), "{looks}");
}

#[tokio::test(start_paused = true)]
async fn a_failure_ends_the_wait_at_the_first_look() {
    let (outcome, took, looks) = run_long(|_, _| Verdict::Fail::<(), _>("error")).await;
    assert!(matches!(outcome, Err(WaitError::Failed("error"))));
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(looks, 1);
}

#[tokio::test(start_paused = true)]
async fn the_last_look_happens_at_the_deadline() {
    let timeout = Duration::from_secs(300);
    let mut last = None;
    let cancel = CancellationToken::new();
    let (outcome, took, _) = run(timeout, &cancel, |_, second| {
        last = Some(second);
        Verdict::Continue::<(), ()>
    })
    .await;
    assert!(matches!(outcome, Err(WaitError::TimedOut)));
    assert!(took >= timeout && took < timeout + LAST_LOOK, "{took:?}");
    assert_eq!(last, Some(300));
    let (outcome, ..) = run(timeout, &cancel, |_, second| match second {
        300 => Verdict::Done::<_, ()>(()),
        _ => Verdict::Continue,
    })
    .await;
    assert!(outcome.is_ok(), "a result at the last look counts");
}

#[tokio::test(start_paused = true)]
async fn a_look_that_begins_shortly_before_the_deadline_gets_five_seconds() {
    for (seconds, in_time) in [(4, true), (6, false)] {
        let began = Instant::now();
        let look = async |_: Look| {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Verdict::Done::<_, ()>(())
        };
        let outcome = Wait::until(began + Duration::from_secs(10))
            .run(|now| now + Duration::from_secs(20), look, |_, verdict| verdict)
            .await;
        assert_eq!(outcome.is_ok(), in_time);
        assert_eq!(began.elapsed().as_secs(), 10 + seconds.min(5));
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_that_hangs_is_dropped_at_the_deadline_and_after_a_stop() {
    let hang = async |_: Look| std::future::pending::<Verdict<(), ()>>().await;
    let began = Instant::now();
    let wait = Wait::until(began + Duration::from_secs(20));
    let outcome = wait
        .run(|now| now + Duration::from_secs(1), hang, |_, verdict| verdict)
        .await;
    assert!(matches!(outcome, Err(WaitError::TimedOut)));
    assert!(began.elapsed() <= Duration::from_secs(21));

    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.cancel();
    });
    let began = Instant::now();
    let wait = Wait::until(began + Duration::from_secs(20)).or_stopped(&cancel);
    let outcome = wait
        .run(|now| now + Duration::from_secs(1), hang, |_, verdict| verdict)
        .await;
    assert!(matches!(outcome, Err(WaitError::Stopped)));
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_stop_ends_a_pause_at_once() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(7)).await;
        stop.cancel();
    });
    let began = Instant::now();
    let wait = Wait::until(began + Duration::from_secs(600)).or_stopped(&cancel);
    let look = async |_: Look| Verdict::Continue::<(), ()>;
    let outcome = wait
        .run(|now| now + Duration::from_secs(100), look, |_, verdict| verdict)
        .await;
    assert!(matches!(outcome, Err(WaitError::Stopped)));
    assert_eq!(began.elapsed().as_secs(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_look_that_must_be_finished_survives_the_deadline_and_a_stop() {
    let cancel = CancellationToken::new();
    cancel.cancel();
    let wait = Wait::until(Instant::now())
        .or_stopped(&cancel)
        .looking_at_once()
        .finishing_looks();
    let send = async |_: Look| {
        tokio::time::sleep(Duration::from_secs(60)).await;
        Verdict::Done::<_, ()>("sent")
    };
    assert_eq!(wait.run(|now| now, send, |_, verdict| verdict).await.unwrap(), "sent");
}

#[tokio::test(start_paused = true)]
async fn the_first_look_is_at_once_or_after_a_pause() {
    for at_once in [true, false] {
        let began = Instant::now();
        let wait = Wait::until(began + Duration::from_secs(600));
        let wait = if at_once { wait.looking_at_once() } else { wait };
        let look = async |look: Look| Verdict::Done::<_, ()>(look.began - began);
        let first = wait
            .run(|now| now + Duration::from_secs(9), look, |_, verdict| verdict)
            .await
            .unwrap();
        assert_eq!(first.as_secs(), if at_once { 0 } else { 9 });
    }
}

#[tokio::test(start_paused = true)]
async fn a_look_can_choose_the_moment_of_the_next_one() {
    let began = Instant::now();
    let mut moments = Vec::new();
    let verdict = |look: Look, ()| {
        moments.push((look.began - began).as_secs());
        match moments.len() {
            1 => Verdict::ContinueAt(look.began + Duration::from_secs(17)),
            2 => Verdict::Continue,
            _ => Verdict::Done::<_, ()>(()),
        }
    };
    let wait = Wait::until(began + Duration::from_secs(600)).looking_at_once();
    wait.run(|now| now + Duration::from_secs(2), async |_| (), verdict)
        .await
        .unwrap();
    assert_eq!(moments, [0, 17, 19]);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_tolerated_and_lasting_ones_are_not() {
    let mut failing = Tolerance::of(TRANSIENT_ERRORS);
    let (outcome, ..) = run_long(|look, second| match second {
        0..=200 if failing.is_exceeded(look.began) => Verdict::Fail("lost"),
        0..=200 => Verdict::Continue,
        _ => Verdict::Done(()),
    })
    .await;
    assert!(outcome.is_ok());
    let mut failing = Tolerance::of(TRANSIENT_ERRORS);
    let (outcome, took, _) = run_long(|look, _| match failing.is_exceeded(look.began) {
        true => Verdict::Fail::<(), _>("lost"),
        false => Verdict::Continue,
    })
    .await;
    assert!(matches!(outcome, Err(WaitError::Failed("lost"))));
    assert!(took >= TRANSIENT_ERRORS && took < Duration::from_secs(330), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn what_passes_and_comes_again_is_tolerated_anew() {
    let mut failing = Tolerance::of(TRANSIENT_ERRORS);
    let (outcome, ..) = run_long(|look, second| match second {
        0..=250 | 260..=500 if failing.is_exceeded(look.began) => Verdict::Fail("lost"),
        0..=250 | 260..=500 => Verdict::Continue,
        501.. => Verdict::Done(()),
        _ => {
            failing.reset();
            Verdict::Continue
        }
    })
    .await;
    assert!(outcome.is_ok());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_ends_the_wait_only_if_it_lasts_for_a_minute_and_three_looks() {
    let mut unknown = Tolerance::of(UNKNOWN_STATUS).and_looks(UNKNOWN_STATUS_LOOKS);
    let (outcome, took, _) = run_long(|look, _| match unknown.is_exceeded(look.began) {
        true => Verdict::Fail::<(), _>("polishing"),
        false => Verdict::Continue,
    })
    .await;
    assert!(matches!(outcome, Err(WaitError::Failed("polishing"))));
    assert!(took >= UNKNOWN_STATUS && took < Duration::from_secs(65), "{took:?}");
    let mut unknown = Tolerance::of(UNKNOWN_STATUS).and_looks(UNKNOWN_STATUS_LOOKS);
    assert!(!unknown.is_exceeded(Instant::now()));
    tokio::time::advance(Duration::from_secs(600)).await;
    assert!(!unknown.is_exceeded(Instant::now()), "two looks");
    assert!(unknown.is_exceeded(Instant::now()), "three looks");
    unknown.reset();
    assert!(!unknown.is_exceeded(Instant::now()), "counted anew");
}

#[tokio::test(start_paused = true)]
async fn a_timeout_beyond_the_clock_is_no_panic() {
    let cancel = CancellationToken::new();
    let (outcome, ..) = run(Duration::MAX, &cancel, |_, _| Verdict::Done::<_, ()>(())).await;
    assert!(outcome.is_ok());
    let now = Instant::now();
    assert!(deadline(now, Duration::MAX) > now + Duration::from_secs(3600 * 24 * 365));
}
