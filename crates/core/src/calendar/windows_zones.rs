//! The names that Windows, Exchange and Outlook give to time zones.

/// A zone by its Windows key, its IANA name and the display names that Outlook shows for it.
struct WindowsZone {
    key: &'static str,
    iana: &'static str,
    /// Without the `(UTC-05:00)` in front.
    displays: &'static [&'static str],
}

/// The IANA name of a Windows key such as `Eastern Standard Time`, in any case.
pub(super) fn iana_of_key(key: &str) -> Option<&'static str> {
    ZONES
        .iter()
        .find(|zone| zone.key.eq_ignore_ascii_case(key))
        .map(|zone| zone.iana)
}

/// The IANA name of a display name such as `(UTC-05:00) Eastern Time (US & Canada)`.
///
/// The offset in front is not compared: it is that of the winter of some year.
pub(super) fn iana_of_display(display: &str) -> Option<&'static str> {
    let name = match display
        .strip_prefix('(')
        .and_then(|rest| rest.split_once(')'))
    {
        Some((offset, name)) if is_offset(offset) => name.trim(),
        _ => display,
    };
    let zone = ZONES.iter().find(|zone| {
        zone.displays
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    })?;
    Some(zone.iana)
}

fn is_offset(text: &str) -> bool {
    text.starts_with("UTC") || text.starts_with("GMT")
}

const fn zone(
    key: &'static str,
    iana: &'static str,
    displays: &'static [&'static str],
) -> WindowsZone {
    WindowsZone {
        key,
        iana,
        displays,
    }
}

/// Keys in the order of their offsets, as the mapping for the territory `001` (the world) has them,
/// then keys that are no longer in use.
#[rustfmt::skip]
const ZONES: &[WindowsZone] = &[
    zone("Dateline Standard Time", "Etc/GMT+12", &["International Date Line West"]),
    zone("UTC-11", "Etc/GMT+11", &["Coordinated Universal Time-11"]),
    zone("Aleutian Standard Time", "America/Adak", &["Aleutian Islands"]),
    zone("Hawaiian Standard Time", "Pacific/Honolulu", &["Hawaii"]),
    zone("Marquesas Standard Time", "Pacific/Marquesas", &["Marquesas Islands"]),
    zone("Alaskan Standard Time", "America/Anchorage", &["Alaska"]),
    zone("UTC-09", "Etc/GMT+9", &["Coordinated Universal Time-09"]),
    zone("Pacific Standard Time (Mexico)", "America/Tijuana", &["Baja California", "Tijuana, Baja California"]),
    zone("UTC-08", "Etc/GMT+8", &["Coordinated Universal Time-08"]),
    zone("Pacific Standard Time", "America/Los_Angeles", &["Pacific Time (US & Canada)", "Pacific Time (US and Canada)", "Pacific Time (US & Canada); Tijuana"]),
    zone("US Mountain Standard Time", "America/Phoenix", &["Arizona"]),
    zone("Mountain Standard Time (Mexico)", "America/Mazatlan", &["La Paz, Mazatlan", "Chihuahua, La Paz, Mazatlan", "Mazatlan"]),
    zone("Mountain Standard Time", "America/Denver", &["Mountain Time (US & Canada)", "Mountain Time (US and Canada)"]),
    zone("Yukon Standard Time", "America/Whitehorse", &["Yukon"]),
    zone("Central America Standard Time", "America/Guatemala", &["Central America"]),
    zone("Central Standard Time", "America/Chicago", &["Central Time (US & Canada)", "Central Time (US and Canada)"]),
    zone("Easter Island Standard Time", "Pacific/Easter", &["Easter Island"]),
    zone("Central Standard Time (Mexico)", "America/Mexico_City", &["Guadalajara, Mexico City, Monterrey", "Mexico City"]),
    zone("Canada Central Standard Time", "America/Regina", &["Saskatchewan"]),
    zone("SA Pacific Standard Time", "America/Bogota", &["Bogota, Lima, Quito, Rio Branco", "Bogota, Lima, Quito"]),
    zone("Eastern Standard Time (Mexico)", "America/Cancun", &["Chetumal"]),
    zone("Eastern Standard Time", "America/New_York", &["Eastern Time (US & Canada)", "Eastern Time (US and Canada)"]),
    zone("Haiti Standard Time", "America/Port-au-Prince", &["Haiti"]),
    zone("Cuba Standard Time", "America/Havana", &["Havana"]),
    zone("US Eastern Standard Time", "America/Indiana/Indianapolis", &["Indiana (East)"]),
    zone("Turks And Caicos Standard Time", "America/Grand_Turk", &["Turks and Caicos"]),
    zone("Paraguay Standard Time", "America/Asuncion", &["Asuncion"]),
    zone("Atlantic Standard Time", "America/Halifax", &["Atlantic Time (Canada)"]),
    zone("Venezuela Standard Time", "America/Caracas", &["Caracas"]),
    zone("Central Brazilian Standard Time", "America/Cuiaba", &["Cuiaba", "Manaus"]),
    zone("SA Western Standard Time", "America/La_Paz", &["Georgetown, La Paz, Manaus, San Juan", "La Paz", "Caracas, La Paz"]),
    zone("Pacific SA Standard Time", "America/Santiago", &["Santiago"]),
    zone("Newfoundland Standard Time", "America/St_Johns", &["Newfoundland"]),
    zone("Tocantins Standard Time", "America/Araguaina", &["Araguaina"]),
    zone("E. South America Standard Time", "America/Sao_Paulo", &["Brasilia"]),
    zone("SA Eastern Standard Time", "America/Cayenne", &["Cayenne, Fortaleza", "Buenos Aires, Georgetown"]),
    zone("Argentina Standard Time", "America/Argentina/Buenos_Aires", &["City of Buenos Aires", "Buenos Aires"]),
    zone("Greenland Standard Time", "America/Nuuk", &["Greenland"]),
    zone("Montevideo Standard Time", "America/Montevideo", &["Montevideo"]),
    zone("Magallanes Standard Time", "America/Punta_Arenas", &["Punta Arenas"]),
    zone("Saint Pierre Standard Time", "America/Miquelon", &["Saint Pierre and Miquelon"]),
    zone("Bahia Standard Time", "America/Bahia", &["Salvador"]),
    zone("UTC-02", "Etc/GMT+2", &["Coordinated Universal Time-02"]),
    zone("Azores Standard Time", "Atlantic/Azores", &["Azores"]),
    zone("Cape Verde Standard Time", "Atlantic/Cape_Verde", &["Cabo Verde Is.", "Cape Verde Is."]),
    zone("UTC", "Etc/UTC", &["Coordinated Universal Time"]),
    zone("GMT Standard Time", "Europe/London", &["Dublin, Edinburgh, Lisbon, London", "Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London", "Greenwich Mean Time: Dublin, Edinburgh, Lisbon, London"]),
    zone("Greenwich Standard Time", "Atlantic/Reykjavik", &["Monrovia, Reykjavik", "Casablanca, Monrovia, Reykjavik"]),
    zone("Sao Tome Standard Time", "Africa/Sao_Tome", &["Sao Tome"]),
    zone("Morocco Standard Time", "Africa/Casablanca", &["Casablanca"]),
    zone("W. Europe Standard Time", "Europe/Berlin", &["Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"]),
    zone("Central Europe Standard Time", "Europe/Budapest", &["Belgrade, Bratislava, Budapest, Ljubljana, Prague"]),
    zone("Romance Standard Time", "Europe/Paris", &["Brussels, Copenhagen, Madrid, Paris"]),
    zone("Central European Standard Time", "Europe/Warsaw", &["Sarajevo, Skopje, Warsaw, Zagreb"]),
    zone("W. Central Africa Standard Time", "Africa/Lagos", &["West Central Africa"]),
    zone("Jordan Standard Time", "Asia/Amman", &["Amman"]),
    zone("GTB Standard Time", "Europe/Bucharest", &["Athens, Bucharest", "Athens, Bucharest, Istanbul", "Athens, Istanbul, Minsk"]),
    zone("Middle East Standard Time", "Asia/Beirut", &["Beirut"]),
    zone("Egypt Standard Time", "Africa/Cairo", &["Cairo"]),
    zone("E. Europe Standard Time", "Europe/Chisinau", &["Chisinau"]),
    zone("Syria Standard Time", "Asia/Damascus", &["Damascus"]),
    zone("West Bank Standard Time", "Asia/Hebron", &["Gaza, Hebron"]),
    zone("South Africa Standard Time", "Africa/Johannesburg", &["Harare, Pretoria"]),
    zone("FLE Standard Time", "Europe/Kyiv", &["Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", "Helsinki, Kiev, Riga, Sofia, Tallinn, Vilnius"]),
    zone("Israel Standard Time", "Asia/Jerusalem", &["Jerusalem"]),
    zone("South Sudan Standard Time", "Africa/Juba", &["Juba"]),
    zone("Kaliningrad Standard Time", "Europe/Kaliningrad", &["Kaliningrad"]),
    zone("Sudan Standard Time", "Africa/Khartoum", &["Khartoum"]),
    zone("Libya Standard Time", "Africa/Tripoli", &["Tripoli"]),
    zone("Namibia Standard Time", "Africa/Windhoek", &["Windhoek"]),
    zone("Arabic Standard Time", "Asia/Baghdad", &["Baghdad"]),
    zone("Turkey Standard Time", "Europe/Istanbul", &["Istanbul"]),
    zone("Arab Standard Time", "Asia/Riyadh", &["Kuwait, Riyadh"]),
    zone("Belarus Standard Time", "Europe/Minsk", &["Minsk"]),
    zone("Russian Standard Time", "Europe/Moscow", &["Moscow, St. Petersburg", "Moscow, St. Petersburg, Volgograd"]),
    zone("E. Africa Standard Time", "Africa/Nairobi", &["Nairobi"]),
    zone("Volgograd Standard Time", "Europe/Volgograd", &["Volgograd"]),
    zone("Iran Standard Time", "Asia/Tehran", &["Tehran"]),
    zone("Arabian Standard Time", "Asia/Dubai", &["Abu Dhabi, Muscat"]),
    zone("Astrakhan Standard Time", "Europe/Astrakhan", &["Astrakhan, Ulyanovsk"]),
    zone("Azerbaijan Standard Time", "Asia/Baku", &["Baku"]),
    zone("Russia Time Zone 3", "Europe/Samara", &["Izhevsk, Samara"]),
    zone("Mauritius Standard Time", "Indian/Mauritius", &["Port Louis"]),
    zone("Saratov Standard Time", "Europe/Saratov", &["Saratov"]),
    zone("Georgian Standard Time", "Asia/Tbilisi", &["Tbilisi"]),
    zone("Caucasus Standard Time", "Asia/Yerevan", &["Yerevan"]),
    zone("Afghanistan Standard Time", "Asia/Kabul", &["Kabul"]),
    zone("West Asia Standard Time", "Asia/Tashkent", &["Ashgabat, Tashkent", "Tashkent"]),
    zone("Qyzylorda Standard Time", "Asia/Qyzylorda", &["Qyzylorda", "Astana", "Nur-Sultan"]),
    zone("Ekaterinburg Standard Time", "Asia/Yekaterinburg", &["Ekaterinburg"]),
    zone("Pakistan Standard Time", "Asia/Karachi", &["Islamabad, Karachi"]),
    zone("India Standard Time", "Asia/Kolkata", &["Chennai, Kolkata, Mumbai, New Delhi"]),
    zone("Sri Lanka Standard Time", "Asia/Colombo", &["Sri Jayawardenepura"]),
    zone("Nepal Standard Time", "Asia/Kathmandu", &["Kathmandu"]),
    zone("Central Asia Standard Time", "Asia/Bishkek", &["Bishkek"]),
    zone("Bangladesh Standard Time", "Asia/Dhaka", &["Dhaka"]),
    zone("Omsk Standard Time", "Asia/Omsk", &["Omsk"]),
    zone("Myanmar Standard Time", "Asia/Yangon", &["Yangon (Rangoon)"]),
    zone("SE Asia Standard Time", "Asia/Bangkok", &["Bangkok, Hanoi, Jakarta"]),
    zone("Altai Standard Time", "Asia/Barnaul", &["Barnaul, Gorno-Altaysk"]),
    zone("W. Mongolia Standard Time", "Asia/Hovd", &["Hovd"]),
    zone("North Asia Standard Time", "Asia/Krasnoyarsk", &["Krasnoyarsk"]),
    zone("N. Central Asia Standard Time", "Asia/Novosibirsk", &["Novosibirsk"]),
    zone("Tomsk Standard Time", "Asia/Tomsk", &["Tomsk"]),
    zone("China Standard Time", "Asia/Shanghai", &["Beijing, Chongqing, Hong Kong, Urumqi", "Beijing, Chongqing, Hong Kong SAR, Urumqi"]),
    zone("North Asia East Standard Time", "Asia/Irkutsk", &["Irkutsk", "Irkutsk, Ulaan Bataar"]),
    zone("Singapore Standard Time", "Asia/Singapore", &["Kuala Lumpur, Singapore"]),
    zone("W. Australia Standard Time", "Australia/Perth", &["Perth"]),
    zone("Taipei Standard Time", "Asia/Taipei", &["Taipei"]),
    zone("Ulaanbaatar Standard Time", "Asia/Ulaanbaatar", &["Ulaanbaatar"]),
    zone("Aus Central W. Standard Time", "Australia/Eucla", &["Eucla"]),
    zone("Transbaikal Standard Time", "Asia/Chita", &["Chita"]),
    zone("Tokyo Standard Time", "Asia/Tokyo", &["Osaka, Sapporo, Tokyo"]),
    zone("North Korea Standard Time", "Asia/Pyongyang", &["Pyongyang"]),
    zone("Korea Standard Time", "Asia/Seoul", &["Seoul"]),
    zone("Yakutsk Standard Time", "Asia/Yakutsk", &["Yakutsk"]),
    zone("Cen. Australia Standard Time", "Australia/Adelaide", &["Adelaide"]),
    zone("AUS Central Standard Time", "Australia/Darwin", &["Darwin"]),
    zone("E. Australia Standard Time", "Australia/Brisbane", &["Brisbane"]),
    zone("AUS Eastern Standard Time", "Australia/Sydney", &["Canberra, Melbourne, Sydney"]),
    zone("West Pacific Standard Time", "Pacific/Port_Moresby", &["Guam, Port Moresby"]),
    zone("Tasmania Standard Time", "Australia/Hobart", &["Hobart"]),
    zone("Vladivostok Standard Time", "Asia/Vladivostok", &["Vladivostok"]),
    zone("Lord Howe Standard Time", "Australia/Lord_Howe", &["Lord Howe Island"]),
    zone("Bougainville Standard Time", "Pacific/Bougainville", &["Bougainville Island"]),
    zone("Russia Time Zone 10", "Asia/Srednekolymsk", &["Chokurdakh"]),
    zone("Magadan Standard Time", "Asia/Magadan", &["Magadan"]),
    zone("Norfolk Standard Time", "Pacific/Norfolk", &["Norfolk Island"]),
    zone("Sakhalin Standard Time", "Asia/Sakhalin", &["Sakhalin"]),
    zone("Central Pacific Standard Time", "Pacific/Guadalcanal", &["Solomon Is., New Caledonia", "Magadan, Solomon Is., New Caledonia"]),
    zone("Russia Time Zone 11", "Asia/Kamchatka", &["Anadyr, Petropavlovsk-Kamchatsky"]),
    zone("New Zealand Standard Time", "Pacific/Auckland", &["Auckland, Wellington"]),
    zone("UTC+12", "Etc/GMT-12", &["Coordinated Universal Time+12"]),
    zone("Fiji Standard Time", "Pacific/Fiji", &["Fiji", "Fiji, Kamchatka, Marshall Is.", "Fiji Islands, Kamchatka, Marshall Islands"]),
    zone("Chatham Islands Standard Time", "Pacific/Chatham", &["Chatham Islands"]),
    zone("UTC+13", "Etc/GMT-13", &["Coordinated Universal Time+13"]),
    zone("Tonga Standard Time", "Pacific/Tongatapu", &["Nuku'alofa"]),
    zone("Samoa Standard Time", "Pacific/Apia", &["Samoa"]),
    zone("Line Islands Standard Time", "Pacific/Kiritimati", &["Kiritimati Island"]),
    zone("Mid-Atlantic Standard Time", "Etc/GMT+2", &["Mid-Atlantic", "Mid-Atlantic - Old"]),
    zone("Kamchatka Standard Time", "Asia/Kamchatka", &["Petropavlovsk-Kamchatsky - Old"]),
    zone("Armenian Standard Time", "Asia/Yerevan", &[]),
    zone("Mexico Standard Time", "America/Mexico_City", &["Guadalajara, Mexico City, Monterrey - Old"]),
    zone("Mexico Standard Time 2", "America/Mazatlan", &["Chihuahua, La Paz, Mazatlan - Old"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{Zone, civil::instant_from_seconds};

    #[test]
    fn every_target_exists_and_every_name_is_written_once() {
        let (mut keys, mut displays) = (Vec::new(), Vec::new());
        for zone in ZONES {
            assert!(Zone::find(zone.iana).is_some(), "{}", zone.iana);
            keys.push(zone.key.to_lowercase());
            displays.extend(zone.displays.iter().map(|display| display.to_lowercase()));
        }
        for names in [&mut keys, &mut displays] {
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count);
        }
        assert!(keys.len() > 140);
    }

    #[test]
    fn targets_have_the_offset_of_their_key() {
        // The winter (or, in the south, summer) offset in minutes on 1 January 2026.
        for (key, minutes) in [
            ("Dateline Standard Time", -720),
            ("UTC-11", -660),
            ("UTC-02", -120),
            ("UTC+13", 780),
            ("Eastern Standard Time", -300),
            ("Eastern Standard Time (Mexico)", -300),
            ("US Eastern Standard Time", -300),
            ("W. Europe Standard Time", 60),
            ("GMT Standard Time", 0),
            ("Greenwich Standard Time", 0),
            ("Central Asia Standard Time", 360),
            ("West Asia Standard Time", 300),
            ("Qyzylorda Standard Time", 300),
            ("India Standard Time", 330),
            ("Nepal Standard Time", 345),
            ("AUS Eastern Standard Time", 660),
            ("E. Australia Standard Time", 600),
            ("Newfoundland Standard Time", -210),
            ("Russia Time Zone 3", 240),
            ("N. Central Asia Standard Time", 420),
            ("Jordan Standard Time", 180),
            ("Samoa Standard Time", 780),
        ] {
            let zone = Zone::new(iana_of_key(key).unwrap()).unwrap();
            let offset = zone.offset_seconds(instant_from_seconds(1_767_225_600));
            assert_eq!(offset, minutes * 60, "{key}");
        }
    }

    #[test]
    fn display_names_are_known_with_and_without_their_offset() {
        for display in [
            "(UTC-05:00) Eastern Time (US & Canada)",
            "(GMT-05:00) Eastern Time (US & Canada)",
            "(UTC-04:00) eastern time (us & canada)",
            "Eastern Time (US & Canada)",
        ] {
            assert_eq!(
                iana_of_display(display),
                Some("America/New_York"),
                "{display}"
            );
        }
        assert_eq!(
            iana_of_display("(UTC) Coordinated Universal Time"),
            Some("Etc/UTC")
        );
        assert_eq!(iana_of_display("(East) Eastern Time (US & Canada)"), None);
        assert_eq!(iana_of_display("Central Earth"), None);
    }
}
