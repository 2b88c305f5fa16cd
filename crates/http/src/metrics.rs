//! What is counted, and how it is told: the text form of OpenMetrics, which Prometheus reads.
//!
//! Counts of bookings and money are of what this process relayed, so that the sum over all servers
//! of a database has everything once.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use quando::money::Currency;
use quando_engine::Activity;

/// Upper bounds of the buckets of latencies, in seconds.
const LATENCIES: [f64; 12] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 5.0,
];

/// A fraction that goes up and down.
type Number = Gauge<f64, AtomicU64>;

/// Everything that is counted.
pub(crate) struct Metrics {
    registry: Registry,
    latency: Family<Answered, Histogram, fn() -> Histogram>,
    errors: Family<Refused, Counter>,
    created: Counter,
    completed: Counter,
    cancelled: Counter,
    no_shows: Counter,
    signups: Counter,
    revenue: Family<InCurrency, Number>,
    fees: Family<InCurrency, Number>,
    in_flight: Gauge,
    /// Providers that there are.
    pub(crate) providers: Gauge,
    /// Connections to the database that are in use.
    pub(crate) connections: Gauge,
    /// For how many seconds the oldest entry has been waiting in the outbox.
    pub(crate) outbox_lag: Number,
}

/// An answer. The route is its template, so that there are few.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

/// A problem that was answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    route: String,
    code: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InCurrency {
    currency: String,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(..)")
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        let latency: fn() -> Histogram = || Histogram::new(LATENCIES);
        let mut metrics = Metrics {
            registry: Registry::default(),
            latency: Family::new_with_constructor(latency),
            errors: Family::default(),
            created: Counter::default(),
            completed: Counter::default(),
            cancelled: Counter::default(),
            no_shows: Counter::default(),
            signups: Counter::default(),
            revenue: Family::default(),
            fees: Family::default(),
            in_flight: Gauge::default(),
            providers: Gauge::default(),
            connections: Gauge::default(),
            outbox_lag: Gauge::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        for (name, help, counter) in [
            ("bookings_created", "Bookings made", &self.created),
            ("bookings_completed", "Services done", &self.completed),
            (
                "bookings_cancelled",
                "Bookings and holds called off",
                &self.cancelled,
            ),
            (
                "bookings_no_show",
                "Bookings nobody came to",
                &self.no_shows,
            ),
            ("provider_signups", "Providers that joined", &self.signups),
        ] {
            registry.register(name, help, counter.clone());
        }
        for (name, help, gauge) in [
            (
                "providers_active",
                "Providers of the marketplace",
                &self.providers,
            ),
            (
                "database_connections_active",
                "Database connections in use",
                &self.connections,
            ),
            (
                "requests_in_flight",
                "Requests being answered",
                &self.in_flight,
            ),
        ] {
            registry.register(name, help, gauge.clone());
        }
        for (name, help, family) in [
            (
                "booking_revenue",
                "Captured less refunded, in whole units",
                &self.revenue,
            ),
            (
                "booking_platform_fees",
                "The platform's share, in whole units",
                &self.fees,
            ),
        ] {
            registry.register(name, help, family.clone());
        }
        let seconds = || Unit::Seconds;
        let help = "Time to the head of an answer";
        registry.register_with_unit("api_latency", help, seconds(), self.latency.clone());
        let help = "Age of the oldest event that was not relayed";
        registry.register_with_unit("outbox_lag", help, seconds(), self.outbox_lag.clone());
        registry.register(
            "api_errors",
            "Problems answered, by code",
            self.errors.clone(),
        );
    }

    /// A request is being answered, until the guard is dropped.
    pub(crate) fn begin(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// A request was answered.
    pub(crate) fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let answered = Answered {
            method: method.to_owned(),
            route: route.to_owned(),
            status,
        };
        let latency = self.latency.get_or_create(&answered);
        latency.observe(took.as_secs_f64());
    }

    /// A request was answered with a problem.
    pub(crate) fn refused(&self, route: &str, code: &str) {
        let refused = Refused {
            route: route.to_owned(),
            code: code.to_owned(),
        };
        self.errors.get_or_create(&refused).inc();
    }

    /// Entries were relayed.
    pub(crate) fn relayed(&self, activity: &Activity) {
        let Activity { signups, bookings } = activity;
        self.signups.inc_by(*signups);
        for (counter, more) in [
            (&self.created, bookings.bookings),
            (&self.completed, bookings.completed),
            (&self.cancelled, bookings.cancelled),
            (&self.no_shows, bookings.no_shows),
        ] {
            // Counters only grow; what is undone stays counted.
            counter.inc_by(u64::try_from(more).unwrap_or(0));
        }
        for (currency, money) in &bookings.money {
            let label = InCurrency {
                currency: currency.code().to_owned(),
            };
            let revenue = whole_units(money.captured - money.refunded, *currency);
            self.revenue.get_or_create(&label).inc_by(revenue);
            let fee = whole_units(money.platform_fee, *currency);
            self.fees.get_or_create(&label).inc_by(fee);
        }
    }

    /// All of it as a text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        encode(&mut text, &self.registry).expect("a text takes everything");
        text
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub(crate) struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Minor units as a number to draw, and not to reckon with.
#[expect(
    clippy::cast_precision_loss,
    reason = "charts round far more than this does"
)]
fn whole_units(minor: i64, currency: Currency) -> f64 {
    minor as f64 / 10_f64.powi(i32::try_from(currency.digits()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    #[test]
    fn money_is_drawn_in_whole_units() {
        let check = |minor, code, expected: f64| {
            let currency = Currency::new(code).unwrap();
            let found = whole_units(minor, currency);
            assert!((found - expected).abs() < 1e-9, "{found} {code}");
        };
        check(12_345, "EUR", 123.45);
        check(12_345, "JPY", 12_345.0);
        check(-12_345, "KWD", -12.345);
    }

    #[test]
    fn the_text_has_the_names_that_dashboards_use() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/api/providers", 200, Duration::from_millis(3));
        metrics.refused("/api/bookings", "slot-not-free");
        let text = metrics.text();
        for line in [
            "bookings_created_total 0",
            "provider_signups_total 0",
            "providers_active 0",
            "database_connections_active 0",
            "outbox_lag_seconds 0.0",
            "api_errors_total{route=\"/api/bookings\",code=\"slot-not-free\"} 1",
            "# EOF",
        ] {
            assert!(
                text.lines().any(|each| each == line),
                "{line} is not in\n{text}"
            );
        }
        let bucket = "api_latency_seconds_bucket{le=\"0.005\",method=\"GET\",\
            route=\"/api/providers\",status=\"200\"} 1";
        assert!(text.contains(bucket), "{text}");
    }

    /// Names of metrics in an expression of Prometheus: words that begin like ours do.
    fn names(expression: &str) -> BTreeSet<String> {
        let words = expression.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let families = [
            "bookings_",
            "booking_",
            "provider_",
            "providers_",
            "api_",
            "database_",
            "outbox_",
            "requests_",
        ];
        let ours = |word: &&str| families.iter().any(|family| word.starts_with(family));
        let plain = |word: &str| {
            let plain = word.trim_end_matches("_bucket");
            plain.trim_end_matches("_count").to_owned()
        };
        words.filter(ours).map(plain).collect()
    }

    /// All names that the text has, once everything has happened.
    fn told() -> BTreeSet<String> {
        let metrics = Metrics::default();
        metrics.answered("GET", "/", 200, Duration::ZERO);
        metrics.refused("/", "no-route");
        let mut activity = Activity::default();
        let euro = Currency::new("EUR").unwrap();
        activity.bookings.money.insert(euro, Default::default());
        metrics.relayed(&activity);
        let text = metrics.text();
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let names = types.filter_map(|line| line.split_once(' '));
        let names = names.map(|(name, kind)| match kind {
            "counter" => format!("{name}_total"),
            _ => name.to_owned(),
        });
        names.collect()
    }

    #[test]
    fn dashboards_and_alerts_name_what_there_is() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let dashboard: Value = serde_json::from_str(&read("grafana-dashboard.json")).unwrap();
        let mut used = BTreeSet::new();
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().unwrap() {
                used.extend(names(target["expr"].as_str().unwrap()));
            }
        }
        let alerts = read("alerts.yaml");
        for line in alerts.lines().filter(|line| !line.contains("action:")) {
            used.extend(names(line));
        }
        assert!(used.len() > 8, "{used:?}");
        let told = told();
        let unknown: Vec<_> = used.difference(&told).collect();
        assert!(unknown.is_empty(), "{unknown:?} are not in {told:?}");
    }
}
