resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject               = { common_name = "Lab Root" }
    validity_period_hours = 87600
  }
}

resource "clm_communication_profile" "shop" {
  name                 = "shop"
  root_certificate_ids = [clm_root_certificate.lab.id]
  trust_store          = { directory = "etc/ssl/clm" }
}

# Refreshed by hand: raise refresh_epoch and apply whenever it was.
resource "clm_internet_gateway" "relay" {
  name                     = "relay-1"
  communication_profile_id = clm_communication_profile.shop.id
  addresses                = ["relay-1.example.com"]
  refresh_epoch            = 1
}
