//! The calls that validate a configuration.

use std::collections::BTreeMap;

use crate::protocol6::wire;

use super::{
    Handlers,
    entry::{Entry, Kind},
    guard::OnStop,
    normalize::drop_errors_on_unknowns,
};

impl Handlers {
    /// Answers one of the calls that validate a configuration: runs the validators of the schema and those of the item, and
    /// drops what they report about values that are not known yet.
    pub(super) async fn validate<T: Kind + ?Sized>(
        &self,
        entries: &BTreeMap<String, Entry<T>>,
        type_name: &str,
        config: Option<&wire::DynamicValue>,
        capabilities: Option<&wire::ClientCapabilities>,
    ) -> wire::DiagnosticsResponse {
        let response = wire::DiagnosticsResponse::default();
        self.answer(type_name, capabilities, response, async |call, _| {
            let entry = call.find(entries)?;
            let config = call.decode(config, &entry.ty, "configuration")?;
            T::check_capabilities(&entry.schema, call.context.capabilities, &config, &mut call.diags);
            call.run("validating", OnStop::Abandon, async |context, diags| {
                entry.schema.validate(&config, diags);
                entry.item.validate(context, &config, diags).await;
                drop_errors_on_unknowns(&config, diags);
            })
            .await;
            Some(())
        })
        .await
    }
}
