//! The process contract of a Terraform plugin.
