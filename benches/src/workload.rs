//! The workloads, read from `benches/workloads`, as queries.

use chrono::{DateTime, NaiveDate, Utc};
use quando::availability::{Align, Query, Resource, Role, Service};
use quando::id::ResourceId;
use quando::schedule::{Hours, Override, OverrideMode, Schedule, TimeOfDay};
use quando::time::{Interval, Minutes, Window, Zone};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// One schedule with exceptions, 100 busy intervals, 30 days in New York with a change of clocks.
#[derive(Clone, Debug, Deserialize)]
pub struct SlotsWorkload {
    /// IANA zone of the schedule.
    pub time_zone: String,
    window_30d: WindowText,
    window_7d: WindowText,
    schedule: Vec<Weekdays>,
    exceptions: Vec<Exception>,
    busy: Vec<Interval>,
    busy_aligned: Vec<Interval>,
    expected: serde_json::Map<String, serde_json::Value>,
}

/// The same schedule for 100 people, each with busy intervals of their own.
#[derive(Clone, Debug, Deserialize)]
pub struct TeamWorkload {
    busy_epoch_s: Vec<Vec<(i64, i64)>>,
    expected: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, Deserialize)]
struct WindowText {
    from_utc: String,
    to_utc: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Weekdays {
    days: Vec<u32>,
    start: String,
    end: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Exception {
    date: NaiveDateText,
    windows: Vec<Span>,
}

#[derive(Clone, Debug, Deserialize)]
struct Span {
    start: String,
    end: String,
}

#[derive(Clone, Debug, Deserialize)]
struct NaiveDateText(String);

/// Count and SHA-256 of sorted starts, one RFC 3339 instant a line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Fingerprint {
    /// How many starts.
    pub count: usize,
    /// Hash in hexadecimal.
    pub sha256: String,
}

impl SlotsWorkload {
    /// Reads the workload that is compiled in.
    pub fn load() -> SlotsWorkload {
        serde_json::from_str(include_str!("../workloads/workload-slots.json"))
            .expect("the workload is checked in")
    }

    /// The window of 30 days, or that of 7.
    pub fn window(&self, days: u32) -> Window {
        let text = if days == 7 {
            &self.window_7d
        } else {
            &self.window_30d
        };
        Window::parse(&text.from_utc, &text.to_utc).expect("the workload's window is one")
    }

    /// The busy intervals at odd times.
    pub fn busy(&self) -> &[Interval] {
        &self.busy
    }

    /// The busy intervals on the grid.
    pub fn busy_aligned(&self) -> &[Interval] {
        &self.busy_aligned
    }

    /// What must come out.
    pub fn expected(&self, name: &str) -> Fingerprint {
        expected(&self.expected, name)
    }

    /// The schedule with its exceptions.
    pub fn schedule(&self) -> Schedule {
        let mut schedule = Schedule::new(Zone::new(&self.time_zone).expect("a known zone"));
        for weekdays in &self.schedule {
            for day in &weekdays.days {
                let weekly = &mut schedule.weekly;
                let days = [
                    &mut weekly.mon,
                    &mut weekly.tue,
                    &mut weekly.wed,
                    &mut weekly.thu,
                    &mut weekly.fri,
                    &mut weekly.sat,
                    &mut weekly.sun,
                ];
                for (number, hours) in (1..).zip(days) {
                    if number == *day {
                        hours.push(window(&weekdays.start, &weekdays.end));
                    }
                }
            }
        }
        for exception in &self.exceptions {
            let windows = exception.windows.iter();
            schedule.overrides.push(Override {
                date: exception.date.0.parse().expect("a date of the workload"),
                mode: OverrideMode::Replace,
                hours: windows.map(|span| window(&span.start, &span.end)).collect(),
            });
        }
        schedule
    }

    /// One resource with busy time.
    pub fn query(&self, days: u32, busy: &[Interval]) -> Query {
        let window = self.window(days);
        let mut service = Service::new(Minutes::new(30).expect("half an hour"));
        service.align = Align::Opening;
        let zone = Zone::new(&self.time_zone).expect("a known zone");
        let mut query = Query::new(window, window.start(), zone, service);
        query
            .resources
            .push(self.resource("ana".to_owned(), busy.iter().copied()));
        query
    }

    fn resource(&self, id: String, busy: impl Iterator<Item = Interval>) -> Resource {
        let id = ResourceId::new(id).expect("a short id");
        let mut resource = Resource::new(id, self.schedule());
        resource.busy = busy.map(Into::into).collect();
        resource
    }

    /// Dates with hours of their own, as a bare loop wants them.
    pub fn exceptions(&self) -> Vec<(NaiveDate, Vec<(u32, u32)>)> {
        let minutes = |text: &str| TimeOfDay::parse(text).expect("a time").minutes().into();
        let spans = |exception: &Exception| {
            exception
                .windows
                .iter()
                .map(|each| (minutes(&each.start), minutes(&each.end)))
                .collect()
        };
        let date = |exception: &Exception| exception.date.0.parse().expect("a date");
        self.exceptions
            .iter()
            .map(|exception| (date(exception), spans(exception)))
            .collect()
    }
}

impl TeamWorkload {
    /// Reads the workload that is compiled in.
    pub fn load() -> TeamWorkload {
        serde_json::from_str(include_str!("../workloads/workload-team.json"))
            .expect("the workload is checked in")
    }

    /// The busy intervals of one person, all of them or every tenth.
    pub fn busy(&self, person: usize, every: usize) -> Vec<Interval> {
        let spans = self.busy_epoch_s[person].iter().step_by(every);
        spans
            .map(|(start, end)| Interval::from_timestamps(*start, *end).expect("not empty"))
            .collect()
    }

    /// What must come out.
    pub fn expected(&self, name: &str) -> Fingerprint {
        expected(&self.expected, name)
    }

    /// Any one of `people`, or all of them.
    pub fn query(&self, people: usize, every: usize, all: bool) -> Query {
        let base = SlotsWorkload::load();
        let mut query = base.query(30, &[]);
        query.resources = (0..people)
            .map(|at| base.resource(format!("person-{at}"), self.busy(at, every).into_iter()))
            .collect();
        let ids: Vec<ResourceId> = query.resources.iter().map(|each| each.id.clone()).collect();
        let count = if all { people } else { 1 };
        let count = u32::try_from(count)
            .ok()
            .and_then(|count| count.try_into().ok());
        query.need = Some(vec![Role {
            any_of: ids,
            count: count.expect("a few people"),
        }]);
        query
    }
}

/// Hashes sorted starts, given in seconds since 1970.
pub fn fingerprint(starts: impl Iterator<Item = i64>) -> Fingerprint {
    let texts: Vec<String> = starts
        .map(|start| {
            let instant: DateTime<Utc> = DateTime::from_timestamp(start, 0).expect("in range");
            instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
        })
        .collect();
    let digest = Sha256::digest(texts.join("\n"));
    let sha256 = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Fingerprint {
        count: texts.len(),
        sha256,
    }
}

fn expected(map: &serde_json::Map<String, serde_json::Value>, name: &str) -> Fingerprint {
    serde_json::from_value(map[name].clone()).expect("the workload names its answers")
}

fn window(from: &str, to: &str) -> Hours {
    let time = |text| TimeOfDay::parse(text).expect("a time of the workload");
    Hours::new(time(from), time(to)).expect("a window of the workload")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &Query, expected: &Fingerprint) {
        let answer = quando::slots(query).unwrap();
        assert_eq!(
            fingerprint(answer.slots().map(|slot| slot.start_timestamp())),
            *expected
        );
    }

    #[test]
    fn slots_match_the_workload() {
        let load = SlotsWorkload::load();
        for days in [7, 30] {
            check(
                &load.query(days, &[]),
                &load.expected(&format!("no_busy_{days}d")),
            );
            check(
                &load.query(days, load.busy()),
                &load.expected(&format!("busy_{days}d")),
            );
            let aligned = load.expected(&format!("aligned_{days}d"));
            check(&load.query(days, load.busy_aligned()), &aligned);
        }
    }

    #[test]
    fn teams_match_the_workload() {
        let load = TeamWorkload::load();
        for people in [10, 100] {
            let name = |kind: &str, light: &str| format!("{kind}_{people}{light}");
            check(
                &load.query(people, 1, false),
                &load.expected(&name("round_robin", "")),
            );
            check(
                &load.query(people, 1, true),
                &load.expected(&name("collective", "")),
            );
            check(
                &load.query(people, 10, false),
                &load.expected(&name("round_robin", "_light")),
            );
            check(
                &load.query(people, 10, true),
                &load.expected(&name("collective", "_light")),
            );
        }
    }
}
