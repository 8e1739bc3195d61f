//! A provider for a service that keeps notes: `POST /notes`, and `GET`, `PUT` and `DELETE /notes/{id}`.

use std::{collections::BTreeMap, process::ExitCode, sync::Arc};

mod client;

use async_trait::async_trait;
use client::NotesClient;
use serde::{Deserialize, Serialize};
use terraform_plugin::{
    AddDiagnostic, Attribute, AttributePath, Configure, Context, Create, Deferred, Delete, Diagnostics, NewState,
    Provider, RawValue, Read, ReadResult, Resource, Schema, Update, Value,
    serve::{Identity, run},
};

/// The provider `notes`.
#[derive(Clone, Default)]
pub struct NotesProvider {
    client: NotesClient,
}

#[async_trait]
impl Provider for NotesProvider {
    fn schema(&self) -> Schema {
        Schema::new("Notes.").attributes([Attribute::string("endpoint").required().doc("Address of the service.")])
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        let note: Arc<dyn Resource> = Arc::new(NoteResource(self.client.clone()));
        BTreeMap::from([("notes_note".to_owned(), note)])
    }

    async fn configure(&self, _: &Context, request: Configure, diags: &mut Diagnostics) -> Option<Deferred> {
        let configuration: ProviderModel = request.config.to_model(diags)?;
        if let Value::Value(endpoint) = configuration.endpoint {
            self.client.set_endpoint(endpoint);
        }
        None
    }
}

#[derive(Default, Deserialize)]
struct ProviderModel {
    endpoint: Value<String>,
}

/// State of a note; the service has the same members.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NoteModel {
    id: Value<String>,
    title: Value<String>,
    text: Value<String>,
}

struct NoteResource(NotesClient);

impl NoteResource {
    /// Sends `note`, and returns the state that the service answered.
    async fn save(&self, method: &str, path: &str, note: &RawValue, diags: &mut Diagnostics) -> Option<NewState> {
        let mut note: NoteModel = note.to_model(diags)?;
        if note.id.is_unknown() {
            note.id = Value::Null;
        }
        match self.0.call(method, path, Some(&note)).await {
            Ok(saved) => NewState::from_model(&saved.unwrap_or(note), diags),
            Err(error) => failed("Cannot save the note", error, diags),
        }
    }
}

#[async_trait]
impl Resource for NoteResource {
    fn schema(&self) -> Schema {
        Schema::new("A note.").object("note").attributes([
            Attribute::string("id").computed().doc("ID of the note."),
            Attribute::string("title").required().requires_replace().doc("Title."),
            Attribute::string("text").default("").doc("Text; empty by default."),
        ])
    }

    async fn create(&self, _: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        self.save("POST", "/notes", &request.planned_state, diags).await
    }

    async fn read(&self, _: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        match self.0.call("GET", &path(&request.current_state, diags)?, None).await {
            Ok(Some(note)) => Some(ReadResult::Found(NewState::from_model(&note, diags)?)),
            Ok(None) => Some(ReadResult::Gone),
            Err(error) => failed("Cannot read the note", error, diags),
        }
    }

    async fn update(&self, _: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        let path = path(&request.prior_state, diags)?;
        self.save("PUT", &path, &request.planned_state, diags).await
    }

    async fn delete(&self, _: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        let answer = self.0.call("DELETE", &path(&request.prior_state, diags)?, None).await;
        answer.map_or_else(|error| failed("Cannot delete the note", error, diags), |_| None)
    }
}

fn path(state: &RawValue, diags: &mut Diagnostics) -> Option<String> {
    let note: NoteModel = state.to_model(diags)?;
    Some(format!("/notes/{}", note.id.unwrap_or_default()))
}

fn failed<T>(summary: &'static str, error: String, diags: &mut Diagnostics) -> Option<T> {
    diags.add_attribute_error(summary, error, AttributePath::root());
    None
}

/// Serves until Terraform is done.
pub fn main() -> ExitCode {
    let identity = Identity {
        address: "example/notes",
        name: "notes",
        version: "1.0.0",
        log_targets: &[],
    };
    run(identity, || Arc::new(NotesProvider::default()))
}
