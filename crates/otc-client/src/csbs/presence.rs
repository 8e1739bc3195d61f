//! Reads policies that may not exist.

use super::{ApiError, Client, Policy, PolicyFilter, TagKind, Tags};

impl Client {
    /// The policy with this ID; `None` if the service says that it does not exist, or answers with another 404 and does not list
    /// the policy either.
    ///
    /// `GET /v1/{project_id}/policies/{id}`, and the list of policies after such a 404.
    ///
    /// # Errors
    /// Any [`ApiError`] but [`ApiError::is_gone`]; also a 404 that the list does not confirm.
    pub async fn find_policy(&self, id: &str) -> Result<Option<Policy>, ApiError> {
        let error = match self.get_policy(id).await {
            Ok(policy) => return Ok(Some(policy)),
            Err(error) if error.is_gone() => return Ok(None),
            Err(error) => error,
        };
        if error.is_unconfirmed_not_found()
            && let Ok(policies) = self.list_policies(&PolicyFilter::default()).await
            && policies.iter().all(|policy| policy.id != id)
        {
            return Ok(None);
        }
        Err(error)
    }

    /// The policy with this ID and its tags; `None` as for [`Client::find_policy`]. After a 404 for the tags the policy is read
    /// again, and if it exists, that 404 is the error.
    ///
    /// # Errors
    /// As [`Client::find_policy`], and any [`ApiError`] about the tags.
    pub async fn find_policy_with_tags(&self, id: &str) -> Result<Option<(Policy, Tags)>, ApiError> {
        let Some(mut policy) = self.find_policy(id).await? else {
            return Ok(None);
        };
        if let Some(tags) = policy.tags.take() {
            return Ok(Some((policy, tags)));
        }
        match self.list_tags(TagKind::Policy, id).await {
            Ok(tags) => Ok(Some((policy, tags))),
            Err(error) if error.is_gone() || error.is_unconfirmed_not_found() => match self.find_policy(id).await? {
                None => Ok(None),
                Some(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::rest::testing::{Fake, Reply, answer, refusal, text};

    /// 404s that do not come from the service.
    const STRANGE: [&str; 5] = [
        "",
        "{}",
        r#"{"error_code":"APIG.0101","error_msg":"The API does not exist"}"#,
        r#"{"error":{"code":404,"message":"Could not find.","title":"Not Found"}}"#,
        "<html><title>404 Not Found</title></html>",
    ];

    /// A service that answers `single` for the policy `p`, `tags` for its tags, and lists the policies `listed`.
    async fn find(single: fn() -> Reply, tags: fn() -> Reply, listed: &'static [&'static str]) -> (Found, Vec<String>) {
        let fake = Fake::new(move |seen, _| match seen.path.as_str() {
            "/policies/p" => single(),
            "/csbs_backup_policy/p/tags" => tags(),
            "/policies" => {
                let policies: Vec<_> = listed.iter().map(|id| json!({ "id": id })).collect();
                answer(200, &json!({ "policies": policies }))
            }
            other => panic!("{other}"),
        });
        let found = fake.client().find_policy_with_tags("p").await;
        let found = match found {
            Ok(Some(_)) => Found::Yes,
            Ok(None) => Found::No,
            Err(error) => Found::Unclear(error.status()),
        };
        (found, fake.lines())
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Found {
        Yes,
        No,
        Unclear(Option<u16>),
    }

    fn policy() -> Reply {
        answer(200, &json!({ "policy": { "id": "p" } }))
    }

    fn no_tags() -> Reply {
        answer(200, &json!({ "tags": [] }))
    }

    #[tokio::test(start_paused = true)]
    async fn a_policy_is_gone_if_the_service_says_so() {
        let (found, lines) = find(|| refusal(404, "CSBS.3000"), no_tags, &["p"]).await;
        assert_eq!((found, lines.len()), (Found::No, 1));
        assert_eq!(find(policy, no_tags, &[]).await.0, Found::Yes);
    }

    #[tokio::test(start_paused = true)]
    async fn another_404_needs_the_list() {
        let invalid_response: [fn() -> Reply; 5] = [
            || text(404, STRANGE[0]),
            || text(404, STRANGE[1]),
            || text(404, STRANGE[2]),
            || text(404, STRANGE[3]),
            || text(404, STRANGE[4]),
        ];
        for single in invalid_response {
            assert_eq!(find(single, no_tags, &["other"]).await.0, Found::No);
            let (found, lines) = find(single, no_tags, &["other", "p"]).await;
            assert_eq!((found, lines.len()), (Found::Unclear(Some(404)), 2));
        }
        assert_eq!(find(|| text(403, ""), no_tags, &[]).await.0, Found::Unclear(Some(403)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_404_for_the_tags_does_not_make_the_policy_absent() {
        for tags in [(|| text(404, "")) as fn() -> Reply, || refusal(404, "CSBS.3000")] {
            assert_eq!(find(policy, tags, &[]).await.0, Found::Unclear(Some(404)));
        }
    }

    /// Looks for a policy that exists at the first read and is gone at the second, while `tags` answers for its tags.
    async fn gone_meanwhile(tags: fn() -> Reply) -> Result<bool, Option<u16>> {
        let fake = Fake::new(move |seen, number| match seen.path.as_str() {
            "/policies/p" if number == 0 => policy(),
            "/policies/p" => refusal(404, "CSBS.3000"),
            _ => tags(),
        });
        let found = fake.client().find_policy_with_tags("p").await;
        found.map(|found| found.is_some()).map_err(|error| error.status())
    }

    #[tokio::test(start_paused = true)]
    async fn a_policy_that_is_gone_before_its_tags_are_read_is_absent() {
        assert_eq!(gone_meanwhile(|| refusal(404, "CSBS.3000")).await, Ok(false));
        assert_eq!(gone_meanwhile(|| text(404, "")).await, Ok(false));
        assert_eq!(gone_meanwhile(|| text(403, "")).await, Err(Some(403)));
    }
}
