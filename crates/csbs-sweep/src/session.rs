//! Sign-in from the environment, as the provider does it.

use std::sync::Arc;

use anyhow::{Result, bail};
use otc_client::{
    http::{NetworkTransport, Secrets, SystemClock, user_agent},
    identity::{Environment, Session, Settings, resolve_and_register},
};

/// A session with the cloud that the environment names. Nothing is sent yet.
///
/// # Errors
/// If settings are missing or contradict each other.
pub fn session() -> Result<Arc<Session>> {
    let secrets = Secrets::default();
    let environment = Environment::of_process();
    let resolved = match resolve_and_register(&Settings::default(), &environment, &secrets) {
        Ok(resolved) => resolved,
        Err(problems) => {
            let lines: Vec<_> = problems
                .iter()
                .map(|problem| format!("{}: {}", problem.summary, problem.detail))
                .collect();
            bail!("{}", lines.join("\n"));
        }
    };
    let options = resolved.tls.http_options(user_agent(None), &secrets);
    let transport = Arc::new(NetworkTransport::new(options)?);
    Ok(Arc::new(Session::new(resolved, transport, Arc::new(SystemClock))))
}
