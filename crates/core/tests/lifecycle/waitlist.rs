//! Waitlists (E10).

use quando::booking::waitlist::{FreeSlot, NewOffer, NextOffer, Waitlist};
use quando::booking::{Command, Status};
use quando::id::WaitlistEntryId;
use serde_json::{Value, json};

use crate::shop::{Shop, command, create, iso, patched, token_text};
use crate::support::{instant, short};

/// A list on which these wait for a haircut on 2 to 4 March, in this order.
fn list(offering: &str, names: &[&str]) -> Waitlist {
    let mut list: Waitlist =
        serde_json::from_value(json!({"offering": offering, "offerMinutes": 120})).unwrap();
    for name in names {
        join(&mut list, name, json!({})).unwrap();
    }
    list
}

fn join(list: &mut Waitlist, name: &str, patch: Value) -> Result<(), &'static str> {
    let wish = json!({"provider": "shop", "customer": name, "service": "cut",
        "window": {"from": iso("02T00:00"), "to": iso("05T00:00")}});
    let wish = serde_json::from_value(patched(wish, patch)).unwrap();
    list.join(id(name), wish, instant("01T00:00"))
        .map_err(|error| error.code())
}

fn id(name: &str) -> WaitlistEntryId {
    WaitlistEntryId::new(name).unwrap()
}

fn free(start: &str, seats: u32) -> FreeSlot {
    serde_json::from_value(
        json!({"provider": "shop", "service": "cut", "start": iso(start),
        "seats": seats}),
    )
    .unwrap()
}

/// Ids and tokens of holds: `offer-1` with the token 1, and so on.
fn fresh(from: u8) -> Vec<NewOffer> {
    let one = |at: u8| json!({"booking": format!("offer-{at}"), "token": token_text(at)});
    let all: Vec<Value> = (from..from + 5).map(one).collect();
    serde_json::from_value(json!(all)).unwrap()
}

fn offers(list: &Waitlist, slot: &FreeSlot, from: u8, at: &str) -> Vec<NextOffer> {
    let by = quando::booking::Actor::Provider.into();
    list.next_offers(slot, &fresh(from), &by, instant(at))
}

fn names(offers: &[NextOffer]) -> Vec<&str> {
    offers.iter().map(|offer| offer.entry.as_str()).collect()
}

/// Makes the offers of a free slot: each hold is decided, and recorded.
fn make(shop: &mut Shop, list: &mut Waitlist, next: &[NextOffer], at: &str) {
    let usual = shop.offer.clone();
    for offer in next {
        shop.offer = list.offer(&usual);
        let hold = offer.hold.clone().unwrap();
        let id = hold.wanted.booking.to_string();
        let decision = shop.run(&id, &Command::from(hold), at).unwrap();
        list.offered(offer, Some(&decision.booking), instant(at))
            .unwrap();
    }
    shop.offer = usual;
}

/// A hold becomes a booking.
fn convert(token: u8) -> Value {
    let form = json!({"token": token_text(token), "codeSeed": "00000001"});
    command("create", "customer", form)
}

#[test]
fn e10_a_freed_slot_is_offered_to_one_after_the_other_until_somebody_books() {
    let mut shop = Shop::with_rules(json!({}));
    shop.act("b1", create("b1", "04T10:00", json!({})), "01T00:00")
        .unwrap();
    let mut list = list("oneByOne", &["dan", "eve", "fay"]);
    // The booking is called off, and Dan is asked first.
    shop.act("b1", command("cancel", "customer", json!({})), "02T08:00")
        .unwrap();
    let slot = free("04T10:00", 1);
    let next = offers(&list, &slot, 1, "02T08:00");
    assert_eq!(names(&next), ["dan"]);
    make(&mut shop, &mut list, &next, "02T08:00");
    // The offer is a hold for two hours, which nobody can extend and nobody else can take.
    let hold = shop.booking("offer-1").clone();
    assert_eq!(
        (hold.status, hold.due_at),
        (Status::Held, Some(instant("02T10:00")))
    );
    assert_eq!(
        list.next_deadline(instant("02T08:00")),
        Some(instant("02T10:00"))
    );
    let taken = shop
        .act("x", create("x", "04T10:00", json!({})), "02T09:00")
        .unwrap_err();
    assert_eq!(taken.code(), "slot-not-free");
    let longer = command("extendHold", "customer", json!({"token": token_text(1)}));
    assert_eq!(
        shop.act("offer-1", longer, "02T09:00").unwrap_err().code(),
        "hold-too-long"
    );
    // While it stands no other offer is made, for the slot has no seat left.
    assert!(offers(&list, &free("04T10:00", 0), 2, "02T09:00").is_empty());
    // At its deadline it has lapsed, whether or not anybody has said so.
    assert_eq!(names(&offers(&list, &slot, 2, "02T10:00")), ["eve"]);
    assert!(list.lapse(instant("02T09:59")).is_empty());
    assert_eq!(list.lapse(instant("02T10:00")), [instant("04T10:00")]);
    assert!(list.lapse(instant("02T10:00")).is_empty(), "it lapses once");
    let next = offers(&list, &slot, 2, "02T10:00");
    assert_eq!(names(&next), ["eve"]);
    make(&mut shop, &mut list, &next, "02T10:00");
    // Eve books with her token, and leaves the list; Dan still waits for other slots.
    let late = shop.act("offer-1", convert(1), "02T10:30").unwrap_err();
    assert_eq!(late.code(), "hold-expired");
    shop.act("offer-2", convert(2), "02T10:30").unwrap();
    assert_eq!(shop.status("offer-2"), Status::Confirmed);
    list.booked(&id("eve"), shop.booking("offer-2")).unwrap();
    let waiting: Vec<&str> = list.entries().iter().map(|each| each.id.as_str()).collect();
    assert_eq!(waiting, ["dan", "fay"]);
    assert_eq!(
        names(&offers(&list, &free("03T10:00", 1), 3, "02T11:00")),
        ["dan"]
    );
}

#[test]
fn e10_who_passes_or_withdraws_lets_the_hold_go() {
    let mut shop = Shop::with_rules(json!({}));
    let mut list = list("oneByOne", &["dan", "eve", "fay"]);
    let slot = free("04T10:00", 1);
    let release = |shop: &mut Shop, hold: &str| {
        let form = command("cancel", "provider", json!({}));
        shop.act(hold, form, "02T08:30").unwrap();
    };
    let next = offers(&list, &slot, 1, "02T08:00");
    make(&mut shop, &mut list, &next, "02T08:00");
    let hold = list
        .pass(&id("dan"), slot.start, instant("02T08:30"))
        .unwrap();
    assert_eq!(hold.unwrap().as_str(), "offer-1");
    release(&mut shop, "offer-1");
    let next = offers(&list, &slot, 2, "02T08:30");
    assert_eq!(names(&next), ["eve"]);
    make(&mut shop, &mut list, &next, "02T08:30");
    let hold = list.withdraw(&id("eve"), instant("02T08:30")).unwrap();
    assert_eq!(hold.unwrap().as_str(), "offer-2");
    release(&mut shop, "offer-2");
    assert_eq!(names(&offers(&list, &slot, 3, "02T08:30")), ["fay"]);
    assert_eq!(list.entries().len(), 2);
    // Who has no offer has nothing to let go.
    assert_eq!(
        list.withdraw(&id("fay"), instant("02T08:30")).unwrap(),
        None
    );
}

#[test]
fn e10_turns_go_by_time_of_coming_and_by_what_suits() {
    let mut list = list("oneByOne", &[]);
    let two = json!({"party": 2});
    let later = json!({"window": {"from": iso("03T00:00"), "to": iso("05T00:00")}});
    join(&mut list, "pair", two).unwrap();
    join(&mut list, "late", later).unwrap();
    join(&mut list, "dye", json!({"service": "dye"})).unwrap();
    join(&mut list, "dan", json!({})).unwrap();
    join(&mut list, "eve", json!({})).unwrap();
    let now = "01T00:00";
    assert_eq!(names(&offers(&list, &free("02T10:00", 1), 1, now)), ["dan"]);
    assert_eq!(
        names(&offers(&list, &free("04T10:00", 1), 1, now)),
        ["late"]
    );
    // A class with three free seats: the pair and one more, at once.
    assert_eq!(
        names(&offers(&list, &free("02T10:00", 3), 1, now)),
        ["pair", "dan"]
    );
    assert_eq!(
        names(&offers(&list, &free("02T10:00", 4), 1, now)),
        ["pair", "dan", "eve"]
    );
    assert!(
        offers(&list, &free("02T10:00", 4), 1, "02T10:00").is_empty(),
        "it has begun"
    );
    assert!(
        offers(&list, &free("06T10:00", 4), 1, now).is_empty(),
        "nobody wants that day"
    );
    // There are no more offers than holds to make them with.
    let by = quando::booking::Actor::Provider.into();
    let one = &fresh(1)[..1];
    let made = list.next_offers(&free("02T10:00", 4), one, &by, instant(now));
    assert_eq!(names(&made), ["pair"]);
}

#[test]
fn e10_a_broadcast_tells_all_and_holds_for_nobody() {
    let mut shop = Shop::with_rules(json!({}));
    let mut list = list("broadcast", &["dan", "eve", "fay"]);
    let slot = free("04T10:00", 1);
    let next = offers(&list, &slot, 1, "02T08:00");
    assert_eq!(names(&next), ["dan", "eve", "fay"]);
    for offer in &next {
        assert_eq!(offer.hold, None);
        list.offered(offer, None, instant("02T08:00")).unwrap();
    }
    assert!(
        offers(&list, &slot, 1, "02T08:01").is_empty(),
        "nobody is told twice"
    );
    // Whoever books first gets it.
    for (name, booked) in [("eve", true), ("dan", false)] {
        let id = format!("b-{name}");
        let form = create(&id, "04T10:00", json!({"customer": name}));
        assert_eq!(shop.act(&id, form, "02T09:00").is_ok(), booked, "{name}");
    }
    list.booked(&id("eve"), shop.booking("b-eve")).unwrap();
    let other = list.booked(&id("dan"), shop.booking("b-eve")).unwrap_err();
    assert_eq!(other.code(), "waitlist-not-offered");
    assert_eq!(list.lapse(instant("02T10:00")), [instant("04T10:00")]);
    assert_eq!(list.entries().len(), 2);
}

#[test]
fn e10_a_waitlist_says_why_it_refuses() {
    let mut list = list("oneByOne", &["dan"]);
    assert_eq!(
        join(&mut list, "dan", json!({"customer": "eve"})),
        Err("waitlist-entry-exists")
    );
    assert_eq!(
        join(&mut list, "dan2", json!({"customer": "dan"})),
        Err("waitlist-already-waiting")
    );
    let past = json!({"window": {"from": "2026-02-01T00:00:00Z", "to": "2026-02-02T00:00:00Z"}});
    assert_eq!(join(&mut list, "eve", past), Err("waitlist-window-past"));
    // Another day is another wish.
    let other =
        json!({"customer": "dan", "window": {"from": iso("09T00:00"), "to": iso("10T00:00")}});
    assert_eq!(join(&mut list, "dan3", other), Ok(()));
    let now = instant("02T08:00");
    assert_eq!(
        list.withdraw(&id("x"), now).unwrap_err().code(),
        "waitlist-entry-not-found"
    );
    assert_eq!(
        list.pass(&id("x"), now, now).unwrap_err().code(),
        "waitlist-entry-not-found"
    );
    let mut shop = Shop::with_rules(json!({}));
    let slot = free("04T10:00", 1);
    let next = offers(&list, &slot, 1, "02T08:00");
    assert_eq!(
        list.offered(&next[0], None, now).unwrap_err().code(),
        "waitlist-hold-differs"
    );
    make(&mut shop, &mut list, &next, "02T08:00");
    let hold = shop.booking("offer-1").clone();
    let twice = list.offered(&next[0], Some(&hold), now).unwrap_err();
    assert_eq!(twice.code(), "waitlist-offer-open");
    // A hold is no booking yet.
    assert_eq!(
        list.booked(&id("dan"), &hold).unwrap_err().code(),
        "waitlist-not-offered"
    );
    // It reads back as it was; a list with one name twice does not.
    let stored = json!(list);
    assert_eq!(
        serde_json::from_value::<Waitlist>(stored.clone()).unwrap(),
        list
    );
    let mut twice = stored.clone();
    twice["entries"][1] = twice["entries"][0].clone();
    assert!(serde_json::from_value::<Waitlist>(twice).is_err());
}

#[test]
fn e10_who_can_no_longer_be_served_leaves_the_list() {
    let mut list = list("oneByOne", &["dan"]);
    assert_eq!(short(list.entries()[0].joined_at), "01T00:00");
    list.lapse(instant("04T23:59"));
    assert_eq!(list.entries().len(), 1);
    list.lapse(instant("05T00:00"));
    assert_eq!(list.entries().len(), 0);
}
