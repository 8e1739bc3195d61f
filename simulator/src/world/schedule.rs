//! The iCalendar patterns that the service takes.

use jiff::{
    SignedDuration, Timestamp,
    civil::Weekday,
    tz::{Offset, TimeZone},
};

/// A pattern, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Empty: every day.
    days: Vec<Weekday>,
    /// Minutes of the day, rising.
    minutes: Vec<u16>,
}

/// The longest pattern.
const LONGEST: usize = 10_240;

impl Schedule {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, for `CSBS.9001`.
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
            minutes: Vec::new(),
        };
        for (index, rule) in rules.iter().enumerate() {
            let (days, minutes) = rule_of(rule)?;
            if index > 0 && days != schedule.days {
                return Err("all RRULEs of pattern must name the same days".to_owned());
            }
            schedule.days = days;
            schedule.minutes.extend(minutes);
        }
        schedule.minutes.sort_unstable();
        schedule.minutes.dedup();
        if schedule.minutes.len() > 24 {
            return Err("pattern runs more than 24 times a day".to_owned());
        }
        if schedule.minutes.windows(2).any(|pair| pair[1] - pair[0] < 60) {
            return Err("pattern runs more often than hourly".to_owned());
        }
        Ok(schedule)
    }

    /// The first run after `time`, the pattern being in a zone so many seconds off UTC.
    pub(crate) fn next(&self, time: Timestamp, offset: i32) -> Option<Timestamp> {
        let zone = TimeZone::fixed(Offset::from_seconds(offset).ok()?);
        let today = time.to_zoned(zone.clone()).date();
        for ahead in 0..=7 {
            let date = today.checked_add(SignedDuration::from_hours(24 * ahead)).ok()?;
            if !self.days.is_empty() && !self.days.contains(&date.weekday()) {
                continue;
            }
            for minute in &self.minutes {
                let run = date
                    .at((minute / 60) as i8, (minute % 60) as i8, 0, 0)
                    .to_zoned(zone.clone())
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

fn rule_of(rule: &str) -> Result<(Vec<Weekday>, Vec<u16>), String> {
    let (mut frequency, mut days, mut hours, mut minutes) = (None, Vec::new(), Vec::new(), Vec::new());
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
            "BYHOUR" => hours = numbers(name, value, 23)?,
            "BYMINUTE" => minutes = numbers(name, value, 59)?,
            _ => return Err(format!("{name} is not supported in pattern")),
        }
    }
    match frequency {
        None => return Err("pattern must have FREQ".to_owned()),
        Some("WEEKLY") if days.is_empty() => return Err("FREQ=WEEKLY needs BYDAY".to_owned()),
        Some("DAILY") if !days.is_empty() => return Err("FREQ=DAILY takes no BYDAY".to_owned()),
        Some(_) => {}
    }
    if hours.is_empty() || minutes.is_empty() {
        return Err("pattern must have BYHOUR and BYMINUTE".to_owned());
    }
    days.sort_by_key(|day| day.to_monday_zero_offset());
    days.dedup();
    let times = hours
        .iter()
        .flat_map(|hour| minutes.iter().map(move |minute| hour * 60 + minute))
        .collect();
    Ok((days, times))
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
        format!("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nRRULE:{rule}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
    }

    fn next(rule: &str, after: &str, offset: i32) -> String {
        let schedule = Schedule::read(&pattern(rule)).unwrap();
        schedule.next(after.parse().unwrap(), offset).unwrap().to_string()
    }

    #[test]
    fn runs_come_when_the_pattern_says() {
        // 2026-01-01 is a Thursday.
        let weekly = "FREQ=WEEKLY;BYDAY=TH;BYHOUR=12;BYMINUTE=27";
        assert_eq!(next(weekly, "2026-01-01T12:00:00Z", 0), "2026-01-01T12:27:00Z");
        assert_eq!(next(weekly, "2026-01-01T12:27:00Z", 0), "2026-01-08T12:27:00Z");
        assert_eq!(next(weekly, "2026-01-01T00:00:00Z", 8 * 3600), "2026-01-01T04:27:00Z");
        assert_eq!(
            next("FREQ=DAILY;BYHOUR=6,18;BYMINUTE=0", "2026-01-01T07:00:00Z", 0),
            "2026-01-01T18:00:00Z"
        );
    }

    #[test]
    fn what_the_service_does_not_take_is_refused() {
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
    fn every_hour_is_the_most() {
        let hours: Vec<_> = (0..24).map(|hour| hour.to_string()).collect();
        let rule = format!("FREQ=DAILY;BYHOUR={};BYMINUTE=5", hours.join(","));
        assert!(Schedule::read(&pattern(&rule)).is_ok());
    }
}
