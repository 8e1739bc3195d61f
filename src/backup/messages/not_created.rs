//! Messages about a backup that the service has not accepted, as far as is known.

use std::time::Duration;

use crate::{diagnostics::error_summary, duration::show};
use jiff::Timestamp;
use otc_client::csbs::ApiError;
use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

use super::{Waiting, wait::Wording};

/// Summary of an error.
pub const CREATE: &str = "Cannot create the backup";

/// A backup that was not accepted.
pub struct NotCreated<'a> {
    /// Its words.
    pub wording: &'static Wording,
    /// The server.
    pub server_id: &'a str,
    /// The operation.
    pub waiting: Waiting,
    /// Whether the configuration has a name.
    pub has_configured_name: bool,
}

impl NotCreated<'_> {
    /// The server as the subject of a message.
    pub fn server(&self) -> String {
        format!("Server {}", self.server_id)
    }

    /// The server was busy until the timeout. `last` is the last answer, `running` has lines about its running backups.
    pub fn busy(&self, last: &str, running: &str, waited: Duration, diags: &mut Diagnostics) {
        let running = if running.is_empty() {
            String::new()
        } else {
            format!(
                "\n\nThese backups are running:\n{running}\nIf one of them was started by an earlier run and no state has it, {}.",
                self.waiting.use_existing(self.wording)
            )
        };
        diags.add_attribute_error(
            CREATE,
            format!(
                "{} was busy for {}; no backup was created. The last response: {}{running}\n\nWhen the other job has finished, \
                 {}; or raise {}.",
                self.server(),
                show(waited),
                last,
                self.waiting.try_again(),
                self.waiting.timeout_argument()
            ),
            AttributePath::new("resource_id"),
        );
    }

    /// The service did not answer before the timeout, so that nothing was sent.
    pub fn not_started(&self, step: &dyn std::fmt::Display, waited: Duration, diags: &mut Diagnostics) {
        diags.add_attribute_error(
            CREATE,
            format!(
                "{}, {step}: the service did not answer within {}. No backup was created. Check the connection to the service, or \
                 raise {}, then {}.",
                self.server(),
                show(waited),
                self.waiting.timeout_argument(),
                self.waiting.try_again()
            ),
            self.waiting.timeout_argument(),
        );
    }

    /// The request got no answer, and no backup that it created was found.
    pub fn no_answer(&self, source: &ApiError, sent_at: Timestamp, look: Option<&ApiError>, diags: &mut Diagnostics) {
        let look = look.map_or_else(
            || "No matching backup was found.".to_owned(),
            |look| format!("No matching backup was found, because {}", error_summary(look)),
        );
        diags.add_attribute_error(
            "It is not known whether a backup was started",
            format!(
                "{}: {} {look}\n\n{}",
                self.server(),
                error_summary(source),
                self.how_to_check(sent_at)
            ),
            AttributePath::root(),
        );
    }

    /// The request got no answer, and several backups could be the one that it created. `candidates` has lines about them.
    pub fn several(&self, source: &ApiError, candidates: &str, diags: &mut Diagnostics) {
        diags.add_attribute_error(
            "It is not known which backup was started",
            format!(
                "{}: {} Several new backups match the request:\n{candidates}\n\nThe provider does not choose between them. Find \
                 the right one, and {}.",
                self.server(),
                error_summary(source),
                self.waiting.use_existing(self.wording)
            ),
            AttributePath::root(),
        );
    }

    /// A stop was requested before the request was answered.
    pub fn stopped_unanswered(&self, sent_at: Timestamp, diags: &mut Diagnostics) {
        diags.add_attribute_error(
            "Interrupted before the service answered",
            format!(
                "{}: a backup may have been started. {}",
                self.server(),
                self.how_to_check(sent_at)
            ),
            AttributePath::root(),
        );
    }

    /// A stop was requested before the request was sent.
    pub fn stopped(&self, diags: &mut Diagnostics) {
        diags.add_attribute_error(
            "Interrupted before the backup was started",
            format!("{}: no backup was created.", self.server()),
            AttributePath::root(),
        );
    }

    /// The steps after a request whose result is not known.
    fn how_to_check(&self, sent_at: Timestamp) -> String {
        let name = if self.has_configured_name {
            "the configured name"
        } else {
            "any name"
        };
        format!(
            "Before {}, look in the console or with the data source {} for a backup of server {} with {name}, created at \
             {sent_at:.0} or later. If there is one, {}; if there is none after some minutes, {}.{}",
            match self.waiting {
                Waiting::Action => "invoking the action again",
                _ => "applying again",
            },
            self.wording.data_sources,
            self.server_id,
            self.waiting.use_existing(self.wording),
            self.waiting.try_again(),
            match self.waiting {
                Waiting::Action => "",
                _ => " The next apply looks for it as well.",
            }
        )
    }
}
