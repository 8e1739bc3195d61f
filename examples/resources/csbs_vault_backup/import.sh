# By the ID of the server's backup. The IDs of a checkpoint and of a disk's backup are not accepted.
terraform import csbs_vault_backup.before_release 77aa0c1d-2222-4b3c-9d4e-5f60718293a4
