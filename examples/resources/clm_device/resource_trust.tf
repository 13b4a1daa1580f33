# A machine that trusts what a communication profile publishes, and that every
# replacement of a root certificate waits for.
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

resource "clm_device" "web" {
  name                     = "web-1"
  communication_profile_id = clm_communication_profile.shop.id
  critical                 = true
  local                    = { root_directory = "${path.root}/devices/web-1" }
}
