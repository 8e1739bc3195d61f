//! What a provider author writes against: schemas, values, and one trait for each thing that Terraform can ask for.
//!
//! The vocabulary of schemas, diagnostics, attribute paths and typed values comes from the crate `tf-provider`. The traits
//! are our own: they carry cancellation, identity, state upgrade and move, which the crate's do not.

mod action;
mod context;
mod data_source;
mod diagnostic;
mod ephemeral;
mod function;
mod list;
pub mod model;
mod number;
mod printable;
pub mod protocol6;
mod provider;
mod redact;
mod resource;
pub mod schema;
pub mod serve;
mod value;

pub use action::{Action, ActionEvent, InvokeAction, PlanAction};
pub use context::{ClientCapabilities, Context, Deferred, PartialState};
pub use data_source::{DataSource, ReadData};
pub use diagnostic::AddDiagnostic;
pub use ephemeral::{Ephemeral, EphemeralResource};
pub use function::{Function, FunctionError, FunctionSignature, Parameter};
pub use list::{ListEvent, ListRequest, ListResource, ListResult};
pub use number::Number;
pub use printable::printable;
pub use provider::{Configure, Provider};
pub use redact::{NothingToRedact, Redact, readable};
pub use resource::{
    Create, Delete, IdentityAttribute, IdentitySchema, Import, ImportTarget, Imported, MoveState, NewState, Plan,
    Planned, Read, ReadResult, Resource, Update, UpgradeState,
};
pub use schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock, Schema};
pub use tf_provider::{AttributePath, AttributePathStep, Diagnostic, Diagnostics, value::Value};
pub use value::{RawValue, Refinement};
