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

# true for the one apply after which the agent is started: with false, no plan
# makes a token.
variable "enrol" {
  type    = bool
  default = false
}

ephemeral "clm_enrolment_token" "laptop" {
  count      = var.enrol ? 1 : 0
  device_id  = clm_device.laptop.id
  expires_in = "1h"
}

# Hands the token to whoever starts the agent.
resource "terraform_data" "token" {
  count = var.enrol ? 1 : 0

  provisioner "local-exec" {
    command = "umask 077 && printf '%s' \"$TOKEN\" > laptop-17.token"
    environment = {
      TOKEN = ephemeral.clm_enrolment_token.laptop[0].secret
    }
  }
}
