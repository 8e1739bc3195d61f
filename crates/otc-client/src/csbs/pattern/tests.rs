use jiff::Timestamp;
use proptest::prelude::*;
use rrule::RRuleSet;

use super::{
    schedule::{MINUTES_OF_DAY, moments},
    *,
};

const DOCUMENTED: &str = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn with(rule: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

#[test]
fn the_documented_pattern_is_read() {
    let schedule = Schedule::parse(DOCUMENTED).unwrap();
    assert_eq!(schedule.explain(), "Every Thursday at 12:27 (UTC)");
    assert_eq!(schedule.pattern(), DOCUMENTED);
    assert_eq!(wire_form(DOCUMENTED), DOCUMENTED);
}

#[test]
fn equivalent_forms_are_the_same() {
    for other in [
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\nEND:VEVENT\nEND:VCALENDAR",
        "begin:vcalendar\nbegin:vevent\nrrule:byminute=27;byhour=12;byday=th;freq=weekly;\nend:vevent\nend:vcalendar\n",
        "  BEGIN:VCALENDAR\n    VERSION:2.0\n    PRODID:-//x//EN\n    BEGIN:VEVENT\n      UID:1\n      X-NOTE:hello\n      \
         RRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\n    END:VEVENT\n  END:VCALENDAR\n\n",
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:FREQ=WEEKLY;INTERVAL=1;BYDA\r\n Y=TH;BYHOUR=12;BYMINUTE=27\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "BEGIN:VCALENDAR\rBEGIN:VEVENT\rRRULE:FREQ=DAILY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\rEND:VEVENT\rEND:VCALENDAR",
    ] {
        assert!(same(DOCUMENTED, other), "{other:?}: {:?}", Schedule::parse(other));
    }
    for different in [
        with("FREQ=WEEKLY;BYDAY=FR;BYHOUR=12;BYMINUTE=27"),
        with("FREQ=WEEKLY;BYDAY=TH;BYHOUR=13;BYMINUTE=27"),
        with("FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=28"),
        with("FREQ=DAILY;BYHOUR=12;BYMINUTE=27"),
        with("FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27;INTERVAL=2"),
        with("FREQ=DAILY;INTERVAL=7;BYHOUR=12;BYMINUTE=27"),
        with("FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=14;BYMINUTE=0"),
        String::new(),
    ] {
        assert!(!same(DOCUMENTED, &different), "{different:?}");
    }
    assert!(same(
        &with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0"),
        &with("FREQ=WEEKLY;BYDAY=SU,MO,TU,WE,TH,FR,SA;BYHOUR=01;BYMINUTE=00")
    ));
}

#[test]
fn unreadable_patterns_are_compared_as_text() {
    let monthly = with("FREQ=MONTHLY;BYMONTHDAY=1;BYHOUR=1;BYMINUTE=0");
    assert!(same(&monthly, &monthly.replace("\r\n", "\n").to_ascii_lowercase()));
    assert!(!same(&monthly, &monthly.replace("BYMONTHDAY=1", "BYMONTHDAY=2")));
}

#[test]
fn patterns_that_the_service_refuses_are_errors() {
    let rule = |rule: &str| Schedule::parse(&with(rule)).unwrap_err();
    assert!(matches!(
        rule("FREQ=HOURLY;BYHOUR=1;BYMINUTE=0"),
        PatternError::Frequency(_)
    ));
    assert!(matches!(
        rule("FREQ=WEEKLY;BYHOUR=1;BYMINUTE=0"),
        PatternError::Missing("BYDAY", _)
    ));
    assert!(matches!(
        rule("FREQ=DAILY;BYMINUTE=0"),
        PatternError::Missing("BYHOUR", _)
    ));
    assert!(matches!(
        rule("FREQ=DAILY;BYHOUR=1"),
        PatternError::Missing("BYMINUTE", _)
    ));
    assert!(matches!(rule("BYHOUR=1;BYMINUTE=0"), PatternError::Missing("FREQ", _)));
    for (text, value, part) in [
        ("FREQ=DAILY;BYHOUR=24;BYMINUTE=0", "24", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=;BYMINUTE=0", "", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=1,;BYMINUTE=0", "", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=+1;BYMINUTE=0", "+1", "BYHOUR"),
        ("FREQ=DAILY;BYHOUR=1;BYMINUTE=60", "60", "BYMINUTE"),
        ("FREQ=DAILY;INTERVAL=0;BYHOUR=1;BYMINUTE=0", "0", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=31;BYHOUR=1;BYMINUTE=0", "31", "INTERVAL"),
        ("FREQ=DAILY;INTERVAL=-1;BYHOUR=1;BYMINUTE=0", "-1", "INTERVAL"),
        ("FREQ=DAILY;BYHOUR=1;BYMINUTE=000", "000", "BYMINUTE"),
        ("FREQ=WEEKLY;BYDAY=XX;BYHOUR=1;BYMINUTE=0", "XX", "BYDAY"),
        ("FREQ=WEEKLY;BYDAY=MO,;BYHOUR=1;BYMINUTE=0", "", "BYDAY"),
    ] {
        let error = rule(text);
        assert!(
            matches!(&error, PatternError::Value(at, name, _) if at == value && *name == part),
            "{text}: {error:?}"
        );
    }
    for text in [
        "FREQ=DAILY;BYHOUR=1;BYMINUTE=0,30",
        "FREQ=DAILY;INTERVAL=3;BYHOUR=1;BYMINUTE=0,30",
    ] {
        let expected = PatternError::TooClose("01:00".to_owned(), "01:30".to_owned());
        assert_eq!(rule(text), expected, "{text}");
    }
    for text in [
        "FREQ=WEEKLY;BYDAY=MO;INTERVAL=2;BYHOUR=1;BYMINUTE=0",
        "FREQ=DAILY;BYDAY=MO;INTERVAL=2;BYHOUR=1;BYMINUTE=0",
    ] {
        assert_eq!(rule(text), PatternError::IntervalOfWeekdays, "{text}");
    }
    assert!(matches!(
        rule("FREQ=DAILY;BYHOUR=1;BYMINUTE=0;COUNT=3"),
        PatternError::Part(_)
    ));
    assert!(matches!(
        rule("FREQ=DAILY;BYHOUR=1;BYHOUR=2;BYMINUTE=0"),
        PatternError::Twice(_)
    ));
    assert!(matches!(rule("FREQ"), PatternError::Part(_)));
    assert_eq!(
        rule("FREQ=WEEKLY;BYDAY=2MO;BYHOUR=1;BYMINUTE=0"),
        PatternError::NumberedDay
    );
    let good = with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0");
    for (text, words) in [
        (String::new(), "VCALENDAR"),
        ("RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=0".to_owned(), "outside"),
        (good.replace("END:VEVENT\r\n", ""), "END:"),
        (good.replace("END:VCALENDAR\r\n", ""), "missing"),
        (good.replace("BEGIN:VEVENT\r\n", ""), "VEVENT"),
        (good.replace("RRULE:", "EXRULE:"), "EXRULE"),
        (good.replace("RRULE:", "RRULE"), "NAME:VALUE"),
        (
            good.replace("END:VEVENT", "RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=30\r\nEND:VEVENT"),
            "an hour apart",
        ),
        (
            good.replace(
                "END:VEVENT",
                "RRULE:FREQ=DAILY;INTERVAL=2;BYHOUR=5;BYMINUTE=0\r\nEND:VEVENT",
            ),
            "different values of INTERVAL",
        ),
        (
            good.replace("END:VEVENT", "EXDATE:20260101T010000Z\r\nEND:VEVENT"),
            "EXDATE",
        ),
        (format!("{good}{good}"), "more than one"),
        (
            good.replace("END:VEVENT", &format!("X-A:{}\r\nEND:VEVENT", "x".repeat(MAX_LENGTH))),
            "10240",
        ),
    ] {
        let error = Schedule::parse(&text).unwrap_err().to_string();
        assert!(error.contains(words), "{words} is missing in {error:?}");
    }
}

#[test]
fn words_build_a_pattern() {
    let schedule = build(&["monday", "Thu"], &["02:30", "14:30"]).unwrap();
    assert_eq!(
        schedule.pattern(),
        with("FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2,14;BYMINUTE=30")
    );
    assert_eq!(schedule.explain(), "Every Monday and Thursday at 02:30 and 14:30 (UTC)");
    assert_eq!(
        build(&["weekdays", "WEEKEND"], &["1:00"]),
        build(&["daily"], &["01:00"])
    );
    assert_eq!(
        build(&["daily"], &["01:00"]).unwrap().explain(),
        "Every day at 01:00 (UTC)"
    );
    assert_eq!(
        build(&["weekdays"], &["01:00"]).unwrap().explain(),
        "Every day from Monday to Friday at 01:00 (UTC)"
    );
    for (days, times, words) in [
        (&[][..], &["01:00"][..], "at least one day"),
        (&["someday"], &["01:00"], "is not a day"),
        (&["mo"], &[], "at least one time"),
        (&["mo"], &["24:00"], "not a time of day"),
        (&["mo"], &["1"], "not a time of day"),
        (&["mo"], &["1:5"], "not a time of day"),
        (&["mo"], &["+1:05"], "not a time of day"),
        (&["mo"], &["01:00", "01:30"], "01:00 and 01:30"),
        (&["daily"], &["00:15", "23:30"], "23:30 and 00:15"),
        (&["sunday", "monday"], &["00:15", "23:30"], "23:30 and 00:15"),
        (&["every 31 days"], &["01:00"], "is not a day"),
        (&["every 0 days"], &["01:00"], "is not a day"),
        (&["monday", "every 2 days"], &["01:00"], "must be the only element"),
    ] {
        let error = build(days, times).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        let about_days = ["at least one day", "is not a day", "only element"];
        assert_eq!(
            error.is_about_days(),
            about_days.iter().any(|about| words.contains(about))
        );
    }
}

#[test]
fn the_next_run_is_after_now() {
    let schedule = Schedule::parse(DOCUMENTED).unwrap();
    for (now, next) in [
        // A Thursday.
        ("2026-01-01T12:26:59Z", "2026-01-01T12:27:00Z"),
        ("2026-01-01T12:27:00Z", "2026-01-08T12:27:00Z"),
        ("2026-01-02T00:00:00Z", "2026-01-08T12:27:00Z"),
        ("2025-12-31T23:59:59Z", "2026-01-01T12:27:00Z"),
    ] {
        assert_eq!(
            schedule.next_after(now.parse().unwrap(), None),
            Some(next.parse().unwrap()),
            "{now}"
        );
    }
}

/// As the console makes them: one rule for every time of day.
const CONSOLE: &str = "FREQ=DAILY;INTERVAL=3;BYHOUR=1;BYMINUTE=30\r\nRRULE:FREQ=DAILY;INTERVAL=3;BYHOUR=13;BYMINUTE=5";

#[test]
fn patterns_of_the_console_are_understood() {
    let schedule = Schedule::parse(&with(CONSOLE)).unwrap();
    assert_eq!(schedule.explain(), "Every 3 days at 01:30 and 13:05 (UTC)");
    assert_eq!(schedule, build(&["every 3 days"], &["13:05", "01:30"]).unwrap());
    assert!(same(&with(CONSOLE), &schedule.pattern()));
    assert!(!same(
        &with(CONSOLE),
        &with(&CONSOLE.replace("INTERVAL=3", "INTERVAL=2"))
    ));
    assert!(!same(&with(CONSOLE), &with(&CONSOLE.replace("INTERVAL=3;", ""))));

    let weekly = "FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=14;BYMINUTE=0\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2;BYMINUTE=30";
    let schedule = build(&["monday", "thursday"], &["02:30", "14:00"]).unwrap();
    assert_eq!(Schedule::parse(&with(weekly)), Ok(schedule.clone()));
    assert_eq!(schedule.explain(), "Every Monday and Thursday at 02:30 and 14:00 (UTC)");
    let of_days = "FREQ=WEEKLY;BYDAY=MO;BYHOUR=2;BYMINUTE=30\r\nRRULE:FREQ=WEEKLY;BYDAY=TH;BYHOUR=14;BYMINUTE=0";
    let explained = Schedule::parse(&with(of_days)).unwrap().explain();
    assert_eq!(explained, "Every Monday at 02:30 and every Thursday at 14:00 (UTC)");
    // Several rules that one rule says as well.
    assert!(same(
        &with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0\r\nRRULE:FREQ=DAILY;INTERVAL=1;BYHOUR=7;BYMINUTE=0"),
        &with("FREQ=DAILY;BYHOUR=1,7;BYMINUTE=0")
    ));
    assert_eq!(build(&["every 1 day"], &["01:00"]), build(&["daily"], &["01:00"]));
    let hours: Vec<_> = (0..24).map(|hour| format!("{hour:02}:59")).collect();
    let hours: Vec<_> = hours.iter().map(String::as_str).collect();
    let hourly = build(&["daily"], &hours).unwrap();
    assert_eq!(hourly.explain(), "Every day in every hour, at minute 59");
}

#[test]
fn an_interval_is_counted_from_the_beginning() {
    let schedule = Schedule::parse(&with(CONSOLE)).unwrap();
    let next = |time: &str, began: Option<&str>| {
        let run = schedule.next_after(time.parse().unwrap(), began.map(|began| began.parse().unwrap()));
        run.map(|run| run.to_string())
    };
    let began = Some("2026-01-01T09:00:00Z");
    for (time, run) in [
        ("2025-12-01T00:00:00Z", "2026-01-01T13:05:00Z"),
        ("2026-01-01T13:05:00Z", "2026-01-04T01:30:00Z"),
        ("2026-01-05T00:00:00Z", "2026-01-07T01:30:00Z"),
    ] {
        assert_eq!(next(time, began).as_deref(), Some(run), "{time}");
    }
    assert_eq!(next("2026-01-05T00:00:00Z", None), None);
}

fn schedules() -> impl Strategy<Value = Schedule> {
    let hourly = (proptest::collection::btree_set(0..24_u16, 1..=24), 0..60_u16);
    let minutes = prop_oneof![
        hourly.prop_map(|(hours, minute)| hours.into_iter().map(|hour| hour * 60 + minute).collect()),
        proptest::collection::btree_set(0..MINUTES_OF_DAY, 1..=4),
    ];
    let days = proptest::collection::btree_set(0..7_u8, 1..=7);
    let more = proptest::option::of((0..7_u8, 0..MINUTES_OF_DAY));
    let interval = prop_oneof![Just(1_u8), 2..=30_u8];
    (minutes, days, more, interval).prop_filter_map("runs are too close", |(minutes, days, more, interval)| {
        if interval > 1 {
            return Schedule::every_days(interval, minutes).ok();
        }
        let mut all = moments(&days, &minutes);
        // A time that one day has for itself.
        all.extend(more.map(|(day, minute)| u16::from(day) * MINUTES_OF_DAY + minute));
        Schedule::weekly(all).ok()
    })
}

proptest! {
    #[test]
    fn a_schedule_survives_its_pattern(schedule in schedules()) {
        prop_assert_eq!(Schedule::parse(&schedule.pattern()), Ok(schedule));
    }

    #[test]
    fn order_case_and_line_ends_do_not_matter(
        schedule in schedules(), lower in any::<bool>(), end in "\r\n|\n|\r", indent in " {0,4}", shift in 0..5_usize,
    ) {
        let pattern = schedule.pattern();
        let mut rules: Vec<_> = pattern.split("\r\n").filter_map(|line| line.strip_prefix("RRULE:")).map(|rule| {
            let mut parts: Vec<_> = rule.split(';').collect();
            let middle = shift % parts.len();
            parts.rotate_left(middle);
            format!("RRULE:{}", parts.join(";"))
        }).collect();
        rules.reverse();
        let mut lines = vec!["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT"];
        lines.extend(rules.iter().map(String::as_str));
        lines.extend(["END:VEVENT", "END:VCALENDAR"]);
        let mut other: String = lines.iter().map(|line| format!("{indent}{line}{end}")).collect();
        if lower {
            other.make_ascii_lowercase();
        }
        prop_assert!(same(&pattern, &other), "{:?}", other);
        prop_assert!(same(&pattern, &wire_form(&other)));
        let wire = wire_form(&other);
        prop_assert_eq!(wire_form(&wire), wire);
    }

    #[test]
    fn different_schedules_differ(a in schedules(), b in schedules()) {
        prop_assert_eq!(same(&a.pattern(), &b.pattern()), a == b);
    }

    #[test]
    fn runs_are_those_that_the_library_computes(schedule in schedules(), start in 0..604_800_i64) {
        let start = Timestamp::from_second(1_704_067_200 + start).unwrap();
        let pattern = schedule.pattern();
        let rules: Vec<_> = pattern.split("\r\n").filter(|line| line.starts_with("RRULE:"))
            .map(|rule| format!("{rule};BYSECOND=0")).collect();
        let text = format!("DTSTART:{}\n{}", start.strftime("%Y%m%dT%H%M%SZ"), rules.join("\n"));
        let expected: Vec<_> = text.parse::<RRuleSet>().unwrap().all(8).dates.iter()
            .map(|date| Timestamp::from_second(date.timestamp()).unwrap()).filter(|date| *date > start).take(5).collect();
        let mut runs = Vec::new();
        let mut time = start;
        while runs.len() < expected.len() {
            time = schedule.next_after(time, Some(start)).unwrap();
            runs.push(time);
        }
        prop_assert_eq!(runs, expected);
    }

    #[test]
    fn the_runs_are_those_of_the_rrule_library(
        rule in "FREQ=(DAILY|WEEKLY);BYDAY=(MO|TU|SU|XX)(,(MO|WE|FR|M|1MO))?;BYHOUR=[0-2]?[0-9](,[0-9]{1,2}|,)?;BYMINUTE=[0-7]?[0-9]",
    ) {
        // The library drops the number of a day in a weekly rule.
        let theirs = format!("DTSTART:20240101T000000Z\nRRULE:{rule}").parse::<RRuleSet>().is_ok() && !rule.contains("1MO");
        prop_assert_eq!(Schedule::parse(&with(&rule)).is_ok(), theirs, "{:?}", Schedule::parse(&with(&rule)));
    }

    #[test]
    fn no_text_causes_a_panic(text in "(?s)([A-Z:;=,0-9\r\n ]|BEGIN:VCALENDAR\r\n|BEGIN:VEVENT\n|RRULE:|FREQ=|BYDAY=|.){0,60}") {
        let _ = Schedule::parse(&text);
        let _ = wire_form(&text);
    }

    #[test]
    fn no_rule_causes_a_panic(rule in "FREQ=(DAILY|WEEKLY)(;(BYDAY|BYHOUR|BYMINUTE|INTERVAL)=[-+,A-Z0-9]{0,12}){0,4}") {
        let _ = Schedule::parse(&with(&rule));
    }
}

#[test]
fn an_error_quotes_only_words_of_the_format() {
    let good = with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0");
    for wrong in [
        "LEAK".to_owned(),
        "LEAK:x".to_owned(),
        "BEGIN:LEAK".to_owned(),
        good.replace("RRULE:", "LEAK:"),
        good.replace("RRULE:", "LEAK"),
        good.replace("END:VEVENT", "END:LEAK"),
        with("FREQ=LEAK;BYHOUR=1;BYMINUTE=0"),
        with("FREQ=DAILY;BYHOUR=LEAK;BYMINUTE=0"),
        with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0;LEAK=1"),
        with("FREQ=DAILY;BYHOUR=1;BYMINUTE=0;LEAK"),
    ] {
        let error = Schedule::parse(&wrong).unwrap_err().to_string();
        assert!(!error.contains("LEAK"), "{error}");
    }
    for (days, times) in [(&["LEAK"], &["01:00"]), (&["daily"], &["LEAK"])] {
        let error = build(days, times).unwrap_err().to_string();
        assert!(!error.contains("LEAK"), "{error}");
    }
    let known = Schedule::parse(&good.replace("BYMINUTE=0", "BYMINUTE=0;COUNT=3")).unwrap_err();
    assert!(known.to_string().contains("the part COUNT;"), "{known}");
}
