//! Bugs that are planted on purpose, so that tests can show that they would find them.
//!
//! A switch `sabotaged!(Bug)` stands where the bug would be. Without the feature `sabotage` it is
//! the constant `false`, and nothing of the bug is left in the program; with it, a bug is planted
//! when the program asks for it.

#[cfg(feature = "sabotage")]
use std::sync::atomic::{AtomicU8, Ordering};

/// Whether a bug is planted: never, in a build without the feature `sabotage`.
#[cfg(not(feature = "sabotage"))]
#[doc(hidden)]
#[macro_export]
macro_rules! sabotaged {
    ($bug:ident) => {{
        const PLANTED: bool = false;
        PLANTED
    }};
}

/// Whether a bug is planted in this process.
#[cfg(feature = "sabotage")]
#[doc(hidden)]
#[macro_export]
macro_rules! sabotaged {
    ($bug:ident) => {
        $crate::sabotage::is_planted($crate::sabotage::Bug::$bug)
    };
}

/// Something that is broken on purpose.
#[cfg(feature = "sabotage")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// What is counted, such as bookings of a day and seats of a class, is counted without locks.
    CheckedOutside,
    /// The provider's yes is taken whenever it comes, and whoever has the slot by then.
    ApproveUnguarded,
    /// A request's key is written after what it did was committed.
    KeyWrittenLater,
}

#[cfg(feature = "sabotage")]
impl Bug {
    /// All of them.
    pub const ALL: [Bug; 3] = [
        Bug::CheckedOutside,
        Bug::ApproveUnguarded,
        Bug::KeyWrittenLater,
    ];
}

#[cfg(feature = "sabotage")]
static PLANTED: AtomicU8 = AtomicU8::new(u8::MAX);

/// Plants a bug in this process, in place of another one.
#[cfg(feature = "sabotage")]
pub fn plant(bug: Bug) {
    PLANTED.store(place(bug), Ordering::Relaxed);
}

/// Whether a bug is planted in this process.
#[cfg(feature = "sabotage")]
pub fn is_planted(bug: Bug) -> bool {
    PLANTED.load(Ordering::Relaxed) == place(bug)
}

#[cfg(feature = "sabotage")]
fn place(bug: Bug) -> u8 {
    match bug {
        Bug::CheckedOutside => 0,
        Bug::ApproveUnguarded => 1,
        Bug::KeyWrittenLater => 2,
    }
}
