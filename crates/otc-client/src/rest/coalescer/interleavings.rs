//! The coalescer in many orders of its tasks' steps.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{future::join_all, pin_mut, poll};
use shuttle::future::{block_on, spawn, yield_now};

use super::*;
use crate::sync::testing::in_many_orders;

const ALL: [Batches; 3] = [
    Batches::Sequential { max_len: 1 },
    Batches::Sequential { max_len: usize::MAX },
    Batches::Concurrent,
];

/// A service whose data changes with each write. Counts the batches that are answered at the same time.
#[derive(Default)]
struct Service {
    version: AtomicUsize,
    batches_at_once: AtomicUsize,
    most_batches_at_once: AtomicUsize,
}

impl Service {
    /// Answers a batch with the version of the data.
    async fn answer(self: Arc<Self>, batch: Vec<Question<usize, usize>>) {
        let at_once = self.batches_at_once.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_batches_at_once.fetch_max(at_once, Ordering::SeqCst);
        let version = self.version.load(Ordering::SeqCst);
        yield_now().await;
        self.batches_at_once.fetch_sub(1, Ordering::SeqCst);
        for question in batch {
            question.answer(version);
        }
    }

    /// Changes the data, and returns the new version.
    fn write(&self) -> usize {
        self.version.fetch_add(1, Ordering::SeqCst) + 1
    }
}

fn coalescer(batches: Batches) -> Coalescer<usize, usize> {
    Coalescer::new(Duration::from_millis(5), batches)
}

/// Each asker writes and then asks. A question that nobody answers ends the execution as a deadlock.
fn write_and_ask(batches: Batches, askers: usize) {
    let service = Arc::new(Service::default());
    let coalescer = coalescer(batches);
    let tasks = (0..askers).map(|number| {
        let (service, coalescer) = (Arc::clone(&service), coalescer.clone());
        spawn(async move {
            let written = service.write();
            let answering = Arc::clone(&service);
            let answer = coalescer
                .ask(number, move |batch| Arc::clone(&answering).answer(batch))
                .await
                .unwrap();
            assert!(
                answer >= written,
                "version {answer} is older than {written}, which was written before"
            );
        })
    });
    block_on(async { join_all(tasks.collect::<Vec<_>>()).await })
        .into_iter()
        .for_each(|result| result.unwrap());
    if batches != Batches::Concurrent {
        assert_eq!(service.most_batches_at_once.load(Ordering::SeqCst), 1);
    }
}

#[test]
fn every_question_is_answered_and_never_from_before_it_was_asked() {
    for batches in ALL {
        in_many_orders(move || write_and_ask(batches, 2));
        in_many_orders(move || write_and_ask(batches, 3));
    }
}

#[test]
fn an_asker_that_gives_up_takes_no_answer_from_the_others() {
    for batches in ALL {
        in_many_orders(move || {
            let service = Arc::new(Service::default());
            let coalescer = coalescer(batches);
            let abandoned = {
                let (service, coalescer) = (Arc::clone(&service), coalescer.clone());
                spawn(async move {
                    let ask = coalescer.ask(1, move |batch| Arc::clone(&service).answer(batch));
                    pin_mut!(ask);
                    if poll!(&mut ask).is_pending() {
                        yield_now().await;
                        let _ = poll!(&mut ask);
                    }
                })
            };
            block_on(async {
                let answer = coalescer.ask(2, move |batch| Arc::clone(&service).answer(batch)).await;
                assert_eq!(answer, Some(0));
                abandoned.await.unwrap();
            });
        });
    }
}
