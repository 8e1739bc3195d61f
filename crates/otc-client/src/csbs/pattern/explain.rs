//! Explains schedules in words.

use std::collections::BTreeSet;

use super::schedule::{DAYS, Rhythm, Schedule, time_of_day};

impl Schedule {
    /// The meaning in words: a sentence such as "Every Monday and Thursday at 12:27 (UTC)".
    pub fn explain(&self) -> String {
        let times = |minutes: &[u16]| listed(&minutes.iter().copied().map(time_of_day).collect::<Vec<_>>());
        if let Rhythm::EveryDays(interval, minutes) = &self.0 {
            let minutes: Vec<_> = minutes.iter().copied().collect();
            return format!("Every {interval} days at {} (UTC)", times(&minutes));
        }
        let groups = self.groups();
        if let [group] = groups.as_slice()
            && group.minutes.len() == 24
        {
            let minute = group.minutes.first().map_or(0, |minute| minute % 60);
            return format!("Every {} in every hour, at minute {minute:02}", days(&group.days));
        }
        let parts: Vec<_> = groups
            .iter()
            .map(|group| format!("every {} at {}", days(&group.days), times(&group.minutes)))
            .collect();
        let sentence = listed(&parts);
        format!(
            "{}{} (UTC)",
            sentence.get(..1).unwrap_or_default().to_uppercase(),
            sentence.get(1..).unwrap_or_default()
        )
    }
}

fn days(days: &BTreeSet<u8>) -> String {
    let days: Vec<u8> = days.iter().copied().collect();
    match days.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => "day".to_owned(),
        [0, 1, 2, 3, 4] => "day from Monday to Friday".to_owned(),
        days => {
            let names = days.iter().filter_map(|day| DAYS.get(usize::from(*day)));
            listed(&names.map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>())
        }
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
