#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| quando_fuzz::price_json(data));
