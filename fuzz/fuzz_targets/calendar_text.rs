#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| quando_fuzz::calendar_text(data));
