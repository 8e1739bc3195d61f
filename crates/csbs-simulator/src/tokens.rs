//! Tokens of the built-in Keystone.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::{Project, Role, random::Random};

/// Token.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub user_id: String,
    pub user_name: String,
    pub domain_id: String,
    pub domain_name: String,
    /// Project, with ID and name of its domain.
    pub project: Option<(Project, String, String)>,
    /// Scoped to the domain.
    pub domain_scope: bool,
    pub methods: Vec<String>,
    pub role: Role,
    pub issued: Timestamp,
    pub expires: Timestamp,
    /// User who assumed an agency.
    pub assumed_by: Option<Value>,
}

/// All valid tokens, and the number of sign-ins.
#[derive(Debug)]
pub(crate) struct Tokens {
    random: Random,
    tokens: HashMap<String, Token>,
    pub sign_ins: u64,
}

impl Tokens {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            random: Random::new(seed ^ 0x1de7_7177),
            tokens: HashMap::new(),
            sign_ins: 0,
        }
    }

    /// Adds a token and returns its value.
    pub(crate) fn issue(&mut self, token: Token) -> String {
        let now = token.issued;
        self.tokens.retain(|_, token| token.expires > now);
        let value = format!("gAAAAAB{}{}", self.random.hex(), self.random.hex());
        self.tokens.insert(value.clone(), token);
        value
    }

    /// Returns a token that is valid at `now`.
    pub(crate) fn valid(&self, value: &str, now: Timestamp) -> Option<&Token> {
        self.tokens.get(value).filter(|token| token.expires > now)
    }

    /// Revokes a token.
    pub(crate) fn end(&mut self, value: &str) -> bool {
        self.tokens.remove(value).is_some()
    }

    /// Revokes all tokens.
    pub(crate) fn end_all(&mut self) {
        self.tokens.clear();
    }

    /// Makes all tokens expire at `at`.
    pub(crate) fn expire_all(&mut self, at: Timestamp) {
        for token in self.tokens.values_mut() {
            token.expires = token.expires.min(at);
        }
    }
}
