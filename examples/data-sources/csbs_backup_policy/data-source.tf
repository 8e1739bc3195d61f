data "csbs_backup_policy" "nightly" {
  name = "nightly"
}

output "next_backup" {
  value = data.csbs_backup_policy.nightly.next_run
}
