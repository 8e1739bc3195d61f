//! Gathers questions that are asked at about the same time, so that few requests answer all of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::oneshot;

use crate::sync::{Mutex, MutexGuard, sleep, spawn};

/// A question that waits for its answer.
#[derive(Debug)]
pub(crate) struct Question<Q, A> {
    pub question: Q,
    sender: oneshot::Sender<A>,
}

impl<Q, A> Question<Q, A> {
    /// Returns whether nobody waits for the answer any more.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.sender.is_closed()
    }

    pub(crate) fn answer(self, answer: A) {
        // An asker that was dropped needs no answer.
        let _ = self.sender.send(answer);
    }
}

/// Groups equal questions, in the order of the questions.
pub(crate) fn group<Q: Ord + Clone, A, K: Ord>(
    questions: Vec<Question<Q, A>>,
    key: impl Fn(&Q) -> K,
) -> BTreeMap<K, Vec<Question<Q, A>>> {
    let mut groups: BTreeMap<K, Vec<Question<Q, A>>> = BTreeMap::new();
    for question in questions {
        groups.entry(key(&question.question)).or_default().push(question);
    }
    groups
}

/// The order of batches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Batches {
    /// A batch is answered before the next one begins. Questions that come meanwhile form one batch, of at most `max_len`.
    Sequential { max_len: usize },
    /// The next batch is gathered as soon as one begins, so that no question waits for the answers to others.
    Concurrent,
}

/// Gathers questions and hands them over in batches. Clones share the batches.
///
/// The first question waits for [`Coalescer::new`]'s `gather` time before its batch is answered. A batch is answered by a task of
/// its own, so that the other askers get their answers when the first one is dropped.
#[derive(Debug)]
pub(crate) struct Coalescer<Q, A> {
    gather: Duration,
    batches: Batches,
    state: Arc<Mutex<State<Q, A>>>,
}

#[derive(Debug)]
struct State<Q, A> {
    /// A task gathers questions or, with sequential batches, answers them.
    is_running: bool,
    waiting: Vec<Question<Q, A>>,
}

impl<Q, A> Clone for Coalescer<Q, A> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            ..*self
        }
    }
}

impl<Q: Send + 'static, A: Send + 'static> Coalescer<Q, A> {
    pub(crate) fn new(gather: Duration, batches: Batches) -> Self {
        Self {
            gather,
            batches,
            state: Arc::new(Mutex::new(State {
                is_running: false,
                waiting: Vec::new(),
            })),
        }
    }

    /// Asks a question, and waits for the answer. `answer` answers a batch; if the question is the first one, it is called for
    /// this and the following batches.
    ///
    /// Returns `None` if the task that answers has panicked: ask alone then.
    pub(crate) async fn ask<F>(
        &self,
        question: Q,
        answer: impl Fn(Vec<Question<Q, A>>) -> F + Send + 'static,
    ) -> Option<A>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = oneshot::channel();
        let is_first = {
            let mut state = self.state();
            state.waiting.push(Question { question, sender });
            !std::mem::replace(&mut state.is_running, true)
        };
        if is_first {
            // The task continues although nobody waits for its end.
            drop(spawn(self.clone().run(answer)));
        }
        receiver.await.ok()
    }

    async fn run<F>(self, answer: impl Fn(Vec<Question<Q, A>>) -> F)
    where
        F: Future<Output = ()>,
    {
        let guard = ClearOnPanic(&self);
        sleep(self.gather).await;
        loop {
            let batch = self.take_batch();
            if batch.is_empty() {
                break;
            }
            answer(batch).await;
            if self.batches == Batches::Concurrent {
                break;
            }
        }
        drop(guard);
    }

    /// Takes the questions to answer next, without those that were abandoned.
    fn take_batch(&self) -> Vec<Question<Q, A>> {
        let mut state = self.state();
        state.waiting.retain(|question| !question.is_abandoned());
        let count = match self.batches {
            Batches::Sequential { max_len } => state.waiting.len().min(max_len),
            Batches::Concurrent => state.waiting.len(),
        };
        let batch: Vec<_> = state.waiting.drain(..count).collect();
        if batch.is_empty() || self.batches == Batches::Concurrent {
            state.is_running = false;
        }
        batch
    }
}

impl<Q, A> Coalescer<Q, A> {
    fn state(&self) -> MutexGuard<'_, State<Q, A>> {
        self.state.lock()
    }
}

/// Lets the next question start a new task when this one panics.
struct ClearOnPanic<'a, Q, A>(&'a Coalescer<Q, A>);

impl<Q, A> Drop for ClearOnPanic<'_, Q, A> {
    fn drop(&mut self) {
        if std::thread::panicking() && self.0.batches != Batches::Concurrent {
            let mut state = self.0.state();
            state.is_running = false;
            // Dropping their senders tells the askers to ask alone.
            state.waiting.clear();
        }
    }
}

#[cfg(test)]
mod interleavings;

#[cfg(test)]
mod tests {
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    use tokio::{task::JoinSet, time::Instant};

    use super::*;

    const GATHER: Duration = Duration::from_millis(10);
    const UNLIMITED: Batches = Batches::Sequential { max_len: usize::MAX };

    /// Answers each question with itself after a second, and records the batches.
    async fn echo(log: Arc<Mutex<Vec<Vec<usize>>>>, batch: Vec<Question<usize, usize>>) {
        log.lock()
            .unwrap()
            .push(batch.iter().map(|question| question.question).collect());
        sleep(Duration::from_secs(1)).await;
        for question in batch {
            let answer = question.question;
            question.answer(answer);
        }
    }

    /// Asks ten questions at once and ten more while these are being answered.
    async fn ask_twenty(coalescer: &Coalescer<usize, usize>) -> (Vec<Vec<usize>>, Duration) {
        let log = Arc::default();
        let began = Instant::now();
        let mut tasks = JoinSet::new();
        for number in 0..20 {
            let (coalescer, log) = (coalescer.clone(), Arc::clone(&log));
            tasks.spawn(async move {
                if number >= 10 {
                    sleep(Duration::from_millis(500)).await;
                }
                let answer = coalescer.ask(number, move |batch| echo(Arc::clone(&log), batch)).await;
                assert_eq!(answer, Some(number));
            });
        }
        tasks.join_all().await;
        let log = log.lock().unwrap().clone();
        (log, began.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn questions_of_the_same_moment_form_one_batch() {
        let (log, took) = ask_twenty(&Coalescer::new(GATHER, UNLIMITED)).await;
        assert_eq!(log, [(0..10).collect::<Vec<_>>(), (10..20).collect()]);
        assert_eq!(took.as_millis(), 2010, "one after the other");
        let (log, took) = ask_twenty(&Coalescer::new(GATHER, Batches::Concurrent)).await;
        assert_eq!(log, [(0..10).collect::<Vec<_>>(), (10..20).collect()]);
        assert_eq!(took.as_millis(), 1510, "at the same time");
    }

    #[tokio::test(start_paused = true)]
    async fn a_batch_is_no_longer_than_allowed() {
        let (log, _) = ask_twenty(&Coalescer::new(GATHER, Batches::Sequential { max_len: 4 })).await;
        let lengths: Vec<_> = log.iter().map(Vec::len).collect();
        assert_eq!(lengths, [4, 4, 4, 4, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn abandoned_questions_are_not_answered_and_disturb_no_other() {
        let coalescer = Coalescer::new(GATHER, UNLIMITED);
        let log = Arc::default();
        let ask = |number| {
            let log = Arc::clone(&log);
            coalescer.ask(number, move |batch| echo(Arc::clone(&log), batch))
        };
        let abandoned = tokio::time::timeout(GATHER / 2, ask(1));
        let (abandoned, other) = tokio::join!(abandoned, ask(2));
        assert!(abandoned.is_err());
        assert_eq!(other, Some(2));
        assert_eq!(*log.lock().unwrap(), [[2]]);
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_panic_questions_are_answered_again() {
        for batches in [UNLIMITED, Batches::Concurrent] {
            let coalescer: Coalescer<(), ()> = Coalescer::new(GATHER, batches);
            let calls = Arc::new(AtomicUsize::new(0));
            let ask = || {
                let calls = Arc::clone(&calls);
                coalescer.ask((), move |batch| {
                    let call = calls.fetch_add(1, Ordering::Relaxed);
                    async move {
                        assert!(call > 0, "the first batch fails");
                        batch.into_iter().for_each(|question| question.answer(()));
                    }
                })
            };
            assert_eq!(ask().await, None);
            assert_eq!(ask().await, Some(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_of_one_concurrent_batch_drops_no_question_of_the_next() {
        let coalescer: Coalescer<usize, usize> = Coalescer::new(GATHER, Batches::Concurrent);
        let ask = |number, after| {
            let coalescer = coalescer.clone();
            async move {
                sleep(Duration::from_millis(after)).await;
                let answer = coalescer.ask(number, |batch| async {
                    sleep(Duration::from_millis(1000)).await;
                    for question in batch {
                        assert_ne!(question.question, 1, "the first batch fails");
                        question.answer(7);
                    }
                });
                answer.await
            }
        };
        // The second question waits for its batch while the first one panics.
        let (first, second) = tokio::join!(ask(1, 0), ask(2, 1005));
        assert_eq!((first, second), (None, Some(7)));
    }
}
