//! Limits: every one is documented, with its value.

use crate::tree::read;

#[test]
fn every_limit_is_documented_with_its_value() {
    let documented: Vec<(String, String)> = read("docs/limits.md")
        .lines()
        .filter_map(documented_limit)
        .collect();
    let existing: Vec<(String, String)> = read("crates/core/src/limits.rs")
        .lines()
        .filter_map(declared_limit)
        .collect();
    assert!(existing.len() > 10, "only {} limits found", existing.len());
    for limit in &existing {
        assert!(documented.contains(limit), "docs/limits.md lacks {limit:?}");
    }
    for limit in &documented {
        assert!(
            existing.contains(limit),
            "docs/limits.md lists {limit:?}, which does not exist"
        );
    }
}

/// Name and value of `pub const NAME: type = 8 * 1_000;`.
fn declared_limit(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix("pub const ")?.split_once(':')?;
    let (_, value) = rest.split_once('=')?;
    let factors = value.trim().trim_end_matches(';').replace('_', "");
    let product: i64 = factors
        .split('*')
        .map(|each| each.trim().parse::<i64>().unwrap())
        .product();
    Some((name.to_owned(), product.to_string()))
}

/// Name and value of `| `NAME` | 1,000 | … |`.
fn documented_limit(line: &str) -> Option<(String, String)> {
    let (name, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
    let (value, _) = rest.split_once(" |")?;
    Some((name.to_owned(), value.replace(',', "")))
}
