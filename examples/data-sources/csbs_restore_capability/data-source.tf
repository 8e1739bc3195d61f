# Whether a backup can be written back to the server that it was made of.
data "csbs_restore_capability" "server" {
  backup_id = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7"
}

output "restorable" {
  value = data.csbs_restore_capability.server.restorable
}
