//! `clouds.yaml`, with `secure.yaml` over it and a profile of `clouds-public.yaml` under it.

use std::{collections::BTreeMap, io, path::PathBuf};

use secrecy::SecretString;
use serde::Deserialize;

use super::environment::Environment;

/// One entry, flat: the keys at its top and those under `auth`.
#[derive(Default)]
pub(super) struct Entry {
    values: BTreeMap<String, (SecretString, PathBuf)>,
}

impl Entry {
    /// The first of `keys` that is there, and the file that it came from.
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

/// A single value; lists and maps are of no interest here.
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
    // Text whatever it looks like: a password may be all digits and begin with zeros.
    auth: Option<BTreeMap<String, Option<SecretString>>>,
    profile: Option<String>,
    cloud: Option<String>,
    #[serde(flatten)]
    top: BTreeMap<String, Scalar>,
}

#[derive(Default, Deserialize)]
struct Document {
    #[serde(default)]
    clouds: BTreeMap<String, Option<Cloud>>,
    #[serde(default, rename = "public-clouds")]
    public_clouds: BTreeMap<String, Option<Cloud>>,
}

/// Looks `name` up.
///
/// # Errors
/// A sentence that says which file cannot be used or where the entry was looked for. It quotes nothing of the files.
pub(super) fn load(name: &str, environment: &Environment) -> Result<Entry, String> {
    let Some((file, mut clouds)) = find(environment, "OS_CLIENT_CONFIG_FILE", "clouds")? else {
        return Err(format!(
            "no clouds.yaml was found; looked in {}, and the variable OS_CLIENT_CONFIG_FILE is not set",
            environment
                .folders()
                .iter()
                .map(|folder| folder.display().to_string())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    };
    let known = clouds.clouds.keys().cloned().collect::<Vec<_>>().join(", ");
    let Some(cloud) = clouds.clouds.remove(name) else {
        return Err(format!("{} has no entry \"{name}\"; it has: {known}", file.display()));
    };
    let cloud = cloud.unwrap_or_default();
    let mut entry = Entry::default();
    // `cloud` inside an entry is the old name of `profile`.
    if let Some(profile) = cloud.profile.as_ref().or(cloud.cloud.as_ref()) {
        match find(environment, "OS_CLIENT_VENDOR_FILE", "clouds-public")? {
            Some((public, mut profiles)) => match profiles.public_clouds.remove(profile.as_str()).flatten() {
                Some(values) => entry.add(values, &public),
                None => return Err(format!("{} has no profile \"{profile}\"", public.display())),
            },
            // Profiles of well-known clouds come with the Python tools; an entry that says everything needs none.
            None if cloud.auth.as_ref().is_some_and(|auth| auth.contains_key("auth_url")) => {}
            None => {
                return Err(format!(
                    "the entry \"{name}\" of {} refers to the profile \"{profile}\", and no clouds-public.yaml was found",
                    file.display()
                ));
            }
        }
    }
    entry.add(cloud, &file);
    if let Some((secure, mut secrets)) = find(environment, "OS_CLIENT_SECURE_FILE", "secure")?
        && let Some(values) = secrets.clouds.remove(name).flatten()
    {
        entry.add(values, &secure);
    }
    Ok(entry)
}

/// The file that `variable` names, or else the first of that name on the search path.
fn find(environment: &Environment, variable: &str, stem: &str) -> Result<Option<(PathBuf, Document)>, String> {
    if let Some(path) = environment.plain(variable) {
        let path = environment.path(path);
        let text = environment
            .read(&path)
            .map_err(|error| format!("{}, which {variable} names, cannot be read: {error}", path.display()))?;
        return Ok(Some((path.clone(), parse(&path, &text)?)));
    }
    for folder in environment.folders() {
        for ending in ["yaml", "yml", "json"] {
            let path = folder.join(format!("{stem}.{ending}"));
            match environment.read(&path) {
                Ok(text) => return Ok(Some((path.clone(), parse(&path, &text)?))),
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound || error.kind() == io::ErrorKind::NotADirectory => {}
                Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
            }
        }
    }
    Ok(None)
}

fn parse(path: &std::path::Path, text: &str) -> Result<Document, String> {
    if text.trim().is_empty() {
        return Ok(Document::default());
    }
    // The parser's own words quote the file, which holds passwords; the place alone does not.
    serde_saphyr::from_str(text).map_err(|error| match error.location() {
        Some(place) => format!(
            "{} is not a readable YAML file of clouds; the mistake is at line {}, column {}",
            path.display(),
            place.line(),
            place.column()
        ),
        None => format!("{} is not a readable YAML file of clouds", path.display()),
    })
}
