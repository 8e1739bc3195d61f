//! Decodes notations of text, and keeps for each byte its position in the original.

/// The bytes of a text, and their positions in it. A byte from an escape has the position of the whole escape.
pub(super) struct Reading {
    pub bytes: Vec<u8>,
    /// Start and end in the original text, one for each byte.
    pub places: Vec<(usize, usize)>,
    /// The positions at which the text may have been cut off: right before an ellipsis.
    pub cuts: Vec<usize>,
}

/// A notation of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// Escapes with a backslash, as in JSON and in Rust's debug form.
    Backslash,
    /// `%2F`.
    Percent,
    /// The same with `+` for a blank, as forms are sent.
    Form,
    /// `&amp;` and `&#38;`.
    Entity,
    /// Base64, decoded from the first, second, third or fourth character of every run. A group of four characters begins at one
    /// of them, wherever the run begins.
    Base64(usize),
}

impl Notation {
    pub const ESCAPES: [Self; 4] = [Self::Backslash, Self::Percent, Self::Form, Self::Entity];
    pub const BASE64: [Self; 4] = [Self::Base64(0), Self::Base64(1), Self::Base64(2), Self::Base64(3)];
}

const ELLIPSIS: &[u8] = "…".as_bytes();
/// The separator of two runs of base64, so that no secret is found across them.
const GAP: u8 = 0;

impl Reading {
    pub fn of(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            places: (0..text.len()).map(|at| (at, at + 1)).collect(),
            cuts: memchr::memmem::find_iter(text.as_bytes(), ELLIPSIS).collect(),
        }
    }

    fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            places: Vec::new(),
            cuts: Vec::new(),
        }
    }

    /// Decodes one notation; `None` if the text does not use it. Base64 of less than `shortest` bytes is not decoded.
    pub fn undo(&self, notation: Notation, shortest: usize) -> Option<Self> {
        match notation {
            Notation::Base64(offset) => self.undo_base64(offset, shortest),
            escapes => self.undo_escapes(escapes),
        }
    }

    fn undo_escapes(&self, notation: Notation) -> Option<Self> {
        let starters: &[u8] = match notation {
            Notation::Backslash => b"\\",
            Notation::Percent => b"%",
            Notation::Form => b"%+",
            _ => b"&",
        };
        if !self.bytes.iter().any(|byte| starters.contains(byte)) {
            return None;
        }
        let mut undone = Self::empty();
        let mut changed = false;
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            let rest = &self.bytes[at..];
            if rest.starts_with(ELLIPSIS) {
                undone.cuts.push(undone.bytes.len());
            }
            let unit = match notation {
                _ if !starters.contains(byte) => None,
                Notation::Backslash => backslash(rest),
                Notation::Percent => percent(rest),
                Notation::Form if *byte == b'+' => Some((' ', 1)),
                Notation::Form => percent(rest),
                _ => entity(rest),
            };
            match unit {
                Some((character, length)) => {
                    changed = true;
                    let place = (self.places[at].0, self.places[at + length - 1].1);
                    let mut buffer = [0; 4];
                    let bytes = match notation {
                        // One byte, not one character: a character of several bytes is written as several escapes.
                        Notation::Percent | Notation::Form => {
                            buffer[0] = u8::try_from(u32::from(character)).unwrap_or_default();
                            &buffer[..1]
                        }
                        _ => character.encode_utf8(&mut buffer).as_bytes(),
                    };
                    undone.bytes.extend_from_slice(bytes);
                    undone.places.extend(bytes.iter().map(|_| place));
                    at += length;
                }
                None => {
                    // If the escape itself was cut off, the text ends before it.
                    if starters.contains(byte) && cut_soon(rest) {
                        changed = true;
                        undone.cuts.push(undone.bytes.len());
                    }
                    undone.bytes.push(*byte);
                    undone.places.push(self.places[at]);
                    at += 1;
                }
            }
        }
        changed.then_some(undone)
    }

    fn undo_base64(&self, offset: usize, shortest: usize) -> Option<Self> {
        let least = (shortest * 4).div_ceil(3).max(4);
        let mut undone = Self::empty();
        let mut at = 0;
        while at < self.bytes.len() {
            let length = self.bytes[at..]
                .iter()
                .take_while(|byte| sextet(**byte).is_some())
                .count();
            let run = at + offset..at + length;
            let cut = self.bytes[at + length..].starts_with(ELLIPSIS);
            if run.len() >= if cut { 4 } else { least } && !is_id(&self.bytes[at..at + length]) {
                undone.take_run(self, run.clone());
                if cut {
                    undone.cuts.push(undone.bytes.len());
                }
                undone.bytes.push(GAP);
                undone.places.push(self.places[run.start]);
            }
            at += length.max(1);
        }
        (!undone.bytes.is_empty()).then_some(undone)
    }

    fn take_run(&mut self, of: &Self, run: std::ops::Range<usize>) {
        let (mut bits, mut count) = (0_u32, 0);
        for at in run.clone() {
            bits = (bits << 6) | u32::from(sextet(of.bytes[at]).unwrap_or_default());
            count += 6;
            if count >= 8 {
                count -= 8;
                self.bytes
                    .push(u8::try_from((bits >> count) & 0xff).unwrap_or_default());
                bits &= 0xffff;
                // The eight bits end in this character and begin in the previous one at the earliest.
                let first = at.saturating_sub(1).max(run.start);
                self.places.push((of.places[first].0, of.places[at].1));
            }
        }
    }
}

/// Returns whether a run of base64 characters is an ID or a hash. Lists have many of them, and base64 of text never looks like one.
fn is_id(run: &[u8]) -> bool {
    const SHORTEST_ID: usize = 12;
    run.len() >= SHORTEST_ID && run.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}

/// Returns whether the text is cut off within the length of one escape.
fn cut_soon(rest: &[u8]) -> bool {
    const LONGEST_ESCAPE: usize = 12;
    let near = rest.get(..LONGEST_ESCAPE + ELLIPSIS.len()).unwrap_or(rest);
    near.windows(ELLIPSIS.len()).any(|bytes| bytes == ELLIPSIS)
}

fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Decodes the escape at the beginning of `rest`, and returns its length, too.
fn backslash(rest: &[u8]) -> Option<(char, usize)> {
    let simple = |character| Some((character, 2));
    match rest.get(1)? {
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'0' => simple('\0'),
        other @ (b'"' | b'\\' | b'/' | b'\'' | b'&' | b'<' | b'>' | b'=') => simple(char::from(*other)),
        b'x' => Some((char::from(u8::try_from(hex(rest.get(2..4)?)?).ok()?), 4)),
        b'u' if rest.get(2) == Some(&b'{') => {
            let end = rest.iter().take(10).position(|byte| *byte == b'}')?;
            Some((char::from_u32(hex(rest.get(3..end)?)?)?, end + 1))
        }
        b'u' => {
            let first = hex(rest.get(2..6)?)?;
            if let Some(character) = char::from_u32(first) {
                return Some((character, 6));
            }
            let second = hex(rest.get(8..12).filter(|_| rest.get(6..8) == Some(b"\\u"))?)?;
            let pair = [u16::try_from(first).ok()?, u16::try_from(second).ok()?];
            let character = char::decode_utf16(pair).next()?.ok()?;
            Some((character, 12))
        }
        _ => None,
    }
}

fn percent(rest: &[u8]) -> Option<(char, usize)> {
    let byte = u8::try_from(hex(rest.get(1..3)?)?).ok()?;
    Some((char::from(byte), 3))
}

fn entity(rest: &[u8]) -> Option<(char, usize)> {
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let name = rest.get(1..end)?;
    let character = match name {
        b"amp" => '&',
        b"lt" => '<',
        b"gt" => '>',
        b"quot" => '"',
        b"apos" => '\'',
        b"nbsp" => ' ',
        b"sol" => '/',
        b"plus" => '+',
        b"equals" => '=',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(hex(digits)?)?,
        [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
        _ => return None,
    };
    Some((character, end + 1))
}

fn hex(digits: &[u8]) -> Option<u32> {
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
