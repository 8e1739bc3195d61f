//! Reads lists page by page.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::client::{Answer, Call};
use super::path::Path;
use super::{ApiError, Client, lenient};

/// Number of elements of the largest page.
pub(super) const PAGE: usize = 1000;

/// Number of pages that are read at most: more than any project has.
const MAX_PAGES: usize = 10_000;

/// Memory that the elements of one list may take, in bytes: 96 MiB, which is about 25,000 backups of servers with two disks. A
/// longer list needs a filter.
const MAX_SIZE: usize = if cfg!(test) { 32 * 1024 * 1024 } else { 96 * 1024 * 1024 };

/// Length of the longest element, in bytes: that of the longest answer about a single object.
const MAX_ELEMENT_LENGTH: usize = 4 * 1024 * 1024;

/// The members of an element that paging and matching need.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    /// The element's ID.
    #[serde(deserialize_with = "lenient::id")]
    pub(super) id: String,
    /// The checkpoint it belongs to, if it is an item.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(super) checkpoint_id: Option<String>,
    /// When it was created.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(super) created_at: Option<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    /// The elements, each with its head and its text. The text is a part of the answer and keeps the whole answer in memory.
    pub(super) elements: Vec<(Head, Bytes)>,
    /// The marker of the next page; none at the end.
    pub(super) next: Option<String>,
    answer: Answer,
}

impl Page {
    fn read(list: List, size: usize, answer: Answer) -> Result<Self, ApiError> {
        let [member, links] = answer.members([list.member, list.links])?;
        let Some(member) = member else {
            return Err(answer.invalid_response(&format!("it has no \"{}\"", list.member)));
        };
        let wrong = |error: serde_json::Error| answer.invalid_response(&format!("\"{}\": {error}", list.member));
        let raw = lenient::elements(member.get().as_bytes()).map_err(wrong)?;
        let mut elements = Vec::with_capacity(raw.len());
        for element in raw {
            let head: Head = serde_json::from_str(element.get()).map_err(wrong)?;
            elements.push((head, answer.part(element)));
        }
        // A full page may have a successor without a link to it; a short page only with a link.
        let more = elements.len() >= size || links.is_some_and(has_next);
        let next = elements.last().filter(|_| more).map(|(head, _)| head.id.clone());
        Ok(Page { elements, next, answer })
    }

    /// Length of its text, in bytes.
    pub(super) fn len(&self) -> usize {
        self.answer.len()
    }
}

/// The elements of a list that were read so far, within the limits.
#[derive(Debug)]
pub(super) struct Collected<T> {
    elements: Vec<T>,
    bytes: usize,
}

impl<T: DeserializeOwned> Collected<T> {
    pub(super) fn new() -> Self {
        Self {
            elements: Vec::new(),
            bytes: 0,
        }
    }

    /// Reads one more element.
    ///
    /// # Errors
    /// The message, if it cannot be read or exceeds a limit.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<(), String> {
        if text.len() > MAX_ELEMENT_LENGTH {
            return Err(format!(
                "an element of the list is longer than {MAX_ELEMENT_LENGTH} bytes"
            ));
        }
        let (element, kept) = lenient::measured(|| serde_json::from_slice(text));
        let element = element.map_err(|error| error.to_string())?;
        // The vector may have reserved twice the memory.
        self.bytes = self.bytes.saturating_add(kept + 2 * size_of::<T>());
        if self.bytes > MAX_SIZE {
            return Err(format!(
                "the list is longer than {MAX_SIZE} bytes of memory after {} elements; ask for less of it with a filter",
                self.elements.len()
            ));
        }
        self.elements.push(element);
        Ok(())
    }

    pub(super) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(super) fn into_elements(self) -> Vec<T> {
        self.elements
    }
}

/// The names of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) operation: &'static str,
    /// The member of the answer that has the elements.
    pub(super) member: &'static str,
    /// The member of the answer that may have links.
    pub(super) links: &'static str,
}

impl Client {
    /// Reads one page of at most `size` elements after `marker`.
    pub(super) async fn page(
        &self,
        list: List,
        path: &Path,
        size: usize,
        marker: Option<&str>,
    ) -> Result<Page, ApiError> {
        let path = path
            .clone()
            .query("limit", &size.clamp(1, PAGE).to_string())
            .maybe("marker", marker);
        self.call(Call::get(list.operation, path).page(), |answer| {
            Page::read(list, size, answer)
        })
        .await
    }

    /// Reads a list to its end, or to `most` elements.
    pub(super) async fn list<T: DeserializeOwned>(
        &self,
        list: List,
        path: Path,
        most: Option<usize>,
    ) -> Result<Vec<T>, ApiError> {
        let most = most.unwrap_or(usize::MAX);
        let mut seen: HashSet<String> = HashSet::new();
        let mut found = Collected::new();
        let mut marker: Option<String> = None;
        if most == 0 {
            return Ok(Vec::new());
        }
        for _ in 0..MAX_PAGES {
            let size = (most - found.len()).min(PAGE);
            let page = self.page(list, &path, size, marker.as_deref()).await?;
            let before = seen.len();
            for (head, element) in &page.elements {
                if found.len() < most && seen.insert(head.id.clone()) {
                    found
                        .read(element)
                        .map_err(|message| page.answer.invalid_response(&format!("\"{}\": {message}", list.member)))?;
                }
            }
            if found.len() >= most {
                return Ok(found.into_elements());
            }
            match page.next {
                None => return Ok(found.into_elements()),
                Some(_) if seen.len() == before => return Err(page.answer.invalid_response("the list repeats itself")),
                next => marker = next,
            }
        }
        Err(ApiError::Decode {
            operation: list.operation,
            message: format!("the list does not end within {MAX_PAGES} pages"),
            status: 200,
            request_id: None,
            write: false,
        })
    }
}

/// Returns whether the answer links to a next page. The link itself is not followed, because it could lead anywhere.
fn has_next(links: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Link {
        #[serde(default, deserialize_with = "lenient::text")]
        rel: Option<String>,
    }
    #[derive(Deserialize)]
    struct Links(#[serde(deserialize_with = "lenient::list")] Vec<Link>);
    serde_json::from_str::<Links>(links.get())
        .is_ok_and(|links| links.0.iter().any(|link| link.rel.as_deref() == Some("next")))
}
