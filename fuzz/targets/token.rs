#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| api::fuzz::token(text));
