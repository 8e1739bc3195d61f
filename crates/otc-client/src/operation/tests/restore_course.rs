//! What looks say about a restore.

use std::{future::pending, time::Duration};

use tokio::time::{Instant, advance, sleep};
use tokio_util::sync::CancellationToken;

use super::service::stop_after;
use crate::{
    csbs::{ErrorForm, ServiceError},
    http::{Delivery, TransportError},
    operation::{
        restore_course::{Course, RestoreEnd, Sent, send},
        wait::{Look, Verdict, WaitError},
    },
    rest::{ApiError, Status, testing::Fake, testing::text},
};

type End = RestoreEnd<&'static str>;

/// The end of a wait.
type WaitEnd = fn() -> Result<(), WaitError<End>>;

fn refusal(status: u16, retry_after: Option<u64>) -> ApiError {
    ApiError::Service(Box::new(ServiceError {
        operation: "restore",
        status,
        code: None,
        message: String::new(),
        request_id: None,
        retry_after: retry_after.map(Duration::from_secs),
        write: true,
        form: ErrorForm::Service,
    }))
}

fn lost() -> ApiError {
    ApiError::Transport {
        operation: "restore",
        source: TransportError {
            delivery: Delivery::Unknown,
            message: "lost".to_owned(),
        },
        write: true,
    }
}

fn course(unanswered: Option<ApiError>) -> Course {
    let context = Fake::new(|_, _| text(500, "")).context();
    Course::new(&context, unanswered)
}

fn look() -> Look {
    let began = Instant::now();
    Look { began, ends: began }
}

fn unknown() -> Status {
    Status::Unknown("polishing".into())
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_answered_in_time_is_accepted_refused_or_unclear() {
    let cancel = CancellationToken::new();
    let sent = async |answer: Result<(), ApiError>| send::<(), &str>(&cancel, async { answer }).await;
    assert!(matches!(sent(Ok(())).await, Ok(Sent::Accepted(()))));
    assert!(matches!(sent(Err(lost())).await, Ok(Sent::Unclear(_))));
    assert!(matches!(sent(Err(refusal(400, None))).await, Err(End::Refused(_))));
    cancel.cancel();
    assert!(matches!(sent(Ok(())).await, Err(End::Stopped(Some(false)))));
}

#[tokio::test(start_paused = true)]
async fn after_a_stop_the_answer_says_whether_the_restore_continues() {
    for (answer, continues) in [
        (Some(Ok(())), Some(true)),
        (Some(Err(refusal(400, None))), Some(false)),
        (Some(Err(lost())), None),
        (None, None),
    ] {
        let cancel = stop_after(Duration::from_secs(1));
        let request = async {
            sleep(Duration::from_secs(2)).await;
            match answer.clone() {
                Some(answer) => answer,
                None => pending().await,
            }
        };
        match send::<(), &str>(&cancel, request).await {
            Err(End::Stopped(found)) => assert_eq!(found, continues, "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_result_claims_only_what_looks_have_shown() {
    // What the looks have seen, and the end of the wait.
    #[derive(Debug, Clone, Copy)]
    enum Seen {
        Nothing,
        Failure,
        Available,
        Sign,
        SignThenFailure,
    }
    use Seen::{Available, Failure, Nothing, Sign, SignThenFailure};
    let ended = |answered: bool, seen: Seen, end: WaitEnd| {
        let mut course = course((!answered).then(lost));
        let fail = |course: &mut Course| {
            let verdict = course.look_failed::<(), &str>(look(), refusal(503, None));
            assert!(matches!(verdict, Verdict::ContinueAt(_)), "{verdict:?}");
        };
        match seen {
            Nothing => {}
            Failure => fail(&mut course),
            Available => course.look_succeeded(&Status::Available, false),
            Sign | SignThenFailure => course.look_succeeded(&Status::Restoring, false),
        }
        if matches!(seen, SignThenFailure) {
            fail(&mut course);
        }
        assert_eq!(course.has_sign(), matches!(seen, Sign | SignThenFailure));
        match course.end(end()) {
            Ok(()) => "done",
            Err(End::Refused(_)) => "refused",
            Err(End::NoAnswer(_)) => "no answer",
            Err(End::NoSign) => "no sign",
            Err(End::Failed(_)) => "failed",
            Err(End::Gone) => "gone",
            Err(End::TimedOut(None)) => "timed out, status unknown",
            Err(End::TimedOut(Some(_))) => "timed out",
            Err(End::Lost(_)) => "lost",
            Err(End::Stopped(None)) => "stopped",
            Err(End::Stopped(Some(_))) => "stopped, continues",
        }
    };
    let done = || Ok(());
    let timed_out = || Err(WaitError::TimedOut);
    let stopped = || Err(WaitError::Stopped);
    let gone = || Err(WaitError::Failed(End::Gone));
    let failed = || Err(WaitError::Failed(End::Failed("")));
    let lost = || Err(WaitError::Failed(End::Lost(refusal(403, None))));
    let cases: [(bool, Seen, WaitEnd, &str); 24] = [
        (true, Sign, done, "done"),
        (false, Sign, done, "done"),
        (true, Available, done, "no sign"),
        (false, Available, done, "no answer"),
        (true, Sign, timed_out, "timed out"),
        (true, SignThenFailure, timed_out, "timed out"),
        (false, Sign, timed_out, "timed out"),
        (true, Nothing, timed_out, "timed out, status unknown"),
        (true, Failure, timed_out, "lost"),
        (true, Available, timed_out, "no sign"),
        (false, Nothing, timed_out, "no answer"),
        (false, Failure, timed_out, "no answer"),
        (true, Nothing, stopped, "stopped, continues"),
        (false, Sign, stopped, "stopped, continues"),
        (false, Nothing, stopped, "stopped"),
        (true, Nothing, gone, "gone"),
        (false, Nothing, gone, "gone"),
        (false, Sign, gone, "gone"),
        (true, Sign, failed, "failed"),
        (false, Nothing, failed, "no answer"),
        (true, Nothing, failed, "no sign"),
        (true, Nothing, lost, "lost"),
        (false, Sign, lost, "lost"),
        (false, Nothing, lost, "no answer"),
    ];
    for (answered, seen, end, expected) in cases {
        assert_eq!(ended(answered, seen, end), expected, "{answered} {seen:?} {:?}", end());
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_look_is_repeated_for_five_minutes_and_not_sooner_than_the_service_asks() {
    let mut course = course(None);
    let fails = |course: &mut Course, error| course.look_failed::<(), &str>(look(), error);
    match fails(&mut course, refusal(503, Some(20))) {
        Verdict::ContinueAt(at) => assert_eq!(at - Instant::now(), Duration::from_secs(20)),
        other => panic!("{other:?}"),
    }
    match fails(&mut course, refusal(503, None)) {
        Verdict::ContinueAt(at) => assert!(at > Instant::now() && at - Instant::now() < Duration::from_secs(2)),
        other => panic!("{other:?}"),
    }
    advance(Duration::from_secs(299)).await;
    assert!(matches!(fails(&mut course, refusal(503, None)), Verdict::ContinueAt(_)));
    course.look_succeeded(&Status::Available, false);
    advance(Duration::from_secs(2)).await;
    assert!(matches!(fails(&mut course, refusal(503, None)), Verdict::ContinueAt(_)));
    advance(Duration::from_secs(301)).await;
    assert!(matches!(
        fails(&mut course, refusal(503, None)),
        Verdict::Fail(End::Lost(_))
    ));

    let mut course = self::course(None);
    assert!(matches!(
        fails(&mut course, refusal(403, None)),
        Verdict::Fail(End::Lost(_))
    ));
}

#[tokio::test(start_paused = true)]
async fn progress_is_reported_while_the_service_is_working_and_when_it_has_changed() {
    let mut course = course(None);
    for (status, percent, expected) in [
        (Status::Available, None, false),
        (Status::WaitingRestore, None, true),
        (Status::Restoring, None, true),
        (Status::Restoring, None, false),
        (Status::Restoring, Some(7), true),
        (Status::Restoring, Some(7), false),
        (Status::Available, Some(8), false),
    ] {
        assert_eq!(course.is_news(&status, percent), expected, "{status:?} {percent:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_status_counts_as_running_for_a_minute() {
    let mut course = course(None);
    assert!(!course.is_running(&Status::Available, look()) && !course.is_running(&Status::Error, look()));
    for _ in 0..2 {
        assert!(course.is_running(&Status::WaitingRestore, look()) && course.is_running(&Status::Restoring, look()));
        for _ in 0..3 {
            assert!(course.is_running(&unknown(), look()));
            advance(Duration::from_secs(19)).await;
        }
    }
    advance(Duration::from_secs(5)).await;
    assert!(!course.is_running(&unknown(), look()));
}
