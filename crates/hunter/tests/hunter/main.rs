//! Looks for double bookings; see `docs/testing-stores.md`.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

/// One line for whoever looks at what a run came to (`--no-capture`).
macro_rules! say {
    ($($text:tt)*) => {
        $crate::say_line(&format!($($text)*))
    };
}

mod check;
mod client;
mod crashes;
mod full;
mod history;
mod hunt;
mod memory;
mod node;
mod planted;
mod postgres;
mod round;
#[cfg(feature = "sabotage")]
mod sabotage;
mod same_key;
mod script;
mod sqlite;
mod tables;
mod world;

#[expect(clippy::print_stdout, reason = "the summary of a run")]
fn say_line(line: &str) {
    println!("{line}");
}
