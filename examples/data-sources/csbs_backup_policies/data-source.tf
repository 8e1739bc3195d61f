# The policy that backs a server up; a server is in one policy at most.
data "csbs_backup_policies" "of_server" {
  resource_id = "9506416d-db6c-406e-8bca-c0f43793d914"
}

# Policies without an owner or a team, the oldest first.
data "csbs_backup_policies" "unowned" {
  not_tags_any = {
    owner = [] # any value
    team  = []
  }
  sort = "created_at:asc"
}
