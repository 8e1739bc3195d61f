//! A resource with every kind of attribute and block.

use std::collections::BTreeMap;

use async_trait::async_trait;
use terraform_plugin::{
    AttributeConstraint as Constraint, AttributePath, AttributeType as Type, Context, Create, Delete, Diagnostics,
    IdentityAttribute, IdentitySchema, Import, ImportTarget, Imported, MoveState, NestedBlock, NewState, Plan, Planned,
    RawValue, Read, ReadResult, Resource, Schema, Update, UpgradeState, protocol6::types::block_type,
};

use super::{
    diagnostics::error,
    schemas::{attribute, attributes, block, schema},
    store::Store,
};

/// The resource.
pub struct Everything {
    store: Store,
}

/// Names of computed attributes at every level.
const COMPUTED: [&str; 3] = ["id", "either", "digest"];

/// Returns the schema, also for the list resource.
pub fn resource_schema() -> Schema {
    let strings = || Box::new(Type::String);
    let nested = || {
        attributes([
            attribute("name", Type::String, Constraint::Required),
            attribute("id", Type::String, Constraint::Computed),
        ])
    };
    let object = BTreeMap::from([("a".to_owned(), Type::String), ("b".to_owned(), Type::Number)]);
    let all = attributes([
        attribute("name", Type::String, Constraint::Required),
        attribute("id", Type::String, Constraint::Computed),
        attribute("either", Type::String, Constraint::OptionalComputed),
        attribute("replace", Type::String, Constraint::Optional),
        attribute("number", Type::Number, Constraint::Optional),
        attribute("bool", Type::Bool, Constraint::Optional),
        attribute("list", Type::List(strings()), Constraint::Optional),
        attribute("set", Type::Set(strings()), Constraint::Optional),
        attribute("map", Type::Map(strings()), Constraint::Optional),
        attribute("object", Type::Object(object), Constraint::Optional),
        attribute(
            "tuple",
            Type::Tuple(vec![Type::String, Type::Number]),
            Constraint::Optional,
        ),
        attribute("any", Type::Any, Constraint::Optional),
        attribute("nested", Type::AttributeSingle(nested()), Constraint::Optional),
        attribute("nested_list", Type::AttributeList(nested()), Constraint::Optional),
        attribute("nested_set", Type::AttributeSet(nested()), Constraint::Optional),
        attribute("nested_map", Type::AttributeMap(nested()), Constraint::Optional),
        attribute("password", Type::String, Constraint::Optional).sensitive(),
        attribute("secret", Type::String, Constraint::Optional).write_only(),
        attribute("secret_version", Type::Number, Constraint::Optional),
        attribute("digest", Type::String, Constraint::Computed),
    ]);
    let inner = || {
        block([
            attribute("name", Type::String, Constraint::Optional),
            attribute("id", Type::String, Constraint::Computed),
        ])
    };
    let mut described = schema(1, all);
    described.block.blocks = BTreeMap::from([
        ("single_block".to_owned(), NestedBlock::Single(inner())),
        ("optional_block".to_owned(), NestedBlock::Optional(inner())),
        ("list_block".to_owned(), NestedBlock::List(inner())),
        ("set_block".to_owned(), NestedBlock::Set(inner())),
        ("map_block".to_owned(), NestedBlock::Map(inner())),
        (
            "group_block".to_owned(),
            NestedBlock::Group(block([attribute("name", Type::String, Constraint::Optional)])),
        ),
    ]);
    described
}

/// Returns the type of the values.
pub fn value_type() -> Type {
    block_type(&resource_schema().block)
}

/// Returns the identity of the object `id`.
pub fn identity(id: &RawValue) -> RawValue {
    RawValue::Map(BTreeMap::from([
        ("id".to_owned(), id.clone()),
        ("region".to_owned(), "here".into()),
    ]))
}

impl Everything {
    pub fn new(store: &Store) -> Self {
        Self { store: store.clone() }
    }

    fn applied(state: RawValue) -> NewState {
        NewState {
            identity: Some(identity(state.get("id"))),
            private: b"private".to_vec(),
            state,
        }
    }

    fn save(&self, mut state: RawValue, config: &RawValue) -> NewState {
        let name = state.get("name").as_str().unwrap_or("none").to_owned();
        if state.get("id").is_unknown() {
            state.set("id", self.store.free_id(&name));
        }
        if state.get("digest").is_unknown() {
            let digest = config
                .get("secret")
                .as_str()
                .map(|secret| format!("{} letters", secret.len()));
            state.set("digest", digest);
        }
        set_computed(&mut state);
        let id = state.get("id").as_str().unwrap().to_owned();
        self.store.put(&id, &value_type(), &state);
        Self::applied(state)
    }
}

/// Sets every unknown computed attribute.
fn set_computed(value: &mut RawValue) {
    match value {
        RawValue::Map(elements) => {
            let name = elements
                .get("name")
                .and_then(RawValue::as_str)
                .unwrap_or("none")
                .to_owned();
            for (key, element) in elements.iter_mut() {
                if COMPUTED.contains(&key.as_str()) && element.is_unknown() {
                    *element = format!("{key} of {name}").into();
                } else {
                    set_computed(element);
                }
            }
        }
        RawValue::List(elements) => elements.iter_mut().for_each(set_computed),
        _ => {}
    }
}

/// Makes every computed attribute unknown that has no value.
fn make_unknown(value: &mut RawValue) {
    match value {
        RawValue::Map(elements) => {
            for (key, element) in elements.iter_mut() {
                if COMPUTED.contains(&key.as_str()) && element.is_null() {
                    *element = RawValue::UNKNOWN;
                } else {
                    make_unknown(element);
                }
            }
        }
        RawValue::List(elements) => elements.iter_mut().for_each(make_unknown),
        _ => {}
    }
}

#[async_trait]
impl Resource for Everything {
    fn schema(&self) -> Schema {
        resource_schema()
    }

    fn identity_schema(&self) -> Option<IdentitySchema> {
        let attribute = |name: &str, required_for_import| IdentityAttribute {
            name: name.to_owned(),
            attr_type: Type::String,
            required_for_import,
            description: format!("The {name}."),
        };
        Some(IdentitySchema {
            version: 1,
            attributes: vec![attribute("id", true), attribute("region", false)],
        })
    }

    async fn validate(&self, _: &Context, config: &RawValue, diags: &mut Diagnostics) {
        // Wrong for an unknown name on purpose: the framework drops errors about unknown values.
        if config.get("name").as_str().is_none_or(str::is_empty) {
            diags.error("No name", "Give one.", AttributePath::new("name"));
        }
    }

    async fn plan(&self, _: &Context, _: &Schema, request: Plan, _: &mut Diagnostics) -> Option<Planned> {
        let mut planned = Planned {
            state: request.proposed_state,
            private: b"planned".to_vec(),
            ..Planned::default()
        };
        match &request.prior_state {
            Some(prior) => {
                planned.identity = Some(identity(prior.get("id")));
                if prior.get("replace") != planned.state.get("replace") {
                    planned.requires_replace.push(AttributePath::new("replace"));
                }
                if prior.get("secret_version") != planned.state.get("secret_version") {
                    planned.state.set("digest", RawValue::UNKNOWN);
                }
                // A null digest stays null.
                let digest = planned.state.get("digest").clone();
                make_unknown(&mut planned.state);
                planned.state.set("digest", digest);
            }
            None => make_unknown(&mut planned.state),
        }
        Some(planned)
    }

    async fn create(&self, _: &Context, request: Create, _: &mut Diagnostics) -> Option<NewState> {
        assert_eq!(request.planned_private, b"planned");
        Some(self.save(request.planned_state, &request.config))
    }

    async fn read(&self, _: &Context, request: Read, _: &mut Diagnostics) -> Option<ReadResult> {
        let id = request.current_state.get("id").as_str().unwrap().to_owned();
        Some(match self.store.get(&id, &value_type()) {
            Some(state) => ReadResult::Found(Self::applied(state)),
            None => ReadResult::Gone,
        })
    }

    async fn update(&self, _: &Context, request: Update, _: &mut Diagnostics) -> Option<NewState> {
        Some(self.save(request.planned_state, &request.config))
    }

    async fn delete(&self, _: &Context, request: Delete, _: &mut Diagnostics) -> Option<NewState> {
        self.store.remove(request.prior_state.get("id").as_str().unwrap());
        None
    }

    async fn import(&self, _: &Context, request: Import, diags: &mut Diagnostics) -> Vec<Imported> {
        let id = match request.target {
            ImportTarget::Id(id) => id,
            ImportTarget::Identity(identity) => identity.get("id").as_str().unwrap_or_default().to_owned(),
        };
        let Some(state) = self.store.get(&id, &value_type()) else {
            error(diags, "No such object", id);
            return Vec::new();
        };
        vec![Imported {
            identity: Some(identity(state.get("id"))),
            // Only what a read needs: the framework adds the rest.
            state: RawValue::Map(BTreeMap::from([("id".to_owned(), state.get("id").clone())])),
            ..Imported::default()
        }]
    }

    async fn upgrade_state(&self, request: UpgradeState, diags: &mut Diagnostics) -> Option<RawValue> {
        let (0, Some(id), Some(title)) = (
            request.version,
            request.raw["id"].as_str(),
            request.raw["title"].as_str(),
        ) else {
            error(diags, "Damaged state", format!("Its version is {}.", request.version));
            return None;
        };
        Some(RawValue::Map(BTreeMap::from([
            ("id".to_owned(), id.into()),
            ("name".to_owned(), title.into()),
        ])))
    }

    async fn upgrade_identity(&self, request: UpgradeState, _: &mut Diagnostics) -> Option<RawValue> {
        let id = request.raw["id"].as_str()?;
        assert!(id != "panic", "intended panic in upgrade");
        Some(identity(&id.into()))
    }

    async fn move_state(&self, request: MoveState, diags: &mut Diagnostics) -> Option<NewState> {
        if request.source_type_name != "terraform_data" {
            error(
                diags,
                "Only terraform_data can be moved to this type",
                request.source_type_name,
            );
            return None;
        }
        let id = request.source_state["id"].as_str()?;
        Some(Self::applied(RawValue::Map(BTreeMap::from([
            ("id".to_owned(), id.into()),
            ("name".to_owned(), "moved".into()),
        ]))))
    }
}
