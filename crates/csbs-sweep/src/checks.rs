//! The checks that a run makes, in their order. Each takes what the ones before have created.

mod backup;
mod capability;
mod deletion;
mod lists;
mod policy;
mod tags;

use otc_client::operation::OperationContext;
use tokio_util::sync::CancellationToken;

use crate::{
    Prefix,
    report::{Finding, Outcome},
};

/// Assumptions that no run tries, with the reason.
const NOT_TRIED: [(&str, &str); 9] = [
    ("A06", "a restore overwrites disks"),
    ("A09", "a backup cannot be made to fail without a change of the server"),
    ("A10", "a restore overwrites disks"),
    ("A11", "a schedule would create backups"),
    ("A12", "the clean-up runs every other day"),
    ("A13", "the clean-up runs every other day"),
    ("A30", "the clean-up runs every other day"),
    ("A31", "an image would have to be made and deleted"),
    (
        "A40",
        "requests beyond the rate would hinder other users of the project",
    ),
];

/// Tries the assumptions with one server. What it creates carries the prefix; the caller deletes it.
pub async fn run_checks(
    context: &OperationContext,
    prefix: &Prefix,
    server_id: &str,
    cancel: &CancellationToken,
) -> Vec<Finding> {
    let mut run = Run {
        context,
        prefix,
        server_id,
        cancel,
        findings: Vec::new(),
    };
    run.endpoint().await;
    run.capabilities().await;
    if let Some(backup) = run.create_backup().await {
        run.lists(&backup).await;
        run.tags(&backup).await;
        run.deletion(&backup).await;
    }
    run.policy().await;
    let reasons = NOT_TRIED.into_iter();
    run.findings.extend(reasons.map(|(number, reason)| Finding {
        number,
        outcome: Outcome::NotTried(reason.to_owned()),
    }));
    run.findings
}

/// A run and what it has found so far.
struct Run<'a> {
    context: &'a OperationContext,
    prefix: &'a Prefix,
    server_id: &'a str,
    cancel: &'a CancellationToken,
    findings: Vec<Finding>,
}

impl Run<'_> {
    fn held(&mut self, number: &'static str, seen: impl Into<String>) {
        self.add(number, Outcome::Held(seen.into()));
    }

    /// Records whether the assumption held, with what was seen in either case.
    fn expect(&mut self, number: &'static str, held: bool, seen: impl Into<String>) {
        let outcome = if held { Outcome::Held } else { Outcome::Differs };
        self.add(number, outcome(seen.into()));
    }

    fn not_tried(&mut self, number: &'static str, reason: impl Into<String>) {
        self.add(number, Outcome::NotTried(reason.into()));
    }

    fn add(&mut self, number: &'static str, outcome: Outcome) {
        self.findings.push(Finding { number, outcome });
    }

    /// The form of the catalog's URL.
    async fn endpoint(&mut self) {
        match self.context.client.endpoint().await {
            Ok(endpoint) => {
                let path = endpoint.base.path().trim_end_matches('/').to_owned();
                let expected = format!("/v1/{}", endpoint.project_id);
                self.expect(
                    "A44",
                    path.ends_with(&expected),
                    format!("the endpoint's path is {path}"),
                );
            }
            Err(error) => self.not_tried("A44", error.to_string()),
        }
    }
}
