//! The part of a REST client that the cloud's backup services share.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `client` | [`Client`]: sends calls, signed in, rate-limited and repeated where that is safe |
//! | `inventory` | [`Inventory`]: reads of backups that concurrent operations share |
//! | `coalescer` | gathers questions that are asked at about the same time |
//! | `error` | [`ApiError`], and the meaning of the services' codes |
//! | `status`, `open_enum` | the status of a backup, and enums that keep words they do not know |
//! | `id`, `description`, `time`, `tags`, `volume_mapping` | values that both services have |
//! | `path`, `lenient`, `page`, `retry`, `limit`, `jitter` | how requests are built, answers read, lists followed, calls repeated and paced |

pub(crate) mod client;
pub(crate) mod coalescer;
mod description;
pub(crate) mod error;
mod id;
pub(crate) mod inventory;
pub(crate) mod jitter;
pub(crate) mod lenient;
mod limit;
pub(crate) mod open_enum;
pub(crate) mod page;
pub(crate) mod path;
pub(crate) mod retry;
mod status;
mod tags;
#[cfg(test)]
pub(crate) mod testing;
mod time;
mod volume_mapping;

pub use client::{Api, Client, ClientOptions, with_retry_deadline};
pub use description::non_empty_description;
pub use error::{ApiError, ErrorForm, RefusalReason, ServiceError};
pub use id::{ID_PUNCTUATION, MAX_ID_LENGTH, is_valid_id};
pub use inventory::{Inventory, ItemKey, Listed, Lookup};
pub use status::Status;
pub use tags::Tags;
pub use time::parse_time;
pub use volume_mapping::VolumeMapping;

/// The resource type of a server.
pub const SERVER_TYPE: &str = "OS::Nova::Server";
