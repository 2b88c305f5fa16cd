//! What the fuzz targets do with their input: each is a function from bytes to nothing, which
//! panics when a law is broken. The targets call them, and so do the tests, with the seeds.

mod calendar_text;
mod price_json;
mod query_json;
mod rule_text;
mod slots;
mod story_text;

#[cfg(test)]
mod tests;

pub use calendar_text::calendar_text;
pub use price_json::price_json;
pub use query_json::query_json;
pub use rule_text::rule_text;
pub use slots::slots;
pub use story_text::story_text;
