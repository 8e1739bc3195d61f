//! Stores objects as files in a directory, so that the next plugin process finds them, or in memory without a directory.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use terraform_plugin::{AttributeType, RawValue, protocol6::codec};

/// The store, which all handlers share.
#[derive(Clone, Default)]
pub struct Store {
    directory: Arc<Mutex<Option<PathBuf>>>,
    memory: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
}

impl Store {
    pub fn set_directory(&self, directory: &str) {
        *self.directory.lock().unwrap() = Some(directory.into());
    }

    fn file(&self, id: &str) -> Option<PathBuf> {
        let directory = self.directory.lock().unwrap().clone();
        directory.map(|directory| directory.join(format!("{id}.object")))
    }

    /// Saves an object.
    pub fn put(&self, id: &str, ty: &AttributeType, value: &RawValue) {
        let bytes = codec::to_msgpack(value, ty).unwrap();
        match self.file(id) {
            Some(file) => std::fs::write(file, bytes).unwrap(),
            None => {
                self.memory.lock().unwrap().insert(id.to_owned(), bytes);
            }
        }
    }

    /// Returns an object.
    pub fn get(&self, id: &str, ty: &AttributeType) -> Option<RawValue> {
        let bytes = match self.file(id) {
            Some(file) => std::fs::read(file).ok()?,
            None => self.memory.lock().unwrap().get(id)?.clone(),
        };
        Some(codec::from_msgpack(&bytes, ty).unwrap())
    }

    /// Removes an object.
    pub fn remove(&self, id: &str) {
        match self.file(id) {
            Some(file) => {
                let _ = std::fs::remove_file(file);
            }
            None => {
                self.memory.lock().unwrap().remove(id);
            }
        }
    }

    /// Returns all IDs, sorted.
    pub fn ids(&self) -> Vec<String> {
        let directory = self.directory.lock().unwrap().clone();
        let Some(directory) = directory else {
            return self.memory.lock().unwrap().keys().cloned().collect();
        };
        let mut ids: Vec<String> = std::fs::read_dir(directory)
            .unwrap()
            .filter_map(|entry| {
                let name = entry.unwrap().file_name().into_string().unwrap();
                name.strip_suffix(".object").map(str::to_owned)
            })
            .collect();
        ids.sort();
        ids
    }

    /// Returns an unused ID.
    pub fn free_id(&self, name: &str) -> String {
        let taken = self.ids();
        (1..)
            .map(|n| format!("{name}-{n}"))
            .find(|id| !taken.contains(id))
            .unwrap()
    }
}
