//! What is measured, for how long and with how much data.

use std::time::Duration;

/// Read once, from variables that begin with `QUANDO_BENCH_`; a run as a test is tiny.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Which parts run.
    pub(crate) parts: Vec<String>,
    /// How many clients ask at once, one table row for each.
    pub(crate) clients: Vec<usize>,
    /// How long one subject is measured in one round.
    pub(crate) length: Duration,
    /// How often yardstick and subject take turns.
    pub(crate) rounds: u32,
    /// How many providers there are.
    pub(crate) providers: u32,
    /// How many bookings there are before the measurement.
    pub(crate) bookings: u32,
    /// How many providers the search looks through.
    pub(crate) listings: u32,
}

impl Settings {
    pub(crate) fn read() -> Settings {
        let measured = std::env::args().any(|argument| argument == "--bench");
        let mut settings = if measured {
            Settings::usual()
        } else {
            Settings::tiny()
        };
        settings.override_by_environment();
        settings
    }

    fn usual() -> Settings {
        Settings {
            parts: [
                "engine", "bookings", "hot", "reads", "relay", "sqlite", "search", "http",
            ]
            .map(str::to_owned)
            .to_vec(),
            clients: vec![1, 8, 32, 64],
            length: Duration::from_millis(1_000),
            rounds: 2,
            providers: 10_000,
            bookings: 100_000,
            listings: 1_000_000,
        }
    }

    /// Whether everything still runs, in some seconds.
    fn tiny() -> Settings {
        Settings {
            clients: vec![2],
            length: Duration::from_millis(50),
            rounds: 1,
            providers: 20,
            bookings: 200,
            listings: 2_000,
            ..Settings::usual()
        }
    }

    fn override_by_environment(&mut self) {
        let list = |text: String| text.split(',').map(|word| word.trim().to_owned()).collect();
        if let Some(parts) = variable("PARTS") {
            self.parts = list(parts);
        }
        if let Some(clients) = variable("CLIENTS") {
            let clients: Vec<String> = list(clients);
            self.clients = clients.iter().map(|count| number(count)).collect();
        }
        if let Some(seconds) = variable("SECONDS") {
            let seconds = seconds.parse().expect("QUANDO_BENCH_SECONDS is a number");
            self.length = Duration::from_secs_f64(seconds);
        }
        let set = |count: &mut u32, name| {
            if let Some(text) = variable(name) {
                *count = number(&text);
            }
        };
        set(&mut self.rounds, "ROUNDS");
        set(&mut self.providers, "PROVIDERS");
        set(&mut self.bookings, "BOOKINGS");
        set(&mut self.listings, "LISTINGS");
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.parts.iter().any(|each| each == part)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> T {
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    digits
        .parse()
        .unwrap_or_else(|_| panic!("`{text}` is a whole number"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "a program of its own, which reads its configuration here"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(format!("QUANDO_BENCH_{name}")).ok()
}
