//! How many requests are answered at the same time, and who is refused first when there are more.

use std::sync::atomic::{AtomicUsize, Ordering};

use quando_engine::{Entropy, SystemEntropy};

use super::Class;

/// Searches fill at most this share of the room, in fifths.
const SEARCH_FIFTHS: usize = 3;
/// Everything but bookings and money fills at most this share, in fifths.
const OTHERS_FIFTHS: usize = 4;
/// Latest moment that a refused request is asked to come back at, in seconds.
const RETRY_SECONDS_MAX: u8 = 4;

/// The room for requests.
#[derive(Debug)]
pub(crate) struct Room {
    most: usize,
    taken: AtomicUsize,
}

/// A place in the room; it is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Place<'a>(&'a AtomicUsize);

impl Room {
    pub(super) fn new(most: usize) -> Room {
        Room {
            most,
            taken: AtomicUsize::new(0),
        }
    }

    /// A place, if there is one for requests of this class.
    pub(crate) fn admit(&self, class: Class) -> Option<Place<'_>> {
        let most = match class {
            // Operators look at a server that is busy, above all.
            Class::Probe => usize::MAX,
            Class::Book => self.most,
            Class::Edit | Class::Read => fifths(self.most, OTHERS_FIFTHS),
            Class::Search => fifths(self.most, SEARCH_FIFTHS),
        };
        let taken = self.taken.fetch_add(1, Ordering::AcqRel);
        // Gives the place back when it is dropped at once.
        let place = Place(&self.taken);
        (taken < most).then_some(place)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// When to come back: not all at the same moment.
pub(crate) fn retry_seconds() -> u32 {
    let mut random = [0; 1];
    SystemEntropy.fill(&mut random);
    1 + u32::from(random[0] % RETRY_SECONDS_MAX)
}

fn fifths(most: usize, share: usize) -> usize {
    most.saturating_mul(share).div_ceil(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searches_are_refused_first_and_bookings_last() {
        let room = Room::new(10);
        // Nobody leaves while places are held.
        let held: Vec<Place<'_>> = std::iter::from_fn(|| room.admit(Class::Search)).collect();
        assert_eq!(held.len(), 6);
        let more: Vec<Place<'_>> = std::iter::from_fn(|| room.admit(Class::Read)).collect();
        assert_eq!(more.len(), 2);
        assert!(room.admit(Class::Edit).is_none());
        let last: Vec<Place<'_>> = std::iter::from_fn(|| room.admit(Class::Book)).collect();
        assert_eq!(last.len(), 2);
        assert!(room.admit(Class::Probe).is_some());
        drop((held, more, last));
        assert_eq!(room.taken.load(Ordering::Relaxed), 0);
        assert!(room.admit(Class::Search).is_some());
        assert_eq!(Room::new(0).admit(Class::Book).map(|_| ()), None);
    }

    #[test]
    fn nobody_is_asked_to_come_back_at_once_or_late() {
        let seconds: Vec<u32> = (0..200).map(|_| retry_seconds()).collect();
        assert!(seconds.iter().all(|each| (1..=4).contains(each)));
        // 200 equal draws of four have a chance of 4 to the power of -199.
        assert!(seconds.iter().any(|each| *each != seconds[0]));
    }
}
