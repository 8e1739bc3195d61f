//! `csbs_backup` from plan to destroy, against a service in memory and under paused time.

mod core;
mod life;
mod trouble;
mod world;
