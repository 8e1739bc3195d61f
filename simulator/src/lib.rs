//! A CSBS service on loopback.
