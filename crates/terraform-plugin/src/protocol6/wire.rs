//! Messages of tfplugin6, minor version 11, with the protocol's names and field numbers.
//!
//! They are written by hand, so that no protocol compiler is needed. Map fields are ordered by key, so the same response always
//! has the same bytes.
//!
//! Minor version 11 added `deprecation_message` of attributes and blocks, and the private data of an earlier plan of the same
//! run (`planned_private`, announced by the client capability `store_planned_private`). State stores, and blocks with computed
//! content, are not supported.

#![allow(missing_docs, reason = "the names are the protocol's own")]

use std::collections::BTreeMap;

/// Declares messages: `Name { field: type = "prost attributes" }`.
macro_rules! messages {
    ($($name:ident { $($field:ident : $kind:ty => $attr:meta),* $(,)? })*) => {
        $(
            #[derive(Clone, PartialEq, ::prost::Message)]
            pub struct $name {
                $(#[$attr] pub $field: $kind,)*
            }
        )*
    };
}

messages! {
    DynamicValue {
        msgpack: Vec<u8> => prost(bytes = "vec", tag = "1"),
        json: Vec<u8> => prost(bytes = "vec", tag = "2"),
    }
    Diagnostic {
        severity: i32 => prost(enumeration = "Severity", tag = "1"),
        summary: String => prost(string, tag = "2"),
        detail: String => prost(string, tag = "3"),
        attribute: Option<AttributePath> => prost(message, optional, tag = "4"),
    }
    FunctionError {
        text: String => prost(string, tag = "1"),
        function_argument: Option<i64> => prost(int64, optional, tag = "2"),
    }
    AttributePath {
        steps: Vec<Step> => prost(message, repeated, tag = "1"),
    }
    Step {
        selector: Option<Selector> => prost(oneof = "Selector", tags = "1, 2, 3"),
    }
    RawState {
        json: Vec<u8> => prost(bytes = "vec", tag = "1"),
        flatmap: BTreeMap<String, String> => prost(btree_map = "string, string", tag = "2"),
    }
    Timestamp {
        seconds: i64 => prost(int64, tag = "1"),
        nanos: i32 => prost(int32, tag = "2"),
    }
    IdentityAttribute {
        name: String => prost(string, tag = "1"),
        r#type: Vec<u8> => prost(bytes = "vec", tag = "2"),
        required_for_import: bool => prost(bool, tag = "3"),
        optional_for_import: bool => prost(bool, tag = "4"),
        description: String => prost(string, tag = "5"),
    }
    ResourceIdentitySchema {
        version: i64 => prost(int64, tag = "1"),
        identity_attributes: Vec<IdentityAttribute> => prost(message, repeated, tag = "2"),
    }
    ResourceIdentityData {
        identity_data: Option<DynamicValue> => prost(message, optional, tag = "1"),
    }
    ActionSchema {
        schema: Option<Schema> => prost(message, optional, tag = "1"),
    }
    Schema {
        version: i64 => prost(int64, tag = "1"),
        block: Option<Block> => prost(message, optional, tag = "2"),
    }
    Block {
        version: i64 => prost(int64, tag = "1"),
        attributes: Vec<Attribute> => prost(message, repeated, tag = "2"),
        block_types: Vec<NestedBlock> => prost(message, repeated, tag = "3"),
        description: String => prost(string, tag = "4"),
        description_kind: i32 => prost(enumeration = "StringKind", tag = "5"),
        deprecated: bool => prost(bool, tag = "6"),
        deprecation_message: String => prost(string, tag = "7"),
    }
    Attribute {
        name: String => prost(string, tag = "1"),
        r#type: Vec<u8> => prost(bytes = "vec", tag = "2"),
        description: String => prost(string, tag = "3"),
        required: bool => prost(bool, tag = "4"),
        optional: bool => prost(bool, tag = "5"),
        computed: bool => prost(bool, tag = "6"),
        sensitive: bool => prost(bool, tag = "7"),
        description_kind: i32 => prost(enumeration = "StringKind", tag = "8"),
        deprecated: bool => prost(bool, tag = "9"),
        nested_type: Option<Object> => prost(message, optional, tag = "10"),
        write_only: bool => prost(bool, tag = "11"),
        deprecation_message: String => prost(string, tag = "12"),
    }
    NestedBlock {
        type_name: String => prost(string, tag = "1"),
        block: Option<Block> => prost(message, optional, tag = "2"),
        nesting: i32 => prost(enumeration = "BlockNesting", tag = "3"),
        min_items: i64 => prost(int64, tag = "4"),
        max_items: i64 => prost(int64, tag = "5"),
    }
    Object {
        attributes: Vec<Attribute> => prost(message, repeated, tag = "1"),
        nesting: i32 => prost(enumeration = "ObjectNesting", tag = "3"),
    }
    Function {
        parameters: Vec<Parameter> => prost(message, repeated, tag = "1"),
        variadic_parameter: Option<Parameter> => prost(message, optional, tag = "2"),
        r#return: Option<Return> => prost(message, optional, tag = "3"),
        summary: String => prost(string, tag = "4"),
        description: String => prost(string, tag = "5"),
        description_kind: i32 => prost(enumeration = "StringKind", tag = "6"),
        deprecation_message: String => prost(string, tag = "7"),
    }
    Parameter {
        name: String => prost(string, tag = "1"),
        r#type: Vec<u8> => prost(bytes = "vec", tag = "2"),
        allow_null_value: bool => prost(bool, tag = "3"),
        allow_unknown_values: bool => prost(bool, tag = "4"),
        description: String => prost(string, tag = "5"),
        description_kind: i32 => prost(enumeration = "StringKind", tag = "6"),
    }
    Return {
        r#type: Vec<u8> => prost(bytes = "vec", tag = "1"),
    }
    ServerCapabilities {
        plan_destroy: bool => prost(bool, tag = "1"),
        get_provider_schema_optional: bool => prost(bool, tag = "2"),
        move_resource_state: bool => prost(bool, tag = "3"),
        generate_resource_config: bool => prost(bool, tag = "4"),
    }
    ClientCapabilities {
        deferral_allowed: bool => prost(bool, tag = "1"),
        write_only_attributes_allowed: bool => prost(bool, tag = "2"),
        store_planned_private: bool => prost(bool, tag = "3"),
    }
    Deferred {
        reason: i32 => prost(enumeration = "DeferredReason", tag = "1"),
    }
    Empty {}
    TypeName {
        type_name: String => prost(string, tag = "1"),
    }
    GetMetadataResponse {
        server_capabilities: Option<ServerCapabilities> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
        data_sources: Vec<TypeName> => prost(message, repeated, tag = "3"),
        resources: Vec<TypeName> => prost(message, repeated, tag = "4"),
        functions: Vec<TypeName> => prost(message, repeated, tag = "5"),
        ephemeral_resources: Vec<TypeName> => prost(message, repeated, tag = "6"),
        list_resources: Vec<TypeName> => prost(message, repeated, tag = "7"),
        state_stores: Vec<TypeName> => prost(message, repeated, tag = "8"),
        actions: Vec<TypeName> => prost(message, repeated, tag = "9"),
    }
    GetProviderSchemaResponse {
        provider: Option<Schema> => prost(message, optional, tag = "1"),
        resource_schemas: BTreeMap<String, Schema> => prost(btree_map = "string, message", tag = "2"),
        data_source_schemas: BTreeMap<String, Schema> => prost(btree_map = "string, message", tag = "3"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "4"),
        provider_meta: Option<Schema> => prost(message, optional, tag = "5"),
        server_capabilities: Option<ServerCapabilities> => prost(message, optional, tag = "6"),
        functions: BTreeMap<String, Function> => prost(btree_map = "string, message", tag = "7"),
        ephemeral_resource_schemas: BTreeMap<String, Schema> => prost(btree_map = "string, message", tag = "8"),
        list_resource_schemas: BTreeMap<String, Schema> => prost(btree_map = "string, message", tag = "9"),
        state_store_schemas: BTreeMap<String, Schema> => prost(btree_map = "string, message", tag = "10"),
        action_schemas: BTreeMap<String, ActionSchema> => prost(btree_map = "string, message", tag = "11"),
    }
    ValidateProviderConfigRequest {
        config: Option<DynamicValue> => prost(message, optional, tag = "1"),
    }
    ValidateProviderConfigResponse {
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    UpgradeResourceStateRequest {
        type_name: String => prost(string, tag = "1"),
        version: i64 => prost(int64, tag = "2"),
        raw_state: Option<RawState> => prost(message, optional, tag = "3"),
    }
    UpgradeResourceStateResponse {
        upgraded_state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    GetResourceIdentitySchemasResponse {
        identity_schemas: BTreeMap<String, ResourceIdentitySchema> => prost(btree_map = "string, message", tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    UpgradeResourceIdentityRequest {
        type_name: String => prost(string, tag = "1"),
        version: i64 => prost(int64, tag = "2"),
        raw_identity: Option<RawState> => prost(message, optional, tag = "3"),
    }
    UpgradeResourceIdentityResponse {
        upgraded_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    ValidateConfigRequest {
        type_name: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "3"),
    }
    ValidateListResourceConfigRequest {
        type_name: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        include_resource_object: Option<DynamicValue> => prost(message, optional, tag = "3"),
        limit: Option<DynamicValue> => prost(message, optional, tag = "4"),
    }
    DiagnosticsResponse {
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "1"),
    }
    ConfigureProviderRequest {
        terraform_version: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "3"),
    }
    ReadResourceRequest {
        type_name: String => prost(string, tag = "1"),
        current_state: Option<DynamicValue> => prost(message, optional, tag = "2"),
        private: Vec<u8> => prost(bytes = "vec", tag = "3"),
        provider_meta: Option<DynamicValue> => prost(message, optional, tag = "4"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "5"),
        current_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "6"),
    }
    ReadResourceResponse {
        new_state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
        private: Vec<u8> => prost(bytes = "vec", tag = "3"),
        deferred: Option<Deferred> => prost(message, optional, tag = "4"),
        new_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "5"),
    }
    PlanResourceChangeRequest {
        type_name: String => prost(string, tag = "1"),
        prior_state: Option<DynamicValue> => prost(message, optional, tag = "2"),
        proposed_new_state: Option<DynamicValue> => prost(message, optional, tag = "3"),
        config: Option<DynamicValue> => prost(message, optional, tag = "4"),
        prior_private: Vec<u8> => prost(bytes = "vec", tag = "5"),
        provider_meta: Option<DynamicValue> => prost(message, optional, tag = "6"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "7"),
        prior_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "8"),
        planned_private: Vec<u8> => prost(bytes = "vec", tag = "9"),
    }
    PlanResourceChangeResponse {
        planned_state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        requires_replace: Vec<AttributePath> => prost(message, repeated, tag = "2"),
        planned_private: Vec<u8> => prost(bytes = "vec", tag = "3"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "4"),
        deferred: Option<Deferred> => prost(message, optional, tag = "6"),
        planned_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "7"),
    }
    ApplyResourceChangeRequest {
        type_name: String => prost(string, tag = "1"),
        prior_state: Option<DynamicValue> => prost(message, optional, tag = "2"),
        planned_state: Option<DynamicValue> => prost(message, optional, tag = "3"),
        config: Option<DynamicValue> => prost(message, optional, tag = "4"),
        planned_private: Vec<u8> => prost(bytes = "vec", tag = "5"),
        provider_meta: Option<DynamicValue> => prost(message, optional, tag = "6"),
        planned_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "7"),
    }
    ApplyResourceChangeResponse {
        new_state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        private: Vec<u8> => prost(bytes = "vec", tag = "2"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "3"),
        new_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "5"),
    }
    ImportResourceStateRequest {
        type_name: String => prost(string, tag = "1"),
        id: String => prost(string, tag = "2"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "3"),
        identity: Option<ResourceIdentityData> => prost(message, optional, tag = "4"),
    }
    ImportedResource {
        type_name: String => prost(string, tag = "1"),
        state: Option<DynamicValue> => prost(message, optional, tag = "2"),
        private: Vec<u8> => prost(bytes = "vec", tag = "3"),
        identity: Option<ResourceIdentityData> => prost(message, optional, tag = "4"),
    }
    ImportResourceStateResponse {
        imported_resources: Vec<ImportedResource> => prost(message, repeated, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
        deferred: Option<Deferred> => prost(message, optional, tag = "3"),
    }
    GenerateResourceConfigRequest {
        type_name: String => prost(string, tag = "1"),
        state: Option<DynamicValue> => prost(message, optional, tag = "2"),
    }
    GenerateResourceConfigResponse {
        config: Option<DynamicValue> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    MoveResourceStateRequest {
        source_provider_address: String => prost(string, tag = "1"),
        source_type_name: String => prost(string, tag = "2"),
        source_schema_version: i64 => prost(int64, tag = "3"),
        source_state: Option<RawState> => prost(message, optional, tag = "4"),
        target_type_name: String => prost(string, tag = "5"),
        source_private: Vec<u8> => prost(bytes = "vec", tag = "6"),
        source_identity: Option<RawState> => prost(message, optional, tag = "7"),
        source_identity_schema_version: i64 => prost(int64, tag = "8"),
    }
    MoveResourceStateResponse {
        target_state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
        target_private: Vec<u8> => prost(bytes = "vec", tag = "3"),
        target_identity: Option<ResourceIdentityData> => prost(message, optional, tag = "4"),
    }
    ReadDataSourceRequest {
        type_name: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        provider_meta: Option<DynamicValue> => prost(message, optional, tag = "3"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "4"),
    }
    ReadDataSourceResponse {
        state: Option<DynamicValue> => prost(message, optional, tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
        deferred: Option<Deferred> => prost(message, optional, tag = "3"),
    }
    OpenEphemeralResourceRequest {
        type_name: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "3"),
    }
    OpenEphemeralResourceResponse {
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "1"),
        renew_at: Option<Timestamp> => prost(message, optional, tag = "2"),
        result: Option<DynamicValue> => prost(message, optional, tag = "3"),
        private: Option<Vec<u8>> => prost(bytes = "vec", optional, tag = "4"),
        deferred: Option<Deferred> => prost(message, optional, tag = "5"),
    }
    RenewEphemeralResourceRequest {
        type_name: String => prost(string, tag = "1"),
        private: Option<Vec<u8>> => prost(bytes = "vec", optional, tag = "2"),
    }
    RenewEphemeralResourceResponse {
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "1"),
        renew_at: Option<Timestamp> => prost(message, optional, tag = "2"),
        private: Option<Vec<u8>> => prost(bytes = "vec", optional, tag = "3"),
    }
    CloseEphemeralResourceRequest {
        type_name: String => prost(string, tag = "1"),
        private: Option<Vec<u8>> => prost(bytes = "vec", optional, tag = "2"),
    }
    GetFunctionsResponse {
        functions: BTreeMap<String, Function> => prost(btree_map = "string, message", tag = "1"),
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "2"),
    }
    CallFunctionRequest {
        name: String => prost(string, tag = "1"),
        arguments: Vec<DynamicValue> => prost(message, repeated, tag = "2"),
    }
    CallFunctionResponse {
        result: Option<DynamicValue> => prost(message, optional, tag = "1"),
        error: Option<FunctionError> => prost(message, optional, tag = "2"),
    }
    ListResourceRequest {
        type_name: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        include_resource_object: bool => prost(bool, tag = "3"),
        limit: i64 => prost(int64, tag = "4"),
    }
    ListResourceEvent {
        identity: Option<ResourceIdentityData> => prost(message, optional, tag = "1"),
        display_name: String => prost(string, tag = "2"),
        resource_object: Option<DynamicValue> => prost(message, optional, tag = "3"),
        diagnostic: Vec<Diagnostic> => prost(message, repeated, tag = "4"),
    }
    ActionRequest {
        action_type: String => prost(string, tag = "1"),
        config: Option<DynamicValue> => prost(message, optional, tag = "2"),
        client_capabilities: Option<ClientCapabilities> => prost(message, optional, tag = "3"),
    }
    PlanActionResponse {
        diagnostics: Vec<Diagnostic> => prost(message, repeated, tag = "1"),
        deferred: Option<Deferred> => prost(message, optional, tag = "2"),
    }
    InvokeActionEvent {
        r#type: Option<InvokeActionEventType> => prost(oneof = "InvokeActionEventType", tags = "1, 2"),
    }
    InvokeActionProgress {
        message: String => prost(string, tag = "1"),
    }
    StopProviderResponse {
        error: String => prost(string, tag = "1"),
    }
}

#[derive(Clone, PartialEq, Eq, ::prost::Oneof)]
pub enum Selector {
    #[prost(string, tag = "1")]
    AttributeName(String),
    #[prost(string, tag = "2")]
    ElementKeyString(String),
    #[prost(int64, tag = "3")]
    ElementKeyInt(i64),
}

#[derive(Clone, PartialEq, ::prost::Oneof)]
pub enum InvokeActionEventType {
    #[prost(message, tag = "1")]
    Progress(InvokeActionProgress),
    #[prost(message, tag = "2")]
    Completed(DiagnosticsResponse),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum Severity {
    Invalid = 0,
    Error = 1,
    Warning = 2,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum StringKind {
    Plain = 0,
    Markdown = 1,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum BlockNesting {
    Invalid = 0,
    Single = 1,
    List = 2,
    Set = 3,
    Map = 4,
    Group = 5,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum ObjectNesting {
    Invalid = 0,
    Single = 1,
    List = 2,
    Set = 3,
    Map = 4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ::prost::Enumeration)]
#[repr(i32)]
pub enum DeferredReason {
    Unknown = 0,
    ResourceConfigUnknown = 1,
    ProviderConfigUnknown = 2,
    AbsentPrereq = 3,
}
