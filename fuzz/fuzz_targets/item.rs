//! A checkpoint item as the service may send it, and the other bodies of the API.
#![no_main]

use otc_client::csbs::{Checkpoint, CheckpointItem, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<CheckpointItem>(data);
    let _ = serde_json::from_slice::<Checkpoint>(data);
    let _ = serde_json::from_slice::<Policy>(data);
});
