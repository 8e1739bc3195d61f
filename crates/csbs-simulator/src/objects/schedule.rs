//! The iCalendar patterns that the service accepts.

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};

/// Parsed pattern. Hours are in UTC, independent of the time zone that an operation has for its calendar counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Weekdays; empty means every day.
    days: Vec<Weekday>,
    /// Interval in days, counted from the day on which the pattern started.
    interval: i64,
    /// Minutes of the day, ascending.
    minutes: Vec<u16>,
}

/// Maximum length of a pattern.
const LONGEST: usize = 10_240;

impl Schedule {
    /// Parses a pattern.
    ///
    /// # Errors
    /// The message for `CSBS.9001`.
    pub(crate) fn read(pattern: &str) -> Result<Self, String> {
        if pattern.len() > LONGEST {
            return Err(format!("pattern is longer than {LONGEST} characters"));
        }
        if pattern.replace("\r\n", "").contains(['\r', '\n']) {
            return Err("lines of pattern must end in CRLF".to_owned());
        }
        let lines: Vec<_> = pattern.split("\r\n").filter(|line| !line.is_empty()).collect();
        let [first, inner @ .., last] = lines.as_slice() else {
            return Err("pattern is not a calendar".to_owned());
        };
        if *first != "BEGIN:VCALENDAR" || *last != "END:VCALENDAR" {
            return Err("pattern must be a VCALENDAR".to_owned());
        }
        let begin = inner.iter().position(|line| *line == "BEGIN:VEVENT");
        let end = inner.iter().position(|line| *line == "END:VEVENT");
        let (Some(begin), Some(end)) = (begin, end) else {
            return Err("pattern must have a VEVENT".to_owned());
        };
        if end < begin || end + 1 != inner.len() {
            return Err("pattern must have one VEVENT".to_owned());
        }
        let rules: Vec<_> = inner[begin + 1..end]
            .iter()
            .filter_map(|line| line.strip_prefix("RRULE:"))
            .collect();
        if rules.is_empty() {
            return Err("pattern must have an RRULE".to_owned());
        }
        let mut schedule = Self {
            days: Vec::new(),
            interval: 1,
            minutes: Vec::new(),
        };
        for (index, rule) in rules.iter().enumerate() {
            let rule = Rule::read(rule)?;
            if index > 0 && (rule.days != schedule.days || rule.interval != schedule.interval) {
                return Err("all RRULEs of pattern must name the same days".to_owned());
            }
            schedule.days = rule.days;
            schedule.interval = rule.interval;
            schedule.minutes.extend(rule.minutes);
        }
        schedule.minutes.sort_unstable();
        schedule.minutes.dedup();
        if schedule.minutes.len() > 24 {
            return Err("pattern runs more than 24 times a day".to_owned());
        }
        if schedule.shortest_wait() < 60 {
            return Err("pattern runs more often than hourly".to_owned());
        }
        Ok(schedule)
    }

    /// Returns the smallest number of minutes between two runs, including those across midnight.
    fn shortest_wait(&self) -> u16 {
        const DAY: u16 = 24 * 60;
        let within = self.minutes.windows(2).map(|pair| pair[1] - pair[0]).min();
        let over_midnight = match self.minutes.as_slice() {
            [first, .., last] if self.runs_on_consecutive_days() => Some(DAY + first - last),
            _ => None,
        };
        within.into_iter().chain(over_midnight).min().unwrap_or(DAY)
    }

    fn runs_on_consecutive_days(&self) -> bool {
        let followed = |day: &Weekday| self.days.contains(&day.next());
        self.interval == 1 && (self.days.is_empty() || self.days.iter().any(followed))
    }

    /// Returns the first run after `time` of a pattern that started at `began`.
    pub(crate) fn next(&self, time: Timestamp, began: Timestamp) -> Option<Timestamp> {
        let today = time.to_zoned_datetime(TimeZone::UTC).date();
        let first = began.to_zoned_datetime(TimeZone::UTC).date();
        for ahead in 0..=self.interval.max(7) {
            let date = today.checked_add(SignedDuration::from_hours(24 * ahead)).ok()?;
            if !self.days.is_empty() && !self.days.contains(&date.weekday()) {
                continue;
            }
            let since = i64::from((date - first).get_days());
            if since.rem_euclid(self.interval) != 0 {
                continue;
            }
            for minute in &self.minutes {
                let run = date
                    .at((minute / 60) as i8, (minute % 60) as i8, 0, 0)
                    .to_zoned_datetime(TimeZone::UTC)
                    .ok()?
                    .timestamp();
                if run > time {
                    return Some(run);
                }
            }
        }
        None
    }
}

/// Parsed RRULE.
struct Rule {
    days: Vec<Weekday>,
    interval: i64,
    minutes: Vec<u16>,
}

impl Rule {
    fn read(rule: &str) -> Result<Self, String> {
        let (mut frequency, mut days, mut interval) = (None, Vec::new(), 1);
        let (mut hours, mut minutes) = (Vec::new(), Vec::new());
        for part in rule.split(';') {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| format!("'{part}' in pattern says nothing"))?;
            match name {
                "FREQ" if matches!(value, "WEEKLY" | "DAILY") => frequency = Some(value),
                "FREQ" => return Err("FREQ must be WEEKLY or DAILY".to_owned()),
                "BYDAY" => {
                    for day in value.split(',') {
                        days.push(weekday(day).ok_or_else(|| format!("'{day}' is no weekday"))?);
                    }
                }
                "INTERVAL" => {
                    interval = value
                        .parse()
                        .ok()
                        .filter(|days| (1..=30).contains(days))
                        .ok_or("INTERVAL must be from 1 to 30")?;
                }
                "BYHOUR" => hours = numbers(name, value, 23)?,
                "BYMINUTE" => minutes = numbers(name, value, 59)?,
                _ => return Err(format!("{name} is not supported in pattern")),
            }
        }
        match frequency {
            None => return Err("pattern must have FREQ".to_owned()),
            Some("WEEKLY") if days.is_empty() => return Err("FREQ=WEEKLY needs BYDAY".to_owned()),
            Some("WEEKLY") if interval != 1 => return Err("INTERVAL needs FREQ=DAILY".to_owned()),
            Some("DAILY") if !days.is_empty() => return Err("FREQ=DAILY takes no BYDAY".to_owned()),
            Some(_) => {}
        }
        if hours.is_empty() || minutes.is_empty() {
            return Err("pattern must have BYHOUR and BYMINUTE".to_owned());
        }
        days.sort_by_key(|day| day.to_monday_zero_offset());
        days.dedup();
        let minutes = hours
            .iter()
            .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute))
            .collect();
        Ok(Self {
            days,
            interval,
            minutes,
        })
    }
}

fn numbers(name: &str, value: &str, most: u16) -> Result<Vec<u16>, String> {
    value
        .split(',')
        .map(|number| number.parse().ok().filter(|number| *number <= most))
        .collect::<Option<_>>()
        .ok_or_else(|| format!("{name} must be from 0 to {most}"))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(rule: &str) -> String {
        let rules = rule.replace('|', "\r\nRRULE:");
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:{rules}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    }

    fn next(rule: &str, after: &str) -> String {
        let schedule = Schedule::read(&pattern(rule)).unwrap();
        let began = "2026-01-01T09:00:00Z".parse().unwrap();
        schedule.next(after.parse().unwrap(), began).unwrap().to_string()
    }

    #[test]
    fn runs_follow_the_pattern() {
        // 2026-01-01 is a Thursday.
        let weekly = "FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27";
        assert_eq!(next(weekly, "2026-01-01T12:00:00Z"), "2026-01-01T12:27:00Z");
        assert_eq!(next(weekly, "2026-01-01T12:27:00Z"), "2026-01-08T12:27:00Z");
        assert_eq!(
            next("FREQ=DAILY;BYHOUR=6,18;BYMINUTE=0", "2026-01-01T07:00:00Z"),
            "2026-01-01T18:00:00Z"
        );
    }

    #[test]
    fn an_interval_counts_from_the_day_on_which_the_pattern_started() {
        let third = "FREQ=DAILY;INTERVAL=3;BYHOUR=1;BYMINUTE=30|FREQ=DAILY;INTERVAL=3;BYHOUR=13;BYMINUTE=45";
        for (after, run) in [
            ("2026-01-01T09:00:00Z", "2026-01-01T13:45:00Z"),
            ("2026-01-01T13:45:00Z", "2026-01-04T01:30:00Z"),
            ("2026-01-05T00:00:00Z", "2026-01-07T01:30:00Z"),
        ] {
            assert_eq!(next(third, after), run, "{after}");
        }
        let monthly = "FREQ=DAILY;INTERVAL=30;BYHOUR=1;BYMINUTE=30";
        assert_eq!(next(monthly, "2026-01-01T09:00:00Z"), "2026-01-31T01:30:00Z");
    }

    #[test]
    fn unsupported_patterns_are_refused() {
        for wrong in [
            "FREQ=MONTHLY;BYHOUR=1;BYMINUTE=1",
            "FREQ=WEEKLY;BYHOUR=1;BYMINUTE=1",
            "FREQ=WEEKLY;BYDAY=XX;BYHOUR=1;BYMINUTE=1",
            "FREQ=DAILY;BYHOUR=24;BYMINUTE=1",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=60",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=0,30",
            "FREQ=DAILY;BYHOUR=1;BYMINUTE=1;COUNT=3",
            "FREQ=DAILY;BYMINUTE=1",
            "BYHOUR=1;BYMINUTE=1",
            "FREQ=DAILY;INTERVAL=0;BYHOUR=1;BYMINUTE=1",
            "FREQ=DAILY;INTERVAL=31;BYHOUR=1;BYMINUTE=1",
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;BYHOUR=1;BYMINUTE=1",
            "FREQ=DAILY;INTERVAL=2;BYHOUR=1;BYMINUTE=1|FREQ=DAILY;INTERVAL=3;BYHOUR=5;BYMINUTE=1",
        ] {
            assert!(Schedule::read(&pattern(wrong)).is_err(), "{wrong}");
        }
        let good = pattern("FREQ=DAILY;BYHOUR=1;BYMINUTE=1");
        assert!(Schedule::read(&good).is_ok());
        assert!(Schedule::read(&good.replace("\r\n", "\n")).is_err());
        assert!(Schedule::read("").is_err());
        assert!(Schedule::read("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n").is_err());
        assert!(Schedule::read(&format!("{good}{}", "\r\n".repeat(10_240))).is_err());
    }

    #[test]
    fn runs_are_an_hour_apart_even_across_midnight() {
        let two = |days: &str, first: &str, second: &str| {
            Schedule::read(&pattern(&format!("{days};{first}|{days};{second}"))).is_ok()
        };
        let (late, early) = ("BYHOUR=23;BYMINUTE=30", "BYHOUR=0;BYMINUTE=15");
        for (days, fine) in [
            ("FREQ=DAILY", false),
            ("FREQ=DAILY;INTERVAL=2", true),
            ("FREQ=WEEKLY;BYDAY=MO,WE", true),
            ("FREQ=WEEKLY;BYDAY=MO,TU", false),
            ("FREQ=WEEKLY;BYDAY=SU,MO", false),
        ] {
            assert_eq!(two(days, late, early), fine, "{days}");
        }
        assert!(two("FREQ=DAILY", late, "BYHOUR=0;BYMINUTE=30"));
        assert!(two("FREQ=DAILY", "BYHOUR=1;BYMINUTE=30", "BYHOUR=2;BYMINUTE=30"));
        assert!(!two("FREQ=DAILY", "BYHOUR=1;BYMINUTE=30", "BYHOUR=2;BYMINUTE=29"));
    }

    #[test]
    fn hourly_is_the_most_frequent_pattern() {
        let hours: Vec<_> = (0..24).map(|hour| hour.to_string()).collect();
        let rule = format!("FREQ=DAILY;BYHOUR={};BYMINUTE=5", hours.join(","));
        assert!(Schedule::read(&pattern(&rule)).is_ok());
    }
}
