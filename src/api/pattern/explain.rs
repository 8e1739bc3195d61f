//! Says in words what a schedule means.

use super::{Schedule, build::DAYS};

/// A sentence such as "Every Monday and Thursday at 12:27 (UTC)".
pub(super) fn explain(schedule: &Schedule) -> String {
    let days: Vec<u8> = schedule.days.iter().copied().collect();
    let days = match days.as_slice() {
        [0, 1, 2, 3, 4, 5, 6] => "day".to_owned(),
        [0, 1, 2, 3, 4] => "day from Monday to Friday".to_owned(),
        days => {
            let names = days.iter().filter_map(|day| DAYS.get(usize::from(*day)));
            listed(&names.map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>())
        }
    };
    let times: Vec<_> = schedule
        .minutes_of_day()
        .map(|minute| format!("{:02}:{:02}", minute / 60, minute % 60))
        .collect();
    if times.len() == 24 {
        return format!("Every {days} in every hour, at minute {:02}", schedule.minute);
    }
    format!("Every {days} at {} (UTC)", listed(&times))
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [word] => word.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
