//! Names of backups that have none configured.

use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

/// A name that no other backup has, such as `backup-20250701T081530Z-1f0c5a7be2d94638`: the time, and a random number. A backup
/// whose request got no answer is recognised by its name, so the names that the service chooses do not serve.
pub fn unique_name() -> String {
    name_of(Timestamp::now())
}

fn name_of(time: Timestamp) -> String {
    // A new `RandomState` has random keys, so that the hash of anything is a random number.
    let random = RandomState::new().hash_one(time.as_nanosecond());
    format!("backup-{}-{random:016x}", time.strftime("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::validators::vault_backup_name;

    #[test]
    fn names_of_one_moment_are_valid_and_differ() {
        let time: Timestamp = "2025-07-01T08:15:30Z".parse().unwrap();
        let names: HashSet<_> = (0..1000).map(|_| name_of(time)).collect();
        assert_eq!(names.len(), 1000);
        for name in names {
            assert!(name.starts_with("backup-20250701T081530Z-"), "{name}");
            assert!(vault_backup_name().iter().all(|check| check(&name).is_ok()), "{name}");
        }
    }
}
