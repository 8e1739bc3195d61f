//! Words that an error may repeat.

/// The words of recurrence rules and of what stands around them.
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

/// The word of iCalendar that `text` is, or begins with before `=`. Anything else is not shown: a pattern may be marked
/// sensitive, which the protocol does not say.
pub(super) fn shown(text: &str) -> &'static str {
    let name = text.split('=').next().unwrap_or_default();
    WORDS
        .iter()
        .find(|word| word.eq_ignore_ascii_case(name))
        .copied()
        .unwrap_or("(not shown)")
}
