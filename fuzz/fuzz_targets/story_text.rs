#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| quando_fuzz::story_text(data));
