resource "clm_root_certificate" "corp" {
  name = "corp"

  self_signed = {
    subject               = { common_name = "Corp Root" }
    validity_period_hours = 87600
  }
}

resource "clm_communication_profile" "agents" {
  name                 = "agents"
  root_certificate_ids = [clm_root_certificate.corp.id]
  trust_store          = { directory = "etc/ssl/clm" }
}

resource "clm_internet_gateway" "relay" {
  name                     = "relay-1"
  communication_profile_id = clm_communication_profile.agents.id
}

# Whenever the gateway was refreshed by hand:
# terraform apply -invoke=action.clm_refresh_gateway.relay
action "clm_refresh_gateway" "relay" {
  config {
    internet_gateway_id = clm_internet_gateway.relay.id
  }
}
