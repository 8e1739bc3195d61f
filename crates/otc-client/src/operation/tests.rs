//! Operations against a scripted service, under paused time.

mod create;
mod delete;
mod deletion_refused;
mod lost_answer;
mod restore_course;
mod resume;
mod server_checks;
mod service;
mod shared;
mod vault;
mod wait_for_backup;
mod wait_for_server;
