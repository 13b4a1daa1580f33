resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject               = { common_name = "Lab Root" }
    validity_period_hours = 87600
  }
}

resource "clm_certificate" "laptop" {
  name                  = "laptop-17"
  issuer_id             = clm_root_certificate.lab.id
  common_name           = "laptop-17"
  validity_period_hours = 2160
}

# The laptop was found again:
# terraform apply -invoke=action.clm_release.laptop
action "clm_release" "laptop" {
  config {
    certificate_id = clm_certificate.laptop.id
  }
}

# It could not be found, which may mean nothing:
# terraform apply -invoke=action.clm_revoke.hold
action "clm_revoke" "hold" {
  config {
    certificate_id = clm_certificate.laptop.id
    reason         = "certificate_hold"
  }
}
