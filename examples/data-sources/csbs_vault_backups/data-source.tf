# All backups of a server since the beginning of the year, newest first.
data "csbs_vault_backups" "of_server" {
  resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
  start_time  = "2026-01-01T00:00:00Z"
}

# Failed backups of all servers.
data "csbs_vault_backups" "failed" {
  status = "error"
  sort   = "name:asc,created_at:asc"
}

output "backups" {
  # By ID: several backups can have the same name.
  value = {
    for backup in data.csbs_vault_backups.of_server.backups : backup.id => "${backup.name}, ${backup.created_at}"
  }
}
