//! Tests of the simulated service, in memory and on sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod capability;
mod client;
mod faults;
mod identity;
mod items;
mod policies;
mod protect;
mod quotas;
mod reference;
mod restore;
mod schedules;
mod signing;
mod socket;
mod strict;
mod tags;
