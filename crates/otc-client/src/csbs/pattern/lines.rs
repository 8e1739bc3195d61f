//! The lines of an iCalendar text.

use super::{error::PatternError, word};

/// Properties that do not change the schedule.
const HEADERS: [&str; 12] = [
    "VERSION",
    "PRODID",
    "CALSCALE",
    "METHOD",
    "UID",
    "DTSTAMP",
    "DTSTART",
    "SUMMARY",
    "DESCRIPTION",
    "CREATED",
    "LAST-MODIFIED",
    "SEQUENCE",
];

/// Returns the unfolded lines (RFC 5545, section 3.1), trimmed and without empty ones. Any line end is accepted.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\r', '\n']) {
        let folded = line.strip_prefix([' ', '\t']);
        match (folded, lines.last_mut()) {
            // A blank before a property is an indented line of a heredoc, not a folded one.
            (Some(rest), Some(last)) if !is_property(rest) => last.push_str(rest.trim_end()),
            _ if line.trim().is_empty() => {}
            _ => lines.push(line.trim().to_owned()),
        }
    }
    lines
}

fn is_property(text: &str) -> bool {
    let text = text.trim_start();
    let end = text.find([':', ';']).unwrap_or(0);
    let name = &text[..end];
    let known = |known: &str| name.eq_ignore_ascii_case(known);
    text.as_bytes().get(end) == Some(&b':') && (["BEGIN", "END", "RRULE"].into_iter().any(known) || is_header(name))
}

fn is_header(name: &str) -> bool {
    let extension = name.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("X-"));
    extension || HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known))
}

pub(super) fn plain(text: &str) -> String {
    lines(text).into_iter().map(|line| line + "\r\n").collect()
}

/// Returns the text in which patterns are compared that cannot be read.
pub(super) fn normalized(text: &str) -> String {
    plain(text).to_ascii_uppercase()
}

/// The recurrence rules of the text, in capital letters.
pub(super) fn rules(text: &str) -> Result<Vec<String>, PatternError> {
    let mut open: Vec<String> = Vec::new();
    let mut rules: Vec<String> = Vec::new();
    let (mut calendars, mut events) = (0, 0);
    let shape = |text: String| Err(PatternError::Shape(text));
    for line in lines(text) {
        let Some((head, value)) = line.split_once(':') else {
            return Err(PatternError::Line(line));
        };
        let name = head.split(';').next().unwrap_or(head).trim().to_ascii_uppercase();
        let value = value.trim().to_ascii_uppercase();
        match (name.as_str(), open.len()) {
            ("BEGIN", depth) => {
                match (value.as_str(), depth) {
                    ("VCALENDAR", 0) => calendars += 1,
                    ("VEVENT", 1) => events += 1,
                    _ => return shape(format!("BEGIN:{} is not expected there", word::shown(&value))),
                }
                open.push(value);
            }
            ("END", _) => match open.pop() {
                Some(begun) if begun == value => {}
                _ => return shape(format!("END:{} is not expected there", word::shown(&value))),
            },
            (_, 0) => return shape(format!("{} is outside of VCALENDAR", word::shown(&name))),
            ("RRULE", 2) if head.len() == "RRULE".len() => {
                let parts: Vec<_> = value
                    .split(';')
                    .map(str::trim)
                    .filter(|part| !part.is_empty())
                    .collect();
                rules.push(parts.join(";"));
            }
            ("RRULE", _) => return shape("the RRULE is not directly in VEVENT".to_owned()),
            (name, _) if is_header(name) => {}
            _ => return Err(PatternError::Property(name)),
        }
    }
    match (open.pop(), calendars, events) {
        (Some(open), ..) => shape(format!("END:{} is missing", word::shown(&open))),
        (None, 1, 1) if rules.is_empty() => shape("the RRULE is missing".to_owned()),
        (None, 1, 1) => Ok(rules),
        (None, 0, _) => shape("BEGIN:VCALENDAR is missing".to_owned()),
        (None, 1, 0) => shape("BEGIN:VEVENT is missing".to_owned()),
        _ => shape("there is more than one VCALENDAR or VEVENT".to_owned()),
    }
}
