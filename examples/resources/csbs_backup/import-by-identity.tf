import {
  to = csbs_backup.before_release
  identity = {
    id = "92dba63d-1fb6-4d2f-8fb9-8d3e2a2cd2b7"
  }
}
