//! A framework for Terraform and OpenTofu providers: plugin protocol 6.
//!
//! A provider implements [`Provider`] and one trait for each thing that it offers: [`Resource`], [`DataSource`], [`Action`],
//! [`ListResource`], [`EphemeralResource`], [`Function`]. A [`Schema`] describes the configuration of each, with the behaviour
//! of every [`Attribute`] while planning and validating. The traits exchange [`RawValue`]s; a provider converts them to
//! structs of its own, see [`model`]. [`serve::run`] serves the provider to Terraform. The README of this crate has a complete
//! provider.
//!
//! Diagnostics, attribute paths and the typed [`Value`] come from the crate `tf-provider`.

mod action;
mod context;
mod data_source;
mod diagnostic;
mod ephemeral;
mod function;
mod list;
pub mod model;
mod new_state;
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
pub use new_state::NewState;
pub use number::Number;
pub use printable::printable;
pub use provider::{Configure, Provider};
pub use redact::{NothingToRedact, Redact, readable};
pub use resource::{
    Create, Delete, IdentityAttribute, IdentitySchema, Import, ImportTarget, Imported, MoveState, Plan, Planned, Read,
    ReadResult, Resource, Update, UpgradeState,
};
pub use schema::{Attribute, AttributeConstraint, AttributeType, Block, Description, NestedBlock, Schema};
pub use tf_provider::{AttributePath, AttributePathStep, Diagnostic, Diagnostics, value::Value};
pub use value::{RawValue, Refinement};
