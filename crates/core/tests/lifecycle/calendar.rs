//! Bookings as events in people's calendars (I3, T47, T52).

use quando::booking::calendar_entry::{Announcement, EntryDetails, announcement, messages};
use quando::booking::{Booking, Decision};
use quando::calendar::{
    Attendee, Audience, CalendarEvent, EventStatus, EventTime, Method, Participation, Person, Role,
    change_organizer, write_event,
};
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, hold, iso, patched, token_text};
use crate::support::instant;

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        email: format!("{name}@example.com"),
    }
}

/// The event of a booking, whose organizer is the platform or whoever serves.
fn event_of(booking: &Booking, platform: bool) -> CalendarEvent {
    let attendee = |name: &str| Attendee {
        person: person(name),
        participation: Participation::Accepted,
        role: Role::Required,
    };
    let serves = booking.takes[0].resource.as_str();
    let (organizer, attendees) = if platform {
        ("bookings", vec![attendee("cara"), attendee(serves)])
    } else {
        (serves, vec![attendee("cara")])
    };
    let details = EntryDetails {
        domain: "bookings.example.com".to_owned(),
        summary: "Haircut".to_owned(),
        description: String::new(),
        location: String::new(),
        url: None,
        organizer: person(organizer),
        attendees,
        stamp: booking.updated_at,
        alarms_before_minutes: Vec::new(),
    };
    booking.calendar_event(&details).unwrap()
}

/// What is announced of a decision, in order.
fn announced(before: Option<&Booking>, decision: &Decision) -> Vec<Announcement> {
    let events = decision.events.iter();
    events
        .filter_map(|event| announcement(before, event))
        .collect()
}

fn shop(rules: Value) -> Shop {
    let need = json!({"need": [{"anyOf": ["ana", "ben"]}]});
    Shop::new(need, json!({"terms": {"rules": rules}}))
}

/// Runs commands on one booking, and compares what each of them announces.
fn check_announced(rules: Value, steps: &[(Value, &str, &[Announcement])]) {
    let mut shop = shop(rules);
    for (form, at, expected) in steps {
        let before = shop.bookings().first().cloned();
        let decision = shop.act("b1", form.clone(), at).unwrap();
        assert_eq!(announced(before.as_ref(), &decision), *expected, "{form}");
    }
}

fn book() -> Value {
    create("b1", "04T10:00", json!({}))
}

fn plain(what: &str, actor: &str) -> Value {
    command(what, actor, json!({}))
}

#[test]
fn t52_one_cause_is_one_message_of_the_right_kind() {
    use Announcement::{Cancel, Replace, Request};
    let moved = command("reschedule", "customer", json!({"start": iso("05T11:00")}));
    let given = command("reassign", "provider", json!({"resources": [["ben"]]}));
    check_announced(
        json!({}),
        &[
            (book(), "01T00:00", &[Request]),
            (moved, "01T00:05", &[Request]),
            (given, "01T00:10", &[Replace]),
            (plain("checkIn", "customer"), "05T10:30", &[]),
            (plain("complete", "system"), "05T12:00", &[]),
        ],
    );
    let approve = command("approve", "provider", json!({"codeSeed": "00000001"}));
    check_announced(
        json!({"approval": true}),
        &[
            (book(), "01T00:00", &[Request]),
            (approve, "01T00:05", &[Request]),
            (plain("cancel", "customer"), "01T00:10", &[Cancel]),
        ],
    );
    let ends = [
        (plain("decline", "provider"), "01T00:05"),
        (plain("expire", "system"), "02T00:00"),
    ];
    for (end, at) in ends {
        let steps: [(Value, &str, &[Announcement]); 2] =
            [(book(), "01T00:00", &[Request]), (end, at, &[Cancel])];
        check_announced(json!({"approval": true}), &steps);
    }
    let no_show = command("markNoShow", "provider", json!({"whose": "customer"}));
    check_announced(
        json!({}),
        &[
            (book(), "01T00:00", &[Request]),
            (no_show, "04T10:15", &[]),
            (plain("undoNoShow", "operator"), "04T10:20", &[]),
        ],
    );
}

#[test]
fn t52_a_hold_and_a_payment_are_announced_to_nobody() {
    use Announcement::Request;
    let token = json!({"token": token_text(7)});
    check_announced(
        json!({}),
        &[
            (hold("b1", "04T10:00", 7), "01T00:00", &[]),
            (
                command("extendHold", "customer", token.clone()),
                "01T00:05",
                &[],
            ),
            (
                command("cancel", "customer", token.clone()),
                "01T00:06",
                &[],
            ),
        ],
    );
    check_announced(
        json!({}),
        &[
            (hold("b1", "04T10:00", 7), "01T00:00", &[]),
            (plain("expire", "system"), "01T00:10", &[]),
        ],
    );
    let converted = command(
        "create",
        "customer",
        patched(token, json!({"codeSeed": "00000001"})),
    );
    let answer = |outcome: &str, what: &str| {
        let answer = json!({"outcome": outcome, "instruction": what});
        command(
            "confirmPayment",
            "system",
            json!({"codeSeed": "00000001", "answer": answer}),
        )
    };
    check_announced(
        json!({"payment": "upFront"}),
        &[
            (hold("b1", "04T10:00", 7), "01T00:00", &[]),
            (converted, "01T00:05", &[Request]),
            (
                answer("authorised", "authorise/1/1"),
                "01T00:06",
                &[Request],
            ),
            (answer("failed", "capture/1/1"), "01T00:07", &[]),
        ],
    );
}

#[test]
fn t52_a_new_time_is_a_request_with_the_same_uid_and_the_next_sequence() {
    let mut shop = shop(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let before = event_of(shop.booking("b1"), true);
    assert_eq!(
        (before.uid.as_str(), before.sequence),
        ("b1@bookings.example.com", 0)
    );
    let moved = command("reschedule", "customer", json!({"start": iso("05T11:00")}));
    shop.act("b1", moved, "01T00:05").unwrap();
    let after = event_of(shop.booking("b1"), true);
    let sent = messages(Announcement::Request, Some(&before), &after);
    assert_eq!(sent, [(Method::Request, after.clone())]);
    assert_eq!((after.uid, after.sequence), (before.uid, 1));
    shop.act("b1", command("cancel", "provider", json!({})), "01T00:10")
        .unwrap();
    let gone = event_of(shop.booking("b1"), true);
    assert_eq!((gone.sequence, gone.status), (2, EventStatus::Cancelled));
    let sent = messages(Announcement::Cancel, None, &gone);
    let text = write_event(sent[0].0, &sent[0].1, &Audience::Everyone).unwrap();
    for line in [
        "METHOD:CANCEL\r\n",
        "SEQUENCE:2\r\n",
        "STATUS:CANCELLED\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
}

#[test]
fn t47_who_is_replaced_loses_the_event_and_the_customer_keeps_it() {
    let mut shop = shop(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let [by_platform, by_provider] = [true, false].map(|each| event_of(shop.booking("b1"), each));
    let given = command("reassign", "provider", json!({"resources": [["ben"]]}));
    shop.act("b1", given, "01T00:05").unwrap();

    // The platform's event: Ana alone is told that it takes place without her.
    let after = event_of(shop.booking("b1"), true);
    let sent = messages(Announcement::Replace, Some(&by_platform), &after);
    assert_eq!(sent.len(), 2);
    let (method, farewell) = &sent[0];
    assert_eq!((*method, farewell.sequence), (Method::Uninvite, 1));
    let told: Vec<&str> = farewell
        .attendees
        .iter()
        .map(|each| each.person.name.as_str())
        .collect();
    assert_eq!(told, ["ana"]);
    assert_eq!((sent[1].0, sent[1].1.sequence), (Method::Request, 2));
    let invited: Vec<&str> = after
        .attendees
        .iter()
        .map(|each| each.person.name.as_str())
        .collect();
    assert_eq!(invited, ["cara", "ben"]);

    // The provider's event: Ana cancels hers, Ben invites to the same one.
    let after = event_of(shop.booking("b1"), false);
    let sent = messages(Announcement::Replace, Some(&by_provider), &after);
    let texts: Vec<String> = sent
        .iter()
        .map(|(method, event)| write_event(*method, event, &Audience::Everyone).unwrap())
        .collect();
    let expected = change_organizer(&by_provider, &after, &Audience::Everyone).unwrap();
    assert_eq!(texts, [expected.cancel, expected.request]);
    assert!(texts[0].contains("ana@example.com") && !texts[0].contains("ben@example.com"));
    // When nobody has left there is nobody to tell.
    assert_eq!(
        messages(Announcement::Replace, Some(&after), &after).len(),
        1
    );
}

#[test]
fn an_event_says_how_certain_a_booking_is() {
    use quando::booking::Status::*;
    let mut shop = shop(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let mut booking = shop.booking("b1").clone();
    let table = [
        (Held, EventStatus::Tentative, 0),
        (Pending, EventStatus::Tentative, 0),
        (Confirmed, EventStatus::Confirmed, 0),
        (InProgress, EventStatus::Confirmed, 0),
        (Completed, EventStatus::Confirmed, 0),
        (NoShow, EventStatus::Confirmed, 0),
        (Cancelled, EventStatus::Cancelled, 1),
        (Declined, EventStatus::Cancelled, 1),
        (Expired, EventStatus::Cancelled, 1),
    ];
    for (status, expected, sequence) in table {
        booking.status = status;
        let event = event_of(&booking, true);
        assert_eq!(
            (event.status, event.sequence),
            (expected, sequence),
            "{status}"
        );
    }
}

#[test]
fn an_event_is_in_the_zone_in_which_it_was_agreed() {
    let zone_of = |anchor: &str| {
        let question = json!({"zone": "America/New_York"});
        let offer = json!({"terms": {"rules": {"anchor": anchor}}});
        let mut shop = Shop::new(question, offer);
        shop.act("b1", create("b1", "04T15:00", json!({})), "01T00:00")
            .unwrap();
        let EventTime::Timed { interval, zone } = event_of(shop.booking("b1"), true).when else {
            panic!("a slot lasts from an instant to an instant");
        };
        assert_eq!(interval.start(), instant("04T15:00"));
        assert_eq!(interval.end(), instant("04T16:00"));
        zone.map(|zone| zone.name().to_owned())
    };
    assert_eq!(zone_of("wall").as_deref(), Some("America/New_York"));
    assert_eq!(zone_of("instant"), None);
}
