//! Every planted bug is found by the stories, and by the invariant that it breaks.

use super::random::Random;
use super::tell;
use crate::sabotage::{Bug, with};

/// A bug that this many stories do not find is not found.
const BUDGET: u64 = 10_000;

/// Tells stories with a bug in the code until one of them breaks an invariant.
fn find(bug: Bug, invariant: &str) {
    let found = |seed: u64| {
        let told = tell(seed, |_| true, false).1;
        told.is_err_and(|failure| failure.violation.contains(invariant))
    };
    // Other stories than those of the other tests, and others for each bug.
    let seeds = (0..BUDGET).map(|count| Random::new(count, bug as u64).next());
    let seeds: Vec<u64> = seeds.collect();
    let first = with(bug, || seeds.iter().position(|seed| found(*seed)));
    let first = first.unwrap_or_else(|| panic!("{BUDGET} stories do not find {bug:?}"));
    // Without the bug the same story is sound.
    let told = tell(seeds[first], |_| true, false).1;
    assert!(told.is_ok(), "without {bug:?}: {told:?}");
}

macro_rules! finds {
    ($($name:ident: $bug:ident, $invariant:literal;)*) => {
        $(
            #[test]
            fn $name() {
                find(Bug::$bug, $invariant);
            }
        )*

        /// The bugs that are looked for.
        const SOUGHT: &[Bug] = &[$(Bug::$bug,)*];
    };
}

finds! {
    finds_fee_rounded_twice: FeeRoundedTwice, "the price is";
    finds_refund_unbounded: RefundUnbounded, "is disputed of";
    finds_refund_not_positive: RefundNotPositive, "USD goes back";
    finds_expired_revived: ExpiredRevived, "leads from Some(Expired)";
    finds_expiry_too_late: ExpiryTooLate, "leads from Some(Expired)";
    finds_unchecked_reschedule: UncheckedReschedule, "reschedule leads onto a slot that is not free";
    finds_unchecked_approve: UncheckedApprove, "approve leads onto a slot that is not free";
    finds_unchecked_payment: UncheckedPayment, "confirmPayment leads onto a slot that is not free";
    finds_unchecked_hold: UncheckedHold, "create leads onto a slot that is not free";
    finds_unchecked_reassign: UncheckedReassign, "reassign leads onto a slot that is not free";
    finds_unchecked_undo: UncheckedUndo, "undoNoShow leads onto a slot that is not free";
    finds_unchecked_rebook: UncheckedRebook, "a late payment books a slot that is not free";
    finds_holds_block_nobody: HoldsBlockNobody, "leads onto a slot that is not free";
    finds_claims_block_nobody: ClaimsBlockNobody, "leads onto a slot that is not free";
    finds_lapsed_blocks: LapsedBlocks, "a free slot is refused";
    finds_own_claims_block: OwnClaimsBlock, "a free slot is refused";
    finds_other_claims_ignored: OtherClaimsIgnored, "leads onto a slot that is not free";
    finds_answer_twice: AnswerTwice, "taken in twice";
    finds_other_amount: OtherAmount, "collected for";
    finds_parked_forgotten: ParkedForgotten, "and they";
    finds_late_payment_kept: LatePaymentKept, "is kept";
    finds_late_payment_confirms: LatePaymentConfirms, "leads from Some(Expired)";
    finds_dispute_freezes_nothing: DisputeFreezesNothing, "released during a dispute";
    finds_payout_in_dispute: PayoutInDispute, "Payout for a booking";
    finds_early_release: EarlyRelease, "released before";
    finds_pending_refunds_released: PendingRefundsReleased, "is paid out of";
    finds_fee_kept_on_refund: FeeKeptOnRefund, "and its fee is";
    finds_fee_kept_on_dispute: FeeKeptOnDispute, "and its fee is";
    finds_whole_fee_on_part: WholeFeeOnPart, "and its fee is";
    finds_pull_back_forgotten: PullBackForgotten, "a true answer is refused";
    finds_version_stays: VersionStays, "follows on";
    finds_version_skips: VersionSkips, "follows on";
    finds_stale_version: StaleVersion, "was taken at version";
    finds_token_ignored: TokenIgnored, "with another token";
    finds_quota_ignores_holds: QuotaIgnoresHolds, "and gets one more";
    finds_payout_twice: PayoutTwice, "and they";
    finds_cap_ignored: CapIgnored, "due";
    finds_terms_of_today: TermsOfToday, "the new time costs";
    finds_clock_goes_back: ClockGoesBack, "another time";
    finds_overpaid_kept: OverpaidKept, "too much is kept";
    finds_capture_pending: CapturePending, "Capture for a booking that is pending";
    finds_void_forgotten: VoidForgotten, "is not settled";
    finds_party_of_one: PartyOfOne, "units for";
    finds_buffers_forgotten: BuffersForgotten, "the buffers are";
    finds_half_taken: HalfTaken, "not all roles are filled";
    finds_notice_ignored: NoticeIgnored, "at the wrong time";
    finds_settled_early: SettledEarly, "settleNoShow by the";
    finds_hold_limit_ignored: HoldLimitIgnored, "money is due at";
    finds_deadline_forgotten: DeadlineForgotten, "is due at None";
    finds_sequence_stays: SequenceStays, "sequence";
    finds_drowned_refund: DrownedRefund, "is disputed of";
    finds_dispute_given_twice: DisputeGivenTwice, "when more went back";
    finds_returned_forgotten: ReturnedForgotten, "and no more will be";
}

#[test]
fn every_planted_bug_is_sought() {
    assert_eq!(SOUGHT, Bug::ALL);
}
