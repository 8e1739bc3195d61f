//! What takes several calls and time.
