//! Reads lists page by page.

use std::collections::HashSet;

use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::client::{Answer, Api, Call, Client};
use super::path::Path;
use super::{ApiError, lenient};

/// Number of elements of the largest page.
pub(crate) const PAGE: usize = 1000;

/// Number of pages that are read at most: more than any project has.
const MAX_PAGES: usize = 10_000;

/// Memory that the elements of one list may take, in bytes: 96 MiB, which is about 25,000 backups of servers with two disks. A
/// longer list needs a filter.
const MAX_SIZE: usize = if cfg!(test) { 32 * 1024 * 1024 } else { 96 * 1024 * 1024 };

/// Length of the longest element, in bytes: that of the longest answer about a single object.
const MAX_ELEMENT_LENGTH: usize = 4 * 1024 * 1024;

/// The members of an element that paging and matching need.
#[derive(Debug, Deserialize)]
pub(crate) struct Head {
    /// The element's ID.
    #[serde(deserialize_with = "lenient::id")]
    pub(crate) id: String,
    /// The checkpoint it belongs to, if it is a backup.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) checkpoint_id: Option<String>,
    /// The backup that it is a part of, if it is the backup of a disk of a server.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) parent_id: Option<String>,
    /// When it was created.
    #[serde(default, deserialize_with = "lenient::text")]
    pub(crate) created_at: Option<String>,
}

/// One page of a list.
#[derive(Debug)]
pub(crate) struct Page {
    /// The elements, each with its head and its text. The text is a part of the answer and keeps the whole answer in memory.
    pub(crate) elements: Vec<(Head, Bytes)>,
    /// Whether the page is full or has a link to a next page.
    has_more: bool,
    /// Number of elements of the whole list, where the answer has it.
    count: Option<usize>,
    paging: Paging,
    answer: Answer,
}

impl Page {
    fn read(list: List, size: usize, answer: Answer) -> Result<Self, ApiError> {
        let [member, links, count] = answer.members([list.member, list.links.unwrap_or_default(), "count"])?;
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
        let has_more = elements.len() >= size || links.is_some_and(has_next);
        let count = count
            .filter(|_| list.counts)
            .and_then(|count| serde_json::from_str(count.get()).ok());
        Ok(Page {
            elements,
            has_more,
            count,
            paging: list.paging,
            answer,
        })
    }

    /// The position of the next page, if `before` elements come before this one; none at the end. A page that the service has cut
    /// short has a successor if the count of the list says so.
    pub(crate) fn next(&self, before: usize) -> Option<String> {
        let (last, _) = self.elements.last()?;
        let read = before + self.elements.len();
        (self.has_more || self.count.is_some_and(|count| count > read)).then(|| match self.paging {
            Paging::Marker => last.id.clone(),
            Paging::Offset => read.to_string(),
        })
    }

    /// Length of its text, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.answer.len()
    }
}

/// The elements of a list that were read so far, within the limits.
#[derive(Debug)]
pub(crate) struct Collected<T> {
    elements: Vec<T>,
    bytes: usize,
}

impl<T: DeserializeOwned> Collected<T> {
    pub(crate) fn new() -> Self {
        Self {
            elements: Vec::new(),
            bytes: 0,
        }
    }

    /// Reads one more element, and keeps it if `keep` says so.
    ///
    /// # Errors
    /// The message, if it cannot be read or exceeds a limit.
    pub(crate) fn read(&mut self, text: &[u8], keep: impl Fn(&T) -> bool) -> Result<(), String> {
        if text.len() > MAX_ELEMENT_LENGTH {
            return Err(format!(
                "an element of the list is longer than {MAX_ELEMENT_LENGTH} bytes"
            ));
        }
        let (element, kept) = lenient::measured(|| serde_json::from_slice(text));
        let element = element.map_err(|error| error.to_string())?;
        if !keep(&element) {
            return Ok(());
        }
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

    pub(crate) fn len(&self) -> usize {
        self.elements.len()
    }

    pub(crate) fn into_elements(self) -> Vec<T> {
        self.elements
    }
}

/// The way to ask for the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// By the ID of the last element (`marker`).
    Marker,
    /// By the number of elements before it (`offset`). It is left out for the first page, because some lists take no 0.
    Offset,
}

/// The properties of a list.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub(crate) operation: &'static str,
    /// The member of the answer that has the elements.
    pub(crate) member: &'static str,
    /// The member of the answer that may have links.
    pub(crate) links: Option<&'static str>,
    /// Whether the member `count` of the answer is the number of elements of the whole list.
    pub(crate) counts: bool,
    pub(crate) paging: Paging,
}

impl<A: Api> Client<A> {
    /// Reads one page of at most `size` elements at `position`, which is [`Page::next`] of the page before.
    pub(crate) async fn page(
        &self,
        list: List,
        path: &Path,
        size: usize,
        position: Option<&str>,
    ) -> Result<Page, ApiError> {
        let name = match list.paging {
            Paging::Marker => "marker",
            Paging::Offset => "offset",
        };
        let path = path
            .clone()
            .query("limit", &size.clamp(1, PAGE).to_string())
            .maybe(name, position);
        self.call(Call::get(list.operation, path).page(), |answer| {
            Page::read(list, size, answer)
        })
        .await
    }

    /// Reads a list to its end, or to `most` elements.
    pub(crate) async fn list<T: DeserializeOwned>(
        &self,
        list: List,
        path: Path,
        most: Option<usize>,
    ) -> Result<Vec<T>, ApiError> {
        self.list_matching(list, path, most, |_| true).await
    }

    /// Reads a list to its end, or to `most` elements that `keep` keeps.
    pub(crate) async fn list_matching<T: DeserializeOwned>(
        &self,
        list: List,
        path: Path,
        most: Option<usize>,
        keep: impl Fn(&T) -> bool,
    ) -> Result<Vec<T>, ApiError> {
        let most = most.unwrap_or(usize::MAX);
        let mut seen: HashSet<String> = HashSet::new();
        let mut found = Collected::new();
        let mut position: Option<String> = None;
        if most == 0 {
            return Ok(Vec::new());
        }
        for _ in 0..MAX_PAGES {
            let size = (most - found.len()).min(PAGE);
            let page = self.page(list, &path, size, position.as_deref()).await?;
            let before = seen.len();
            for (head, element) in &page.elements {
                if found.len() < most && seen.insert(head.id.clone()) {
                    found
                        .read(element, &keep)
                        .map_err(|message| page.answer.invalid_response(&format!("\"{}\": {message}", list.member)))?;
                }
            }
            if found.len() >= most {
                return Ok(found.into_elements());
            }
            match page.next(before) {
                None => return Ok(found.into_elements()),
                Some(_) if seen.len() == before => return Err(page.answer.invalid_response("the list repeats itself")),
                next => position = next,
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
