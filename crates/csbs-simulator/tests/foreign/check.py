"""Drives the simulator with the OpenStack SDK's session, which nobody here wrote.

usage: check.py URL SERVER

URL is where the simulator listens, SERVER one of its servers. Prints one line per step; exits 1 at the first one that
is not as it should be.
"""

import sys
import warnings

warnings.simplefilter("ignore")

import openstack
from keystoneauth1 import exceptions

PROVIDER = "fc4d5750-22e7-4798-8a46-f48f62c4c1da"


def check(what, true):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    if not true:
        sys.exit(1)


def connect(url, kind, **auth):
    return openstack.connect(
        load_envvars=False,
        load_yaml_config=False,
        auth_type=kind,
        auth=dict(auth_url=url + "/v3", **auth),
        region_name="eu-de",
    )


def password(url, word="demo"):
    return connect(
        url,
        "v3password",
        username="demo",
        password=word,
        user_domain_name="demo",
        project_name="eu-de",
        project_domain_name="demo",
    )


def main(url, server):
    connection = password(url)
    session = connection.session
    target = {"service_type": "data-protect", "interface": "public", "region_name": "eu-de"}

    endpoint = session.get_endpoint(**target)
    project = session.get_project_id()
    check("the catalog has the endpoint", endpoint == f"{url}/v1/{project}")
    other = session.get_endpoint(**dict(target, region_name="eu-nl"))
    check("the catalog has the other region", other == f"{url}/eu-nl/v1/{project}")

    def call(method, path, **more):
        return session.request(endpoint + path, method, authenticated=True, raise_exc=False, **more)

    quotas = call("GET", "/quotas")
    check("quotas", quotas.status_code == 200 and quotas.json()["quotas"]["resources"][1]["type"] == "backups")

    action = f"/providers/{PROVIDER}/resources/{server}/action"
    made = call("POST", action, json={"protect": {"backup_name": "foreign", "tags": [{"key": "by", "value": "sdk"}]}})
    check("protect", made.status_code == 200)
    checkpoint = made.json()["checkpoint"]
    check("one at a time", call("POST", action, json={"protect": {}}).json()["error_code"] == "CSBS.1001")

    for _ in range(200):
        items = call("GET", "/checkpoint_items", params={"checkpoint_id": checkpoint["id"]}).json()["checkpoint_items"]
        if items[0]["status"] not in ("waiting_protect", "protecting"):
            break
    check("the backup comes to its end", items[0]["status"] == "available" and items[0]["name"] == "foreign")

    tags = call("GET", f"/csbs_backup/{items[0]['id']}/tags").json()["tags"]
    check("tags", tags == [{"key": "by", "value": "sdk"}])

    # The session signs in again by itself after a 401.
    session.request(url + "/_admin/tokens/revoke", "POST", json={}, authenticated=False)
    check("a revoked token is renewed", call("GET", "/quotas").status_code == 200)

    check("delete", call("DELETE", f"/providers/{PROVIDER}/checkpoints/{checkpoint['id']}").status_code == 200)
    for _ in range(200):
        gone = call("GET", f"/checkpoint_items/{items[0]['id']}")
        if gone.status_code != 200:
            break
    check("and it is gone", gone.status_code == 404 and gone.json()["error_code"] == "CSBS.3001")

    # The cloud's catalog has IAM in the region "*", which the SDK does not look for.
    projects = session.get(url + "/v3/projects", params={"name": "eu-nl"}).json()["projects"]
    check("projects by name", [one["name"] for one in projects] == ["eu-nl"])

    credential = connect(
        url,
        "v3applicationcredential",
        application_credential_id="a0000000000000000000000000000001",
        application_credential_secret="pipeline-secret",
    )
    check("an application credential", credential.session.get_project_id() == project)

    try:
        password(url, "wrong").session.get_token()
        check("a wrong password is refused", False)
    except exceptions.Unauthorized:
        check("a wrong password is refused", True)


main(*sys.argv[1:])
