//! The steps of a sign-in, from credentials to endpoint.

use std::sync::Arc;

use url::Url;

use super::{
    core::Core,
    credentials::{Authorization, Authorized, Lifetime},
    downgrade::refuse_downgrade,
    project_catalog::ProjectCatalog,
};
use crate::identity::{
    CloudService, Endpoint, Endpoints, IdentityError, catalog,
    keys::KeySender,
    keystone::{Authority, Issued, Keystone, Named, Scope, known_id},
    resolved::{Domain, Method, Project, Resolved},
};

impl Core {
    /// Signs in; with an agency, in two steps.
    pub(super) async fn sign_in(&self) -> Result<Authorized, IdentityError> {
        let Some(resolved) = self.resolved.as_deref() else {
            return Err(IdentityError::Lookup("there are no credentials".to_owned()));
        };
        tracing::debug!(method = resolved.method.name(), "signing in");
        let now = self.clock.now();
        if let Some(authorized) = self.without_sign_in(resolved)? {
            return Ok(authorized);
        }
        let keystone = self.keystone(resolved.auth_url.clone())?;
        let issued = match (&resolved.method, &self.keys) {
            (Method::AccessKeys(_), Some(keys)) => match &resolved.agency {
                None => return self.with_keys(&keystone, keys, resolved).await,
                Some(agency) => {
                    let id = self.account(&keystone, keys, resolved).await?;
                    keystone
                        .assume_role(Authority::Keys(keys, id.as_deref()), agency)
                        .await?
                }
            },
            _ => {
                let own = self.with_credentials(&keystone, resolved).await?;
                match &resolved.agency {
                    None => own,
                    Some(agency) => keystone.assume_role(Authority::Token(&own.token), agency).await?,
                }
            }
        };
        let (endpoints, catalog) = self.endpoints(&keystone, &issued, resolved).await?;
        Ok(Authorized {
            lifetime: issued.body.expires_at.map(|end| Lifetime::new(now, end)),
            authorization: Authorization::Token(issued.token),
            endpoints,
            catalog,
            generation: 0,
        })
    }

    fn keystone(&self, url: Option<Url>) -> Result<Keystone, IdentityError> {
        let url = url.ok_or_else(|| IdentityError::Lookup("auth_url (OS_AUTH_URL) is not set".to_owned()))?;
        Ok(Keystone::new(url, Arc::clone(&self.transport), Arc::clone(&self.clock)))
    }

    /// The result where a token or keys, project and endpoint are all configured, so that the identity service is not needed.
    fn without_sign_in(&self, resolved: &Resolved) -> Result<Option<Authorized>, IdentityError> {
        let (true, Some(Project::Id(id)), None) = (resolved.has_endpoint(), &resolved.project, &resolved.agency) else {
            return Ok(None);
        };
        let authorization = match (&resolved.method, &self.keys) {
            (Method::AccessKeys(_), Some(keys)) => Authorization::Keys(Arc::clone(keys)),
            (Method::Token(token), _) => Authorization::Token(token.clone()),
            _ => return Ok(None),
        };
        let project = Named {
            id: id.clone(),
            name: String::new(),
        };
        let endpoints = find_endpoints(resolved, &project, None);
        Ok(Some(Authorized::without_expiry(authorization, endpoints, None)))
    }

    async fn with_keys(
        &self,
        keystone: &Keystone,
        keys: &Arc<KeySender>,
        resolved: &Resolved,
    ) -> Result<Authorized, IdentityError> {
        let authority = Authority::Keys(keys, known_id(resolved.domain.as_ref()));
        let project = match &resolved.project {
            Some(Project::Id(id)) => Named {
                id: id.clone(),
                name: String::new(),
            },
            Some(Project::Name(name, _)) => Named {
                id: keystone.project_id(authority, name).await?,
                name: name.clone(),
            },
            None => {
                return Ok(Authorized::without_expiry(
                    Authorization::Keys(Arc::clone(keys)),
                    Endpoints::each(|service| Err(no_project(service))),
                    None,
                ));
            }
        };
        let catalog = match resolved.has_endpoint() {
            true => None,
            // The catalog of the project needs the project's header, not the account's.
            false => Some(ProjectCatalog {
                services: keystone.catalog(Authority::Keys(keys, None), &project.id).await?,
                project: project.clone(),
            }),
        };
        Ok(Authorized::without_expiry(
            Authorization::Keys(Arc::clone(keys)),
            find_endpoints(resolved, &project, catalog.as_ref()),
            catalog,
        ))
    }

    /// The ID of the user's own account, which signed requests for an agency contain.
    async fn account(
        &self,
        keystone: &Keystone,
        keys: &KeySender,
        resolved: &Resolved,
    ) -> Result<Option<String>, IdentityError> {
        match &resolved.domain {
            None => Ok(None),
            Some(Domain::Id(id)) => Ok(Some(id.clone())),
            Some(Domain::Name(name)) => keystone.domain_id(Authority::Keys(keys, None), name).await.map(Some),
        }
    }

    async fn with_credentials(&self, keystone: &Keystone, resolved: &Resolved) -> Result<Issued, IdentityError> {
        let scope = || match (&resolved.project, &resolved.domain, &resolved.agency) {
            (Some(project), _, _) => Scope::Project(project.clone()),
            (None, Some(domain), Some(_)) => Scope::Domain(domain.clone()),
            _ => Scope::Own,
        };
        match &resolved.method {
            Method::Password {
                user,
                password,
                passcode,
            } => keystone.password(user, password, passcode.as_ref(), &scope()).await,
            Method::ApplicationCredential { name, secret } => keystone.application_credential(name, secret).await,
            Method::Token(token) => {
                let issued = keystone.inspect(token).await?;
                match rescoped(&issued, resolved) {
                    None => Ok(issued),
                    Some(scope) => keystone.rescope(token, &scope).await,
                }
            }
            Method::AccessKeys(_) => Err(IdentityError::Lookup("access keys do not sign in".to_owned())),
        }
    }

    async fn endpoints(
        &self,
        keystone: &Keystone,
        issued: &Issued,
        resolved: &Resolved,
    ) -> Result<(Endpoints, Option<ProjectCatalog>), IdentityError> {
        let Some(project) = &issued.body.project else {
            return Ok((Endpoints::each(|service| Err(no_project(service))), None));
        };
        let services = match issued.body.catalog.as_slice() {
            [] if resolved.has_endpoint() => None,
            [] => Some(keystone.catalog(Authority::Token(&issued.token), &project.id).await?),
            services => Some(services.to_vec()),
        };
        let catalog = services.map(|services| ProjectCatalog {
            services,
            project: project.clone(),
        });
        Ok((find_endpoints(resolved, project, catalog.as_ref()), catalog))
    }
}

/// The endpoint of each service: the configured one, else that of the catalog, which is not read where one is configured and the
/// token does not contain it.
fn find_endpoints(resolved: &Resolved, project: &Named, catalog: Option<&ProjectCatalog>) -> Endpoints {
    Endpoints::each(|service| {
        let found = match (resolved.endpoint_of(service), catalog) {
            (Some(url), _) => return configured_endpoint(service, url, project, resolved),
            (None, Some(catalog)) => catalog.default_endpoint(service, resolved)?,
            (None, None) => {
                let reason = format!(
                    "the address of another service is set, so that the catalog was not read. Set {}",
                    service.endpoint_argument()
                );
                return Err(IdentityError::NoEndpoint(service, reason));
            }
        };
        refuse_downgrade(service, resolved, &found)?;
        Ok(found)
    })
}

/// The scope to exchange a configured token for, if it is not for the configured project.
fn rescoped(issued: &Issued, resolved: &Resolved) -> Option<Scope> {
    if resolved.agency.is_some() {
        return None;
    }
    let own = issued.body.project.as_ref();
    match resolved.project.as_ref()? {
        Project::Id(id) => {
            (own.map(|own| own.id.as_str()) != Some(id)).then(|| Scope::Project(Project::Id(id.clone())))
        }
        Project::Name(name, domain) => (own.map(|own| own.name.as_str()) != Some(name)).then(|| {
            let of_user = || {
                let domain = issued.body.user.as_ref()?.domain.as_ref()?;
                Some(Domain::Id(domain.id.clone()))
            };
            Scope::Project(Project::Name(name.clone(), domain.clone().or_else(of_user)))
        }),
    }
}

fn configured_endpoint(
    service: CloudService,
    url: &Url,
    project: &Named,
    resolved: &Resolved,
) -> Result<Endpoint, IdentityError> {
    let derived = (!project.name.is_empty()).then(|| catalog::region_of(&project.name));
    catalog::endpoint(
        service,
        url.clone(),
        &project.id,
        resolved.region.as_deref().or(derived),
    )
}

fn no_project(service: CloudService) -> IdentityError {
    IdentityError::NoEndpoint(
        service,
        "the credentials are not for a project. Set tenant_name (OS_PROJECT_NAME) or tenant_id (OS_PROJECT_ID)"
            .to_owned(),
    )
}
