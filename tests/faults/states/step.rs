//! The steps between states: Terraform commands, and what disturbs them.

use csbs_simulator::{Operation, RequestRecord};

/// Number of requests after a disturbed one at which a second disturbance is tried.
const SECOND_WITHIN: u64 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    Apply,
    /// An apply with other `triggers`.
    Replace,
    Destroy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disturbance {
    /// The connection breaks before the service reads the request.
    RequestLost,
    /// The connection breaks after the service has carried out the request.
    AnswerLost,
    /// The service carries out the request when the client has given up.
    DoneLate,
    /// The service is busy.
    Refused,
    /// The service carries out the request, and the backup fails.
    BackupFails,
    /// The service carries out the request, and the deletion fails.
    DeletionFails,
    /// Ctrl-C before the request.
    Interrupt,
    /// The process is killed before the request.
    Kill,
    /// The process is killed when the response arrives.
    KillAfter,
}

use Disturbance::{AnswerLost, BackupFails, DeletionFails, DoneLate, Interrupt, Kill, KillAfter, Refused, RequestLost};

/// A command, and the requests of it that are disturbed.
#[derive(Debug, Clone)]
pub struct Step {
    /// The service finishes its work before the command.
    pub after_all_work: bool,
    pub command: Command,
    pub disturbances: Vec<(u64, Disturbance)>,
}

/// The disturbances of a command that sends these requests when it is undisturbed: each alone, and each at a write with another one
/// after it if `pairs`.
pub fn disturbances(requests: &[RequestRecord], pairs: bool) -> Vec<Vec<(u64, Disturbance)>> {
    let mut all = Vec::new();
    for (at, request) in (0..).zip(requests) {
        // The matrix disturbs sign-ins.
        if request.path.contains("/auth/") {
            continue;
        }
        let work_fails = match request.operation {
            Operation::Protect => Some(BackupFails),
            Operation::DeleteCheckpoint => Some(DeletionFails),
            _ => None,
        };
        if at + 1 == requests.len() as u64 || work_fails.is_some() {
            all.push(vec![(at, KillAfter)]);
        }
        let of_any = [RequestLost, Interrupt, Kill];
        all.extend(of_any.map(|disturbance| vec![(at, disturbance)]));
        let Some(work_fails) = work_fails else { continue };
        for first in [RequestLost, AnswerLost, DoneLate, Refused, work_fails] {
            all.push(vec![(at, first)]);
            for later in at + 1..=at + if pairs { SECOND_WITHIN } else { 0 } {
                all.extend(of_any.map(|second| vec![(at, first), (later, second)]));
            }
        }
    }
    all
}
