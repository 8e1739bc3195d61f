//! Servers (ECS), which the service backs up.

use serde::{Deserialize, Serialize};

/// Server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// ID of its project; `None` means every project.
    pub project_id: Option<String>,
    /// Availability zone.
    pub zone: String,
    /// Status in the compute service: `ACTIVE`, `SHUTOFF`, `ERROR` or `DELETED`.
    pub status: String,
    /// Error code, such as `CSBS.6007`, with which the service refuses to back it up; `None` means that it does not refuse.
    pub refusal: Option<String>,
    /// Disks.
    pub disks: Vec<Disk>,
    /// Number of virtual processors.
    pub vcpus: u32,
    /// Memory in MB.
    pub ram: u32,
    /// Private IP address.
    pub private_ip: String,
    /// Public IP address, or empty.
    pub eip: String,
    /// `gold`, `private` or `market`.
    pub image_type: String,
}

/// Disk of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disk {
    /// ID.
    pub id: String,
    /// Name.
    pub name: String,
    /// Size, in GB.
    pub size: u64,
    /// The server boots from it.
    pub bootable: bool,
}

impl Server {
    /// Creates a running server with a system disk of 40 GB and a data disk of 60 GB.
    pub fn new(id: impl Into<String>) -> Self {
        let id = id.into();
        let disk = |number: u32, size, bootable| Disk {
            id: part_of(&id, number),
            name: format!("volume-{number}"),
            size,
            bootable,
        };
        Self {
            name: format!("ecs-{}", id.get(..8).unwrap_or(&id)),
            project_id: None,
            zone: "eu-de-01".to_owned(),
            status: "ACTIVE".to_owned(),
            refusal: None,
            disks: vec![disk(1, 40, true), disk(2, 60, false)],
            vcpus: 2,
            ram: 4096,
            private_ip: "192.168.0.12".to_owned(),
            eip: String::new(),
            image_type: "gold".to_owned(),
            id,
        }
    }

    /// Sets the name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Makes the service refuse to back up the server, with `code`.
    #[must_use]
    pub fn refused(mut self, code: impl Into<String>) -> Self {
        self.refusal = Some(code.into());
        self
    }

    /// Sets disks of these sizes in GB; the first is the system disk.
    #[must_use]
    pub fn with_disks(mut self, sizes: &[u64]) -> Self {
        self.disks = sizes
            .iter()
            .zip(1..)
            .map(|(size, number)| Disk {
                id: part_of(&self.id, number),
                name: format!("volume-{number}"),
                size: *size,
                bootable: number == 1,
            })
            .collect();
        self
    }

    /// Returns the size of all disks, in GB.
    pub fn size(&self) -> u64 {
        self.disks.iter().map(|disk| disk.size).sum()
    }

    /// Returns `count` servers with fixed IDs from `00000000-0000-0000-0000-000000000000`.
    pub fn some(count: u32) -> Vec<Self> {
        (0..count)
            .map(|n| Self::new(format!("00000000-0000-0000-0000-{n:012x}")).named(format!("server-{n}")))
            .collect()
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new("00000000-0000-0000-0000-000000000000")
    }
}

/// Derives the ID of a disk from the ID of its server.
fn part_of(id: &str, number: u32) -> String {
    let word = |what: &str| crate::random::pick(id, &format!("{what}{number}"), 1 << 32);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:08x}{:04x}",
        word("a"),
        word("b") & 0xffff,
        word("c") & 0xfff,
        word("d") & 0xfff,
        word("e"),
        word("f") & 0xffff
    )
}
