//! Laws that hold for all texts.

use proptest::prelude::*;

use super::*;

const PARTS: &[&str] = &[
    "BEGIN:VEVENT|UID:1|DTSTART;TZID=America/New_York:20260302T090000|DURATION:PT1H|\
        RRULE:FREQ=WEEKLY;COUNT=6|EXDATE:20260316T130000Z|END:VEVENT",
    "BEGIN:VEVENT|UID:1|SEQUENCE:0|RECURRENCE-ID:20260309T130000Z|DTSTART:20260310T130000Z|\
        DURATION:PT2H|END:VEVENT",
    "BEGIN:VEVENT|UID:1|SEQUENCE:1|RECURRENCE-ID:20260309T130000Z|DTSTART:20260311T130000Z|\
        DURATION:PT2H|END:VEVENT",
    "BEGIN:VEVENT|UID:1|RECURRENCE-ID;RANGE=THISANDFUTURE:20260323T130000Z|\
        DTSTART:20260323T160000Z|DURATION:PT2H|END:VEVENT",
    "BEGIN:VEVENT|UID:2|SEQUENCE:2|DTSTART;VALUE=DATE:20260302|STATUS:CANCELLED|END:VEVENT",
    "BEGIN:VEVENT|UID:2|SEQUENCE:1|DTSTART;VALUE=DATE:20260302|END:VEVENT",
    "BEGIN:VEVENT|DTSTART;TZID=W. Europe Standard Time:20260302T090000|DURATION:P1D|\
        RRULE:FREQ=MONTHLY;BYDAY=-1FR|END:VEVENT",
    "BEGIN:VEVENT|UID:caf\u{e9}|DTSTART;TZID=Here:20260302T090000|DURATION:PT1H|END:VEVENT",
    "BEGIN:VTIMEZONE|TZID:Here|BEGIN:STANDARD|DTSTART:16010101T000000|TZOFFSETFROM:+0100|\
        TZOFFSETTO:+0100|END:STANDARD|END:VTIMEZONE",
    "BEGIN:VFREEBUSY|FREEBUSY;FBTYPE=BUSY-TENTATIVE:20260302T140000Z/PT1H|END:VFREEBUSY",
    "BEGIN:VALARM|TRIGGER:-PT15M|END:VALARM",
];

fn facts(busy: &CalendarBusy) -> (Vec<String>, Vec<Option<String>>) {
    (
        spans(busy),
        busy.events.iter().map(|event| event.uid.clone()).collect(),
    )
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_busy(&bytes, &options("UTC"));
        let begin = b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:20260302T090000Z\r\n";
        let wrapped = [begin, bytes.as_slice()].concat();
        let _ = read_busy(wrapped, &options("UTC"));
    }

    #[test]
    fn arbitrary_values_never_panic(
        values in prop::collection::vec((0_usize..12, "[-+:;=\"/,PTWDHMSZ0-9A-Z€]{0,24}"), 1..12),
    ) {
        let names = ["DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID",
            "SEQUENCE", "FREEBUSY", "TZOFFSETFROM", "BEGIN", "END"];
        let lines: Vec<String> =
            values.iter().map(|(name, value)| format!("{}:{value}", names[*name])).collect();
        let body = format!("BEGIN:VEVENT|{}|END:VEVENT", lines.join("|"));
        let _ = read_busy(calendar(&[&body]), &options("America/New_York"));
        let window = body.replace("VEVENT", "AVAILABLE");
        let whole = format!("BEGIN:VAVAILABILITY|{}|{window}|END:VAVAILABILITY", lines.join("|"));
        let _ = read_availability(calendar(&[&whole]), &AvailabilityOptions::default());
    }

    #[test]
    fn dates_of_any_century_never_panic(
        year in 1_u32..=9_999,
        month in 1_u32..=12,
        days in 0_u32..4_000_000_000,
        zone in 0_usize..3,
    ) {
        let zone = ["UTC", "Pacific/Kiritimati", "America/New_York"][zone];
        let text = calendar(&[&event(&format!(
            "DTSTART;VALUE=DATE:{year:04}{month:02}01|DURATION:P{days}D|RRULE:FREQ=YEARLY"
        )), &event(&format!(
            "RECURRENCE-ID;RANGE=THISANDFUTURE:{year:04}{month:02}01T000000|\
                DTSTART:00010101T000000|DURATION:P{days}D"
        ))]);
        let _ = read_busy(text, &options(zone));
    }

    #[test]
    fn the_order_of_components_does_not_matter(order in Just(PARTS.to_vec()).prop_shuffle()) {
        let expected = facts(&busy_of(&calendar(PARTS)));
        prop_assert_eq!(facts(&busy_of(&calendar(&order))), expected);
    }

    #[test]
    fn folding_anywhere_changes_nothing(cuts in prop::collection::vec(0_usize..2_000, 0..40)) {
        let text = calendar(PARTS).into_bytes();
        let mut folded = Vec::new();
        for (index, byte) in text.iter().enumerate() {
            // Not between CR and LF, and not at the end, where nothing is continued.
            if cuts.contains(&index) && *byte != b'\n' && index > 0 {
                folded.extend_from_slice(b"\r\n ");
            }
            folded.push(*byte);
        }
        let plain = busy_of(&calendar(PARTS));
        let folded = read_busy(folded, &options("America/New_York")).unwrap();
        prop_assert_eq!(facts(&folded), facts(&plain));
        prop_assert_eq!(folded.problems.len(), plain.problems.len());
    }

    #[test]
    fn a_window_may_be_split_anywhere(split in 1_i64..5_270_399) {
        let whole = busy_of(&calendar(PARTS));
        let (from, to) = (1_772_323_200, 1_777_593_600);
        let part = |from: i64, to: i64| {
            let window = Interval::from_timestamps(from, to).unwrap();
            let options = CalendarOptions { window, ..options("America/New_York") };
            read_busy(calendar(PARTS), &options).unwrap().busy
        };
        let parts = part(from, from + split).union(&part(from + split, to));
        prop_assert_eq!(parts, whole.busy);
    }
}
