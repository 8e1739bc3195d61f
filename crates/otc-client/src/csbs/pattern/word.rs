//! The words that an error may quote.

/// The words of recurrence rules and of the components around them.
const WORDS: &[&str] = &[
    "BEGIN",
    "END",
    "VCALENDAR",
    "VEVENT",
    "VTODO",
    "VJOURNAL",
    "VTIMEZONE",
    "VALARM",
    "RRULE",
    "EXRULE",
    "RDATE",
    "EXDATE",
    "DTSTART",
    "DTEND",
    "DTSTAMP",
    "DURATION",
    "UID",
    "SUMMARY",
    "DESCRIPTION",
    "LOCATION",
    "TZID",
    "VERSION",
    "PRODID",
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYSECOND",
    "BYMINUTE",
    "BYHOUR",
    "BYDAY",
    "BYMONTHDAY",
    "BYYEARDAY",
    "BYWEEKNO",
    "BYMONTH",
    "BYSETPOS",
    "SECONDLY",
    "MINUTELY",
    "HOURLY",
    "DAILY",
    "WEEKLY",
    "MONTHLY",
    "YEARLY",
];

/// Returns the iCalendar word in `text`, or in the part of it before `=`. Anything else is not shown, because the pattern may be
/// marked sensitive, which a provider cannot see.
pub(super) fn shown(text: &str) -> &'static str {
    let name = text.split('=').next().unwrap_or_default();
    WORDS
        .iter()
        .find(|word| word.eq_ignore_ascii_case(name))
        .copied()
        .unwrap_or("(not shown)")
}
