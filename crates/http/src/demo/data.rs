//! Who is in the demo: four trades in each of eight cities.

use serde_json::{Value, json};

/// A city with its people.
#[derive(Debug)]
pub(super) struct City {
    pub(super) name: &'static str,
    zone: &'static str,
    currency: &'static str,
    language: &'static str,
    place: (f64, f64),
    /// One for each trade, in the order of [`TRADES`].
    people: [&'static str; 4],
}

/// A trade with its two services.
#[derive(Debug)]
pub(super) struct Trade {
    pub(super) category: &'static str,
    title: &'static str,
    text: &'static str,
    /// Id, name, minutes and price in whole units.
    services: [(&'static str, &'static str, u32, u32); 2],
}

pub(super) const TRADES: [Trade; 4] = [
    Trade {
        category: "plumber",
        title: "Plumbing",
        text: "Leaks, taps, boilers and blocked drains; also in the evening.",
        services: [("repair", "Repair", 60, 80), ("survey", "Survey", 30, 40)],
    },
    Trade {
        category: "electrician",
        title: "Electrics",
        text: "Sockets, lamps, fuse boxes and checks before you move in.",
        services: [
            ("repair", "Repair", 60, 85),
            ("check", "Safety check", 90, 110),
        ],
    },
    Trade {
        category: "hairdresser",
        title: "Hair",
        text: "Cuts and colours, with time for a coffee.",
        services: [
            ("cut", "Haircut", 30, 35),
            ("colour", "Cut and colour", 90, 95),
        ],
    },
    Trade {
        category: "tutor",
        title: "Lessons",
        text: "Mathematics and physics for school and university.",
        services: [
            ("lesson", "Lesson", 60, 45),
            ("trial", "First lesson", 30, 15),
        ],
    },
];

pub(super) const CITIES: [City; 8] = [
    City {
        name: "berlin",
        zone: "Europe/Berlin",
        currency: "EUR",
        language: "de",
        place: (52.52, 13.405),
        people: ["Ana Weber", "Jonas Vogel", "Mira Schulz", "Emil Brandt"],
    },
    City {
        name: "madrid",
        zone: "Europe/Madrid",
        currency: "EUR",
        language: "es",
        place: (40.4168, -3.7038),
        people: [
            "Lucía Romero",
            "Pablo Ortega",
            "Inés Navarro",
            "Diego Molina",
        ],
    },
    City {
        name: "lisbon",
        zone: "Europe/Lisbon",
        currency: "EUR",
        language: "pt",
        place: (38.7223, -9.1393),
        people: ["Rui Carvalho", "Marta Pires", "Joana Lopes", "Tiago Nunes"],
    },
    City {
        name: "london",
        zone: "Europe/London",
        currency: "GBP",
        language: "en-GB",
        place: (51.5072, -0.1276),
        people: ["Grace Palmer", "Owen Hughes", "Priya Shah", "Henry Cole"],
    },
    City {
        name: "new-york",
        zone: "America/New_York",
        currency: "USD",
        language: "en-US",
        place: (40.7128, -74.006),
        people: ["Marcus Reed", "Elena Torres", "Naomi Katz", "Samuel Brooks"],
    },
    City {
        name: "chicago",
        zone: "America/Chicago",
        currency: "USD",
        language: "en-US",
        place: (41.8781, -87.6298),
        people: [
            "Dana Kowalski",
            "Terrence Hill",
            "Rosa Jimenez",
            "Caleb Stone",
        ],
    },
    City {
        name: "tokyo",
        zone: "Asia/Tokyo",
        currency: "JPY",
        language: "ja",
        place: (35.6762, 139.6503),
        people: ["Haruto Sato", "Yui Tanaka", "Aoi Suzuki", "Ren Kobayashi"],
    },
    City {
        name: "nairobi",
        zone: "Africa/Nairobi",
        currency: "KES",
        language: "sw",
        place: (-1.2921, 36.8219),
        people: [
            "Wanjiru Kamau",
            "Otieno Ouma",
            "Achieng Atieno",
            "Baraka Mwangi",
        ],
    },
];

/// What customers say, from the best to the not so good.
pub(super) const WORDS: [(u8, &str); 6] = [
    (5, "On time, friendly, and it works again."),
    (5, "Knew at once what to do. I will come back."),
    (4, "Good work; a little late."),
    (5, "Careful and clean."),
    (4, "Fair price and well explained."),
    (3, "All right, though it took two visits."),
];

impl City {
    /// Some units of the currency that are worth about a euro.
    fn units(&self) -> u32 {
        match self.currency {
            "JPY" | "KES" => 150,
            _ => 1,
        }
    }

    fn amount(&self, euros: u32) -> String {
        let units = euros * self.units();
        match self.currency {
            "JPY" => units.to_string(),
            _ => format!("{units}.00"),
        }
    }

    pub(super) fn id(&self, trade: usize) -> String {
        format!("{}-{}", self.name, TRADES[trade].category)
    }

    /// The record of the one who has this trade; within some hundred metres of the middle.
    pub(super) fn provider(&self, trade: usize) -> Value {
        let (lat, lng) = self.place;
        let aside = [0.0, 0.011, -0.008, 0.019][trade];
        let about = &TRADES[trade];
        json!({
            "id": self.id(trade),
            "name": format!("{}, {}", self.people[trade], about.title),
            "description": about.text,
            "zone": self.zone,
            "location": {"lat": lat + aside, "lng": lng - aside},
            "categories": [about.category],
            "languages": [self.language],
            "verified": trade != 3,
        })
    }

    /// Weekly hours: craftspeople begin early, hairdressers work on Saturdays, too.
    pub(super) fn resource(&self, trade: usize) -> Value {
        let (from, to) = [
            ("08:00", "18:00"),
            ("08:00", "17:00"),
            ("10:00", "19:00"),
            ("12:00", "20:00"),
        ][trade];
        let day = json!([{"from": from, "to": to}]);
        let saturday = if trade == 2 { day.clone() } else { json!([]) };
        json!({
            "id": self.id(trade),
            "schedule": {"zone": self.zone, "weekly": {
                "mon": day, "tue": day, "wed": day, "thu": day, "fri": day, "sat": saturday,
            }},
        })
    }

    pub(super) fn services(&self, trade: usize) -> [Value; 2] {
        TRADES[trade].services.map(|(id, name, minutes, euros)| {
            json!({
                "id": id,
                "name": name,
                "timing": {"durationMinutes": minutes, "stepMinutes": 30, "minNoticeMinutes": 60},
                "offer": {"terms": {
                    "price": {"base": {"kind": "perBooking", "price": {
                        "amount": self.amount(euros), "currency": self.currency,
                    }}},
                }},
            })
        })
    }
}

/// The service of a trade that is booked most.
pub(super) fn main_service(trade: usize) -> &'static str {
    TRADES[trade].services[0].0
}
