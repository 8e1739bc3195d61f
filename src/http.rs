//! HTTP as everything above sees it: one request, one bounded answer, and what is known when none came.

mod clock;
mod transport;

pub use clock::{Clock, SystemClock};
pub use transport::{Delivery, Transport, TransportError};
