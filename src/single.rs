//! The one object that a data source shows.

use terraform_plugin::{AddDiagnostic, AttributePath, Diagnostics};

/// Most objects that an error lists.
const MAX_LISTED: usize = 10;

/// Words of the errors of a data source that shows one object.
pub struct Single {
    /// The kind of object, such as "backup".
    pub noun: &'static str,
    /// What to do when several objects pass the filters, without a full stop.
    pub advice: &'static str,
}

impl Single {
    /// The only one of `found`, or the first if `take_first`; an error in `diags` when there is none, or several are left. `line`
    /// describes an object in the error.
    pub fn of<'f, T>(
        &self,
        found: &'f [T],
        take_first: bool,
        line: impl Fn(&T) -> String,
        diags: &mut Diagnostics,
    ) -> Option<&'f T> {
        let Self { noun, advice } = self;
        match found {
            [] => {
                diags.add_attribute_error(
                    format!("There is no such {noun}"),
                    format!(
                        "No {noun} in this project passes all the filters. Check them, and that the provider's project and \
                         region are those of the {noun}."
                    ),
                    AttributePath::root(),
                );
                None
            }
            [only] => Some(only),
            [first, ..] if take_first => Some(first),
            several => {
                let mut lines: Vec<_> = several.iter().take(MAX_LISTED).map(line).collect();
                if several.len() > MAX_LISTED {
                    lines.push(format!("  and {} more", several.len() - MAX_LISTED));
                }
                diags.add_attribute_error(
                    format!("Several {noun}s pass the filters"),
                    format!(
                        "{} {noun}s pass the filters. {advice}:\n{}",
                        several.len(),
                        lines.join("\n")
                    ),
                    AttributePath::root(),
                );
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINGLE: Single = Single {
        noun: "vault",
        advice: "Add filters",
    };

    fn of(found: &[u8], take_first: bool) -> Result<u8, String> {
        let mut diags = Diagnostics::default();
        let single = SINGLE.of(found, take_first, |number| format!("  number {number}"), &mut diags);
        single
            .copied()
            .ok_or_else(|| diags.errors.remove(0).detail.into_owned())
    }

    #[test]
    fn one_is_taken_and_several_are_listed() {
        assert_eq!((of(&[7], false), of(&[7, 8], true)), (Ok(7), Ok(7)));
        assert!(of(&[], true).unwrap_err().starts_with("No vault in this project"));
        let numbers: Vec<u8> = (0..12).collect();
        let error = of(&numbers, false).unwrap_err();
        assert!(
            error.starts_with("12 vaults pass the filters. Add filters:\n  number 0\n"),
            "{error}"
        );
        assert!(error.ends_with("  number 9\n  and 2 more"), "{error}");
    }
}
