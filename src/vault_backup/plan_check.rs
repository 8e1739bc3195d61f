//! The check of a planned create: does the vault exist, and can it take a backup of the server?

use terraform_plugin::{AddDiagnostic, AttributePath, Context, Diagnostics, RawValue};

use super::{
    messages::{Certainty, api_error, report_no_vault, report_vault},
    model::VaultBackupModel,
};
use crate::{Connection, diagnostics::error_summary};
use otc_client::{
    cbr::{ApiError, Vault, is_valid_id},
    operation::until_stopped,
};

/// Reads the vault of a planned create, if its ID is known. Plans in progress at the same time share a request.
pub async fn check(connection: &Connection, context: &Context, planned: &RawValue, diags: &mut Diagnostics) {
    let Some(service) = connection.for_plan_checks() else {
        return;
    };
    let Some(planned) = planned.to_model::<VaultBackupModel>(diags) else {
        return;
    };
    let Some(vault_id) = planned.vault_id.as_deref_option().filter(|id| is_valid_id(id)) else {
        return;
    };
    let read = service.vaults.read(vault_id);
    if let Ok(answer) = until_stopped(&context.cancel, read).await {
        report(vault_id, planned.resource_id.as_deref_option(), answer, diags);
    }
}

fn report(vault_id: &str, server_id: Option<&str>, answer: Result<Option<Vault>, ApiError>, diags: &mut Diagnostics) {
    let error = match answer {
        Ok(None) => return report_no_vault(vault_id, diags),
        Ok(Some(vault)) => {
            if let Some(server_id) = server_id {
                report_vault(&vault, server_id, Certainty::Plan, diags);
            }
            return;
        }
        Err(error) => error,
    };
    let subject = format!("Vault {vault_id}");
    if error.is_transient() && !error.is_failed_connection() {
        return diags.add_attribute_warning(
            "The vault was not checked",
            format!(
                "{subject}: the provider could not read the vault: {} The apply reads it again.",
                error_summary(&error)
            ),
            AttributePath::new("vault_id"),
        );
    }
    diags.errors.push(api_error("Cannot read the vault", &subject, &error));
}

#[cfg(test)]
mod tests {
    use otc_client::{
        cbr::{ErrorForm, ServiceError},
        http::{Delivery, TransportError},
    };

    use super::*;

    #[test]
    fn only_a_failure_that_passes_by_itself_is_a_warning() {
        let refusal = |status| {
            ApiError::Service(Box::new(ServiceError {
                operation: "get_vault",
                status,
                code: None,
                message: "no".to_owned(),
                request_id: None,
                retry_after: None,
                write: false,
                form: ErrorForm::Service,
            }))
        };
        let failed = |delivery| ApiError::Transport {
            operation: "get_vault",
            source: TransportError {
                delivery,
                message: "connection refused".to_owned(),
            },
            write: false,
        };
        for (error, is_warning) in [
            (refusal(503), true),
            (failed(Delivery::Unknown), true),
            (failed(Delivery::NotSent), false),
            (refusal(403), false),
        ] {
            let mut diags = Diagnostics::default();
            report("vault", None, Err(error), &mut diags);
            let found = if is_warning { &diags.warnings } else { &diags.errors };
            assert_eq!(found.len(), 1, "{diags:?}");
            assert_eq!(diags.warnings.len() + diags.errors.len(), 1, "{diags:?}");
        }
    }
}
