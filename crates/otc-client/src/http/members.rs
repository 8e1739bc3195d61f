//! Reads single members of a JSON object and skips the others without building them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Returns the members of the object in `body` with these names, each as text; `None` if there is none. If a name occurs twice, the
/// last one counts.
///
/// Needs no memory beyond `body`, however many other members there are.
///
/// # Errors
/// If `body` is not a JSON object.
pub fn members<'a, const N: usize>(
    body: &'a [u8],
    names: [&str; N],
) -> Result<[Option<&'a RawValue>; N], serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let found = (&mut deserializer).deserialize_map(Members(&names))?;
    deserializer.end()?;
    Ok(found)
}

struct Members<'n, const N: usize>(&'n [&'n str; N]);

impl<'de, const N: usize> Visitor<'de> for Members<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(position) = map.next_key_seed(Name(self.0))? {
            match position.and_then(|position| found.get_mut(position)) {
                Some(place) => *place = Some(map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found)
    }
}

/// Reads a name and returns its position among the wanted ones.
struct Name<'n>(&'n [&'n str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name of a member")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|wanted| *wanted == name))
    }
}

#[cfg(test)]
mod tests {
    use super::members;

    #[test]
    fn members_are_found_by_name_and_the_last_one_counts() {
        let body = br#"{"x":{"token":1},"token":[1, 2],"y":"\ud83d\ude00","links":null,"token":{"a": 1}}"#;
        let [token, links, none] = members(body, ["token", "links", "none"]).unwrap();
        assert_eq!(token.unwrap().get(), r#"{"a": 1}"#);
        assert_eq!(links.unwrap().get(), "null");
        assert!(none.is_none());
    }

    #[test]
    fn a_body_that_is_not_an_object_is_an_error() {
        for body in ["", "[]", "7", "{", "{}x", r#"{"a":}"#, "<html>"] {
            assert!(members(body.as_bytes(), ["a"]).is_err(), "{body}");
        }
        assert!(members(b" {} ", ["a"]).is_ok());
    }

    #[test]
    fn unwanted_members_need_no_memory() {
        let body = format!(r#"{{"token":7{}}}"#, r#","x":{"a":[0,1,{}]}"#.repeat(10_000));
        let used = allocation_counter::measure(|| {
            let [token] = members(body.as_bytes(), ["token"]).unwrap();
            assert!(token.is_some());
        });
        assert!(used.bytes_max < 4096, "{used:?}");
    }
}
