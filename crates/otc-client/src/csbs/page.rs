//! Follows lists from page to page to their end.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::client::{Answer, Call};
use super::path::Path;
use super::{ApiError, Client, lenient};

/// The service's largest page.
pub(super) const PAGE: usize = 1000;

/// More pages than any project has.
const MOST_PAGES: usize = 10_000;

/// How much may be kept of all pages of one list, bytes of memory: 96 MiB, which is about 25,000 backups of servers with two
/// disks. A longer list has to be asked for with a filter.
const MOST_KEPT: usize = if cfg!(test) { 32 * 1024 * 1024 } else { 96 * 1024 * 1024 };

/// How long the text of one element may be, bytes: as long as an answer about it alone.
const LONGEST_ELEMENT: usize = 4 * 1024 * 1024;

/// One element of a list, not yet read beyond what paging and matching need.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    /// The element's ID.
    #[serde(deserialize_with = "lenient::id")]
    pub(super) id: String,
    /// The checkpoint it belongs to, if it is an item.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(super) checkpoint_id: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(super) created_at: Option<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    /// The elements, each with what is known of it and its text, which is a part of the answer and keeps all of it.
    pub(super) elements: Vec<(Head, Bytes)>,
    /// Where the next page begins; none at the end.
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
        // A full page may have a successor whether or not it says so; a short one only if it says so.
        let more = elements.len() >= size || links.is_some_and(has_next);
        let next = elements.last().filter(|_| more).map(|(head, _)| head.id.clone());
        Ok(Page { elements, next, answer })
    }

    /// How many bytes of text it keeps.
    pub(super) fn len(&self) -> usize {
        self.answer.len()
    }
}

/// The elements of a list that were read so far, within bounds.
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
    /// In words, when it cannot be read or is one too many.
    pub(super) fn read(&mut self, text: &[u8]) -> Result<(), String> {
        if text.len() > LONGEST_ELEMENT {
            return Err(format!("an element of the list is longer than {LONGEST_ELEMENT} bytes"));
        }
        let (element, kept) = lenient::measured(|| serde_json::from_slice(text));
        let element = element.map_err(|error| error.to_string())?;
        // The vector may have reserved as much again.
        self.bytes = self.bytes.saturating_add(kept + 2 * size_of::<T>());
        if self.bytes > MOST_KEPT {
            return Err(format!(
                "the list is longer than {MOST_KEPT} bytes of memory after {} elements; ask for less of it with a filter",
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

/// What a list is called where.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) operation: &'static str,
    /// The answer's member that holds the elements.
    pub(super) member: &'static str,
    /// The answer's member that may hold links.
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

    /// Reads a list to its end, or until there are `most` elements.
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
        for _ in 0..MOST_PAGES {
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
            message: format!("the list does not end within {MOST_PAGES} pages"),
            status: 200,
            request_id: None,
            write: false,
        })
    }
}

/// Whether the answer links to a next page. The link itself is never followed: it could lead anywhere.
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
