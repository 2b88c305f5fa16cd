//! Prices and refunds from JSON.

use quando::fees::{Quote, QuoteQuestion, RefundAnswer, RefundQuestion};
use quando::json;

/// A text is no question, or it is refused with a code, or what it is answered with adds up.
pub fn price_json(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Ok(question) = json::parse::<QuoteQuestion>(text) {
        match question.quote() {
            Ok(quote) => check(&quote),
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
    if let Ok(question) = json::parse::<RefundQuestion>(text) {
        match question.answer() {
            Ok(RefundAnswer::Preview(preview)) => {
                let kept = preview.refund.checked_add(preview.kept).unwrap();
                assert!(!preview.refund.is_negative() && !preview.kept.is_negative());
                let parts = preview.fee_reversed.checked_add(preview.from_provider);
                assert_eq!(parts.unwrap(), preview.refund);
                assert_eq!(kept.currency(), preview.refund.currency());
            }
            Ok(_) => {}
            Err(error) => assert!(!error.code().is_empty()),
        }
    }
}

fn check(quote: &Quote) {
    let lines = quote.lines().iter();
    let zero = quando::money::Money::zero(quote.total().currency());
    let sum = lines
        .map(|line| line.amount)
        .try_fold(zero, quando::money::Money::checked_add);
    assert_eq!(sum.unwrap(), quote.total());
    let fee = quote.fee();
    assert_eq!(fee.customer.checked_add(fee.provider).unwrap(), fee.total);
    let whole = quote.provider_gets().checked_add(fee.total).unwrap();
    assert_eq!(whole, quote.total());
    let printed = serde_json::to_string(quote).unwrap();
    let again: Quote = serde_json::from_str(&printed)
        .unwrap_or_else(|error| panic!("its own form is refused: {error}: {printed}"));
    assert_eq!(&again, quote, "{printed}");
}
