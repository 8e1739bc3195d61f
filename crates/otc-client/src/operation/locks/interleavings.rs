//! The server locks in many orders of the steps of their holders.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use futures_util::{future::join_all, pin_mut, poll};
use shuttle::future::{block_on, spawn, yield_now};

use super::*;
use crate::sync::testing::in_many_orders;

const SERVER: &str = "server";

/// Takes the lock, checks that nobody else holds it and that all earlier creates are recorded, and records one more.
async fn create(locks: &ServerLocks, is_held: &AtomicBool, created: &AtomicUsize) {
    let guard = locks.lock(SERVER).await;
    assert!(
        !is_held.swap(true, Ordering::SeqCst),
        "two creates of one server at once"
    );
    let before = created.load(Ordering::SeqCst);
    for number in 0..before {
        assert!(
            locks.is_created_here(SERVER, &number.to_string()),
            "the checkpoint of the create before is not recorded"
        );
    }
    yield_now().await;
    locks.record_created(SERVER, &before.to_string());
    created.store(before + 1, Ordering::SeqCst);
    is_held.store(false, Ordering::SeqCst);
    drop(guard);
}

fn creates(count: usize) {
    let locks = ServerLocks::default();
    let (is_held, created) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let tasks = (0..count).map(|_| {
        let (locks, is_held, created) = (locks.clone(), Arc::clone(&is_held), Arc::clone(&created));
        spawn(async move { create(&locks, &is_held, &created).await })
    });
    block_on(async { join_all(tasks.collect::<Vec<_>>()).await })
        .into_iter()
        .for_each(|result| result.unwrap());
    assert_eq!(created.load(Ordering::SeqCst), count);
}

#[test]
fn creates_of_one_server_exclude_each_other_and_see_what_the_others_made() {
    in_many_orders(|| creates(2));
    in_many_orders(|| creates(3));
}

#[test]
fn a_create_that_is_cancelled_while_it_waits_keeps_no_lock() {
    in_many_orders(|| {
        let locks = ServerLocks::default();
        let cancelled = {
            let locks = locks.clone();
            spawn(async move {
                let lock = locks.lock(SERVER);
                pin_mut!(lock);
                // Dropped while it waits, or with the lock.
                if poll!(&mut lock).is_pending() {
                    yield_now().await;
                    let _ = poll!(&mut lock);
                }
            })
        };
        let (is_held, created) = (AtomicBool::new(false), AtomicUsize::new(0));
        block_on(async {
            create(&locks, &is_held, &created).await;
            cancelled.await.unwrap();
            create(&locks, &is_held, &created).await;
        });
    });
}
