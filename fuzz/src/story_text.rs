//! Stories of bookings, as lines of JSON.

use std::collections::BTreeMap;

use quando::booking::Booking;
use quando::id::BookingId;
use quando::simulate::World;

/// Every line is refused with a pointer, or answered; after each, every booking prints and reads
/// back, is what its events make of nothing, and its captured money is where the books say.
pub fn story_text(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let mut world = World::default();
    for line in text.lines().take(64) {
        match world.answer(line) {
            Ok(told) => assert!(!told.contains('\n')),
            Err(error) => {
                assert!(error.pointer.is_empty() || error.pointer.starts_with('/'));
                assert!(!error.fault.code().is_empty());
            }
        }
    }
    let mut replayed: BTreeMap<BookingId, Booking> = BTreeMap::new();
    for event in world.events() {
        let before = replayed.remove(&event.booking);
        let after = Booking::apply(before, event).expect("events follow on each other");
        replayed.insert(event.booking.clone(), after);
    }
    for booking in world.bookings() {
        assert_eq!(replayed.get(&booking.id), Some(booking));
        booking.payment.balances.check_conservation().unwrap();
        let printed = serde_json::to_string(booking).unwrap();
        let again: Booking = serde_json::from_str(&printed)
            .unwrap_or_else(|error| panic!("its own form is refused: {error}: {printed}"));
        assert_eq!(&again, booking, "{printed}");
    }
    assert_eq!(replayed.len(), world.bookings().count());
}
