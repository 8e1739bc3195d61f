//! A log that tests can read.

use std::{
    io,
    sync::{Arc, Mutex},
};

/// Collects what a subscriber writes. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct CapturedLog(Arc<Mutex<Vec<u8>>>);

impl CapturedLog {
    /// Collects the log of this thread, at every level, until the second value is dropped.
    pub(crate) fn of_this_thread() -> (Self, impl Sized) {
        let log = Self::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        // With a single subscriber, a log line that a thread of another test reaches first is disabled for all threads.
        let second = tracing::Dispatch::new(tracing::subscriber::NoSubscriber::default());
        (log, (second, tracing::subscriber::set_default(subscriber)))
    }

    /// The text so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for CapturedLog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
