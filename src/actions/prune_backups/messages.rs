//! Messages and diagnostics of `csbs_prune_backups`.

use otc_client::{
    csbs::{ApiError, CheckpointItem},
    operation::{
        delete_backup::DeleteError,
        prune_backups::{Deletions, KeptBecause, PrunePlan},
    },
};
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use crate::{
    backup::messages::backup_line,
    diagnostics::{Failure, error_summary},
};

const SUMMARY: &str = "Cannot prune the backups";

/// Number of backups that a message lists.
const MAX_LISTED: usize = 50;

/// The decisions, before anything is deleted.
pub fn planned(plan: &PrunePlan) -> String {
    format!("{}\n{}", to_delete(plan), to_keep(plan))
}

/// One backup is gone.
pub fn deleted(item: &CheckpointItem) -> String {
    format!("Deleted {}.", item.id)
}

/// The end.
pub fn finished(deletions: &Deletions, kept: usize) -> String {
    let failed = deletions.iter().filter(|(_, result)| result.is_err()).count();
    let failures = match failed {
        0 => String::new(),
        failed => format!(", {failed} not deleted because of errors"),
    };
    format!("Backups deleted: {}, kept: {kept}{failures}.", deletions.len() - failed)
}

/// The result of a dry run, as a warning.
pub fn dry_run(plan: &PrunePlan, diags: &mut Diagnostics) {
    diags.add_attribute_warning(
        "Dry run: no backup was deleted",
        format!("{}\n\n{}", to_delete(plan), to_keep(plan)),
        AttributePath::new("dry_run"),
    );
}

/// The backups could not be listed.
pub fn not_listed(error: &ApiError, diags: &mut Diagnostics) {
    let failure = Failure {
        summary: SUMMARY,
        subject: "No backup was deleted",
        attributes: &[],
    };
    failure.report(diags, error);
}

/// An interrupt before the first deletion.
pub fn interrupted_before_deletion(diags: &mut Diagnostics) {
    diags.add_attribute_error("Interrupted", "No backup was deleted.", AttributePath::root());
}

/// An interrupt during the deletions.
pub fn interrupted(deletions: &Deletions, diags: &mut Diagnostics) {
    let (mut deleted, mut accepted, mut untouched) = (0, Vec::new(), 0);
    for (item, result) in deletions {
        match result {
            Ok(()) => deleted += 1,
            Err(DeleteError::Stopped { accepted: true }) => accepted.push(backup_line(item)),
            Err(_) => untouched += 1,
        }
    }
    let continuing = if accepted.is_empty() {
        String::new()
    } else {
        format!(" These deletions continue in the cloud:\n{}", accepted.join("\n"))
    };
    diags.add_attribute_error(
        "Interrupted",
        format!("Backups deleted: {deleted}, not deleted: {untouched}.{continuing}"),
        AttributePath::root(),
    );
}

/// One error for all deletions that failed.
pub fn failures(deletions: &Deletions, diags: &mut Diagnostics) {
    let failed: Vec<_> = deletions
        .iter()
        .filter_map(|(item, result)| Some((item, result.as_ref().err()?)))
        .map(|(item, error)| format!("{}\n    {}", backup_line(item), reason(error)))
        .collect();
    if !failed.is_empty() {
        diags.add_attribute_error(
            "Some backups were not deleted",
            format!(
                "{} The others were deleted. Invoke the action again when the cause is removed.",
                list(&failed)
            ),
            AttributePath::root(),
        );
    }
}

fn reason(error: &DeleteError) -> String {
    match error {
        DeleteError::Api(error) => error_summary(error),
        DeleteError::TimedOut { accepted, last, .. } => {
            let continues = if *accepted {
                "; the deletion continues in the cloud"
            } else {
                ""
            };
            let failure = last.as_ref().map_or_else(String::new, |error| {
                format!(" The last call failed: {}", error_summary(error))
            });
            format!("not gone within the timeout{continues}.{failure}")
        }
        other => format!("{other}."),
    }
}

fn to_delete(plan: &PrunePlan) -> String {
    if plan.delete.is_empty() {
        return "No backup is to be deleted.".to_owned();
    }
    let lines: Vec<_> = plan.delete.iter().map(backup_line).collect();
    format!("To delete ({}):\n{}", lines.len(), list(&lines))
}

fn to_keep(plan: &PrunePlan) -> String {
    let count = |is_counted: fn(&KeptBecause) -> bool| plan.keep.iter().filter(|(_, why)| is_counted(why)).count();
    let counts = [
        (count(|why| *why == KeptBecause::Newest), "the newest of their server"),
        (count(|why| *why == KeptBecause::Recent), "not old enough"),
        (count(|why| *why == KeptBecause::HasImage), "with an image"),
        (
            count(|why| matches!(why, KeptBecause::NotAvailable(_))),
            "not available (unfinished, failed, or in use)",
        ),
        (count(|why| *why == KeptBecause::MadeByPolicy), "created by a policy"),
        (count(|why| *why == KeptBecause::Unknown), "of unknown age or server"),
    ];
    let counts: Vec<_> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} {why}"))
        .collect();
    match counts.is_empty() {
        true => "To keep: none.".to_owned(),
        false => format!("To keep: {}.", counts.join(", ")),
    }
}

fn list(lines: &[String]) -> String {
    let mut text = lines.iter().take(MAX_LISTED).cloned().collect::<Vec<_>>().join("\n");
    if lines.len() > MAX_LISTED {
        text += &format!("\n  and {} more", lines.len() - MAX_LISTED);
    }
    text
}
