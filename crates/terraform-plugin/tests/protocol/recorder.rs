//! A provider with one resource type, which records the requests that reach it and returns what the test chose.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use terraform_plugin::{
    AddDiagnostic, Attribute, AttributePath, Block, Configure, Context, Create, DataSource, Deferred, Delete,
    Diagnostics, IdentityAttribute, IdentitySchema, Import, Imported, ListEvent, ListRequest, ListResource, ListResult,
    MoveState, NestedBlock, NewState, Plan, Planned, Provider, RawValue, Read, ReadData, ReadResult, Redact, Resource,
    Schema, Update, UpgradeState, protocol6::ProviderService,
};
use tokio::sync::mpsc;

use crate::client::{self, Client, object};

/// Name of the resource type, the list resource and the data source.
pub const TYPE: &str = "test_object";
/// The secret of the provider.
pub const SECRET: &str = "HUSH";
/// Private data that the resource returns.
pub const NEW_PRIVATE: &[u8] = b"new private";

/// A request that reached the resource.
#[derive(Debug, Clone)]
pub enum Request {
    Plan(Plan),
    PlanDestroy(RawValue),
    Create(Create),
    Update(Update),
    Delete(Delete),
    Read(Read),
    Import(Import),
    UpgradeState(UpgradeState),
    UpgradeIdentity(UpgradeState),
    MoveState(MoveState),
}

/// What the resource has received, and what it returns.
#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    /// State that every method returns; `None` is an error.
    returned: Mutex<Option<RawValue>>,
}

/// The provider, to start and to look at.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Shared>);

impl Recorder {
    /// Returns a recorder that returns `state` from every method, and a client of it.
    pub fn returning(state: RawValue) -> (Self, Client<ProviderService>) {
        let recorder = Self::failing().0;
        *recorder.0.returned.lock().unwrap() = Some(state);
        let client = client::of(Arc::new(recorder.clone()));
        (recorder, client)
    }

    /// Returns a recorder whose methods fail, and a client of it.
    pub fn failing() -> (Self, Client<ProviderService>) {
        let recorder = Self::default();
        let client = client::of(Arc::new(recorder.clone()));
        (recorder, client)
    }

    /// Returns the only request since the last call of this function.
    pub fn request(&self) -> Request {
        let mut requests = self.0.requests.lock().unwrap();
        assert_eq!(requests.len(), 1, "{requests:?}");
        requests.remove(0)
    }

    /// Returns the number of requests since the last call of [`Recorder::request`].
    pub fn requests(&self) -> usize {
        self.0.requests.lock().unwrap().len()
    }

    fn answer(&self, request: Request, diags: &mut Diagnostics) -> Option<RawValue> {
        self.0.requests.lock().unwrap().push(request);
        let returned = self.0.returned.lock().unwrap().clone();
        if returned.is_none() {
            diags.add_attribute_error("It failed", "On purpose.", AttributePath::root());
        }
        returned
    }

    fn new_state(&self, request: Request, diags: &mut Diagnostics) -> Option<NewState> {
        Some(NewState {
            state: self.answer(request, diags)?,
            private: NEW_PRIVATE.to_vec(),
            identity: Some(identity("new")),
        })
    }
}

/// Reports the text "invalid".
fn refuse_invalid(value: &RawValue, path: &AttributePath, diags: &mut Diagnostics) {
    if value.as_str() == Some("invalid") {
        diags.add_attribute_error("Invalid text", "Use another one.", path.clone());
    }
}

/// Returns an identity.
pub fn identity(id: &str) -> RawValue {
    object([("id", id.into())])
}

#[async_trait]
impl Resource for Recorder {
    fn schema(&self) -> Schema {
        let block = Block {
            attributes: terraform_plugin::schema::attributes([Attribute::string("text")]),
            ..Block::default()
        };
        Schema::new("")
            .attributes([
                Attribute::string("name").required().validate(refuse_invalid),
                Attribute::string("id").computed(),
                Attribute::string("secret").write_only(),
            ])
            .block("block", NestedBlock::List(block))
            .version(2)
            .readable_since(1)
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let id = IdentityAttribute::string("id", "ID.").required_for_import();
        Some(IdentitySchema {
            version: 1,
            ..IdentitySchema::new([id])
        })
    }

    async fn plan(&self, _: &Context, _: &Schema, request: Plan, diags: &mut Diagnostics) -> Option<Planned> {
        Some(Planned {
            state: self.answer(Request::Plan(request), diags)?,
            requires_replace: vec![AttributePath::new("name")],
            private: NEW_PRIVATE.to_vec(),
            identity: Some(identity("new")),
            deferred: None,
        })
    }

    async fn plan_destroy(&self, _: &Context, prior_state: &RawValue, diags: &mut Diagnostics) {
        self.answer(Request::PlanDestroy(prior_state.clone()), diags);
    }

    async fn create(&self, _: &Context, request: Create, diags: &mut Diagnostics) -> Option<NewState> {
        self.new_state(Request::Create(request), diags)
    }

    async fn read(&self, _: &Context, request: Read, diags: &mut Diagnostics) -> Option<ReadResult> {
        let state = self.new_state(Request::Read(request), diags)?;
        Some(if state.state.is_null() {
            ReadResult::Gone
        } else {
            ReadResult::Found(state)
        })
    }

    async fn update(&self, _: &Context, request: Update, diags: &mut Diagnostics) -> Option<NewState> {
        self.new_state(Request::Update(request), diags)
    }

    async fn delete(&self, _: &Context, request: Delete, diags: &mut Diagnostics) -> Option<NewState> {
        self.new_state(Request::Delete(request), diags)
    }

    async fn import(&self, _: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let Some(NewState {
            state,
            private,
            identity,
        }) = self.new_state(Request::Import(request), diags)
        else {
            return Vec::new();
        };
        vec![Imported {
            state,
            private,
            identity,
            deferred: None,
        }]
    }

    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        self.answer(Request::UpgradeState(request), diags)
    }

    async fn upgrade_identity(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        self.answer(Request::UpgradeIdentity(request), diags)
    }

    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        self.new_state(Request::MoveState(request), diags)
    }
}

#[async_trait]
impl ListResource for Recorder {
    fn schema(&self) -> Schema {
        Schema::new("")
    }

    async fn list(&self, _: &Context, request: ListRequest, events: mpsc::Sender<ListEvent>) {
        let state = self.0.returned.lock().unwrap().clone();
        let listed = ListResult {
            identity: identity("new"),
            display_name: state
                .as_ref()
                .and_then(|state| state.get("name").as_str())
                .unwrap_or_default()
                .to_owned(),
            resource: state.filter(|_| request.include_resource),
        };
        let _ = events.send(ListEvent::Found(Box::new(listed))).await;
    }
}

#[async_trait]
impl DataSource for Recorder {
    fn schema(&self) -> Schema {
        Schema::new("").attributes([Attribute::string("name"), Attribute::string("id").computed()])
    }

    async fn read(&self, _: &Context, _: RawValue, _: &mut Diagnostics) -> Option<ReadData> {
        self.0.returned.lock().unwrap().clone().map(ReadData::Found)
    }
}

#[async_trait]
impl Provider for Recorder {
    fn schema(&self) -> Schema {
        Schema::new("").attributes([Attribute::string("endpoint").validate(refuse_invalid)])
    }

    fn resources(&self) -> BTreeMap<String, Arc<dyn Resource>> {
        BTreeMap::from([(TYPE.to_owned(), Arc::new(self.clone()) as Arc<dyn Resource>)])
    }

    fn data_sources(&self) -> BTreeMap<String, Arc<dyn DataSource>> {
        BTreeMap::from([(TYPE.to_owned(), Arc::new(self.clone()) as Arc<dyn DataSource>)])
    }

    fn list_resources(&self) -> BTreeMap<String, Arc<dyn ListResource>> {
        BTreeMap::from([(TYPE.to_owned(), Arc::new(self.clone()) as Arc<dyn ListResource>)])
    }

    fn redact(&self) -> Arc<dyn Redact> {
        Arc::new(Hush)
    }

    async fn configure(&self, _: &Context, _: Configure, _: &mut Diagnostics) -> Option<Deferred> {
        None
    }
}

struct Hush;

impl Redact for Hush {
    fn shown<'t>(&self, text: &'t str) -> Cow<'t, str> {
        text.replace(SECRET, "[removed]").into()
    }

    fn stored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.shown(text)
    }
}
