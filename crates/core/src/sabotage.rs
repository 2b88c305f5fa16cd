//! Planted bugs, which the stories of [`crate::booking`] have to find.
//!
//! A switch `sabotaged!(Bug)` stands where the bug would be. Outside tests it is the constant
//! `false`, and nothing of it is compiled in.

/// Whether a bug is planted: never, outside tests.
#[cfg(not(test))]
macro_rules! sabotaged {
    ($bug:ident) => {{
        const PLANTED: bool = false;
        PLANTED
    }};
}

/// Whether a bug is planted, in the thread that asks.
#[cfg(test)]
macro_rules! sabotaged {
    ($bug:ident) => {
        $crate::sabotage::is_planted($crate::sabotage::Bug::$bug)
    };
}

pub(crate) use sabotaged;

#[cfg(test)]
macro_rules! bugs {
    ($($(#[$meta:meta])* $name:ident,)*) => {
        /// Something that is broken on purpose.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Bug {
            $($(#[$meta])* $name,)*
        }

        impl Bug {
            /// All of them, in the order of the documentation.
            pub(crate) const ALL: &[Bug] = &[$(Bug::$name,)*];
        }
    };
}

#[cfg(test)]
bugs! {
    /// The platform fee is rounded to tenths of a cent first.
    FeeRoundedTwice,
    /// A refund is not bounded by what was captured.
    RefundUnbounded,
    /// A refund may be zero or negative.
    RefundNotPositive,
    /// A lapsed hold or pending booking is taken for alive.
    ExpiredRevived,
    /// A hold still lives at the instant at which it ends.
    ExpiryTooLate,
    /// A booking is moved without a check of the new time.
    UncheckedReschedule,
    /// The provider says yes without a check.
    UncheckedApprove,
    /// A payment confirms without a check.
    UncheckedPayment,
    /// A hold becomes a booking without a check.
    UncheckedHold,
    /// A booking is given to others without a check.
    UncheckedReassign,
    /// A no-show is undone without a check.
    UncheckedUndo,
    /// A late payment books again without a check.
    UncheckedRebook,
    /// Live holds block nobody.
    HoldsBlockNobody,
    /// No claim blocks anybody.
    ClaimsBlockNobody,
    /// Lapsed claims still block.
    LapsedBlocks,
    /// A booking stands in its own way.
    OwnClaimsBlock,
    /// Whoever has a booking is stopped by no other booking.
    OtherClaimsIgnored,
    /// An answer that is known is taken in once more.
    AnswerTwice,
    /// An answer about another amount is taken in.
    OtherAmount,
    /// What was said too early is never heard.
    ParkedForgotten,
    /// A payment that comes too late is kept.
    LatePaymentKept,
    /// A payment that comes too late confirms all the same.
    LatePaymentConfirms,
    /// A dispute does not freeze the release of money.
    DisputeFreezesNothing,
    /// A payout is sent again during a dispute.
    PayoutInDispute,
    /// Money is released before its time.
    EarlyRelease,
    /// Money that goes back is released as well.
    PendingRefundsReleased,
    /// The fee on what goes back is kept.
    FeeKeptOnRefund,
    /// The fee on what the bank takes back is kept.
    FeeKeptOnDispute,
    /// The whole fee is taken of a part of the price.
    WholeFeeOnPart,
    /// Money that was passed on is not taken back before a refund.
    PullBackForgotten,
    /// A change does not raise the version.
    VersionStays,
    /// A change raises the version twice.
    VersionSkips,
    /// A command for another version is taken.
    StaleVersion,
    /// Anybody's token opens a hold.
    TokenIgnored,
    /// Live holds do not count for the quota.
    QuotaIgnoresHolds,
    /// A payout is sent again before its answer is there.
    PayoutTwice,
    /// Moving a booking does not cap what cancelling gives back.
    CapIgnored,
    /// The terms of today are used for a booking of yesterday.
    TermsOfToday,
    /// Time goes back with the clock.
    ClockGoesBack,
    /// What was collected beyond the price is kept.
    OverpaidKept,
    /// A payment is collected while the booking is pending.
    CapturePending,
    /// An authorisation that nobody wants is not let go.
    VoidForgotten,
    /// A party takes one seat.
    PartyOfOne,
    /// Buffers are forgotten.
    BuffersForgotten,
    /// Only the first role is filled.
    HalfTaken,
    /// Notice does not bind.
    NoticeIgnored,
    /// A no-show is settled while it can still be undone.
    SettledEarly,
    /// Money is held for longer than it may be.
    HoldLimitIgnored,
    /// A booking that has begun has no deadline.
    DeadlineForgotten,
    /// A move does not raise the sequence.
    SequenceStays,
    /// A refund that the bank drowned is wanted for ever.
    DrownedRefund,
    /// What the bank took back is given back once more.
    DisputeGivenTwice,
    /// What a cheaper time gave back is forgotten when a dearer one is paid.
    ReturnedForgotten,
}

#[cfg(test)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Whether a bug is planted in this thread.
#[cfg(test)]
pub(crate) fn is_planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Plants a bug in this thread for as long as something is done.
#[cfg(test)]
pub(crate) fn with<T>(bug: Bug, act: impl FnOnce() -> T) -> T {
    PLANTED.set(Some(bug));
    let result = act();
    PLANTED.set(None);
    result
}
