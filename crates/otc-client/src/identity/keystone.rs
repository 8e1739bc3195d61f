//! Keystone v3: getting tokens, and looking up what signed requests need.
//!
//! API pages: authentication/obtaining a user token through password authentication, obtaining a user token using an agency.

mod body;

use std::sync::Arc;

use ::http::{HeaderName, HeaderValue, Method as Verb, Request, Response, StatusCode, header};
use bytes::Bytes;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use super::{
    IdentityError, SendError,
    catalog::{self, Service},
    keys::KeySender,
    resolved::{Agency, Credential, Domain, Project, User},
    service_message::service_message,
    signer,
};
use crate::http::{AnswerLimit, Clock, Operation, Transport, TransportError, is_limit_error, members};

pub(super) use body::Scope;

/// The header that a token is sent in.
pub(super) const AUTH_TOKEN: HeaderName = HeaderName::from_static("x-auth-token");
const SUBJECT_TOKEN: HeaderName = HeaderName::from_static("x-subject-token");
const RECEIPT: HeaderName = HeaderName::from_static("openstack-auth-receipt");

/// Something with an ID and a name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    pub id: String,
    #[serde(default)]
    pub name: String,
}

/// The user of a token.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TokenUser {
    pub domain: Option<Named>,
}

/// Keystone's description of a token.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct TokenBody {
    pub expires_at: Option<Timestamp>,
    pub project: Option<Named>,
    pub user: Option<TokenUser>,
    #[serde(default, deserialize_with = "catalog::services")]
    pub catalog: Vec<Service>,
}

/// Longest answer of the identity service, in bytes: 4 MiB. The longest real ones, tokens with the catalog of all services in all
/// regions, have a few hundred thousand.
const LONGEST_ANSWER: usize = 4 * 1024 * 1024;

/// A token and its description.
#[derive(Clone)]
pub(super) struct Issued {
    pub token: SecretString,
    pub body: TokenBody,
}

/// Credentials of a call to the identity service.
#[derive(Clone, Copy)]
pub(super) enum Authority<'a> {
    /// A token.
    Token(&'a SecretString),
    /// Signatures, for the account with this ID.
    Keys(&'a KeySender, Option<&'a str>),
}

/// One identity service.
pub(super) struct Keystone {
    url: Url,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
}

impl Keystone {
    pub fn new(url: Url, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        Self { url, transport, clock }
    }

    /// Signs in with a password, and a passcode where there is one. `POST /v3/auth/tokens`.
    pub async fn password(
        &self,
        user: &User,
        password: &SecretString,
        passcode: Option<&SecretString>,
        scope: &Scope,
    ) -> Result<Issued, IdentityError> {
        let identity = body::password(user, password, passcode);
        let factor = if passcode.is_some() { " and a passcode" } else { "" };
        let sent = format!("{}, a password{factor}{scope}", body::describe_user(user));
        let mut secrets = vec![password];
        secrets.extend(passcode);
        self.sign_in(identity, scope, &sent, &secrets, None).await
    }

    /// Signs in with an application credential, whose project is its own. `POST /v3/auth/tokens`.
    pub async fn application_credential(
        &self,
        name: &Credential,
        secret: &SecretString,
    ) -> Result<Issued, IdentityError> {
        let identity = body::application_credential(name, secret);
        let sent = match name {
            Credential::Id(id) => format!("the application credential with the ID \"{id}\" and its secret"),
            Credential::Name(name, user) => {
                format!(
                    "the application credential \"{name}\" of {} and its secret",
                    body::describe_user(user)
                )
            }
        };
        self.sign_in(identity, &Scope::Own, &sent, &[secret], None).await
    }

    /// Exchanges a token for one of another scope, with the same expiry. `POST /v3/auth/tokens`.
    pub async fn rescope(&self, token: &SecretString, scope: &Scope) -> Result<Issued, IdentityError> {
        let sent = format!("a token{scope}");
        self.sign_in(body::token(token), scope, &sent, &[token], None).await
    }

    /// Assumes an agency. `POST /v3/auth/tokens`.
    pub async fn assume_role(&self, authority: Authority<'_>, agency: &Agency) -> Result<Issued, IdentityError> {
        let scope = Scope::Project(Project::Name(agency.project.clone(), Some(agency.domain.clone())));
        let sent = format!(
            "{}, the agency \"{}\" of {}{scope}",
            match authority {
                Authority::Token(_) => "a token",
                Authority::Keys(..) => "a signature",
            },
            agency.name,
            body::describe_domain(&agency.domain)
        );
        let secrets: Vec<&SecretString> = match authority {
            Authority::Token(token) => vec![token],
            Authority::Keys(..) => Vec::new(),
        };
        self.sign_in(body::assume_role(agency), &scope, &sent, &secrets, Some(authority))
            .await
    }

    /// Describes a token. `GET /v3/auth/tokens`.
    pub async fn inspect(&self, token: &SecretString) -> Result<Issued, IdentityError> {
        let mut request = self.request(Verb::GET, "/auth/tokens", None, "inspect_token")?;
        request
            .headers_mut()
            .insert(SUBJECT_TOKEN, secret_header(token, "token")?);
        let response = self.send(request, Some(Authority::Token(token))).await?;
        if matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND) {
            return Err(IdentityError::NotRenewable {
                message: service_message(&response, &[token]),
                reason: GIVEN_TOKEN,
            });
        }
        let response = self.accepted(response, "a token", &[token])?;
        Ok(Issued {
            token: token.clone(),
            body: self.member(&response, "token")?,
        })
    }

    /// The catalog. `GET /v3/auth/catalog`.
    pub async fn catalog(&self, authority: Authority<'_>, project_id: &str) -> Result<Vec<Service>, IdentityError> {
        let mut request = self.request(Verb::GET, "/auth/catalog", None, "read_catalog")?;
        if matches!(authority, Authority::Keys(..)) {
            let value = HeaderValue::from_str(project_id).map_err(|_| IdentityError::Unsendable("tenant_id"))?;
            request.headers_mut().insert(signer::PROJECT, value);
        }
        #[derive(Deserialize)]
        struct Catalog(#[serde(deserialize_with = "catalog::services")] Vec<Service>);
        let Catalog(services) = self
            .read(
                request,
                authority,
                "catalog",
                &format!("the project with the ID \"{project_id}\""),
            )
            .await?;
        Ok(services)
    }

    /// The ID of the project of that name. `GET /v3/projects?name=`.
    pub async fn project_id(&self, authority: Authority<'_>, name: &str) -> Result<String, IdentityError> {
        let query = url::form_urlencoded::byte_serialize(name.as_bytes())
            .collect::<String>()
            .replace('+', "%20");
        let request = self.request(Verb::GET, &format!("/projects?name={query}"), None, "find_project")?;
        let found: Vec<Named> = self
            .read(request, authority, "projects", &format!("the project \"{name}\""))
            .await?;
        one(found, "project", name, "tenant_id (OS_PROJECT_ID)")
    }

    /// The ID of the account of that name. `GET /v3/auth/domains?name=`.
    pub async fn domain_id(&self, authority: Authority<'_>, name: &str) -> Result<String, IdentityError> {
        let query = url::form_urlencoded::byte_serialize(name.as_bytes())
            .collect::<String>()
            .replace('+', "%20");
        let request = self.request(Verb::GET, &format!("/auth/domains?name={query}"), None, "find_domain")?;
        let found: Vec<Named> = self
            .read(request, authority, "domains", &format!("the domain \"{name}\""))
            .await?;
        one(found, "domain", name, "domain_id (OS_DOMAIN_ID)")
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: Request<Bytes>,
        authority: Authority<'_>,
        member: &str,
        sent: &str,
    ) -> Result<T, IdentityError> {
        let response = self.send(request, Some(authority)).await?;
        self.require_identity_api(&response, &[])?;
        let response = self.accepted(response, sent, &[])?;
        self.member(&response, member)
    }

    async fn sign_in(
        &self,
        identity: Value,
        scope: &Scope,
        sent: &str,
        secrets: &[&SecretString],
        authority: Option<Authority<'_>>,
    ) -> Result<Issued, IdentityError> {
        let body = Bytes::from(body::auth(identity, scope).to_string());
        let request = self.request(Verb::POST, "/auth/tokens", Some(body), "sign_in")?;
        let response = self.send(request, authority).await?;
        // With an agency, a 404 can be about the agency.
        if authority.is_none() {
            self.require_identity_api(&response, secrets)?;
        }
        let response = self.accepted(response, sent, secrets)?;
        let token = response
            .headers()
            .get(SUBJECT_TOKEN)
            .and_then(|value| value.to_str().ok())
            .filter(|token| !token.is_empty())
            .ok_or_else(|| self.invalid_response(&response, "it has no header X-Subject-Token"))?;
        let issued = Issued {
            token: SecretString::from(token),
            body: self.member(&response, "token")?,
        };
        tracing::debug!(
            expires_at = issued.body.expires_at.map(tracing::field::display),
            project = issued.body.project.as_ref().map_or("", |project| project.name.as_str()),
            "signed in"
        );
        Ok(issued)
    }

    fn request(
        &self,
        verb: Verb,
        path: &str,
        body: Option<Bytes>,
        operation: &'static str,
    ) -> Result<Request<Bytes>, IdentityError> {
        let mut request = Request::builder()
            .method(verb)
            .uri(format!("{}{path}", self.url.as_str().trim_end_matches('/')))
            .header(header::ACCEPT, "application/json")
            .extension(Operation(operation))
            .extension(AnswerLimit(LONGEST_ANSWER));
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        request
            .body(body.unwrap_or_default())
            .map_err(|_| IdentityError::Unsendable("auth_url"))
    }

    async fn send(
        &self,
        mut request: Request<Bytes>,
        authority: Option<Authority<'_>>,
    ) -> Result<Response<Bytes>, IdentityError> {
        match authority {
            None => {}
            Some(Authority::Token(token)) => {
                request.headers_mut().insert(AUTH_TOKEN, secret_header(token, "token")?);
            }
            Some(Authority::Keys(keys, domain_id)) => {
                if let Some(id) = domain_id {
                    let value = HeaderValue::from_str(id).map_err(|_| IdentityError::Unsendable("domain_id"))?;
                    request.headers_mut().insert(signer::DOMAIN, value);
                }
                return keys.send(request).await.map_err(|error| match error {
                    SendError::Identity(error) => error,
                    SendError::Transport(error) => self.unanswered(error),
                });
            }
        }
        self.transport
            .send(request)
            .await
            .map_err(|error| self.unanswered(error))
    }

    /// The error for a request without a complete answer.
    fn unanswered(&self, error: TransportError) -> IdentityError {
        if error.is_too_long() {
            return IdentityError::Decode {
                host: self.url.host_str().unwrap_or_default().to_owned(),
                status: StatusCode::OK.as_u16(),
                reason: error.message,
            };
        }
        error.into()
    }

    /// Fails on a 404: an identity service answers wrong credentials or projects with other statuses.
    fn require_identity_api(&self, response: &Response<Bytes>, secrets: &[&SecretString]) -> Result<(), IdentityError> {
        if response.status() != StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(IdentityError::WrongAddress {
            url: self.url.to_string(),
            message: service_message(response, secrets),
        })
    }

    fn accepted(
        &self,
        response: Response<Bytes>,
        sent: &str,
        secrets: &[&SecretString],
    ) -> Result<Response<Bytes>, IdentityError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if status == StatusCode::UNAUTHORIZED && response.headers().contains_key(RECEIPT) {
            return Err(IdentityError::MoreFactors(body::factors(response.body())));
        }
        let message = service_message(&response, secrets);
        let status = status.as_u16();
        Err(match status {
            408 | 425 | 429 | 500.. => IdentityError::Unavailable { status, message },
            // A redirect is not followed: it would send the password to another host.
            300..400 => self.invalid_response(
                &response,
                "it redirects to another address; set auth_url (OS_AUTH_URL) to the final one",
            ),
            _ => IdentityError::Refused {
                status,
                message,
                sent: format!(
                    "{sent}, to {} at {} here",
                    self.url,
                    self.clock.now().strftime("%F %T UTC")
                ),
            },
        })
    }

    fn member<T: DeserializeOwned>(&self, response: &Response<Bytes>, name: &str) -> Result<T, IdentityError> {
        let [member] =
            members(response.body(), [name]).map_err(|_| self.invalid_response(response, "it is not JSON"))?;
        let member = member.ok_or_else(|| self.invalid_response(response, &format!("it has no \"{name}\"")))?;
        serde_json::from_str(member.get()).map_err(|error| {
            let reason = match is_limit_error(&error) {
                true => format!("\"{name}\": {error}"),
                // serde quotes values, which may be secret.
                false => format!("its \"{name}\" has an unexpected form"),
            };
            self.invalid_response(response, &reason)
        })
    }

    fn invalid_response(&self, response: &Response<Bytes>, reason: &str) -> IdentityError {
        IdentityError::Decode {
            host: self.url.host_str().unwrap_or_default().to_owned(),
            status: response.status().as_u16(),
            reason: reason.to_owned(),
        }
    }
}

/// Why a configured token cannot be renewed.
pub(super) const GIVEN_TOKEN: &str = "it was set as token (OS_AUTH_TOKEN, OS_TOKEN), so the provider has no credentials to sign in again. Get a new token, or set a \
     user and password or access keys";

fn one(mut found: Vec<Named>, what: &str, name: &str, instead: &str) -> Result<String, IdentityError> {
    found.retain(|candidate| candidate.name.is_empty() || candidate.name == name);
    match found.as_slice() {
        [only] => Ok(only.id.clone()),
        [] => Err(IdentityError::Lookup(format!(
            "there is no {what} \"{name}\", or the credentials may not see it; check the name, or set {instead}"
        ))),
        more => Err(IdentityError::Lookup(format!(
            "more than one {what} ({}) has the name \"{name}\"; set {instead}",
            more.len()
        ))),
    }
}

/// A secret as the value of a header, marked as sensitive.
pub(super) fn secret_header(secret: &SecretString, what: &'static str) -> Result<HeaderValue, IdentityError> {
    let mut value =
        HeaderValue::from_str(secret.expose_secret().trim()).map_err(|_| IdentityError::Unsendable(what))?;
    value.set_sensitive(true);
    Ok(value)
}

/// The account's ID, if it is configured.
pub(super) fn known_id(domain: Option<&Domain>) -> Option<&str> {
    match domain {
        Some(Domain::Id(id)) => Some(id),
        _ => None,
    }
}
