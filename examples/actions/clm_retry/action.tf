resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }

  replacement = { on_failure = "stop" }
}

# Once the cause is gone: terraform apply -invoke=action.clm_retry.corp
action "clm_retry" "corp" {
  config {
    root_certificate_id = clm_root_certificate.corp.id
  }
}
