data "clm_root_certificate" "server" {
  name = "clm-server"
}

resource "clm_communication_profile" "laptops" {
  name                 = "laptops"
  root_certificate_ids = [data.clm_root_certificate.server.id]
  trust_store          = { directory = "etc/ssl/clm" }
}

resource "clm_device" "laptop" {
  name                     = "laptop-17"
  communication_profile_id = clm_communication_profile.laptops.id
  agent                    = {}
}

# The laptop was stolen:
# terraform apply -invoke=action.clm_revoke_agent.laptop
# Revoke the certificates that it serves, too, with clm_revoke.
action "clm_revoke_agent" "laptop" {
  config {
    agent  = clm_device.laptop.id
    reason = "key_compromise"
  }
}
