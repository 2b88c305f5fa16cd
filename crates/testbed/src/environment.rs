//! The one place that reads variables of the environment.

/// The variable's value, unless it is missing, empty or no Unicode.
#[expect(
    clippy::disallowed_methods,
    reason = "tests are set up through the environment"
)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
