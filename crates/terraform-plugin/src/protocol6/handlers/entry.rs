//! The objects that a provider offers, each with the values derived from its schema.

use std::{collections::BTreeMap, future::Future, pin::Pin, sync::Arc};

use crate::{
    Action, AddDiagnostic, AttributePath, AttributeType, ClientCapabilities, Context, DataSource, Diagnostics,
    EphemeralResource, IdentitySchema, ListResource, RawValue, Resource, Schema,
    protocol6::{
        schema,
        types::{block_type, identity_type},
        wire,
    },
};

/// A resource, data source, action, list resource or ephemeral resource.
pub(super) struct Entry<T: ?Sized> {
    pub item: Arc<T>,
    pub schema: Schema,
    pub ty: AttributeType,
    pub identity: Option<Identity>,
}

/// Schema and type of a resource's identity.
pub(super) struct Identity {
    pub schema: wire::ResourceIdentitySchema,
    pub ty: AttributeType,
}

impl<T: Kind + ?Sized> Entry<T> {
    /// The entries for what the provider offers of one kind.
    pub fn all(items: BTreeMap<String, Arc<T>>) -> BTreeMap<String, Self> {
        let mut entries = BTreeMap::new();
        for (name, item) in items {
            entries.insert(name, Self::new(item));
        }
        entries
    }

    fn new(item: Arc<T>) -> Self {
        let schema = item.schema();
        let identity = item.identity_schema().map(|identity| Identity {
            schema: schema::identity_schema(&identity),
            ty: identity_type(&identity),
        });
        Self {
            ty: block_type(&schema.block),
            item,
            schema,
            identity,
        }
    }

    /// The type of the identity, if there is one.
    pub fn identity_type(&self) -> Option<&AttributeType> {
        self.identity.as_ref().map(|identity| &identity.ty)
    }
}

/// Values that the handlers need for every object with a configuration.
pub(super) trait Kind: Send + Sync {
    /// The kind as messages name it.
    const KIND: &'static str;

    fn schema(&self) -> Schema;

    fn identity_schema(&self) -> Option<IdentitySchema> {
        None
    }

    /// Reports values of `config` that a client with these capabilities cannot handle.
    fn check_capabilities(_: &Schema, _: ClientCapabilities, _config: &RawValue, _: &mut Diagnostics) {}

    fn validate<'a>(
        &'a self,
        context: &'a Context,
        config: &'a RawValue,
        diags: &'a mut Diagnostics,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;
}

macro_rules! kinds {
    ($($kind:literal $name:ident { $($own:item)* })*) => {
        $(impl Kind for dyn $name {
            const KIND: &'static str = $kind;

            fn schema(&self) -> Schema {
                $name::schema(self)
            }

            fn validate<'a>(
                &'a self,
                context: &'a Context,
                config: &'a RawValue,
                diags: &'a mut Diagnostics,
            ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
                $name::validate(self, context, config, diags)
            }

            $($own)*
        })*
    };
}

kinds! {
    "resource type" Resource {
        fn identity_schema(&self) -> Option<IdentitySchema> {
            Resource::identity_schema(self)
        }

        fn check_capabilities(schema: &Schema, client: ClientCapabilities, config: &RawValue, diags: &mut Diagnostics) {
            if !client.write_only_attributes_allowed {
                refuse_write_only(schema, config, diags);
            }
        }
    }
    "data source" DataSource {}
    "ephemeral resource type" EphemeralResource {}
    "list resource type" ListResource {}
    "action type" Action {}
}

/// A client that does not know write-only attributes would store their values.
fn refuse_write_only(schema: &Schema, config: &RawValue, diags: &mut Diagnostics) {
    for name in schema.write_only().filter(|name| !config.get(name).is_null()) {
        diags.add_attribute_error(
            "Write-only attributes need a newer Terraform",
            format!("{name} must not be stored in the state, which needs Terraform 1.11 or later."),
            AttributePath::new(name.to_owned()),
        );
    }
}
