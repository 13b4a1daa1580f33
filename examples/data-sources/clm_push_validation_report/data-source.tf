# Looks at every address that should serve what was pushed.
data "clm_push_validation_report" "all" {}

output "validation" {
  value = "${data.clm_push_validation_report.all.succeeded} of ${data.clm_push_validation_report.all.total} addresses serve what was pushed"
}

output "wrong" {
  value = {
    for result in data.clm_push_validation_report.all.results :
    "${result.connector} at ${result.address}" => result.reason if !result.succeeded
  }
}
