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

# The laptop was stolen:
# terraform apply -invoke=action.clm_revoke.laptop
# The next apply enrols a certificate with a new key; remove the resource if there
# is to be none.
action "clm_revoke" "laptop" {
  config {
    certificate_id = clm_certificate.laptop.id
    reason         = "key_compromise"
  }
}
