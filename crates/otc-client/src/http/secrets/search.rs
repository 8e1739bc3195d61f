//! Finds secrets in a text, in every notation, and removes them.

use std::borrow::Cow;

use super::{
    needle::Needle,
    notation::{Notation, Reading},
};
use crate::http::REMOVED;

/// Number of nested notations: JSON in a string of JSON in a form.
const DEPTH: usize = 3;
/// Number of readings of one text that are searched. Normal text has one to five; a hostile text could have very many.
const MAX_READINGS: usize = 48;
/// Length of the shortest beginning of a secret that is removed where text was cut off.
const SHORTEST_BEGINNING: usize = 3;

/// Returns `text` without the needles.
pub(super) fn redact<'t, 'n>(text: &'t str, needles: impl Iterator<Item = &'n Needle>) -> Cow<'t, str> {
    let needles: Vec<&Needle> = needles.collect();
    if needles.is_empty() || text.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut found: Vec<(usize, usize)> = Vec::new();
    let shortest = needles
        .iter()
        .map(|needle| needle.bytes().len())
        .min()
        .unwrap_or_default();
    for reading in readings(text, shortest) {
        for needle in &needles {
            occurrences(&reading, needle, &mut found);
        }
    }
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable();
    let mut out = String::with_capacity(text.len());
    let mut written = 0;
    let mut removed_to = None;
    for (start, end) in found {
        let (start, end) = (text.floor_char_boundary(start), text.ceil_char_boundary(end));
        // Overlapping occurrences are removed as one.
        if removed_to.is_none_or(|to| start >= to) {
            out.push_str(&text[written..start]);
            out.push_str(REMOVED);
        }
        written = written.max(end);
        removed_to = Some(written);
    }
    out.push_str(&text[written..]);
    Cow::Owned(out)
}

/// Returns the text, and the text with notations decoded in any order, base64 once. Base64 of less than `shortest` bytes is not
/// decoded.
fn readings(text: &str, shortest: usize) -> Vec<Reading> {
    // The depth, and whether base64 was decoded on the way.
    let mut all = vec![(Reading::of(text), 0, false)];
    let mut at = 0;
    while at < all.len() {
        let (_, depth, packed) = all[at];
        if depth < DEPTH {
            let base64 = if packed { &[][..] } else { &Notation::BASE64[..] };
            for notation in Notation::ESCAPES.iter().chain(base64) {
                if all.len() >= MAX_READINGS {
                    break;
                }
                if let Some(undone) = all[at].0.undo(*notation, shortest)
                    && !all
                        .iter()
                        .any(|(known, ..)| known.bytes == undone.bytes && known.cuts == undone.cuts)
                {
                    let packed = packed || matches!(notation, Notation::Base64(_));
                    all.push((undone, depth + 1, packed));
                }
            }
        }
        at += 1;
    }
    all.into_iter().map(|(reading, ..)| reading).collect()
}

fn occurrences(reading: &Reading, needle: &Needle, found: &mut Vec<(usize, usize)>) {
    let wanted = needle.bytes();
    if reading.bytes.len() < wanted.len() && reading.cuts.is_empty() {
        return;
    }
    let mut note = |start: usize, end: usize| {
        if let Some(places) = reading.places.get(start..end)
            && let (Some(first), Some(last)) = (places.first(), places.last())
        {
            found.push((first.0, last.1));
        }
    };
    for start in memchr::memmem::find_iter(&reading.bytes, wanted) {
        let end = start + wanted.len();
        if needle.fits(&reading.bytes, start, end) {
            note(start, end);
        }
    }
    for cut in &reading.cuts {
        let before = reading.bytes.get(..*cut).unwrap_or_default();
        let longest = before.len().min(wanted.len().saturating_sub(1));
        let beginning = (SHORTEST_BEGINNING..=longest).rev().find(|length| {
            let start = cut - length;
            before[start..] == wanted[..*length]
                && needle.begins_well(start.checked_sub(1).and_then(|at| before.get(at)).copied())
        });
        if let Some(length) = beginning {
            note(cut - length, *cut);
        }
    }
}
