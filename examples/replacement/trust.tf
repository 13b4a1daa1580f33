# Whom the machines trust, and where they keep that.
resource "clm_communication_profile" "fleet" {
  name                 = "fleet"
  server_urls          = ["https://clm.example.com:8443"]
  root_certificate_ids = [clm_root_certificate.corp.id]
  trust_store          = { directory = "etc/clm/trust", bundle_file = "ca-bundle.pem" }
}
