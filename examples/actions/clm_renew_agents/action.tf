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

# Every agent takes a new key and a new certificate, in the course of a day:
# terraform apply -invoke=action.clm_renew_agents.all
action "clm_renew_agents" "all" {
  config {
    spread = "24h"
  }
}

# This one does so at its next check-in:
# terraform apply -invoke=action.clm_renew_agents.laptop
action "clm_renew_agents" "laptop" {
  config {
    agents = [clm_device.laptop.id]
  }
}
