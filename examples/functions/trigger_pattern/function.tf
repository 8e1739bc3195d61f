# RRULE:FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=2,14;BYMINUTE=30 in a calendar, with line ends as the service wants them.
output "pattern" {
  value = provider::csbs::trigger_pattern(["monday", "thursday"], ["02:30", "14:30"])
}
