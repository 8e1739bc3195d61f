//! Counts the memory of an answer while it is read.

use std::cell::Cell;

thread_local! {
    static KEPT: Cell<usize> = const { Cell::new(0) };
}

/// Adds `bytes` to the memory of the value that is being read on this thread, besides the size of its struct.
pub(crate) fn add(bytes: usize) {
    KEPT.set(KEPT.get().saturating_add(bytes));
}

/// Runs `read`, and returns the approximate memory of its result besides its size, in bytes, too.
pub(crate) fn measured<T>(read: impl FnOnce() -> T) -> (T, usize) {
    let before = KEPT.replace(0);
    let result = read();
    let kept = KEPT.replace(before);
    add(kept);
    (result, kept)
}
