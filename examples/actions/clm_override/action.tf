resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }

  replacement = { on_failure = "stop" }
}

# Goes on without one connector, which keeps what it has:
# terraform apply -invoke=action.clm_override.corp
action "clm_override" "corp" {
  config {
    root_certificate_id = clm_root_certificate.corp.id
    children            = ["shop-web-2"]
  }
}
