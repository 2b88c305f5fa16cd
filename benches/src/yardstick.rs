//! Bare loops: only the work of one workload, written by hand.

use chrono::{Datelike, NaiveDate, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The input of the slot loop, in the types that a hand-written loop would use.
#[derive(Clone, Debug)]
pub struct SlotLoop {
    /// The zone of the hours.
    pub zone: Tz,
    /// First civil date.
    pub from: NaiveDate,
    /// First civil date that is no longer asked for.
    pub to: NaiveDate,
    /// Hours of a working day in minutes since midnight.
    pub hours: (u32, u32),
    /// Dates with hours of their own, sorted.
    pub exceptions: Vec<(NaiveDate, Vec<(u32, u32)>)>,
    /// Busy time in seconds since 1970, sorted by start.
    pub busy: Vec<(i64, i64)>,
    /// Length and distance of slots in seconds.
    pub step: i64,
}

impl SlotLoop {
    /// The starts, in seconds since 1970.
    pub fn run(&self) -> Vec<i64> {
        let mut starts = Vec::new();
        let mut first_busy = 0;
        let mut date = self.from;
        while date < self.to {
            let exception = self.exceptions.iter().find(|(day, _)| *day == date);
            match exception {
                Some((_, windows)) => {
                    for window in windows {
                        self.window(date, *window, &mut first_busy, &mut starts);
                    }
                }
                None if date.weekday().number_from_monday() <= 5 => {
                    self.window(date, self.hours, &mut first_busy, &mut starts);
                }
                None => {}
            }
            date = date.succ_opt().expect("the calendar goes on");
        }
        starts
    }

    fn window(
        &self,
        date: NaiveDate,
        (from, to): (u32, u32),
        first_busy: &mut usize,
        starts: &mut Vec<i64>,
    ) {
        let instant = |minutes: u32| {
            let civil = date
                .and_hms_opt(minutes / 60, minutes % 60, 0)
                .expect("within the day");
            self.zone
                .from_local_datetime(&civil)
                .earliest()
                .expect("no gap")
                .timestamp()
        };
        let (mut start, end) = (instant(from), instant(to));
        while start + self.step <= end {
            while self
                .busy
                .get(*first_busy)
                .is_some_and(|(_, end)| *end <= start)
            {
                *first_busy += 1;
            }
            let taken = self.busy[*first_busy..]
                .iter()
                .take_while(|(busy, _)| *busy < start + self.step)
                .any(|(_, end)| *end > start);
            if !taken {
                starts.push(start);
            }
            start += self.step;
        }
    }
}

/// One resource's free slots, put together for a team: starts at which anybody is free, with the
/// number of people who are.
pub fn anybody(loops: &[SlotLoop]) -> Vec<(i64, usize)> {
    let mut all: Vec<i64> = loops.iter().flat_map(SlotLoop::run).collect();
    all.sort_unstable();
    all.chunk_by(|a, b| a == b)
        .map(|same| (same[0], same.len()))
        .collect()
}

/// The query's JSON as plain serde types with chrono's own text forms.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlainQuery {
    resources: Vec<PlainResource>,
}

#[derive(Clone, Debug, Deserialize)]
struct PlainResource {
    id: String,
    busy: Vec<PlainSpan>,
}

#[derive(Clone, Debug, Deserialize)]
struct PlainSpan {
    start: chrono::DateTime<chrono::Utc>,
    end: chrono::DateTime<chrono::Utc>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainAnswer<'a> {
    slots: Vec<PlainSlot<'a>>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PlainSlot<'a> {
    start: chrono::DateTime<chrono::Utc>,
    end: chrono::DateTime<chrono::Utc>,
    resources: [[&'a str; 1]; 1],
    seats_left: u32,
}

/// Reads the busy time from JSON, runs the loop, writes the slots as JSON.
pub fn json(text: &str, rest: &SlotLoop) -> String {
    let query: PlainQuery = serde_json::from_str(text).expect("the query is well-formed");
    let resource = &query.resources[0];
    let busy = resource
        .busy
        .iter()
        .map(|span| (span.start.timestamp(), span.end.timestamp()));
    let work = SlotLoop {
        busy: busy.collect(),
        ..rest.clone()
    };
    let instant = |second| chrono::DateTime::from_timestamp(second, 0).expect("in range");
    let slot = |start: i64| PlainSlot {
        start: instant(start),
        end: instant(start + work.step),
        resources: [[resource.id.as_str()]],
        seats_left: 1,
    };
    let answer = PlainAnswer {
        slots: work.run().into_iter().map(slot).collect(),
    };
    serde_json::to_string(&answer).expect("plain data")
}
