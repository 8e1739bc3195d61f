//! Enums of words that the service may extend.

/// Defines an enum of the service's words. Any other word is kept as `Unknown`; a missing one is an empty `Unknown`.
macro_rules! open_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that this version does not know, as the service wrote it; empty when it wrote none.
            Unknown(String),
        }

        impl $name {
            /// The words of the service that this version knows.
            pub const WORDS: &[&str] = &[$($word),+];

            /// The service's word.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Unknown(word) => word,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                let trimmed = word.trim();
                match trimmed.to_ascii_lowercase().as_str() {
                    $($word => Self::$variant,)+
                    _ => Self::Unknown(trimmed.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = $crate::rest::lenient::string(deserializer)?;
                Ok(word.map_or_else(Self::default, |word| Self::from(word.as_str())))
            }
        }
    };
}

pub(crate) use open_enum;
