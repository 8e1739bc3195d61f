import {
  to = csbs_policy_association.server
  id = "5af626d2-19b9-4dc4-8e95-ddba008318b3/9506416d-db6c-406e-8bca-c0f43793d914"
}
