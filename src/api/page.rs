//! Follows lists from page to page to their end.

use std::collections::HashSet;

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

/// More bytes than the lists of any project have in all their pages: what is read is kept until the end.
const MOST_BYTES: usize = if cfg!(test) {
    8 * 1024 * 1024
} else {
    1024 * 1024 * 1024
};

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
    /// The elements, each with what is known of it and its text.
    pub(super) elements: Vec<(Head, Box<RawValue>)>,
    /// Where the next page begins; none at the end.
    pub(super) next: Option<String>,
    answer: Answer,
}

impl Page {
    fn read(list: List, size: usize, answer: Answer) -> Result<Self, ApiError> {
        let envelope = answer.envelope()?;
        let Some(member) = envelope.get(list.member) else {
            return Err(answer.strange(&format!("it has no \"{}\"", list.member)));
        };
        let wrong = |error: serde_json::Error| answer.strange(&format!("\"{}\": {error}", list.member));
        let raw: Vec<&RawValue> = serde_json::from_str(member.get()).map_err(wrong)?;
        let mut elements = Vec::with_capacity(raw.len());
        for element in raw {
            let head: Head = serde_json::from_str(element.get()).map_err(wrong)?;
            elements.push((head, element.to_owned()));
        }
        // A full page may have a successor whether or not it says so; a short one only if it says so.
        let more = elements.len() >= size || envelope.get(list.links).is_some_and(|links| has_next(links));
        drop(envelope);
        let next = elements.last().filter(|_| more).map(|(head, _)| head.id.clone());
        Ok(Page { elements, next, answer })
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
        self.call(Call::get(list.operation, path), |answer| Page::read(list, size, answer))
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
        let mut found = Vec::new();
        let mut bytes = 0_usize;
        let mut marker: Option<String> = None;
        if most == 0 {
            return Ok(found);
        }
        for _ in 0..MOST_PAGES {
            let size = (most - found.len()).min(PAGE);
            let page = self.page(list, &path, size, marker.as_deref()).await?;
            let before = seen.len();
            bytes = bytes.saturating_add(page.answer.len());
            if bytes > MOST_BYTES {
                return Err(page
                    .answer
                    .strange(&format!("the list is longer than {MOST_BYTES} bytes")));
            }
            for (head, element) in &page.elements {
                if found.len() < most && seen.insert(head.id.clone()) {
                    let element = serde_json::from_str(element.get())
                        .map_err(|error| page.answer.strange(&format!("\"{}\": {error}", list.member)))?;
                    found.push(element);
                }
            }
            if found.len() >= most {
                return Ok(found);
            }
            match page.next {
                None => return Ok(found),
                Some(_) if seen.len() == before => return Err(page.answer.strange("the list repeats itself")),
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
