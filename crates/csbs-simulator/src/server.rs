//! The servers (ECS) that the service can back up.

use serde::{Deserialize, Serialize};

/// One server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its project; `None`: of every project.
    pub project_id: Option<String>,
    /// Availability zone.
    pub zone: String,
    /// As the compute service says: `ACTIVE`, `SHUTOFF`, `ERROR`, `DELETED`.
    pub status: String,
    /// The code (such as `CSBS.6007`) with which the service refuses to back it up; `None`: it does not refuse.
    pub refusal: Option<String>,
    /// Its disks.
    pub disks: Vec<Disk>,
    /// Virtual processors.
    pub vcpus: u32,
    /// Memory in MB.
    pub ram: u32,
    /// Address in its network.
    pub private_ip: String,
    /// Public address, or empty.
    pub eip: String,
    /// `gold`, `private` or `market`.
    pub image_type: String,
}

/// One disk of a server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Disk {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// GB.
    pub size: u64,
    /// Whether the server starts from it.
    pub bootable: bool,
}

impl Server {
    /// A running server of 4 GB with a system disk of 40 GB and a data disk of 60 GB.
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

    /// The same with another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// The same, but refused with `code` whenever it shall be backed up.
    #[must_use]
    pub fn refused(mut self, code: impl Into<String>) -> Self {
        self.refusal = Some(code.into());
        self
    }

    /// The same with disks of these sizes in GB; the first is the system disk.
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

    /// GB of all disks.
    pub fn size(&self) -> u64 {
        self.disks.iter().map(|disk| disk.size).sum()
    }

    /// `count` servers that are always the same: `00000000-0000-0000-0000-000000000000` and so on.
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

/// An id for a disk, made of its server's.
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
