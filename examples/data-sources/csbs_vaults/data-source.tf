# All vaults for backups of servers.
data "csbs_vaults" "of_servers" {
  object_type  = "server"
  protect_type = "backup"
}

output "capacities" {
  # By ID: several vaults can have the same name.
  value = {
    for vault in data.csbs_vaults.of_servers.vaults : vault.id => "${vault.name}: ${vault.size_gb} GB, ${vault.used_mb} MB in use"
  }
}
