# A laptop whose agent comes to the server, from wherever it is. The profile trusts
# the root of the server, so that the agent follows when that is replaced.
data "clm_root_certificate" "server" {
  name = "clm-server"
}

resource "clm_communication_profile" "laptops" {
  name                 = "laptops"
  server_urls          = ["https://clm.example.com:8443"]
  root_certificate_ids = [data.clm_root_certificate.server.id]
  trust_store          = { directory = "etc/ssl/clm" }
}

resource "clm_device" "laptop" {
  name                     = "laptop-17"
  communication_profile_id = clm_communication_profile.laptops.id
  agent                    = {}
}
