"""Drives the simulated Cloud Backup and Recovery with the cloud's own extensions of the OpenStack SDK.

usage: cbr.py URL VAULT SERVER STRANGER

URL is where the simulator listens, VAULT a vault with SERVER, STRANGER a server in no vault. Prints one line per step; exits 1
at the first one that is not as it should be.
"""

import sys
import warnings

warnings.simplefilter("ignore")

import openstack
from openstack import exceptions
from otcextensions.sdk import register_single_service


def check(what, true):
    print(("ok    " if true else "WRONG ") + what, flush=True)
    if not true:
        sys.exit(1)


def connect(url):
    connection = openstack.connect(
        load_envvars=False,
        load_yaml_config=False,
        auth_type="v3password",
        auth=dict(
            auth_url=url + "/v3",
            username="demo",
            password="demo",
            user_domain_name="demo",
            project_name="eu-de",
            project_domain_name="demo",
        ),
        region_name="eu-de",
    )
    register_single_service(connection, "cbr")
    return connection


def wait(read, done):
    for _ in range(1000):
        seen = read()
        if done(seen):
            return seen
    check("the wait comes to an end", False)


def main(url, vault_id, server, stranger):
    cbr = connect(url).cbr

    vault = cbr.get_vault(vault_id)
    check("a vault has its capacity", vault.billing.size == 100_000 and vault.billing.used == 0)
    check("the vault holds the server", server in [resource.id for resource in vault.resources])
    check("a vault is found by name", cbr.find_vault("vault-1").id == vault_id)
    check("vaults are listed", [vault.id for vault in cbr.vaults()] == [vault_id])

    parameters = {"name": "python", "description": "d", "incremental": False, "resources": [server]}
    checkpoint = cbr.create_checkpoint(vault_id=vault_id, parameters=parameters)
    check("a run answers with its checkpoint", checkpoint.status == "protecting" and checkpoint.vault.id == vault_id)
    check("no server is skipped", checkpoint.vault.skipped_resources == [])
    seen = wait(lambda: cbr.get_checkpoint(checkpoint.id), lambda seen: seen.status == "available")
    check("the checkpoint becomes available", seen.id == checkpoint.id)

    backups = list(cbr.backups(checkpoint_id=checkpoint.id, resource_id=server))
    check("the checkpoint has one backup", len(backups) == 1)
    backup = cbr.get_backup(backups[0].id)
    check("the backup is available", (backup.name, backup.status) == ("python", "available"))
    check("only the backup itself has children", backups[0].children == [] and len(backup.children) == 2)
    check("the first backup is full", backup.extend_info.incremental is False)
    check("a backup is found by name", cbr.find_backup("python").id == backup.id)

    tasks = [task for task in cbr.tasks() if task.checkpoint_id == checkpoint.id]
    check("the run has one task", len(tasks) == 1)
    task = cbr.get_task(tasks[0].id)
    check("the task succeeded", (task.status, task.operation_type) == ("success", "backup"))
    check("the task names the backup", task.extra_info.backup.backup_id == backup.id)
    check("the task is complete", task.extra_info.common.progress == 100)

    mappings = [{"backup_id": child["id"], "volume_id": child["resource_id"]} for child in backup.children]
    cbr.restore_data(backup.id, server_id=server, mappings=mappings)
    wait(lambda: cbr.get_backup(backup.id), lambda seen: seen.status == "available")
    tasks = [task for task in cbr.tasks() if task.operation_type == "restore"]
    check("the restore succeeded", [task.status for task in tasks] == ["success"])

    try:
        cbr.create_checkpoint(vault_id=vault_id, parameters={"resources": [stranger]})
        check("a server in no vault is refused", False)
    except exceptions.BadRequestException as refusal:
        check("a server in no vault is refused", refusal.response.json()["error_code"] == "BackupService.6135")
    try:
        cbr.get_vault("11111111-2222-4333-8444-555555555555")
        check("an unknown vault is not found", False)
    except exceptions.NotFoundException:
        check("an unknown vault is not found", True)

    cbr.associate_resources(vault_id, [{"id": stranger, "type": "OS::Nova::Server"}])
    check("a server is added", stranger in [resource.id for resource in cbr.get_vault(vault_id).resources])
    cbr.dissociate_resources(vault_id, [stranger])
    wait(
        lambda: cbr.get_vault(vault_id),
        lambda seen: stranger not in [resource.id for resource in seen.resources],
    )
    check("a server is removed", True)

    cbr.delete_backup(backup.id)
    wait(lambda: list(cbr.backups(vault_id=vault_id)), lambda seen: seen == [])
    try:
        cbr.get_backup(backup.id)
        check("the backup is gone", False)
    except exceptions.NotFoundException:
        check("the backup is gone", True)


main(*sys.argv[1:])
