# The root that a server made for its own certificate.
data "clm_root_certificate" "server" {
  name = "clm-server"
}

# Agents trust it too, and learn in time when it is replaced.
resource "clm_communication_profile" "agents" {
  name                 = "agents"
  root_certificate_ids = [data.clm_root_certificate.server.id]
  trust_store          = { directory = "etc/ssl/clm" }
}
