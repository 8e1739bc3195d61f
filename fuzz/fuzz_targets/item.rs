//! The bodies that the two services send: a checkpoint item, a checkpoint and a policy of CSBS, and their counterparts of CBR.
#![no_main]

use libfuzzer_sys::fuzz_target;
use otc_client::{cbr, csbs};

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<csbs::CheckpointItem>(data);
    let _ = serde_json::from_slice::<csbs::Checkpoint>(data);
    let _ = serde_json::from_slice::<csbs::Policy>(data);
    let _ = serde_json::from_slice::<cbr::Backup>(data);
    let _ = serde_json::from_slice::<cbr::Checkpoint>(data);
    let _ = serde_json::from_slice::<cbr::Task>(data);
    let _ = serde_json::from_slice::<cbr::Vault>(data);
});
