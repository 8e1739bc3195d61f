//! The calls of the backup service, one file per group.

mod capability;
mod checkpoint;
mod delete;
mod filter;
mod items;
mod list;
mod policies;
mod policy_body;
mod policy_view;
mod protect;
mod quotas;
mod restores;
pub(crate) mod run;
mod strict;
mod tag_search;
mod tags;
mod view;

pub(crate) use checkpoint::made_by_hand;
pub(crate) use delete::delete_turn;
use jiff::Timestamp;
pub(crate) use policies::make as make_policy;
pub(crate) use policy_view::operation as operation_view;

use crate::{
    Operation, PROVIDER_ID, Role,
    auth::Caller,
    call::Call,
    core::Core,
    reply::{Answer, Reply},
};

/// A call, with everything that its handler needs besides the service's state.
pub(crate) struct Context<'a> {
    pub call: &'a Call,
    pub caller: &'a Caller,
    /// The parts of the path behind the project.
    pub rest: &'a [&'a str],
    /// The service's time.
    pub now: Timestamp,
    /// The request's number in the log.
    pub number: u64,
    /// Project of the path, which is the caller's.
    pub project: &'a str,
}

/// Answers a call of someone who has been let in.
pub(crate) fn answer(
    core: &mut Core,
    caller: &Caller,
    call: &Call,
    operation: Operation,
    now: Timestamp,
    number: u64,
) -> Answer {
    let segments = call.segments();
    let ["v1", project, rest @ ..] = segments.as_slice() else {
        return Err(Reply::gateway(
            404,
            "APIG.0101",
            "The API does not exist or has not been published in the environment",
        ));
    };
    match operation {
        Operation::Unknown => {
            return Err(Reply::nested("itemNotFound", 404, "The resource could not be found."));
        }
        Operation::WrongMethod => {
            return Err(
                Reply::nested("badMethod", 405, "The method is not allowed for this resource.")
                    .with_header("allow", "GET, POST, PUT, DELETE"),
            );
        }
        _ => {}
    }
    if *project != caller.project_id {
        return Err(Reply::nested(
            "itemNotFound",
            404,
            format!("Project {project} could not be found."),
        ));
    }
    if let ["providers", provider, ..] = rest
        && *provider != PROVIDER_ID
    {
        return Err(Reply::parameter(format!("provider_id {provider} is not known")));
    }
    if operation.is_write() && caller.role == Role::Reader {
        return Err(Reply::nested(
            "forbidden",
            403,
            format!("Policy doesn't allow {} to be performed.", operation.name()),
        ));
    }
    let closed = matches!(
        operation,
        Operation::Protect | Operation::RunPolicy | Operation::CreatePolicy | Operation::CheckProtectable
    );
    if core.config.closed && closed {
        return Err(Reply::csbs(
            "BackupService.4008",
            "New projects can no longer use CSBS. Use CBR instead.",
        ));
    }
    if core.config.strict {
        strict::check(operation, call)?;
    }
    let context = Context {
        call,
        caller,
        rest,
        now,
        number,
        project,
    };
    handle(core, &context, operation)
}

fn handle(core: &mut Core, context: &Context<'_>, operation: Operation) -> Answer {
    match operation {
        Operation::Protect => protect::protect(core, context),
        Operation::GetItem => items::get(core, context),
        Operation::ListItems => items::list(core, context),
        Operation::CountItems => items::count(core, context),
        Operation::DeleteCheckpoint => delete::delete(core, context),
        Operation::CheckProtectable => capability::protectable(core, context),
        Operation::CheckRestorable => capability::restorable(core, context),
        Operation::RunPolicy => run::run(core, context),
        Operation::Restore => restores::restore(core, context),
        Operation::CreatePolicy => policies::create(core, context),
        Operation::GetPolicy => policies::get(core, context),
        Operation::ListPolicies => policies::list(core, context),
        Operation::UpdatePolicy => policies::update(core, context),
        Operation::DeletePolicy => policies::delete(core, context),
        Operation::AddTag => tags::add(core, context),
        Operation::BatchTags => tags::batch(core, context),
        Operation::DeleteTag => tags::delete(core, context),
        Operation::ListTags => tags::list(core, context),
        Operation::ProjectTags => tags::project(core, context),
        Operation::FilterByTags => tag_search::search(core, context),
        Operation::Quotas => quotas::get(core, context),
        _ => Err(Reply::csbs("CSBS.9998", "Not supported.")),
    }
}
