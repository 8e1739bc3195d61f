# The newest backup of a server that can be restored, with the backups of its disks.
data "csbs_vault_backup" "newest" {
  resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
  status      = "available"
  most_recent = true
}

output "disks" {
  value = {
    for disk in data.csbs_vault_backup.newest.volume_backups : disk.volume_id => disk.id
  }
}
