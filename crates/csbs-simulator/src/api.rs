//! Handlers of the backup service's calls, one file per group.

mod capability;
mod checkpoint;
mod context;
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

pub(crate) use checkpoint::create_finished;
pub(crate) use context::Context;
pub(crate) use delete::queue_deletion;
use jiff::Timestamp;
pub(crate) use policies::make as make_policy;
pub(crate) use policy_view::operation as operation_view;

use crate::{
    Operation, PROVIDER_ID, Role,
    call::Call,
    caller::Caller,
    reply::{Answer, Reply},
    state::State,
};

/// Answers a call of an authenticated caller.
pub(crate) fn answer(
    state: &mut State,
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
        return Err(Reply::parameter(format!("unknown provider_id {provider}")));
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
    if state.config.closed && closed {
        return Err(Reply::csbs(
            "BackupService.4008",
            "New projects can no longer use CSBS. Use CBR instead.",
        ));
    }
    if state.config.strict {
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
    let others = state
        .objects
        .take_other_regions(call.region.as_deref().unwrap_or_default());
    let answer = handle(state, &context, operation);
    state.objects.put_back(others);
    answer
}

fn handle(state: &mut State, context: &Context<'_>, operation: Operation) -> Answer {
    match operation {
        Operation::Protect => protect::protect(state, context),
        Operation::GetItem => items::get(state, context),
        Operation::ListItems => items::list(state, context),
        Operation::CountItems => items::count(state, context),
        Operation::DeleteCheckpoint => delete::delete(state, context),
        Operation::CheckProtectable => capability::protectable(state, context),
        Operation::CheckRestorable => capability::restorable(state, context),
        Operation::RunPolicy => run::run(state, context),
        Operation::Restore => restores::restore(state, context),
        Operation::CreatePolicy => policies::create(state, context),
        Operation::GetPolicy => policies::get(state, context),
        Operation::ListPolicies => policies::list(state, context),
        Operation::UpdatePolicy => policies::update(state, context),
        Operation::DeletePolicy => policies::delete(state, context),
        Operation::AddTag => tags::add(state, context),
        Operation::BatchTags => tags::batch(state, context),
        Operation::DeleteTag => tags::delete(state, context),
        Operation::ListTags => tags::list(state, context),
        Operation::ProjectTags => tags::project(state, context),
        Operation::FilterByTags => tag_search::search(state, context),
        Operation::Quotas => quotas::get(state, context),
        _ => Err(Reply::csbs("CSBS.9998", "Not supported.")),
    }
}
