terraform {
  required_version = ">= 1.11"

  required_providers {
    clm = {
      source = "terraform-provider-clm/clm"
    }
  }
}

variable "pfx_password" {
  description = "Password of the PFX files. It is ephemeral: neither state nor plan files record it."
  type        = string
  sensitive   = true
  ephemeral   = true
}

variable "machines" {
  description = "Names of the machines, each reached through a folder."
  type        = set(string)
  default     = ["agent-1", "agent-2", "agent-3", "web-1", "web-2"]
}

resource "clm_device" "fleet" {
  for_each                 = var.machines
  name                     = each.key
  communication_profile_id = clm_communication_profile.fleet.id
  local                    = { root_directory = "${path.root}/fleet/${each.key}" }
}

# Where a replacement of the root stands.
data "clm_rollout" "corp" {
  root_certificate_id = clm_root_certificate.corp.id
  depends_on          = [clm_device.fleet, clm_connector.shop]
}

output "rollout" {
  value = "${data.clm_rollout.corp.phase}: ${data.clm_rollout.corp.message}"
}
