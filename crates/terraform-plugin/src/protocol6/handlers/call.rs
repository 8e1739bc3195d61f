//! The steps that all calls share: find the type, decode values, call the provider under guard, encode values, answer.

use std::collections::BTreeMap;

use crate::{AddDiagnostic, AttributePath, AttributeType, Context, Deferred, Diagnostics, RawValue, protocol6::wire};

use super::{
    Handlers,
    entry::{Entry, Kind},
    guard::{OnStop, guard},
    secrets, values,
};

/// A call that is being answered.
pub(super) struct Call<'c> {
    handlers: &'c Handlers,
    /// Name of the resource type, data source, action or whatever else the call is about.
    name: &'c str,
    pub context: Context,
    pub diags: Diagnostics,
}

/// A response that carries diagnostics.
pub(super) trait Response {
    fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic>;
}

macro_rules! responses {
    ($($name:ident),* $(,)?) => {
        $(impl Response for wire::$name {
            fn diagnostics(&mut self) -> &mut Vec<wire::Diagnostic> {
                &mut self.diagnostics
            }
        })*
    };
}

responses!(
    ApplyResourceChangeResponse,
    DiagnosticsResponse,
    GenerateResourceConfigResponse,
    ImportResourceStateResponse,
    MoveResourceStateResponse,
    OpenEphemeralResourceResponse,
    PlanActionResponse,
    PlanResourceChangeResponse,
    ReadDataSourceResponse,
    ReadResourceResponse,
    RenewEphemeralResourceResponse,
    UpgradeResourceIdentityResponse,
    UpgradeResourceStateResponse,
    ValidateProviderConfigResponse,
);

impl Handlers {
    /// Answers a call about `name` with `response`, as `body` changes it. `body` stops early with `None` after an error;
    /// what it has put into the response by then stays. All its diagnostics are added to the response.
    pub(super) async fn answer<R: Response>(
        &self,
        name: &str,
        capabilities: Option<&wire::ClientCapabilities>,
        mut response: R,
        body: impl AsyncFnOnce(&mut Call<'_>, &mut R) -> Option<()>,
    ) -> R {
        let mut call = self.call(name, capabilities);
        body(&mut call, &mut response).await;
        *response.diagnostics() = self.diagnostics(call.diags);
        response
    }

    pub(super) fn call<'c>(&'c self, name: &'c str, capabilities: Option<&wire::ClientCapabilities>) -> Call<'c> {
        Call {
            handlers: self,
            name,
            context: self.context(capabilities),
            diags: Diagnostics::default(),
        }
    }
}

impl Call<'_> {
    /// The reason to defer this call because of the provider's configuration, if there is one and the client understands it.
    pub fn deferral(&self) -> Option<Deferred> {
        self.handlers.deferral(&self.context)
    }

    /// Finds what the call names; an error if the provider does not have it.
    pub fn find<'a, T: Kind + ?Sized>(&mut self, entries: &'a BTreeMap<String, Entry<T>>) -> Option<&'a Entry<T>> {
        tracing::Span::current().record("tf_resource_type", self.name);
        let found = entries.get(self.name);
        if found.is_none() {
            self.diags.add_attribute_error(
                format!("Unknown {} {}", T::KIND, self.name),
                "The provider does not have it. The configuration may need a newer version of the provider.",
                AttributePath::root(),
            );
        }
        found
    }

    /// Decodes a value of the request. `what` names it in messages.
    pub fn decode(&mut self, value: Option<&wire::DynamicValue>, ty: &AttributeType, what: &str) -> Option<RawValue> {
        values::decode(value, ty, what, &mut self.diags)
    }

    /// Decodes an identity of the request. `None` when it has none, or after an error.
    pub fn decode_identity(
        &mut self,
        identity: Option<&wire::ResourceIdentityData>,
        ty: Option<&AttributeType>,
    ) -> Option<RawValue> {
        values::decode_identity(identity, ty, &mut self.diags)
    }

    /// Encodes a value of the response. `what` names it in messages.
    pub fn encode(&mut self, value: &RawValue, ty: &AttributeType, what: &str) -> Option<wire::DynamicValue> {
        values::encode(value, ty, what, &mut self.diags)
    }

    /// Encodes an identity of the response. `None` when there is none, or after an error.
    pub fn encode_identity(
        &mut self,
        identity: Option<&RawValue>,
        ty: Option<&AttributeType>,
    ) -> Option<wire::ResourceIdentityData> {
        values::encode_identity(identity, ty, &mut self.diags)
    }

    /// Removes secrets from `value`, except from texts that are in one of the values `sent` by the client.
    pub fn remove_secrets(&mut self, value: &mut RawValue, ty: &AttributeType, sent: &[Option<&wire::DynamicValue>]) {
        secrets::remove_secrets(self.handlers.redact.as_ref(), value, ty, sent, &mut self.diags);
    }

    /// Calls the provider. A panic becomes an error of this call, and so does a handler that does not return in time after a
    /// stop; the result is then the default. `operation` completes the sentence "The provider crashed while … `name`".
    pub async fn run<T: Default>(
        &mut self,
        operation: &str,
        on_stop: OnStop,
        handler: impl AsyncFnOnce(&Context, &mut Diagnostics) -> T,
    ) -> T {
        let context = &self.context;
        let handler = async {
            let mut reported = Diagnostics::default();
            let result = handler(context, &mut reported).await;
            (result, reported)
        };
        guard(operation, self.name, on_stop, context, &mut self.diags, handler).await
    }

    /// Like [`Call::run`], for a handler that has to report an error when it returns nothing.
    pub async fn run_for_result<T>(
        &mut self,
        operation: &str,
        on_stop: OnStop,
        handler: impl AsyncFnOnce(&Context, &mut Diagnostics) -> Option<T>,
    ) -> Option<T> {
        let result = self.run(operation, on_stop, handler).await;
        if result.is_none() {
            self.report_missing_result(operation);
        }
        result
    }

    /// Reports that a handler returned neither a result nor an error.
    pub fn report_missing_result(&mut self, operation: &str) {
        if self.diags.errors.is_empty() {
            self.diags.add_attribute_error(
                format!("The provider returned no result while {operation} {}", self.name),
                "It reported no error either. This is a bug in the provider; please report it.",
                AttributePath::root(),
            );
        }
    }
}
