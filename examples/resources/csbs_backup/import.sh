# By the ID of the checkpoint (backup record), when it holds one backup.
terraform import csbs_backup.before_release 4aa1e3ec-2a5c-4d2b-9f6c-1d4e8f7b2c3a

# By the ID of the checkpoint item (the backup of one server).
terraform import csbs_backup.before_release 92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7
