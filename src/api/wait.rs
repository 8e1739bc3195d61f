//! When to look again, and the loop that does.
