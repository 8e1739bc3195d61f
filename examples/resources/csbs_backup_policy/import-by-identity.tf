import {
  to = csbs_backup_policy.nightly
  identity = {
    id = "5af626d2-19b9-4dc4-8e95-ddba008318b3"
  }
}
