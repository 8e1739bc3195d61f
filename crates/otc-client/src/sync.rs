//! Mutexes, tasks and pauses of the code whose concurrency is tested.
//!
//! They are the standard library's and tokio's. Inside a test that runs under the deterministic scheduler `shuttle`, they are the
//! scheduler's, so that it can try other orders; see the test modules named `interleavings`.

use std::{
    ops::{Deref, DerefMut},
    sync::PoisonError,
    time::Duration,
};

/// A mutex that stays usable after a panic of a thread that held it.
#[derive(Debug)]
pub(crate) struct Mutex<T> {
    value: std::sync::Mutex<T>,
    /// Taken before `value`, so that the scheduler decides who waits.
    #[cfg(test)]
    scheduled: Option<shuttle::sync::Mutex<()>>,
}

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            value: std::sync::Mutex::new(value),
            #[cfg(test)]
            scheduled: is_scheduled().then(shuttle::sync::Mutex::default),
        }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        #[cfg(test)]
        let scheduled = self
            .scheduled
            .as_ref()
            .map(|mutex| mutex.lock().unwrap_or_else(PoisonError::into_inner));
        MutexGuard {
            value: self.value.lock().unwrap_or_else(PoisonError::into_inner),
            #[cfg(test)]
            _scheduled: scheduled,
        }
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

/// Access to the value of a locked [`Mutex`].
#[derive(Debug)]
pub(crate) struct MutexGuard<'a, T> {
    value: std::sync::MutexGuard<'a, T>,
    #[cfg(test)]
    _scheduled: Option<shuttle::sync::MutexGuard<'a, ()>>,
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

/// Runs a future as a task of its own, which continues if the returned future is dropped. The result is `None` if the task
/// panicked.
pub(crate) fn spawn<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> impl Future<Output = Option<T>> + Send + 'static {
    #[cfg(test)]
    if is_scheduled() {
        let task = shuttle::future::spawn(future);
        return futures_util::future::Either::Left(async move { task.await.ok() });
    }
    let task = tokio::spawn(future);
    let task = async move { task.await.ok() };
    #[cfg(test)]
    let task = futures_util::future::Either::Right(task);
    task
}

/// Waits for `duration`. Under the scheduler, any number of steps of other tasks fit into it.
pub(crate) async fn sleep(duration: Duration) {
    #[cfg(test)]
    if is_scheduled() {
        return shuttle::future::yield_now().await;
    }
    tokio::time::sleep(duration).await;
}

/// Returns whether this runs under the deterministic scheduler.
#[cfg(test)]
fn is_scheduled() -> bool {
    shuttle::current::try_get_current_task().is_some()
}

#[cfg(test)]
pub(crate) mod testing {
    //! Runs tests under the deterministic scheduler.

    use std::time::Instant;

    use shuttle::{
        Config, Runner,
        scheduler::{PctScheduler, RandomScheduler, Scheduler},
    };

    /// Number of orders that each of the two schedulers tries.
    const ORDERS: usize = 1000;

    /// Number of places at which a task has to be overtaken, at most, for a fault that the second scheduler is sure to find with
    /// enough orders.
    const DEPTH: usize = 3;

    /// Runs a test in random orders of its tasks' steps, which are the same in each run: once with each order as likely as the
    /// others, and once with random priorities of tasks, which finds rare faults of few steps.
    ///
    /// A task that waits for ever is a deadlock, which fails the test. A failure prints the order, to be repeated with
    /// `shuttle::replay`.
    pub(crate) fn in_many_orders(test: impl Fn() + Send + Sync + Copy + 'static) {
        let started = Instant::now();
        run(RandomScheduler::new_from_seed(1, ORDERS), test);
        run(PctScheduler::new_from_seed(1, DEPTH, ORDERS), test);
        println!("{} orders in {:?}", 2 * ORDERS, started.elapsed());
    }

    fn run(scheduler: impl Scheduler + 'static, test: impl Fn() + Send + Sync + 'static) {
        let mut config = Config::new();
        // A sign-in needs more than the default of 32 KiB.
        config.stack_size = 512 * 1024;
        let tried = Runner::new(scheduler, config).run(test);
        assert_eq!(tried, ORDERS);
    }
}
