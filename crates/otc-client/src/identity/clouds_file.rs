//! `clouds.yaml`, with `secure.yaml` over it and a profile of `clouds-public.yaml` under it.

use std::{collections::BTreeMap, io, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::{
    environment::Environment,
    unknown_key::{UnknownKey, first_line_with_content, line_of_key},
};

/// One entry, flat: the keys at its top and those under `auth`.
#[derive(Default)]
pub(super) struct Entry {
    values: BTreeMap<String, (SecretString, PathBuf)>,
    /// The `clouds.yaml` that has the entry.
    pub file: PathBuf,
    /// Keys that no setting has.
    pub unknown_keys: Vec<UnknownKey>,
}

impl Entry {
    /// The value of the first of `keys` that is set, and its file.
    pub(super) fn get(&self, keys: &[&str]) -> Option<(&SecretString, &PathBuf)> {
        keys.iter()
            .find_map(|key| self.values.get(*key))
            .map(|(value, file)| (value, file))
    }

    fn add(&mut self, cloud: Cloud, file: &std::path::Path) {
        let top = cloud.top.into_iter().filter_map(|(name, value)| match value {
            Scalar::Text(value) => Some((name, value)),
            Scalar::Other => None,
        });
        let auth = cloud.auth.unwrap_or_default();
        let auth = auth.into_iter().filter_map(|(name, value)| Some((name, value?)));
        for (name, value) in top.chain(auth) {
            self.values.insert(name, (value, file.to_owned()));
        }
    }
}

/// A single value. Lists and maps are not settings.
enum Scalar {
    Text(SecretString),
    Other,
}

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Scalar;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                Ok(match text {
                    "" => Scalar::Other,
                    text => Scalar::Text(text.into()),
                })
            }

            fn visit_bool<E>(self, value: bool) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string().into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string().into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string().into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Scalar, E> {
                Ok(Scalar::Text(value.to_string().into()))
            }

            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Other)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut elements: A) -> Result<Scalar, A::Error> {
                while elements.next_element::<serde::de::IgnoredAny>()?.is_some() {}
                Ok(Scalar::Other)
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut members: A) -> Result<Scalar, A::Error> {
                while members
                    .next_entry::<serde::de::IgnoredAny, serde::de::IgnoredAny>()?
                    .is_some()
                {}
                Ok(Scalar::Other)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[derive(Default, Deserialize)]
struct Cloud {
    // Always text: a password may consist of digits and begin with zeros.
    auth: Option<BTreeMap<String, Option<SecretString>>>,
    profile: Option<String>,
    cloud: Option<String>,
    #[serde(flatten)]
    top: BTreeMap<String, Scalar>,
}

#[derive(Default, Deserialize)]
struct Document {
    /// `None` where the file has no such key.
    clouds: Option<BTreeMap<String, Option<Cloud>>>,
    #[serde(default, rename = "public-clouds")]
    public_clouds: BTreeMap<String, Option<Cloud>>,
}

/// A file and its contents.
struct File {
    path: PathBuf,
    text: String,
    document: Document,
}

impl File {
    /// The entry `name` under `clouds`.
    fn cloud(&mut self, name: &str) -> Option<Cloud> {
        let cloud = self.document.clouds.as_mut()?.remove(name)?;
        Some(cloud.unwrap_or_default())
    }
}

/// Reads the entry `name`.
///
/// # Errors
/// A sentence that says which file cannot be used or which places were searched. It quotes no value of the files.
pub(super) fn load(name: &str, environment: &Environment) -> Result<Entry, String> {
    let Some(mut clouds) = find(environment, "OS_CLIENT_CONFIG_FILE", "clouds")? else {
        let folders = environment.folders();
        let folders: Vec<_> = folders.iter().map(|folder| folder.display().to_string()).collect();
        return Err(format!(
            "no clouds.yaml was found in {}, and the variable OS_CLIENT_CONFIG_FILE is not set",
            folders.join(", ")
        ));
    };
    let path = clouds.path.clone();
    let Some(entries) = &clouds.document.clouds else {
        return Err(match first_line_with_content(&clouds.text) {
            Some(line) => format!(
                "{} has no key \"clouds\" at its top level, which begins at line {line}",
                path.display()
            ),
            None => format!("{} is empty; it must have the key \"clouds\"", path.display()),
        });
    };
    let known = entries.keys().cloned().collect::<Vec<_>>().join(", ");
    let Some(cloud) = clouds.cloud(name) else {
        return Err(format!("{} has no entry \"{name}\"; it has: {known}", path.display()));
    };
    let mut entry = Entry {
        file: path.clone(),
        unknown_keys: unknown_keys(&cloud, name, &clouds),
        ..Entry::default()
    };
    // `cloud` inside an entry is the old name of `profile`.
    if let Some(profile) = cloud.profile.as_ref().or(cloud.cloud.as_ref()) {
        match find(environment, "OS_CLIENT_VENDOR_FILE", "clouds-public")? {
            Some(mut public) => match public.document.public_clouds.remove(profile.as_str()).flatten() {
                Some(values) => entry.add(values, &public.path),
                None => return Err(format!("{} has no profile \"{profile}\"", public.path.display())),
            },
            // The Python tools bring profiles of well-known clouds; an entry with an auth_url needs none.
            None if cloud.auth.as_ref().is_some_and(|auth| auth.contains_key("auth_url")) => {}
            None => {
                return Err(format!(
                    "the entry \"{name}\" of {} refers to the profile \"{profile}\", and no clouds-public.yaml was found",
                    path.display()
                ));
            }
        }
    }
    entry.add(cloud, &path);
    if let Some(mut secure) = find(environment, "OS_CLIENT_SECURE_FILE", "secure")?
        && let Some(values) = secure.cloud(name)
    {
        entry.add(values, &secure.path);
    }
    Ok(entry)
}

/// The file whose path `variable` contains, or else the first one of that name in the folders.
fn find(environment: &Environment, variable: &str, stem: &str) -> Result<Option<File>, String> {
    if let Some(path) = environment.plain(variable) {
        let path = environment.path(path);
        let text = environment
            .read(&path)
            .map_err(|error| format!("{}, the value of {variable}, cannot be read: {error}", path.display()))?;
        return Ok(Some(parse(path, text)?));
    }
    for folder in environment.folders() {
        for ending in ["yaml", "yml", "json"] {
            let path = folder.join(format!("{stem}.{ending}"));
            match environment.read(&path) {
                Ok(text) => return Ok(Some(parse(path, text)?)),
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound || error.kind() == io::ErrorKind::NotADirectory => {}
                Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
            }
        }
    }
    Ok(None)
}

fn parse(path: PathBuf, text: String) -> Result<File, String> {
    if text.trim().is_empty() {
        let document = Document::default();
        return Ok(File { path, text, document });
    }
    // The parser's messages quote the file, which contains passwords; the position alone does not.
    let document = serde_saphyr::from_str(&text).map_err(|error| match error.location() {
        Some(place) => format!(
            "{} is not a readable YAML file of clouds; the mistake is at line {}, column {}",
            path.display(),
            place.line(),
            place.column()
        ),
        None => format!("{} is not a readable YAML file of clouds", path.display()),
    })?;
    Ok(File { path, text, document })
}

/// The keys of an entry that no setting has.
fn unknown_keys(cloud: &Cloud, name: &str, file: &File) -> Vec<UnknownKey> {
    let auth = cloud.auth.iter().flat_map(BTreeMap::keys);
    let under_auth = auth.filter_map(|key| UnknownKey::under_auth(key));
    let at_the_top = cloud.top.keys().filter_map(|key| UnknownKey::at_the_top(key));
    let keys = under_auth.chain(at_the_top);
    keys.map(|key| UnknownKey {
        line: line_of_key(&file.text, name, &key.key),
        ..key
    })
    .collect()
}
