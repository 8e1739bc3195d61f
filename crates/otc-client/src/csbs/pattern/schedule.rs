//! The moments at which a policy runs.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

/// The days of the week, as patterns and as messages name them.
pub(super) const DAYS: [(&str, &str); 7] = [
    ("MO", "Monday"),
    ("TU", "Tuesday"),
    ("WE", "Wednesday"),
    ("TH", "Thursday"),
    ("FR", "Friday"),
    ("SA", "Saturday"),
    ("SU", "Sunday"),
];

pub(super) const MINUTES_OF_DAY: u16 = 24 * 60;

const MINUTES_OF_WEEK: u16 = 7 * MINUTES_OF_DAY;

/// The least time between two runs, in minutes.
const MIN_INTERVAL_MINUTES: u16 = 60;

/// The longest interval, in days.
pub(super) const LONGEST_INTERVAL: u8 = 30;

/// When a policy runs, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule(pub(super) Rhythm);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Minutes of the week; 0 is Monday, 00:00.
    Weekly(BTreeSet<u16>),
    /// An interval of 2 to 30 days, and minutes of the day.
    EveryDays(u8, BTreeSet<u16>),
}

/// Two runs that are less than an hour apart, as times of day.
pub(super) struct TooClose(pub(super) String, pub(super) String);

impl Schedule {
    /// The first run after `time`. `began` is the beginning of the trigger: there is no earlier run, and an interval of several
    /// days is counted from its day. `None` if an interval has no beginning.
    pub fn next_after(&self, time: Timestamp, began: Option<Timestamp>) -> Option<Timestamp> {
        const DAY: i64 = 24 * 3600;
        let time = began.map_or(time, |began| began.max(time));
        let today = time.as_second().div_euclid(DAY);
        let minutes = |day: i64| -> Option<Vec<u16>> {
            Some(match &self.0 {
                Rhythm::Weekly(moments) => {
                    // The first day of Unix time was a Thursday.
                    let weekday = u16::try_from((day + 3).rem_euclid(7)).ok()?;
                    let begin = weekday * MINUTES_OF_DAY;
                    let of_day = moments.range(begin..begin + MINUTES_OF_DAY);
                    of_day.map(|moment| moment - begin).collect()
                }
                Rhythm::EveryDays(interval, minutes) => {
                    let since = day - began?.as_second().div_euclid(DAY);
                    if since.rem_euclid(i64::from(*interval)) == 0 {
                        minutes.iter().copied().collect()
                    } else {
                        Vec::new()
                    }
                }
            })
        };
        for day in today..=today + i64::from(LONGEST_INTERVAL) {
            for minute in minutes(day)? {
                let run = Timestamp::from_second(day * DAY + i64::from(minute) * 60).ok()?;
                if run > time {
                    return Some(run);
                }
            }
        }
        None
    }

    /// A schedule on days of the week, 0 is Monday.
    pub(super) fn weekly(moments: BTreeSet<u16>) -> Result<Self, TooClose> {
        let first = moments.first().map(|first| first + MINUTES_OF_WEEK);
        let cyclic: Vec<u16> = moments.iter().copied().chain(first).collect();
        far_enough_apart(&cyclic)?;
        Ok(Self(Rhythm::Weekly(moments)))
    }

    /// A schedule with an interval of `interval` days, at least 1.
    pub(super) fn every_days(interval: u8, minutes: BTreeSet<u16>) -> Result<Self, TooClose> {
        if interval == 1 {
            return Self::weekly(moments(&(0..7).collect(), &minutes));
        }
        let within: Vec<u16> = minutes.iter().copied().collect();
        far_enough_apart(&within)?;
        Ok(Self(Rhythm::EveryDays(interval, minutes)))
    }

    /// Days of the week with the times of day that they share, in the order of their first times.
    pub(super) fn groups(&self) -> Vec<Group> {
        let mut days_of: BTreeMap<u16, BTreeSet<u8>> = BTreeMap::new();
        if let Rhythm::Weekly(moments) = &self.0 {
            for moment in moments {
                let day = u8::try_from(moment / MINUTES_OF_DAY).unwrap_or_default();
                days_of.entry(moment % MINUTES_OF_DAY).or_default().insert(day);
            }
        }
        let mut groups: Vec<Group> = Vec::new();
        for (minute, days) in days_of {
            match groups.iter_mut().find(|group| group.days == days) {
                Some(group) => group.minutes.push(minute),
                None => groups.push(Group {
                    days,
                    minutes: vec![minute],
                }),
            }
        }
        groups
    }
}

/// Days of the week and the times of day at which all of them have a run.
pub(super) struct Group {
    pub(super) days: BTreeSet<u8>,
    pub(super) minutes: Vec<u16>,
}

/// The minutes of the week of some times on some days.
pub(super) fn moments(days: &BTreeSet<u8>, minutes: &BTreeSet<u16>) -> BTreeSet<u16> {
    let on = |day: &u8| u16::from(*day) * MINUTES_OF_DAY;
    days.iter()
        .flat_map(|day| minutes.iter().map(move |minute| on(day) + minute))
        .collect()
}

fn far_enough_apart(rising: &[u16]) -> Result<(), TooClose> {
    let close = rising
        .iter()
        .zip(rising.iter().skip(1))
        .find(|(first, second)| *second - *first < MIN_INTERVAL_MINUTES);
    match close {
        Some((first, second)) => Err(TooClose(time_of_day(*first), time_of_day(*second))),
        None => Ok(()),
    }
}

/// A minute of a day or a week as `HH:MM`.
pub(super) fn time_of_day(minute: u16) -> String {
    let minute = minute % MINUTES_OF_DAY;
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
