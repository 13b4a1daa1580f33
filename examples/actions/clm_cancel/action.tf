resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }

  replacement = { finalize = false }
}

# Gives the new certificate up while it is being distributed:
# terraform apply -invoke=action.clm_cancel.corp
action "clm_cancel" "corp" {
  config {
    root_certificate_id = clm_root_certificate.corp.id
  }
}
