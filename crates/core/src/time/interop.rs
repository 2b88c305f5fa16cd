//! Conversions between [`Zone`] and `chrono_tz::Tz`. Only the name crosses: the rules are those of
//! the database compiled into this crate.

use chrono_tz::Tz;

use super::{Zone, ZoneError, zone::shorten};

impl TryFrom<Tz> for Zone {
    type Error = ZoneError;

    fn try_from(tz: Tz) -> Result<Zone, ZoneError> {
        Zone::new(tz.name())
    }
}

impl TryFrom<&Zone> for Tz {
    type Error = ZoneError;

    fn try_from(zone: &Zone) -> Result<Tz, ZoneError> {
        let unknown = || ZoneError::Unknown {
            name: shorten(zone.name()),
            suggestion: None,
        };
        zone.name().parse().map_err(|_| unknown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_cross_by_name() {
        for tz in [Tz::America__New_York, Tz::Asia__Calcutta, Tz::UTC] {
            let zone = Zone::try_from(tz).unwrap();
            assert_eq!(Tz::try_from(&zone), Ok(tz));
        }
    }
}
