# The vault that a server is in.
data "csbs_vault" "of_server" {
  resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
}

# A warning in every plan and apply while less than a tenth of its capacity is left: a full vault takes no more backups.
check "capacity" {
  assert {
    condition     = data.csbs_vault.of_server.used_mb < data.csbs_vault.of_server.size_gb * 1024 * 0.9
    error_message = "The vault ${data.csbs_vault.of_server.name} is almost full."
  }
}
