//! The schedule pattern of a policy, from a configuration or from the service.
#![no_main]

use otc_client::csbs::pattern::{Schedule, same, wire_form};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let wire = wire_form(text);
    if let Ok(schedule) = Schedule::parse(text) {
        assert_eq!(Schedule::parse(&wire).as_ref(), Ok(&schedule), "{text:?}");
        assert!(same(text, &wire), "{text:?}");
        assert!(!schedule.explain().is_empty());
    }
});
