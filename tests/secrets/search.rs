//! Looks for secrets in bytes: as they are, in other notations, and inside of Terraform's plan files.

use std::{fs, io::Read, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::read::DeflateDecoder;

/// The secrets to search for, and the places where they were found.
pub struct Search {
    secrets: Vec<(String, String)>,
    found: Vec<String>,
    files: usize,
}

impl Search {
    pub fn new() -> Self {
        Self {
            secrets: Vec::new(),
            found: Vec::new(),
            files: 0,
        }
    }

    pub fn secret(&mut self, name: &str, value: &str) {
        let escaped: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let percent: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
        // Behind a user's name, as in HTTP's basic authentication; without the last group, which is not of the value alone.
        let with_user = STANDARD.encode(format!("user:{value}"));
        // Every log contains such a short text by chance.
        let without_first = with_user[8..].trim_end_matches('=').to_owned();
        let without_first = (without_first.len() >= 8).then_some(without_first);
        let forms = [
            value.to_owned(),
            value.replace('/', "\\/"),
            value.replace('&', "&amp;"),
            escaped,
            STANDARD.encode(value),
            with_user,
            percent,
            hex,
        ];
        for form in forms.into_iter().chain(without_first) {
            self.secrets.push((name.to_owned(), form));
        }
    }

    pub fn text(&mut self, place: &str, text: &[u8]) {
        // Secrets are ASCII, which a lossy conversion of the surrounding bytes keeps.
        let text = String::from_utf8_lossy(text);
        for (name, secret) in &self.secrets {
            if let Some(at) = text.find(secret.as_str()) {
                let begin = text.floor_char_boundary(at.saturating_sub(200));
                let end = text.floor_char_boundary(text.len().min(at + 100));
                self.found
                    .push(format!("{name} is in {place}: …{}…", &text[begin..end]));
            }
        }
    }

    /// Every file below, links aside.
    pub fn folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let kind = fs::symlink_metadata(&path).unwrap();
            if kind.is_dir() {
                self.folder(&path);
            } else if kind.is_file() {
                let bytes = fs::read(&path).unwrap();
                self.files += 1;
                let place = path.display().to_string();
                self.text(&place, &bytes);
                for (number, part) in unpacked(&bytes).into_iter().enumerate() {
                    self.text(&format!("{place}, part {number}"), &part);
                }
            }
        }
    }

    /// Looks for the secrets of `other` as well.
    pub fn join(&mut self, other: Self) {
        self.secrets.extend(other.secrets);
    }

    /// Returns true if `text` contains a secret.
    pub fn finds(&self, text: &str) -> bool {
        self.secrets.iter().any(|(_, secret)| text.contains(secret.as_str()))
    }

    pub fn assert_no_secret(&self) {
        assert!(self.files >= 3, "only {} files were searched", self.files);
        assert!(self.found.is_empty(), "{}", self.found.join("\n\n"));
    }
}

/// The files in a zip archive. The sizes are at the end of the archive, but compressed data contains its own end.
fn unpacked(bytes: &[u8]) -> Vec<Vec<u8>> {
    const HEAD: usize = 30;
    if !bytes.starts_with(b"PK\x03\x04") {
        return Vec::new();
    }
    let number = |at: usize| usize::from(u16::from_le_bytes([bytes[at], bytes[at + 1]]));
    let heads = (0..bytes.len().saturating_sub(HEAD)).filter(|at| bytes[*at..].starts_with(b"PK\x03\x04"));
    let parts: Vec<Vec<u8>> = heads
        .filter(|at| number(at + 8) == 8)
        .map(|at| {
            let begin = at + HEAD + number(at + 26) + number(at + 28);
            let mut part = Vec::new();
            let _ = DeflateDecoder::new(&bytes[begin..]).read_to_end(&mut part);
            part
        })
        .collect();
    assert!(
        parts.iter().any(|part| !part.is_empty()),
        "nothing could be unpacked from a plan file"
    );
    parts
}

#[cfg(test)]
mod tests {
    use super::Search;

    #[test]
    fn the_search_finds_every_notation() {
        for text in [
            "x LEAK/a+b== y",
            "LEAK%2Fa%2Bb%3D%3D",
            "TEVBSy9hK2I9PQ==",
            "4c45414b2f612b623d3d",
        ] {
            let mut search = Search::new();
            search.secret("it", "LEAK/a+b==");
            search.text("here", text.as_bytes());
            assert!(!search.found.is_empty(), "{text}");
        }
    }
}
