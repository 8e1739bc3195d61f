//! The CSBS REST client, API v1.
