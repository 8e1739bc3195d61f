//! Capability checks of a server that exists and of one that does not.

use otc_client::csbs::Server;

use super::Run;

/// An ID of no server.
const UNKNOWN_SERVER: &str = "00000000-dead-4000-8000-000000000000";

impl Run<'_> {
    pub(super) async fn capabilities(&mut self) {
        let client = self.context.client.clone();
        let known = client.check_protectable(&[Server::new(self.server_id)]).await;
        let unknown = client.check_protectable(&[Server::new(UNKNOWN_SERVER)]).await;
        let seen = format!(
            "the given server: {}; an unknown one: {}",
            known.as_ref().map_or_else(ToString::to_string, |found| format!(
                "{:?}",
                found.first().map(|one| one.result)
            )),
            unknown.as_ref().map_or_else(ToString::to_string, |found| format!(
                "{:?} {:?}",
                found.first().map(|one| one.result),
                found.first().and_then(|one| one.error_code.clone())
            )),
        );
        let is_refused = match &unknown {
            Ok(found) => found.first().is_some_and(|one| !one.result),
            Err(error) => error.code().is_some_and(|code| code.starts_with("CSBS.")),
        };
        self.expect("A35", is_refused && known.is_ok(), seen);
    }
}
