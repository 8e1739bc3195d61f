# The newest backup of a server that can be restored.
data "csbs_backup" "newest" {
  resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
  status      = "available"
  most_recent = true
}
