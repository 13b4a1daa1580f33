resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }

  replacement = { overlap = "168h" } # a week to change your mind in,
  timeouts    = { update = "10s" }   # which no apply waits for
}

# Back to the old certificate: terraform apply -invoke=action.clm_roll_back.corp
action "clm_roll_back" "corp" {
  config {
    root_certificate_id = clm_root_certificate.corp.id
  }
}
