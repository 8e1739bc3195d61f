"""Fills Keystone with what the tests need, through its own API, and writes down what that is.

Runs at every start. Everything is looked for before it is made, so a start that was cut off does no harm, and so a new port
or a new service address is taken over.
"""

import http.client
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL = os.environ["KEYSTONE_URL"]
CSBS_URL = os.environ["CSBS_URL"]
SEED = pathlib.Path(os.environ["KEYSTONE_SEED"])
SERVICE_PID = int(os.environ["KEYSTONE_PID"])

DOMAIN = "OTC00000000001000000042"
PROJECTS = ["eu-de", "eu-de_backup", "eu-nl"]
REGIONS = ["eu-de", "eu-nl"]
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Keystone:
    """The API as one user. Signs in again when a token has run out, because tests make tokens that live for seconds."""

    def __init__(self, name, password, domain, project):
        self.credentials = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": name, "password": password, "domain": domain}},
            },
            "scope": {"project": {"name": project, "domain": domain}},
        }
        self.token = None

    def sign_in(self):
        answer, _ = send("POST", "/auth/tokens", {"auth": self.credentials}, None)
        self.token = answer.headers["X-Subject-Token"]

    def call(self, method, path, body=None):
        if self.token is None:
            self.sign_in()
        try:
            return send(method, path, body, self.token)[1]
        except urllib.error.HTTPError as error:
            if error.code != 401:
                raise
        self.sign_in()
        return send(method, path, body, self.token)[1]

    def find_or_make(self, kind, look, **fields):
        found = self.call("GET", f"/{kind}s?{urllib.parse.urlencode(look)}")[f"{kind}s"]
        if found:
            return found[0]
        return self.call("POST", f"/{kind}s", {kind: {**look, **fields}})[kind]


def send(method, path, body, token):
    request = urllib.request.Request(URL + path, method=method, headers={"Content-Type": "application/json"})
    if token is not None:
        request.add_header("X-Auth-Token", token)
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(request, data, timeout=30) as answer:
        text = answer.read()
        return answer, json.loads(text) if text else None


def wait_until_it_answers():
    for _ in range(600):
        try:
            send("GET", "", None, None)
            return
        except (OSError, http.client.HTTPException):
            os.kill(SERVICE_PID, 0)  # fails when the service has ended
            time.sleep(0.1)
    sys.exit("Keystone does not answer")


def offer(admin, kind, name, region, url):
    service = admin.find_or_make("service", {"type": kind, "name": name})
    look = {"service_id": service["id"], "interface": "public", "region_id": region}
    endpoint = admin.find_or_make("endpoint", look, url=url)
    if endpoint["url"] != url:
        admin.call("PATCH", f"/endpoints/{endpoint['id']}", {"endpoint": {"url": url}})


def offer_everything(admin):
    known = {region["id"] for region in admin.call("GET", "/regions")["regions"]}
    for region in REGIONS:
        if region not in known:
            admin.call("POST", "/regions", {"region": {"id": region}})
    offer(admin, "identity", "iam", "eu-de", URL)
    offer(admin, "compute", "nova", "eu-de", "http://127.0.0.1:8087/v2.1/$(project_id)s")
    offer(admin, "data-protect", "csbs", "eu-de", CSBS_URL)
    # Another address for the other region, so that a wrong choice is seen.
    offer(admin, "data-protect", "csbs", "eu-nl", CSBS_URL.replace("127.0.0.1", "localhost"))


def make_people(admin):
    domain = admin.find_or_make("domain", {"name": DOMAIN})["id"]
    projects = {name: admin.find_or_make("project", {"name": name, "domain_id": domain})["id"] for name in PROJECTS}
    roles = {role["name"]: role["id"] for role in admin.call("GET", "/roles")["roles"]}

    def person(name, **fields):
        password = f"{name}-secret"
        user = admin.find_or_make(
            "user", {"name": name, "domain_id": domain}, password=password, default_project_id=projects["eu-de"], **fields
        )
        for project in projects.values():
            admin.call("PUT", f"/projects/{project}/users/{user['id']}/roles/{roles['member']}")
        return {"id": user["id"], "name": name, "password": password}

    user = person("terraform")
    disabled = person("terraform-disabled", enabled=False)
    # Has no default project, so that a token without scope is really without one.
    homeless = person("terraform-homeless")
    admin.call("PATCH", f"/users/{homeless['id']}", {"user": {"default_project_id": None}})
    second_factor = person("terraform-mfa")
    secrets = admin.call("GET", f"/credentials?user_id={second_factor['id']}&type=totp")["credentials"]
    if not secrets:
        credential = {"type": "totp", "blob": TOTP_SECRET, "user_id": second_factor["id"]}
        admin.call("POST", "/credentials", {"credential": credential})
    rules = {"multi_factor_auth_enabled": True, "multi_factor_auth_rules": [["password", "totp"]]}
    admin.call("PATCH", f"/users/{second_factor['id']}", {"user": {"options": rules}})

    # An application credential's secret is told once, when it is made: one of an earlier, cut off start is of no use.
    own = Keystone(user["name"], user["password"], {"name": DOMAIN}, "eu-de")
    path = f"/users/{user['id']}/application_credentials"
    for old in own.call("GET", path)["application_credentials"]:
        own.call("DELETE", f"{path}/{old['id']}")
    application = own.call("POST", path, {"application_credential": {"name": "pipeline"}})["application_credential"]
    return {
        "domain": {"id": domain, "name": DOMAIN},
        "projects": projects,
        "user": user,
        "user_disabled": disabled,
        "user_homeless": homeless,
        "user_mfa": {**second_factor, "totp_secret_base32": TOTP_SECRET},
        "application_credential": {key: application[key] for key in ("id", "name", "secret")},
        "admin": {"name": "admin", "password": "admin-secret", "domain_id": "default", "project": "admin"},
    }


def main():
    wait_until_it_answers()
    seed = json.loads(SEED.read_text()) if SEED.exists() else None
    if seed and seed["auth_url"] == URL and seed["csbs_url"] == CSBS_URL:
        return
    admin = Keystone("admin", "admin-secret", {"id": "default"}, "admin")
    offer_everything(admin)
    seed = (seed or make_people(admin)) | {"auth_url": URL, "csbs_url": CSBS_URL}
    part = SEED.with_suffix(".part")
    part.write_text(json.dumps(seed, indent=1))
    part.replace(SEED)


main()
