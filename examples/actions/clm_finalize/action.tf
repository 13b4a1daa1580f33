# A replacement of this root holds in distribution until somebody says go.
resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }

  replacement = { finalize = false }
}

# Go: terraform apply -invoke=action.clm_finalize.corp
action "clm_finalize" "corp" {
  config {
    root_certificate_id = clm_root_certificate.corp.id
  }
}
