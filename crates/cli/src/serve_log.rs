//! What a server says on standard error: a line for each answer, and what goes wrong. A thread of
//! its own writes, so that no request waits for whoever reads; what does not fit is left out.

use std::io::{IsTerminal as _, Write as _, stderr};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};
use quando_engine::{Clock, SystemClock};
use quando_http::server::{Access, AccessLog};
use serde_json::json;

use crate::output::printable;

/// Most lines that wait to be written.
const WAITING_MAX: usize = 8_192;
/// How long the end of the program waits for the last lines.
const PATIENCE: Duration = Duration::from_secs(2);

/// In which form lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl LogFormat {
    /// For people where they look on, and for programs elsewhere.
    pub(crate) fn usual() -> LogFormat {
        match stderr().is_terminal() {
            true => LogFormat::Text,
            false => LogFormat::Json,
        }
    }
}

/// Takes lines, and never waits.
#[derive(Debug)]
pub(crate) struct Lines {
    format: LogFormat,
    sender: SyncSender<Line>,
    left_out: AtomicU64,
}

#[derive(Debug)]
enum Line {
    Text(String),
    /// Answers when all before it is written.
    End(SyncSender<()>),
}

static LINES: OnceLock<Lines> = OnceLock::new();

/// Begins to write what is said; nobody else listens in this program.
pub(crate) fn start(format: LogFormat) -> &'static Lines {
    let lines = LINES.get_or_init(|| {
        let (sender, receiver) = sync_channel(WAITING_MAX);
        std::thread::spawn(move || write(&receiver));
        Lines {
            format,
            sender,
            left_out: AtomicU64::new(0),
        }
    });
    if log::set_logger(lines).is_ok() {
        log::set_max_level(LevelFilter::Warn);
    }
    lines
}

fn write(receiver: &Receiver<Line>) {
    while let Ok(first) = receiver.recv() {
        // What waits goes out together.
        let mut text = String::new();
        let mut ends = Vec::new();
        for line in std::iter::once(first).chain(receiver.try_iter().take(WAITING_MAX)) {
            match line {
                Line::Text(line) => {
                    text.push_str(&line);
                    text.push('\n');
                }
                Line::End(end) => ends.push(end),
            }
        }
        // Whom could one tell?
        let _ = stderr().write_all(text.as_bytes());
        for end in ends {
            let _ = end.try_send(());
        }
    }
}

impl Lines {
    fn send(&self, text: String) {
        if self.sender.try_send(Line::Text(text)).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Says something that is neither an answer nor a fault.
    fn say(&self, level: Level, message: &str) {
        let text = match self.format {
            LogFormat::Text => printable(&format!("{level}: {message}")),
            LogFormat::Json => {
                let time = SystemClock.now();
                let level = level.as_str().to_lowercase();
                json!({"time": time, "level": level, "message": message}).to_string()
            }
        };
        self.send(text);
    }

    /// Waits until all is written.
    pub(crate) fn finish(&self) {
        let left_out = self.left_out.load(Ordering::Relaxed);
        if left_out > 0 {
            let message = format!("{left_out} lines of the log did not fit and were left out");
            self.say(Level::Warn, &message);
        }
        let (end, ended) = sync_channel(1);
        if self.sender.try_send(Line::End(end)).is_ok() {
            let _ = ended.recv_timeout(PATIENCE);
        }
    }
}

impl Log for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("quando")
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.say(record.level(), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// The lines as the log of a server.
#[derive(Debug)]
pub(crate) struct Answers(pub(crate) &'static Lines);

impl AccessLog for Answers {
    fn note(&self, access: &Access<'_>) {
        let text = match self.0.format {
            LogFormat::Json => serde_json::to_string(access).unwrap_or_default(),
            LogFormat::Text => format!(
                "{} {} {} {} {:.1} ms {} {}",
                access.time.format("%H:%M:%S"),
                access.status,
                access.method,
                if access.route.is_empty() {
                    "-"
                } else {
                    access.route
                },
                access.duration_ms,
                access.role,
                access.request_id,
            ),
        };
        self.0.send(text);
    }
}
