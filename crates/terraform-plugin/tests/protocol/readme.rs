//! The provider of the README.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{get, post},
};
use serde_json::{Value, json};
use terraform_plugin::{Provider, RawValue, protocol6::wire};
use test_support::model::assert_model_has_schema;

use crate::{
    client::{self, Change, diagnostics_text, object},
    notes::{NoteModel, NotesProvider},
};

type Notes = Arc<Mutex<Vec<Value>>>;

/// Starts a notes service on loopback.
async fn service() -> (String, Notes) {
    let notes = Notes::default();
    let position = |notes: &[Value], id: &str| notes.iter().position(|note| note["id"] == id);
    let router = Router::new()
        .route(
            "/notes",
            post(async |State(notes): State<Notes>, Json(mut note): Json<Value>| {
                let mut notes = notes.lock().unwrap();
                note["id"] = json!(format!("note-{}", notes.len()));
                notes.push(note.clone());
                Json(note)
            }),
        )
        .route(
            "/notes/{id}",
            get(async move |State(notes): State<Notes>, Path(id): Path<String>| {
                let notes = notes.lock().unwrap();
                let at = position(&notes, &id).ok_or(StatusCode::NOT_FOUND)?;
                Ok::<_, StatusCode>(Json(notes[at].clone()))
            })
            .put(
                async move |State(notes): State<Notes>, Path(id): Path<String>, Json(note): Json<Value>| {
                    let mut notes = notes.lock().unwrap();
                    let at = position(&notes, &id).ok_or(StatusCode::NOT_FOUND)?;
                    notes[at] = note.clone();
                    Ok::<_, StatusCode>(Json(note))
                },
            )
            .delete(async move |State(notes): State<Notes>, Path(id): Path<String>| {
                notes.lock().unwrap().retain(|note| note["id"] != id.as_str());
            }),
        )
        .with_state(notes.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (endpoint, notes)
}

#[test]
fn the_readme_has_the_whole_program() {
    let readme = include_str!("../../README.md");
    let program = include_str!("../../examples/terraform-provider-notes/main.rs");
    assert!(
        readme.contains(&format!("```rust,ignore\n{program}```")),
        "copy examples/terraform-provider-notes/main.rs into README.md"
    );
}

#[test]
fn the_model_has_the_attributes_of_the_schema() {
    let note = &NotesProvider::default().resources()["notes_note"];
    assert_model_has_schema::<NoteModel>("notes_note", &note.schema().block);
}

#[tokio::test]
async fn a_note_is_created_read_updated_and_deleted() {
    const NOTE: &str = "notes_note";
    let (endpoint, notes) = service().await;
    let client = client::of(Arc::new(NotesProvider::default()));
    let configured = client.configure(object([("endpoint", endpoint.into())]), false).await;
    assert_eq!(configured.diagnostics, []);

    let mut change: Change = client.creation(NOTE, [("title", "Shopping".into())]);
    let created = client.apply(&change).await;
    assert_eq!(diagnostics_text(&created.diagnostics), "");
    let state = client.read_resource_value(NOTE, created.new_state.as_ref());
    assert_eq!(state.get("id").as_str(), Some("note-0"));
    assert_eq!(state.get("text").as_str(), Some(""));

    change.prior = state.clone();
    change.proposed = state.clone();
    let second = client.plan(&change, false).await;
    assert_eq!(client.read_resource_value(NOTE, second.planned_state.as_ref()), state);

    for config in [&mut change.config, &mut change.proposed] {
        config.set("text", "Milk");
    }
    let plan = client.plan(&change, false).await;
    assert_eq!(plan.requires_replace, []);
    let updated = client.apply(&change).await;
    assert_eq!(diagnostics_text(&updated.diagnostics), "");
    assert_eq!(notes.lock().unwrap()[0]["text"], "Milk");

    change.config.set("title", "Errands");
    let replaced = client.plan(&change, false).await;
    assert_eq!(replaced.requires_replace.len(), 1);

    let state = client.read_resource_value(NOTE, updated.new_state.as_ref());
    let read: wire::ReadResourceResponse = client.read(NOTE, &state, false).await;
    assert_eq!(client.read_resource_value(NOTE, read.new_state.as_ref()), state);
    let deleted = client.delete(NOTE, &state).await;
    assert_eq!(diagnostics_text(&deleted.diagnostics), "");
    let read = client.read(NOTE, &state, false).await;
    assert_eq!(
        client.read_resource_value(NOTE, read.new_state.as_ref()),
        RawValue::Null
    );
}
