//! Counts what is kept of an answer while it is read.

use std::cell::Cell;

thread_local! {
    static KEPT: Cell<usize> = const { Cell::new(0) };
}

/// Notes that `bytes` of memory are kept of what is being read on this thread, apart from the reading struct itself.
pub(super) fn add(bytes: usize) {
    KEPT.set(KEPT.get().saturating_add(bytes));
}

/// Runs `read`, and about how many bytes of memory its result takes besides its own size.
pub(in crate::csbs) fn measured<T>(read: impl FnOnce() -> T) -> (T, usize) {
    let before = KEPT.replace(0);
    let result = read();
    let kept = KEPT.replace(before);
    add(kept);
    (result, kept)
}
