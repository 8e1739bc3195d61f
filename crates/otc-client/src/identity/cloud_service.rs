//! The services of the cloud that the client speaks to.

/// A service of the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CloudService {
    /// Cloud Server Backup Service.
    Csbs,
    /// Cloud Backup and Recovery, its successor.
    Cbr,
}

impl CloudService {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Csbs, Self::Cbr];

    /// The short name, such as `CSBS`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csbs => "CSBS",
            Self::Cbr => "CBR",
        }
    }

    /// The full name.
    #[must_use]
    pub fn full_name(self) -> &'static str {
        match self {
            Self::Csbs => "Cloud Server Backup Service",
            Self::Cbr => "Cloud Backup and Recovery",
        }
    }

    /// The types under which it stands in a catalog; the first one is the usual one.
    #[must_use]
    pub fn catalog_types(self) -> &'static [&'static str] {
        match self {
            Self::Csbs => &["data-protect", "csbs"],
            Self::Cbr => &["cbr"],
        }
    }

    /// The version of the API, as the path has it.
    pub(super) fn version(self) -> &'static str {
        match self {
            Self::Csbs => "v1",
            Self::Cbr => "v3",
        }
    }

    /// The argument of the provider block, and the environment variable, that set its address.
    pub(super) fn endpoint_argument(self) -> &'static str {
        match self {
            Self::Csbs => "endpoint (OS_CSBS_ENDPOINT)",
            Self::Cbr => "cbr_endpoint (OS_CBR_ENDPOINT)",
        }
    }
}
