resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject               = { common_name = "Lab Root" }
    validity_period_hours = 87600
  }
}

# Valid for 90 days, renewed in place by the first apply in its last 30.
resource "clm_certificate" "shop" {
  name        = "shop"
  issuer_id   = clm_root_certificate.lab.id
  common_name = "shop.example.com"
  dns_names   = ["shop.example.com", "www.shop.example.com"]

  subject = {
    organization = "Example"
    country      = "NL"
  }

  key_algorithm         = "ECDSA"
  ecdsa_curve           = "P256"
  validity_period_hours = 2160
  early_renewal_hours   = 720

  revoke_on_destroy = true
  revocation_reason = "cessation_of_operation"
}
