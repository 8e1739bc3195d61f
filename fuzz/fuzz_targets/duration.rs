//! The arguments of a `timeouts` block.
#![no_main]

use csbs::duration;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(time) = duration::parse(text) {
        // What is shown leaves fractions of a second out.
        let shown = duration::parse(&duration::show(time)).unwrap_or_default();
        assert!(time.as_secs() == 0 || shown.as_secs() == time.as_secs(), "{text:?}");
    }
});
