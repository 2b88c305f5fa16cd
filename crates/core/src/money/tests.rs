use super::*;
use crate::limits::MONEY_MINOR_MAX;

fn currency(code: &str) -> Currency {
    Currency::new(code).unwrap()
}

fn money(text: &str, code: &str) -> Money {
    Money::parse(text, currency(code)).unwrap()
}

#[test]
fn amounts_are_read_and_printed_with_the_digits_of_their_currency() {
    let check = |text: &str, code: &str, minor: i64, printed: &str| {
        let amount = money(text, code);
        assert_eq!(
            (amount.minor(), amount.amount_text().as_str()),
            (minor, printed)
        );
        let json = format!(r#"{{"amount":"{printed}","currency":"{code}"}}"#);
        assert_eq!(serde_json::to_string(&amount).unwrap(), json);
        assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
    };
    check("99.99", "USD", 9_999, "99.99");
    check("99.9", "USD", 9_990, "99.90");
    check("99", "USD", 9_900, "99.00");
    check("0", "USD", 0, "0.00");
    check("-0.05", "USD", -5, "-0.05");
    check("-0", "USD", 0, "0.00");
    check("007.10", "EUR", 710, "7.10");
    check("1200", "JPY", 1_200, "1200");
    check("-1", "JPY", -1, "-1");
    check("1.5", "KWD", 1_500, "1.500");
    check("0.001", "BHD", 1, "0.001");
    check("0.0001", "CLF", 1, "0.0001");
    check(
        "100000000000000.00",
        "USD",
        MONEY_MINOR_MAX,
        "100000000000000.00",
    );
    check(
        "-100000000000000.00",
        "USD",
        -MONEY_MINOR_MAX,
        "-100000000000000.00",
    );
}

#[test]
fn what_is_no_amount_is_refused() {
    let check = |text: &str, code: &str, error: &str| {
        let found = Money::parse(text, currency(code)).unwrap_err();
        assert_eq!(found.code(), error, "{text} {code}");
    };
    for text in [
        "", "-", ".", "+1", "1.", ".5", "1e2", "1E2", " 1", "1 ", "--1", "1.2.3", "1,00", "1_000",
        "0x1", "١٢", "1.-2", "NaN", "inf", "-.5", "1\0",
    ] {
        check(text, "USD", "amount-form");
    }
    check("1.005", "USD", "amount-too-precise");
    check("1.000", "USD", "amount-too-precise");
    check("1.0", "JPY", "amount-too-precise");
    check("1.0000", "KWD", "amount-too-precise");
    check("100000000000000.01", "USD", "amount-out-of-range");
    check("-100000000000000.01", "USD", "amount-out-of-range");
    check(
        "99999999999999999999999999999999",
        "JPY",
        "amount-out-of-range",
    );
    check("9223372036854775808", "JPY", "amount-out-of-range");
}

#[test]
fn json_has_both_fields_as_strings_and_no_other() {
    for json in [
        r#"{"amount":1.5,"currency":"USD"}"#,
        r#"{"amount":"1.50"}"#,
        r#"{"currency":"USD"}"#,
        r#"{"amount":"1.50","currency":"usd"}"#,
        r#"{"amount":"1.50","currency":"USD","cents":50}"#,
        r#""1.50 USD""#,
        r#"["1.50","USD","x"]"#,
    ] {
        assert!(serde_json::from_str::<Money>(json).is_err(), "{json}");
    }
}

#[test]
fn currencies_have_a_minor_unit() {
    for (code, digits) in [("USD", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("HUF", 2)] {
        assert_eq!(currency(code).digits(), digits, "{code}");
        assert_eq!(currency(code).code(), code);
    }
    for (code, error) in [
        ("XAU", "no-minor-unit"),
        ("XTS", "no-minor-unit"),
        ("QQQ", "unknown-currency"),
        ("usd", "unknown-currency"),
        ("", "unknown-currency"),
        ("US", "unknown-currency"),
        ("dollars and many more words", "unknown-currency"),
    ] {
        assert_eq!(Currency::new(code).unwrap_err().code(), error, "{code}");
    }
    let mut all = ["USD", "AOA", "CLF", "AED"].map(currency);
    all.sort();
    assert_eq!(all.map(Currency::code), ["AED", "AOA", "CLF", "USD"]);
    let error = Currency::new("dollars and many more words").unwrap_err();
    assert!(
        error.to_string().contains("`dollars and many mor`"),
        "{error}"
    );
}

#[test]
fn sums_are_checked() {
    let (most, cent) = (money("100000000000000.00", "USD"), money("0.01", "USD"));
    let euro = money("1.00", "EUR");
    assert_eq!(most.checked_add(cent), Err(MoneyError::AmountOutOfRange));
    assert_eq!(
        most.checked_neg().unwrap().checked_sub(cent),
        Err(MoneyError::AmountOutOfRange)
    );
    assert_eq!(
        most.checked_sub(cent).unwrap().to_string(),
        "99999999999999.99 USD"
    );
    for error in [
        cent.checked_add(euro).unwrap_err(),
        cent.checked_sub(euro).unwrap_err(),
        cent.checked_cmp(euro).unwrap_err(),
        proportion(cent, cent, euro, Rounding::HalfEven).unwrap_err(),
        proportion(cent, euro, cent, Rounding::HalfEven).unwrap_err(),
    ] {
        assert_eq!(error.code(), "currencies-differ");
    }
    assert!(cent.checked_cmp(most).unwrap().is_lt());
    assert_eq!(
        Money::new(i64::MIN, currency("USD")),
        Err(MoneyError::AmountOutOfRange)
    );
}

#[test]
fn a_rate_of_an_amount_is_rounded_once() {
    let check = |amount: &str, rate: &str, away: &str, even: &str| {
        let (amount, rate) = (money(amount, "USD"), Rate::parse(rate).unwrap());
        let away_found = amount.times(rate, Rounding::HalfAwayFromZero).unwrap();
        let even_found = amount.times(rate, Rounding::HalfEven).unwrap();
        assert_eq!(
            (
                away_found.amount_text().as_str(),
                even_found.amount_text().as_str()
            ),
            (away, even),
            "{amount} {rate}"
        );
    };
    check("100.00", "0.07", "7.00", "7.00");
    check("99.99", "0.07", "7.00", "7.00");
    check("0.00", "0.07", "0.00", "0.00");
    check("0.50", "0.05", "0.03", "0.02");
    check("0.70", "0.05", "0.04", "0.04");
    check("-0.50", "0.05", "-0.03", "-0.02");
    check("0.10", "0.049999999999", "0.00", "0.00");
    check("0.10", "0.050000000001", "0.01", "0.01");
    // A decimal with 28 digits would have to round the product first.
    check(
        "99999999999999.99",
        "0.333333333333",
        "33333333333300.00",
        "33333333333300.00",
    );
    check(
        "100000000000.00",
        "1000",
        "100000000000000.00",
        "100000000000000.00",
    );
    let more =
        money("100000000000.01", "USD").times(Rate::parse("1000").unwrap(), Rounding::HalfEven);
    assert_eq!(more, Err(MoneyError::AmountOutOfRange));
}

#[test]
fn a_proportion_is_rounded_once() {
    let check = |amount: &str, part: &str, whole: &str, away: &str, even: &str| {
        let [a, p, w] = [amount, part, whole].map(|text| money(text, "KWD"));
        let found = proportion(a, p, w, Rounding::HalfAwayFromZero).unwrap();
        assert_eq!(found.amount_text(), away, "{amount} {part}/{whole}");
        let found = proportion(a, p, w, Rounding::HalfEven).unwrap();
        assert_eq!(found.amount_text(), even, "{amount} {part}/{whole}");
    };
    check("7.000", "33.330", "100.000", "2.333", "2.333");
    check("0.001", "0.001", "0.002", "0.001", "0.000");
    check("0.003", "0.001", "0.002", "0.002", "0.002");
    check("-0.001", "0.001", "0.002", "-0.001", "0.000");
    check(
        "10000000000000.000",
        "9999999999999.999",
        "10000000000000.000",
        "9999999999999.999",
        "9999999999999.999",
    );
    let zero = money("0", "KWD");
    assert_eq!(
        proportion(zero, zero, zero, Rounding::HalfEven),
        Err(MoneyError::WholeNotPositive)
    );
}

#[test]
fn rates_are_plain_bounded_and_not_negative() {
    for text in ["0", "1", "0.07", "0.070", "1000", "0.123456789012", "12.5"] {
        assert_eq!(Rate::parse(text).unwrap().to_string(), text);
        let json = format!("\"{text}\"");
        let rate: Rate = serde_json::from_str(&json).unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), json);
    }
    assert_eq!(Rate::parse("0.50").unwrap(), Rate::parse("0.5").unwrap());
    assert_eq!(Rate::percent(7), Rate::parse("0.07").unwrap());
    for (text, error) in [
        ("7%", "rate-form"),
        ("-0.07", "rate-form"),
        ("-0", "rate-form"),
        (".07", "rate-form"),
        ("7e-2", "rate-form"),
        ("", "rate-form"),
        ("0.1234567890123", "rate-too-precise"),
        ("1000.1", "rate-out-of-range"),
        ("99999999999999999999999", "rate-out-of-range"),
    ] {
        assert_eq!(Rate::parse(text).unwrap_err().code(), error, "{text}");
    }
    assert!(
        serde_json::from_str::<Rate>("0.07").is_err(),
        "a float is no rate"
    );
}

#[test]
fn decimals_of_a_program_are_held_to_the_same_bounds() {
    use rust_decimal::Decimal;
    let check = |decimal: Decimal| Rate::from_decimal(decimal).map(|rate| rate.to_string());
    assert_eq!(check(Decimal::new(7, 2)).unwrap(), "0.07");
    assert_eq!(
        check(Decimal::new(70_000_000_000_000_000, 18)).unwrap(),
        "0.07"
    );
    assert_eq!(check(-Decimal::ZERO).unwrap(), "0");
    assert_eq!(check(Decimal::new(-7, 2)), Err(MoneyError::RateForm));
    assert_eq!(check(Decimal::new(1, 13)), Err(MoneyError::RateTooPrecise));
    assert_eq!(
        check(Decimal::new(1_001, 0)),
        Err(MoneyError::RateOutOfRange)
    );
}

#[test]
fn a_share_is_at_most_all() {
    assert_eq!(Share::parse("1.00").unwrap(), Share::ALL);
    assert_eq!(Share::parse("1.01").unwrap_err().code(), "share-over-one");
    assert!(serde_json::from_str::<Share>("\"1.000000000001\"").is_err());
    assert_eq!(
        serde_json::to_string(&Share::parse("0.50").unwrap()).unwrap(),
        "\"0.50\""
    );
}

#[test]
fn a_split_gives_what_is_left_over_to_those_who_lost_most() {
    let check = |amount: &str, weights: &[u64], expected: &[&str]| {
        let parts = split(money(amount, "USD"), weights).unwrap();
        let parts: Vec<String> = parts.iter().map(|part| part.amount_text()).collect();
        assert_eq!(parts, expected, "{amount} {weights:?}");
    };
    check("100.00", &[1, 1, 1], &["33.34", "33.33", "33.33"]);
    check("0.05", &[1, 1], &["0.03", "0.02"]);
    check("-0.05", &[1, 1], &["-0.03", "-0.02"]);
    check("0.00", &[3, 4], &["0.00", "0.00"]);
    check("10.00", &[0, 1], &["0.00", "10.00"]);
    // 0.25, 0.25 and 9.50 cents: rounded down 0, 0 and 9, and the third lost most.
    check("0.10", &[1, 1, 38], &["0.00", "0.00", "0.10"]);
    // 2.857, 4.285 and 2.857 cents: the first and the third lost more than the second.
    check("0.10", &[2, 3, 2], &["0.03", "0.04", "0.03"]);
    check("1.00", &[u64::MAX, u64::MAX], &["0.50", "0.50"]);
    assert_eq!(
        split(money("1.00", "USD"), &[0, 0]),
        Err(MoneyError::NoWeights)
    );
    assert_eq!(split(money("1.00", "USD"), &[]), Err(MoneyError::NoWeights));
}
