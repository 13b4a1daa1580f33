resource "clm_root_certificate" "lab" {
  name = "lab"

  self_signed = {
    subject               = { common_name = "Lab Root" }
    validity_period_hours = 87600
  }
}

# Whom these devices trust, and where they keep that: as PEM, and as a key store
# for Java.
resource "clm_communication_profile" "shop" {
  name                 = "shop"
  server_urls          = ["https://clm.example.com:8443"]
  root_certificate_ids = [clm_root_certificate.lab.id]
  check_in_interval    = "15m"

  trust_store = {
    directory           = "etc/ssl/clm"
    java_key_store_file = "trust.jks"
  }
}

# The trust bundle lies on the device after the first apply, and again whenever
# it is not what it should be.
resource "clm_device" "web" {
  name                     = "web-1"
  communication_profile_id = clm_communication_profile.shop.id
  local                    = { root_directory = "${path.root}/devices/web-1" }
}
